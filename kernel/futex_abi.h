// Futex system calls over the wire forms of timespec and robust_list_head.
#pragma once

#include "kernel/futex.h"
#include "kernel/futex_syscalls.h"
#include "kernel/time_abi.h"

template <class Timespec>
SyscallResult sys_futex(user_ptr<uint32_t> uaddr, futex_op_t op, uint32_t val,
                        user_ptr<const Timespec> utime, user_ptr<uint32_t> uaddr2, uint32_t val3) {
  std::optional<uint64_t> timeout;
  if (futex_has_timeout(op) && utime) timeout = TRY(detail::get_timespec(utime));
  // The operations without a time-out carry a number in its place.
  const auto val2 = static_cast<uint32_t>(utime.addr);
  return do_futex(uaddr.addr, op, val, timeout, val2, uaddr2.addr, val3);
}
template <class Timespec>
SyscallResult sys_futex_time64(user_ptr<uint32_t> uaddr, futex_op_t op, uint32_t val,
                               user_ptr<const Timespec> utime, user_ptr<uint32_t> uaddr2,
                               uint32_t val3) {
  return sys_futex<Timespec>(uaddr, op, val, utime, uaddr2, val3);
}

template <class Abi>
SyscallResult sys_set_robust_list(user_ptr<typename Abi::robust_list_head> head, size_arg len) {
  return do_set_robust_list(head.addr, len, sizeof(typename Abi::robust_list_head));
}
template <class Abi>
SyscallResult sys_get_robust_list(kpid_t pid, user_ptr<typename Abi::uword> head,
                                  user_ptr<typename Abi::uword> len) {
  const uint64_t found = TRY(do_get_robust_list(pid));
  TRY(put_user(len, static_cast<typename Abi::uword>(sizeof(typename Abi::robust_list_head))));
  TRY(put_user(head, static_cast<typename Abi::uword>(found)));
  return 0;
}
