// Open files of ramfs. Linux: mm/shmem.c (file operations), mm/memfd.c (seals).

#include <algorithm>

#include "fs/ramfs/ramfs.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr unsigned kSealExec = 0x20;  // F_SEAL_EXEC
constexpr unsigned kWriteSeals = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
constexpr unsigned kAllSeals =
    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | kSealExec;
constexpr uint64_t kMaxSize = INT64_MAX & kPageMask;

// Does any process have the file mapped so that it can be written?
bool mapped_writable(const inode& i) {
  bool found = false;
  for_each_task([&](task_struct& t) {
    if (found || !t.mm) return;
    for_each_vma(*t.mm, [&](const vm_area_struct& v) {
      constexpr unsigned kShared = VM_SHARED | VM_MAYWRITE;
      if ((v.flags & kShared) == kShared && v.vm_file && v.vm_file->f_inode() == &i) found = true;
    });
  });
  return found;
}

Result<long> add_seals(const file& f, ramfs_inode& i, unsigned seals) {
  if (!f.writable()) return Err(EPERM);
  if ((seals & ~kAllSeals) != 0) return Err(EINVAL);
  if ((i.seals & F_SEAL_SEAL) != 0) return Err(EPERM);
  if ((seals & F_SEAL_WRITE) != 0 && (i.seals & F_SEAL_WRITE) == 0 && mapped_writable(i))
    return Err(EBUSY);
  // An executable file that may not change its x bits may not change its contents either.
  if ((seals & kSealExec) != 0 && (i.mode & S_IXUGO) != 0)
    seals |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
  i.seals |= seals;
  return 0;
}

}  // namespace

Result<size_t> ramfs_file::read_iter(iov_iter& to, uint64_t& pos) {
  const size_t n = TRY(node().data.read(to, pos, node().size));
  pos += n;
  file_accessed(*this);
  return n;
}

Result<size_t> ramfs_file::write_iter(iov_iter& from, uint64_t& pos) {
  ramfs_inode& i = node();
  if (from.count() == 0) return 0;
  if (pos >= kMaxSize) return Err(EFBIG);
  from.truncate(kMaxSize - pos);
  if ((i.seals & kWriteSeals) != 0) return Err(EPERM);
  if ((i.seals & F_SEAL_GROW) != 0) {
    if (pos >= i.size) return Err(EPERM);
    from.truncate(i.size - pos);
  }
  const size_t n = TRY(i.data.write(from, pos));
  pos += n;
  i.size = std::max(i.size, pos);
  i.touch();
  return n;
}

Result<uint64_t> ramfs_file::llseek(int64_t offset, int whence) {
  if (whence != SEEK_DATA && whence != SEEK_HOLE) return file::llseek(offset, whence);
  const ramfs_inode& i = node();
  if (offset < 0 || static_cast<uint64_t>(offset) >= i.size) return Err(ENXIO);
  const auto from = static_cast<uint64_t>(offset);
  const uint64_t at =
      whence == SEEK_DATA ? i.data.next_data(from, i.size) : i.data.next_hole(from, i.size);
  if (whence == SEEK_DATA && at >= i.size) return Err(ENXIO);
  return f_pos = at;
}

Result<arch::Backing> ramfs_file::mmap(uint64_t offset, uint64_t, bool shared, bool shared_write) {
  ramfs_inode& i = node();
  if (shared && shared_write && (i.seals & kWriteSeals) != 0) return Err(EPERM);
  arch::Backing b = TRY(i.data.promote(i.size));
  b.offset = offset;
  b.shared = shared;
  file_accessed(*this);
  return b;
}

Result<void> ramfs_file::fallocate(int mode, uint64_t offset, uint64_t len) {
  ramfs_inode& i = node();
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) != 0) return Err(EOPNOTSUPP);
  if ((mode & FALLOC_FL_PUNCH_HOLE) != 0) {
    if ((i.seals & kWriteSeals) != 0) return Err(EPERM);
    TRY(i.data.punch(offset, len));
    i.touch();
    return {};
  }
  const uint64_t end = offset + len;
  const bool grows = (mode & FALLOC_FL_KEEP_SIZE) == 0 && end > i.size;
  if (end > kMaxSize) return Err(EFBIG);
  if ((i.seals & F_SEAL_GROW) != 0 && end > i.size) return Err(EPERM);
  TRY(i.data.allocate(offset, len));
  if (grows) {
    if (i.data.promoted()) TRY(i.data.truncate(end));
    i.size = end;
  }
  i.touch();
  return {};
}

Result<long> ramfs_file::fcntl(unsigned cmd, uint64_t arg) {
  ramfs_inode& i = node();
  if (!i.sealable) return file::fcntl(cmd, arg);
  if (cmd == F_GET_SEALS) return static_cast<long>(i.seals);
  if (cmd == F_ADD_SEALS) return add_seals(*this, i, static_cast<unsigned>(arg));
  return file::fcntl(cmd, arg);
}
