// poll, select and the files that live to be polled: eventfd, timerfd, signalfd.
#include "arch/x86/abi.h"
#include "fs/eventfd_syscalls.h"
#include "fs/pipe.h"
#include "fs/pipe_syscalls.h"
#include "fs/poll_abi.h"
#include "fs/timerfd_abi.h"
#include "tests/unit/blocking_fixture.h"

namespace {

constexpr uint64_t kMs = 1'000'000;

class PollTest : public test::BlockingTest {
 protected:
  void make_pipe() {
    pipe_pair p = create_pipe_files(0);
    r_ = *fd_install_new(p.read_end, false);
    w_ = *fd_install_new(p.write_end, false);
  }
  // One poll of one descriptor; the events, or a negative errno.
  static long poll(int fd, unsigned events, int timeout_ms) {
    kernel_pollfd p{fd, events, 0};
    const Result<long> r = do_poll({&p, 1}, poll_ms_deadline(timeout_ms));
    return r ? static_cast<long>(p.revents) : -r.error().value;
  }
  static long counter(int fd) {
    uint64_t v = 0;
    const auto r = ksys_read(fd, iov_iter::kernel(&v, sizeof v));
    return r ? static_cast<long>(v) : -r.error().value;
  }
  static int add(int fd, uint64_t v) {
    return error(ksys_write(fd, iov_iter::kernel(&v, sizeof v)));
  }
  int r_ = -1, w_ = -1;
};

TEST_F(PollTest, TimesOut) {
  make_pipe();
  spawn([&] {
    const uint64_t before = ktime_get();
    EXPECT_EQ(poll(r_, POLLIN, 250), 0);
    EXPECT_GE(ktime_get() - before, 250 * kMs);
    EXPECT_EQ(poll(r_, POLLIN, 0), 0);
    EXPECT_EQ(poll(-1, POLLIN, 0), 0);
    EXPECT_EQ(poll(99, POLLIN, -1), POLLNVAL);
  });
  run();
}

TEST_F(PollTest, WakesForItsOwnEvents) {
  make_pipe();
  task_struct* reader = spawn([&] { EXPECT_EQ(poll(r_, POLLIN, -1), POLLIN); });
  spawn([&] { EXPECT_EQ(*write(w_, "x"), 1U); });
  run();
  EXPECT_EQ(reader->acct.nvcsw, 2U);  // one sleep, and the end
}

TEST_F(PollTest, HangUpIsAlwaysTold) {
  make_pipe();
  spawn([&] { EXPECT_EQ(poll(r_, 0, -1), POLLHUP); });
  spawn([&] { (void)close_fd(w_); });
  run();
}

TEST_F(PollTest, ASignalRestartsWithTheTimeLeft) {
  make_pipe();
  Result<long> first, again;
  uint64_t waited = 0;
  task_struct* t = spawn([&] {
    poke(kUser, abi::pollfd{r_, POLLIN, 0});
    const uint64_t before = ktime_get();
    first = sys_poll(user_ptr<abi::pollfd>(kUser), 1, 1000);
    kernel_siginfo info;
    dequeue_signal(*current, 0, info);
    recalc_sigpending(*current);
    again = current->restart_block();
    waited = ktime_get() - before;
  });
  handle(*t, SIGUSR1, kHandler);
  spawn([&] {
    EXPECT_EQ(poll(-1, 0, 400), 0);
    ASSERT_TRUE(send_signal(*t, make_siginfo(SIGUSR1, SI_USER), false));
  });
  run();
  EXPECT_EQ(error(first), ERESTART_RESTARTBLOCK);
  EXPECT_EQ(*again, 0);
  EXPECT_GE(waited, 1000 * kMs);
  EXPECT_LT(waited, 1100 * kMs);
}

TEST_F(PollTest, PpollSwapsTheMask) {
  make_pipe();
  task_struct* t = spawn([&] {
    current->blocked = sigmask(SIGUSR1);
    poke(kUser, abi::pollfd{r_, POLLIN, 0});
    poke(kUser + 16, X86_64Abi::timespec{10, 0});
    poke(kUser + 32, uint64_t{0});
    const auto r =
        sys_ppoll(user_ptr<abi::pollfd>(kUser), 1, user_ptr<X86_64Abi::timespec>(kUser + 16),
                  user_ptr<const uint64_t>(kUser + 32), {8});
    EXPECT_EQ(error(r), ERESTARTNOHAND);
    EXPECT_EQ(current->blocked, 0U);  // stays for the handler
    EXPECT_EQ(current->saved_sigmask, sigmask(SIGUSR1));
    EXPECT_TRUE(current->restore_sigmask);
    const auto left = peek<X86_64Abi::timespec>(kUser + 16);
    EXPECT_EQ(left.tv_sec, 7);  // virtual time passes in sleep alone
    EXPECT_EQ(left.tv_nsec, 0);
  });
  handle(*t, SIGUSR1, kHandler);
  spawn([&] {
    current->timer_slack_ns = 0;
    EXPECT_EQ(poll(-1, 0, 3000), 0);
    ASSERT_TRUE(send_signal(*t, make_siginfo(SIGUSR1, SI_USER), false));
  });
  run();
}

TEST_F(PollTest, SelectSets) {
  make_pipe();
  const int r1 = r_, w1 = w_;
  make_pipe();
  ASSERT_EQ(*write(w_, "x"), 1U);
  auto select = [&](uint64_t in, uint64_t out, int n = 64) {
    poke(kUser, in);
    poke(kUser + 128, out);
    poke(kUser + 256, X86_64Abi::timeval{0, 0});
    return sys_select<X86_64Abi>(n, user_ptr<uint64_t>(kUser), user_ptr<uint64_t>(kUser + 128),
                                 user_ptr<uint64_t>(), user_ptr<X86_64Abi::timeval>(kUser + 256));
  };
  auto bit = [](int fd) { return 1ULL << fd; };
  EXPECT_EQ(*select(bit(r1) | bit(r_), bit(w1)), 2);
  EXPECT_EQ(peek<uint64_t>(kUser), bit(r_));
  EXPECT_EQ(peek<uint64_t>(kUser + 128), bit(w1));
  EXPECT_EQ(*select(bit(r_), 0, r_), 0);  // n excludes it
  EXPECT_EQ(error(select(bit(40), 0)), EBADF);
  EXPECT_EQ(error(select(0, 0, -1)), EINVAL);
  // Words of 32 bits are the same bits.
  poke<uint32_t>(kUser, static_cast<uint32_t>(bit(r_)));
  poke(kUser + 256, I386Abi::timeval{0, 0});
  EXPECT_EQ(*sys_select<I386Abi>(5, user_ptr<uint32_t>(kUser), {}, {},
                                 user_ptr<I386Abi::timeval>(kUser + 256)),
            1);
}

TEST_F(PollTest, EventfdCounts) {
  const int fd = static_cast<int>(*sys_eventfd2(3, O_NONBLOCK));
  EXPECT_EQ(poll(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
  EXPECT_EQ(add(fd, 4), 0);
  EXPECT_EQ(counter(fd), 7);
  EXPECT_EQ(counter(fd), -EAGAIN);
  EXPECT_EQ(add(fd, ~0ULL), EINVAL);
  EXPECT_EQ(add(fd, ~0ULL - 1), 0);
  EXPECT_EQ(add(fd, 1), EAGAIN);
  EXPECT_EQ(poll(fd, POLLIN | POLLOUT, 0), POLLIN);
  const int semaphore = static_cast<int>(*sys_eventfd2(2, 1 | O_NONBLOCK));
  EXPECT_EQ(counter(semaphore), 1);
  EXPECT_EQ(counter(semaphore), 1);
  EXPECT_EQ(counter(semaphore), -EAGAIN);
}

TEST_F(PollTest, EventfdSleepersMeet) {
  const int fd = static_cast<int>(*sys_eventfd(0));
  spawn([&] { EXPECT_EQ(counter(fd), 5); });
  spawn([&] { EXPECT_EQ(add(fd, 5), 0); });
  run();
}

TEST_F(PollTest, TimerfdTicks) {
  const int fd = static_cast<int>(*sys_timerfd_create(1, 0));
  spawn([&] {
    auto& t = static_cast<timerfd_ctx&>(**timerfd_fget(fd));
    t.set({.interval = 10 * kMs, .value = 100 * kMs}, false);
    EXPECT_EQ(poll(fd, POLLIN, 50), 0);
    EXPECT_EQ(poll(fd, POLLIN, -1), POLLIN);
    EXPECT_EQ(poll(-1, 0, 35), 0);
    EXPECT_EQ(counter(fd), 4);
    EXPECT_EQ(counter(fd), 1);
    EXPECT_LE(t.get().value, 10 * kMs);
    t.set({}, false);
    EXPECT_EQ(t.get().value, 0U);
    EXPECT_EQ(poll(fd, POLLIN, 100), 0);
    t.set({.interval = 0, .value = 1}, true);  // long ago
    EXPECT_EQ(counter(fd), 1);
  });
  run();
}

TEST_F(PollTest, SignalfdReadsWhatIsBlocked) {
  current->blocked = sigmask(SIGUSR1) | sigmask(SIGUSR2);
  poke(kUser, sigmask(SIGUSR1) | sigmask(SIGKILL));
  const int fd =
      static_cast<int>(*sys_signalfd4(-1, user_ptr<const uint64_t>(kUser), {8}, O_NONBLOCK));
  EXPECT_EQ(poll(fd, POLLIN, 0), 0);
  ASSERT_TRUE(send_signal(*self_, make_siginfo(SIGUSR2, SI_USER), false));
  EXPECT_EQ(poll(fd, POLLIN, 0), 0);
  ASSERT_TRUE(send_signal(*self_, make_siginfo(SIGUSR1, SI_USER), false));
  EXPECT_EQ(poll(fd, POLLIN, 0), POLLIN);
  std::array<uint32_t, 64> info{};
  EXPECT_EQ(*ksys_read(fd, iov_iter::kernel(info.data(), sizeof info)), 128U);
  EXPECT_EQ(info[0], static_cast<uint32_t>(SIGUSR1));
  EXPECT_EQ(info[3], static_cast<uint32_t>(self_->tgid));
  EXPECT_EQ(error(ksys_read(fd, iov_iter::kernel(info.data(), sizeof info))), EAGAIN);
}

}  // namespace
