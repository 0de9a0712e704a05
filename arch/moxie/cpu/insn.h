// Moxie instructions as data: the opcode table of binutils (include/opcode/moxie.h, opcodes/moxie-opc.c)
// in the form that the decoder, the disassembler and both engines share. Three forms: 1 with two
// registers and a 16- or 32-bit immediate behind it, 2 with a register and eight bits, 3 a branch with a
// signed ten-bit distance in units of two bytes from its own end.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace moxie {

// Form 1 operations have their opcode's number; 0x40 + n is form 2, 0x44 + n form 3.
enum class Op : uint8_t {
  bad = 0x00, ldi_l = 0x01, mov = 0x02, jsra = 0x03, ret = 0x04, add = 0x05, push = 0x06, pop = 0x07,
  lda_l = 0x08, sta_l = 0x09, ld_l = 0x0a, st_l = 0x0b, ldo_l = 0x0c, sto_l = 0x0d, cmp = 0x0e, nop = 0x0f,
  sex_b = 0x10, sex_s = 0x11, zex_b = 0x12, zex_s = 0x13, umul_x = 0x14, mul_x = 0x15,
  jsr = 0x19, jmpa = 0x1a, ldi_b = 0x1b, ld_b = 0x1c, lda_b = 0x1d, st_b = 0x1e, sta_b = 0x1f,
  ldi_s = 0x20, ld_s = 0x21, lda_s = 0x22, st_s = 0x23, sta_s = 0x24, jmp = 0x25, and_ = 0x26, lshr = 0x27,
  ashl = 0x28, sub = 0x29, neg = 0x2a, or_ = 0x2b, not_ = 0x2c, ashr = 0x2d, xor_ = 0x2e, mul = 0x2f,
  swi = 0x30, div = 0x31, udiv = 0x32, mod = 0x33, umod = 0x34, brk = 0x35,
  ldo_b = 0x36, sto_b = 0x37, ldo_s = 0x38, sto_s = 0x39,
  inc = 0x40, dec = 0x41, gsr = 0x42, ssr = 0x43,
  beq = 0x44, bne = 0x45, blt = 0x46, bgt = 0x47, bltu = 0x48, bgtu = 0x49,
  bge = 0x4a, ble = 0x4b, bgeu = 0x4c, bleu = 0x4d,
};
inline constexpr unsigned kOps = 0x4e;

// How an operation is written; with the length this is all that the disassembler needs.
enum class Syntax : uint8_t {
  none,       // ret
  a,          // jsr $r0
  ab,         // add $r0, $r1
  a_imm,      // ldi.l $r0, 0x10
  imm_a,      // sta.l 0x10, $r0
  imm,        // swi 0x10
  target,     // jmpa, jsra, branches: an address
  a_mem_b,    // ld.l $r0, ($r1)
  mem_a_b,    // st.l ($r0), $r1
  a_ofs_b,    // ldo.l $r0, 0x8($r1)
  ofs_a_b,    // sto.l 0x8($r0), $r1
};

struct OpInfo {
  std::string_view name;  // empty: no such operation
  Syntax syntax = Syntax::none;
  uint8_t length = 2;
};
const OpInfo& info(Op op);

// One decoded instruction. imm: the 32-bit immediate; the sign-extended 16-bit offset; the eight bits of
// form 2; of a branch the distance in bytes from its end.
struct Insn {
  Op op = Op::bad;
  uint8_t a = 0, b = 0, length = 2;
  uint32_t imm = 0;
};

// From the first unit alone: imm is still missing where info(op).length > 2.
Insn decode_unit(uint16_t unit);

inline uint16_t load_be16(const std::byte* p) {
  return static_cast<uint16_t>(std::to_integer<unsigned>(p[0]) << 8 | std::to_integer<unsigned>(p[1]));
}
inline uint32_t load_be32(const std::byte* p) {
  return static_cast<uint32_t>(load_be16(p)) << 16 | load_be16(p + 2);
}
inline void store_be16(std::byte* p, uint32_t v) {
  p[0] = static_cast<std::byte>(v >> 8);
  p[1] = static_cast<std::byte>(v);
}
inline void store_be32(std::byte* p, uint32_t v) {
  store_be16(p, v >> 16);
  store_be16(p + 2, v);
}

// The whole instruction; `available` bytes are readable at p. A length above `available` in the result
// means that it was cut off and imm is not valid. available must be at least 2.
Insn decode(const std::byte* p, size_t available);

}  // namespace moxie
