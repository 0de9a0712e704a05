// Contents of a file in memory (see file_data.h). The budget is charged by what is written, at most
// the file's size, so a sparse file costs what it holds; pages that a guest dirties through a mapping
// of a hole are the host's to count.
#include "fs/overlay/file_data.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace {

arch::HostFs& host() { return arch::machine().hostfs(); }

// Nothing sleeps while it is in use.
std::span<std::byte> bounce_buffer() {
  static std::array<std::byte, 128 * 1024> buffer;
  return buffer;
}

}  // namespace

FileData::~FileData() {
  budget_->used -= charged_;
  if (key_ != 0) arch::machine().forget_backing(key_);
}

Result<void> FileData::charge(uint64_t bytes_from, uint64_t bytes) {
  const uint64_t most = page_align(std::max(size_, bytes_from + bytes));
  const uint64_t want = std::min(most, charged_ + page_align(bytes));
  if (want <= charged_) return {};
  if (budget_->used + (want - charged_) > budget_->limit) return Err(ENOSPC);
  budget_->used += want - charged_;
  charged_ = want;
  return {};
}

void FileData::set_size(uint64_t size) {
  size_ = size;
  const uint64_t most = page_align(size);
  if (charged_ > most) {
    budget_->used -= charged_ - most;
    charged_ = most;
  }
}

Result<void> FileData::make_memfd() {
  if (memfd_) return {};
  auto f = host().memfd("slot190-file");
  if (!f) return Err(f.error() == EMFILE ? ENFILE : f.error().value);
  for (size_t done = 0; done < bytes_.size();) {
    const size_t n = TRY(host().pwrite(f->fd(), std::span(bytes_).subspan(done), done));
    if (n == 0) return Err(ENOSPC);
    done += n;
  }
  TRY(host().truncate(f->fd(), size_));
  memfd_ = std::move(*f);
  key_ = new_backing_key();
  bytes_ = {};
  return {};
}

Result<void> FileData::make_room(uint64_t end) {
  if (end > kMaxSize) return Err(EFBIG);
  if (end > kSmall) return make_memfd();
  return {};
}

Result<size_t> FileData::read(iov_iter& to, uint64_t& pos) {
  if (pos >= size_) return 0;
  uint64_t left = std::min<uint64_t>(size_ - pos, to.count());
  size_t done = 0;
  if (!memfd_) {
    done = to.copy_to(bytes_.data() + pos, left);
  } else {
    const auto buffer = bounce_buffer();
    while (left > 0) {
      const size_t got = TRY(host().pread(memfd_.fd(), buffer.first(std::min(left, buffer.size())), pos + done));
      const size_t copied = to.copy_to(buffer.data(), got);
      done += copied;
      left -= copied;
      if (copied < got || got == 0) break;
    }
  }
  if (done == 0 && to.count() != 0) return Err(EFAULT);
  pos += done;
  return done;
}

Result<size_t> FileData::write_small(iov_iter& from, uint64_t pos) {
  const uint64_t old_size = size_, end = pos + from.count();
  if (end > bytes_.size()) bytes_.resize(end);
  const size_t done = from.copy_from(bytes_.data() + pos, end - pos);
  size_ = std::max(old_size, done == 0 ? 0 : pos + done);
  bytes_.resize(size_);
  return done;
}

Result<size_t> FileData::write_memfd(iov_iter& from, uint64_t pos) {
  const auto buffer = bounce_buffer();
  size_t done = 0;
  while (from.count() > 0) {
    const size_t want = std::min(buffer.size(), from.count());
    const size_t copied = from.copy_from(buffer.data(), want);
    if (copied == 0) break;
    const auto wrote = host().pwrite(memfd_.fd(), buffer.first(copied), pos + done);
    if (!wrote && done == 0) return wrote;
    const size_t n = wrote ? *wrote : 0;
    done += n;
    if (n < copied) from.revert(copied - n);
    if (n < want) break;
  }
  size_ = std::max(size_, done == 0 ? 0 : pos + done);
  return done;
}

