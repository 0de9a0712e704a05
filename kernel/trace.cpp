// Names of the kernel's trace events. Linux: the TRACE_EVENT names of include/trace/events/sched.h,
// where it has the event.
#include "kernel/trace.h"

std::string_view trace_event_name(TraceEvent::Kind kind) {
  switch (kind) {
    case TraceEvent::sched_switch: return "sched_switch";
    case TraceEvent::sleep: return "sched_sleep";
    case TraceEvent::wakeup: return "sched_wakeup";
    case TraceEvent::fork: return "sched_process_fork";
    case TraceEvent::vfork_wait: return "vfork_wait";
    case TraceEvent::vfork_done: return "vfork_done";
    case TraceEvent::exec: return "sched_process_exec";
    case TraceEvent::exit: return "sched_process_exit";
    case TraceEvent::reap: return "sched_process_wait";
    case TraceEvent::signal_send: return "signal_generate";
    case TraceEvent::timer: return "timer_expire";
    case TraceEvent::preempt: return "preemption_point";
    case TraceEvent::hang: return "hang";
    case TraceEvent::dead_object: return "dead_object";
    case TraceEvent::frame_overwritten: return "frame_overwritten";
  }
  return "unknown";
}
