// The user registers at kernel entry, one layout for both x86 ABIs: the host's user_regs_struct, so
// that the engine can load them without translation (checked in arch/x86/kernel/abi_check.cpp). An
// i386 task uses the low halves. Linux: arch/x86/include/asm/ptrace.h.
#pragma once

#include <cstdint>

#include "arch/arch.h"

struct task_struct;

struct pt_regs {
  uint64_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss, fs_base,
      gs_base, ds, es, fs, gs;
  uint64_t entry_ia32;  // the last system call came through the i386 gate (written by the engine)
};
static_assert(sizeof(pt_regs) <= sizeof(arch::thread_struct::regs));

inline pt_regs& task_pt_regs(arch::thread_struct& t) { return *reinterpret_cast<pt_regs*>(t.regs.data()); }
inline const pt_regs& task_pt_regs(const arch::thread_struct& t) {
  return *reinterpret_cast<const pt_regs*>(t.regs.data());
}

inline constexpr uint64_t kUser32Cs = 0x23, kUserCs = 0x33, kUserDs = 0x2b;
