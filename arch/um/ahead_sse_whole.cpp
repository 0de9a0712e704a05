// AheadCpu's SSE2 on whole registers, as integers or bits: the CPU that this runs on computes. None of
// them looks at MXCSR or can raise an exception but for an operand that is not aligned.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;
using namespace sse;

#define COMPUTE(op, name) \
  case op: asm(name " %1, %0" : "+x"(a) : "x"(b)); break

// What stands behind 66 0F.
static Xmm combine(uint8_t op, Xmm a, Xmm b) {
  switch (op) {
    COMPUTE(0x60, "punpcklbw");
    COMPUTE(0x61, "punpcklwd");
    COMPUTE(0x62, "punpckldq");
    COMPUTE(0x63, "packsswb");
    COMPUTE(0x64, "pcmpgtb");
    COMPUTE(0x65, "pcmpgtw");
    COMPUTE(0x66, "pcmpgtd");
    COMPUTE(0x67, "packuswb");
    COMPUTE(0x68, "punpckhbw");
    COMPUTE(0x69, "punpckhwd");
    COMPUTE(0x6a, "punpckhdq");
    COMPUTE(0x6b, "packssdw");
    COMPUTE(0x6c, "punpcklqdq");
    COMPUTE(0x6d, "punpckhqdq");
    COMPUTE(0x74, "pcmpeqb");
    COMPUTE(0x75, "pcmpeqw");
    COMPUTE(0x76, "pcmpeqd");
    COMPUTE(0xd1, "psrlw");
    COMPUTE(0xd2, "psrld");
    COMPUTE(0xd3, "psrlq");
    COMPUTE(0xd4, "paddq");
    COMPUTE(0xd5, "pmullw");
    COMPUTE(0xd8, "psubusb");
    COMPUTE(0xd9, "psubusw");
    COMPUTE(0xda, "pminub");
    COMPUTE(0xdb, "pand");
    COMPUTE(0xdc, "paddusb");
    COMPUTE(0xdd, "paddusw");
    COMPUTE(0xde, "pmaxub");
    COMPUTE(0xdf, "pandn");
    COMPUTE(0xe0, "pavgb");
    COMPUTE(0xe1, "psraw");
    COMPUTE(0xe2, "psrad");
    COMPUTE(0xe3, "pavgw");
    COMPUTE(0xe4, "pmulhuw");
    COMPUTE(0xe5, "pmulhw");
    COMPUTE(0xe8, "psubsb");
    COMPUTE(0xe9, "psubsw");
    COMPUTE(0xea, "pminsw");
    COMPUTE(0xeb, "por");
    COMPUTE(0xec, "paddsb");
    COMPUTE(0xed, "paddsw");
    COMPUTE(0xee, "pmaxsw");
    COMPUTE(0xef, "pxor");
    COMPUTE(0xf1, "psllw");
    COMPUTE(0xf2, "pslld");
    COMPUTE(0xf3, "psllq");
    COMPUTE(0xf4, "pmuludq");
    COMPUTE(0xf5, "pmaddwd");
    COMPUTE(0xf6, "psadbw");
    COMPUTE(0xf8, "psubb");
    COMPUTE(0xf9, "psubw");
    COMPUTE(0xfa, "psubd");
    COMPUTE(0xfb, "psubq");
    COMPUTE(0xfc, "paddb");
    COMPUTE(0xfd, "paddw");
    COMPUTE(0xfe, "paddd");
  }
  return a;
}

#undef COMPUTE

// Those that are said to be for floating-point numbers do with the bits what others do too: unpckl,
// unpckh, and, andn, or, xor.
static uint8_t same_for_integers(uint8_t op, Form form) {
  switch (op) {
    case 0x14: return form == pd ? 0x6c : 0x62;
    case 0x15: return form == pd ? 0x6d : 0x6a;
    case 0x54: return 0xdb;
    case 0x55: return 0xdf;
    case 0x56: return 0xeb;
    case 0x57: return 0xef;
    default: return op;
  }
}

Outcome AheadStep::sse_whole() {
  if (op >= 0x71 && op <= 0x73) return shift_by_immediate();
  const uint8_t* m = xmm_operand(16, AheadPage::kRead, true);
  if (m == nullptr) return unknown;
  uint8_t* own = xmm(reg);
  store_xmm(own, combine(same_for_integers(op, form), load_xmm(own), load_xmm(m)));
  return done;
}

// By the immediate operand: psrl, psra, psll of words and wider, psrldq, pslldq of bytes.
Outcome AheadStep::shift_by_immediate() {
  if (!in_register()) return unknown;
  const unsigned what = reg & 7;
  uint8_t* own = xmm(rm);
  if (op == 0x73 && (what == 3 || what == 7)) {
    const unsigned n = std::min<unsigned>(control(), 16);
    std::array<uint8_t, 16> r{};
    std::copy_n(own + (what == 3 ? n : 0), 16 - n, r.begin() + (what == 3 ? 0 : n));
    std::memcpy(own, r.data(), r.size());
    return done;
  }
  const bool arithmetic = what == 4 && op != 0x73;
  if (what != 2 && !arithmetic && what != 6) return unknown;
  // The same, their number in a register, is 16 times this further on, at D1, E1 or F1.
  const auto by_register = static_cast<uint8_t>(0xd0 + 8 * (what - 2) + (op & 3));
  store_xmm(own, combine(by_register, load_xmm(own), Xmm{control(), 0}));
  return done;
}

}  // namespace um
