// iov_iter over kernel and guest memory.
#include "tests/unit/fs_fixture.h"

namespace {

using IovIterTest = test::FsTest;
using test::FlatSpace;

TEST_F(IovIterTest, KernelMemoryAdvances) {
  std::string memory = "..........";
  iov_iter it = iov_iter::kernel(memory.data(), memory.size());
  EXPECT_EQ(it.copy_to("abc", 3), 3U);
  EXPECT_EQ(it.zero(1), 1U);
  EXPECT_EQ(it.copy_to("0123456789", 10), 6U);
  EXPECT_EQ(it.count(), 0U);
  EXPECT_EQ(memory, std::string("abc\0"
                                "012345",
                                10));
}

TEST_F(IovIterTest, SegmentsAreWalkedAndEmptyOnesSkipped) {
  const uint64_t base = FlatSpace::kBase;
  iov_iter it = iov_iter::user({{base, 2}, {base + 100, 0}, {base + 10, 3}});
  EXPECT_EQ(it.count(), 5U);
  EXPECT_EQ(it.copy_to("abcde", 5), 5U);
  EXPECT_EQ(space(*self_).peek<char>(base + 1), 'b');
  EXPECT_EQ(space(*self_).peek<char>(base + 10), 'c');
  EXPECT_EQ(space(*self_).peek<char>(base + 12), 'e');
}

TEST_F(IovIterTest, RevertGoesBackOverSegments) {
  const uint64_t base = FlatSpace::kBase;
  space(*self_).poke(base, std::array<char, 4>{'a', 'b', 'c', 'd'});
  iov_iter it = iov_iter::user({{base, 1}, {base + 1, 0}, {base + 1, 3}});
  char out[4] = {};
  EXPECT_EQ(it.copy_from(out, 3), 3U);
  it.revert(3);
  EXPECT_EQ(it.count(), 4U);
  EXPECT_EQ(it.copy_from(out, 4), 4U);
  EXPECT_EQ(std::string_view(out, 4), "abcd");
  it.revert(1);
  EXPECT_EQ(it.copy_from(out, 4), 1U);
  EXPECT_EQ(out[0], 'd');
}

TEST_F(IovIterTest, ABadPageEndsTheCopy) {
  const uint64_t base = FlatSpace::kBase;
  iov_iter it = iov_iter::user({{base, 4}, {0x10, 4}});
  EXPECT_EQ(it.copy_to("abcdefgh", 8), 4U);
  EXPECT_EQ(it.count(), 4U);
  EXPECT_EQ(it.copy_to("efgh", 4), 0U);
}

TEST_F(IovIterTest, TruncateLimitsWhatIsLeft) {
  char memory[8] = {};
  iov_iter it = iov_iter::kernel(memory, sizeof memory);
  it.advance(2);
  it.truncate(3);
  EXPECT_EQ(it.copy_to("xxxxxx", 6), 3U);
  EXPECT_EQ(memory[1], '\0');
  EXPECT_EQ(memory[4], 'x');
  EXPECT_EQ(memory[5], '\0');
}

}  // namespace
