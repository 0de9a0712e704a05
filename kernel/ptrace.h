// One guest task tracing another. Linux: include/linux/ptrace.h, kernel/ptrace.c. A traced task's
// p_pptr is its tracer; p_opptr stays the real parent (the difference that the 1999 vfork tripped on).
#pragma once

#include "kernel/sched.h"

// PTRACE_O_* and PTRACE_EVENT_* (uapi/linux/ptrace.h)
enum : unsigned {
  PTRACE_EVENT_FORK = 1, PTRACE_EVENT_VFORK, PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC, PTRACE_EVENT_VFORK_DONE,
  PTRACE_EVENT_EXIT, PTRACE_EVENT_SECCOMP, PTRACE_EVENT_STOP = 128,
  PTRACE_O_TRACESYSGOOD = 1, PTRACE_O_EXITKILL = 1U << 20, PTRACE_O_SUSPEND_SECCOMP = 1U << 21,
  PTRACE_O_MASK = 0xff | PTRACE_O_EXITKILL | PTRACE_O_SUSPEND_SECCOMP,
};
constexpr unsigned ptrace_option(unsigned event) { return 1U << event; }
enum : uint64_t { PTRACE_EVENTMSG_SYSCALL_ENTRY = 1, PTRACE_EVENTMSG_SYSCALL_EXIT = 2 };

void ptrace_init();   // sets the hooks of kernel/signal.h
// Stops for an event if the tracer asked for it; `message` is what PTRACE_GETEVENTMSG answers.
void ptrace_event(unsigned event, uint64_t message);
bool ptrace_event_enabled(const task_struct& t, unsigned event);
bool ptrace_seccomp_suspended(const task_struct& t);
// fork: a traced parent's child is traced too if its event is asked for.
void ptrace_init_task(task_struct& child, unsigned event);
// Stops at a system call's entry and exit, as asked for. False: the call is not to be made (SYSEMU, or
// the task is being killed).
bool ptrace_syscall_enter();
void ptrace_syscall_exit();
void ptrace_exec(int old_pid);              // after a successful execve
void ptrace_unlink(task_struct& tracee);    // back to the real parent
bool anybody_traced();
void exit_ptrace(task_struct& tracer);      // the tracer exits

// PTRACE_* in kernel form: `data` is what the register holds; word-sized results go through `result`.
Result<long> do_ptrace(long request, int pid, uint64_t addr, uint64_t data, uint64_t* result);
// The siginfo of a tracee's stop, to read and to write; EINVAL in a group stop, which has none.
Result<kernel_siginfo*> ptrace_stop_siginfo(int pid);

// ---- between kernel/ptrace.cpp and kernel/ptrace_request.cpp -----------------------------------------
// What may be asked of a tracee that stands in a ptrace stop.
Result<long> ptrace_stopped_request(task_struct& t, long request, uint64_t addr, uint64_t data, uint64_t* result);
void ptrace_resume(task_struct& t, uint64_t sig);
Result<long> ptrace_set_options(task_struct& t, uint64_t options);
