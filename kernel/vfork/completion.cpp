// 2.4.7 (July 2001) to 3.3: the semaphore becomes a completion, whose waker is done with it before the
// sleeper can leave, and the child itself holds the pointer, so that it no longer matters who its
// parent is. Wrong with it: the sleep cannot be killed; that came with 3.4.
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"

namespace {

class Completion final : public VforkMechanism {
 public:
  std::string_view name() const override { return "completion"; }
  std::string_view summary() const override { return "completion held by the child (2.4.7 to 3.3)"; }

  bool by_parent_link() const override { return false; }
  void wake_child_and_wait(Ref<task_struct> child) override {
    completion vfork;
    child->vfork_done = &vfork;
    trace_event(TraceEvent::vfork_wait, current->pid, child->pid);
    start_vfork_child(*child);
    current->wchan = "do_fork";
    vfork.wait_for_completion();
    current->wchan = nullptr;
  }
  void mm_released(task_struct& t) override {
    completion* vfork = t.vfork_done;
    t.vfork_done = nullptr;
    if (vfork == nullptr) return;
    trace_event(TraceEvent::vfork_done, t.pid, t.p_opptr->pid, (t.flags & PF_EXITING) != 0 ? "exit" : "exec");
    vfork->complete();
  }
};

}  // namespace

VforkMechanism& vfork_completion() {
  static Completion mechanism;
  return mechanism;
}
