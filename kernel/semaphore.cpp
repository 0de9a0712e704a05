// See semaphore.h. The two preemption points are the race for which 2.4.7 gave vfork a completion: the
// waker has granted the wake-up, the sleeper takes it without having slept and returns, and the waker
// goes on with a wait queue that lies on a dead stack frame.
#include "kernel/semaphore.h"

#include "kernel/preempt.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/trace.h"

void semaphore::__down() {
  preemption_point("down: counted, not yet asleep");
  wait_event(wait_, [this] { return waking_ > 0; });
  --waking_;
}

void semaphore::__up() {
  ++waking_;
  preemption_point("up: granted, sleeper not yet woken");
  if (gone_) {
    printk("task %d (%s): up() touches a semaphore on a stack frame that is gone", current->pid,
           current->comm.c_str());
    trace_event(TraceEvent::dead_object, current->pid, 0, "semaphore");
    return;
  }
  wake_up(wait_);
}