Result<size_t> FileData::write(iov_iter& from, uint64_t& pos) {
  if (from.count() == 0) return 0;
  if (pos >= kMaxSize) return Err(EFBIG);
  from.truncate(kMaxSize - pos);
  const uint64_t end = pos + from.count();
  TRY(make_room(end));
  // A buffer has no holes.
  TRY(memfd_ ? charge(pos, from.count()) : charge(0, end));
  const size_t done = TRY(memfd_ ? write_memfd(from, pos) : write_small(from, pos));
  if (done == 0) return Err(EFAULT);
  pos += done;
  return done;
}

Result<void> FileData::truncate(uint64_t size) {
  TRY(make_room(size));
  if (memfd_) {
    TRY(host().truncate(memfd_.fd(), size));
  } else {
    TRY(charge(0, size));
    bytes_.resize(size);
  }
  set_size(size);
  return {};
}

Result<void> FileData::zero_range(uint64_t offset, uint64_t len) {
  const uint64_t end = std::min(offset + len, size_);
  if (offset >= end) return {};
  if (memfd_) return host().allocate(memfd_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, end - offset);
  std::memset(bytes_.data() + offset, 0, end - offset);
  return {};
}

Result<void> FileData::allocate(int mode, uint64_t offset, uint64_t len) {
  uint64_t end = 0;
  if (__builtin_add_overflow(offset, len, &end) || end > kMaxSize) return Err(EFBIG);
  if (mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) return zero_range(offset, len);
  const bool zero = (mode & FALLOC_FL_ZERO_RANGE) != 0;
  if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_ZERO_RANGE)) != 0) return Err(EOPNOTSUPP);
  if (zero) TRY(zero_range(offset, len));
  if ((mode & FALLOC_FL_KEEP_SIZE) != 0 || end <= size_) return {};
  TRY(charge(offset, len));
  return truncate(end);
}

Result<uint64_t> FileData::seek(int64_t offset, int whence) {
  if (offset < 0 || static_cast<uint64_t>(offset) >= size_) return Err(ENXIO);
  if (memfd_) return host().seek(memfd_.fd(), offset, whence);
  return whence == SEEK_DATA ? static_cast<uint64_t>(offset) : size_;
}

Result<arch::Backing> FileData::backing(uint64_t offset, bool shared) {
  TRY(make_memfd());
  return arch::Backing{.host_fd = memfd_.fd(), .key = key_, .offset = offset, .shared = shared};
}

Result<void> FileData::copy_range(int fd, uint64_t from, uint64_t to) {
  const auto buffer = bounce_buffer();
  while (from < to) {
    const size_t got = TRY(host().pread(fd, buffer.first(std::min<uint64_t>(buffer.size(), to - from)), from));
    if (got == 0) return {};  // shorter than it was: the rest reads as zeros
    iov_iter iter = iov_iter::kernel(buffer.data(), got);
    const size_t wrote = TRY(write(iter, from));
    if (wrote < got) return Err(ENOSPC);
  }
  return {};
}

Result<void> FileData::copy_from_host(int fd, uint64_t size) {
  TRY(truncate(0));
  if (size <= kSmall) {
    TRY(copy_range(fd, 0, size));
    return truncate(size);
  }
  TRY(truncate(size));
  for (uint64_t at = 0; at < size;) {
    const auto data = host().seek(fd, static_cast<int64_t>(at), SEEK_DATA);
    if (!data && data.error() == ENXIO) break;  // a hole up to the end
    // A file system without holes says so by EINVAL: all is data.
    const uint64_t from = data ? *data : at;
    const auto hole = data ? host().seek(fd, static_cast<int64_t>(from), SEEK_HOLE) : data;
    const uint64_t to = std::min(size, hole ? *hole : size);
    TRY(copy_range(fd, from, to));
    at = std::max(to, at + 1);
  }
  return {};
}
