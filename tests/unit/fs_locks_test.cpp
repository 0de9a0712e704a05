// The arithmetic of record locks: conflicts, splitting, joining.
#include "fs/locks.h"

#include "tests/unit/gtest.h"

namespace {

const int kA = 0, kB = 0;  // two owners

file_lock lock(int type, uint64_t start, uint64_t end, const void* owner = &kA) {
  return {start, end, type, owner, 1};
}

std::string show(const record_locks& locks) {
  std::string s;
  for (const file_lock& l : locks.all()) {
    if (!s.empty()) s += ' ';
    s += l.type == F_RDLCK ? 'r' : 'w';
    s += std::to_string(l.start) + "-" + (l.end == OFFSET_MAX ? "" : std::to_string(l.end));
  }
  return s;
}

TEST(RecordLocks, ReadersShareWritersDoNot) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 10, 19)));
  EXPECT_EQ(locks.conflict(lock(F_RDLCK, 0, 100, &kB)), nullptr);
  EXPECT_NE(locks.conflict(lock(F_WRLCK, 19, 19, &kB)), nullptr);
  EXPECT_EQ(locks.conflict(lock(F_WRLCK, 20, 30, &kB)), nullptr);
  EXPECT_EQ(locks.conflict(lock(F_WRLCK, 0, 100, &kA)), nullptr) << "own locks never conflict";
  EXPECT_EQ(locks.conflict(lock(F_UNLCK, 0, 100, &kB)), nullptr);
}

TEST(RecordLocks, UnlockingTheMiddleSplits) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 0, OFFSET_MAX)));
  ASSERT_TRUE(locks.set(lock(F_UNLCK, 10, 19)));
  EXPECT_EQ(show(locks), "w0-9 w20-");
  ASSERT_TRUE(locks.set(lock(F_UNLCK, 0, OFFSET_MAX)));
  EXPECT_EQ(show(locks), "");
}

TEST(RecordLocks, ConvertingTheMiddleSplitsAndBackJoins) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 0, 99)));
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 40, 59)));
  EXPECT_EQ(show(locks), "r0-39 w40-59 r60-99");
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 40, 59)));
  EXPECT_EQ(show(locks), "r0-99");
}

TEST(RecordLocks, NeighboursOfOneTypeJoin) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 0, 9)));
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 20, 29)));
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 10, 19)));
  EXPECT_EQ(show(locks), "w0-29");
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 30, 30)));
  EXPECT_EQ(show(locks), "w0-29 r30-30");
}

TEST(RecordLocks, OwnersStayApart) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 0, 9, &kA)));
  ASSERT_TRUE(locks.set(lock(F_RDLCK, 5, 14, &kB)));
  EXPECT_EQ(locks.all().size(), 2U);
  EXPECT_TRUE(locks.remove_owner(&kA));
  EXPECT_FALSE(locks.remove_owner(&kA));
  EXPECT_EQ(show(locks), "r5-14");
}

TEST(RecordLocks, ALockAtTheEndOfTheRangeDoesNotOverflow) {
  record_locks locks;
  ASSERT_TRUE(locks.set(lock(F_WRLCK, OFFSET_MAX, OFFSET_MAX)));
  ASSERT_TRUE(locks.set(lock(F_WRLCK, 0, 0)));
  EXPECT_EQ(locks.all().size(), 2U);
  EXPECT_NE(locks.conflict(lock(F_RDLCK, 100, OFFSET_MAX, &kB)), nullptr);
}

}  // namespace
