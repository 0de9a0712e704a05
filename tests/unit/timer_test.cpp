// The timer queue, interval timers and POSIX timers, while time stands still.
#include "arch/x86/abi.h"
#include "kernel/time_abi.h"
#include "tests/unit/signal_fixture.h"

namespace {

using TimerQueue = test::KernelTest;

TEST_F(TimerQueue, FiresInOrderOfDeadlineThenOfArrival) {
  std::string log;
  timer_list a, b, c;
  a.function = [&] { log += 'a'; };
  b.function = [&] { log += 'b'; };
  c.function = [&] { log += 'c'; };
  const uint64_t now = ktime_get();
  add_timer(a, now + 20);
  add_timer(b, now + 10);
  add_timer(c, now + 20);
  EXPECT_EQ(next_timer(), now + 10);
  advance(9);
  EXPECT_EQ(log, "");
  advance(11);
  EXPECT_EQ(log, "bac");
  EXPECT_EQ(next_timer(), std::nullopt);
}

TEST_F(TimerQueue, SlackLetsATimerWaitForOthers) {
  std::string log;
  timer_list lazy, exact;
  lazy.function = [&] { log += 'l'; };
  exact.function = [&] { log += 'e'; };
  const uint64_t now = ktime_get();
  add_timer(lazy, now + 10, 50);
  EXPECT_EQ(next_timer(), now + 60);
  add_timer(exact, now + 30);
  EXPECT_EQ(next_timer(), now + 30);
  advance(9);
  EXPECT_EQ(log, "");
  advance(21);
  EXPECT_EQ(log, "el");
}

TEST_F(TimerQueue, AddingAPendingTimerMovesIt) {
  int fired = 0;
  timer_list t;
  t.function = [&] { ++fired; };
  add_timer(t, ktime_get() + 10);
  add_timer(t, ktime_get() + 100);
  advance(50);
  EXPECT_EQ(fired, 0);
  advance(50);
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(del_timer(t));
}

TEST_F(TimerQueue, AFunctionMayDestroyItsTimer) {
  auto t = std::make_unique<timer_list>();
  bool fired = false;
  t->function = [&] {
    t.reset();
    fired = true;
  };
  add_timer(*t, ktime_get() + 1);
  advance(1);
  EXPECT_TRUE(fired);
  EXPECT_FALSE(t);
}

TEST_F(TimerQueue, ReArmingInThePastDoesNotLoop) {
  int fired = 0;
  timer_list t;
  t.function = [&] {
    if (++fired < 3) add_timer(t, ktime_get() + 1);
  };
  add_timer(t, ktime_get());
  run_timers();
  EXPECT_EQ(fired, 1);
}

TEST_F(TimerQueue, ADestroyedTimerLeavesTheQueue) {
  {
    timer_list t;
    add_timer(t, ktime_get() + 5);
    EXPECT_TRUE(next_timer());
  }
  EXPECT_FALSE(next_timer());
}

TEST(WireTime, RefusesWhatIsNoTime) {
  using T = X86_64Abi::timespec;
  EXPECT_EQ(detail::timespec_to_ns(T{1, 5}).value(), kNsec + 5);
  EXPECT_FALSE(detail::timespec_to_ns(T{-1, 0}));
  EXPECT_FALSE(detail::timespec_to_ns(T{0, 1'000'000'000}));
  EXPECT_FALSE(detail::timespec_to_ns(T{0, -1}));
  EXPECT_TRUE(detail::timespec_to_ns(T{INT64_MAX, 999'999'999}));
  EXPECT_FALSE(detail::timeval_to_ns(X86_64Abi::timeval{0, 1'000'000}));
}

using Itimers = test::KernelTest;

TEST_F(Itimers, RealSendsSigalrmAndRestartsWhenTaken) {
  handle(*self_, SIGALRM, kHandler);
  ASSERT_TRUE(do_setitimer(0, {10, 100}));
  EXPECT_EQ(do_getitimer(0)->value, 100U);
  advance(100);
  EXPECT_TRUE(self_->signal->shared_pending.has(SIGALRM));
  // Not taken: no further expiry is even scheduled.
  EXPECT_FALSE(next_timer());
  advance(35);
  EXPECT_EQ(take(*self_), SIGALRM);
  EXPECT_EQ(next_timer(), self_->signal->real_timer.timer.expires);
  EXPECT_EQ(do_getitimer(0)->value, 5U);
  ASSERT_TRUE(do_setitimer(0, {}));
  EXPECT_FALSE(next_timer());
}

TEST_F(Itimers, AlarmReportsWhatIsLeftRounded) {
  EXPECT_EQ(*sys_alarm(10), 0);
  advance(kNsec / 10);
  EXPECT_EQ(*sys_alarm(1), 10);
  advance(kNsec - kNsec / 10);
  EXPECT_EQ(*sys_alarm(0), 1);  // a tenth of a second is not "none"
  EXPECT_EQ(*sys_alarm(0), 0);
}

TEST_F(Itimers, VirtualCountsOnlyUserTime) {
  handle(*self_, SIGVTALRM, kHandler);
  ASSERT_TRUE(do_setitimer(1, {1000, 1000}));
  self_->acct.stime += 5000;
  account_process_tick(*self_, 0, 5000);
  EXPECT_FALSE(self_->signal->shared_pending.has(SIGVTALRM));
  self_->acct.utime += 2500;
  account_process_tick(*self_, 2500, 0);
  EXPECT_EQ(take(*self_), SIGVTALRM);
  EXPECT_EQ(do_getitimer(1)->value, 500U);
  EXPECT_TRUE(cpu_timer_deadline(*self_));
}

TEST_F(Itimers, CpuLimitWarnsThenKills) {
  handle(*self_, SIGXCPU, kHandler);
  self_->signal->rlim[RLIMIT_CPU] = {1, 2};
  self_->acct.utime = kNsec;
  account_process_tick(*self_, 0, 0);
  EXPECT_EQ(take(*self_), SIGXCPU);
  self_->acct.utime = 2 * kNsec;
  account_process_tick(*self_, 0, 0);
  EXPECT_TRUE(fatal_signal_pending(*self_));
}

TEST_F(Itimers, PosixTimerCarriesValueAndOverrun) {
  handle(*self_, SIGRTMIN + 2, kHandler);
  ksigevent event{SIGEV_SIGNAL, SIGRTMIN + 2, 0, 77, true};
  const int id = do_timer_create(CLOCK_MONOTONIC, event).value();
  ASSERT_TRUE(do_timer_settime(id, 0, {10, 100}));
  advance(100);
  advance(35);  // three more expiries while the signal waits
  kernel_siginfo info;
  EXPECT_EQ(take(*self_, &info), SIGRTMIN + 2);
  EXPECT_EQ(info.si_code, SI_TIMER);
  EXPECT_EQ(info.value, 77U);
  EXPECT_EQ(info.overrun, 3);
  EXPECT_EQ(*do_timer_getoverrun(id), 3);
  EXPECT_EQ(do_timer_gettime(id)->value, 5U);
  ASSERT_TRUE(do_timer_delete(id));
  EXPECT_FALSE(next_timer());
  EXPECT_EQ(do_timer_delete(id).error(), EINVAL);
}

TEST_F(Itimers, PosixTimerThatNobodyWantsIsNoFlood) {
  handle(*self_, SIGUSR1, SIG_IGN);
  const int id = do_timer_create(CLOCK_REALTIME, {SIGEV_SIGNAL, SIGUSR1, 0, 0, true}).value();
  ASSERT_TRUE(do_timer_settime(id, 0, {1, 1}));
  advance(1);
  EXPECT_GE(*next_timer(), ktime_get() + kNsec / HZ);
}

TEST_F(Itimers, PosixTimerForAThreadGoesToIt) {
  task_struct* other = add_thread(self_);
  handle(*self_, SIGUSR1, kHandler);
  const int id =
      do_timer_create(CLOCK_MONOTONIC, {SIGEV_THREAD_ID, SIGUSR1, other->pid, 0, true}).value();
  ASSERT_TRUE(do_timer_settime(id, 0, {0, 5}));
  advance(5);
  EXPECT_TRUE(other->pending.has(SIGUSR1));
  EXPECT_FALSE(self_->pending.has(SIGUSR1));
  EXPECT_EQ(
      do_timer_create(CLOCK_MONOTONIC, {SIGEV_THREAD_ID, SIGUSR1, init_->pid, 0, true}).error(),
      EINVAL);
}

TEST_F(Itimers, ClocksThatDoNotExist) {
  EXPECT_EQ(clock_now(99).error(), EINVAL);
  EXPECT_EQ(do_timer_create(99, {}).error(), EINVAL);
  EXPECT_EQ(do_timer_create(CLOCK_MONOTONIC_RAW, {}).error(), EOPNOTSUPP);
  EXPECT_TRUE(clock_now(CLOCK_PROCESS_CPUTIME_ID));
  EXPECT_TRUE(clock_now(static_cast<int>(~static_cast<unsigned>(self_->pid) << 3 | 2)));
  EXPECT_EQ(clock_now(static_cast<int>(~12345U << 3 | 2)).error(), EINVAL);
}

}  // namespace
