// System calls that change names, and mounting. Linux: fs/namei.c, fs/namespace.c.

#include "fs/abi_util.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/syscalls.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned kMagicMask = 0xffff0000, kMagic = 0xC0ED0000;  // MS_MGC_VAL of old programs
constexpr unsigned kPropagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
constexpr unsigned kNoFollow = 8;  // UMOUNT_NOFOLLOW

Result<path> lookup_mountpoint(user_str name, unsigned lookup = LOOKUP_FOLLOW) {
  return user_path_at(AT_FDCWD, TRY(getname(name)), lookup);
}

Result<std::string> optional_string(user_str s) {
  if (!s) return std::string();
  return strncpy_from_user(s, kPageSize);
}

SyscallResult mount_new(user_str source, user_str type, const path& where, unsigned flags,
                        user_ptr<const void> data) {
  if (!type) return Err(EINVAL);
  const std::string name = TRY(optional_string(type));
  const std::string from = TRY(optional_string(source));
  const std::string options = TRY(optional_string(data.as<const char>()));
  Ref<super_block> sb = TRY(new_filesystem(name, from, flags, options));
  if ((flags & (MS_NOATIME | MS_STRICTATIME)) == 0) flags |= MS_RELATIME;
  TRY(do_mount(std::move(sb), where, flags));
  return 0;
}

SyscallResult rename_at(int from_dir, user_str from, int to_dir, user_str to, unsigned flags) {
  const std::string old_name = TRY(getname(from));
  const std::string new_name = TRY(getname(to));
  return as_zero(do_renameat2(from_dir, old_name, to_dir, new_name, flags));
}

SyscallResult link_at(int from_dir, user_str from, int to_dir, user_str to, unsigned flags) {
  const std::string old_name = TRY(getname(from, (flags & AT_EMPTY_PATH) != 0));
  const std::string new_name = TRY(getname(to));
  return as_zero(do_linkat(from_dir, old_name, to_dir, new_name, flags));
}

SyscallResult symlink_at(user_str target, int dirfd, user_str name) {
  const std::string to = TRY(getname(target));
  return as_zero(do_symlinkat(to, dirfd, TRY(getname(name))));
}

}  // namespace

SyscallResult sys_mkdir(user_str name, umode_t mode) {
  return as_zero(do_mkdirat(AT_FDCWD, TRY(getname(name)), mode));
}
SyscallResult sys_mkdirat(dirfd_t dirfd, user_str name, umode_t mode) {
  return as_zero(do_mkdirat(dirfd, TRY(getname(name)), mode));
}
SyscallResult sys_rmdir(user_str name) { return as_zero(do_rmdir(AT_FDCWD, TRY(getname(name)))); }
SyscallResult sys_unlink(user_str name) {
  return as_zero(do_unlinkat(AT_FDCWD, TRY(getname(name))));
}
SyscallResult sys_unlinkat(dirfd_t dirfd, user_str name, at_flags_t flags) {
  if ((flags & ~AT_REMOVEDIR) != 0) return Err(EINVAL);
  const std::string path = TRY(getname(name));
  return as_zero((flags & AT_REMOVEDIR) != 0 ? do_rmdir(dirfd, path) : do_unlinkat(dirfd, path));
}

SyscallResult sys_rename(user_str from, user_str to) {
  return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SyscallResult sys_renameat(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to) {
  return rename_at(from_dir, from, to_dir, to, 0);
}
SyscallResult sys_renameat2(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to,
                            uint32_t flags) {
  return rename_at(from_dir, from, to_dir, to, flags);
}

SyscallResult sys_link(user_str from, user_str to) {
  return link_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SyscallResult sys_linkat(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to,
                         at_flags_t flags) {
  return link_at(from_dir, from, to_dir, to, static_cast<unsigned>(flags.value));
}
SyscallResult sys_symlink(user_str target, user_str name) {
  return symlink_at(target, AT_FDCWD, name);
}
SyscallResult sys_symlinkat(user_str target, dirfd_t dirfd, user_str name) {
  return symlink_at(target, dirfd, name);
}

SyscallResult sys_mknod(user_str name, umode_t mode, uint32_t dev) {
  return as_zero(do_mknodat(AT_FDCWD, TRY(getname(name)), mode, dev));
}
SyscallResult sys_mknodat(dirfd_t dirfd, user_str name, umode_t mode, uint32_t dev) {
  return as_zero(do_mknodat(dirfd, TRY(getname(name)), mode, dev));
}

SyscallResult sys_mount(user_str source, user_str target, user_str type, mount_flags_t flag_arg,
                        user_ptr<const void> data) {
  unsigned flags = flag_arg;
  if ((flags & kMagicMask) == kMagic) flags &= ~kMagicMask;
  const path where = TRY(lookup_mountpoint(target));
  if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
  if ((flags & MS_REMOUNT) != 0) return as_zero(do_remount(where, flags));
  if ((flags & MS_BIND) != 0)
    return as_zero(do_bind_mount(TRY(lookup_mountpoint(source)), where, (flags & MS_REC) != 0));
  // With one namespace every mount is as good as private.
  if ((flags & kPropagation) != 0)
    return where.dentry == where.mnt->root ? SyscallResult(0) : Err(EINVAL);
  if ((flags & MS_MOVE) != 0) return as_zero(do_move_mount(TRY(lookup_mountpoint(source)), where));
  return mount_new(source, type, where, flags, data);
}

SyscallResult sys_umount2(user_str target, uint32_t flags) {
  const path where = TRY(lookup_mountpoint(target, (flags & kNoFollow) != 0 ? 0U : LOOKUP_FOLLOW));
  if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
  return as_zero(do_umount(where, flags));
}
SyscallResult sys_umount(user_str target) { return sys_umount2(target, 0); }

SyscallResult sys_pivot_root(user_str new_root, user_str put_old) {
  if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
  const path incoming = TRY(lookup_mountpoint(new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY));
  return as_zero(
      do_pivot_root(incoming, TRY(lookup_mountpoint(put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY))));
}
