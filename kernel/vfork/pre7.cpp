// 2.2.0-pre7, January 1999: the wait queue becomes a locked semaphore on the parent's kernel stack, so
// that a wake-up before the sleep is remembered, and only a child that carries PF_VFORK may up it. The
// down() stands in sys_vfork, the up() still in mmput(), and CLONE_VFORK is stripped from what programs pass to clone.
// Wrong with it: a vfork child whose own fork fails half way wakes the parent (mmput on the error
// path); the sleep cannot be killed.
#include "kernel/vfork/semaphore_on_stack.h"

namespace {

class Pre7 final : public SemaphoreOnStack {
 public:
  std::string_view name() const override { return "2.2.0-pre7"; }
  std::string_view summary() const override { return "semaphore on the parent's stack, up in mmput"; }
  bool clone_vfork() const override { return false; }
  const char* sleeps_in() const override { return "sys_vfork"; }
  void mm_put(task_struct& caller) override { let_go(caller); }
};

}  // namespace

VforkMechanism& vfork_pre7() {
  static Pre7 mechanism;
  return mechanism;
}
