// The decoder and the disassembler over all 65,536 first units, against a table of its own: one line an
// operation, written from the instruction set's description. Expected texts are objdump's.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "arch/moxie/cpu/codemap.h"
#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace {

struct Expected {
  const char*
      text;  // A, B the registers; I the immediate, O the 16-bit offset, N the eight bits, T a target
  unsigned length;
};

const std::map<unsigned, Expected> kForm1 = {
    {0x01, {"ldi.l\tA, I", 6}},
    {0x02, {"mov\tA, B", 2}},
    {0x03, {"jsra\tI", 6}},
    {0x04, {"ret", 2}},
    {0x05, {"add\tA, B", 2}},
    {0x06, {"push\tA, B", 2}},
    {0x07, {"pop\tA, B", 2}},
    {0x08, {"lda.l\tA, I", 6}},
    {0x09, {"sta.l\tI, A", 6}},
    {0x0a, {"ld.l\tA, (B)", 2}},
    {0x0b, {"st.l\t(A), B", 2}},
    {0x0c, {"ldo.l\tA, O(B)", 4}},
    {0x0d, {"sto.l\tO(A), B", 4}},
    {0x0e, {"cmp\tA, B", 2}},
    {0x0f, {"nop", 2}},
    {0x10, {"sex.b\tA, B", 2}},
    {0x11, {"sex.s\tA, B", 2}},
    {0x12, {"zex.b\tA, B", 2}},
    {0x13, {"zex.s\tA, B", 2}},
    {0x14, {"umul.x\tA, B", 2}},
    {0x15, {"mul.x\tA, B", 2}},
    {0x19, {"jsr\tA", 2}},
    {0x1a, {"jmpa\tI", 6}},
    {0x1b, {"ldi.b\tA, I", 6}},
    {0x1c, {"ld.b\tA, (B)", 2}},
    {0x1d, {"lda.b\tA, I", 6}},
    {0x1e, {"st.b\t(A), B", 2}},
    {0x1f, {"sta.b\tI, A", 6}},
    {0x20, {"ldi.s\tA, I", 6}},
    {0x21, {"ld.s\tA, (B)", 2}},
    {0x22, {"lda.s\tA, I", 6}},
    {0x23, {"st.s\t(A), B", 2}},
    {0x24, {"sta.s\tI, A", 6}},
    {0x25, {"jmp\tA", 2}},
    {0x26, {"and\tA, B", 2}},
    {0x27, {"lshr\tA, B", 2}},
    {0x28, {"ashl\tA, B", 2}},
    {0x29, {"sub\tA, B", 2}},
    {0x2a, {"neg\tA, B", 2}},
    {0x2b, {"or\tA, B", 2}},
    {0x2c, {"not\tA, B", 2}},
    {0x2d, {"ashr\tA, B", 2}},
    {0x2e, {"xor\tA, B", 2}},
    {0x2f, {"mul\tA, B", 2}},
    {0x30, {"swi\tI", 6}},
    {0x31, {"div\tA, B", 2}},
    {0x32, {"udiv\tA, B", 2}},
    {0x33, {"mod\tA, B", 2}},
    {0x34, {"umod\tA, B", 2}},
    {0x35, {"brk", 2}},
    {0x36, {"ldo.b\tA, O(B)", 4}},
    {0x37, {"sto.b\tO(A), B", 4}},
    {0x38, {"ldo.s\tA, O(B)", 4}},
    {0x39, {"sto.s\tO(A), B", 4}},
};
const std::vector<const char*> kForm2 = {"inc\tA, N", "dec\tA, N", "gsr\tA, N", "ssr\tA, N"};
const std::vector<const char*> kForm3 = {"beq",  "bne", "blt", "bgt",  "bltu",
                                         "bgtu", "bge", "ble", "bgeu", "bleu"};
const std::vector<const char*> kRegisters = {"$fp",  "$sp",  "$r0",  "$r1", "$r2", "$r3",
                                             "$r4",  "$r5",  "$r6",  "$r7", "$r8", "$r9",
                                             "$r10", "$r11", "$r12", "$r13"};

