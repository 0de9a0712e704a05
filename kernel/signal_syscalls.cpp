// Signal system calls. Linux: kernel/signal.c, its last third.
#include "kernel/signal_syscalls.h"

#include <array>
#include <cstring>

#include "kernel/sched.h"
#include "kernel/signal_internal.h"
#include "kernel/time.h"
#include "mm/user_order.h"

namespace {

constexpr uint64_t kSigsetBytes = 8;
constexpr uint64_t kSaExposeTagbits = 0x800;
constexpr uint64_t kSaFlags = SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART |
                              SA_NODEFER | SA_RESETHAND | SA_RESTORER | kSaExposeTagbits;

SyscallResult do_tkill(int tgid, int pid, int sig) {
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr || (tgid > 0 && t->tgid != tgid)) return Err(ESRCH);
  const kernel_siginfo info = make_siginfo(sig, SI_TKILL);
  TRY(check_kill_permission(*t, info));
  if (sig == 0) return 0;
  // A thread that is dying takes the signal with it.
  if (const auto sent = send_signal(*t, info, true); !sent && sent.error() != ESRCH)
    return std::unexpected(sent.error());
  return 0;
}

Result<sigset> change_mask(int how, sigset old, sigset set) {
  switch (how) {
    case SIG_BLOCK: return old | set;
    case SIG_UNBLOCK: return old & ~set;
    case SIG_SETMASK: return set;
    default: return Err(EINVAL);
  }
}

// Forging the kernel's or kill's own codes is for oneself alone.
bool forged(const kernel_siginfo& info, bool own) {
  return (info.si_code >= 0 || info.si_code == SI_TKILL) && !own;
}

SyscallResult sigsuspend(sigset mask) {
  set_user_sigmask(mask);
  while (!signal_pending(*current)) {
    set_current_state(TASK_INTERRUPTIBLE);
    schedule();
  }
  return Err(ERESTARTNOHAND);
}

}  // namespace

SyscallResult sys_kill(kpid_t pid, signum_t sig) {
  const kernel_siginfo info = make_siginfo(sig, SI_USER);
  if (pid == INT32_MIN) return Err(ESRCH);
  if (pid > 0)
    TRY(kill_pid(pid, info));
  else if (pid == -1)
    TRY(kill_all(info));
  else
    TRY(kill_pgrp(pid == 0 ? current->signal->pgrp : -pid, info, true));
  return 0;
}

SyscallResult sys_tkill(kpid_t pid, signum_t sig) {
  if (pid <= 0 || sig < 0 || sig > NSIG) return Err(EINVAL);
  return do_tkill(0, pid, sig);
}

SyscallResult sys_tgkill(kpid_t tgid, kpid_t pid, signum_t sig) {
  if (pid <= 0 || tgid <= 0 || sig < 0 || sig > NSIG) return Err(EINVAL);
  return do_tkill(tgid, pid, sig);
}

SyscallResult do_rt_sigqueueinfo(int pid, kernel_siginfo info) {
  if (forged(info, pid == current->tgid)) return Err(EPERM);
  TRY(kill_pid(pid, info));
  return 0;
}

SyscallResult do_rt_tgsigqueueinfo(int tgid, int pid, kernel_siginfo info) {
  if (pid <= 0 || tgid <= 0) return Err(EINVAL);
  if (forged(info, tgid == current->tgid)) return Err(EPERM);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr || t->tgid != tgid) return Err(ESRCH);
  TRY(check_kill_permission(*t, info));
  TRY(send_signal(*t, info, true));
  return 0;
}

Result<k_sigaction> do_sigaction(int sig, const std::optional<k_sigaction>& act) {
  if (sig < 1 || sig > NSIG) return Err(EINVAL);
  if (act && (sigmask(sig) & kUnblockable) != 0) return Err(EINVAL);
  task_struct& t = *current;
  k_sigaction& slot = (*t.sighand)[sig];
  const k_sigaction old = slot;
  if (!act) return old;
  slot = *act;
  slot.flags &= kSaFlags;  // unknown flags read back as clear, so that programs can probe for them
  slot.mask &= ~kUnblockable;
  // What is ignored from now on is not pending any more (POSIX 3.3.1.3).
  const bool ignored =
      slot.handler == SIG_IGN || (slot.handler == SIG_DFL && (kDefaultIgnored & sigmask(sig)) != 0);
  if (ignored) {
    detail::flush_sigqueue(t.signal->shared_pending, sigmask(sig));
    for (task_struct* x : t.signal->threads) {
      detail::flush_sigqueue(x->pending, sigmask(sig));
      recalc_sigpending(*x);
    }
  }
  return old;
}

SyscallResult sys_rt_sigprocmask(sig_how_t how, user_ptr<const uint64_t> set,
                                 user_ptr<uint64_t> oset, size_arg sigsetsize) {
  if (sigsetsize != kSigsetBytes) return Err(EINVAL);
  const sigset old = current->blocked;
  if (set) {
    const sigset wanted = TRY(get_user_sigset(set.addr)) & ~kUnblockable;
    set_current_blocked(TRY(change_mask(how, old, wanted)));
  }
  if (oset) TRY(put_user_sigset(oset.addr, old));
  return 0;
}

namespace {
sigset pending_set() {
  return (current->pending.signal | current->signal->shared_pending.signal) & current->blocked;
}
}  // namespace

