// The three definitions of swi: what each pushes and what the way back makes of it.
#include "arch/moxie/kernel/swi.h"

#include <map>

#include "tests/unit/gtest.h"

namespace {

using namespace moxie;

struct Ram final : Bus {
  std::map<uint32_t, uint32_t> words;
  uint32_t end = 0x10000;
  std::optional<uint32_t> load(uint32_t addr) override {
    if (addr >= end) return {};
    return words[addr];
  }
  bool store(uint32_t addr, uint32_t value) override {
    if (addr >= end) return false;
    words[addr] = value;
    return true;
  }
};

pt_regs at_swi() {
  pt_regs r{};
  r.cpu.r[kFp] = 0x8040;
  r.cpu.r[kSp] = 0x8000;
  for (unsigned n = 0; n < 14; ++n) r.cpu.r[kR0 + n] = 0x100 + n;
  r.cpu.pc = 0x2006;
  r.ksp = 0x6000;
  return r;
}

void expect_back(const pt_regs& r) {
  EXPECT_EQ(r.cpu.r[kFp], 0x8040U);
  EXPECT_EQ(r.cpu.r[kSp], 0x8000U);
  EXPECT_EQ(r.cpu.pc, 0x2006U);
  EXPECT_EQ(r.cpu.r[kR0], 7U);
  for (unsigned n = 1; n < 6; ++n) EXPECT_EQ(r.cpu.r[kR0 + n], 0U) << n;           // lost
  for (unsigned n = 6; n < 14; ++n) EXPECT_EQ(r.cpu.r[kR0 + n], 0x100U + n) << n;  // kept
  EXPECT_FALSE(r.in_trap);
}

class EverySwi : public testing::TestWithParam<Swi> {};

TEST_P(EverySwi, ReturnsWhereItCameFrom) {
  Ram ram;
  pt_regs r = at_swi();
  const SwiDefinition& swi = swi_definition(GetParam());
  ASSERT_TRUE(swi.enter(ram, r, kLinuxSwi));
  EXPECT_TRUE(r.in_trap && r.in_syscall);
  EXPECT_EQ(r.orig_r0, 0x100U);
  EXPECT_EQ(r.cpu.sreg[kSregCause], 3U);
  EXPECT_EQ(r.cpu.sreg[kSregSwi], kLinuxSwi);
  EXPECT_EQ(r.cpu.sreg[kSregReturn], 0x2006U);
  r.cpu.r[kR0] = 7;
  ASSERT_TRUE(swi.leave(ram, r));
  expect_back(r);
}

TEST_P(EverySwi, ARestartGoesBackToTheInstruction) {
  Ram ram;
  pt_regs r = at_swi();
  const SwiDefinition& swi = swi_definition(GetParam());
  ASSERT_TRUE(swi.enter(ram, r, kLinuxSwi));
  r.cpu.pc -= kSwiBytes;
  r.keep_all = 1;
  swi.store_frame(ram, r);
  ASSERT_TRUE(swi.leave(ram, r));
  EXPECT_EQ(r.cpu.pc, 0x2000U);
  EXPECT_EQ(r.cpu.r[kR0 + 3], 0x103U);
}

// A child that works on the shared stack after it has returned.
TEST_P(EverySwi, AVforkChildReturnsToTheSamePlaceAsItsParent) {
  Ram ram;
  pt_regs parent = at_swi();
  const SwiDefinition& swi = swi_definition(GetParam());
  ASSERT_TRUE(swi.enter(ram, parent, kLinuxSwi));
  pt_regs child = parent;
  child.ksp = 0x7000;
  swi.copy_frame(ram, child, 0);
  parent.cpu.r[kR0] = child.cpu.r[kR0] = 7;
  ASSERT_TRUE(swi.leave(ram, child));
  expect_back(child);
  for (uint32_t at = 0x7f00; at < 0x8000; at += 4) ASSERT_TRUE(ram.store(at, 0xdeadbeef));
  ASSERT_TRUE(swi.leave(ram, parent));
  if (GetParam() == Swi::user_stack)
    EXPECT_EQ(parent.cpu.pc, 0xdeadbeefU);  // randomland
  else
    expect_back(parent);
}

TEST_P(EverySwi, AChildWithAStackOfItsOwnStartsThere) {
  Ram ram;
  pt_regs child = at_swi();
  const SwiDefinition& swi = swi_definition(GetParam());
  ASSERT_TRUE(swi.enter(ram, child, kLinuxSwi));
  child.ksp = 0x7000;
  swi.copy_frame(ram, child, 0x9000);
  ASSERT_TRUE(swi.leave(ram, child));
  EXPECT_EQ(child.cpu.r[kSp], 0x9000U);
  EXPECT_EQ(child.cpu.pc, 0x2006U);
}

INSTANTIATE_TEST_SUITE_P(Moxie, EverySwi,
                         testing::Values(Swi::user_stack, Swi::kernel_stack, Swi::registers));

TEST(SwiUserStack, PushesAnOrdinaryCallFrame) {
  Ram ram;
  ram.words[0x7ffc] = 0x5a5a5a5a;
  pt_regs r = at_swi();
  ASSERT_TRUE(swi_definition(Swi::user_stack).enter(ram, r, kLinuxSwi));
  EXPECT_EQ(r.frame, 0x7ff4U);
  EXPECT_EQ(ram.words[0x7ff4], 0x8040U);      // the caller's $fp
  EXPECT_EQ(ram.words[0x7ff8], 0x2006U);      // behind the swi
  EXPECT_EQ(ram.words[0x7ffc], 0x5a5a5a5aU);  // the chain slot is not written
  pt_regs nowhere = at_swi();
  nowhere.cpu.r[kSp] = 0x20000;
  EXPECT_FALSE(swi_definition(Swi::user_stack).enter(ram, nowhere, kLinuxSwi));
  EXPECT_FALSE(nowhere.in_trap);
}

TEST(SwiKernelStack, PushesFourWordsWhereSpecialRegister4Points) {
  Ram ram;
  pt_regs r = at_swi();
  ASSERT_TRUE(swi_definition(Swi::kernel_stack).enter(ram, r, kLinuxSwi));
  EXPECT_EQ(r.frame, 0x6000U - 16);
  EXPECT_EQ(ram.words[0x5ffc], 0x8000U);
  EXPECT_EQ(ram.words[0x5ff8], 0U);
  EXPECT_EQ(ram.words[0x5ff4], 0x2006U);
  EXPECT_EQ(ram.words[0x5ff0], 0x8040U);
  EXPECT_EQ(ram.words.size(), 4U);  // the user's stack is untouched
}

TEST(SwiRegisters, PushesNothing) {
  Ram ram;
  pt_regs r = at_swi();
  ASSERT_TRUE(swi_definition(Swi::registers).enter(ram, r, kLinuxSwi));
  EXPECT_TRUE(ram.words.empty());
}

}  // namespace
