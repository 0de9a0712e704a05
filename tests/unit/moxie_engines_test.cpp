// The engines against the stepper and each other, over random programs that fault, modify their own
// code, use the data-relocation register and are cut into slices of random length.
#include "tests/unit/moxie_fixture.h"

#include <gtest/gtest.h>

namespace {

using moxie_test::compare_engines;

constexpr uint64_t kPrograms = 1000;

TEST(moxie_engines, interpreter_is_the_stepper_only_faster) {
  for (uint64_t seed = 0; seed < kPrograms; ++seed)
    ASSERT_EQ(compare_engines(seed, moxie_test::make_reference, moxie::make_interpreter), "");
}

void expect_translator_is_the_stepper(bool guards,
                                      const moxie_test::MakeEngine& make = moxie::make_jit) {
  auto probe = moxie::Memory::make(1 << 16);
  if (!make(**probe)) GTEST_SKIP() << "no translator for this host";
  for (uint64_t seed = 0; seed < kPrograms; ++seed)
    ASSERT_EQ(compare_engines(seed, moxie_test::make_reference, make, guards), "");
}

TEST(moxie_engines, translator_is_the_stepper_only_faster) {
  expect_translator_is_the_stepper(true);
}

// As it is where the host has no address space for guards (RLIMIT_AS).
TEST(moxie_engines, translator_needs_no_guards) { expect_translator_is_the_stepper(false); }

TEST(moxie_engines, translator_needs_no_movbe) {
  expect_translator_is_the_stepper(true, moxie_test::make_jit_without_movbe);
  expect_translator_is_the_stepper(false, moxie_test::make_jit_without_movbe);
}

TEST(moxie_engines, translator_needs_no_bmi2) {
  expect_translator_is_the_stepper(true, moxie_test::make_jit_without_bmi2);
  expect_translator_is_the_stepper(false, moxie_test::make_jit_without_bmi2);
}

}  // namespace
