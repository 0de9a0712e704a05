// AheadCpu's SSE: the operands of all, and the moves and shuffles. Whole registers of integers are in
// ahead_sse_whole.cpp, floating-point numbers in ahead_sse_float.cpp.
#include "arch/um/ahead_vector_operands.h"

namespace um {

using Outcome = AheadStep::Outcome;
using namespace sse;

Outcome AheadStep::sse_instruction() {
  const Known known = kKnown[op];
  if ((narrow ? 1 : 0) + (rep ? 1 : 0) + (repne ? 1 : 0) > 1) return unknown;
  form = narrow ? pd : rep ? ss : repne ? sd : ps;
  if ((known.forms >> form & 1) == 0) return unknown;
  if (cpu.fxsave_ == nullptr) cpu.fxsave_ = cpu.memory_.fxsave();
  if (cpu.fxsave_ == nullptr) return unknown;
  switch (known.kind) {
    case Known::whole: return sse_whole();
    case Known::real: return sse_float();
    default: return sse_move();
  }
}

// A whole one in memory is to be aligned, but for a few moves.
uint8_t* AheadStep::xmm_operand(unsigned size, Right right, bool aligned) {
  if (in_register()) return xmm(rm);
  if (aligned && (segment != flat || (effective() & 15) != 0)) return nullptr;
  return memory(size, right);
}

Outcome AheadStep::move_xmm(bool stores, bool aligned) {
  if (in_register()) {
    std::memmove(stores ? xmm(rm) : xmm(reg), stores ? xmm(reg) : xmm(rm), 16);
    return done;
  }
  if (stores) return store_vector(xmm(reg), 16, aligned, ~0ULL) ? done : unknown;
  std::array<uint8_t, 16> v;
  if (!load_vector(v.data(), 16, aligned)) return unknown;
  std::memcpy(xmm(reg), v.data(), v.size());
  return done;
}

// `size` bytes between memory and the register's part at `part`; a load clears the rest if `clears`.
Outcome AheadStep::move_part(bool stores, unsigned size, unsigned part, bool clears) {
  if (in_register()) return unknown;
  uint8_t* m = memory(size, stores ? AheadPage::kWrite : AheadPage::kRead);
  uint8_t* own = xmm(reg);
  if (m == nullptr) return unknown;
  if (stores) {
    std::memcpy(m, own + part, size);
  } else {
    if (clears) std::memset(own, 0, 16);
    std::memcpy(own + part, m, size);
  }
  return done;
}

// The bytes that `chosen` gives for each of 16 / size places.
static void shuffle(uint8_t* own, unsigned size, auto chosen) {
  std::array<uint8_t, 16> r;
  for (unsigned i = 0; i < 16 / size; ++i) std::memcpy(&r[size * i], chosen(i), size);
  std::memcpy(own, r.data(), r.size());
}

Outcome AheadStep::sse_move() {
  uint8_t* own = xmm(reg);
  const bool odd = (op & 1) != 0;  // a store, of two neighbours
  const auto clear_but_low = [](uint8_t* to, uint64_t low) {
    std::memset(to, 0, 16);
    store(to, 8, low);
  };
  const auto pick = [&](unsigned i, unsigned bits) {
    return control() >> (bits * i) & (bits * 2 - 1);
  };

  switch (op) {
    case 0x10:
    case 0x11:
      if (form == ps || form == pd) return move_xmm(odd, false);
      if (!in_register()) return move_part(odd, form == ss ? 4 : 8, 0, true);
      std::memmove(odd ? xmm(rm) : own, odd ? own : xmm(rm), form == ss ? 4 : 8);
      return done;
    case 0x12:
    case 0x13:
    case 0x16:
    case 0x17:
      if (!in_register()) return move_part(odd, 8, op >= 0x16 ? 8 : 0, false);
      if (odd || form != ps) return unknown;
      if (op == 0x12)  // movhlps, movlhps
        std::memcpy(own, xmm(rm) + 8, 8);
      else
        std::memcpy(own + 8, xmm(rm), 8);
      return done;
    case 0x28:
    case 0x29: return move_xmm(odd, true);
    case 0x6f:
    case 0x7f: return move_xmm(op == 0x7f, form == pd);
    case 0x6e: {
      const Place place(*this, (rex & 8) != 0 ? 8 : 4, AheadPage::kRead);
      if (!place.ok) return unknown;
      clear_but_low(own, place.get());
      return done;
    }
    case 0x7e: {
      if (form == ss) {  // movq, a load
        if (!in_register()) return move_part(false, 8, 0, true);
        clear_but_low(own, load(xmm(rm), 8));
        return done;
      }
      const Place place(*this, (rex & 8) != 0 ? 8 : 4, AheadPage::kWrite);
      if (!place.ok) return unknown;
      place.put(load(own, place.size));
      return done;
    }
    case 0xd6:
      if (!in_register()) return move_part(true, 8, 0, false);
      clear_but_low(xmm(rm), load(own, 8));
      return done;
    case 0x50:
    case 0xd7: {
      if (!in_register()) return unknown;
      const Xmm from = load_xmm(xmm(rm));
      uint64_t bits = 0;
      if (op == 0xd7)
        asm("pmovmskb %1, %k0" : "=r"(bits) : "x"(from));
      else if (form == pd)
        asm("movmskpd %1, %k0" : "=r"(bits) : "x"(from));
      else
        asm("movmskps %1, %k0" : "=r"(bits) : "x"(from));
      set_reg(reg, 4, bits);
      return done;
    }
    case 0xc4: {
      const Place place(*this, 2, AheadPage::kRead);
      if (!place.ok) return unknown;
      store(own + 2 * (control() & 7), 2, place.get());
      return done;
    }
    case 0xc5:
      if (!in_register()) return unknown;
      set_reg(reg, 4, load(xmm(rm) + 2 * (control() & 7), 2));
      return done;
    default: break;
  }

  // pshufd, pshufhw, pshuflw; shufps, shufpd.
  const uint8_t* m = xmm_operand(16, AheadPage::kRead, true);
  if (m == nullptr) return unknown;
  if (op == 0x70 && form == pd)
    shuffle(own, 4, [&](unsigned i) { return m + 4 * pick(i, 2); });
  else if (op == 0x70)
    shuffle(own, 2, [&](unsigned i) {
      const unsigned half = form == ss ? 4 : 0;
      return m + 2 * ((i & 4) == half ? half + pick(i & 3, 2) : i);
    });
  else if (form == ps)
    shuffle(own, 4, [&](unsigned i) { return (i < 2 ? own : m) + 4 * pick(i, 2); });
  else
    shuffle(own, 8, [&](unsigned i) { return (i < 1 ? own : m) + 8 * pick(i, 1); });
  return done;
}

}  // namespace um
