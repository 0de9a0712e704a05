// Single instructions over edge operands, each engine against what GDB's simulator said
// (moxie_vectors.inc; tests/guest/moxie/tools/oracle.py makes it and explains its lines).
#include <cstdlib>
#include <map>
#include <sstream>

#include "tests/unit/gtest.h"
#include "tests/unit/moxie_fixture.h"

namespace {

using namespace moxie_test;

constexpr uint32_t kSlot = 0x2000, kNext = 0x2100, kTaken = 0x2200, kData = 0x3000;
constexpr unsigned kWords = 16;
constexpr char kVectors[] =
#include "tests/unit/moxie_vectors.inc"
    ;

uint32_t usual_register(unsigned n) {
  if (n == moxie::kFp) return kData + 0x20;
  return n == moxie::kSp ? kData + 0x30 : 0x5a000000 + n;
}
uint32_t usual_word(unsigned n) { return 0x80c1f203 + 0x1030507 * n; }

struct Vector {
  std::vector<unsigned> code;
  std::map<unsigned, uint32_t> before, after, memory;
  uint32_t cmp_a = 0, cmp_b = 0;
  bool taken = false;
};

Vector parse(const std::string& line) {
  Vector v;
  std::istringstream in(line);
  std::string token;
  in >> token;
  for (size_t i = 0; i + 4 <= token.size(); i += 4)
    v.code.push_back(static_cast<unsigned>(std::stoul(token.substr(i, 4), nullptr, 16)));
  auto* registers = &v.before;
  while (in >> token) {
    const size_t is = token.find('=');
    const auto value = [&](size_t from) {
      return static_cast<uint32_t>(std::strtoul(token.c_str() + from, nullptr, 16));
    };
    if (token == ">")
      registers = &v.after;
    else if (token == "t")
      v.taken = true;
    else if (token[0] == 'c')
      v.cmp_a = value(2), v.cmp_b = value(token.find(',') + 1);
    else if (token[0] == '@')
      v.memory[value(1)] = value(is + 1);
    else
      (*registers)[static_cast<unsigned>(std::stoul(token))] = value(is + 1);
  }
  return v;
}

void jump_to(Assembler& code, uint32_t target) { code.op_imm(Op::jmpa, 0, target); }

// Empty if the engine does what the vector says.
std::string difference(const Vector& v, Machine& machine) {
  Assembler code{machine, kSlot};
  for (const unsigned unit : v.code) code.unit(unit);
  jump_to(code, kNext);
  jump_to(code, kTaken);
  for (unsigned n = 0; n < kWords; ++n) machine.put32(kData + 4 * n, usual_word(n));
  for (unsigned n = 0; n < 16; ++n)
    machine.regs.r[n] = v.before.contains(n) ? v.before.at(n) : usual_register(n);
  machine.engine->invalidate(kSlot, code.at - kSlot);
  machine.regs.pc = kSlot;
  machine.regs.cmp_a = v.cmp_a;
  machine.regs.cmp_b = v.cmp_b;
  const auto expected = machine.regs.r;

  const moxie::Stop stop = machine.run(10);
  std::ostringstream wrong;
  wrong << std::hex;
  if (stop.kind != moxie::Stop::brk || machine.regs.pc != (v.taken ? kTaken : kNext))
    wrong << " stop " << stop.kind << " at " << machine.regs.pc;
  for (unsigned n = 0; n < 16; ++n) {
    const uint32_t want = v.after.contains(n) ? v.after.at(n) : expected[n];
    if (machine.regs.r[n] != want)
      wrong << " register " << n << " is " << machine.regs.r[n] << " and not " << want;
  }
  for (unsigned n = 0; n < kWords; ++n) {
    const uint32_t want = v.memory.contains(4 * n) ? v.memory.at(4 * n) : usual_word(n);
    if (machine.get32(kData + 4 * n) != want)
      wrong << " word " << 4 * n << " is " << machine.get32(kData + 4 * n) << " and not " << want;
  }
  return wrong.str();
}

class MoxieVectors : public testing::TestWithParam<MakeEngine> {};

TEST_P(MoxieVectors, AsTheSimulator) {
  std::istringstream in(kVectors);
  std::string line;
  int vectors = 0, failures = 0;
  Machine machine(GetParam());
  if (!machine.engine) GTEST_SKIP() << "no translator for this host";
  for (const uint32_t end : {kNext, kTaken}) Assembler{machine, end}.op(Op::brk);
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    ++vectors;
    const std::string wrong = difference(parse(line), machine);
    if (wrong.empty()) continue;
    ADD_FAILURE() << line << ":" << wrong;
    if (++failures == 10) return;
  }
  EXPECT_GT(vectors, 2000);
}

INSTANTIATE_TEST_SUITE_P(Moxie, MoxieVectors,
                         testing::Values(MakeEngine(make_reference),
                                         MakeEngine(moxie::make_interpreter),
                                         MakeEngine(moxie::make_jit),
                                         MakeEngine(make_jit_without_movbe),
                                         MakeEngine(make_jit_without_bmi2)));

}  // namespace
