// pidfd_send_signal, for every layout of siginfo. Linux: kernel/signal.c.
#pragma once

#include "kernel/pidfd.h"
#include "kernel/signal_abi.h"

template <class Abi>
SyscallResult sys_pidfd_send_signal(fd_t pidfd, signum_t sig,
                                    user_ptr<const typename Abi::siginfo> uinfo, uint32_t flags) {
  if (!uinfo) return do_pidfd_send_signal(pidfd, sig, nullptr, flags);
  const kernel_siginfo info = detail::siginfo_from_wire(TRY(get_user(uinfo)));
  return do_pidfd_send_signal(pidfd, sig, &info, flags);
}
