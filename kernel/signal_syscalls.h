// Signal system calls with the same form on every ABI, and the kernel form of the others
// (kernel/signal_abi.h has their wire forms). sgetmask, ssetmask, signal, sigprocmask, sigpending
// and sigsuspend are the 32-bit calls of before 2.2: their masks hold 32 signals.
#pragma once

#include <optional>

#include "kernel/signal.h"
#include "kernel/syscall.h"

SyscallResult sys_kill(kpid_t pid, signum_t sig);
SyscallResult sys_tkill(kpid_t pid, signum_t sig);
SyscallResult sys_tgkill(kpid_t tgid, kpid_t pid, signum_t sig);
SyscallResult sys_rt_sigprocmask(sig_how_t how, user_ptr<const uint64_t> set,
                                 user_ptr<uint64_t> oset, size_arg sigsetsize);
SyscallResult sys_rt_sigpending(user_ptr<uint8_t> set, size_arg sigsetsize);
SyscallResult sys_rt_sigsuspend(user_ptr<const uint64_t> set, size_arg sigsetsize);
SyscallResult sys_pause();
SyscallResult sys_restart_syscall();

SyscallResult sys_signal(signum_t sig, ulong_t handler);
SyscallResult sys_sgetmask();
SyscallResult sys_ssetmask(uint32_t mask);
SyscallResult sys_sigprocmask(sig_how_t how, user_ptr<const uint32_t> set, user_ptr<uint32_t> oset);
SyscallResult sys_sigpending(user_ptr<uint32_t> set);
SyscallResult sys_sigsuspend(int unused1, int unused2, uint32_t mask);

// Kernel forms.
Result<k_sigaction> do_sigaction(int sig, const std::optional<k_sigaction>& act);  // the old action
Result<sigaltstack_t> do_sigaltstack(const std::optional<sigaltstack_t>& next, uint64_t sp);
SyscallResult do_rt_sigqueueinfo(int pid, kernel_siginfo info);
SyscallResult do_rt_tgsigqueueinfo(int tgid, int pid, kernel_siginfo info);
// Waits for one of `these`; no timeout waits for ever, 0 only looks. EAGAIN when time is up.
Result<int> do_sigtimedwait(sigset these, kernel_siginfo& info, std::optional<uint64_t> timeout_ns);
// Blocks `mask` until a handler has run or the call ends (sigsuspend, ppoll, pselect, epoll_pwait).
void set_user_sigmask(sigset mask);
// The call ends without a signal: the old mask comes back now.
void restore_saved_sigmask();
