// What 2.2.0-pre7 to 2.4.6 share: a locked semaphore on the parent's kernel stack, reachable through
// the parent's task_struct, and a flag in the child that says it owes an up().
#pragma once

#include "kernel/sched.h"
#include "kernel/semaphore.h"
#include "kernel/vfork/vfork.h"

class SemaphoreOnStack : public VforkMechanism {
 public:
  void wake_child_and_wait(Ref<task_struct> child) override;

 protected:
  virtual const char* sleeps_in() const { return "do_fork"; }
  // up() once for a child that carries PF_VFORK.
  static void let_go(task_struct& child);
};
