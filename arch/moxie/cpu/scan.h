// Runs of instructions, as the engines cut the flat memory into blocks.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

constexpr bool is_branch(Op op) { return op >= Op::beq; }
constexpr bool ends_block(Op op) {
  return is_branch(op) || op == Op::jmp || op == Op::jmpa || op == Op::jsr || op == Op::jsra ||
         op == Op::ret;
}

// The instruction at pc; bad where there is none, or the stepper has to do it.
Insn plain_insn(const Memory& memory, uint32_t pc);

// The instructions from pc up to a jump, or up to what is not plain, or a hundred bytes or so.
std::vector<Insn> scan_block(const Memory& memory, uint32_t pc);

}  // namespace moxie
