// Sending signals: who may, what is dropped, who is woken. Linux: kernel/signal.c (prepare_signal,
// complete_signal, __send_signal, force_sig_info, kill_*). Known difference: RLIMIT_SIGPENDING
// counts the queue of one process, not of one user.
#include <algorithm>

#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/signal_internal.h"
#include "kernel/trace.h"
#include "mm/mm.h"

namespace {

// A queue is bounded even when the limit is infinite: its memory is the kernel's.
constexpr uint64_t kMaxQueued = 32768;

// Sent by the kernel itself, which pid 1 and permission checks must believe.
bool from_kernel(const kernel_siginfo& info) { return info.si_code > 0; }

bool handler_ignores(const task_struct& t, int sig) {
  const uint64_t handler = t.sighand->action[static_cast<size_t>(sig - 1)].handler;
  // To 2.4 an ignored SIGCHLD was taken off the queue like any other and made the parent reap.
  if (sig == SIGCHLD && handler == SIG_IGN && mechanisms().reaping == Reaping::parent) return false;
  return handler == SIG_IGN || (handler == SIG_DFL && (kDefaultIgnored & sigmask(sig)) != 0);
}

bool sig_task_ignored(const task_struct& t, int sig, bool force) {
  const uint64_t handler = t.sighand->action[static_cast<size_t>(sig - 1)].handler;
  const bool kernel_only = (sigmask(sig) & kUnblockable) != 0;
  if (detail::is_unkillable(t) && handler == SIG_DFL && !(force && kernel_only)) return true;
  if (t.is_kthread()) return true;
  return handler_ignores(t, sig);
}

bool sig_ignored(const task_struct& t, int sig, bool force) {
  // Blocked ones are kept: the handler may have changed by the time they are unblocked.
  if (((t.blocked | t.real_blocked) & sigmask(sig)) != 0) return false;
  if (detail::is_traced(t) && sig != SIGKILL) return false;
  return sig_task_ignored(t, sig, force);
}

void flush_group(signal_struct& s, sigset which) {
  detail::flush_sigqueue(s.shared_pending, which);
  for (task_struct* t : s.threads) detail::flush_sigqueue(t->pending, which);
}

// SIGCONT acts when it is sent, whatever becomes of its handler.
void continue_group(task_struct& t) {
  signal_struct& s = *t.signal;
  flush_group(s, kStopSignals);
  if (s.group_stop_sig == 0) return;
  const bool was_complete = detail::group_stop_complete(s);
  const int stop_sig = s.group_stop_sig;
  detail::end_group_stop(s);
  s.cont_pending = true;
  if (was_complete) {
    do_notify_parent_cldstop(t, true);
  } else {
    // The stop was under way and is over before anybody could see it: the parent hears that it
    // happened.
    s.stop_code = stop_sig;
    do_notify_parent_cldstop(t, false);
  }
}

// The side effects of sending. False: the signal is dropped.
bool prepare_signal(task_struct& t, int sig, bool force) {
  signal_struct& s = *t.signal;
  if (s.group_exit) return false;  // dying already
  if ((kStopSignals & sigmask(sig)) != 0)
    flush_group(s, sigmask(SIGCONT));
  else if (sig == SIGCONT)
    continue_group(t);
  return !sig_ignored(t, sig, force);
}

bool wants_signal(const task_struct& t, int sig) {
  if ((t.blocked & sigmask(sig)) != 0 || (t.flags & PF_EXITING) != 0) return false;
  if (sig == SIGKILL) return true;
  if (detail::is_stopped(t)) return false;
  return &t == current || t.on_cpu_away || !t.sigpending_flag;
}

bool sig_fatal(const task_struct& t, int sig) {
  return (sigmask(sig) & (kDefaultIgnored | kStopSignals)) == 0 &&
         t.sighand->action[static_cast<size_t>(sig - 1)].handler == SIG_DFL;
}

// A signal that will kill the group and leave no core becomes SIGKILL for every thread at once;
// that is what ends a killable sleep (vfork's, since 3.4). One that dumps core waits until it is
// taken.
void kill_group_now(signal_struct& s, int sig) {
  s.group_exit = true;
  s.group_exit_code = sig;
  detail::end_group_stop(s);
  for (task_struct* t : s.threads) {
    if (t->exit_state != 0) continue;
    t->pending.signal |= sigmask(SIGKILL);
    signal_wake_up(*t, true);
  }
}

void complete_signal(int sig, task_struct& p, bool to_thread) {
  signal_struct& s = *p.signal;
  task_struct* taker = nullptr;
  if (wants_signal(p, sig)) {
    taker = &p;
  } else {
    if (to_thread) return;
    const auto it =
        std::ranges::find_if(s.threads, [&](task_struct* t) { return wants_signal(*t, sig); });
    if (it == s.threads.end()) return;  // whoever unblocks it first will find it
    taker = *it;
  }
  if (sig_fatal(p, sig) && !s.group_exit && (taker->real_blocked & sigmask(sig)) == 0 &&
      (sig == SIGKILL || !detail::is_traced(p)) && (kCoreSignals & sigmask(sig)) == 0) {
    kill_group_now(s, sig);
    return;
  }
  signal_wake_up(*taker, sig == SIGKILL);
}

bool may_queue(const task_struct& t, const kernel_siginfo& info) {
  // Old signals from the kernel or from kill(2) are always queued; they are bounded by not being
  // queued twice.
  if (info.si_signo < SIGRTMIN && info.si_code >= 0) return true;
  const uint64_t limit = std::min(t.signal->rlim[RLIMIT_SIGPENDING].cur, kMaxQueued);
  return t.pending.queue.size() + t.signal->shared_pending.queue.size() < limit;
}

bool same_user(const task_struct& t) {
  const cred& c = current->creds;
  return c.euid == t.creds.suid || c.euid == t.creds.uid || c.uid == t.creds.suid ||
         c.uid == t.creds.uid;
}

}  // namespace

