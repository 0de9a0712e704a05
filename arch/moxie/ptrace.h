// The user registers of a moxie task at kernel entry. Linux port: arch/moxie/include/asm/ptrace.h,
// whose pt_regs is fp, sp, r0 to r13, pc and pt_mode on the kernel stack. Ours: the kernel's own stack is
// a Fiber, so what the port's software saved lives here; what the *hardware* pushes lies in guest
// memory, where history had it, and the way back to user mode goes through it.
#pragma once

#include <cstdint>

#include "arch/arch.h"
#include "arch/moxie/cpu/cpu.h"

namespace moxie {

struct pt_regs {
  Registers cpu;       // as user code has them; of a trap: as they were at the swi, pc after it
  uint32_t orig_r0;    // $r0 is argument and result: for a restart
  uint32_t frame;      // where swi pushed its frame, 0 if it pushed none
  uint32_t ksp;        // top of the task's kernel stack in guest memory, 0 if it has none
  uint8_t in_trap;     // came by swi and has not gone back yet
  uint8_t in_syscall;  // ... and a restart of the call is possible
  uint8_t keep_all;    // the way back must not lose $r1 to $r5 (sigreturn, a new program)
  uint8_t single_step;
  uint8_t restart_block;  // the swi that is repeated means restart_syscall
};
static_assert(sizeof(pt_regs) <= sizeof(arch::thread_struct::regs));

inline pt_regs& task_pt_regs(arch::thread_struct& t) {
  return *reinterpret_cast<pt_regs*>(t.regs.data());
}
inline const pt_regs& task_pt_regs(const arch::thread_struct& t) {
  return *reinterpret_cast<const pt_regs*>(t.regs.data());
}

inline constexpr uint32_t kLinuxSwi = 0xffffffff;  // the number that means a system call
inline constexpr uint32_t kSwiBytes = 6;
inline constexpr unsigned kCauseSwi = 3;  // special register 2
enum : unsigned { kSregHandler = 1, kSregCause = 2, kSregSwi = 3, kSregKsp = 4, kSregReturn = 5 };

}  // namespace moxie
