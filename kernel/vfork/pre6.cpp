// 2.2.0-pre6, mid January 1999: the patch as merged, with the two wake-ups moved into mmput() and the
// original parent (p_opptr) in place of the current one. A failed exec no longer wakes the parent, and
// a tracer no longer swallows the wake.
// Wrong with it: mmput() is called by every exit of a task with a user mm, by an exec whose old mm was
// shared, and by a fork that failed half way, so other children still wake the parent; a wake-up
// before the sleep is lost; the sleep cannot be killed.
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"

namespace {

class Pre6 final : public VforkMechanism {
 public:
  std::string_view name() const override { return "2.2.0-pre6"; }
  std::string_view summary() const override { return "sleep_on in sys_vfork, woken from mmput through p_opptr"; }

  bool clone_vfork() const override { return false; }
  uint64_t vfork_flags() const override { return CLONE_VM; }
  void wake_child_and_wait(Ref<task_struct> child) override { start_vfork_child(*child); }

  void vfork_returns(int child) override {
    trace_event(TraceEvent::vfork_wait, current->pid, child);
    current->wchan = "sys_vfork";
    sleep_on(current->vfork_sleep);
    current->wchan = nullptr;
  }
  void mm_put(task_struct& caller) override { wake_up(caller.p_opptr->vfork_sleep); }
};

}  // namespace

VforkMechanism& vfork_pre6() {
  static Pre6 mechanism;
  return mechanism;
}
