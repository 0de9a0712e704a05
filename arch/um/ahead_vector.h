// AheadCpu's vectors of 128 and 256 bits, and which instructions behind VEX, EVEX, 0F 38 and 0F 3A it
// knows: those of C libraries' string functions and their next relatives. For ahead_*.cpp alone. Each
// is known only if the CPU that this runs on has it: elsewhere it is an undefined instruction, and that
// one's to say so.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "arch/um/ahead_insn.h"

namespace um::vectors {

using Step = AheadStep;
using Outcome = AheadInsn::Outcome;
using Handler = AheadInsn::Handler;
using enum AheadInsn::Prefix;
using enum AheadInsn::Coding;

// A register, or an operand of its size: always as many bytes, whatever the instruction looks at. An
// instruction computes with all; writing back takes what counts.
using Vector = std::array<uint8_t, 32>;

template <class T>
using Elements = std::array<T, sizeof(Vector) / sizeof(T)>;
template <class T>
Elements<T> elements(const Vector& v) {
  return std::bit_cast<Elements<T>>(v);
}
template <class T>
Vector bytes_of(const Elements<T>& v) {
  return std::bit_cast<Vector>(v);
}

// What chooses an instruction, but for W.
constexpr unsigned key(unsigned map, unsigned prefix, unsigned op) {
  return map << 12 | prefix << 8 | op;
}
inline unsigned key(const AheadInsn& i) { return key(i.map, i.prefix, i.op); }
inline bool w(const AheadInsn& i) { return (i.rex & 8) != 0; }

// nullptr: not known. The first asks the others.
Handler handler_of(const AheadInsn& i);
Handler combination_of(const AheadInsn& i);
Handler move_of(const AheadInsn& i);
Handler text_search_of(const AheadInsn& i);
Handler mask_operation_of(const AheadInsn& i);
Handler bits_of_general_register(const AheadInsn& i);

}  // namespace um::vectors
