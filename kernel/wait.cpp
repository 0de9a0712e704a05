// Sleeping and waking. Linux: kernel/sched/wait.c, and kernel/sched.c of 2.2 for sleep_on.
#include "kernel/wait.h"

#include "kernel/sched.h"

bool wait_queue_entry::wake(unsigned mode, unsigned /*key*/) {
  return task != nullptr && try_to_wake_up(*task, mode);
}

void wait_queue::wake(unsigned mode, int exclusive, unsigned key) {
  // A waiter unlinks itself only when it runs; an entry's wake() may unlink that entry alone.
  for (auto it = list_.begin(); it != list_.end();) {
    wait_queue_entry& e = *it++;
    const bool is_exclusive = e.exclusive;
    if (e.wake(mode, key) && is_exclusive && exclusive != 0 && --exclusive == 0) break;
  }
}

namespace {

void sleep_in(wait_queue& q, unsigned state) {
  wait_queue_entry e(current);
  current->state = state;
  q.add(e);
  schedule();
  wait_queue::remove(e);
}

}  // namespace

void sleep_on(wait_queue& q) { sleep_in(q, TASK_UNINTERRUPTIBLE); }
void interruptible_sleep_on(wait_queue& q) { sleep_in(q, TASK_INTERRUPTIBLE); }

namespace detail {

task_struct* waiting_task() { return current; }

void prepare_to_wait(wait_queue& q, wait_queue_entry& e, unsigned state) {
  if (!e.is_linked()) {
    if (e.exclusive)
      q.add_tail(e);
    else
      q.add(e);
  }
  current->state = state;
}

void finish_wait(wait_queue_entry& e) {
  current->state = TASK_RUNNING;
  if (e.is_linked()) wait_queue::remove(e);
}

bool interrupted(unsigned state) {
  if ((state & TASK_INTERRUPTIBLE) != 0) return signal_pending(*current);
  return (state & TASK_WAKEKILL) != 0 && fatal_signal_pending(*current);
}

bool sleep_until(std::optional<uint64_t> deadline) {
  if (deadline) return schedule_until(*deadline);
  schedule();
  return true;
}

}  // namespace detail
