// A time slice is a number of instructions, exactly: programs whose slice ends after every number of
// them, at every point of every block, go on from there as if nothing had been.
#include <gtest/gtest.h>

#include "tests/unit/moxie_fixture.h"

namespace {

using namespace moxie_test;

constexpr uint64_t kInstructions = 400;

// The memory before the program ran; what was decoded of it stays, unless the program has changed it.
void start_again(Machine& machine, const Machine& before) {
  const auto was = before.contents(), is = machine.contents();
  for (size_t at = 0; at < was.size(); at += moxie::kPageSize) {
    const auto page = was.subspan(at, moxie::kPageSize);
    if (std::memcmp(is.data() + at, page.data(), page.size()) == 0) continue;
    std::memcpy(is.data() + at, page.data(), page.size());
    machine.engine->invalidate(static_cast<uint32_t>(moxie::kPageSize + at), page.size());
  }
  machine.regs = before.regs;
}

void write_program(Machine& machine, uint64_t seed, RandomProgram::Kind kind) {
  RandomProgram program(seed, kind);
  program.write(machine);
  program.set_registers(machine.regs);
}

// The first programs of this kind that come that far.
std::vector<uint64_t> lasting_programs(RandomProgram::Kind kind, size_t wanted) {
  std::vector<uint64_t> seeds;
  for (uint64_t seed = 0; seeds.size() < wanted; ++seed) {
    Machine machine(make_reference);
    write_program(machine, seed, kind);
    if (machine.run(kInstructions).kind == moxie::Stop::budget) seeds.push_back(seed);
  }
  return seeds;
}

// n instructions at a stretch, and then the rest.
void expect_exact(const MakeEngine& make, uint64_t seed, RandomProgram::Kind kind, bool fresh) {
  Machine before(make_reference), stepped(make_reference), whole(make_reference);
  write_program(before, seed, kind);
  start_again(stepped, before);
  start_again(whole, before);
  const moxie::Stop end = whole.run(kInstructions);
  auto machine = std::make_unique<Machine>(make);
  for (uint64_t n = 1; n <= kInstructions; ++n) {
    const std::string where = " after " + std::to_string(n) + " of seed " + std::to_string(seed);
    if (fresh) machine = std::make_unique<Machine>(make);
    start_again(*machine, before);
    const moxie::Stop one = stepped.run(1), stop = machine->run(n);
    ASSERT_EQ(difference(stepped, one, *machine, stop), "") << where;
    const moxie::Stop last = machine->run(kInstructions - n);
    ASSERT_EQ(difference(whole, end, *machine, last), "") << "at the end," << where;
  }
}

class MoxieSlices : public testing::TestWithParam<MakeEngine> {
 protected:
  void SetUp() override {
    auto probe = moxie::Memory::make(1 << 16);
    if (!GetParam()(**probe)) GTEST_SKIP() << "no translator for this host";
  }
};

TEST_P(MoxieSlices, EndAnywhere) {
  for (const auto kind : {RandomProgram::Kind::functions, RandomProgram::Kind::soup})
    for (const uint64_t seed : lasting_programs(kind, 8))
      expect_exact(GetParam(), seed, kind, false);
}

// What was translated for an earlier slice is not there yet.
TEST_P(MoxieSlices, EndAnywhereInCodeNotSeenBefore) {
  constexpr auto kKind = RandomProgram::Kind::functions;
  for (const uint64_t seed : lasting_programs(kKind, 2))
    expect_exact(GetParam(), seed, kKind, true);
}

// The engine cuts long budgets into slices of its own, which end inside blocks as well.
TEST_P(MoxieSlices, EndAroundTheEnginesOwn) {
  Machine machine(GetParam()), reference(make_reference);
  for (Machine* m : {&machine, &reference}) {
    Assembler code{*m};
    code.form2(Op::inc, moxie::kR0, 1)
        .op_imm(Op::jsra, 0, 0x1100)
        .op(Op::cmp, moxie::kR0, moxie::kR0 + 1)
        .branch(Op::bne, code.at + 4)
        .form2(Op::inc, moxie::kR0 + 2, 3)
        .op_imm(Op::jmpa, 0, 0x1000);
    Assembler{*m, 0x1100}
        .op(Op::push, moxie::kSp, moxie::kR0)
        .op(Op::pop, moxie::kSp, 5)
        .op(Op::ret);
    m->regs.pc = 0x1000;
    m->regs.r[moxie::kSp] = m->regs.r[moxie::kFp] = 0x8000;
    m->regs.r[moxie::kR0 + 1] = 7000;
  }
  const moxie::Registers start = machine.regs;
  const uint64_t kOwn = 1 << 16, kFirst = kOwn - 40;
  reference.run(kFirst - 1);
  for (uint64_t n = kFirst; n < kOwn + 40; ++n) {
    machine.regs = start;
    const moxie::Stop stop = machine.run(n), one = reference.run(1);
    ASSERT_EQ(difference(reference, one, machine, stop), "") << n;
  }
}

INSTANTIATE_TEST_SUITE_P(, MoxieSlices,
                         testing::Values(MakeEngine(moxie::make_interpreter),
                                         MakeEngine(moxie::make_jit),
                                         MakeEngine(make_jit_without_movbe)));

}  // namespace
