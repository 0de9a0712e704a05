// The scheduler of 2.2 and 2.4: every task has a counter of clock ticks, schedule() walks the whole run
// queue and takes the task with the highest goodness, and when nobody in it has a tick left, every
// task's counter is halved and its priority added, sleepers' too, so that who sleeps collects ticks. A
// fork shares the parent's ticks between the two. Linux: goodness(), schedule() and reschedule_idle()
// of kernel/sched.c, do_fork() of kernel/fork.c, 2.2.0. Known difference: no real-time classes.
#include <algorithm>

#include "kernel/sched_design.h"
#include "mm/mm.h"

namespace {

constexpr uint64_t kTick = kNsec / HZ;
constexpr int kDefaultPriority = 20;  // DEF_PRIORITY, ticks: 200 ms

uint64_t priority(const task_struct& t) {
  return static_cast<uint64_t>(std::clamp(kDefaultPriority - t.nice, 1, 40));
}

uint64_t counter(const task_struct& t) { return (t.slice + kTick - 1) / kTick; }

uint64_t goodness(const task_struct& t, const task_struct& prev) {
  if (t.slice == 0) return 0;
  // A task of the same memory is a little cheaper to switch to.
  return counter(t) + priority(t) + (t.mm && t.mm == prev.mm ? 1 : 0);
}

class Goodness final : public Scheduler {
 public:
  task_struct& pick(run_list& queue, const task_struct& prev) override {
    task_struct* best = best_of(queue, prev);
    if (best->slice == 0) {
      for_each_task([](task_struct& t) { recalculate(t); });
      best = best_of(queue, prev);
    }
    return *best;
  }
  void forked(task_struct& parent, task_struct& child) override {
    if (parent.is_kthread()) parent.slice = priority(parent) * kTick;  // they are not charged ticks
    child.slice = (counter(parent) + 1) / 2 * kTick;
    parent.slice = counter(parent) / 2 * kTick;
  }
  void enqueue(run_list& queue, task_struct& t, bool /*woken*/) override { queue.push_back(t); }
  // Until everybody's slice is over.
  bool turn_over(const run_list& /*queue*/, task_struct& t) override { return t.slice == 0; }
  bool preempts(const task_struct& woken, const task_struct& running) override {
    return counter(woken) > counter(running) + 3;
  }

 private:
  static void recalculate(task_struct& t) { t.slice = (counter(t) / 2 + priority(t)) * kTick; }
  static task_struct* best_of(run_list& queue, const task_struct& prev) {
    task_struct* best = nullptr;
    uint64_t weight = 0;
    for (task_struct& t : queue) {
      if (&t == &prev && best != nullptr) continue;
      const uint64_t g = goodness(t, prev);
      if (best == nullptr || g > weight) best = &t, weight = g;
    }
    return best;
  }
};

}  // namespace

Scheduler& goodness_scheduler() {
  static Goodness design;
  return design;
}
