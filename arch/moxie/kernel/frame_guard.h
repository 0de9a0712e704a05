// Watches the frames that `swi=user-stack` pushes while another task runs on the same memory, a vfork
// child above all: tells who overwrote which word before the return goes through it. The reason why the
// definition of swi was to change (the note "vfork() for uClinux forces an architecture change").
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/arch.h"
#include "arch/moxie/ptrace.h"

namespace moxie {

class MoxieSpace;

struct FrameGuard {
  // The frame of this thread, which is inside the kernel, is at risk from now on.
  static void guard(MoxieSpace& space, arch::thread_struct& owner, int pid);
  // The thread is about to return through its frame: explains what happened to it, if anything did.
  static void check(MoxieSpace& space, arch::thread_struct& owner);
  // The thread will never return through it.
  static void drop(const arch::thread_struct& owner);
  // Not the CPU's own stores but the kernel's on its behalf: a swi's push by the instruction at `pc`,
  // and a copy to user memory (physical addresses).
  static void kernel_store(MoxieSpace& space, const pt_regs& by, uint32_t addr, uint32_t bytes,
                           uint32_t pc);
  static void kernel_copy(uint32_t physical, size_t bytes);
};

}  // namespace moxie
