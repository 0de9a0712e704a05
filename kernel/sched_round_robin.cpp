// Equal slices in turn. This is what a fair scheduler (2.6.23 on) looks like to tasks of one weight.
// Known difference: nice values and policies have no weight here.
#include "kernel/sched_design.h"

namespace {

constexpr uint64_t kSlice = 60'000'000;  // ns

class RoundRobin final : public Scheduler {
 public:
  task_struct& pick(run_list& queue, const task_struct& /*prev*/) override { return queue.front(); }
  void forked(task_struct& /*parent*/, task_struct& child) override { child.slice = kSlice; }
  void slice_over(task_struct& t) override { t.slice = kSlice; }
  bool preempts(const task_struct& /*woken*/, const task_struct& /*running*/) override { return false; }
};

}  // namespace

Scheduler& round_robin_scheduler() {
  static RoundRobin design;
  return design;
}
