// ptrace(2) for guests: who traces whom, and the stops of a tracee. Linux: kernel/ptrace.c and the
// ptrace halves of kernel/signal.c. What a tracer may ask of a stopped task is in
// kernel/ptrace_request.cpp. Known differences: any thread of the tracer's process may use a tracee.
#include "kernel/ptrace.h"

#include <algorithm>

#include "mm/mm.h"

namespace {

enum : long {
  PTRACE_TRACEME = 0, PTRACE_KILL = 8, PTRACE_ATTACH = 16, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207,
};

bool traced(const task_struct& t) { return t.ptrace.on; }

// How many tasks are: with none, every exit is spared a walk over all tasks.
unsigned traced_tasks = 0;

void tell_tracer(task_struct& t, int why, int status) {
  task_struct& tracer = *t.p_pptr;
  kernel_siginfo chld;
  chld.si_signo = SIGCHLD;
  chld.si_code = why;
  chld.pid = t.pid;
  chld.uid = t.creds.uid;
  chld.status = status;
  const k_sigaction& action = (*tracer.sighand)[SIGCHLD];
  if (action.handler != SIG_IGN && (action.flags & SA_NOCLDSTOP) == 0) (void)send_signal(tracer, chld, false);
}

// Waits in state T until the tracer lets go; returns the signal to go on with.
int ptrace_stop(int code, kernel_siginfo* info, int why = CLD_TRAPPED) {
  task_struct& t = *current;
  if (!traced(t) || t.pending.has(SIGKILL)) return 0;
  ptrace_state& p = t.ptrace;
  p.code = code;
  p.reported = p.listening = p.trap_pending = false;
  p.siginfo = info;
  p.resume_signal = 0;
  tell_tracer(t, why, code & 0x7f);
  while (p.code != 0 && !t.pending.has(SIGKILL)) {
    t.state = TASK_TRACED;
    t.p_pptr->signal->wait_chldexit.wake(TASK_INTERRUPTIBLE, 0);
    schedule();
  }
  t.state = TASK_RUNNING;
  p.code = 0;
  p.siginfo = nullptr;
  p.listening = false;
  recalc_sigpending(t);
  return p.resume_signal;
}

// A stop that carries the code itself as siginfo; a signal to go on with is sent (ptrace_notify).
void ptrace_notify(int code, uint64_t message) {
  task_struct& t = *current;
  kernel_siginfo info = make_siginfo(SIGTRAP, code);
  info.pid = t.pid;
  info.uid = t.creds.uid;
  t.ptrace.message = message;
  const int sig = ptrace_stop(code, &info);
  if (sig == 0) return;
  kernel_siginfo sent;
  sent.si_signo = sig;
  sent.si_code = SI_KERNEL;
  (void)send_signal(t, sent, true);
}

// A group stop, or a stop that the tracer asked for. Seized tasks say which of the two it is.
void on_trap() {
  task_struct& t = *current;
  t.ptrace.trap_pending = false;
  recalc_sigpending(t);
  if (!traced(t)) return;
  const int stop_sig = t.signal->group_stop_sig;
  if (!t.ptrace.seized) {
    if (stop_sig != 0) ptrace_stop(stop_sig, nullptr, CLD_STOPPED);
    return;
  }
  const int sig = stop_sig != 0 ? stop_sig : SIGTRAP;
  kernel_siginfo info = make_siginfo(sig, static_cast<int>(PTRACE_EVENT_STOP << 8) | sig);
  info.pid = t.pid;
  info.uid = t.creds.uid;
  ptrace_stop(info.si_code, &info, CLD_STOPPED);
}

// A signal is about to be acted on.
int on_signal(int sig, kernel_siginfo& info) {
  const int go_on = ptrace_stop(sig, &info);
  // The tracer's own choice unless it has described the signal as well (SETSIGINFO).
  if (go_on != 0 && go_on != info.si_signo) {
    info = kernel_siginfo{};
    info.si_signo = go_on;
    info.pid = current->p_pptr->tgid;
    info.uid = current->p_pptr->creds.uid;
  }
  return go_on;
}

bool is_traced_hook(const task_struct& t) { return traced(t); }

void link(task_struct& tracee, task_struct& tracer, bool seized) {
  if (!traced(tracee)) ++traced_tasks;
  tracee.ptrace = ptrace_state{};
  tracee.ptrace.on = true;
  tracee.ptrace.seized = seized;
  if (tracee.p_pptr == &tracer && tracee.is_group_leader()) return;
  if (tracee.p_pptr != nullptr) std::erase(tracee.p_pptr->children, &tracee);
  tracee.p_pptr = &tracer;
  tracer.children.push_back(&tracee);
}

Result<void> may_attach(const task_struct& t) {
  if (t.tgid == current->tgid || traced(t) || t.exit_state != 0 || t.is_kthread()) return Err(EPERM);
  const cred &c = current->creds, &o = t.creds;
  const bool same = c.uid == o.uid && c.uid == o.euid && c.uid == o.suid && c.gid == o.gid;
  if (!same && !capable(CAP_SYS_PTRACE)) return Err(EPERM);
  return {};
}

Result<long> attach(int pid, bool seize, uint64_t options) {
  if ((options & ~static_cast<uint64_t>(PTRACE_O_MASK)) != 0) return Err(EIO);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  TRY(may_attach(*t));
  link(*t, *current, seize);
  t->ptrace.options = static_cast<unsigned>(options);
  if (!seize) {
    kernel_siginfo stop;
    stop.si_signo = SIGSTOP;
    stop.si_code = SI_KERNEL;
    (void)send_signal(*t, stop, true);
  }
  // One that is stopped already stops again, for the tracer, who may ask of it at once
  // (JOBCTL_TRAPPING).
  if (t->stopped_sig != 0 && try_to_wake_up(*t, TASK_STOPPED)) {
    const Ref<task_struct> held(t);
    (void)wait_event_interruptible(current->signal->wait_chldexit, [t] {
      return t->state == TASK_TRACED || t->exit_state != 0 || !traced(*t);
    });
  }
  return 0;
}

Result<task_struct*> find_tracee(int pid) {
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr || !traced(*t) || t->p_pptr->signal != current->signal) return Err(ESRCH);
  return t;
}