SyscallResult sys_rt_sigpending(user_ptr<uint8_t> set, size_arg sigsetsize) {
  // Smaller sets are allowed here, unlike everywhere else.
  if (sigsetsize > kSigsetBytes) return Err(EINVAL);
  if (sigsetsize == kSigsetBytes) {
    TRY(put_user_sigset(set.addr, pending_set()));
    return 0;
  }
  sigset pending = pending_set();
  // Words of 32 bits, the low signals first: a word that is cut loses its end as it lies in memory.
  if (user_order_differs()) {
    std::array<uint32_t, 2> words{static_cast<uint32_t>(pending), static_cast<uint32_t>(pending >> 32)};
    words = array_in_user_order(words);
    std::memcpy(&pending, words.data(), sizeof pending);
  }
  TRY(copy_to_user(set.addr, &pending, sigsetsize));
  return 0;
}

void set_user_sigmask(sigset mask) {
  current->saved_sigmask = current->blocked;
  current->restore_sigmask = true;
  set_current_blocked(mask);
}

void restore_saved_sigmask() {
  if (!current->restore_sigmask) return;
  current->restore_sigmask = false;
  set_current_blocked(current->saved_sigmask);
}

SyscallResult sys_rt_sigsuspend(user_ptr<const uint64_t> set, size_arg sigsetsize) {
  if (sigsetsize != kSigsetBytes) return Err(EINVAL);
  return sigsuspend(TRY(get_user_sigset(set.addr)));
}

SyscallResult sys_pause() {
  while (!signal_pending(*current)) {
    set_current_state(TASK_INTERRUPTIBLE);
    schedule();
  }
  return Err(ERESTARTNOHAND);
}

SyscallResult sys_restart_syscall() {
  if (!current->restart_block) return Err(EINTR);
  // The call may set a new one; it is used up all the same.
  const auto restart = std::move(current->restart_block);
  current->restart_block = nullptr;
  return restart();
}

Result<int> do_sigtimedwait(sigset these, kernel_siginfo& info, std::optional<uint64_t> timeout) {
  task_struct& t = *current;
  these &= ~kUnblockable;
  int sig = dequeue_signal(t, ~these, info);
  if (sig != 0) return sig;
  if (timeout == 0) return Err(EAGAIN);
  // Unblocked while we sleep so that they wake us; real_blocked keeps them from being fatal.
  t.real_blocked = t.blocked;
  t.blocked &= ~these;
  recalc_sigpending(t);
  t.state = TASK_INTERRUPTIBLE;
  bool in_time = true;
  if (timeout)
    in_time = schedule_until(ktime_add_safe(ktime_get(), *timeout));
  else
    schedule();
  t.state = TASK_RUNNING;
  t.blocked = t.real_blocked;
  t.real_blocked = 0;
  sig = dequeue_signal(t, ~these, info);
  if (sig != 0) return sig;
  return Err(in_time ? EINTR : EAGAIN);
}

Result<sigaltstack_t> do_sigaltstack(const std::optional<sigaltstack_t>& next, uint64_t sp) {
  task_struct& t = *current;
  const sigaltstack_t old{t.sas.sp, t.sas.size,
                          sas_ss_flags(t, sp) | (t.sas.flags & SS_AUTODISARM)};
  if (!next) return old;
  if (on_sig_stack(t, sp)) return Err(EPERM);
  const unsigned mode = next->flags & ~SS_AUTODISARM;
  if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0) return Err(EINVAL);
  sigaltstack_t s = *next;
  if (mode == SS_DISABLE) {
    s.sp = s.size = 0;
  } else if (s.size < MINSIGSTKSZ) {
    return Err(ENOMEM);
  }
  t.sas = s;
  return old;
}

// ---- the old 32-bit calls
// ---------------------------------------------------------------------------

SyscallResult sys_signal(signum_t sig, ulong_t handler) {
  k_sigaction action;
  action.handler = handler;
  action.flags = SA_RESETHAND | SA_NODEFER;  // System V semantics
  return static_cast<long>(TRY(do_sigaction(sig, action)).handler);
}

SyscallResult sys_sgetmask() { return static_cast<int32_t>(current->blocked); }

SyscallResult sys_ssetmask(uint32_t mask) {
  const auto old = static_cast<int32_t>(current->blocked);
  set_current_blocked(mask);
  return old;
}

SyscallResult sys_sigprocmask(sig_how_t how, user_ptr<const uint32_t> set,
                              user_ptr<uint32_t> oset) {
  constexpr sigset kLow = 0xffffffff;
  const sigset old = current->blocked;
  if (set) {
    const sigset wanted = TRY(get_user(set)) & ~kUnblockable;
    // Signals above 32 are beyond this call.
    const sigset blocked = TRY(change_mask(how, old & kLow, wanted));
    set_current_blocked((old & ~kLow) | (blocked & kLow));
  }
  if (oset) TRY(put_user(oset, static_cast<uint32_t>(old)));
  return 0;
}

SyscallResult sys_sigpending(user_ptr<uint32_t> set) {
  TRY(put_user(set, static_cast<uint32_t>(pending_set())));
  return 0;
}

SyscallResult sys_sigsuspend(int /*unused1*/, int /*unused2*/, uint32_t mask) {
  return sigsuspend(mask);
}
