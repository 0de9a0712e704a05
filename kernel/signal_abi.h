// Signals as system calls, for every layout of siginfo, sigaction, stack_t and timespec. Thin: wire
// form to kernel form and back; the work is in signal_syscalls.cpp and signal.cpp. Linux:
// kernel/signal.c, last third.
#pragma once

#include "kernel/sched.h"
#include "kernel/signal.h"
#include "kernel/signal_syscalls.h"
#include "kernel/syscall.h"
#include "kernel/time_abi.h"

namespace detail {

// copy_siginfo_to_user: only the fields that the layout names; the rest is zero.
template <class Siginfo>
void siginfo_to_wire(Siginfo& w, const kernel_siginfo& k) {
  w = Siginfo{};
  w.si_signo = k.si_signo;
  w.si_errno = k.si_errno;
  w.si_code = k.si_code;
  switch (siginfo_layout(k.si_signo, k.si_code)) {
    case SigLayout::kill:
      w.rt.pid = k.pid;
      w.rt.uid = k.uid;
      break;
    case SigLayout::timer:
      w.timer.tid = k.timerid;
      w.timer.overrun = k.overrun;
      w.timer.value = static_cast<decltype(w.timer.value)>(k.value);
      break;
    case SigLayout::poll:
      w.poll.band = static_cast<decltype(w.poll.band)>(k.band);
      w.poll.fd = k.fd;
      break;
    case SigLayout::fault: w.fault.addr = static_cast<decltype(w.fault.addr)>(k.addr); break;
    case SigLayout::chld:
      w.chld.pid = k.pid;
      w.chld.uid = k.uid;
      w.chld.status = k.status;
      w.chld.utime = static_cast<decltype(w.chld.utime)>(k.utime);
      w.chld.stime = static_cast<decltype(w.chld.stime)>(k.stime);
      break;
    case SigLayout::rt:
      w.rt.pid = k.pid;
      w.rt.uid = k.uid;
      w.rt.value = static_cast<decltype(w.rt.value)>(k.value);
      break;
    case SigLayout::sys:
      w.sys.call_addr = static_cast<decltype(w.sys.call_addr)>(k.call_addr);
      w.sys.syscall = k.syscall;
      w.sys.arch = k.arch;
      break;
  }
}

template <class Siginfo>
kernel_siginfo siginfo_from_wire(const Siginfo& w) {
  kernel_siginfo k;
  k.si_signo = w.si_signo;
  k.si_errno = w.si_errno;
  k.si_code = w.si_code;
  switch (siginfo_layout(w.si_signo, w.si_code)) {
    case SigLayout::timer:
      k.timerid = w.timer.tid;
      k.overrun = w.timer.overrun;
      k.value = static_cast<uint64_t>(w.timer.value);
      break;
    case SigLayout::poll:
      k.band = w.poll.band;
      k.fd = w.poll.fd;
      break;
    case SigLayout::fault: k.addr = static_cast<uint64_t>(w.fault.addr); break;
    case SigLayout::chld:
      k.pid = w.chld.pid;
      k.uid = w.chld.uid;
      k.status = w.chld.status;
      k.utime = static_cast<uint64_t>(w.chld.utime);
      k.stime = static_cast<uint64_t>(w.chld.stime);
      break;
    case SigLayout::sys:
      k.call_addr = static_cast<uint64_t>(w.sys.call_addr);
      k.syscall = w.sys.syscall;
      k.arch = w.sys.arch;
      break;
    case SigLayout::kill:
    case SigLayout::rt:
      k.pid = w.rt.pid;
      k.uid = w.rt.uid;
      k.value = static_cast<uint64_t>(w.rt.value);
      break;
  }
  return k;
}

template <class Stack>
Stack altstack_to_wire(const sigaltstack_t& s) {
  Stack w{};
  w.ss_sp = static_cast<decltype(w.ss_sp)>(s.sp);
  w.ss_flags = static_cast<int32_t>(s.flags);
  w.ss_size = static_cast<decltype(w.ss_size)>(s.size);
  return w;
}
template <class Stack>
sigaltstack_t altstack_from_wire(const Stack& w) {
  return {static_cast<uint64_t>(w.ss_sp), static_cast<uint64_t>(w.ss_size),
          static_cast<unsigned>(w.ss_flags)};
}

// The guest's sigset_t has 8 bytes on every ABI of ours (get_user_sigset).
inline constexpr uint64_t kSigsetBytes = 8;

}  // namespace detail

