// The path through the guest's code that one translated block follows, and what is known along it. It
// goes through jumps, calls, returns from those calls and conditional branches: backwards they are taken
// to be taken, forwards not. Where the guess is wrong the block is left by a side exit. Known are
// constants, distances between registers, alignment, which stores lie so close that one look at the
// marks does for all, and which returns lead back for certain.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "arch/moxie/cpu/codemap.h"
#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

// The data access of an instruction: [r[reg] + offset, + bytes). A call frame is one of 8 bytes.
struct Access {
  uint8_t reg = 0;
  uint8_t bytes = 0;  // 0: none
  uint8_t alignment = 1;
  bool absolute = false;  // offset is the address
  bool write = false;
  int32_t offset = 0;
};
Access access_of(const Insn& insn);

inline constexpr int32_t kMarksNear = 96;  // of stores that share one look

struct TraceInsn {
  Insn insn;  // perhaps a simpler one that does the same here
  uint32_t pc = 0;
  uint32_t next = 0;  // behind it
  Access access;
  enum Flow : uint8_t {
    on,              // with the next one of the trace
    on_if_untaken,   // branches: with the next one, or by a side exit to `target`
    on_if_taken,     // with the next one, which is at `target`; or by a side exit to `next`
    skip_if_taken,   // without a jump: the next one of the trace only counts if this is not taken
    on_if_expected,  // jsr and ret: with the next one if that is at `target`, else out, to try again
    end,             // the trace ends: to `target`, `next`, or where a register or the frame says
  } flow = on;
  uint32_t target = 0;
  std::optional<uint32_t> constant_a, constant_b;  // what the operand registers hold before it

  bool aligned = false;  // its access, surely
  // A store looks at these marks: at `marks_bytes` from each of these distances from its own address on.
  std::vector<int32_t> marks;
  uint8_t marks_bytes = 0;

  // mov: a register becomes itself plus this. Calls: the same of $fp. Returns: of $sp and $fp; $fp's tells
  // that the saved one need not be loaded.
  std::optional<uint32_t> moves_by, fp_moves_by;
};

struct Trace {
  std::vector<TraceInsn> insns;  // none if the stepper has to do the first one
  std::vector<Range> code;
  // Where it goes on if the last instruction does not say.
  std::optional<uint32_t> falls_to;
};
Trace find_trace(const Memory& memory, const Registers& regs);

}  // namespace moxie
