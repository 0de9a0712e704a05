// Which SSE and SSE2 instructions AheadCpu knows, and what the files that execute them share. For
// ahead_*.cpp alone. Those of the MMX registers are not among them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace um::sse {

// A register's sixteen bytes, as `asm` takes them.
using Xmm = uint64_t __attribute__((vector_size(16)));

// No prefix, 66, F3 or F2 chooses among four instructions of one number.
enum Form : uint8_t { ps, pd, ss, sd };

struct Known {
  // Moves and shuffles; whole registers of integers or bits; what looks at MXCSR.
  enum Kind : uint8_t { none, move, whole, real } kind = none;
  uint8_t forms = 0;  // a bit each
};

inline constexpr auto kKnown = [] {
  constexpr unsigned kPs = 1 << ps, kPd = 1 << pd, kSs = 1 << ss, kSd = 1 << sd, kAll = 15;
  std::array<Known, 256> known{};
  const auto add = [&](Known::Kind kind, unsigned forms, auto... ops) {
    ((known[static_cast<unsigned>(ops)] = {kind, static_cast<uint8_t>(forms)}), ...);
  };
  add(Known::move, kAll, 0x10, 0x11);
  add(Known::move, kPs | kPd, 0x12, 0x13, 0x16, 0x17, 0x28, 0x29, 0x50, 0xc6);
  add(Known::move, kPd | kSs, 0x6f, 0x7e, 0x7f);
  add(Known::move, kPd | kSs | kSd, 0x70);
  add(Known::move, kPd, 0x6e, 0xc4, 0xc5, 0xd6, 0xd7);

  for (unsigned op = 0xd1; op <= 0xfe; ++op)  // but for the moves, and what is not SSE2
    if (op != 0xd6 && op != 0xd7 && op != 0xe6 && op != 0xe7 && op != 0xf0 && op != 0xf7)
      add(Known::whole, kPd, op);
  for (unsigned op = 0x60; op <= 0x6d; ++op) add(Known::whole, kPd, op);
  add(Known::whole, kPd, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76);
  add(Known::whole, kPs | kPd, 0x14, 0x15, 0x54, 0x55, 0x56, 0x57);

  add(Known::real, kAll, 0x51, 0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5e, 0x5f, 0xc2);
  add(Known::real, kPs | kPd, 0x2e, 0x2f);
  add(Known::real, kSs | kSd, 0x2a, 0x2c, 0x2d);
  add(Known::real, kPs | kSs, 0x52, 0x53);
  add(Known::real, kPs | kPd | kSs, 0x5b);
  add(Known::real, kPd | kSs | kSd, 0xe6);
  return known;
}();

inline Xmm load_xmm(const uint8_t* from, unsigned size = sizeof(Xmm)) {
  Xmm v{};
  std::memcpy(&v, from, size);
  return v;
}
inline void store_xmm(uint8_t* to, Xmm v) { std::memcpy(to, &v, sizeof v); }

}  // namespace um::sse