bool in_stop(const task_struct& t) {
  return t.state == TASK_TRACED && t.ptrace.code != 0 && !t.ptrace.listening && !t.pending.has(SIGKILL);
}

// At least one more stop will happen; a stop that the tracee is in is not disturbed.
Result<long> interrupt(task_struct& t) {
  if (!t.ptrace.seized) return Err(EIO);
  t.ptrace.trap_pending = true;
  if (t.ptrace.listening) ptrace_resume(t, 0);
  signal_wake_up(t, false);
  return 0;
}

}  // namespace

void ptrace_resume(task_struct& t, uint64_t sig) {
  t.ptrace.resume_signal = static_cast<int>(sig);
  t.ptrace.code = 0;
  try_to_wake_up(t, TASK_TRACED);
}

void ptrace_init() {
  ptrace_signal_hook = on_signal;
  ptrace_trap_hook = on_trap;
  ptrace_traced_hook = is_traced_hook;
}

bool ptrace_event_enabled(const task_struct& t, unsigned event) {
  return traced(t) && (t.ptrace.options & ptrace_option(event)) != 0;
}

bool ptrace_seccomp_suspended(const task_struct& t) {
  return traced(t) && (t.ptrace.options & PTRACE_O_SUSPEND_SECCOMP) != 0;
}

void ptrace_event(unsigned event, uint64_t message) {
  if (ptrace_event_enabled(*current, event)) ptrace_notify(static_cast<int>(event << 8 | SIGTRAP), message);
}

void ptrace_init_task(task_struct& child, unsigned event) {
  task_struct& t = *current;
  if (!ptrace_event_enabled(t, event)) return;
  const unsigned options = t.ptrace.options;
  link(child, *t.p_pptr, t.ptrace.seized);
  child.ptrace.options = options;
  if (child.ptrace.seized)
    child.ptrace.trap_pending = true;
  else
    child.pending.signal |= sigmask(SIGSTOP);
  child.sigpending_flag = true;
}

namespace {

void syscall_stop(uint64_t message) {
  const bool good = (current->ptrace.options & PTRACE_O_TRACESYSGOOD) != 0;
  ptrace_notify(SIGTRAP | (good ? 0x80 : 0), message);
}

}  // namespace