template <class Abi>
SyscallResult sys_rt_sigaction(signum_t sig, user_ptr<const typename Abi::sigaction> act,
                               user_ptr<typename Abi::sigaction> oact, size_arg sigsetsize) {
  if (sigsetsize != detail::kSigsetBytes) return Err(EINVAL);
  std::optional<k_sigaction> next;
  if (act) {
    const auto w = TRY(get_user(act));
    next = k_sigaction{w.handler, w.flags, w.restorer, w.mask};
  }
  const k_sigaction old = TRY(do_sigaction(sig, next));
  if (oact) {
    typename Abi::sigaction w{};
    w.handler = static_cast<decltype(w.handler)>(old.handler);
    w.flags = static_cast<decltype(w.flags)>(old.flags);
    w.restorer = static_cast<decltype(w.restorer)>(old.restorer);
    w.mask = old.mask;
    TRY(put_user(oact, w));
  }
  return 0;
}

// sigaction of 32-bit ABIs: a mask of 32 signals in the middle.
template <class Abi>
SyscallResult sys_sigaction(signum_t sig, user_ptr<const typename Abi::old_sigaction> act,
                            user_ptr<typename Abi::old_sigaction> oact) {
  std::optional<k_sigaction> next;
  if (act) {
    const auto w = TRY(get_user(act));
    next = k_sigaction{w.handler, w.flags, w.restorer, w.mask};
  }
  const k_sigaction old = TRY(do_sigaction(sig, next));
  if (oact) {
    typename Abi::old_sigaction w{};
    w.handler = static_cast<decltype(w.handler)>(old.handler);
    w.mask = static_cast<decltype(w.mask)>(old.mask);
    w.flags = static_cast<decltype(w.flags)>(old.flags);
    w.restorer = static_cast<decltype(w.restorer)>(old.restorer);
    TRY(put_user(oact, w));
  }
  return 0;
}

template <class Abi>
SyscallResult sys_sigaltstack(user_ptr<const typename Abi::stack_t> uss,
                              user_ptr<typename Abi::stack_t> uoss) {
  std::optional<sigaltstack_t> next;
  if (uss) next = detail::altstack_from_wire(TRY(get_user(uss)));
  const sigaltstack_t old = TRY(do_sigaltstack(next, current->isa->sp(current->thread)));
  if (uoss) TRY(put_user(uoss, detail::altstack_to_wire<typename Abi::stack_t>(old)));
  return 0;
}

template <class Abi>
SyscallResult sys_rt_sigqueueinfo(kpid_t pid, signum_t sig,
                                  user_ptr<const typename Abi::siginfo> uinfo) {
  kernel_siginfo info = detail::siginfo_from_wire(TRY(get_user(uinfo)));
  info.si_signo = sig;
  return do_rt_sigqueueinfo(pid, info);
}

template <class Abi>
SyscallResult sys_rt_tgsigqueueinfo(kpid_t tgid, kpid_t pid, signum_t sig,
                                    user_ptr<const typename Abi::siginfo> uinfo) {
  kernel_siginfo info = detail::siginfo_from_wire(TRY(get_user(uinfo)));
  info.si_signo = sig;
  return do_rt_tgsigqueueinfo(tgid, pid, info);
}

template <class Abi, class Timespec = typename Abi::timespec>
SyscallResult sys_rt_sigtimedwait(user_ptr<const uint64_t> uthese,
                                  user_ptr<typename Abi::siginfo> uinfo,
                                  user_ptr<const Timespec> uts, size_arg sigsetsize) {
  if (sigsetsize != detail::kSigsetBytes) return Err(EINVAL);
  const sigset these = TRY(get_user_sigset(uthese.addr));
  std::optional<uint64_t> timeout;
  if (uts) timeout = TRY(detail::get_timespec(uts));
  kernel_siginfo info;
  const int sig = TRY(do_sigtimedwait(these, info, timeout));
  if (uinfo) {
    typename Abi::siginfo w;
    detail::siginfo_to_wire(w, info);
    TRY(put_user(uinfo, w));
  }
  return sig;
}
template <class Abi, class Timespec>
SyscallResult sys_rt_sigtimedwait_time64(user_ptr<const uint64_t> uthese,
                                         user_ptr<typename Abi::siginfo> uinfo,
                                         user_ptr<const Timespec> uts, size_arg sigsetsize) {
  return sys_rt_sigtimedwait<Abi, Timespec>(uthese, uinfo, uts, sigsetsize);
}
