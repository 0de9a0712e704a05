// AheadCpu's instructions that begin with 0F, but for SSE's.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;

Outcome AheadStep::two_bytes() {
  const unsigned size = (op & 1) == 0 ? 1 : operand();
  switch (op) {
    case 0x05: return wide ? syscall : unknown;
    case 0x34: return wide ? unknown : sysenter;
    case 0xa3:
    case 0xab:
    case 0xb3:
    case 0xbb:
    case 0xba: return bit_test();
    case 0xa4:
    case 0xa5:
    case 0xac:
    case 0xad: return double_shift();
    case 0xaf: {
      const Place from(*this, operand(), AheadPage::kRead);
      return from.ok ? multiply(operand(), from.get(), get_reg(reg, operand())) : unknown;
    }
    case 0xb0:
    case 0xb1: {  // cmpxchg; what is left of a register that is not equal differs between vendors
      if (in_register()) return unknown;
      const Place place(*this, size, AheadPage::kWrite);
      if (!place.ok) return unknown;
      const uint64_t found = place.get(), wanted = get_reg(0, size), instead = get_reg(reg, size);
      alu(7, wanted, found, size);
      if (found == wanted) {
        place.put(instead);
      } else {
        place.put(found);
        set_reg(0, size, found);
      }
      return done;
    }
    case 0xc0:
    case 0xc1: {  // xadd
      const Place place(*this, size, AheadPage::kWrite);
      if (!place.ok) return unknown;
      const uint64_t a = place.get(), r = alu(0, a, get_reg(reg, size), size);
      set_reg(reg, size, a);
      place.put(r);
      return done;
    }
    case 0xb8:
    case 0xbc:
    case 0xbd: return bit_scan();
    case 0xc8 ... 0xcf: {  // bswap
      if (narrow) return unknown;
      const uint64_t v = get_reg(rm, 8);
      set_reg(rm, operand(),
              operand() == 8 ? __builtin_bswap64(v) : __builtin_bswap32(static_cast<uint32_t>(v)));
      return done;
    }
    default: return unknown;
  }
}

// bt, bts, btr, btc. With a bit number in a register a memory operand is a string of bits of any
// length: the real CPU's.
Outcome AheadStep::bit_test() {
  const bool by_number = op == 0xba;
  const unsigned what = by_number ? reg & 7 : ((op >> 3) & 3u) + 4;
  if (what < 4 || (!by_number && !in_register())) return unknown;
  const unsigned size = operand();
  const uint64_t n = (by_number ? value : get_reg(reg, size)) & (8 * size - 1);
  const Place place(*this, size, what == 4 ? AheadPage::kRead : AheadPage::kWrite);
  if (!place.ok) return unknown;
  const uint64_t a = place.get(), bit = 1ULL << n;
  set_flags(kCf, (a & bit) != 0 ? kCf : 0);
  if (what == 5) place.put(a | bit);
  if (what == 6) place.put(a & ~bit);
  if (what == 7) place.put(a ^ bit);
  return done;
}

// shld, shrd.
Outcome AheadStep::double_shift() {
  const unsigned size = operand(), bits = 8 * size;
  auto n = static_cast<unsigned>((op & 1) == 0 ? value : get_reg(1, 8));
  n &= size == 8 ? 63 : 31;
  const Place place(*this, size, AheadPage::kWrite);
  if (!place.ok || size == 2) return unknown;
  const uint64_t a = place.get(), b = get_reg(reg, size);
  if (n == 0) {
    place.put(a);
    return done;
  }
  const bool left = op < 0xa8;
  const uint64_t r =
      (left ? (a << n) | (b >> (bits - n)) : (a >> n) | (b << (bits - n))) & mask(size);
  uint64_t f = result_flags(r, size);
  if (((left ? a >> (bits - n) : a >> (n - 1)) & 1) != 0) f |= kCf;
  if (((a ^ r) & sign(size)) != 0) f |= kOf;
  set_flags(kArithmetic, f);
  place.put(r);
  return done;
}

// popcnt; bsf and bsr, or with the prefix tzcnt and lzcnt, which older CPUs take for the former.
Outcome AheadStep::bit_scan() {
  const unsigned size = operand();
  const Place from(*this, size, AheadPage::kRead);
  static const bool bmi = __builtin_cpu_supports("bmi"), lzcnt = __builtin_cpu_supports("lzcnt");
  if (!from.ok || (op == 0xb8 && !rep)) return unknown;
  const uint64_t a = from.get();
  if (op == 0xb8) {
    set_reg(reg, size, static_cast<uint64_t>(__builtin_popcountll(a)));
    set_flags(kArithmetic, a == 0 ? kZf : 0);
    return done;
  }
  if (rep) {
    if (!(op == 0xbc ? bmi : lzcnt)) return unknown;
    const unsigned bits = 8 * size;
    const auto zeros = a == 0
                           ? bits
                           : static_cast<unsigned>(op == 0xbc ? __builtin_ctzll(a)
                                                              : __builtin_clzll(a << (64 - bits)));
    set_reg(reg, size, zeros);
    set_flags(kCf | kZf, (a == 0 ? kCf : 0) | (zeros == 0 ? kZf : 0));
    return done;
  }
  if (a == 0) return unknown;  // the destination is what the vendor makes of it
  const int n = op == 0xbc ? __builtin_ctzll(a) : 63 - __builtin_clzll(a);
  set_reg(reg, size, static_cast<uint64_t>(n));
  set_flags(kZf, 0);
  return done;
}

}  // namespace um
