// One instruction of AheadCpu: its bytes taken apart, and operands by size. For ahead_*.cpp alone.
// Everything that a step changes it changes last: until then it may give up and nothing has happened.
#pragma once

#include <algorithm>
#include <cstring>

#include "arch/um/ahead_cpu.h"
#include "arch/um/os-Linux/ptrace.h"

namespace um {

struct AheadStep {
  using Right = AheadPage::Right;
  enum Outcome : uint8_t { done, unknown, syscall, int80, sysenter };
  static constexpr uint64_t kCf = 1, kPf = 4, kAf = 0x10, kZf = 0x40, kSf = 0x80, kDf = 0x400,
                            kOf = 0x800, kArithmetic = kCf | kPf | kAf | kZf | kSf | kOf;

  AheadStep(AheadCpu& c, uint64_t* r, uint32_t gs)
      : cpu(c), regs(r), gs_base(gs), wide(r[os::kCs] == os::kUserCs64) {}

  AheadCpu& cpu;
  uint64_t* regs;
  uint32_t gs_base;
  bool wide;  // 64-bit code

  // ---- the instruction's bytes
  std::array<uint8_t, 16> window{};
  const uint8_t* p = nullptr;
  uint64_t rip = 0, jump = 0;  // jump: where it goes on, if not behind itself
  bool jumps = false;
  uint8_t rex = 0;  // 0: none
  bool narrow = false, rep = false, repne = false, lock = false;
  enum Segment : uint8_t { flat, fs, gs, cs } segment = flat;
  uint8_t mod = 0, rm = 0;
  unsigned reg = 0;
  uint64_t offset = 0;  // of the memory operand, before the segment's base
  bool from_rip = false;

  bool ordinary() const;
  bool fetch();
  Outcome execute();
  Outcome one_byte(uint8_t op);
  Outcome two_bytes(uint8_t op);
  Outcome sse(uint8_t op);

  // ---- taking it apart
  template <class T>
  T take() {
    T v;
    std::memcpy(&v, p, sizeof v);
    p += sizeof v;
    return v;
  }
  // An immediate operand: at most four bytes, its sign extended.
  uint64_t immediate(unsigned size) {
    const int64_t v = size == 1 ? take<int8_t>() : size == 2 ? take<int16_t>() : take<int32_t>();
    return static_cast<uint64_t>(v);
  }
  void modrm();
  bool in_register() const { return mod == 3; }
  unsigned word() const { return wide ? 8 : 4; }
  unsigned operand() const { return (rex & 8) != 0 ? 8 : narrow ? 2 : 4; }
  uint64_t mask_address(uint64_t a) const { return wide ? a : static_cast<uint32_t>(a); }
  uint64_t behind() const { return mask_address(rip + static_cast<uint64_t>(p - window.data())); }
  uint64_t effective() const { return mask_address(offset + (from_rip ? behind() : 0)); }
  // A jump out of the user's addresses is an exception at the jump.
  bool reachable(uint64_t where) const { return !wide || where < kTaskSize; }
  void go_to(uint64_t where) {
    jump = mask_address(where);
    jumps = true;
  }

  // ---- operands; false or nullptr: not to be had here
  static uint64_t mask(unsigned size) { return size == 8 ? ~0ULL : (1ULL << (8 * size)) - 1; }
  static uint64_t sign(unsigned size) { return 1ULL << (8 * size - 1); }
  static int64_t extend(uint64_t v, unsigned size) {
    const unsigned shift = 64 - 8 * size;
    return static_cast<int64_t>(v << shift) >> shift;
  }
  uint64_t& whole(unsigned n) const;
  uint64_t get_reg(unsigned n, unsigned size) const;
  void set_reg(unsigned n, unsigned size, uint64_t v) const;
  uint8_t* at(uint64_t address, unsigned size, Right right);
  // The memory operand, with its segment.
  uint8_t* memory(unsigned size, Right right);
  static uint64_t load(const uint8_t* from, unsigned size) {
    uint64_t v = 0;
    std::memcpy(&v, from, size);
    return v;
  }
  static void store(uint8_t* to, unsigned size, uint64_t v) { std::memcpy(to, &v, size); }

  // The operand that ModRM names, opened once, read and written through.
  struct Place {
    AheadStep& step;
    unsigned size;
    uint8_t* m = nullptr;
    bool ok;
    Place(AheadStep& s, unsigned bytes, Right right) : step(s), size(bytes) {
      if (!s.in_register()) m = s.memory(bytes, right);
      ok = s.in_register() || m != nullptr;
    }
    uint64_t get() const { return m != nullptr ? load(m, size) : step.get_reg(step.rm, size); }
    void put(uint64_t v) const {
      if (m != nullptr)
        store(m, size, v);
      else
        step.set_reg(step.rm, size, v);
    }
  };

  bool push(uint64_t v);
  uint8_t* top();  // of the stack, to be read

  // ---- arithmetic: the result, flags set
  uint64_t& flags() const { return regs[os::kEflags]; }
  bool flag(uint64_t f) const { return (flags() & f) != 0; }
  void set_flags(uint64_t which, uint64_t to) const { flags() = (flags() & ~which) | (to & which); }
  static uint64_t result_flags(uint64_t r, unsigned size);
  uint64_t alu(unsigned op, uint64_t a, uint64_t b, unsigned size) const;
  uint64_t count_by_one(uint64_t a, bool down, unsigned size) const;
  bool condition(uint8_t cc) const;

  Outcome alu_form(uint8_t op);
  Outcome group1(uint8_t op);
  Outcome shift(uint8_t op);
  Outcome group3(uint8_t op);
  Outcome group5(uint8_t op);
  Outcome multiply(unsigned size, uint64_t a, uint64_t b);
  Outcome divide(bool is_signed, unsigned size, uint64_t by) const;
  Outcome strings(uint8_t op);
  Outcome exchange(unsigned n, unsigned size, const Place& with) const;
  Outcome double_shift(uint8_t op);
  Outcome bit_test(uint8_t op);
  Outcome bit_scan(uint8_t op);
  Outcome widen(uint8_t op);
  bool lockable(bool two, uint8_t op) const;
};

}  // namespace um
