// A fair scheduler, as Linux has one since 2.6.23: who has had less of the CPU goes first, and who wakes
// up takes it from one that has had clearly more. Linux: kernel/sched/fair.c. Known differences: nice
// values and policies have no weight; the queue is a list in turn, and only a lead of more than the
// granularity changes the turn, so that short programs are scheduled the same way in every run.
#include <algorithm>

#include "kernel/sched_design.h"

namespace {

constexpr uint64_t kSlice = 60'000'000;         // ns
constexpr uint64_t kGranularity = 2'000'000;    // ns: no smaller lead counts
constexpr uint64_t kSleeperCredit = 6'000'000;  // ns: the most that a sleep is worth

bool leads(const task_struct& a, const task_struct& b) {
  return a.vruntime + kGranularity < b.vruntime;
}

class Fair final : public Scheduler {
 public:
  void init() override { latest_ = 0; }
  // A sleeper goes in front of those that it leads, and stands near the front for that; who was
  // preempted is nearly always the last.
  void enqueue(run_list& queue, task_struct& t, bool woken) override {
    if (woken) {
      const uint64_t now = std::max(latest_, current->vruntime);
      if (now > kSleeperCredit) t.vruntime = std::max(t.vruntime, now - kSleeperCredit);
      auto at = queue.begin();
      while (at != queue.end() && !leads(t, *at)) ++at;
      queue.insert(at, t);
      return;
    }
    auto at = queue.end();
    while (at != queue.begin() && leads(t, *std::prev(at))) --at;
    queue.insert(at, t);
  }
  task_struct& pick(run_list& queue, const task_struct& /*prev*/) override {
    latest_ = std::max(latest_, queue.front().vruntime);
    return queue.front();
  }
  void forked(task_struct& parent, task_struct& child) override {
    child.slice = kSlice;
    child.vruntime = parent.vruntime;
  }
  // Who was woken and did not lead yet waits for no more than the next tick: a program that spins
  // until another has gone to sleep would else spin through its slice.
  bool turn_over(const run_list& queue, task_struct& t) override {
    if (!queue.empty() && leads(queue.front(), t)) return true;
    if (t.slice != 0) return false;
    t.slice = kSlice;
    return true;
  }
  bool preempts(const task_struct& woken, const task_struct& running) override {
    return leads(woken, running);
  }

 private:
  uint64_t latest_ = 0;  // the queue's clock: about the least vruntime of those who want the CPU
};

}  // namespace

Scheduler& fair_scheduler() {
  static Fair design;
  return design;
}
