// Where the kernel tells an observer what happens: system calls, signals, exits and its own events.
// Linux: include/trace/events/{syscalls,sched,signal}.h. Ours: one sink, called through a pointer
// that is null unless somebody traces, so an untraced call pays for one load and one branch. A sink
// runs in kernel context on the fiber of the task it is told about: it may read current's memory,
// it must not sleep.
#pragma once

#include <cstdint>
#include <string_view>

struct task_struct;
struct kernel_siginfo;
struct syscall_entry;
namespace arch {
struct SyscallArgs;
}

// One kernel event. `pid` is the task it happened to; `other` a second task where there is one.
struct TraceEvent {
  enum Kind : uint8_t {
    sched_switch,  // pid gave up the CPU to other; what = the state it is left in ("R", "S", "D",
                   // "Z")
    sleep,         // pid goes to sleep; what = where (wchan)
    wakeup,        // other (the waker, 0 from a timer or a device) makes pid runnable
    fork,          // pid made other; what = "fork", "vfork", "clone" or "kernel_thread"
    vfork_wait,    // pid waits for its vfork child other
    vfork_done,    // pid released its vfork parent other; what = "exec" or "exit"
    exec,          // pid has become the program `what`
    exit,          // pid is a zombie; value = its code as wait4 reports it
    reap,          // other's zombie was waited for by pid
    signal_send,   // pid sends signal `value` to other
    timer,         // a timer fired
    preempt,       // pid passed the preemption point `what`, the value-th of this boot; other = 1 if
                   // the CPU was taken away there
    hang,          // pid sleeps in `what`, and nobody is left who could ever wake it
    dead_object,   // pid touches `what`, which was on a kernel stack frame that is gone
    frame_overwritten,  // the frame that pid returns through is not what its trap pushed; what = by whom
  } kind;
  int pid = 0;
  int other = 0;
  long value = 0;
  std::string_view what = {};  // valid during the call only
};
std::string_view trace_event_name(TraceEvent::Kind kind);

struct TraceSink {
  virtual ~TraceSink() = default;
  // Before the handler runs; `args` are the registers as the guest left them.
  virtual void syscall_enter(task_struct& t, const syscall_entry& e,
                             const arch::SyscallArgs& args) = 0;
  // After it; `ret` is the value or -errno, -ERESTART* included. Not called when the task exits in
  // it.
  virtual void syscall_exit(task_struct& t, const syscall_entry& e, const arch::SyscallArgs& args,
                            long ret) = 0;
  // A signal was taken off the queue and takes effect now (handled, stops, or kills).
  virtual void signal_delivered(task_struct& t, const kernel_siginfo& info) = 0;
  // A signal took effect as it was sent and will never be taken off a queue: the task ignores it,
  // or it kills the whole group. strace shows such signals too, when the task next leaves the
  // kernel.
  virtual void signal_settled(task_struct& t, const kernel_siginfo& info) { (void)t, (void)info; }
  // The task is stopped by this signal (group stop), as a shell would see it.
  virtual void task_stopped(task_struct& t, int signal) { (void)t, (void)signal; }
  // The task exits; `code` as wait4 reports it. Its mm may be gone.
  virtual void task_exit(task_struct& t, long code) = 0;
  virtual void event(const TraceEvent& e) = 0;
  // An instruction that the task is about to execute, where the kernel emulates its CPU. Asked for once,
  // when that CPU is powered up.
  virtual bool wants_instructions() const { return false; }
  virtual void instruction(task_struct& t, uint64_t pc, std::string_view text) { (void)t, (void)pc, (void)text; }
  // The task goes to user mode now, and it came back from there. Its memory may be read.
  virtual void user_enter(task_struct& t) { (void)t; }
  virtual void user_leave(task_struct& t) { (void)t; }
};

inline TraceSink* trace_sink = nullptr;

// For the kernel's own events: trace_event(TraceEvent::wakeup, t.pid, current->pid).
inline void trace_event(TraceEvent::Kind kind, int pid, int other = 0, std::string_view what = {},
                        long value = 0) {
  if (trace_sink != nullptr) [[unlikely]]
    trace_sink->event({kind, pid, other, value, what});
}
