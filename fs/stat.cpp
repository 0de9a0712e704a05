// stat, statfs, access and readlink below the ABI. Linux: fs/stat.c, fs/statfs.c, do_faccessat of
// fs/open.c. Difference: st_atime and the rest are whatever the file system says; nothing is cached
// here.

#include "fs/stat.h"

#include "fs/mount.h"
#include "kernel/sched.h"
#include "kernel/timer.h"

namespace {

constexpr unsigned kStatFlags =
    AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;

unsigned lookup_of(unsigned at_flags) {
  return ((at_flags & AT_SYMLINK_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW) |
         ((at_flags & AT_EMPTY_PATH) != 0 ? LOOKUP_EMPTY : 0U);
}

// The rights of the real ids, for the time of one access(2).
class RealIds {
 public:
  explicit RealIds(bool use) : saved_(current->creds) {
    if (!use) return;
    cred& c = current->creds;
    c.fsuid = c.uid;
    c.fsgid = c.gid;
    c.cap_effective = c.uid == 0 ? c.cap_permitted : 0;
  }
  ~RealIds() { current->creds = saved_; }
  RealIds(const RealIds&) = delete;
  RealIds& operator=(const RealIds&) = delete;

 private:
  cred saved_;
};

statx_timestamp statx_time(int64_t ns) {
  constexpr auto kNs = static_cast<int64_t>(kNsec);
  statx_timestamp t{};
  t.tv_sec = ns / kNs - (ns % kNs < 0 ? 1 : 0);
  t.tv_nsec = static_cast<uint32_t>((ns % kNs + kNs) % kNs);
  return t;
}

// fstat and fstatat(fd, "", AT_EMPTY_PATH) come often and need no walk.
bool names_descriptor(std::string_view name, unsigned at_flags, int dirfd) {
  return name.empty() && (at_flags & AT_EMPTY_PATH) != 0 && dirfd != AT_FDCWD;
}

}  // namespace

Result<void> vfs_getattr(const path& p, kstat& st) { return p.dentry->d_inode->getattr(st); }

Result<kstat> vfs_fstat(int fd) {
  const Ref<file> f = TRY(fget(fd));
  kstat st;
  if (f->f_path) {
    TRY(vfs_getattr(f->f_path, st));
  } else {
    st.mode = 0600;
  }
  return st;
}

Result<kstat> vfs_fstatat(int dirfd, std::string_view name, unsigned at_flags) {
  if ((at_flags & ~kStatFlags) != 0) return Err(EINVAL);
  if (names_descriptor(name, at_flags, dirfd)) return vfs_fstat(dirfd);
  const path p = TRY(user_path_at(dirfd, name, lookup_of(at_flags)));
  kstat st;
  TRY(vfs_getattr(p, st));
  return st;
}

Result<kstatfs> vfs_statfs(const path& p) {
  if (!p || !p.mnt) return Err(ENOSYS);
  kstatfs st = TRY(p.mnt->sb->statfs());
  constexpr uint64_t kValid = 0x20;  // ST_VALID: the flags mean something
  // MS_RDONLY to MS_NOEXEC have the values of ST_RDONLY to ST_NOEXEC.
  st.flags |= kValid | (p.mnt->flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
  if (p.mnt->read_only()) st.flags |= MS_RDONLY;
  if ((p.mnt->flags & MS_NOATIME) != 0) st.flags |= 0x400;
  if ((p.mnt->flags & MS_NODIRATIME) != 0) st.flags |= 0x800;
  if ((p.mnt->flags & (MS_NOATIME | MS_STRICTATIME)) == 0) st.flags |= 0x1000;
  return st;
}

Result<kstatfs> user_statfs(std::string_view name) {
  return vfs_statfs(TRY(user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW)));
}

Result<kstatfs> fd_statfs(int fd) { return vfs_statfs(TRY(fget(fd))->f_path); }

Result<void> do_faccessat(int dirfd, std::string_view name, int mode, unsigned at_flags) {
  constexpr unsigned kEffective = AT_EACCESS;
  if ((mode & ~(MAY_READ | MAY_WRITE | MAY_EXEC)) != 0) return Err(EINVAL);
  if ((at_flags & ~(kEffective | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) return Err(EINVAL);
  const RealIds ids((at_flags & kEffective) == 0);
  const path p = TRY(user_path_at(dirfd, name, lookup_of(at_flags)));
  inode& i = *p.dentry->d_inode;
  if ((mode & MAY_EXEC) != 0 && i.is_reg() && p.mnt && (p.mnt->flags & MS_NOEXEC) != 0)
    return Err(EACCES);
  TRY(inode_permission(i, mode));
  const bool stored = i.is_reg() || i.is_dir() || i.is_lnk();
  if ((mode & MAY_WRITE) != 0 && stored) TRY(mnt_want_write(p));
  return {};
}

Result<std::string> do_readlinkat(int dirfd, std::string_view name) {
  const path p = TRY(user_path_at(dirfd, name, LOOKUP_EMPTY));
  inode& i = *p.dentry->d_inode;
  if (!i.is_lnk()) return Err(name.empty() ? ENOENT : EINVAL);
  return i.readlink();
}

Result<struct statx> do_statx(int dirfd, std::string_view name, unsigned at_flags, unsigned mask) {
  if ((mask & STATX__RESERVED) != 0) return Err(EINVAL);
  if ((at_flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE) return Err(EINVAL);
  const kstat st = TRY(vfs_fstatat(dirfd, name, at_flags));
  struct statx x {};
  x.stx_mask = STATX_BASIC_STATS | (st.btime != 0 ? STATX_BTIME : 0U);
  x.stx_blksize = st.blksize;
  x.stx_nlink = static_cast<uint32_t>(st.nlink);
  x.stx_uid = st.uid;
  x.stx_gid = st.gid;
  x.stx_mode = static_cast<uint16_t>(st.mode);
  x.stx_ino = st.ino;
  x.stx_size = st.size;
  x.stx_blocks = st.blocks;
  x.stx_atime = statx_time(st.atime);
  x.stx_btime = statx_time(st.btime);
  x.stx_ctime = statx_time(st.ctime);
  x.stx_mtime = statx_time(st.mtime);
  x.stx_rdev_major = MAJOR(st.rdev);
  x.stx_rdev_minor = MINOR(st.rdev);
  x.stx_dev_major = MAJOR(st.dev);
  x.stx_dev_minor = MINOR(st.dev);
  return x;
}
