// The contents of overlay files: taken from the lower file at the first change, from then on in a
// PageStore. Linux: fs/overlayfs/copy_up.c. Ours copies holes as holes and nothing beyond what the
// change leaves (a truncation).
#include <algorithm>
#include <span>
#include <utility>

#include "fs/overlay/overlay.h"
#include "fs/read_write.h"

namespace {

constexpr uint64_t kMaxSize = INT64_MAX & kPageMask;

arch::HostFs& host() { return arch::machine().hostfs(); }

Result<void> copy_range(PageStore& to, int fd, uint64_t from, uint64_t end) {
  IoBuffer buffer;
  while (from < end) {
    const size_t want = std::min<uint64_t>(IoBuffer::kSize, end - from);
    const size_t got = TRY(host().pread(fd, buffer.span().first(want), from));
    if (got == 0) return {};  // shorter than it was: the rest reads as zeros
    iov_iter iter = iov_iter::kernel(buffer.data(), got);
    if (TRY(to.write(iter, from)) < got) return Err(ENOSPC);
    from += got;
  }
  return {};
}

// The first `size` bytes of a host file.
Result<void> copy_from_host(PageStore& to, int fd, uint64_t size) {
  for (uint64_t at = 0; at < size;) {
    const auto data = host().seek(fd, static_cast<int64_t>(at), SEEK_DATA);
    if (!data && data.error() == ENXIO) return {};  // a hole up to the end
    // A file system that knows no holes says EINVAL: all is data.
    const uint64_t from = data ? *data : at;
    const auto hole = data ? host().seek(fd, static_cast<int64_t>(from), SEEK_HOLE) : data;
    const uint64_t end = std::min(size, hole ? *hole : size);
    TRY(copy_range(to, fd, from, end));
    at = std::max(end, at + 1);
  }
  return {};
}

}  // namespace

Result<Ref<HostHandle>> ovl_inode::lower_handle() {
  auto h = lower_->handle(O_RDONLY);
  // The host has replaced the file under a name that we hold on to.
  if (!h && h.error() == ESTALE) return Err(EIO);
  return h;
}

Result<void> ovl_inode::copy_up(uint64_t keep) {
  if (data_) return {};
  auto fresh = std::make_unique<PageStore>(super_.account_);
  uint64_t kept = 0;
  if (keep > 0) {
    const Ref<HostHandle> from = TRY(lower_handle());
    TRY(lower_->refresh());
    kept = std::min(keep, lower_->size);
    TRY(copy_from_host(*fresh, from->host.fd(), kept));
  }
  TRY(own_metadata());
  data_ = std::move(fresh);
  size = kept;
  return {};
}

Result<size_t> ovl_inode::write(iov_iter& from, uint64_t& pos) {
  if (from.count() == 0) return 0;
  if (pos >= kMaxSize) return Err(EFBIG);
  from.truncate(kMaxSize - pos);
  TRY(copy_up());
  const size_t n = TRY(data_->write(from, pos));
  pos += n;
  size = std::max(size, pos);
  touch();
  return n;
}

Result<void> ovl_inode::resize(uint64_t to) {
  if (to > kMaxSize) return Err(EFBIG);
  TRY(copy_up(to));
  if (to < size || data_->promoted()) TRY(data_->truncate(to));
  size = to;
  touch();
  return {};
}

Result<void> ovl_inode::fallocate(int how, uint64_t offset, uint64_t len) {
  if ((how & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE)) != 0) return Err(EOPNOTSUPP);
  uint64_t end = 0;
  if (__builtin_add_overflow(offset, len, &end) || end > kMaxSize) return Err(EFBIG);
  TRY(copy_up());
  if ((how & FALLOC_FL_PUNCH_HOLE) != 0) {
    TRY(data_->punch(offset, len));
  } else {
    TRY(data_->allocate(offset, len));
    if ((how & FALLOC_FL_KEEP_SIZE) == 0 && end > size) return resize(end);
  }
  touch();
  return {};
}
