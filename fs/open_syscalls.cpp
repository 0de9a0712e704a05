// System calls about opening and about a file's attributes. Linux: fs/open.c, fs/stat.c, chroot and
// getcwd of fs/open.c and fs/d_path.c.

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fs/abi_util.h"
#include "fs/attr.h"
#include "fs/fcntl.h"
#include "fs/namei.h"
#include "fs/open.h"
#include "fs/stat.h"
#include "fs/syscalls.h"
#include "kernel/sched.h"
#include "mm/user_order.h"

namespace {

SyscallResult open_at(int dirfd, user_str name, unsigned flags, uint32_t mode) {
  const std::string path = TRY(getname(name));
  return as_long(do_sys_open(dirfd, path, build_open_how(flags, mode)));
}

// The bytes of openat2's struct that this kernel does not know must be zero.
Result<open_how> copy_open_how(user_ptr<const void> from, uint64_t size) {
  if (size < sizeof(open_how)) return Err(EINVAL);
  if (size > kPageSize) return Err(E2BIG);
  std::vector<char> bytes(size);
  TRY(copy_from_user(bytes.data(), from.addr, size));
  for (size_t i = sizeof(open_how); i < size; ++i)
    if (bytes[i] != 0) return Err(E2BIG);
  open_how how;
  std::memcpy(&how, bytes.data(), sizeof how);
  return fields_in_user_order(how, &open_how::flags, &open_how::mode, &open_how::resolve);
}

struct statx in_user_order(struct statx x) {
  using X = struct statx;
  for (statx_timestamp X::*time : {&X::stx_atime, &X::stx_btime, &X::stx_ctime, &X::stx_mtime})
    x.*time = fields_in_user_order(x.*time, &statx_timestamp::tv_sec, &statx_timestamp::tv_nsec);
  return fields_in_user_order(x, &X::stx_mask, &X::stx_blksize, &X::stx_attributes, &X::stx_nlink,
                              &X::stx_uid, &X::stx_gid, &X::stx_mode, &X::stx_ino, &X::stx_size,
                              &X::stx_blocks, &X::stx_attributes_mask, &X::stx_rdev_major,
                              &X::stx_rdev_minor, &X::stx_dev_major, &X::stx_dev_minor);
}

SyscallResult enter(const path& p, path fs_struct::*which) {
  inode& i = *p.dentry->d_inode;
  if (!i.is_dir()) return Err(ENOTDIR);
  TRY(inode_permission(i, MAY_EXEC));
  if (which == &fs_struct::root && !capable(CAP_SYS_CHROOT)) return Err(EPERM);
  (*current->fs).*which = p;
  return 0;
}

SyscallResult access_at(int dirfd, user_str name, int mode, unsigned flags) {
  const std::string path = TRY(getname(name, (flags & AT_EMPTY_PATH) != 0));
  return as_zero(do_faccessat(dirfd, path, mode, flags));
}

SyscallResult chmod_at(int dirfd, user_str name, uint32_t mode, unsigned flags) {
  const std::string path = TRY(getname(name, (flags & AT_EMPTY_PATH) != 0));
  return as_zero(do_fchmodat(dirfd, path, mode, flags));
}

SyscallResult chown_at(int dirfd, user_str name, uint32_t uid, uint32_t gid, unsigned flags) {
  const std::string path = TRY(getname(name, (flags & AT_EMPTY_PATH) != 0));
  return as_zero(do_fchownat(dirfd, path, uid, gid, flags));
}

SyscallResult readlink_at(int dirfd, user_str name, user_ptr<char> buf, int32_t size) {
  if (size <= 0) return Err(EINVAL);
  const std::string target = TRY(do_readlinkat(dirfd, TRY(getname(name, true))));
  const size_t n = std::min(target.size(), static_cast<size_t>(size));
  TRY(copy_to_user(buf.addr, target.data(), n));
  return static_cast<long>(n);
}

}  // namespace

