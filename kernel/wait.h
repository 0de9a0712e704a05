// Sleeping: wait queues, completions, semaphores. The waiter lives on the sleeper's stack. Linux:
// include/linux/wait.h, completion.h; sleep_on is kernel/sched.c of 2.2.
//
// wait_event(queue, condition) is for our code: it tests, sleeps and tests again, so a wake-up before
// the sleep is not lost. sleep_on has no condition; it is here for the kernels that had it.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>

#include "lib/result.h"

struct task_struct;

enum task_state : unsigned {
  TASK_RUNNING = 0,
  TASK_INTERRUPTIBLE = 1,
  TASK_UNINTERRUPTIBLE = 2,
  TASK_STOPPED = 4,
  TASK_TRACED = 8,
  EXIT_DEAD = 16,
  EXIT_ZOMBIE = 32,
  TASK_WAKEKILL = 0x100,
  TASK_KILLABLE = TASK_WAKEKILL | TASK_UNINTERRUPTIBLE,
  TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE,
};

using wait_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One waiter. The default wakes `task`; epoll derives its own.
struct wait_queue_entry : wait_hook {
  explicit wait_queue_entry(task_struct* t = nullptr) : task(t) {}
  virtual ~wait_queue_entry() = default;
  // True if this waiter was woken (an exclusive one then ends the walk). `key`: POLL* bits or 0.
  virtual bool wake(unsigned mode, unsigned key);
  task_struct* task;
  bool exclusive = false;
};

class wait_queue {
 public:
  wait_queue() = default;
  wait_queue(const wait_queue&) = delete;
  wait_queue& operator=(const wait_queue&) = delete;
  ~wait_queue() { list_.clear(); }

  void add(wait_queue_entry& e) { list_.push_front(e); }
  void add_tail(wait_queue_entry& e) { list_.push_back(e); }
  static void remove(wait_queue_entry& e) { e.unlink(); }
  bool active() const { return !list_.empty(); }
  // Wakes all waiters whose state is in `mode`, and at most `exclusive` exclusive ones (0 = all).
  void wake(unsigned mode, int exclusive, unsigned key = 0);

 private:
  boost::intrusive::list<wait_queue_entry, boost::intrusive::constant_time_size<false>> list_;
};

inline void wake_up(wait_queue& q) { q.wake(TASK_NORMAL, 1); }
inline void wake_up_all(wait_queue& q) { q.wake(TASK_NORMAL, 0); }
inline void wake_up_interruptible(wait_queue& q) { q.wake(TASK_INTERRUPTIBLE, 1); }
inline void wake_up_poll(wait_queue& q, unsigned key) { q.wake(TASK_NORMAL, 1, key); }

// 2.2's sleeps: one unconditional sleep, whatever happened before it.
void sleep_on(wait_queue& q);
void interruptible_sleep_on(wait_queue& q);

namespace detail {
// Sleeps once in `state` unless woken since `prepare`; helpers of the templates below.
void prepare_to_wait(wait_queue& q, wait_queue_entry& e, unsigned state);
void finish_wait(wait_queue_entry& e);
bool interrupted(unsigned state);            // a signal that ends a sleep of this kind is pending
task_struct* waiting_task();
// Sleeps; with a deadline (monotonic ns) returns false when it has passed.
bool sleep_until(std::optional<uint64_t> deadline);
}  // namespace detail

enum class WaitEnd { ready, signal, timeout };

// The general form with the caller's own waiter (an exclusive one, or one that looks at keys).
template <class Condition>
WaitEnd wait_event_with(wait_queue& q, wait_queue_entry& e, unsigned state, std::optional<uint64_t> deadline,
                        Condition condition) {
  WaitEnd end = WaitEnd::ready;
  for (;;) {
    detail::prepare_to_wait(q, e, state);
    if (condition()) break;
    if (detail::interrupted(state)) {
      end = WaitEnd::signal;
      break;
    }
    if (!detail::sleep_until(deadline)) {
      end = condition() ? WaitEnd::ready : WaitEnd::timeout;
      break;
    }
  }
  detail::finish_wait(e);
  return end;
}
// Sleeps in `state` until condition() holds.
template <class Condition>
WaitEnd wait_event_state(wait_queue& q, unsigned state, std::optional<uint64_t> deadline, Condition condition) {
  if (condition()) return WaitEnd::ready;
  wait_queue_entry e(detail::waiting_task());
  return wait_event_with(q, e, state, deadline, condition);
}
// One wake-up wakes one of these; ERESTARTSYS if a signal ended the sleep.
template <class Condition>
Result<void> wait_event_interruptible_exclusive(wait_queue& q, Condition condition) {
  if (condition()) return {};
  wait_queue_entry e(detail::waiting_task());
  e.exclusive = true;
  if (wait_event_with(q, e, TASK_INTERRUPTIBLE, {}, condition) == WaitEnd::signal) return Err(ERESTARTSYS);
  return {};
}
template <class Condition>
void wait_event(wait_queue& q, Condition condition) {
  wait_event_state(q, TASK_UNINTERRUPTIBLE, {}, condition);
}
// ERESTARTSYS if a signal ended the sleep.
template <class Condition>
Result<void> wait_event_interruptible(wait_queue& q, Condition condition) {
  if (wait_event_state(q, TASK_INTERRUPTIBLE, {}, condition) == WaitEnd::signal) return Err(ERESTARTSYS);
  return {};
}
template <class Condition>
Result<void> wait_event_killable(wait_queue& q, Condition condition) {
  if (wait_event_state(q, TASK_KILLABLE, {}, condition) == WaitEnd::signal) return Err(ERESTARTSYS);
  return {};
}

// include/linux/completion.h (2.4.7 on).
class completion {
 public:
  void complete() {
    ++done_;
    q_.wake(TASK_NORMAL, 1);
  }
  void complete_all() {
    done_ = kAll;
    q_.wake(TASK_NORMAL, 0);
  }
  void wait_for_completion() {
    wait_event(q_, [this] { return done_ != 0; });
    take();
  }
  Result<void> wait_for_completion_killable() {
    TRY(wait_event_killable(q_, [this] { return done_ != 0; }));
    take();
    return {};
  }
  bool done() const { return done_ != 0; }

 private:
  static constexpr unsigned kAll = ~0U;
  void take() {
    if (done_ != kAll) --done_;
  }
  unsigned done_ = 0;
  wait_queue q_;
};
