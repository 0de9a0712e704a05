// What the signal files share with each other and with nobody else.
#pragma once

#include "kernel/sched.h"
#include "kernel/signal.h"

namespace detail {

inline constexpr int kCapKill = 5;

// pid 1 takes no signal that it has no handler for, until a fault of its own was forced on it.
inline bool is_unkillable(const task_struct& t) {
  return t.signal->tgid == 1 && !t.signal->init_faulted;
}
inline bool is_traced(const task_struct& t) {
  return ptrace_traced_hook != nullptr && ptrace_traced_hook(t);
}
inline bool is_stopped(const task_struct& t) {
  return (t.state & (TASK_STOPPED | TASK_TRACED)) != 0;
}

// Takes `which` out of one queue.
void flush_sigqueue(sigpending& p, sigset which);
// A stop is wanted of this thread and has not happened yet.
inline bool stop_pending(const task_struct& t) {
  return t.signal->group_stop_sig != 0 && t.stopped_sig == 0;
}
// Recounts signal_struct::group_stop_count; true when every thread that can has stopped.
bool group_stop_complete(signal_struct& s);
// SIGCONT and SIGKILL end a group stop: nobody is stopped any more.
void end_group_stop(signal_struct& s);

}  // namespace detail
