// System calls of the VFS that are the same for every ABI. Those that depend on it are templates in
// read_write_abi.h, stat_abi.h, readdir_abi.h, fcntl_abi.h, attr_abi.h; extended attributes are in
// xattr_syscalls.h.
#pragma once

#include "kernel/syscall.h"

// ---- fs/open_syscalls.cpp
// -----------------------------------------------------------------------------
SyscallResult sys_open(user_str name, open_flags_t flags, umode_t mode);
SyscallResult sys_openat(dirfd_t dirfd, user_str name, open_flags_t flags, umode_t mode);
SyscallResult sys_openat2(dirfd_t dirfd, user_str name, user_ptr<const void> how, size_arg size);
SyscallResult sys_creat(user_str name, umode_t mode);
SyscallResult sys_close(fd_t fd);
SyscallResult sys_close_range(uint32_t first, uint32_t last, uint32_t flags);
SyscallResult sys_access(user_str name, access_mode_t mode);
SyscallResult sys_faccessat(dirfd_t dirfd, user_str name, access_mode_t mode);
SyscallResult sys_faccessat2(dirfd_t dirfd, user_str name, access_mode_t mode, at_flags_t flags);
SyscallResult sys_chdir(user_str name);
SyscallResult sys_fchdir(fd_t fd);
SyscallResult sys_chroot(user_str name);
SyscallResult sys_getcwd(user_ptr<char> buf, size_arg size);
SyscallResult sys_umask(umode_t mask);
SyscallResult sys_chmod(user_str name, umode_t mode);
SyscallResult sys_fchmod(fd_t fd, umode_t mode);
SyscallResult sys_fchmodat(dirfd_t dirfd, user_str name, umode_t mode);
SyscallResult sys_fchmodat2(dirfd_t dirfd, user_str name, umode_t mode, at_flags_t flags);
SyscallResult sys_fchownat(dirfd_t dirfd, user_str name, kuid_t uid, kgid_t gid, at_flags_t flags);
SyscallResult sys_truncate(user_str name, slong length);
SyscallResult sys_ftruncate(fd_t fd, slong length);
SyscallResult sys_statx(dirfd_t dirfd, user_str name, at_flags_t flags, uint32_t mask,
                        user_ptr<struct statx> to);
SyscallResult sys_readlink(user_str name, user_ptr<char> buf, int32_t size);
SyscallResult sys_readlinkat(dirfd_t dirfd, user_str name, user_ptr<char> buf, int32_t size);

// ---- fs/namei_syscalls.cpp
// ----------------------------------------------------------------------------
SyscallResult sys_mkdir(user_str name, umode_t mode);
SyscallResult sys_mkdirat(dirfd_t dirfd, user_str name, umode_t mode);
SyscallResult sys_rmdir(user_str name);
SyscallResult sys_unlink(user_str name);
SyscallResult sys_unlinkat(dirfd_t dirfd, user_str name, at_flags_t flags);
SyscallResult sys_rename(user_str from, user_str to);
SyscallResult sys_renameat(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to);
SyscallResult sys_renameat2(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to,
                            uint32_t flags);
SyscallResult sys_link(user_str from, user_str to);
SyscallResult sys_linkat(dirfd_t from_dir, user_str from, dirfd_t to_dir, user_str to,
                         at_flags_t flags);
SyscallResult sys_symlink(user_str target, user_str name);
SyscallResult sys_symlinkat(user_str target, dirfd_t dirfd, user_str name);
SyscallResult sys_mknod(user_str name, umode_t mode, uint32_t dev);
SyscallResult sys_mknodat(dirfd_t dirfd, user_str name, umode_t mode, uint32_t dev);
SyscallResult sys_mount(user_str source, user_str target, user_str type, mount_flags_t flags,
                        user_ptr<const void> data);
SyscallResult sys_umount(user_str target);  // i386's umount(2), without flags
SyscallResult sys_umount2(user_str target, uint32_t flags);
SyscallResult sys_pivot_root(user_str new_root, user_str put_old);

// ---- fs/rw_syscalls.cpp
// -------------------------------------------------------------------------------
SyscallResult sys_read(fd_t fd, user_ptr<void> buf, size_arg count);
SyscallResult sys_write(fd_t fd, user_ptr<const void> buf, size_arg count);
SyscallResult sys__llseek(fd_t fd, ulong_t high, ulong_t low, user_ptr<int64_t> result,
                          whence_t whence);
SyscallResult sys_sendfile64(fd_t out, fd_t in, user_ptr<int64_t> offset, size_arg count);
SyscallResult sys_copy_file_range(fd_t in, user_ptr<int64_t> off_in, fd_t out,
                                  user_ptr<int64_t> off_out, size_arg len, uint32_t flags);
SyscallResult sys_dup(fd_t fd);
SyscallResult sys_dup2(fd_t old_fd, fd_t new_fd);
SyscallResult sys_dup3(fd_t old_fd, fd_t new_fd, open_flags_t flags);
SyscallResult sys_flock(fd_t fd, uint32_t operation);
SyscallResult sys_ioctl(fd_t fd, ioctl_cmd_t cmd, ulong_t arg);
SyscallResult sys_fsync(fd_t fd);
SyscallResult sys_fdatasync(fd_t fd);
SyscallResult sys_sync();
SyscallResult sys_syncfs(fd_t fd);
SyscallResult sys_memfd_create(user_str name, uint32_t flags);

// 64-bit offsets in two registers, as 32-bit ABIs pass them. The forms that share their slot's name
// with a 64-bit ABI's are in read_write_abi.h.
SyscallResult sys_truncate64(user_str name, uint32_t lo, uint32_t hi);
SyscallResult sys_ftruncate64(fd_t fd, uint32_t lo, uint32_t hi);
SyscallResult sys_fadvise64_64(fd_t fd, uint32_t off_lo, uint32_t off_hi, uint32_t len_lo,
                               uint32_t len_hi, int32_t advice);

// i386's chown32 family; chown, lchown and fchown are templates over the id's width (attr_abi.h).
SyscallResult sys_chown32(user_str name, kuid_t uid, kgid_t gid);
SyscallResult sys_lchown32(user_str name, kuid_t uid, kgid_t gid);
SyscallResult sys_fchown32(fd_t fd, kuid_t uid, kgid_t gid);
