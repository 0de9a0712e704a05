// Extended attributes. Linux: fs/xattr.c. The name spaces' rules are here, the values are the file
// systems'.

#include "fs/abi_util.h"
#include "fs/mount.h"
#include "fs/xattr_syscalls.h"
#include "kernel/sched.h"

namespace {

bool in_space(std::string_view name, std::string_view prefix) {
  return name.size() > prefix.size() && name.starts_with(prefix);
}

// xattr_permission
Result<void> may_access(const path& p, std::string_view name, int mask) {
  inode& i = *p.dentry->d_inode;
  if ((mask & MAY_WRITE) != 0) TRY(mnt_want_write(p));
  if (name == XATTR_USER_PREFIX || name == XATTR_TRUSTED_PREFIX || name == XATTR_SECURITY_PREFIX)
    return Err(EINVAL);
  // Here the security modules decide, and there are none.
  if (in_space(name, XATTR_SECURITY_PREFIX)) return {};
  if (in_space(name, XATTR_TRUSTED_PREFIX)) {
    if (!capable(CAP_SYS_ADMIN)) return Err((mask & MAY_WRITE) != 0 ? EPERM : ENODATA);
    return {};
  }
  if (!in_space(name, XATTR_USER_PREFIX)) return Err(EOPNOTSUPP);
  if (!i.is_reg() && !i.is_dir()) return Err((mask & MAY_WRITE) != 0 ? EPERM : ENODATA);
  const bool owner = current->creds.fsuid == i.uid || capable(CAP_FOWNER);
  if (i.is_dir() && (i.mode & S_ISVTX) != 0 && (mask & MAY_WRITE) != 0 && !owner) return Err(EPERM);
  return inode_permission(i, mask);
}

Result<std::string> import_name(user_str name) {
  Result<std::string> text = strncpy_from_user(name, XATTR_NAME_MAX + 1);
  if (!text) return Err(text.error() == ENAMETOOLONG ? ERANGE : text.error().value);
  if (text->empty()) return Err(ERANGE);
  return text;
}

SyscallResult give(user_ptr<void> to, uint64_t size, std::string_view value, int too_big) {
  if (size == 0) return static_cast<long>(value.size());
  if (size < value.size()) return Err(too_big);
  TRY(copy_to_user(to.addr, value.data(), value.size()));
  return static_cast<long>(value.size());
}

SyscallResult do_getxattr(const path& p, user_str name, user_ptr<void> to, uint64_t size) {
  const std::string n = TRY(import_name(name));
  TRY(may_access(p, n, MAY_READ));
  return give(to, size, TRY(p.dentry->d_inode->getxattr(n)), ERANGE);
}

SyscallResult do_setxattr(const path& p, user_str name, user_ptr<const void> from, uint64_t size,
                          int flags) {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) != 0) return Err(EINVAL);
  const std::string n = TRY(import_name(name));
  if (size > XATTR_SIZE_MAX) return Err(E2BIG);
  std::string value(size, '\0');
  TRY(copy_from_user(value.data(), from.addr, size));
  TRY(may_access(p, n, MAY_WRITE));
  return as_zero(p.dentry->d_inode->setxattr(n, value, flags));
}

SyscallResult do_listxattr(const path& p, user_ptr<char> to, uint64_t size) {
  std::string all;
  for (const std::string& n : TRY(p.dentry->d_inode->listxattr())) {
    if (in_space(n, XATTR_TRUSTED_PREFIX) && !capable(CAP_SYS_ADMIN)) continue;
    all.append(n).push_back('\0');
  }
  return give(to.as<void>(), size, all, ERANGE);
}

SyscallResult do_removexattr(const path& p, user_str name) {
  const std::string n = TRY(import_name(name));
  TRY(may_access(p, n, MAY_WRITE));
  return as_zero(p.dentry->d_inode->removexattr(n));
}

Result<path> by_name(user_str name, unsigned lookup) {
  return user_path_at(AT_FDCWD, TRY(getname(name)), lookup);
}
Result<path> by_fd(int fd) {
  path p = TRY(fget_data(fd))->f_path;
  if (!p) return Err(EOPNOTSUPP);
  return p;
}

}  // namespace

SyscallResult sys_getxattr(user_str path, user_str name, user_ptr<void> value, size_arg size) {
  return do_getxattr(TRY(by_name(path, LOOKUP_FOLLOW)), name, value, size);
}
SyscallResult sys_lgetxattr(user_str path, user_str name, user_ptr<void> value, size_arg size) {
  return do_getxattr(TRY(by_name(path, 0)), name, value, size);
}
SyscallResult sys_fgetxattr(fd_t fd, user_str name, user_ptr<void> value, size_arg size) {
  return do_getxattr(TRY(by_fd(fd)), name, value, size);
}
SyscallResult sys_setxattr(user_str path, user_str name, user_ptr<const void> value, size_arg size,
                           int32_t flags) {
  return do_setxattr(TRY(by_name(path, LOOKUP_FOLLOW)), name, value, size, flags);
}
SyscallResult sys_lsetxattr(user_str path, user_str name, user_ptr<const void> value, size_arg size,
                            int32_t flags) {
  return do_setxattr(TRY(by_name(path, 0)), name, value, size, flags);
}
SyscallResult sys_fsetxattr(fd_t fd, user_str name, user_ptr<const void> value, size_arg size,
                            int32_t flags) {
  return do_setxattr(TRY(by_fd(fd)), name, value, size, flags);
}
SyscallResult sys_listxattr(user_str path, user_ptr<char> list, size_arg size) {
  return do_listxattr(TRY(by_name(path, LOOKUP_FOLLOW)), list, size);
}
SyscallResult sys_llistxattr(user_str path, user_ptr<char> list, size_arg size) {
  return do_listxattr(TRY(by_name(path, 0)), list, size);
}
SyscallResult sys_flistxattr(fd_t fd, user_ptr<char> list, size_arg size) {
  return do_listxattr(TRY(by_fd(fd)), list, size);
}
SyscallResult sys_removexattr(user_str path, user_str name) {
  return do_removexattr(TRY(by_name(path, LOOKUP_FOLLOW)), name);
}
SyscallResult sys_lremovexattr(user_str path, user_str name) {
  return do_removexattr(TRY(by_name(path, 0)), name);
}
SyscallResult sys_fremovexattr(fd_t fd, user_str name) {
  return do_removexattr(TRY(by_fd(fd)), name);
}
