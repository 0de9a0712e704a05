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
  static constexpr uint8_t kNone = 16;  // as base or index
  static constexpr uint32_t kNotKept = ~0U;

  uint64_t rip = ~0ULL;  // where it lies
  Handler handler = nullptr;
  uint64_t value = 0;  // its immediate operand, the sign extended, or its absolute address
  int32_t displacement = 0;
  uint32_t serial = 0;  // the page's, when it was taken apart, or kNotKept
  uint8_t length = 0;
  bool long_mode = false;  // as 64-bit code
  bool known = false;      // false: not an instruction for AheadCpu
  bool two = false;        // op is the byte behind 0F
  uint8_t op = 0;
  uint8_t rex = 0;  // 0: none
  bool narrow = false, rep = false, repne = false;
  Segment segment = flat;
  uint8_t mod = 3, rm = 0, reg = 0;                // of ModRM or the opcode, with REX's bits
  uint8_t base = kNone, index = kNone, scale = 0;  // of the memory operand
  bool from_rip = false;

  // Takes at most kLongest bytes apart.
  static constexpr unsigned kLongest = 16;
  static AheadInsn decode(const uint8_t* bytes, bool wide);
};

}  // namespace um
