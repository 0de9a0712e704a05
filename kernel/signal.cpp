// Pending signals: what is queued, blocked, ignored, and taking one. Linux: kernel/signal.c, its
// first third. Sending is in signal_send.cpp, acting on a signal in signal_deliver.cpp, telling
// parents in signal_notify.cpp.
#include "kernel/signal.h"

#include <algorithm>
#include <bit>

#include "kernel/posix_timers.h"
#include "kernel/sched.h"
#include "kernel/signal_internal.h"

using detail::flush_sigqueue;

namespace detail {

void flush_sigqueue(sigpending& p, sigset which) {
  if ((p.signal & which) == 0) return;
  p.signal &= ~which;
  std::erase_if(p.queue,
                [&](const kernel_siginfo& i) { return (sigmask(i.si_signo) & which) != 0; });
}

}  // namespace detail

namespace {

// Synchronous signals belong to the instruction that caused them and go first; then the lowest.
int next_signal(const sigpending& p, sigset mask) {
  sigset ready = p.signal & ~mask;
  if (ready == 0) return 0;
  if ((ready & kSyncSignals) != 0) ready &= kSyncSignals;
  return std::countr_zero(ready) + 1;
}

void collect_signal(int sig, sigpending& p, kernel_siginfo& info) {
  const auto same = [sig](const kernel_siginfo& i) { return i.si_signo == sig; };
  const auto first = std::ranges::find_if(p.queue, same);
  if (first == p.queue.end()) {
    // The queue was full (RLIMIT_SIGPENDING) or the signal carries nothing (SIGKILL).
    p.signal &= ~sigmask(sig);
    info = kernel_siginfo{};
    info.si_signo = sig;
    return;
  }
  info = *first;
  const auto rest = p.queue.erase(first);
  if (std::find_if(rest, p.queue.end(), same) == p.queue.end()) p.signal &= ~sigmask(sig);
}

// A fault of the current instruction is taken before anything that was sent.
bool take_synchronous(sigpending& p, sigset mask, kernel_siginfo& info) {
  if ((p.signal & ~mask & kSyncSignals) == 0) return false;
  for (const kernel_siginfo& i : p.queue) {
    if (i.si_code <= SI_USER || (sigmask(i.si_signo) & kSyncSignals & ~mask) == 0) continue;
    collect_signal(i.si_signo, p, info);
    return true;
  }
  return false;
}

}  // namespace

bool signal_pending(const task_struct& t) { return t.sigpending_flag; }

bool fatal_signal_pending(const task_struct& t) {
  return t.sigpending_flag && t.pending.has(SIGKILL);
}

void recalc_sigpending(task_struct& t) {
  const sigset pending = t.pending.signal | (t.signal ? t.signal->shared_pending.signal : 0);
  t.sigpending_flag = (pending & ~t.blocked) != 0 || (t.signal && detail::stop_pending(t)) ||
                      t.ptrace.trap_pending;
}

int dequeue_signal(task_struct& t, sigset mask, kernel_siginfo& info) {
  int sig = 0;
  if (take_synchronous(t.pending, mask, info)) {
    sig = info.si_signo;
  } else if ((sig = next_signal(t.pending, mask)) != 0) {
    collect_signal(sig, t.pending, info);
  } else if ((sig = next_signal(t.signal->shared_pending, mask)) != 0) {
    collect_signal(sig, t.signal->shared_pending, info);
    if (sig == SIGALRM) itimer_real_dequeued(*t.signal);
  }
  recalc_sigpending(t);
  if (sig != 0 && info.timer_private) posix_timer_dequeued(*t.signal, info);
  return sig;
}

void set_current_blocked(sigset blocked) {
  task_struct& t = *current;
  blocked &= ~kUnblockable;
  const sigset newly = blocked & ~t.blocked;
  t.blocked = blocked;
  // What the group has pending and this thread now refuses may suit another thread.
  if (newly != 0 && (t.signal->shared_pending.signal & newly) != 0 &&
      t.signal->threads.size() > 1) {
    for (task_struct* other : t.signal->threads)
      if (other != &t && (other->flags & PF_EXITING) == 0 &&
          (t.signal->shared_pending.signal & ~other->blocked) != 0)
        signal_wake_up(*other, false);
  }
  recalc_sigpending(t);
}

void flush_signal_handlers(task_struct& t) {
  for (k_sigaction& a : t.sighand->action) {
    const bool ignored = a.handler == SIG_IGN;
    a = k_sigaction{};
    if (ignored) a.handler = SIG_IGN;
  }
}

void sigdelset_pending(task_struct& t, sigset which) {
  flush_sigqueue(t.pending, which);
  if (t.signal) flush_sigqueue(t.signal->shared_pending, which);
  recalc_sigpending(t);
}

// As tty_check_change asks: a background process that blocks or ignores SIGTTOU is let through.
bool is_ignored(const task_struct& t, int sig) {
  return (t.blocked & sigmask(sig)) != 0 ||
         (t.sighand && t.sighand->action[static_cast<size_t>(sig - 1)].handler == SIG_IGN);
}

kernel_siginfo make_siginfo(int sig, int code) {
  kernel_siginfo info;
  info.si_signo = sig;
  info.si_code = code;
  if (code == SI_USER || code == SI_TKILL || code == SI_QUEUE) {
    info.pid = current->tgid;
    info.uid = current->creds.uid;
  }
  return info;
}

SigLayout siginfo_layout(int sig, int code) {
  if (code > SI_USER && code < SI_KERNEL) {
    switch (sig) {
      case SIGILL:
      case SIGFPE:
      case SIGSEGV:
      case SIGBUS:
      case SIGTRAP: return SigLayout::fault;
      case SIGCHLD: return SigLayout::chld;
      case SIGPOLL: return SigLayout::poll;
      case SIGSYS: return SigLayout::sys;
      default: return code <= 6 ? SigLayout::poll : SigLayout::kill;  // NSIGPOLL
    }
  }
  if (code == SI_TIMER) return SigLayout::timer;
  if (code == SI_SIGIO) return SigLayout::poll;
  return code < 0 ? SigLayout::rt : SigLayout::kill;
}

// ---- alternate stack
// -------------------------------------------------------------------------------

bool on_sig_stack(const task_struct& t, uint64_t sp) {
  // An autodisarmed stack is forgotten while a handler runs on it, so nobody is ever "on" it.
  if ((t.sas.flags & SS_AUTODISARM) != 0) return false;
  return sp > t.sas.sp && sp - t.sas.sp <= t.sas.size;
}

unsigned sas_ss_flags(const task_struct& t, uint64_t sp) {
  if (t.sas.size == 0) return SS_DISABLE;
  return on_sig_stack(t, sp) ? SS_ONSTACK : 0;
}
