// What parents and siblings learn: SIGCHLD for exits, stops and continues, orphaned process groups,
// and the signals that an exiting thread leaves behind. Linux: kernel/signal.c (do_notify_parent*,
// exit_signals), kernel/exit.c (orphaned groups).
#include <algorithm>

#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/signal_internal.h"

namespace {

constexpr uint64_t kClockTick = kNsec / 100;  // USER_HZ

uint64_t group_time(task_struct& t, uint64_t (*of)(task_struct&), uint64_t rusage_acct::*gone) {
  uint64_t sum = t.signal->acct.*gone;
  for (task_struct* x : t.signal->threads) sum += of(*x);
  return sum;
}

kernel_siginfo child_info(task_struct& t, int sig) {
  kernel_siginfo info;
  info.si_signo = sig;
  info.pid = t.pid;
  info.uid = t.creds.uid;
  info.utime = group_time(t, task_utime, &rusage_acct::utime) / kClockTick;
  info.stime = group_time(t, task_stime, &rusage_acct::stime) / kClockTick;
  return info;
}

// wait4 looks at all children of the group, so one queue serves every thread of it.
void wake_up_parent(task_struct& parent) {
  parent.signal->wait_chldexit.wake(TASK_INTERRUPTIBLE, 0);
}

bool will_become_orphaned(int pgrp, const task_struct* ignored) {
  bool orphaned = true;
  for_each_in_pgrp(pgrp, [&](task_struct& p) {
    if (&p == ignored || (p.exit_state != 0 && p.signal->nr_threads <= 1)) return;
    const task_struct* parent = p.p_opptr;
    if (parent == nullptr || parent->tgid <= 1) return;
    if (parent->signal->pgrp != pgrp && parent->signal->session == p.signal->session)
      orphaned = false;
  });
  return orphaned;
}

bool has_stopped_jobs(int pgrp) {
  bool any = false;
  for_each_in_pgrp(pgrp, [&](task_struct& p) {
    if (p.signal->group_stop_sig != 0 && detail::group_stop_complete(*p.signal)) any = true;
  });
  return any;
}

}  // namespace

namespace detail {

bool group_stop_complete(signal_struct& s) {
  if (s.group_stop_sig == 0) return false;
  s.group_stop_count = static_cast<int>(std::ranges::count_if(s.threads, [](const task_struct* t) {
    return t->exit_state == 0 && (t->flags & PF_EXITING) == 0 && t->stopped_sig == 0;
  }));
  return s.group_stop_count == 0;
}

}  // namespace detail

bool do_notify_parent(task_struct& t, int sig) {
  wake_up_poll(t.signal->wait_pidfd, POLLIN | POLLRDNORM);
  if (t.p_pptr == nullptr) return false;
  task_struct& parent = *t.p_pptr;
  kernel_siginfo info = child_info(t, sig);
  const int code = t.exit_code;
  if ((code & 0x80) != 0)
    info.si_code = CLD_DUMPED;
  else
    info.si_code = (code & 0x7f) != 0 ? CLD_KILLED : CLD_EXITED;
  info.status = (code & 0x7f) != 0 ? code & 0x7f : code >> 8 & 0xff;

  bool autoreap = sig < 0;
  if (sig == SIGCHLD && parent.sighand && !detail::is_traced(t)) {
    const k_sigaction& action = (*parent.sighand)[SIGCHLD];
    const bool ignored = action.handler == SIG_IGN || (action.flags & SA_NOCLDWAIT) != 0;
    // To 2.4 the parent reaped its children itself, when it handled the ignored signal.
    if (ignored && mechanisms().reaping == Reaping::at_once) {
      // POSIX leaves the signal open; Linux sends it to a handler even when there is no zombie.
      autoreap = true;
      if (action.handler == SIG_IGN) sig = 0;
    }
  }
  if (sig > 0) (void)send_signal(parent, info, false);
  wake_up_parent(parent);
  return autoreap;
}

void do_notify_parent_cldstop(task_struct& t, bool continued) {
  task_struct& leader = *t.group_leader;
  // A tracer hears of stops from each tracee.
  if (leader.ptrace.on && !continued && leader.p_pptr->signal == leader.p_opptr->signal) return;
  if (leader.p_opptr == nullptr || !leader.p_opptr->sighand) return;
  task_struct& parent = *leader.p_opptr;
  kernel_siginfo info = child_info(leader, SIGCHLD);
  info.si_code = continued ? CLD_CONTINUED : CLD_STOPPED;
  info.status = continued ? SIGCONT : leader.signal->stop_code;
  const k_sigaction& action = (*parent.sighand)[SIGCHLD];
  if (action.handler != SIG_IGN && (action.flags & SA_NOCLDSTOP) == 0)
    (void)send_signal(parent, info, false);
  wake_up_parent(parent);
}

bool is_orphaned_pgrp(int pgrp) { return will_become_orphaned(pgrp, nullptr); }

// Without `parent`, `t` exits and may have been the group's last link to its session; with it, t's
// parent `parent` exits.
void kill_orphaned_pgrp(task_struct& t, task_struct* parent) {
  const task_struct* ignored = parent == nullptr ? &t : nullptr;
  if (parent == nullptr) parent = t.p_opptr;
  if (parent == nullptr || !parent->signal) return;
  const int pgrp = t.signal->pgrp;
  if (parent->signal->pgrp == pgrp || parent->signal->session != t.signal->session) return;
  if (!will_become_orphaned(pgrp, ignored) || !has_stopped_jobs(pgrp)) return;
  send_pgrp(pgrp, SIGHUP);
  send_pgrp(pgrp, SIGCONT);
}

void exit_signals(task_struct& t) {
  t.flags |= PF_EXITING;
  signal_struct& s = *t.signal;
  if (s.threads.size() <= 1 || s.group_exit) return;
  // This thread may have been woken for a signal of the group that it will not take.
  const sigset unblocked = s.shared_pending.signal & ~t.blocked;
  for (task_struct* other : s.threads)
    if (other != &t && (other->flags & PF_EXITING) == 0 && (unblocked & ~other->blocked) != 0 &&
        !other->sigpending_flag)
      signal_wake_up(*other, false);
  if (s.group_stop_sig != 0 && t.stopped_sig == 0 && detail::group_stop_complete(s))
    do_notify_parent_cldstop(t, false);
}