namespace detail {

// A seized task reports the end of the group's stop: at once if its tracer listens, else when it is
// let go.
static void tell_listener(task_struct& t) {
  t.ptrace.trap_pending = t.sigpending_flag = true;
  if (!t.ptrace.listening) return;
  t.ptrace.listening = false;
  t.ptrace.code = 0;
  try_to_wake_up(t, TASK_TRACED);
}

void end_group_stop(signal_struct& s) {
  s.group_stop_sig = 0;
  s.group_stop_count = 0;
  s.stop_reported = false;
  s.stop_code = 0;
  for (task_struct* t : s.threads) {
    if (t->stopped_sig == 0) continue;
    t->stopped_sig = 0;
    if (t->ptrace.seized) tell_listener(*t);
    try_to_wake_up(*t, TASK_STOPPED);
  }
}

}  // namespace detail

void signal_wake_up(task_struct& t, bool fatal) {
  t.sigpending_flag = true;
  const unsigned mode =
      TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL | TASK_STOPPED | TASK_TRACED : 0U);
  if (t.on_cpu_away)
    t.mm->space->interrupt(t.thread);
  else
    try_to_wake_up(t, mode);
}

Result<void> send_signal(task_struct& t, const kernel_siginfo& info, bool to_thread) {
  const int sig = info.si_signo;
  if (sig == 0) return {};
  if (!t.sighand || !t.signal || t.exit_state == EXIT_DEAD) return Err(ESRCH);
  trace_event(TraceEvent::signal_send, current->pid, t.pid, {}, sig);
  const bool was_dying = t.signal->group_exit;
  if (!prepare_signal(t, sig, from_kernel(info))) {
    if (trace_sink != nullptr && !was_dying && !t.is_kthread()) trace_sink->signal_settled(t, info);
    return {};
  }
  sigpending& pending = to_thread ? t.pending : t.signal->shared_pending;
  if (sig < SIGRTMIN && pending.has(sig)) return {};
  if (sig != SIGKILL) {
    if (may_queue(t, info))
      pending.queue.push_back(info);
    else if (sig >= SIGRTMIN && info.si_code != SI_USER)
      return Err(EAGAIN);
  }
  wake_up_all(t.sighand->signalfd_wqh);
  pending.signal |= sigmask(sig);
  complete_signal(sig, t, to_thread);
  if (trace_sink != nullptr && !was_dying && t.signal->group_exit && sig != SIGKILL)
    trace_sink->signal_settled(t, info);
  return {};
}

