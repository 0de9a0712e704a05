// Watches what a sleeping task needs on a stack that another task runs on meanwhile, a vfork child above
// all, and tells who overwrote which word before the return goes through it. Two things are at risk:
// the frame that `swi=user-stack` pushes, the reason why the definition of swi was to change (the note
// "vfork() for uClinux forces an architecture change"); and, under every definition of swi, the frames
// of C functions that the child has returned from: a plain C wrapper of vfork leaves them behind.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/arch.h"
#include "arch/moxie/ptrace.h"

namespace moxie {

class MoxieSpace;

struct FrameGuard {
  // The swi frame of this thread, which is inside the kernel, is at risk from now on.
  static void guard_frame(MoxieSpace& space, arch::thread_struct& owner, int pid);
  // So is its stack, from the child that runs on.
  static void guard_stack(MoxieSpace& space, arch::thread_struct& owner, int pid, int child);
  // The thread is about to return to user mode: explains what happened to its stack, if anything did.
  static void check(MoxieSpace& space, arch::thread_struct& owner);
  // The thread will never return.
  static void drop(const arch::thread_struct& owner);
  // User code of the current task is about to run. Lets go of stacks whose child has kept to its side long
  // enough.
  static void resume();
  // Not the CPU's own stores but the kernel's on behalf of the running task, before they happen: a
  // swi's push (an absolute address) and a copy to user memory (a physical one).
  static void swi_push(MoxieSpace& space, const pt_regs& by);
  static void kernel_copy(uint32_t physical, size_t bytes);
};

}  // namespace moxie
