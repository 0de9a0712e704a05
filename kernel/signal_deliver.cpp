// On the way to user mode: taking a signal, stopping, dying, starting handlers, and what becomes of
// the system call that a signal interrupted. Linux: kernel/signal.c get_signal(), do_signal_stop();
// arch/x86/kernel/signal.c handle_signal().
#include "fs/coredump.h"
#include "kernel/profile.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/signal_internal.h"
#include "kernel/trace.h"
#include "kernel/wait4.h"
#include "mm/mm.h"

namespace {

struct ksignal {
  int sig = 0;
  k_sigaction action;
  kernel_siginfo info;
};

// This thread's part of a group stop; `sig` begins one. The last thread to stop tells the parent.
void do_signal_stop(int sig) {
  task_struct& t = *current;
  signal_struct& s = *t.signal;
  if (s.group_exit || s.group_exec_task != nullptr) return;
  if (s.group_stop_sig == 0) {
    s.group_stop_sig = sig;
    s.stop_code = sig;
    s.stop_reported = s.cont_pending = false;
    for (task_struct* other : s.threads)
      if (other != &t && (other->flags & PF_EXITING) == 0) signal_wake_up(*other, false);
  }
  if (t.stopped_sig != 0) return;
  t.stopped_sig = s.group_stop_sig;
  if (detail::group_stop_complete(s)) do_notify_parent_cldstop(t, false);
  if (trace_sink != nullptr) trace_sink->task_stopped(t, t.stopped_sig);
  while (t.stopped_sig != 0 && !t.pending.has(SIGKILL)) {
    if (detail::is_traced(t)) {
      // Its tracer may let it run on while the group stays stopped.
      ptrace_trap_hook();
      return;
    }
    t.state = TASK_STOPPED;
    schedule();
  }
  t.stopped_sig = 0;
  recalc_sigpending(t);
}

[[noreturn]] void die(const ksignal& k) {
  task_struct& t = *current;
  t.flags |= PF_SIGNALED;
  if (fatal_signal_hook != nullptr) fatal_signal_hook(t, k.info);
  const bool dumped = (kCoreSignals & sigmask(k.sig)) != 0 && do_coredump(k.sig);
  do_group_exit(k.sig | (dumped ? 0x80 : 0));
}

// The group is dying, or a sibling execs: this thread has no more to say.
[[noreturn]] void die_with_group() {
  task_struct& t = *current;
  t.flags |= PF_SIGNALED;
  t.pending.signal &= ~sigmask(SIGKILL);
  if (!t.signal->group_exit && t.signal->group_exec_task != nullptr) do_exit(0);
  do_group_exit(SIGKILL);
}

bool doomed(const task_struct& t) {
  const signal_struct& s = *t.signal;
  return s.group_exit || (s.group_exec_task != nullptr && s.group_exec_task != &t);
}

void default_action(const ksignal& k) {
  task_struct& t = *current;
  const sigset bit = sigmask(k.sig);
  if ((kDefaultIgnored & bit) != 0) return;
  if (detail::is_unkillable(t) && (kUnblockable & bit) == 0) return;
  if ((kStopSignals & bit) != 0) {
    // Nobody could ever continue an orphaned group; SIGSTOP means it all the same.
    if (k.sig != SIGSTOP && is_orphaned_pgrp(t.signal->pgrp)) return;
    do_signal_stop(k.sig);
    return;
  }
  die(k);
}

// do_signal() to 2.4: "check for SIGCHLD: it's special".
void reap_all() {
  for (;;)
    if (auto r = do_wait(wait_for::any, 0, WEXITED | WNOHANG); !r || r->pid == 0) return;
}

// The next signal that has a handler; everything else is dealt with here.
bool get_signal(ksignal& k) {
  task_struct& t = *current;
  for (;;) {
    if (doomed(t)) die_with_group();
    if (detail::stop_pending(t)) {
      do_signal_stop(0);
      continue;
    }
    if (t.ptrace.trap_pending) {
      ptrace_trap_hook();
      continue;
    }
    k.sig = dequeue_signal(t, t.blocked, k.info);
    if (k.sig == 0) return false;
    if (trace_sink != nullptr && k.sig != SIGKILL) trace_sink->signal_delivered(t, k.info);
    if (ptrace_signal_hook != nullptr && k.sig != SIGKILL && detail::is_traced(t)) {
      k.sig = ptrace_signal_hook(k.sig, k.info);
      if (k.sig == 0) continue;
      // The tracer may have chosen one that the program blocks.
      if ((t.blocked & sigmask(k.sig)) != 0) {
        (void)send_signal(t, k.info, true);
        continue;
      }
    }
    k_sigaction& action = (*t.sighand)[k.sig];
    if (action.handler == SIG_IGN) {
      if (k.sig == SIGCHLD && mechanisms().reaping == Reaping::parent) reap_all();
      continue;
    }
    if (action.handler != SIG_DFL) {
      k.action = action;
      if ((action.flags & SA_RESETHAND) != 0) action.handler = SIG_DFL;
      return true;
    }
    default_action(k);
  }
}

// A handler will run: does the interrupted system call start again after it?
void settle_syscall(const k_sigaction& action) {
  task_struct& t = *current;
  const arch::Isa& isa = *t.isa;
  if (!isa.in_syscall(t.thread)) return;
  switch (isa.get_return(t.thread)) {
    case -ERESTART_RESTARTBLOCK:
    case -ERESTARTNOHAND: isa.set_return(t.thread, -EINTR); break;
    case -ERESTARTSYS:
      if ((action.flags & SA_RESTART) == 0) {
        isa.set_return(t.thread, -EINTR);
        break;
      }
      [[fallthrough]];
    case -ERESTARTNOINTR: isa.restart(t.thread, false); break;
    default: break;
  }
  isa.clear_syscall(t.thread);
}

void handle_signal(const ksignal& k) {
  task_struct& t = *current;
  settle_syscall(k.action);
  if (t.rseq != 0) rseq_handle_notify_resume(t);
  const sigset oldset = t.restore_sigmask ? t.saved_sigmask : t.blocked;
  if (!t.isa->setup_frame(t, k.sig, k.action, k.info, oldset)) {
    force_sigsegv(t, k.sig);
    return;
  }
  t.restore_sigmask = false;
  sigset blocked = t.blocked | k.action.mask;
  if ((k.action.flags & SA_NODEFER) == 0) blocked |= sigmask(k.sig);
  set_current_blocked(blocked);
  // The handler may switch stacks at will; sigreturn puts the alternate stack back.
  if ((t.sas.flags & SS_AUTODISARM) != 0) t.sas = sigaltstack_t{};
}

// Nothing to deliver: the interrupted call goes on as if nothing had happened.
void restart_without_handler() {
  task_struct& t = *current;
  const arch::Isa& isa = *t.isa;
  if (!isa.in_syscall(t.thread)) return;
  switch (isa.get_return(t.thread)) {
    case -ERESTARTNOHAND:
    case -ERESTARTSYS:
    case -ERESTARTNOINTR: isa.restart(t.thread, false); break;
    case -ERESTART_RESTARTBLOCK: isa.restart(t.thread, true); break;
    default: return;
  }
  isa.clear_syscall(t.thread);
}

}  // namespace

void do_signal() {
  task_struct& t = *current;
  if (!t.isa || !t.mm) {  // a kernel thread has nobody to deliver to
    recalc_sigpending(t);
    return;
  }
  ksignal k;
  while (get_signal(k)) handle_signal(k);
  restart_without_handler();
  if (t.restore_sigmask) {
    t.restore_sigmask = false;
    set_current_blocked(t.saved_sigmask);
  }
}
