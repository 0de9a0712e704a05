// AheadCpu's SSE: the moves and byte comparisons that compilers and C libraries write among integer
// code. None of them looks at MXCSR or can raise an exception but for an operand that is not aligned.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;

namespace {

using Bytes = std::array<uint8_t, 16>;
using Halves = std::array<uint64_t, 2>;

Bytes bytes_at(const uint8_t* m) {
  Bytes v;
  std::memcpy(v.data(), m, v.size());
  return v;
}

// The low halves of a and b, their parts of `size` bytes by turns.
Bytes interleave(const Bytes& a, const Bytes& b, unsigned size) {
  Bytes r{};
  for (unsigned i = 0; i < 8 / size; ++i) {
    std::memcpy(&r[2 * i * size], &a[i * size], size);
    std::memcpy(&r[(2 * i + 1) * size], &b[i * size], size);
  }
  return r;
}

Bytes combine(uint8_t op, const Bytes& a, const Bytes& b) {
  Bytes r{};
  for (unsigned i = 0; i < 16; ++i) {
    switch (op) {
      case 0x74: r[i] = a[i] == b[i] ? 0xff : 0; break;
      case 0xda: r[i] = std::min(a[i], b[i]); break;
      case 0xdb: r[i] = a[i] & b[i]; break;
      case 0xeb: r[i] = a[i] | b[i]; break;
      case 0xf8: r[i] = static_cast<uint8_t>(a[i] - b[i]); break;
      default: r[i] = a[i] ^ b[i]; break;
    }
  }
  return r;
}

}  // namespace

Outcome AheadStep::sse(uint8_t op) {
  modrm();
  const unsigned prefixes = (narrow ? 1 : 0) + (rep ? 1 : 0) + (repne ? 1 : 0);
  const uint8_t order = op == 0x70 ? take<uint8_t>() : 0;
  if (prefixes > 1) return unknown;
  if (cpu.xmm_ == nullptr) cpu.xmm_ = cpu.memory_.xmm();
  uint8_t* file = cpu.xmm_;
  if (file == nullptr) return unknown;
  uint8_t* own = file + 16 * reg;
  const bool plain = prefixes == 0, odd = (effective() & 15) != 0;

  // The other operand: a register, or so many bytes of memory.
  const auto other = [&](unsigned size, Right right, bool aligned) -> uint8_t* {
    if (in_register()) return file + 16 * rm;
    if (aligned && (odd || segment != flat)) return nullptr;
    return memory(size, right);
  };
  const auto move = [&](bool stores, bool aligned) {
    uint8_t* m = other(16, stores ? AheadPage::kWrite : AheadPage::kRead, aligned);
    if (m == nullptr) return unknown;
    if (stores)
      std::memmove(m, own, 16);
    else
      std::memmove(own, m, 16);
    return done;
  };
  // `size` bytes between memory and the register's part at `part`; a load clears the rest if `clears`.
  const auto move_part = [&](bool stores, unsigned size, unsigned part, bool clears) {
    if (in_register()) return unknown;
    uint8_t* m = memory(size, stores ? AheadPage::kWrite : AheadPage::kRead);
    if (m == nullptr) return unknown;
    if (stores) {
      std::memcpy(m, own + part, size);
    } else {
      if (clears) std::memset(own, 0, 16);
      std::memcpy(own + part, m, size);
    }
    return done;
  };

  switch (op) {
    case 0x10:
    case 0x11:
      if (rep || repne) return move_part(op == 0x11, rep ? 4 : 8, 0, true);
      return move(op == 0x11, false);
    case 0x12:
    case 0x13:
    case 0x16:
    case 0x17:
      if (rep || repne) return unknown;
      return move_part((op & 1) != 0, 8, op >= 0x16 ? 8 : 0, false);
    case 0x28:
    case 0x29: return rep || repne ? unknown : move(op == 0x29, true);
    case 0x6f:
    case 0x7f: return plain || repne ? unknown : move(op == 0x7f, narrow);
    case 0x6e:
    case 0x7e: {
      if (op == 0x7e && rep) {  // movq, a load
        if (!in_register()) return move_part(false, 8, 0, true);
        const uint64_t low = load(file + 16 * rm, 8);
        std::memset(own, 0, 16);
        store(own, 8, low);
        return done;
      }
      if (!narrow) return unknown;
      const unsigned size = (rex & 8) != 0 ? 8 : 4;
      narrow = false;  // it chose the instruction, not the operand's size
      const Place place(*this, size, op == 0x7e ? AheadPage::kWrite : AheadPage::kRead);
      if (!place.ok) return unknown;
      if (op == 0x7e) {
        place.put(load(own, size));
        return done;
      }
      const uint64_t v = place.get();
      std::memset(own, 0, 16);
      store(own, 8, v);
      return done;
    }
    case 0xd6:
      if (!narrow) return unknown;
      if (!in_register()) return move_part(true, 8, 0, false);
      {
        const uint64_t low = load(own, 8);
        std::memset(file + 16 * rm, 0, 16);
        store(file + 16 * rm, 8, low);
      }
      return done;
    case 0xd7: {
      if (!narrow || !in_register()) return unknown;
      uint64_t bits = 0;
      for (unsigned i = 0; i < 16; ++i) bits |= static_cast<uint64_t>(file[16 * rm + i] >> 7) << i;
      set_reg(reg, 4, bits);
      return done;
    }
    default: break;
  }

  // Two full operands. Without a prefix these are the MMX registers', but for xorps.
  if (rep || repne || (plain && op != 0x57)) return unknown;
  const uint8_t* m = other(16, AheadPage::kRead, true);
  if (m == nullptr) return unknown;
  const Bytes a = bytes_at(own), b = bytes_at(m);
  Bytes r{};
  if (op == 0x70)
    for (unsigned i = 0; i < 4; ++i) std::memcpy(&r[4 * i], &b[4 * ((order >> (2 * i)) & 3)], 4);
  else if (op == 0x6c || (op & 0xfc) == 0x60)
    r = interleave(a, b, op == 0x6c ? 8 : 1u << (op & 3));
  else
    r = combine(op, a, b);
  std::memcpy(own, r.data(), r.size());
  return done;
}

}  // namespace um
