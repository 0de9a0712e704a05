// The timer queue. Linux: kernel/time/hrtimer.c in spirit, the timer list of kernel/sched.c (2.2)
// in use: one ordered queue for every sleep, alarm and poll time-out, and no wheel. A timer fires at
// the first look at the queue after its deadline.
#include "kernel/timer.h"

#include "kernel/time.h"
#include "kernel/time_limit.h"

namespace {

using timer_queue =
    boost::intrusive::multiset<timer_list, boost::intrusive::constant_time_size<false>>;

timer_queue& queue() {
  static timer_queue q;
  return q;
}

timer_list limit;

}  // namespace

void add_timer(timer_list& t, uint64_t expires, uint64_t slack) {
  static uint64_t order = 0;
  if (t.pending()) t.unlink();
  t.expires = expires;
  t.latest = ktime_add_safe(expires, slack);
  t.order = ++order;
  queue().insert(t);
}

bool del_timer(timer_list& t) {
  if (!t.pending()) return false;
  t.unlink();
  return true;
}

void set_time_limit(uint64_t deadline, std::function<void()> over) {
  limit.function = std::move(over);
  add_timer(limit, deadline);
}

bool timers_pending() {
  const size_t others = limit.pending() ? 1 : 0;
  return std::distance(queue().begin(), queue().end()) > static_cast<std::ptrdiff_t>(others);
}

std::optional<uint64_t> next_timer() {
  if (queue().empty()) return {};
  return queue().begin()->latest;
}

void run_timers() {
  if (queue().empty()) return;
  // One reading of the clock bounds the work: a function that re-arms its timer in the future
  // cannot keep this loop alive.
  const uint64_t now = ktime_get();
  while (!queue().empty() && queue().begin()->expires <= now) {
    timer_list& t = *queue().begin();
    t.unlink();
    // The function may destroy the timer that holds it.
    const std::function<void()> function = t.function;
    if (function) function();
  }
}
