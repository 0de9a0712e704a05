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

void expect_translator_is_the_stepper(bool guards) {
  auto probe = moxie::Memory::make(1 << 16);
  if (!moxie::make_jit(**probe)) GTEST_SKIP() << "no translator for this host";
  for (uint64_t seed = 0; seed < kPrograms; ++seed)
    ASSERT_EQ(compare_engines(seed, moxie_test::make_reference, moxie::make_jit, guards), "");
}

TEST(moxie_engines, translator_is_the_stepper_only_faster) {
  expect_translator_is_the_stepper(true);
}

// As it is where the host has no address space for guards (RLIMIT_AS).
TEST(moxie_engines, translator_needs_no_guards) { expect_translator_is_the_stepper(false); }

}  // namespace
