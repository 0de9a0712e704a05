// The disassembler: what objdump -d of binutils 2.40 prints for moxie, without address, bytes and
// symbols. A word that is no instruction prints as "bad"; so does one whose immediate is cut off by
// the end of the code (objdump prints an error there).
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

namespace {

std::string hex(uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  do {
    digits += kDigits[value & 15];
    value >>= 4;
  } while (value != 0);
  digits += "x0";
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string operands(const Insn& insn, Syntax syntax, uint32_t target) {
  const std::string a{register_name(insn.a)}, b{register_name(insn.b)};
  const std::string offset = hex(insn.imm & 0xffff);  // objdump shows the 16 bits as they are
  switch (syntax) {
    case Syntax::none: return "";
    case Syntax::a: return a;
    case Syntax::ab: return a + ", " + b;
    case Syntax::a_imm: return a + ", " + hex(insn.imm);
    case Syntax::imm_a: return hex(insn.imm) + ", " + a;
    case Syntax::imm: return hex(insn.imm);
    case Syntax::target: return hex(target);
    case Syntax::a_mem_b: return a + ", (" + b + ")";
    case Syntax::mem_a_b: return "(" + a + "), " + b;
    case Syntax::a_ofs_b: return a + ", " + offset + "(" + b + ")";
    case Syntax::ofs_a_b: return offset + "(" + a + "), " + b;
  }
  return "";
}

}  // namespace

std::string_view register_name(unsigned n) {
  static constexpr std::array<std::string_view, 16> kNames = {
      "$fp", "$sp", "$r0", "$r1", "$r2",  "$r3",  "$r4",  "$r5",
      "$r6", "$r7", "$r8", "$r9", "$r10", "$r11", "$r12", "$r13"};
  return kNames[n & 15];
}

Disassembly disassemble(std::span<const std::byte> code, uint32_t pc) {
  Disassembly result;
  result.text = "bad";
  if (code.size() < 2) return result;
  const Insn insn = decode(code.data(), code.size());
  if (insn.op == Op::bad || insn.length > code.size()) return result;
  const OpInfo& op = info(insn.op);
  result.length = insn.length;
  result.text = op.name;
  if (op.syntax == Syntax::none) return result;
  const uint32_t target = insn.length == 2 ? pc + 2 + insn.imm : insn.imm;
  if (op.syntax == Syntax::target) result.target = target;
  result.text += '\t' + operands(insn, op.syntax, target);
  return result;
}

}  // namespace moxie
