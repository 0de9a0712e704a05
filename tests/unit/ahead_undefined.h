// Which arithmetic flags the vendors' manuals leave undefined after an instruction: the real CPU
// may do there as it likes, and two of them differ. Everything else must agree.
#pragma once

#include <cstdint>

namespace um::oracle {

inline constexpr uint64_t kCf = 1, kPf = 4, kAf = 0x10, kZf = 0x40, kSf = 0x80, kDf = 0x400,
                          kOf = 0x800, kAllFlags = kCf | kPf | kAf | kZf | kSf | kDf | kOf;

// The opcode of an instruction and what follows it.
struct Taken {
  bool two = false, narrow = false, rep = false, repne = false;
  uint8_t rex = 0, op = 0, modrm = 0, count = 0;
  bool repeats() const { return rep && !two && op >= 0xa4 && op <= 0xaf; }
  unsigned form() const { return (modrm >> 3) & 7; }

  // `cl`: the register, for shifts by it.
  Taken(const uint8_t* p, bool wide, uint8_t cl) {
    for (;; ++p) {
      const uint8_t b = *p;
      if (b == 0x66)
        narrow = true;
      else if (b == 0xf3)
        rep = true;
      else if (b == 0xf2)
        repne = true;
      else if (b != 0xf0 && b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e && b != 0x64 &&
               b != 0x65)
        break;
    }
    while (wide && (*p & 0xf0) == 0x40) rex = *p++;
    two = *p == 0x0f;
    if (two) ++p;
    op = *p++;
    modrm = *p++;
    const unsigned mod = modrm >> 6, rm = modrm & 7;
    count = cl;
    const bool by_one = !two && (op == 0xd0 || op == 0xd1);
    const bool by_byte = two ? op == 0xa4 || op == 0xac || op == 0xba : op == 0xc0 || op == 0xc1;
    if (by_one) count = 1;
    if (!by_byte) return;
    const unsigned base = mod != 3 && rm == 4 ? *p++ & 7 : rm;
    const bool long_base = mod == 0 && base == 5;
    count = p[mod == 1 ? 1 : mod == 2 || long_base ? 4 : 0];
  }

  unsigned bits() const {
    const bool bytes = !two && (op & 1) == 0;
    return bytes ? 8 : (rex & 8) != 0 ? 64 : narrow ? 16 : 32;
  }

  uint64_t after_shift(bool rotates) const {
    const unsigned n = count & (bits() == 64 ? 63 : 31);
    if (n == 0) return 0;
    uint64_t f = n == 1 ? 0 : kOf;
    if (!rotates) f |= kAf;
    if (!rotates && n >= bits()) f |= kCf;
    if (two && n > bits()) f = kAllFlags & ~kDf;
    return f;
  }

  uint64_t undefined() const {
    constexpr uint64_t kBitTest = kOf | kSf | kAf | kPf;
    if (two) {
      switch (op) {
        case 0xa3:
        case 0xab:
        case 0xb3:
        case 0xbb:
        case 0xba: return kBitTest;
        case 0xa4:
        case 0xa5:
        case 0xac:
        case 0xad: return after_shift(false);
        case 0xaf: return kSf | kZf | kAf | kPf;
        case 0xbc:
        case 0xbd: return rep ? kOf | kSf | kPf | kAf : kCf | kBitTest;
        default: return 0;
      }
    }
    const auto logic = [](unsigned what) { return what == 1 || what == 4 || what == 6 ? kAf : 0; };
    if (op < 0x40) return logic(op >> 3);
    switch (op) {
      case 0x69:
      case 0x6b: return kSf | kZf | kAf | kPf;
      case 0x80:
      case 0x81:
      case 0x83: return logic(form());
      case 0x84:
      case 0x85:
      case 0xa8:
      case 0xa9: return kAf;
      case 0xc0:
      case 0xc1:
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3: return after_shift(form() < 4);
      case 0xf6:
      case 0xf7:
        if (form() < 2) return kAf;
        if (form() < 4) return 0;
        return form() < 6 ? kSf | kZf | kAf | kPf : kAllFlags & ~kDf;
      default: return 0;
    }
  }
};

}  // namespace um::oracle
