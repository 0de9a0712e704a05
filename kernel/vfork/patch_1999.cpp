// The patch posted to linux-kernel on 8 January 1999 against 2.2.0-pre5: the first vfork. sys_vfork
// forks with the memory shared and then sleeps, once and unconditionally, on a wait queue in its own
// task_struct; the first statement of do_execve and the exit path right before notify_parent wake the
// queue of whoever is the parent at that moment.
// Wrong with it: a wake-up before the sleep is lost (two CPUs); a failed exec, and any exec or exit of
// any other child, wakes the parent while the child still uses its stack; the wake goes to p_pptr, so
// a tracer of the child swallows it; the sleep cannot be killed.
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"

namespace {

class Patch1999 final : public VforkMechanism {
 public:
  std::string_view name() const override { return "patch-1999"; }
  std::string_view summary() const override { return "sleep_on in sys_vfork, woken by every exec and exit of a child"; }

  bool clone_vfork() const override { return false; }
  uint64_t vfork_flags() const override { return CLONE_VM; }
  void wake_child_and_wait(Ref<task_struct> child) override { start_vfork_child(*child); }

  void vfork_returns(int child) override {
    trace_event(TraceEvent::vfork_wait, current->pid, child);
    current->wchan = "sys_vfork";
    sleep_on(current->vfork_sleep);
    current->wchan = nullptr;
  }
  /* vfork semantics say wakeup on exec or exit */
  void exec_entered(task_struct& t) override { wake_up(t.p_pptr->vfork_sleep); }
  void exit_notified(task_struct& t) override { wake_up(t.p_pptr->vfork_sleep); }
};

}  // namespace

VforkMechanism& vfork_patch_1999() {
  static Patch1999 mechanism;
  return mechanism;
}
