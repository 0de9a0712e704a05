// Inodes: what a file system's own class does not override, permission bits, access times. Linux:
// fs/inode.c, fs/bad_inode.c for the defaults, generic_permission of fs/namei.c. Differences: no
// inode cache (file systems that need one keep it), no ACLs, no user namespaces.

#include "fs/directory.h"
#include "fs/fs.h"
#include "fs/locks.h"
#include "fs/pipe.h"
#include "kernel/sched.h"
#include "kernel/timer.h"

int64_t current_time_ns() { return static_cast<int64_t>(ktime_get_coarse_real()); }

inode::inode(super_block& s) : sb(&s) {}
inode::~inode() = default;

namespace {

// A change to something that is no directory, or to a file system that has no such change.
std::unexpected<Errno> no_change(const inode& i) {
  if (!i.is_dir()) return Err(ENOTDIR);
  return Err(i.sb->read_only ? EROFS : EPERM);
}

}  // namespace

Result<Ref<inode>> inode::lookup(dentry&, std::string_view) {
  return Err(is_dir() ? ENOENT : ENOTDIR);
}
Result<Ref<inode>> inode::create(dentry&, std::string_view, uint32_t) {
  return Err(is_dir() && !sb->read_only ? EACCES : no_change(*this).error().value);
}
Result<Ref<inode>> inode::mknod(dentry&, std::string_view, uint32_t, uint64_t) {
  return no_change(*this);
}
Result<Ref<inode>> inode::mkdir(dentry&, std::string_view, uint32_t) { return no_change(*this); }
Result<Ref<inode>> inode::symlink(dentry&, std::string_view, std::string_view) {
  return no_change(*this);
}
Result<Ref<inode>> inode::tmpfile(dentry&, uint32_t) { return Err(EOPNOTSUPP); }
Result<void> inode::link(dentry&, std::string_view, dentry&) { return no_change(*this); }
Result<void> inode::unlink(dentry&, dentry&) { return no_change(*this); }
Result<void> inode::rmdir(dentry&, dentry&) { return no_change(*this); }
Result<void> inode::rename(dentry&, dentry&, dentry&, std::string_view, dentry*, unsigned) {
  return no_change(*this);
}
Result<void> inode::iterate(file&, dir_context&) { return Err(ENOTDIR); }
Result<std::string> inode::readlink() { return Err(EINVAL); }

Result<Ref<file>> inode::open(const path& p, unsigned flags) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return Ref<file>(make_ref<directory_file>(p, flags));
    case S_IFCHR: return chrdev_open_inode(*this, p, flags);
    case S_IFIFO: return fifo_open(*this, p, flags);
    case S_IFLNK: return Err(ELOOP);
    default: return Err(ENXIO);  // sockets, block devices without a driver
  }
}

Result<void> inode::getattr(kstat& st) {
  st.dev = sb->dev;
  st.ino = ino;
  st.mode = mode;
  st.nlink = nlink;
  st.uid = uid;
  st.gid = gid;
  st.rdev = rdev;
  st.size = size;
  st.blocks = (size + 511) / 512;
  st.atime = atime;
  st.mtime = mtime;
  st.ctime = st.btime = ctime;
  return {};
}

Result<void> inode::setattr(const iattr& attr) {
  if ((attr.valid & ATTR_SIZE) != 0) return Err(EINVAL);
  if ((attr.valid & ATTR_MODE) != 0) mode = (mode & S_IFMT) | (attr.mode & S_IALLUGO);
  if ((attr.valid & ATTR_UID) != 0) uid = attr.uid;
  if ((attr.valid & ATTR_GID) != 0) gid = attr.gid;
  if ((attr.valid & ATTR_ATIME) != 0) atime = attr.atime;
  if ((attr.valid & ATTR_MTIME) != 0) mtime = attr.mtime;
  ctime = current_time_ns();
  return {};
}

Result<void> inode::permission(int mask) { return generic_permission(*this, mask); }
Result<std::string> inode::getxattr(std::string_view) { return Err(EOPNOTSUPP); }
Result<void> inode::setxattr(std::string_view, std::string_view, int) { return Err(EOPNOTSUPP); }
Result<void> inode::removexattr(std::string_view) { return Err(EOPNOTSUPP); }
Result<std::vector<std::string>> inode::listxattr() { return std::vector<std::string>(); }

Result<void> generic_permission(const inode& i, int mask) {
  const unsigned want = static_cast<unsigned>(mask) & (MAY_READ | MAY_WRITE | MAY_EXEC);
  uint32_t bits = i.mode;
  if (current->creds.fsuid == i.uid) {
    bits >>= 6;
  } else if (in_group_p(i.gid)) {
    bits >>= 3;
  }
  if ((want & ~bits & 7) == 0) return {};
  // Root may do everything, but may execute only what somebody may execute.
  const bool any_exec = i.is_dir() || (i.mode & S_IXUGO) != 0;
  if (((want & MAY_EXEC) == 0 || any_exec) && capable(CAP_DAC_OVERRIDE)) return {};
  const bool reads = want == MAY_READ || (i.is_dir() && (want & MAY_WRITE) == 0);
  if (reads && capable(CAP_DAC_READ_SEARCH)) return {};
  return Err(EACCES);
}

Result<void> inode_permission(inode& i, int mask) {
  const bool stored = i.is_reg() || i.is_dir() || i.is_lnk();
  if ((mask & MAY_WRITE) != 0 && i.sb->read_only && stored) return Err(EROFS);
  return i.permission(mask);
}

Result<void> deny_write_access(inode& i) {
  if (i.i_writecount > 0) return Err(ETXTBSY);
  --i.i_writecount;
  return {};
}

void allow_write_access(inode& i) { ++i.i_writecount; }

void file_accessed(file& f) {
  constexpr int64_t kDay = 24 * 3600 * static_cast<int64_t>(kNsec);
  if ((f.f_flags & O_NOATIME) != 0 || !f.f_path) return;
  inode& i = *f.f_path.dentry->d_inode;
  const vfsmount* mnt = f.f_path.mnt.get();
  if (i.sb->read_only || (mnt != nullptr && (mnt->read_only() || (mnt->flags & MS_NOATIME) != 0)))
    return;
  if (i.is_dir() && mnt != nullptr && (mnt->flags & MS_NODIRATIME) != 0) return;
  const int64_t now = current_time_ns();
  const bool strict = mnt != nullptr && (mnt->flags & MS_STRICTATIME) != 0;
  if (!strict && i.atime > i.mtime && i.atime > i.ctime && now - i.atime < kDay) return;
  i.atime = now;
}
