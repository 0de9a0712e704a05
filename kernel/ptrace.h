// One guest task tracing another. Linux: include/linux/ptrace.h, kernel/ptrace.c. A traced task's
// p_pptr is its tracer; p_opptr stays the real parent (the difference that the 1999 vfork tripped on).
#pragma once

#include "kernel/sched.h"
#include "kernel/syscall.h"

// PTRACE_O_* and PTRACE_EVENT_* (uapi/linux/ptrace.h)
enum : unsigned {
  PTRACE_EVENT_FORK = 1, PTRACE_EVENT_VFORK, PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC, PTRACE_EVENT_VFORK_DONE,
  PTRACE_EVENT_EXIT, PTRACE_EVENT_STOP = 128,
  PTRACE_O_TRACESYSGOOD = 1, PTRACE_O_EXITKILL = 1U << 20,
  PTRACE_O_MASK = 0xff | PTRACE_O_EXITKILL | 1U << 21,
};
constexpr unsigned ptrace_option(unsigned event) { return 1U << event; }

void ptrace_init();   // sets the hooks of kernel/signal.h
// Stops for an event if the tracer asked for it; `message` is what PTRACE_GETEVENTMSG answers.
void ptrace_event(unsigned event, uint64_t message);
// fork: a traced parent's child is traced too if its event is asked for.
void ptrace_init_task(task_struct& child, unsigned event);
void ptrace_syscall_stop();                 // at entry and exit of a system call, if asked for
void ptrace_exec(int old_pid);              // after a successful execve
void ptrace_unlink(task_struct& tracee);    // back to the real parent
void exit_ptrace(task_struct& tracer);      // the tracer exits

// PTRACE_* in kernel form: `data` is what the register holds; word-sized results go through `result`.
Result<long> do_ptrace(long request, int pid, uint64_t addr, uint64_t data, uint64_t* result);

template <class Abi>
SyscallResult sys_ptrace(slong request, kpid_t pid, ulong_t addr, ulong_t data) {
  constexpr long kPeekText = 1, kPeekUser = 3;
  uint64_t word = 0;
  const long r = TRY(do_ptrace(request, pid, addr, data, &word));
  // The system call stores the word; the C library's wrapper returns it.
  if (request >= kPeekText && request <= kPeekUser)
    TRY(put_user(user_ptr<typename Abi::uword>(data), static_cast<typename Abi::uword>(word)));
  return r;
}
