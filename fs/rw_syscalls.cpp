// System calls on descriptors: reading, writing, duplicating, locking, flushing. Linux:
// fs/read_write.c, fs/file.c, fs/locks.c, fs/ioctl.c, fs/sync.c, mm/memfd.c.

#include "fs/abi_util.h"
#include "fs/fcntl.h"
#include "fs/fdtable.h"
#include "fs/ramfs/ramfs.h"
#include "fs/read_write_abi.h"
#include "fs/syscalls.h"

SyscallResult sys_read(fd_t fd, user_ptr<void> buf, size_arg count) {
  return as_long(ksys_read(fd, iov_iter::user(buf.addr, count)));
}
SyscallResult sys_write(fd_t fd, user_ptr<const void> buf, size_arg count) {
  return as_long(ksys_write(fd, iov_iter::user(buf.addr, count)));
}

SyscallResult sys__llseek(fd_t fd, ulong_t high, ulong_t low, user_ptr<int64_t> result,
                          whence_t whence) {
  const int64_t offset =
      join64(static_cast<uint32_t>(low.value), static_cast<uint32_t>(high.value));
  const uint64_t pos = TRY(ksys_lseek(fd, offset, whence));
  return as_zero(put_user(result, static_cast<int64_t>(pos)));
}

SyscallResult sys_sendfile64(fd_t out, fd_t in, user_ptr<int64_t> offset, size_arg count) {
  return sendfile_by(out, in, offset, count);
}

SyscallResult sys_copy_file_range(fd_t in, user_ptr<int64_t> off_in, fd_t out,
                                  user_ptr<int64_t> off_out, size_arg len, uint32_t flags) {
  uint64_t from = 0, to = 0;
  if (off_in) from = static_cast<uint64_t>(TRY(get_user(off_in)));
  if (off_out) to = static_cast<uint64_t>(TRY(get_user(off_out)));
  const Result<size_t> n =
      do_copy_file_range(in, off_in ? &from : nullptr, out, off_out ? &to : nullptr, len, flags);
  if (n && off_in) TRY(put_user(off_in, static_cast<int64_t>(from)));
  if (n && off_out) TRY(put_user(off_out, static_cast<int64_t>(to)));
  return as_long(n);
}

SyscallResult sys_dup(fd_t fd) { return as_long(fd_install_new(TRY(fget(fd)), false)); }
SyscallResult sys_dup2(fd_t old_fd, fd_t new_fd) {
  if (old_fd == new_fd) {
    TRY(fget(old_fd));
    return static_cast<long>(new_fd);
  }
  return as_long(do_dup3(old_fd, new_fd, 0));
}
SyscallResult sys_dup3(fd_t old_fd, fd_t new_fd, open_flags_t flags) {
  return as_long(do_dup3(old_fd, new_fd, static_cast<unsigned>(flags.value)));
}

SyscallResult sys_flock(fd_t fd, uint32_t operation) { return as_zero(do_flock(fd, operation)); }
SyscallResult sys_ioctl(fd_t fd, ioctl_cmd_t cmd, ulong_t arg) { return do_ioctl(fd, cmd, arg); }
SyscallResult sys_fsync(fd_t fd) { return as_zero(do_fsync(fd)); }
SyscallResult sys_fdatasync(fd_t fd) { return as_zero(do_fsync(fd)); }
SyscallResult sys_sync() {
  ksys_sync();
  return 0;
}
SyscallResult sys_syncfs(fd_t fd) { return as_zero(do_syncfs(fd)); }

SyscallResult sys_fadvise64_64(fd_t fd, uint32_t off_lo, uint32_t off_hi, uint32_t len_lo,
                               uint32_t len_hi, int32_t advice) {
  return as_zero(do_fadvise(fd, join64(off_lo, off_hi), join64(len_lo, len_hi), advice));
}

SyscallResult sys_memfd_create(user_str name, uint32_t flags) {
  constexpr size_t kNameMax = NAME_MAX - 6;  // room for "memfd:"
  Result<std::string> text = strncpy_from_user(name, kNameMax + 1);
  if (!text) return Err(text.error() == ENAMETOOLONG ? EINVAL : text.error().value);
  Ref<file> f = TRY(memfd_file(*text, flags));
  return as_long(fd_install_new(std::move(f), (flags & MFD_CLOEXEC) != 0));
}