SyscallResult sys_open(user_str name, open_flags_t flags, umode_t mode) {
  return open_at(AT_FDCWD, name, static_cast<unsigned>(flags.value), mode);
}
SyscallResult sys_openat(dirfd_t dirfd, user_str name, open_flags_t flags, umode_t mode) {
  return open_at(dirfd, name, static_cast<unsigned>(flags.value), mode);
}
SyscallResult sys_creat(user_str name, umode_t mode) {
  return open_at(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

SyscallResult sys_openat2(dirfd_t dirfd, user_str name, user_ptr<const void> how, size_arg size) {
  const open_how wire = TRY(copy_open_how(how, size));
  TRY(check_open_how(wire.flags, wire.mode, wire.resolve));
  open_request request =
      build_open_how(static_cast<unsigned>(wire.flags), static_cast<uint32_t>(wire.mode));
  request.resolve = wire.resolve;
  const std::string path = TRY(getname(name));
  return as_long(do_sys_open(dirfd, path, request));
}

SyscallResult sys_close(fd_t fd) { return as_zero(close_fd(fd)); }
SyscallResult sys_close_range(uint32_t first, uint32_t last, uint32_t flags) {
  return as_zero(do_close_range(first, last, flags));
}

SyscallResult sys_access(user_str name, access_mode_t mode) {
  return access_at(AT_FDCWD, name, mode, 0);
}
SyscallResult sys_faccessat(dirfd_t dirfd, user_str name, access_mode_t mode) {
  return access_at(dirfd, name, mode, 0);
}
SyscallResult sys_faccessat2(dirfd_t dirfd, user_str name, access_mode_t mode, at_flags_t flags) {
  return access_at(dirfd, name, mode, static_cast<unsigned>(flags.value));
}

SyscallResult sys_chdir(user_str name) {
  return enter(TRY(user_path_at(AT_FDCWD, TRY(getname(name)), LOOKUP_FOLLOW | LOOKUP_DIRECTORY)),
               &fs_struct::pwd);
}
SyscallResult sys_fchdir(fd_t fd) {
  const Ref<file> f = TRY(fget(fd));
  if (!f->f_path) return Err(ENOTDIR);
  return enter(f->f_path, &fs_struct::pwd);
}
SyscallResult sys_chroot(user_str name) {
  return enter(TRY(user_path_at(AT_FDCWD, TRY(getname(name)), LOOKUP_FOLLOW | LOOKUP_DIRECTORY)),
               &fs_struct::root);
}

SyscallResult sys_getcwd(user_ptr<char> buf, size_arg size) {
  const path& pwd = current->fs->pwd;
  path_text t = prepend_path(pwd, current->fs->root);
  if (t.deleted) return Err(ENOENT);
  if (!t.reached) t.text.insert(0, "(unreachable)");
  if (t.text.size() + 1 > PATH_MAX) return Err(ENAMETOOLONG);
  if (t.text.size() + 1 > size) return Err(ERANGE);
  TRY(copy_to_user(buf.addr, t.text.c_str(), t.text.size() + 1));
  return static_cast<long>(t.text.size() + 1);
}

SyscallResult sys_umask(umode_t mask) {
  const uint32_t old = current->fs->umask;
  current->fs->umask = mask & (S_IRWXU | S_IRWXG | S_IRWXO);
  return old;
}

SyscallResult sys_chmod(user_str name, umode_t mode) { return chmod_at(AT_FDCWD, name, mode, 0); }
SyscallResult sys_fchmod(fd_t fd, umode_t mode) {
  TRY(fget_data(fd));
  return as_zero(do_fchmodat(fd, "", mode, AT_EMPTY_PATH));
}
SyscallResult sys_fchmodat(dirfd_t dirfd, user_str name, umode_t mode) {
  return chmod_at(dirfd, name, mode, 0);
}
SyscallResult sys_fchmodat2(dirfd_t dirfd, user_str name, umode_t mode, at_flags_t flags) {
  return chmod_at(dirfd, name, mode, static_cast<unsigned>(flags.value));
}

SyscallResult sys_fchownat(dirfd_t dirfd, user_str name, kuid_t uid, kgid_t gid, at_flags_t flags) {
  return chown_at(dirfd, name, uid, gid, static_cast<unsigned>(flags.value));
}
SyscallResult sys_chown32(user_str name, kuid_t uid, kgid_t gid) {
  return chown_at(AT_FDCWD, name, uid, gid, 0);
}
SyscallResult sys_lchown32(user_str name, kuid_t uid, kgid_t gid) {
  return chown_at(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}
SyscallResult sys_fchown32(fd_t fd, kuid_t uid, kgid_t gid) {
  TRY(fget_data(fd));
  return as_zero(do_fchownat(fd, "", uid, gid, AT_EMPTY_PATH));
}

SyscallResult sys_truncate(user_str name, slong length) {
  return as_zero(do_truncate(TRY(getname(name)), length));
}
SyscallResult sys_ftruncate(fd_t fd, slong length) { return as_zero(do_ftruncate(fd, length)); }
SyscallResult sys_truncate64(user_str name, uint32_t lo, uint32_t hi) {
  return as_zero(do_truncate(TRY(getname(name)), join64(lo, hi)));
}
SyscallResult sys_ftruncate64(fd_t fd, uint32_t lo, uint32_t hi) {
  return as_zero(do_ftruncate(fd, join64(lo, hi)));
}

SyscallResult sys_statx(dirfd_t dirfd, user_str name, at_flags_t flags, uint32_t mask,
                        user_ptr<struct statx> to) {
  const auto at = static_cast<unsigned>(flags.value);
  // Since Linux 6.11 a null name is an empty one.
  const bool empty = (at & AT_EMPTY_PATH) != 0;
  const std::string path = empty && !name ? std::string() : TRY(getname(name, empty));
  return as_zero(put_user(to, in_user_order(TRY(do_statx(dirfd, path, at, mask)))));
}

SyscallResult sys_readlink(user_str name, user_ptr<char> buf, int32_t size) {
  return readlink_at(AT_FDCWD, name, buf, size);
}
SyscallResult sys_readlinkat(dirfd_t dirfd, user_str name, user_ptr<char> buf, int32_t size) {
  return readlink_at(dirfd, name, buf, size);
}
