// ptrace(2) for guests. Linux: kernel/ptrace.c and arch/x86/kernel/ptrace.c; registers are asked from the
// tracee's Isa. Known differences: PTRACE_SEIZE'd group stops (PTRACE_LISTEN) and seccomp events are
// not there.
#include "kernel/ptrace.h"

#include <algorithm>

#include "mm/mm.h"

namespace {

enum : long {
  PTRACE_TRACEME = 0, PTRACE_PEEKTEXT = 1, PTRACE_PEEKDATA = 2, PTRACE_PEEKUSR = 3, PTRACE_POKETEXT = 4,
  PTRACE_POKEDATA = 5, PTRACE_POKEUSR = 6, PTRACE_CONT = 7, PTRACE_KILL = 8, PTRACE_SINGLESTEP = 9,
  PTRACE_GETREGS = 12, PTRACE_SETREGS = 13, PTRACE_GETFPREGS = 14, PTRACE_SETFPREGS = 15, PTRACE_ATTACH = 16,
  PTRACE_DETACH = 17, PTRACE_SYSCALL = 24, PTRACE_SETOPTIONS = 0x4200, PTRACE_GETEVENTMSG = 0x4201,
  PTRACE_GETREGSET = 0x4204, PTRACE_SETREGSET = 0x4205, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207,
};
constexpr uint64_t NT_PRSTATUS_ = 1;

bool traced(const task_struct& t) { return t.ptrace.on; }

// Waits in state T until the tracer lets go; returns the signal to go on with.
int ptrace_stop(int code, kernel_siginfo* info) {
  task_struct& t = *current;
  if (!traced(t)) return 0;
  t.ptrace.code = code;
  t.ptrace.reported = false;
  t.ptrace.siginfo = info;
  t.ptrace.resume_signal = 0;
  task_struct& tracer = *t.p_pptr;
  kernel_siginfo chld;
  chld.si_signo = SIGCHLD;
  chld.si_code = CLD_TRAPPED;
  chld.pid = t.pid;
  chld.uid = t.creds.uid;
  chld.status = code & 0x7f;
  const k_sigaction& action = (*tracer.sighand)[SIGCHLD];
  if (action.handler != SIG_IGN && (action.flags & SA_NOCLDSTOP) == 0) (void)send_signal(tracer, chld, false);
  while (t.ptrace.code != 0 && !t.pending.has(SIGKILL)) {
    t.state = TASK_TRACED;
    tracer.signal->wait_chldexit.wake(TASK_INTERRUPTIBLE, 0);
    schedule();
  }
  t.state = TASK_RUNNING;
  t.ptrace.code = 0;
  t.ptrace.siginfo = nullptr;
  recalc_sigpending(t);
  return t.ptrace.resume_signal;
}

// A signal is about to be acted on.
int on_signal(int sig, kernel_siginfo& info) {
  const int go_on = ptrace_stop(sig, &info);
  if (go_on != 0 && go_on != sig) {
    info = kernel_siginfo{};
    info.si_signo = go_on;
    info.pid = current->p_pptr->tgid;
    info.uid = current->p_pptr->creds.uid;
  }
  return go_on;
}

bool is_traced_hook(const task_struct& t) { return traced(t); }

void link(task_struct& tracee, task_struct& tracer, bool seized) {
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
  if (!same && !capable(19 /* CAP_SYS_PTRACE */)) return Err(EPERM);
  return {};
}

Result<long> attach(int pid, bool seize, uint64_t options) {
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  TRY(may_attach(*t));
  link(*t, *current, seize);
  if (seize) {
    if ((options & ~static_cast<uint64_t>(PTRACE_O_MASK)) != 0) return Err(EIO);
    t->ptrace.options = static_cast<unsigned>(options);
    return 0;
  }
  kernel_siginfo stop;
  stop.si_signo = SIGSTOP;
  stop.si_code = SI_KERNEL;
  (void)send_signal(*t, stop, true);
  // A group that is stopped already reports again, to the tracer.
  if (t->stopped_sig != 0) {
    t->stopped_sig = 0;
    t->signal->group_stop_sig = 0;
    wake_up_process(*t);
  }
  return 0;
}

void resume(task_struct& t, uint64_t sig) {
  t.ptrace.resume_signal = static_cast<int>(sig);
  t.ptrace.code = 0;
  wake_up_process(t);
}

Result<long> peek_memory(task_struct& t, uint64_t addr, uint64_t* word) {
  const size_t n = t.isa->word_bytes();
  *word = 0;
  if (!t.mm || t.mm->space->copy_in(word, addr, n) != 0) return Err(EIO);
  return 0;
}

Result<long> poke_memory(task_struct& t, uint64_t addr, uint64_t word) {
  if (!t.mm || t.mm->space->force_copy_out(addr, &word, t.isa->word_bytes()) != 0) return Err(EIO);
  return 0;
}

Result<long> peek_user(task_struct& t, uint64_t offset, uint64_t* word) {
  const std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = t.isa->word_bytes();
  *word = 0;
  if (offset % n != 0) return Err(EIO);
  if (offset + n <= regs.size()) std::copy_n(regs.data() + offset, n, reinterpret_cast<std::byte*>(word));
  return 0;
}

Result<long> poke_user(task_struct& t, uint64_t offset, uint64_t word) {
  std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = t.isa->word_bytes();
  if (offset % n != 0 || offset + n > regs.size()) return Err(EIO);
  std::copy_n(reinterpret_cast<const std::byte*>(&word), n, regs.data() + offset);
  TRY(t.isa->set_user_regs(t.thread, regs));
  return 0;
}

Result<long> get_regs(task_struct& t, uint64_t to, size_t max) {
  const std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = std::min(max, regs.size());
  TRY(copy_to_user(to, regs.data(), n));
  return static_cast<long>(n);
}

Result<long> set_regs(task_struct& t, uint64_t from, size_t max) {
  std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = std::min(max, regs.size());
  TRY(copy_from_user(regs.data(), from, n));
  TRY(t.isa->set_user_regs(t.thread, regs));
  return static_cast<long>(n);
}

// PTRACE_{GET,SET}REGSET with a struct iovec at `iov`.
Result<long> regset(task_struct& t, uint64_t type, uint64_t iov, bool set) {
  if (type != NT_PRSTATUS_) return Err(EINVAL);
  const unsigned word = current->isa->word_bytes();
  uint64_t base = 0, len = 0;
  TRY(copy_from_user(&base, iov, word));
  TRY(copy_from_user(&len, iov + word, word));
  const uint64_t moved = static_cast<uint64_t>(TRY(set ? set_regs(t, base, len) : get_regs(t, base, len)));
  TRY(copy_to_user(iov + word, &moved, word));
  return 0;
}

Result<long> detach(task_struct& t, uint64_t sig) {
  t.isa->set_single_step(t.thread, false);
  ptrace_unlink(t);
  resume(t, sig);
  return 0;
}

Result<long> run_on(task_struct& t, long request, uint64_t sig) {
  if (sig > NSIG) return Err(EIO);
  t.ptrace.syscall = request == PTRACE_SYSCALL;
  t.isa->set_single_step(t.thread, request == PTRACE_SINGLESTEP);
  resume(t, sig);
  return 0;
}

// The tracee is in a ptrace stop.
Result<long> stopped_request(task_struct& t, long request, uint64_t addr, uint64_t data, uint64_t* result) {
  switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA: return peek_memory(t, addr, result);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA: return poke_memory(t, addr, data);
    case PTRACE_PEEKUSR: return peek_user(t, addr, result);
    case PTRACE_POKEUSR: return poke_user(t, addr, data);
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
    case PTRACE_SINGLESTEP: return run_on(t, request, data);
    case PTRACE_DETACH: return data > NSIG ? Result<long>(Err(EIO)) : detach(t, data);
    case PTRACE_GETREGS: TRY(get_regs(t, data, SIZE_MAX)); return 0;
    case PTRACE_SETREGS: TRY(set_regs(t, data, SIZE_MAX)); return 0;
    case PTRACE_GETREGSET: return regset(t, addr, data, false);
    case PTRACE_SETREGSET: return regset(t, addr, data, true);
    case PTRACE_SETOPTIONS:
      if ((data & ~static_cast<uint64_t>(PTRACE_O_MASK)) != 0) return Err(EINVAL);
      t.ptrace.options = static_cast<unsigned>(data);
      return 0;
    case PTRACE_GETEVENTMSG: {
      const unsigned word = current->isa->word_bytes();
      TRY(copy_to_user(data, &t.ptrace.message, word));
      return 0;
    }
    default: return Err(EIO);
  }
}

}  // namespace

