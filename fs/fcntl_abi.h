// fcntl as a system call: struct flock depends on the ABI. Linux: fs/fcntl.c.
#pragma once

#include "fs/abi_util.h"
#include "fs/fcntl.h"
#include "kernel/syscall.h"

namespace detail {

// F_GETLK64 ... of 32-bit ABIs; 64-bit ones never had them.
enum : unsigned { kGetLk64 = 12, kSetLk64 = 13, kSetLkW64 = 14 };

template <class Flock>
SyscallResult fcntl_lock(int fd, unsigned cmd, uint64_t arg) {
  const user_ptr<Flock> to(arg);
  const Flock wire = TRY(get_user(to));
  kernel_flock lock{wire.l_type, wire.l_whence, wire.l_start, wire.l_len, wire.l_pid};
  const bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
  if (cmd == F_GETLK || cmd == F_OFD_GETLK || cmd == kGetLk64) {
    TRY(fcntl_getlk(fd, ofd, lock));
    Flock back = wire;
    back.l_type = static_cast<int16_t>(lock.type);
    if (lock.type != F_UNLCK) {
      back.l_whence = static_cast<int16_t>(lock.whence);
      back.l_start = static_cast<decltype(back.l_start + 0)>(lock.start);
      back.l_len = static_cast<decltype(back.l_len + 0)>(lock.len);
      back.l_pid = lock.pid;
      if (back.l_start != lock.start) return Err(EOVERFLOW);
      // A range beyond what the struct can say reaches to the end.
      if (back.l_len != lock.len) back.l_len = 0;
    }
    return as_zero(put_user(to, back));
  }
  const bool wait = cmd == F_SETLKW || cmd == F_OFD_SETLKW || cmd == kSetLkW64;
  return as_zero(fcntl_setlk(fd, ofd, wait, lock));
}

constexpr bool is_lock_cmd(unsigned cmd) {
  return cmd == F_GETLK || cmd == F_SETLK || cmd == F_SETLKW;
}
constexpr bool is_lock64_cmd(unsigned cmd) { return cmd >= kGetLk64 && cmd <= kSetLkW64; }
constexpr bool is_ofd_cmd(unsigned cmd) { return cmd >= F_OFD_GETLK && cmd <= F_OFD_SETLKW; }

}  // namespace detail

template <class Abi>
SyscallResult sys_fcntl(fd_t fd, fcntl_cmd_t cmd, ulong_t arg) {
  const bool wide = detail::is_ofd_cmd(cmd) || detail::is_lock64_cmd(cmd);
  if (detail::is_lock_cmd(cmd) || (Abi::kWord == 8 && detail::is_ofd_cmd(cmd)))
    return detail::fcntl_lock<typename Abi::flock>(fd, cmd, arg);
  if (wide) {
    TRY(fget(fd));
    return Err(EINVAL);
  }
  return do_fcntl(fd, cmd, arg);
}

// 32-bit ABIs.
template <class Abi>
SyscallResult sys_fcntl64(fd_t fd, fcntl_cmd_t cmd, ulong_t arg) {
  if (detail::is_ofd_cmd(cmd) || detail::is_lock64_cmd(cmd))
    return detail::fcntl_lock<typename Abi::flock64>(fd, cmd, arg);
  return sys_fcntl<Abi>(fd, cmd, arg);
}
