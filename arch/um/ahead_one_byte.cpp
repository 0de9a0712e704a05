// AheadCpu's instructions of one opcode byte.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;

Outcome AheadStep::one_byte() {
  const unsigned size = (op & 1) == 0 ? 1 : operand();  // where the last bit says which
  const unsigned low = (op & 7u) | ((rex & 1) != 0 ? 8 : 0);
  if (rep || repne) {
    // rep means something to string instructions, pause and old returns; repne is a hint before branches.
    const bool string = op == 0xa4 || op == 0xa5 || op == 0xaa || op == 0xab;
    const bool branch = (op & 0xf0) == 0x70 || op == 0xe8 || op == 0xe9 || op == 0xeb ||
                        op == 0xc3 || op == 0xc2 || op == 0xff;
    if (rep && !string && op != 0x90 && op != 0xc3) return unknown;
    if (repne && !branch) return unknown;
  }
  switch (op) {
    case 0x00 ... 0x3f: return alu_form();
    case 0x40 ... 0x4f:  // not in 64-bit code: there these bytes are prefixes
      set_reg(low, operand(), count_by_one(get_reg(low, operand()), (op & 8) != 0, operand()));
      return done;
    case 0x50 ... 0x57: return !narrow && push(whole(low)) ? done : unknown;
    case 0x58 ... 0x5f: {
      const uint8_t* m = narrow ? nullptr : top();
      if (m == nullptr) return unknown;
      regs[os::kRsp] = mask_address(regs[os::kRsp] + word());
      set_reg(low, word(), load(m, word()));
      return done;
    }
    case 0x63: {  // movsxd
      if (!wide || narrow) return unknown;
      const Place from(*this, 4, AheadPage::kRead);
      if (!from.ok) return unknown;
      set_reg(reg, operand(), static_cast<uint64_t>(extend(from.get(), 4)));
      return done;
    }
    case 0x68:
    case 0x6a: return !narrow && push(value) ? done : unknown;
    case 0x69:
    case 0x6b: {
      const Place from(*this, operand(), AheadPage::kRead);
      return from.ok ? multiply(operand(), from.get(), value) : unknown;
    }
    case 0x70 ... 0x7f:
      if (narrow) return unknown;
      if (condition(op & 15)) go_to(behind() + value);
      return done;
    case 0x80:
    case 0x81:
    case 0x83: return group1();
    case 0x84:
    case 0x85: {
      const Place a(*this, size, AheadPage::kRead);
      if (!a.ok) return unknown;
      alu(4, a.get(), get_reg(reg, size), size);
      return done;
    }
    case 0x86:
    case 0x87: {
      const Place with(*this, size, AheadPage::kWrite);
      return with.ok ? exchange(reg, size, with) : unknown;
    }
    case 0x88:
    case 0x89: {
      const Place to(*this, size, AheadPage::kWrite);
      if (!to.ok) return unknown;
      to.put(get_reg(reg, size));
      return done;
    }
    case 0x8a:
    case 0x8b: {
      const Place from(*this, size, AheadPage::kRead);
      if (!from.ok) return unknown;
      set_reg(reg, size, from.get());
      return done;
    }
    case 0x8d:
      if (in_register()) return unknown;
      set_reg(reg, operand(), effective());
      return done;
    case 0x90 ... 0x97: {  // nop, pause, xchg
      if (op == 0x90 && (rep || (rex & 1) == 0)) return done;
      const uint64_t a = get_reg(0, operand());
      set_reg(0, operand(), get_reg(low, operand()));
      set_reg(low, operand(), a);
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
    case 0xa8:
    case 0xa9: alu(4, get_reg(0, size), value, size); return done;
    case 0xb0 ... 0xb7: set_reg(low, 1, value); return done;
    case 0xb8 ... 0xbf: set_reg(low, operand(), value); return done;
    case 0xc0:
    case 0xc1:
    case 0xd0 ... 0xd3: return shift();
    case 0xc2:
    case 0xc3: {
      const uint64_t more = op == 0xc2 ? value : 0;
      const uint8_t* m = narrow ? nullptr : top();
      if (m == nullptr || !reachable(load(m, word()))) return unknown;
      go_to(load(m, word()));
      regs[os::kRsp] = mask_address(regs[os::kRsp] + word() + more);
      return done;
    }
    case 0xc6:
    case 0xc7: {
      const Place to(*this, size, AheadPage::kWrite);
      if (!to.ok || (reg & 7) != 0) return unknown;
      to.put(value);
      return done;
    }
    case 0xc9: {  // leave
      const uint64_t bp = mask_address(regs[os::kRbp]);
      const uint8_t* m = narrow ? nullptr : at(bp, word(), AheadPage::kRead);
      if (m == nullptr) return unknown;
      regs[os::kRbp] = load(m, word());
      regs[os::kRsp] = mask_address(bp + word());
      return done;
    }
    case 0xcd: return !wide && (value & 0xff) == 0x80 ? int80 : unknown;
    case 0xe8:
    case 0xe9:
    case 0xeb:
      if (narrow || (op == 0xe8 && !push(behind()))) return unknown;
      go_to(behind() + value);
      return done;
    case 0xf6:
    case 0xf7: return group3();
    case 0xfc: set_flags(kDf, 0); return done;  // cld
    case 0xfe:
    case 0xff: return group5();
    default: return unknown;
  }
}

Outcome AheadStep::alu_form() {
  const unsigned what = op >> 3, size = (op & 1) == 0 ? 1 : operand();
  const unsigned form = op & 7;
  if (form >= 6) return unknown;
  if (form >= 4) {
    const uint64_t r = alu(what, get_reg(0, size), value, size);
    if (what != 7) set_reg(0, size, r);
    return done;
  }
  const bool to_rm = form < 2;
  const Place place(*this, size, to_rm && what != 7 ? AheadPage::kWrite : AheadPage::kRead);
  if (!place.ok) return unknown;
  const uint64_t a = place.get(), b = get_reg(reg, size);
  const uint64_t r = to_rm ? alu(what, a, b, size) : alu(what, b, a, size);
  if (what == 7) return done;
  if (to_rm)
    place.put(r);
  else
    set_reg(reg, size, r);
  return done;
}

Outcome AheadStep::group1() {
  const unsigned size = op == 0x80 ? 1 : operand(), what = reg & 7;
  const Place place(*this, size, what == 7 ? AheadPage::kRead : AheadPage::kWrite);
  if (!place.ok) return unknown;
  const uint64_t r = alu(what, place.get(), value, size);
  if (what != 7) place.put(r);
  return done;
}

// rol, ror, shl, shr, sar; not the rotations through the carry.
Outcome AheadStep::shift() {
  const unsigned size = (op & 1) == 0 ? 1 : operand(), bits = 8 * size, what = reg & 7;
  auto n = static_cast<unsigned>(op < 0xd0 ? value : op < 0xd2 ? 1 : get_reg(1, 8));
  n &= size == 8 ? 63 : 31;
  const Place place(*this, size, AheadPage::kWrite);
  if (!place.ok || what == 2 || what == 3) return unknown;
  const uint64_t a = place.get(), s = sign(size);
  if (n == 0) {
    place.put(a);  // a 32-bit register loses its upper half even so
    return done;
  }
  uint64_t r = 0, f = 0;
  if (what < 2) {
    const unsigned k = n % bits;
    if (what == 0) {
      r = k == 0 ? a : ((a << k) | (a >> (bits - k))) & mask(size);
      f = (r & 1) != 0 ? kCf : 0;
      if (((r & s) != 0) != ((r & 1) != 0)) f |= kOf;
    } else {
      r = k == 0 ? a : ((a >> k) | (a << (bits - k))) & mask(size);
      f = (r & s) != 0 ? kCf : 0;
      if (((r ^ (r << 1)) & s) != 0) f |= kOf;
    }
    set_flags(kCf | kOf, f);
  } else {
    bool carry = false;
    if (what == 4 || what == 6) {
      r = n >= 64 ? 0 : (a << n) & mask(size);
      carry = n <= bits && ((a >> (bits - n)) & 1) != 0;
      if (((r & s) != 0) != carry) f |= kOf;
    } else if (what == 5) {
      r = n >= bits ? 0 : a >> n;
      carry = n <= bits && ((a >> (n - 1)) & 1) != 0;
      if ((a & s) != 0) f |= kOf;
    } else {
      const int64_t v = extend(a, size);
      r = static_cast<uint64_t>(v >> std::min(n, 63u)) & mask(size);
      carry = ((v >> std::min(n - 1, 63u)) & 1) != 0;
    }
    if (carry) f |= kCf;
    set_flags(kArithmetic, f | result_flags(r, size));
  }
  place.put(r);
  return done;
}

// test, not, neg, mul, imul, div, idiv.
Outcome AheadStep::group3() {
  const unsigned size = op == 0xf6 ? 1 : operand(), what = reg & 7;
  const Place place(*this, size, what == 2 || what == 3 ? AheadPage::kWrite : AheadPage::kRead);
  if (!place.ok) return unknown;
  const uint64_t a = place.get();
  switch (what) {
    case 0:
    case 1: alu(4, a, value, size); return done;
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

// inc, dec, call, jmp, push.
Outcome AheadStep::group5() {
  const unsigned what = reg & 7;
  if (what < 2) {
    const unsigned size = op == 0xfe ? 1 : operand();
    const Place place(*this, size, AheadPage::kWrite);
    if (!place.ok || repne) return unknown;
    place.put(count_by_one(place.get(), what == 1, size));
    return done;
  }
  if (op == 0xfe || narrow || (what != 2 && what != 4 && what != 6)) return unknown;
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
