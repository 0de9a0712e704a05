// vfork as Linux has had it since 3.4 (March 2012): a completion on the parent's stack, reached
// through a pointer that the child holds, and a killable sleep. Done when the child releases the mm:
// exec past the point of no return, or exit. A fatal signal ends the parent at once; it then takes its
// pointer back, so that the child never touches a dead stack. Wrong with it: core-dumping signals to
// the parent still wait for the child (only plain fatal ones are promoted to SIGKILL), and a stopped
// child keeps the parent in state D.
#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"

namespace {

class Killable final : public VforkMechanism {
 public:
  std::string_view name() const override { return "killable"; }
  std::string_view summary() const override { return "completion in the child, killable wait (3.4 to today)"; }

  bool by_parent_link() const override { return false; }
  void wake_child_and_wait(Ref<task_struct> child) override {
    completion vfork;
    child->vfork_done = &vfork;
    trace_event(TraceEvent::vfork_wait, current->pid, child->pid);
    start_vfork_child(*child);
    current->wchan = "kernel_clone";
    if (!vfork.wait_for_completion_killable()) child->vfork_done = nullptr;
    current->wchan = nullptr;
  }

  void mm_released(task_struct& t) override {
    completion* vfork = t.vfork_done;
    t.vfork_done = nullptr;
    if (vfork == nullptr) return;
    // An exiting child gives way here: the parent nearly always returns before the zombie is there.
    if ((t.flags & PF_EXITING) != 0 && mechanisms().wake_preempts == WakePreempts::yes) set_need_resched();
    trace_event(TraceEvent::vfork_done, t.pid, t.p_opptr->pid, (t.flags & PF_EXITING) != 0 ? "exit" : "exec");
    vfork->complete();
  }
};

}  // namespace

VforkMechanism& vfork_killable() {
  static Killable mechanism;
  return mechanism;
}
