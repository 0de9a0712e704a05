// 2.2.0-pre8, January 1999: slot 190 is empty again. The semaphore has moved into do_fork and programs
// may pass CLONE_VFORK to clone, which is now the only way to a vfork; mm_release() is new and ups it.
// Wrong with it: a program that calls slot 190 gets ENOSYS. It lasted one pre-release.
#include "kernel/vfork/semaphore_on_stack.h"

namespace {

class Pre8 final : public SemaphoreOnStack {
 public:
  std::string_view name() const override { return "2.2.0-pre8"; }
  std::string_view summary() const override { return "no sys_vfork; clone(CLONE_VFORK) waits on a semaphore"; }
  bool has_sys_vfork() const override { return false; }
  void mm_released(task_struct& t) override { let_go(t); }
};

}  // namespace

VforkMechanism& vfork_pre8() {
  static Pre8 mechanism;
  return mechanism;
}
