// The way into the kernel and back: what entry.S does. A task's fiber stands in user_mode() while its
// user code runs; a trap returns there. One way down, one way up.
#include <algorithm>
#include <map>
#include <tuple>

#include "kernel/kthread.h"
#include "kernel/printk.h"
#include "kernel/ptrace.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/seccomp.h"
#include "kernel/syscall.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"
#include "mm/uaccess.h"

namespace {

// What programs asked for and did not get: {isa, bytes of the gate's word, number} -> {times, last
// program}.
struct missing_call {
  unsigned count = 0;
  std::string comm;
};
std::map<std::tuple<std::string_view, unsigned, uint64_t>, missing_call> missing;

void fault(const arch::Trap& trap) {
  task_struct& t = *current;
  ++t.acct.minflt;
  const bool write = (trap.error_code & 2) != 0;
  if ((trap.signal == SIGSEGV || trap.signal == SIGBUS) && handle_mm_fault(*t.mm, trap.address, write)) return;
  kernel_siginfo info;
  info.si_signo = trap.signal;
  info.si_code = trap.code;
  info.addr = trap.address;
  t.trap_nr = trap.trapno;
  t.error_code = trap.error_code;
  t.fault_address = trap.address;
  (void)force_sig(t, info);
}

// Runs user code until it traps. Another host CPU may do part of it.
arch::Trap run_user() {
  task_struct& t = *current;
  arch::Machine& machine = arch::machine();
  static std::optional<uint64_t> armed;
  auto next = next_timer();
  if (const auto cpu = cpu_timer_deadline(t)) next = next ? std::min(*next, *cpu) : *cpu;
  if (next != armed) {
    armed = next;
    machine.set_deadline(next);
  }
  account_kernel_time();
  if (trace_sink != nullptr) [[unlikely]] trace_sink->user_enter(t);
  const arch::Trap trap = t.mm->space->run(t.thread);
  if (trace_sink != nullptr) [[unlikely]] trace_sink->user_leave(t);
  account_user_time();
  return trap;
}

void handle(arch::Trap trap) {
  switch (trap.kind) {
    case arch::Trap::syscall: do_syscall(); break;
    case arch::Trap::fault: fault(trap); break;
    case arch::Trap::tick:
      scheduler_tick();
      if (current->need_resched && try_run_away()) {
        account_kernel_time();
        handle(current->mm->space->collect(current->thread));
      }
      break;
    case arch::Trap::died: {
      // The host killed the stub (its own memory shortage); the guest sees what OOM looks like.
      printk("task %d (%s): its host process died", current->pid, current->comm.c_str());
      do_group_exit(SIGKILL);
    }
  }
}

[[noreturn]] void user_mode() {
  for (;;) {
    exit_to_user_mode();
    handle(run_user());
  }
}

}  // namespace

SyscallResult sys_ni_syscall() { return Err(ENOSYS); }

// A tracer or a filter looks at the call first. False: it is not made, and the return register holds
// what they left there.
static bool syscall_trace_enter(task_struct& t) {
  if (t.ptrace.watches_syscalls()) {
    if (!ptrace_syscall_enter()) return false;
    if (!t.isa->in_syscall(t.thread)) return false;  // the tracer made it call number -1
  }
  return t.seccomp_mode == 0 || secure_computing();
}

void do_syscall() {
  task_struct& t = *current;
  const bool watched = t.ptrace.watches_syscalls() || t.seccomp_mode != 0;
  const bool make_it = !watched || syscall_trace_enter(t);
  const arch::SyscallArgs args = t.isa->syscall_args(t.thread);
  const syscall_entry& entry = t.isa->syscall(args);
  if (trace_sink != nullptr) trace_sink->syscall_enter(t, entry, args);
  if (make_it && !entry.implemented) {
    missing_call& m = missing[{t.isa->name(), args.word, args.nr}];
    ++m.count;
    m.comm = t.comm;
  }
  const long ret = make_it ? entry.call(args) : t.isa->get_return(t.thread);
  if (make_it) t.isa->set_return(t.thread, ret);
  if (trace_sink != nullptr) trace_sink->syscall_exit(t, entry, args, ret);
  if (t.ptrace.syscall || t.ptrace.singlestep) ptrace_syscall_exit();
}

void exit_to_user_mode() {
  if (arch::machine().tick_pending()) scheduler_tick();
  static const task_struct* last_in_user_mode = nullptr;
  if (current != last_in_user_mode) {
    last_in_user_mode = current;
    if (current->rseq != 0) rseq_slept(*current);
  }
  while (current->need_resched || current->sigpending_flag || current->restore_sigmask || system_halted()) {
    if (current->need_resched || system_halted()) {
      schedule();
      if (current->rseq != 0) rseq_handle_notify_resume(*current);
    }
    if (current->sigpending_flag || current->restore_sigmask) do_signal();
  }
  current->isa->clear_syscall(current->thread);
}

void ret_from_fork() {
  finish_first_switch();
  task_struct& t = *current;
  if (t.kthread_fn != nullptr) {
    const int code = t.kthread_fn(t.kthread_arg);
    // A callback that comes back has done a successful kernel_execve, or it is over.
    if (!t.mm) kernel_thread_exit(code);
  }
  if (t.set_child_tid != 0) (void)put_user(user_ptr<int>(t.set_child_tid), t.pid);
  user_mode();
}

void report_unimplemented() {
  for (const auto& [key, m] : missing) {
    const auto& [isa, word, nr] = key;
    printk("system call %llu (%.*s, %u-bit gate) is not implemented: %u calls, last by %s",
           static_cast<unsigned long long>(nr), static_cast<int>(isa.size()), isa.data(), 8 * word,
           m.count, m.comm.c_str());
  }
}
