// What generated code keeps where. Eleven of the guest's registers live in host registers all the time,
// the others, and the operands of the last cmp, in the frame that enter() makes on the host stack; so
// blocks can jump to each other without saving anything. r15 is the flat memory, r14 what is left of
// the budget; rax and rdx are scratch.
#pragma once

#include <xbyak/xbyak.h>

#include <array>

namespace moxie {

// What GCC uses most. -1: in the frame.
inline constexpr std::array<int, 16> kHost = {Xbyak::Operand::EBP,   // $fp
                                              Xbyak::Operand::EBX,   // $sp
                                              Xbyak::Operand::ESI,   // $r0: arguments
                                              Xbyak::Operand::EDI,   // $r1
                                              Xbyak::Operand::R8D,   // $r2
                                              Xbyak::Operand::R9D,   // $r3
                                              Xbyak::Operand::R10D,  // $r4
                                              -1,                    // $r5
                                              Xbyak::Operand::R11D,  // $r6: kept by calls
                                              Xbyak::Operand::R12D,  // $r7
                                              Xbyak::Operand::ECX,   // $r8
                                              -1,
                                              -1,
                                              -1,
                                              Xbyak::Operand::R13D,  // $r12: of epilogues
                                              -1};
constexpr bool in_host_register(unsigned reg) { return kHost[reg] >= 0; }

// Distances from rsp.
inline constexpr int kSlots = 0;  // the guest's registers that have no host register; 4 bytes each
inline constexpr int kCmpA = 64, kCmpB = 68;
inline constexpr int kPc = 72;                           // where the guest goes on, on the way out
inline constexpr int kRegs = 80, kSlice = 88;            // pointers: Registers, the slice
inline constexpr std::array<int, 2> kJumps = {96, 104};  // the jump tables, plain and relocating
inline constexpr int kRelocStart = 112, kRelocLen = 116, kRelocDelta = 120;
inline constexpr int kFrame = 136;  // with six saved registers and the return address: 16-aligned

}  // namespace moxie