bool ptrace_syscall_enter() {
  task_struct& t = *current;
  if (!traced(t)) return true;
  const bool emulated = t.ptrace.sysemu;
  syscall_stop(PTRACE_EVENTMSG_SYSCALL_ENTRY);
  return !emulated && !fatal_signal_pending(t);
}

void ptrace_syscall_exit() {
  task_struct& t = *current;
  if (!traced(t)) return;
  if (!t.ptrace.singlestep) {
    syscall_stop(PTRACE_EVENTMSG_SYSCALL_EXIT);
    return;
  }
  // The step ends behind the system call, not behind the instruction after it.
  kernel_siginfo info;
  info.si_signo = SIGTRAP;
  info.si_code = SI_USER;
  (void)force_sig(t, info);
}

void ptrace_exec(int old_pid) {
  task_struct& t = *current;
  if (!traced(t)) return;
  if (ptrace_event_enabled(t, PTRACE_EVENT_EXEC)) {
    ptrace_event(PTRACE_EVENT_EXEC, static_cast<uint64_t>(old_pid));
  } else if (!t.ptrace.seized) {
    kernel_siginfo info;
    info.si_signo = SIGTRAP;
    info.pid = t.pid;
    (void)send_signal(t, info, true);
  }
}

bool anybody_traced() { return traced_tasks != 0; }

void ptrace_unlink(task_struct& t) {
  if (traced(t)) --traced_tasks;
  t.ptrace.on = t.ptrace.syscall = t.ptrace.sysemu = t.ptrace.singlestep = t.ptrace.trap_pending = false;
  // Its group may be stopped while the tracer let it run: now it stops too.
  if (t.exit_state == 0 && t.signal->group_stop_sig != 0) {
    t.stopped_sig = 0;
    t.sigpending_flag = true;
  }
  if (t.p_pptr == t.p_opptr && t.is_group_leader()) return;
  if (t.p_pptr != nullptr) std::erase(t.p_pptr->children, &t);
  t.p_pptr = t.p_opptr;
  if (t.is_group_leader() && t.p_pptr != nullptr) t.p_pptr->children.push_back(&t);
}

void exit_ptrace(task_struct& tracer) {
  if (!anybody_traced()) return;
  for_each_task([&](task_struct& t) {
    if (!traced(t) || t.p_pptr != &tracer) return;
    const bool kill = (t.ptrace.options & PTRACE_O_EXITKILL) != 0;
    if (t.isa != nullptr) t.isa->set_single_step(t.thread, false);
    ptrace_unlink(t);
    if (t.exit_state == EXIT_ZOMBIE) {
      if (t.p_pptr != &tracer && t.is_group_leader() && do_notify_parent(t, t.exit_signal)) release_task(t);
      return;
    }
    if (kill) send_group(t, SIGKILL);
    if (t.state == TASK_TRACED) ptrace_resume(t, 0);
  });
}

Result<kernel_siginfo*> ptrace_stop_siginfo(int pid) {
  task_struct* t = TRY(find_tracee(pid));
  if (!in_stop(*t)) return Err(ESRCH);
  if (t->ptrace.siginfo == nullptr) return Err(EINVAL);
  return t->ptrace.siginfo;
}

Result<long> do_ptrace(long request, int pid, uint64_t addr, uint64_t data, uint64_t* result) {
  if (request == PTRACE_TRACEME) {
    if (traced(*current)) return Err(EPERM);
    link(*current, *current->p_pptr, false);
    return 0;
  }
  if (request == PTRACE_ATTACH) return attach(pid, false, 0);
  if (request == PTRACE_SEIZE) return addr != 0 ? Result<long>(Err(EIO)) : attach(pid, true, data);
  task_struct* t = TRY(find_tracee(pid));
  if (request == PTRACE_KILL) {
    if (t->exit_state == 0 && t->state == TASK_TRACED) ptrace_resume(*t, SIGKILL);
    return 0;
  }
  if (request == PTRACE_INTERRUPT) return t->exit_state != 0 ? Result<long>(Err(ESRCH)) : interrupt(*t);
  if (!in_stop(*t)) return Err(ESRCH);
  return ptrace_stopped_request(*t, request, addr, data, result);
}
