// Open hostfs files: reading, writing and mapping host files. Linux: fs/hostfs (hostfs_open and the
// address-space operations); ours has no page cache of its own, the host's is used by all. O_APPEND
// is the VFS's lookup of the size, so it is atomic among guests but not against host programs.
#include <algorithm>
#include <utility>

#include "fs/dir_snapshot.h"
#include "fs/hostfs/hostfs.h"
#include "fs/read_write.h"

namespace {

arch::HostFs& host() { return arch::machine().hostfs(); }

struct hostfs_file final : file {
  hostfs_file(path p, unsigned flags, Ref<HostHandle> h) : file(std::move(p), flags), handle(std::move(h)) {}

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override { return handle->read(to, pos); }
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override {
    return handle->write(from, pos);
  }
  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
      return f_pos = TRY(host().seek(handle->host.fd(), offset, whence));
    }
    if (whence == SEEK_END) TRY(handle->inode->refresh());
    return file::llseek(offset, whence);
  }
  Result<arch::Backing> mmap(uint64_t offset, uint64_t, bool shared, bool shared_write) override {
    if (shared_write && handle->access == O_RDONLY) return Err(EACCES);
    if (handle->access == O_WRONLY) return Err(EACCES);
    return handle->backing(offset, shared);
  }
  Result<void> fsync() override { return host().sync(handle->host.fd()); }
  Result<void> truncate(uint64_t size) override {
    TRY(host().truncate(handle->host.fd(), size));
    f_inode()->size = size;
    return {};
  }
  Result<void> fallocate(int mode, uint64_t offset, uint64_t len) override {
    return host().allocate(handle->host.fd(), mode, offset, len);
  }

  Ref<HostHandle> handle;
};

}  // namespace

HostHandle::HostHandle(Ref<hostfs_inode> i, arch::HostFile f, unsigned a)
    : inode(std::move(i)), host(std::move(f)), access(a), key(new_backing_key()), ctime(inode->ctime) {
  inode->handles_[access] = this;
}

HostHandle::~HostHandle() {
  arch::machine().forget_backing(key);
  if (inode->handles_[access] == this) inode->handles_[access] = nullptr;
}

Result<size_t> HostHandle::read(iov_iter& to, uint64_t& pos) {
  IoBuffer buffer;
  size_t done = 0;
  while (to.count() > 0) {
    const auto got = ::host().pread(host.fd(), buffer.span().first(std::min(IoBuffer::kSize, to.count())), pos);
    if (!got && done == 0) return got;
    if (!got || *got == 0) break;
    const size_t copied = to.copy_to(buffer.data(), *got);
    pos += copied;
    done += copied;
    if (copied == 0 && done == 0) return Err(EFAULT);
    if (copied < *got || *got < IoBuffer::kSize) break;
  }
  return done;
}

Result<size_t> HostHandle::write(iov_iter& from, uint64_t& pos) {
  IoBuffer buffer;
  size_t done = 0;
  while (from.count() > 0) {
    const size_t want = std::min(IoBuffer::kSize, from.count());
    const size_t copied = from.copy_from(buffer.data(), want);
    if (copied == 0) {
      if (done == 0) return Err(EFAULT);
      break;
    }
    const auto wrote = ::host().pwrite(host.fd(), buffer.span().first(copied), pos);
    if (!wrote && done == 0) return wrote;
    if (!wrote) break;
    pos += *wrote;
    done += *wrote;
    inode->size = std::max(inode->size, pos);
    if (*wrote < copied) from.revert(copied - *wrote);
    if (*wrote < want) break;
  }
  return done;
}

arch::Backing HostHandle::backing(uint64_t offset, bool shared) const {
  return {.host_fd = host.fd(), .key = key, .offset = offset, .shared = shared};
}

Result<Ref<HostHandle>> hostfs_inode::open_handle(unsigned access) {
  const Place where = TRY(place());
  // Unlinked on the host: its descriptor is the only way left.
  const std::string name = where.name.empty() ? "/proc/self/fd/" + std::to_string(where.dir) : where.name;
  arch::HostFile f = where.name.empty()
                         ? TRY(host().open(arch::HostFs::kCwd, name, access | O_CLOEXEC | O_NONBLOCK, 0))
                         : TRY(super_.host_open(where.dir, name, access | O_NONBLOCK));
  const arch::HostStat st = TRY(host().stat(f.fd(), ""));
  if (!matches(st)) return Err(ESTALE);
  take(st);
  super_.seen_ = nullptr;
  return make_ref<HostHandle>(Ref<hostfs_inode>(this), std::move(f), access);
}

Result<Ref<HostHandle>> hostfs_inode::handle(unsigned access) {
  if (!is_reg()) return Err(is_dir() ? EISDIR : ENXIO);
  if (access != O_RDONLY) TRY(may_change());
  // After a chmod or a write by others the host decides anew whether we may open it.
  HostHandle* known = handles_[access];
  Ref<HostHandle> h(known != nullptr && known->ctime == ctime ? known : nullptr);
  if (!h) h = TRY(open_handle(access));
  if (access == O_RDONLY && nlink > 0) super_.used_file(h);
  return h;
}

Result<Ref<HostHandle>> hostfs_inode::handle_for_open(unsigned access) {
  // open(2) accepts 3, which asks for both rights (and then grants neither: ioctl only).
  if (access > O_RDWR) access = O_RDWR;
  const Ref<HostHandle> made = std::move(super_.just_made_);
  if (!made || made->inode != this) return handle(access);
  if (access != O_RDONLY) return made;
  auto h = handle(access);
  return h ? h : made;
}

Result<Ref<file>> hostfs_inode::open(const path& p, unsigned flags) {
  if (is_dir()) {
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [this](std::vector<dir_snapshot::entry>& out) -> Result<void> {
      for (auto& e : TRY(entries())) out.push_back({std::move(e.name), e.ino, e.type});
      return {};
    }));
  }
  if (is_reg()) return Ref<file>(make_ref<hostfs_file>(p, flags, TRY(handle_for_open(flags & O_ACCMODE))));
  // The host's own devices, sockets and FIFOs are out of reach; a FIFO made in here is the guest's.
  if ((mode & S_IFMT) == S_IFIFO && super_.own_fifos_.contains(id_)) return fifo_open(*this, p, flags);
  return Err(ENXIO);
}
