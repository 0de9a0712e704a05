// Futex operations and the robust list, with waiters that are queued by hand.
#include "arch/x86/abi.h"
#include "kernel/futex_abi.h"
#include "kernel/futex_internal.h"
#include "mm/vma.h"
#include "tests/unit/signal_fixture.h"

namespace {

using futex::futex_q;

class Futex : public test::KernelTest {
 protected:
  static constexpr uint64_t kA = test::FlatSpace::kBase + 0x100,
                            kB = test::FlatSpace::kBase + 0x200;
  void SetUp() override {
    KernelTest::SetUp();
    map(*self_);
    other_ = add_thread(self_);
  }
  // Keys are made from mappings.
  static void map(task_struct& t) {
    vm_area_struct v;
    v.start = test::FlatSpace::kBase;
    v.end = v.start + test::FlatSpace::kSize;
    v.flags = VM_READ | VM_WRITE;
    t.mm->mmap.emplace(v.start, v);
  }
  std::unique_ptr<futex_q> wait_on(uint64_t addr, uint32_t bitset = futex::kMatchAny,
                                   bool pi = false) {
    auto q = std::make_unique<futex_q>(*other_);
    q->bitset = bitset;
    q->pi = pi;
    q->uaddr = addr;
    futex::queue(*q, *futex::key_of(addr, true));
    return q;
  }
  void word(uint64_t at, uint32_t v) { space(*self_).poke(at, v); }
  uint32_t word(uint64_t at) { return space(*self_).peek<uint32_t>(at); }
  SyscallResult call(uint64_t a, int op, uint32_t val = 0, uint32_t val2 = 0, uint64_t b = 0,
                     uint32_t val3 = 0) {
    return do_futex(a, op | FUTEX_PRIVATE_FLAG, val, {}, val2, b, val3);
  }
  task_struct* other_ = nullptr;
};

TEST_F(Futex, WaitLooksAtTheWordFirst) {
  word(kA, 5);
  EXPECT_EQ(call(kA, FUTEX_WAIT, 4).error(), EAGAIN);
  EXPECT_EQ(call(kA + 1, FUTEX_WAIT, 4).error(), EINVAL);
  EXPECT_EQ(call(0, FUTEX_WAIT, 4).error(), EFAULT);
  EXPECT_EQ(do_futex(kA, FUTEX_WAIT_BITSET, 5, {}, 0, 0, 0).error(), EINVAL);
  EXPECT_EQ(call(kA, 99).error(), ENOSYS);
}

TEST_F(Futex, WakesInOrderAndOnlySoMany) {
  auto one = wait_on(kA), two = wait_on(kA), elsewhere = wait_on(kB);
  EXPECT_EQ(*call(kA, FUTEX_WAKE, 1), 1);
  EXPECT_TRUE(one->woken);
  EXPECT_FALSE(two->woken);
  EXPECT_EQ(*call(kA, FUTEX_WAKE, INT32_MAX), 1);
  EXPECT_EQ(*call(kA, FUTEX_WAKE, 1), 0);
  EXPECT_FALSE(elsewhere->woken);
}

TEST_F(Futex, BitsetsSelect) {
  auto one = wait_on(kA, 1), two = wait_on(kA, 2);
  EXPECT_EQ(*call(kA, FUTEX_WAKE_BITSET, 10, 0, 0, 2), 1);
  EXPECT_FALSE(one->woken);
  EXPECT_TRUE(two->woken);
}

TEST_F(Futex, RequeueMovesTheRest) {
  word(kA, 7);
  auto one = wait_on(kA), two = wait_on(kA), three = wait_on(kA);
  EXPECT_EQ(call(kA, FUTEX_CMP_REQUEUE, 1, 1, kB, 6).error(), EAGAIN);
  EXPECT_EQ(*call(kA, FUTEX_CMP_REQUEUE, 1, 1, kB, 7), 2);
  EXPECT_TRUE(one->woken);
  EXPECT_EQ(*call(kB, FUTEX_WAKE, 10), 1);
  EXPECT_TRUE(two->woken);
  EXPECT_FALSE(three->woken);
}

TEST_F(Futex, WakeOpChangesTheSecondWord) {
  word(kB, 3);
  auto one = wait_on(kA), two = wait_on(kB);
  constexpr uint32_t kAdd5IfGt2 = static_cast<uint32_t>(FUTEX_OP_ADD) << 28 |
                                  static_cast<uint32_t>(FUTEX_OP_CMP_GT) << 24 | 5 << 12 | 2;
  EXPECT_EQ(*call(kA, FUTEX_WAKE_OP, 1, 1, kB, kAdd5IfGt2), 2);
  EXPECT_EQ(word(kB), 8U);
  EXPECT_TRUE(one->woken && two->woken);
}

TEST_F(Futex, PiLockWithoutContention) {
  const auto self = static_cast<uint32_t>(self_->pid);
  EXPECT_EQ(*call(kA, FUTEX_LOCK_PI), 0);
  EXPECT_EQ(word(kA), self);
  EXPECT_EQ(call(kA, FUTEX_LOCK_PI).error(), EDEADLK);
  EXPECT_EQ(*call(kA, FUTEX_UNLOCK_PI), 0);
  EXPECT_EQ(word(kA), 0U);
  EXPECT_EQ(call(kA, FUTEX_UNLOCK_PI).error(), EPERM);
  word(kA, static_cast<uint32_t>(other_->pid));
  EXPECT_EQ(call(kA, FUTEX_TRYLOCK_PI).error(), EAGAIN);
  word(kA, 31337);
  EXPECT_EQ(call(kA, FUTEX_LOCK_PI).error(), ESRCH);
}

TEST_F(Futex, PiUnlockHandsOver) {
  word(kA, static_cast<uint32_t>(self_->pid) | FUTEX_WAITERS);
  auto next = wait_on(kA, futex::kMatchAny, true);
  EXPECT_EQ(*call(kA, FUTEX_UNLOCK_PI), 0);
  EXPECT_TRUE(next->woken);
  EXPECT_EQ(word(kA), static_cast<uint32_t>(other_->pid));
}

TEST_F(Futex, PlainWakeDoesNotTouchPiWaiters) {
  auto next = wait_on(kA, futex::kMatchAny, true);
  EXPECT_EQ(call(kA, FUTEX_WAKE, 1).error(), EINVAL);
  EXPECT_FALSE(next->woken);
}

struct list_head64 {
  uint64_t next;
  int64_t offset;
  uint64_t pending;
};

TEST_F(Futex, RobustListMarksAndWakes) {
  constexpr uint64_t kHead = test::FlatSpace::kBase + 0x1000, kLock = kHead + 0x100,
                     kOther = kHead + 0x200;
  constexpr int64_t kOffset = 16;
  const auto self = static_cast<uint32_t>(self_->pid);
  space(*self_).poke(kHead, list_head64{kLock, kOffset, 0});
  space(*self_).poke<uint64_t>(kLock, kOther);
  space(*self_).poke<uint64_t>(kOther, kHead);
  word(kLock + kOffset, self | FUTEX_WAITERS);
  word(kOther + kOffset, 4711);  // somebody else's
  auto q = wait_on(kLock + kOffset);
  futex::queue(*q, *futex::key_of(kLock + kOffset, false));
  self_->robust_list = {kHead, sizeof(list_head64)};
  exit_robust_list(*self_);
  EXPECT_EQ(word(kLock + kOffset), static_cast<uint32_t>(FUTEX_WAITERS | FUTEX_OWNER_DIED));
  EXPECT_EQ(word(kOther + kOffset), 4711U);
  EXPECT_TRUE(q->woken);
}

TEST_F(Futex, HostileRobustListsEnd) {
  constexpr uint64_t kHead = test::FlatSpace::kBase + 0x1000, kLock = kHead + 0x100;
  space(*self_).poke(kHead, list_head64{kLock, 16, 1});
  space(*self_).poke<uint64_t>(kLock, kLock);  // a circle without the head
  self_->robust_list = {kHead, sizeof(list_head64)};
  exit_robust_list(*self_);
  self_->robust_list = {~7ULL, sizeof(list_head64)};
  exit_robust_list(*self_);
  EXPECT_EQ(self_->robust_list.head, 0U);
}

TEST_F(Futex, RobustListSystemCalls) {
  using Head = X86_64Abi::robust_list_head;
  EXPECT_EQ(sys_set_robust_list<X86_64Abi>(user_ptr<Head>(kA), {sizeof(Head) - 1}).error(), EINVAL);
  EXPECT_EQ(*sys_set_robust_list<X86_64Abi>(user_ptr<Head>(kA), {sizeof(Head)}), 0);
  EXPECT_EQ(*sys_get_robust_list<X86_64Abi>(0, user_ptr<uint64_t>(kB), user_ptr<uint64_t>(kB + 8)),
            0);
  EXPECT_EQ(space(*self_).peek<uint64_t>(kB), kA);
  EXPECT_EQ(space(*self_).peek<uint64_t>(kB + 8), sizeof(Head));
  EXPECT_EQ(do_get_robust_list(31337).error(), ESRCH);
}

}  // namespace