void ptrace_init() {
  ptrace_signal_hook = on_signal;
  ptrace_traced_hook = is_traced_hook;
}

void ptrace_event(unsigned event, uint64_t message) {
  task_struct& t = *current;
  if (!traced(t) || (t.ptrace.options & ptrace_option(event)) == 0) return;
  t.ptrace.message = message;
  ptrace_stop(static_cast<int>(event << 8 | SIGTRAP), nullptr);
}

void ptrace_init_task(task_struct& child, unsigned event) {
  task_struct& t = *current;
  if (!traced(t) || (t.ptrace.options & ptrace_option(event)) == 0) return;
  const unsigned options = t.ptrace.options;
  link(child, *t.p_pptr, t.ptrace.seized);
  child.ptrace.options = options;
  child.pending.signal |= sigmask(SIGSTOP);
  child.sigpending_flag = true;
}

void ptrace_syscall_stop() {
  task_struct& t = *current;
  if (!traced(t) || !t.ptrace.syscall) return;
  const bool good = (t.ptrace.options & PTRACE_O_TRACESYSGOOD) != 0;
  const int sig = ptrace_stop(SIGTRAP | (good ? 0x80 : 0), nullptr);
  if (sig == 0) return;
  kernel_siginfo info;
  info.si_signo = sig;
  info.si_code = SI_USER;
  (void)send_signal(t, info, true);
}

