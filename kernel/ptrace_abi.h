// ptrace(2) for every ABI: the word that PEEK* stores and the siginfo of a stop have the caller's
// layout. Linux: kernel/ptrace.c (SYSCALL_DEFINE4(ptrace), compat_ptrace_request).
#pragma once

#include "kernel/ptrace.h"
#include "kernel/signal_abi.h"
#include "kernel/syscall.h"

template <class Abi>
SyscallResult sys_ptrace(slong request, kpid_t pid, ulong_t addr, ulong_t data) {
  constexpr long kPeekText = 1, kPeekUser = 3, kGetSiginfo = 0x4202, kSetSiginfo = 0x4203;
  using Siginfo = typename Abi::siginfo;
  if (request == kGetSiginfo || request == kSetSiginfo) {
    kernel_siginfo* info = TRY(ptrace_stop_siginfo(pid));
    if (request == kSetSiginfo) {
      *info = detail::siginfo_from_wire(TRY(get_user(user_ptr<const Siginfo>(data))));
      return 0;
    }
    Siginfo w{};
    detail::siginfo_to_wire(w, *info);
    TRY(put_user(user_ptr<Siginfo>(data), w));
    return 0;
  }
  uint64_t word = 0;
  const long r = TRY(do_ptrace(request, pid, addr, data, &word));
  // The system call stores the word; the C library's wrapper returns it.
  if (request >= kPeekText && request <= kPeekUser)
    TRY(put_user(user_ptr<typename Abi::uword>(data), static_cast<typename Abi::uword>(word)));
  return r;
}
