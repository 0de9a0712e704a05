// Major 1: null, zero, full, random, urandom, kmsg. Linux: drivers/char/mem.c, random.c and
// kernel/printk/printk.c (devkmsg). Differences: random numbers are the host's, so writing to random
// is accepted and mixes nothing; mem, kmem and port do not exist (ENXIO).
#include "drivers/devices.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

// What mem.c gives all of its devices: the position may be set, and is always 0.
struct MemFile : file {
  using file::file;
  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t, int) override { return f_pos = 0; }
  Result<void> fsync() override { return Err(EINVAL); }
  // Only regular files can be cut or grown.
  Result<void> truncate(uint64_t) override { return Err(EINVAL); }
};

struct NullFile : MemFile {
  using MemFile::MemFile;
  Result<size_t> read_iter(iov_iter&, uint64_t&) override { return 0; }
  Result<size_t> write_iter(iov_iter& from, uint64_t&) override {
    const size_t n = from.count();
    from.advance(n);
    return n;
  }
};

// Moves `count` bytes page by page, so that a long transfer can be interrupted and preempted; `page`
// moves up to n bytes and answers how many it did.
template <class Page>
Result<size_t> by_pages(size_t count, Page page) {
  size_t done = 0;
  while (done < count) {
    const size_t want = std::min<size_t>(count - done, kPageSize);
    const size_t got = page(want);
    done += got;
    if (got < want) break;
    if (done < count && signal_pending(*current)) break;
    cond_resched();
  }
  if (done == 0 && count != 0) return Err(EFAULT);
  return done;
}

struct ZeroFile : NullFile {
  using NullFile::NullFile;
  Result<size_t> read_iter(iov_iter& to, uint64_t&) override {
    return by_pages(to.count(), [&](size_t n) { return to.zero(n); });
  }
  // Both kinds of mapping are plain anonymous memory: private pages start as zeros, and a shared one
  // is shared with the children only.
  Result<arch::Backing> mmap(uint64_t, uint64_t, bool shared, bool) override {
    arch::Backing backing;
    backing.shared = shared;
    return backing;
  }
};

struct FullFile : MemFile {
  using MemFile::MemFile;
  Result<size_t> read_iter(iov_iter& to, uint64_t&) override {
    return by_pages(to.count(), [&](size_t n) { return to.zero(n); });
  }
  Result<size_t> write_iter(iov_iter&, uint64_t&) override { return Err(ENOSPC); }
};

struct RandomFile : MemFile {
  using MemFile::MemFile;
  Result<uint64_t> llseek(int64_t, int) override { return f_pos; }
  Result<size_t> read_iter(iov_iter& to, uint64_t&) override {
    std::array<std::byte, kPageSize> page;
    return by_pages(to.count(), [&](size_t n) {
      arch::machine().random({page.data(), n});
      return to.copy_to(page.data(), n);
    });
  }
  Result<size_t> write_iter(iov_iter& from, uint64_t&) override {
    std::array<std::byte, kPageSize> page;
    return by_pages(from.count(), [&](size_t n) { return from.copy_from(page.data(), n); });
  }
  Result<long> ioctl(unsigned cmd, uint64_t arg) override {
    constexpr unsigned kRndGetEntCnt = 0x80045200;  // _IOR('R', 0, int)
    constexpr int kPoolBits = 256;
    if (cmd != kRndGetEntCnt) return Err(EINVAL);
    TRY(put_user(user_ptr<int>(arg), kPoolBits));
    return 0;
  }
};

// Every read is one record of the log; a write is one line, perhaps with a "<priority>" in front. The
// position counts records.
struct KmsgFile : file {
  KmsgFile(const path& p, unsigned flags) : file(p, flags), seq_(log_first_seq()) {}
  static constexpr size_t kLineMax = 976;  // LOG_LINE_MAX

  Result<size_t> read_iter(iov_iter& to, uint64_t&) override {
    if (nonblocking() && seq_ >= log_next_seq()) return Err(EAGAIN);
    TRY(wait_event_interruptible(log_wait(), [this] { return seq_ < log_next_seq(); }));
    const log_record* r = log_at(seq_);
    if (r == nullptr) {  // overwritten: the reader was too slow and goes on with the oldest one
      seq_ = log_first_seq();
      return Err(EPIPE);
    }
    const std::string line = std::to_string(r->level) + "," + std::to_string(r->seq) + "," +
                             std::to_string(r->time / 1000) + ",-;" + r->text + "\n";
    if (line.size() > to.count()) return Err(EINVAL);
    if (to.copy_to(line.data(), line.size()) != line.size()) return Err(EFAULT);
    ++seq_;
    return line.size();
  }

  Result<size_t> write_iter(iov_iter& from, uint64_t&) override {
    constexpr unsigned kDefaultLevel = 4;  // KERN_WARNING, as for anybody's printk without a level
    const size_t n = from.count();
    if (n > kLineMax) return Err(EINVAL);
    std::string line(n, '\0');
    if (from.copy_from(line.data(), n) != n) return Err(EFAULT);
    std::string_view text = line;
    unsigned level = kDefaultLevel;
    if (text.starts_with('<')) {
      unsigned priority = 0;
      const char* end = text.data() + text.size();
      const auto r = std::from_chars(text.data() + 1, end, priority);
      if (r.ec == std::errc() && r.ptr != end && *r.ptr == '>') {
        level = priority & 7;
        text.remove_prefix(static_cast<size_t>(r.ptr - text.data()) + 1);
      }
    }
    printk_level(level, "%.*s", static_cast<int>(text.size()), text.data());
    return n;
  }

  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    if (offset != 0) return Err(ESPIPE);
    if (whence == SEEK_SET || whence == SEEK_DATA) seq_ = log_first_seq();
    else if (whence == SEEK_END) seq_ = log_next_seq();
    else return Err(EINVAL);
    return 0;
  }
  unsigned poll(poll_table* pt) override {
    poll_wait(*this, log_wait(), pt);
    if (seq_ >= log_next_seq()) return 0;
    return POLLIN | POLLRDNORM | (log_at(seq_) == nullptr ? POLLERR | POLLPRI : 0);
  }
  Result<void> fsync() override { return Err(EINVAL); }

 private:
  uint64_t seq_;
};

}  // namespace

Result<Ref<file>> memory_open(const path& p, unsigned flags, uint64_t rdev) {
  switch (MINOR(rdev)) {
    case 3: return Ref<file>(new NullFile(p, flags));
    case 5: return Ref<file>(new ZeroFile(p, flags));
    case 7: return Ref<file>(new FullFile(p, flags));
    case 8:
    case 9: return Ref<file>(new RandomFile(p, flags));
    case 11: return Ref<file>(new KmsgFile(p, flags));
    default: return Err(ENXIO);
  }
}