void ptrace_exec(int old_pid) {
  task_struct& t = *current;
  if (!traced(t)) return;
  if ((t.ptrace.options & ptrace_option(PTRACE_EVENT_EXEC)) != 0) {
    ptrace_event(PTRACE_EVENT_EXEC, static_cast<uint64_t>(old_pid));
  } else if (!t.ptrace.seized) {
    kernel_siginfo info;
    info.si_signo = SIGTRAP;
    info.pid = t.pid;
    (void)send_signal(t, info, true);
  }
}

void ptrace_unlink(task_struct& t) {
  t.ptrace.on = t.ptrace.syscall = false;
  if (t.p_pptr == t.p_opptr && t.is_group_leader()) return;
  if (t.p_pptr != nullptr) std::erase(t.p_pptr->children, &t);
  t.p_pptr = t.p_opptr;
  if (t.is_group_leader() && t.p_pptr != nullptr) t.p_pptr->children.push_back(&t);
}

void exit_ptrace(task_struct& tracer) {
  for_each_task([&](task_struct& t) {
    if (!traced(t) || t.p_pptr != &tracer) return;
    const bool kill = (t.ptrace.options & PTRACE_O_EXITKILL) != 0;
    ptrace_unlink(t);
    if (t.exit_state == EXIT_ZOMBIE) {
      if (t.p_pptr != &tracer && t.is_group_leader() && do_notify_parent(t, t.exit_signal)) release_task(t);
      return;
    }
    if (kill) send_group(t, SIGKILL);
    resume(t, 0);
  });
}

Result<long> do_ptrace(long request, int pid, uint64_t addr, uint64_t data, uint64_t* result) {
  if (request == PTRACE_TRACEME) {
    if (traced(*current)) return Err(EPERM);
    link(*current, *current->p_pptr, false);
    return 0;
  }
  if (request == PTRACE_ATTACH) return attach(pid, false, 0);
  if (request == PTRACE_SEIZE) return addr != 0 ? Result<long>(Err(EIO)) : attach(pid, true, data);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr || !traced(*t) || t->p_pptr->signal != current->signal) return Err(ESRCH);
  if (request == PTRACE_KILL) {
    if (t->exit_state == 0 && t->state == TASK_TRACED) resume(*t, SIGKILL);
    return 0;
  }
  if (request == PTRACE_INTERRUPT && t->ptrace.seized) {
    kernel_siginfo trap;
    trap.si_signo = SIGTRAP;
    trap.si_code = static_cast<int>(PTRACE_EVENT_STOP << 8 | SIGTRAP);
    (void)send_signal(*t, trap, true);
    return 0;
  }
  if (t->state != TASK_TRACED) return Err(ESRCH);
  return stopped_request(*t, request, addr, data, result);
}
