// What the translator knows about a block before it emits code: which registers hold constants, and
// which accesses are at fixed distances from each other, so that one check of alignment and bounds (and
// one look at the code lines) covers them all. If such a check fails, one of the accesses will fault,
// or wraps around: the stepper then does the block's instructions up to there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/moxie/cpu/insn.h"

namespace moxie {

// The data accesses of one instruction: [r[reg] + offset, + bytes). Calls and returns have two.
struct Access {
  uint8_t reg = 0;
  uint8_t bytes = 4;
  bool absolute = false;  // offset is the address
  bool write = false;
  int32_t offset = 0;
};
struct Accesses {
  std::array<Access, 2> of;
  unsigned count = 0;
};
Accesses accesses(const Insn& insn);

// Of one access. A window is relative to the access's register as it is then.
struct Check {
  bool windowed = false;        // part of a window: after its check the access cannot fail
  bool first = false;           // the window is checked here
  int32_t low = 0, length = 0;  // a multiple of `alignment`
  uint8_t alignment = 1;
  int32_t write_low = 0, write_length = 0;  // the stores of the window; 0: none
};

struct PlannedInsn {
  Insn insn;
  uint32_t pc = 0;
  std::optional<uint32_t> constant_a, constant_b;  // what the operand registers hold before it
  std::array<Check, 2> check;
};
// Without windows if `relocating`: neighbours may lie apart.
std::vector<PlannedInsn> plan(const std::vector<Insn>& insns, uint32_t pc, bool relocating);

}  // namespace moxie
