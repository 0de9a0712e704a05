// Every vfork that Linux ever had is one VforkMechanism. fork, exec and exit call these hooks where
// the kernels had them and never ask which kernel they are: a mechanism that had nothing there leaves
// the default, which does nothing. Facts: each mechanism's own file.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/ref.h"
#include "lib/uapi.h"

struct task_struct;

class VforkMechanism {
 public:
  virtual ~VforkMechanism() = default;

  virtual std::string_view name() const = 0;
  virtual std::string_view summary() const = 0;

  // Is slot 190 filled? 2.2.0-pre8 had taken it back.
  virtual bool has_sys_vfork() const { return true; }
  // May a program pass CLONE_VFORK to clone(2)? Not before 2.2.0-pre8.
  virtual bool clone_vfork() const { return true; }
  // Is the parent found through the child's parent link? Then do_fork cannot give the child another
  // parent (CLONE_PARENT), and 2.4.0 to 2.4.6 did not.
  virtual bool by_parent_link() const { return true; }
  // What sys_vfork passes to do_fork besides SIGCHLD.
  virtual uint64_t vfork_flags() const { return CLONE_VFORK | CLONE_VM; }

  // do_fork, CLONE_VFORK set: make the child runnable and, where that kernel did it here, sleep until
  // the child has let go of the memory.
  virtual void wake_child_and_wait(Ref<task_struct> child) = 0;
  // sys_vfork, after do_fork has returned the child's pid.
  virtual void vfork_returns(int /*child*/) {}
  // First statement of do_execve.
  virtual void exec_entered(task_struct& /*t*/) {}
  // A task leaves its mm for good: exec past the point of no return, and exit (2.2.0-pre8 on).
  virtual void mm_released(task_struct& /*t*/) {}
  // mmput(): exit, an exec whose old mm was shared, and a fork that failed half way (pre6 and pre7).
  virtual void mm_put(task_struct& /*caller*/) {}
  // Exit, the task is a zombie, right before its parent is notified.
  virtual void exit_notified(task_struct& /*t*/) {}
};

// Makes the child runnable and tells a tracer; each mechanism's first step (kernel/fork.cpp).
void start_vfork_child(task_struct& child);

// The mechanism in force; killable unless the boot says otherwise.
VforkMechanism& vfork_mechanism();
void set_vfork_mechanism(VforkMechanism& mechanism);

// In the order of history.
VforkMechanism& vfork_patch_1999();
VforkMechanism& vfork_pre6();
VforkMechanism& vfork_pre7();
VforkMechanism& vfork_pre8();
VforkMechanism& vfork_semaphore();
VforkMechanism& vfork_completion();
VforkMechanism& vfork_killable();
std::span<VforkMechanism* const> vfork_mechanisms();
VforkMechanism* find_vfork_mechanism(std::string_view name);
