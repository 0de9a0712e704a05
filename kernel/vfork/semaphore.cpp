// 2.2.0 to 2.4.6 (its form of 2.2.0-pre9, January 1999): do_fork itself sleeps, in down() on a locked
// semaphore on the parent's kernel stack, and the child ups it in mm_release(), which only a task
// calls that has really left its mm: exec past the point of no return, and exit. sys_vfork is a thin
// wrapper, a system call of its own because i386 has no registers left in user mode.
// Wrong with it: up() may still touch the semaphore when the parent has already returned and its
// stack frame is dead (two CPUs; the reason for completions); the sleep cannot be killed.
#include "kernel/trace.h"
#include "kernel/vfork/semaphore_on_stack.h"

void SemaphoreOnStack::wake_child_and_wait(Ref<task_struct> child) {
  auto sem = std::make_shared<semaphore>(semaphore::kLocked);  // on the stack, in history
  current->vfork_sem = sem;
  child->flags |= PF_VFORK;
  trace_event(TraceEvent::vfork_wait, current->pid, child->pid);
  start_vfork_child(*child);
  current->wchan = sleeps_in();
  sem->down();
  current->wchan = nullptr;
  sem->frame_gone();
}

void SemaphoreOnStack::let_go(task_struct& child) {
  if ((child.flags & PF_VFORK) == 0) return;
  child.flags &= ~PF_VFORK;
  // The parent cannot have gone: it sleeps uninterruptibly.
  const std::shared_ptr<semaphore> sem = child.p_opptr->vfork_sem;
  trace_event(TraceEvent::vfork_done, child.pid, child.p_opptr->pid, (child.flags & PF_EXITING) != 0 ? "exit" : "exec");
  sem->up();
}

namespace {

class Semaphore final : public SemaphoreOnStack {
 public:
  std::string_view name() const override { return "semaphore"; }
  std::string_view summary() const override { return "semaphore on the parent's stack, up in mm_release (2.2.0 to 2.4.6)"; }
  void mm_released(task_struct& t) override { let_go(t); }
};

}  // namespace

VforkMechanism& vfork_semaphore() {
  static Semaphore mechanism;
  return mechanism;
}
