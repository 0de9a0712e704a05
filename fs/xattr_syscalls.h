// Extended attributes as system calls; the same for every ABI.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_getxattr(user_str path, user_str name, user_ptr<void> value, size_arg size);
SyscallResult sys_lgetxattr(user_str path, user_str name, user_ptr<void> value, size_arg size);
SyscallResult sys_fgetxattr(fd_t fd, user_str name, user_ptr<void> value, size_arg size);
SyscallResult sys_setxattr(user_str path, user_str name, user_ptr<const void> value, size_arg size,
                           int32_t flags);
SyscallResult sys_lsetxattr(user_str path, user_str name, user_ptr<const void> value, size_arg size,
                            int32_t flags);
SyscallResult sys_fsetxattr(fd_t fd, user_str name, user_ptr<const void> value, size_arg size,
                            int32_t flags);
SyscallResult sys_listxattr(user_str path, user_ptr<char> list, size_arg size);
SyscallResult sys_llistxattr(user_str path, user_ptr<char> list, size_arg size);
SyscallResult sys_flistxattr(fd_t fd, user_ptr<char> list, size_arg size);
SyscallResult sys_removexattr(user_str path, user_str name);
SyscallResult sys_lremovexattr(user_str path, user_str name);
SyscallResult sys_fremovexattr(fd_t fd, user_str name);
