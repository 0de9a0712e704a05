// An instruction as AheadCpu executes it: its bytes taken apart once, and kept for as long as the page that
// they lie in stays what it is. Nothing of it depends on registers or memory.
#pragma once

#include <cstdint>

namespace um {

struct AheadStep;

struct alignas(64) AheadInsn {
  enum Outcome : uint8_t { done, unknown, syscall, int80, sysenter };
  using Handler = Outcome (*)(AheadStep&);
  enum Segment : uint8_t { flat, fs, gs, cs };
  enum Coding : uint8_t { legacy, vex, evex };
  enum Prefix : uint8_t { p_none, p_66, p_f3, p_f2 };  // as VEX and EVEX number them
  static constexpr uint8_t kNone = 16;                 // as base or index
  static constexpr uint32_t kNotKept = ~0U;

  uint64_t rip = ~0ULL;  // where it lies, and AheadStep::mode
  Handler handler = nullptr;
  uint64_t value = 0;  // its immediate operand, the sign extended, or its absolute address
  int32_t displacement = 0;
  uint32_t serial = 0;  // the page's, when it was taken apart, or kNotKept
  uint8_t length = 0;
  bool long_mode = false;  // as 64-bit code
  bool known = false;      // false: not an instruction for AheadCpu
  bool two = false;        // op is behind 0F
  uint8_t op = 0;
  uint8_t rex = 0;  // 0: none
  bool narrow = false, rep = false, repne = false;
  bool short_address = false;  // 67 in 64-bit code: of 32 bits
  Segment segment = flat;
  uint8_t mod = 3, rm = 0, reg = 0;                // of ModRM or the opcode, with REX's bits
  uint8_t base = kNone, index = kNone, scale = 0;  // of the memory operand
  bool from_rip = false;
  Coding coding = legacy;
  uint8_t map = 0;         // of opcodes: one byte, behind 0F, 0F 38, 0F 3A
  Prefix prefix = p_none;  // VEX's, or what 66, F3, F2 say before 0F 38 and 0F 3A
  uint8_t other = 0;       // VEX.vvvv, a register
  uint8_t bytes = 16;      // of a vector
  uint8_t opmask = 0;      // 0: none
  bool zeroing = false;

  // Takes at most kLongest bytes apart.
  static constexpr unsigned kLongest = 16;
  static AheadInsn decode(const uint8_t* bytes, bool wide);
};

}  // namespace um
