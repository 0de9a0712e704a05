// AheadCpu's instructions of one opcode byte that are not in ahead_common.cpp.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;

Outcome AheadStep::one_byte() {
  const unsigned size = (op & 1) == 0 ? 1 : operand();  // where the last bit says which
  switch (op) {
    case 0x69:
    case 0x6b: {
      const Place from(*this, operand(), AheadPage::kRead);
      return from.ok ? multiply(operand(), from.get(), value) : unknown;
    }
    case 0x86:
    case 0x87: {
      const Place with(*this, size, AheadPage::kWrite);
      return with.ok ? exchange(reg, size, with) : unknown;
    }
    case 0x90 ... 0x97: {  // nop, pause, xchg
      if (op == 0x90 && (rep || (rex & 1) == 0)) return done;
      const uint64_t a = get_reg(0, operand());
      set_reg(0, operand(), get_reg(rm, operand()));
      set_reg(rm, operand(), a);
      return done;
    }
    case 0x98: {  // cbw, cwde, cdqe
      const unsigned half = operand() / 2;
      set_reg(0, operand(), static_cast<uint64_t>(extend(get_reg(0, 8) & mask(half), half)));
      return done;
    }
    case 0x99:  // cwd, cdq, cqo
      set_reg(2, operand(), (get_reg(0, operand()) & sign(operand())) != 0 ? ~0ULL : 0);
      return done;
    case 0xa0:
    case 0xa1:
    case 0xa2:
    case 0xa3: {
      const bool stores = op >= 0xa2;
      uint8_t* m = memory_at(value, size, stores ? AheadPage::kWrite : AheadPage::kRead);
      if (m == nullptr) return unknown;
      if (stores)
        store(m, size, get_reg(0, size));
      else
        set_reg(0, size, load(m, size));
      return done;
    }
    case 0xa4:
    case 0xa5:
    case 0xaa:
    case 0xab: return strings();
    case 0xc9: {  // leave
      const uint64_t bp = mask_address(regs[os::kRbp]);
      const uint8_t* m = narrow ? nullptr : at(bp, word(), AheadPage::kRead);
      if (m == nullptr) return unknown;
      regs[os::kRbp] = load(m, word());
      regs[os::kRsp] = mask_address(bp + word());
      return done;
    }
    case 0xcd: return !wide && (value & 0xff) == 0x80 ? int80 : unknown;
    case 0xf6:
    case 0xf7: return group3();
    case 0xfc: set_flags(kDf, 0); return done;  // cld
    case 0xff: return group5();
    default: return unknown;
  }
}

// not, neg, mul, imul, div, idiv.
Outcome AheadStep::group3() {
  const unsigned size = op == 0xf6 ? 1 : operand(), what = reg & 7;
  const Place place(*this, size, what == 2 || what == 3 ? AheadPage::kWrite : AheadPage::kRead);
  if (!place.ok) return unknown;
  const uint64_t a = place.get();
  switch (what) {
    case 2: place.put(~a); return done;
    case 3: place.put(alu(5, 0, a, size)); return done;
    case 4:
    case 5: {
      if (size == 1) return unknown;
      const uint64_t by = get_reg(0, size);
      unsigned __int128 r = static_cast<unsigned __int128>(a) * by;
      bool fits = (r >> (8 * size)) == 0;
      if (what == 5) {
        const __int128 v = static_cast<__int128>(extend(a, size)) * extend(by, size);
        r = static_cast<unsigned __int128>(v);
        fits = v == extend(static_cast<uint64_t>(r) & mask(size), size);
      }
      set_reg(0, size, static_cast<uint64_t>(r));
      set_reg(2, size, static_cast<uint64_t>(r >> (8 * size)));
      set_flags(kCf | kOf, fits ? 0 : kCf | kOf);
      return done;
    }
    default: return divide(what == 7, size, a);
  }
}

// imul with two or three operands: into the register.
Outcome AheadStep::multiply(unsigned size, uint64_t a, uint64_t b) {
  const __int128 v = static_cast<__int128>(extend(a, size)) * extend(b & mask(size), size);
  const auto r = static_cast<uint64_t>(v);
  const bool fits = v == extend(r & mask(size), size);
  set_reg(reg, size, r);
  set_flags(kCf | kOf, fits ? 0 : kCf | kOf);
  return done;
}

// A quotient that does not fit is an exception, and so the real CPU's.
Outcome AheadStep::divide(bool is_signed, unsigned size, uint64_t by) const {
  if (size == 1 || by == 0) return unknown;
  const unsigned __int128 number =
      static_cast<unsigned __int128>(get_reg(2, size)) << (8 * size) | get_reg(0, size);
  if (!is_signed) {
    if (number / by > mask(size)) return unknown;
    set_reg(0, size, static_cast<uint64_t>(number / by));
    set_reg(2, size, static_cast<uint64_t>(number % by));
    return done;
  }
  const unsigned shift = 128 - 16 * size;
  const __int128 n = static_cast<__int128>(number << shift) >> shift;
  const __int128 d = extend(by, size);
  if (n == static_cast<__int128>(1) << 127) return unknown;
  const __int128 q = n / d;
  if (q != extend(static_cast<uint64_t>(q) & mask(size), size)) return unknown;
  set_reg(0, size, static_cast<uint64_t>(q));
  set_reg(2, size, static_cast<uint64_t>(n % d));
  return done;
}

// call, jmp, push.
Outcome AheadStep::group5() {
  const unsigned what = reg & 7;
  if (narrow || (what != 2 && what != 4 && what != 6)) return unknown;
  const Place place(*this, word(), AheadPage::kRead);
  if (!place.ok) return unknown;
  const uint64_t v = place.get();
  if (what == 6) return !repne && push(v) ? done : unknown;
  if (!reachable(v)) return unknown;
  if (what == 2 && !push(behind())) return unknown;
  go_to(v);
  return done;
}

Outcome AheadStep::exchange(unsigned n, unsigned size, const Place& with) const {
  const uint64_t a = with.get();
  with.put(get_reg(n, size));
  set_reg(n, size, a);
  return done;
}

// movs and stos, upwards. Each round is complete in itself: one that cannot be made here leaves the
// registers as the real CPU expects them.
Outcome AheadStep::strings() {
  if (flag(kDf) || repne || segment != flat) return unknown;
  const unsigned size = (op & 1) == 0 ? 1 : operand();
  const bool moves = op < 0xa8;
  constexpr uint64_t kMost = 1024;  // more is faster over there
  uint64_t& count = whole(1);
  if (!wide && (count >> 32) != 0) return unknown;
  if (rep && count > kMost) return unknown;
  for (uint64_t n = rep ? count : 1; n > 0; --n) {
    uint64_t &si = whole(6), &di = whole(7);
    const uint8_t* from = moves ? at(mask_address(si), size, AheadPage::kRead) : nullptr;
    if (moves && from == nullptr) return unknown;
    // Read now: a page that was remembered, and so not asked for, may have to go for the other.
    const uint64_t v = moves ? load(from, size) : get_reg(0, size);
    uint8_t* to = at(mask_address(di), size, AheadPage::kWrite);
    if (to == nullptr) return unknown;
    store(to, size, v);
    if (moves) si = mask_address(si + size);
    di = mask_address(di + size);
    if (rep) --count;
  }
  return done;
}

}  // namespace um