Result<void> force_sig(task_struct& t, kernel_siginfo info) {
  const int sig = info.si_signo;
  k_sigaction& action = (*t.sighand)[sig];
  const bool blocked = (t.blocked & sigmask(sig)) != 0;
  if (blocked || action.handler == SIG_IGN) {
    action.handler = SIG_DFL;
    if (blocked) {
      t.blocked &= ~sigmask(sig);
      recalc_sigpending(t);
    }
  }
  // A fault kills even pid 1: it cannot go on.
  if (action.handler == SIG_DFL && !detail::is_traced(t)) t.signal->init_faulted = true;
  auto sent = send_signal(t, info, true);
  if (!t.sigpending_flag) signal_wake_up(t, false);
  return sent;
}

void force_sigsegv(task_struct& t, int failed_signal) {
  // The handler of SIGSEGV itself cannot be started: only the default action is left.
  if (failed_signal == SIGSEGV) (*t.sighand)[SIGSEGV].handler = SIG_DFL;
  kernel_siginfo info;
  info.si_signo = SIGSEGV;
  info.si_code = SI_KERNEL;
  (void)force_sig(t, info);
}

Result<void> check_kill_permission(const task_struct& t, const kernel_siginfo& info) {
  const int sig = info.si_signo;
  if (sig < 0 || sig > NSIG) return Err(EINVAL);
  if (from_kernel(info)) return {};
  if (t.signal == current->signal || same_user(t) || capable(detail::kCapKill)) return {};
  if (sig == SIGCONT && t.signal->session == current->signal->session) return {};
  return Err(EPERM);
}

Result<void> kill_pid(int pid, const kernel_siginfo& info) {
  if (info.si_signo < 0 || info.si_signo > NSIG) return Err(EINVAL);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  TRY(check_kill_permission(*t, info));
  return send_signal(*t, info, false);
}

Result<void> kill_pgrp(int pgrp, const kernel_siginfo& info, bool check_permission) {
  if (info.si_signo < 0 || info.si_signo > NSIG) return Err(EINVAL);
  bool success = false;
  Result<void> last = Err(ESRCH);
  for_each_in_pgrp(pgrp, [&](task_struct& t) {
    Result<void> r = check_permission ? check_kill_permission(t, info) : Result<void>{};
    if (r) r = send_signal(t, info, false);
    success = success || r.has_value();
    last = r;
  });
  if (success) return {};
  return last;
}

Result<void> kill_all(const kernel_siginfo& info) {
  if (info.si_signo < 0 || info.si_signo > NSIG) return Err(EINVAL);
  Result<void> ret = Err(ESRCH);
  bool any = false;
  for_each_process([&](task_struct& t) {
    if (t.tgid <= 1 || t.signal == current->signal) return;
    if (!any) ret = {};
    any = true;
    Result<void> r = check_kill_permission(t, info);
    if (r) r = send_signal(t, info, false);
    // Those that one may not signal do not spoil the call.
    if (r || r.error() != EPERM) ret = r;
  });
  return ret;
}

void send_group(task_struct& t, int sig) {
  (void)send_signal(t, make_siginfo(sig, SI_KERNEL), false);
}

void send_pgrp(int pgrp, int sig) { (void)kill_pgrp(pgrp, make_siginfo(sig, SI_KERNEL), false); }
