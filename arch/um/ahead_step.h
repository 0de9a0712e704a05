// One instruction of AheadCpu, and operands by size. For ahead_*.cpp alone.
// Everything that a step changes it changes last: until then it may give up and nothing has happened.
#pragma once

#include <algorithm>
#include <cstring>

#include "arch/um/ahead_cpu.h"
#include "arch/um/ahead_sse.h"
#include "arch/um/ahead_vector.h"
#include "arch/um/os-Linux/ptrace.h"

namespace um {

struct AheadStep : AheadInsn {
  using Right = AheadPage::Right;
  static constexpr uint64_t kCf = 1, kPf = 4, kAf = 0x10, kZf = 0x40, kSf = 0x80, kDf = 0x400,
                            kOf = 0x800, kArithmetic = kCf | kPf | kAf | kZf | kSf | kOf;

  AheadStep(AheadCpu& c, uint64_t* r, uint32_t gs)
      : cpu(c),
        regs(r),
        gs_base(gs),
        wide(r[os::kCs] == os::kUserCs64),
        mode(wide ? 0 : 1ULL << 63) {}

  AheadCpu& cpu;
  uint64_t* regs;
  uint32_t gs_base;
  bool wide;                        // 64-bit code
  uint64_t mode;                    // a bit that no address of 32-bit code has, for such
  uint64_t next = 0;                // where it goes on
  const AheadPage* code = nullptr;  // where the last instruction was

  bool ordinary() const;
  bool fetch();
  bool fetch_anew();
  static Handler handler_of(const AheadInsn& insn);
  Outcome function();
  Outcome one_byte();
  Outcome two_bytes();

  // ---- what the instruction says
  bool in_register() const { return mod == 3; }
  unsigned word() const { return wide ? 8 : 4; }
  unsigned operand() const { return (rex & 8) != 0 ? 8 : narrow ? 2 : 4; }
  uint64_t mask_address(uint64_t a) const { return wide ? a : static_cast<uint32_t>(a); }
  uint64_t behind() const { return mask_address(rip + length); }
  // Of the memory operand, before the segment's base.
  uint64_t effective() const {
    uint64_t address = static_cast<uint64_t>(static_cast<int64_t>(displacement));
    if (base != kNone) address += whole(base);
    if (index != kNone) address += whole(index) << scale;
    return mask_address(address + (from_rip ? behind() : 0));
  }
  // A jump out of the user's addresses is an exception at the jump, but for a function there.
  bool reachable(uint64_t where) const {
    return !wide || where < kTaskSize || cpu.memory_.function(where) != os::VdsoFunction::none;
  }
  void go_to(uint64_t where) { next = mask_address(where); }

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
  uint8_t* memory(unsigned size, Right right) { return memory_at(effective(), size, right); }
  uint8_t* memory_at(uint64_t offset, unsigned size, Right right);
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
  // What `lahf; seto %al` left in ax.
  static uint64_t flags_of(uint32_t ax) { return (ax >> 8 & 0xff) | (ax & 0xff) << 11; }
  // add, or, adc, sbb, and, sub, xor, cmp, by their number.
  uint64_t alu(unsigned what, uint64_t a, uint64_t b, unsigned size) const;
  bool condition(uint8_t cc) const;

  Outcome group3();
  Outcome group5();
  Outcome multiply(unsigned size, uint64_t a, uint64_t b);
  Outcome divide(bool is_signed, unsigned size, uint64_t by) const;
  Outcome strings();
  Outcome exchange(unsigned n, unsigned size, const Place& with) const;
  Outcome double_shift();
  Outcome bit_test();
  Outcome bit_scan();

  // ---- SSE
  sse::Form form = sse::ps;
  uint8_t control() const { return static_cast<uint8_t>(value); }  // the immediate operand
  uint8_t* xmm(unsigned n) const { return cpu.fxsave_ + 160 + 16 * n; }
  uint8_t* xmm_operand(unsigned size, Right right, bool aligned);
  Outcome sse_instruction();
  Outcome sse_move();
  Outcome move_xmm(bool stores, bool aligned);
  Outcome move_part(bool stores, unsigned size, unsigned part, bool clears);
  Outcome sse_whole();
  Outcome shift_by_immediate();
  Outcome sse_float();

