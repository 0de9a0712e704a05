// The opcode table and the decoder (binutils 2.40, opcodes/moxie-opc.c). What the table has no name
// for is illegal, whatever its operand bits are; unused operand bits of a legal one are ignored, as
// the assembler's own disassembler and the simulator do.
#include "arch/moxie/cpu/insn.h"

#include <initializer_list>

namespace moxie {

namespace {

struct Row {
  Op op;
  OpInfo info;
};

constexpr std::array<OpInfo, 256> build_table(std::initializer_list<Row> rows) {
  std::array<OpInfo, 256> table{};
  for (const Row& row : rows) table[static_cast<uint8_t>(row.op)] = row.info;
  return table;
}

constexpr auto kTable = build_table({
    {Op::ldi_l, {"ldi.l", Syntax::a_imm, 6}},   {Op::mov, {"mov", Syntax::ab, 2}},
    {Op::jsra, {"jsra", Syntax::target, 6}},    {Op::ret, {"ret", Syntax::none, 2}},
    {Op::add, {"add", Syntax::ab, 2}},          {Op::push, {"push", Syntax::ab, 2}},
    {Op::pop, {"pop", Syntax::ab, 2}},          {Op::lda_l, {"lda.l", Syntax::a_imm, 6}},
    {Op::sta_l, {"sta.l", Syntax::imm_a, 6}},   {Op::ld_l, {"ld.l", Syntax::a_mem_b, 2}},
    {Op::st_l, {"st.l", Syntax::mem_a_b, 2}},   {Op::ldo_l, {"ldo.l", Syntax::a_ofs_b, 4}},
    {Op::sto_l, {"sto.l", Syntax::ofs_a_b, 4}}, {Op::cmp, {"cmp", Syntax::ab, 2}},
    {Op::nop, {"nop", Syntax::none, 2}},        {Op::sex_b, {"sex.b", Syntax::ab, 2}},
    {Op::sex_s, {"sex.s", Syntax::ab, 2}},      {Op::zex_b, {"zex.b", Syntax::ab, 2}},
    {Op::zex_s, {"zex.s", Syntax::ab, 2}},      {Op::umul_x, {"umul.x", Syntax::ab, 2}},
    {Op::mul_x, {"mul.x", Syntax::ab, 2}},      {Op::jsr, {"jsr", Syntax::a, 2}},
    {Op::jmpa, {"jmpa", Syntax::target, 6}},    {Op::ldi_b, {"ldi.b", Syntax::a_imm, 6}},
    {Op::ld_b, {"ld.b", Syntax::a_mem_b, 2}},   {Op::lda_b, {"lda.b", Syntax::a_imm, 6}},
    {Op::st_b, {"st.b", Syntax::mem_a_b, 2}},   {Op::sta_b, {"sta.b", Syntax::imm_a, 6}},
    {Op::ldi_s, {"ldi.s", Syntax::a_imm, 6}},   {Op::ld_s, {"ld.s", Syntax::a_mem_b, 2}},
    {Op::lda_s, {"lda.s", Syntax::a_imm, 6}},   {Op::st_s, {"st.s", Syntax::mem_a_b, 2}},
    {Op::sta_s, {"sta.s", Syntax::imm_a, 6}},   {Op::jmp, {"jmp", Syntax::a, 2}},
    {Op::and_, {"and", Syntax::ab, 2}},         {Op::lshr, {"lshr", Syntax::ab, 2}},
    {Op::ashl, {"ashl", Syntax::ab, 2}},        {Op::sub, {"sub", Syntax::ab, 2}},
    {Op::neg, {"neg", Syntax::ab, 2}},          {Op::or_, {"or", Syntax::ab, 2}},
    {Op::not_, {"not", Syntax::ab, 2}},         {Op::ashr, {"ashr", Syntax::ab, 2}},
    {Op::xor_, {"xor", Syntax::ab, 2}},         {Op::mul, {"mul", Syntax::ab, 2}},
    {Op::swi, {"swi", Syntax::imm, 6}},         {Op::div, {"div", Syntax::ab, 2}},
    {Op::udiv, {"udiv", Syntax::ab, 2}},        {Op::mod, {"mod", Syntax::ab, 2}},
    {Op::umod, {"umod", Syntax::ab, 2}},        {Op::brk, {"brk", Syntax::none, 2}},
    {Op::ldo_b, {"ldo.b", Syntax::a_ofs_b, 4}}, {Op::sto_b, {"sto.b", Syntax::ofs_a_b, 4}},
    {Op::ldo_s, {"ldo.s", Syntax::a_ofs_b, 4}}, {Op::sto_s, {"sto.s", Syntax::ofs_a_b, 4}},
    {Op::inc, {"inc", Syntax::a_imm, 2}},       {Op::dec, {"dec", Syntax::a_imm, 2}},
    {Op::gsr, {"gsr", Syntax::a_imm, 2}},       {Op::ssr, {"ssr", Syntax::a_imm, 2}},
    {Op::beq, {"beq", Syntax::target, 2}},      {Op::bne, {"bne", Syntax::target, 2}},
    {Op::blt, {"blt", Syntax::target, 2}},      {Op::bgt, {"bgt", Syntax::target, 2}},
    {Op::bltu, {"bltu", Syntax::target, 2}},    {Op::bgtu, {"bgtu", Syntax::target, 2}},
    {Op::bge, {"bge", Syntax::target, 2}},      {Op::ble, {"ble", Syntax::target, 2}},
    {Op::bgeu, {"bgeu", Syntax::target, 2}},    {Op::bleu, {"bleu", Syntax::target, 2}},
});

}  // namespace

const OpInfo& info(Op op) { return kTable[static_cast<uint8_t>(op)]; }

Insn decode_unit(uint16_t unit) {
  Insn insn;
  unsigned op;
  if (unit < 0x8000) {  // form 1
    op = unit >> 8;
    if (op >= 0x40) op = 0;  // not one of the numbers that stand for forms 2 and 3 here
    insn.a = unit >> 4 & 15;
    insn.b = unit & 15;
  } else if (unit < 0xc000) {  // form 2
    op = 0x40 + (unit >> 12 & 3);
    insn.a = unit >> 8 & 15;
    insn.imm = unit & 0xff;
  } else {  // form 3
    op = 0x44 + (unit >> 10 & 15);
    insn.imm = (unit & 0x3ff) * 2;
    if (unit & 0x200) insn.imm -= 0x800;
  }
  if (kTable[op].name.empty()) return {};
  insn.op = static_cast<Op>(op);
  insn.length = kTable[op].length;
  return insn;
}

Insn decode(const std::byte* p, size_t available) {
  Insn insn = decode_unit(load_be16(p));
  if (insn.length > available) return insn;
  if (insn.length == 6) insn.imm = load_be32(p + 2);
  if (insn.length == 4) insn.imm = static_cast<uint32_t>(static_cast<int16_t>(load_be16(p + 2)));
  return insn;
}

}  // namespace moxie