std::string hex(unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

constexpr uint32_t kPc = 0x2000;

// Length and text of the unit followed by 81 23 45 67, from the tables above.
std::pair<unsigned, std::string> expected(unsigned unit) {
  Expected form{"bad", 2};
  unsigned a = unit >> 4 & 15;
  std::string target;
  if (unit < 0x8000) {
    if (const auto found = kForm1.find(unit >> 8); found != kForm1.end()) form = found->second;
  } else if (unit < 0xc000) {
    form.text = kForm2[unit >> 12 & 3];
    a = unit >> 8 & 15;
  } else if ((unit >> 10 & 15) < kForm3.size()) {
    const int distance =
        (unit & 0x200) ? static_cast<int>(unit & 0x3ff) - 0x400 : static_cast<int>(unit & 0x3ff);
    return {2, std::string(kForm3[unit >> 10 & 15]) + "\t" +
                   hex(kPc + 2 + static_cast<unsigned>(distance * 2))};
  }
  std::string text;
  bool operands = false;
  for (const char* p = form.text; *p; ++p) {
    if (operands && *p == 'A')
      text += kRegisters[a];
    else if (operands && *p == 'B')
      text += kRegisters[unit & 15];
    else if (operands && *p == 'I')
      text += hex(0x81234567);
    else if (operands && *p == 'O')
      text += hex(0x8123);
    else if (operands && *p == 'N')
      text += hex(unit & 0xff);
    else
      text += *p;
    operands = operands || *p == '\t';
  }
  return {form.length, text};
}

TEST(moxie_decoder, every_first_unit_is_what_the_table_says) {
  unsigned legal = 0;
  for (unsigned unit = 0; unit < 0x10000; ++unit) {
    std::byte code[6];
    moxie::store_be16(code, unit);
    moxie::store_be32(code + 2, 0x81234567);
    const auto [length, text] = expected(unit);
    const moxie::Insn insn = moxie::decode(code, sizeof code);
    const moxie::Disassembly shown = moxie::disassemble(code, kPc);
    ASSERT_EQ(shown.text, text) << hex(unit);
    ASSERT_EQ(shown.length, length) << hex(unit);
    ASSERT_EQ(insn.length, length) << hex(unit);
    ASSERT_EQ(insn.op == moxie::Op::bad, text == "bad") << hex(unit);
    if (length == 6) {
      ASSERT_EQ(insn.imm, 0x81234567u) << hex(unit);
    }
    if (length == 4) {
      ASSERT_EQ(insn.imm, 0xffff8123u) << hex(unit);
    }
    legal += insn.op != moxie::Op::bad;
  }
  EXPECT_EQ(legal, 54u * 256 + 4u * 4096 + 10u * 1024);
}

TEST(moxie_decoder, an_instruction_that_is_cut_off_says_its_length_and_shows_as_bad) {
  std::byte code[6];
  moxie::store_be16(code, 0x0120);
  moxie::store_be32(code + 2, 5);
  EXPECT_EQ(moxie::decode(code, 4).length, 6u);
  EXPECT_EQ(moxie::disassemble(std::span(code).first(4), 0).text, "bad");
  EXPECT_EQ(moxie::disassemble(std::span(code).first(1), 0).text, "bad");
  EXPECT_EQ(moxie::disassemble({}, 0).text, "bad");
  EXPECT_EQ(moxie::disassemble(code, 0).text, "ldi.l\t$r0, 0x5");
}

TEST(moxie_decoder, jumps_calls_and_branches_tell_their_target) {
  std::byte code[6];
  moxie::store_be16(code, 0x0300);
  moxie::store_be32(code + 2, 0x1234);
  EXPECT_EQ(moxie::disassemble(code, 0x2000).target, 0x1234u);
  moxie::store_be16(code, 0xc3ff);  // beq to itself
  EXPECT_EQ(moxie::disassemble(code, 0x2000).target, 0x2000u);
  moxie::store_be16(code, 0x0f00);
  EXPECT_EQ(moxie::disassemble(code, 0x2000).target, std::nullopt);
}

}  // namespace