  // ---- vectors (ahead_vector.h)
  bool vectors_ready(bool all);
  vectors::Vector vector(unsigned n) const;
  void set_vector(unsigned n, const vectors::Vector& v) const;
  void zero_vectors(bool all_of_them) const;
  bool vector_operand(vectors::Vector& v, unsigned size, bool aligned, uint64_t which = ~0ULL);
  bool load_vector(uint8_t* to, unsigned size, bool aligned, uint64_t which = ~0ULL);
  bool store_vector(const uint8_t* from, unsigned size, bool aligned, uint64_t which);
  bool misplaced(unsigned size) const;
  uint64_t opmask_of(unsigned n) const { return load(cpu.vectors_.masks + 8 * n, 8); }
  void set_opmask(unsigned n, uint64_t v) const { store(cpu.vectors_.masks + 8 * n, 8, v); }
};

// ---- what nearly every instruction does: inline, a function call is a third of its time ----

inline uint64_t& AheadStep::whole(unsigned n) const {
  static constexpr std::array<uint8_t, 16> kWords = {
      os::kRax, os::kRcx, os::kRdx, os::kRbx, os::kRsp, os::kRbp, os::kRsi, os::kRdi,
      os::kR8,  os::kR9,  os::kR10, os::kR11, os::kR12, os::kR13, os::kR14, os::kR15};
  return regs[kWords[n]];
}

inline uint64_t AheadStep::get_reg(unsigned n, unsigned size) const {
  if (size == 1 && rex == 0 && n >= 4) return (whole(n - 4) >> 8) & 0xff;
  return whole(n) & mask(size);
}

inline void AheadStep::set_reg(unsigned n, unsigned size, uint64_t v) const {
  if (size >= 4) {
    whole(n) = v & mask(size);
  } else if (size == 1 && rex == 0 && n >= 4) {
    uint64_t& w = whole(n - 4);
    w = (w & ~0xff00ULL) | ((v & 0xff) << 8);
  } else {
    uint64_t& w = whole(n);
    w = (w & ~mask(size)) | (v & mask(size));
  }
}

inline uint8_t* AheadStep::at(uint64_t address, unsigned size, Right right) {
  const uint64_t inside = address % kPage, base = address - inside;
  if (inside + size > kPage) return nullptr;
  AheadPage*& entry = cpu.tlb_[address / kPage % cpu.tlb_.size()];
  if (entry == nullptr || entry->address != base || (entry->rights & right) == 0) {
    entry = cpu.memory_.page(base, right);
    if (entry == nullptr) return nullptr;
  }
  if (right == AheadPage::kWrite) entry->written(inside, size);
  return entry->bytes + inside;
}

inline uint8_t* AheadStep::memory_at(uint64_t address, unsigned size, Right right) {
  if (segment == cs && right == AheadPage::kWrite) return nullptr;   // code is not to be written
  if (segment == gs && !wide && regs[os::kGs] <= 3) return nullptr;  // a null selector
  if (segment == fs) address += regs[os::kFsBase];
  if (segment == gs) address += wide ? regs[os::kGsBase] : gs_base;
  return at(mask_address(address), size, right);
}

inline bool AheadStep::push(uint64_t v) {
  const uint64_t sp = mask_address(regs[os::kRsp] - word());
  uint8_t* m = at(sp, word(), AheadPage::kWrite);
  if (m == nullptr) return false;
  store(m, word(), v);
  regs[os::kRsp] = sp;
  return true;
}

inline uint8_t* AheadStep::top() {
  return at(mask_address(regs[os::kRsp]), word(), AheadPage::kRead);
}

inline uint64_t AheadStep::result_flags(uint64_t r, unsigned size) {
  uint64_t f = 0;
  if ((r & mask(size)) == 0) f |= kZf;
  if ((r & sign(size)) != 0) f |= kSf;
  if (__builtin_parity(static_cast<unsigned>(r & 0xff)) == 0) f |= kPf;
  return f;
}

inline bool AheadStep::condition(uint8_t cc) const {
  bool yes = false;
  switch ((cc >> 1) & 7) {
    case 0: yes = flag(kOf); break;
    case 1: yes = flag(kCf); break;
    case 2: yes = flag(kZf); break;
    case 3: yes = flag(kCf | kZf); break;
    case 4: yes = flag(kSf); break;
    case 5: yes = flag(kPf); break;
    case 6: yes = flag(kSf) != flag(kOf); break;
    case 7: yes = flag(kZf) || flag(kSf) != flag(kOf); break;
  }
  return yes != ((cc & 1) != 0);
}

}  // namespace um
