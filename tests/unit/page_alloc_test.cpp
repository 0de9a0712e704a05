// The page allocator of flat memory.
#include "mm/page_alloc.h"

#include <random>
#include <vector>

#include "tests/unit/gtest.h"

namespace {

constexpr uint64_t kStart = kPageSize, kEnd = 64 * kPageSize;

TEST(PageAllocator, TakesTheLowestRangeThatFits) {
  PageAllocator pages(kStart, kEnd);
  EXPECT_EQ(pages.alloc(1).value(), kStart);
  EXPECT_EQ(pages.alloc(2 * kPageSize).value(), 2 * kPageSize);
  EXPECT_EQ(pages.alloc(kPageSize).value(), 4 * kPageSize);
  pages.free(2 * kPageSize, 2 * kPageSize);
  EXPECT_EQ(pages.alloc(3 * kPageSize).value(), 5 * kPageSize);  // the hole is too short
  EXPECT_EQ(pages.alloc(kPageSize + 1).value(), 2 * kPageSize);
}

TEST(PageAllocator, NeverHandsOutPageZeroOrMoreThanThereIs) {
  PageAllocator pages(kStart, kEnd);
  EXPECT_EQ(pages.alloc(0).error(), EINVAL);
  EXPECT_EQ(pages.alloc(kEnd).error(), ENOMEM);
  EXPECT_EQ(pages.alloc(UINT64_MAX).error(), ENOMEM);
  EXPECT_EQ(pages.alloc(UINT64_MAX - kPageSize + 1).error(), ENOMEM);
  EXPECT_EQ(pages.alloc(kEnd - kStart).value(), kStart);
  EXPECT_EQ(pages.free_bytes(), 0U);
  EXPECT_EQ(pages.alloc(1).error(), ENOMEM);
}

TEST(PageAllocator, TakesAGivenPlaceOnlyIfAllOfItIsFree) {
  PageAllocator pages(kStart, kEnd);
  EXPECT_TRUE(pages.alloc_at(8 * kPageSize, 4 * kPageSize));
  EXPECT_EQ(pages.alloc_at(11 * kPageSize, kPageSize).error(), ENOMEM);
  EXPECT_EQ(pages.alloc_at(6 * kPageSize, 3 * kPageSize).error(), ENOMEM);
  EXPECT_EQ(pages.alloc_at(0, kPageSize).error(), ENOMEM);
  EXPECT_EQ(pages.alloc_at(kStart + 1, kPageSize).error(), EINVAL);
  EXPECT_TRUE(pages.alloc_at(12 * kPageSize, kPageSize));
  EXPECT_EQ(pages.alloc_at(kEnd, kPageSize).error(), ENOMEM);
}

TEST(PageAllocator, FreedNeighboursBecomeOneRange) {
  PageAllocator pages(kStart, kEnd);
  std::vector<uint64_t> got;
  for (int i = 0; i < 6; ++i) got.push_back(pages.alloc(kPageSize).value());
  for (const int i : {1, 3, 5, 2, 0, 4}) pages.free(got[static_cast<size_t>(i)], kPageSize);
  EXPECT_EQ(pages.ranges(), 1U);
  EXPECT_EQ(pages.largest(), kEnd - kStart);
  EXPECT_EQ(pages.free_bytes(), pages.total());
}

// Against a plain map of which page is taken.
TEST(PageAllocator, AgreesWithABitmap) {
  std::mt19937_64 dice(190);
  PageAllocator pages(kStart, kEnd);
  std::vector<bool> taken(kEnd / kPageSize);
  taken[0] = true;
  std::vector<std::pair<uint64_t, uint64_t>> held;
  for (int step = 0; step < 5000; ++step) {
    if (held.empty() || dice() % 2 == 0) {
      const uint64_t n = 1 + dice() % 9;
      const auto at = pages.alloc(n * kPageSize);
      if (!at) continue;
      for (uint64_t i = 0; i < n; ++i) {
        ASSERT_FALSE(taken[*at / kPageSize + i]);
        taken[*at / kPageSize + i] = true;
      }
      held.emplace_back(*at, n);
    } else {
      const size_t which = dice() % held.size();
      const auto [at, n] = held[which];
      held.erase(held.begin() + static_cast<ptrdiff_t>(which));
      for (uint64_t i = 0; i < n; ++i) taken[at / kPageSize + i] = false;
      pages.free(at, n * kPageSize);
    }
    uint64_t free_pages = 0;
    for (const bool t : taken) free_pages += t ? 0 : 1;
    ASSERT_EQ(pages.free_bytes(), free_pages * kPageSize);
  }
}

}  // namespace
