// epoll: level and edge, one shot, exclusive, nested, and what closing does.
#include "fs/eventpoll.h"

#include "fs/eventfd_syscalls.h"
#include "fs/pipe.h"
#include "tests/unit/blocking_fixture.h"

namespace {

class EventpollTest : public test::BlockingTest {
 protected:
  void SetUp() override {
    BlockingTest::SetUp();
    ep_ = static_cast<int>(*do_epoll_create(0));
    pipe_pair p = create_pipe_files(0);
    r_ = *fd_install_new(p.read_end, false);
    w_ = *fd_install_new(p.write_end, false);
  }
  static int ctl(int ep, int op, int fd, uint32_t events = POLLIN, uint64_t data = 7) {
    const kernel_epoll_event e{events, data};
    return error(do_epoll_ctl(ep, op, fd, &e));
  }
  // The events as "data:events data:events"; "E<errno>" for an error.
  static std::string wait(int ep, int timeout_ms = 0, size_t max = 10) {
    std::string out;
    const poll_deadline deadline = timeout_ms < 0 ? poll_deadline()
                                   : timeout_ms == 0
                                       ? poll_deadline(0)
                                       : poll_deadline(ktime_get() + timeout_ms * 1'000'000ULL);
    const auto r = do_epoll_wait(ep, max, deadline, [&](size_t, const kernel_epoll_event& e) {
      out += (out.empty() ? "" : " ") + std::to_string(e.data) + ":" + std::to_string(e.events);
      return true;
    });
    return r ? out : "E" + std::to_string(r.error().value);
  }
  int new_epoll() { return static_cast<int>(*do_epoll_create(0)); }
  int ep_ = -1, r_ = -1, w_ = -1;
};

TEST_F(EventpollTest, Errors) {
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, 77), EBADF);
  EXPECT_EQ(ctl(r_, EPOLL_CTL_ADD, w_), EINVAL);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, ep_), EINVAL);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_MOD, r_), ENOENT);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_DEL, r_), ENOENT);
  EXPECT_EQ(ctl(ep_, 99, r_), EINVAL);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, r_), 0);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, r_), EEXIST);
  const int f = *open("/f", O_CREAT | O_RDWR);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, f), EPERM);
  EXPECT_EQ(wait(r_), "E" + std::to_string(EINVAL));
}

TEST_F(EventpollTest, LevelTriggered) {
  ctl(ep_, EPOLL_CTL_ADD, r_);
  EXPECT_EQ(wait(ep_), "");
  (void)write(w_, "ab");
  EXPECT_EQ(wait(ep_), "7:1");
  EXPECT_EQ(wait(ep_), "7:1");
  EXPECT_EQ(read(r_, 10), "ab");
  EXPECT_EQ(wait(ep_), "");
  (void)close_fd(w_);
  EXPECT_EQ(wait(ep_), "7:16");
}

TEST_F(EventpollTest, EdgeTriggered) {
  ctl(ep_, EPOLL_CTL_ADD, r_, POLLIN | EPOLLET);
  (void)write(w_, "ab");
  EXPECT_EQ(wait(ep_), "7:1");
  EXPECT_EQ(wait(ep_), "");
  (void)write(w_, "c");  // a new edge, though the pipe was not empty
  EXPECT_EQ(wait(ep_), "7:1");
  EXPECT_EQ(read(r_, 1), "a");
  EXPECT_EQ(wait(ep_), "");
}

TEST_F(EventpollTest, OneShot) {
  ctl(ep_, EPOLL_CTL_ADD, r_, POLLIN | EPOLLONESHOT);
  (void)write(w_, "a");
  EXPECT_EQ(wait(ep_), "7:1");
  EXPECT_EQ(wait(ep_), "");
  (void)write(w_, "b");
  EXPECT_EQ(wait(ep_), "");
  ctl(ep_, EPOLL_CTL_MOD, r_, POLLIN | EPOLLONESHOT, 8);
  EXPECT_EQ(wait(ep_), "8:1");
}

TEST_F(EventpollTest, EverybodyGetsHisTurn) {
  std::array<int, 3> fds;
  for (size_t i = 0; i < 3; ++i) {
    fds[i] = static_cast<int>(*sys_eventfd(1));
    ctl(ep_, EPOLL_CTL_ADD, fds[i], POLLIN, i);
  }
  EXPECT_EQ(wait(ep_, 0, 2), "0:1 1:1");
  EXPECT_EQ(wait(ep_, 0, 2), "2:1 0:1");
  EXPECT_EQ(wait(ep_, 0, 2), "1:1 2:1");
}

TEST_F(EventpollTest, ClosingTakesTheItemAway) {
  ctl(ep_, EPOLL_CTL_ADD, r_);
  const int copy = *fd_install_new(*fget(r_), false);
  (void)write(w_, "a");
  (void)close_fd(r_);
  EXPECT_EQ(wait(ep_), "7:1");  // the description lives
  (void)close_fd(copy);
  EXPECT_EQ(wait(ep_), "");
}

TEST_F(EventpollTest, ClosingTheEpollFileFirst) {
  ctl(ep_, EPOLL_CTL_ADD, r_);
  (void)close_fd(ep_);
  EXPECT_EQ(*write(w_, "a"), 1U);
  (void)close_fd(r_);
}

TEST_F(EventpollTest, SleepsAndWakes) {
  ctl(ep_, EPOLL_CTL_ADD, r_);
  task_struct* t = spawn([&] {
    EXPECT_EQ(wait(ep_, -1), "7:1");
    (void)read(r_, 10);
    const uint64_t before = ktime_get();
    EXPECT_EQ(wait(ep_, 20), "");
    EXPECT_GE(ktime_get() - before, 20'000'000U);
  });
  spawn([&] { (void)write(w_, "a"); });
  run();
  EXPECT_EQ(t->acct.nvcsw, 3U);
}

TEST_F(EventpollTest, ASignalEndsTheWait) {
  task_struct* t = spawn([&] { EXPECT_EQ(wait(ep_, -1), "E" + std::to_string(EINTR)); });
  handle(*t, SIGUSR1, kHandler);
  spawn([&] { ASSERT_TRUE(send_signal(*t, make_siginfo(SIGUSR1, SI_USER), false)); });
  run();
}

TEST_F(EventpollTest, ExclusiveWakesOne) {
  const int other = new_epoll();
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, r_, POLLIN | EPOLLET | EPOLLEXCLUSIVE), 0);
  EXPECT_EQ(ctl(other, EPOLL_CTL_ADD, r_, POLLIN | EPOLLET | EPOLLEXCLUSIVE), 0);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_MOD, r_), EINVAL);
  int woken = 0;
  for (const int ep : {ep_, other}) spawn([&, ep] { woken += wait(ep, 100) == "7:1" ? 1 : 0; });
  spawn([&] { (void)write(w_, "a"); });
  run();
  EXPECT_EQ(woken, 1);
}

TEST_F(EventpollTest, Nested) {
  const int outer = new_epoll();
  EXPECT_EQ(ctl(outer, EPOLL_CTL_ADD, ep_, POLLIN, 1), 0);
  EXPECT_EQ(ctl(ep_, EPOLL_CTL_ADD, r_), 0);
  spawn([&] {
    EXPECT_EQ(wait(outer, -1), "1:1");
    EXPECT_EQ(wait(ep_), "7:1");
    (void)read(r_, 10);
    EXPECT_EQ(wait(outer), "");
  });
  spawn([&] { (void)write(w_, "a"); });
  run();
}

TEST_F(EventpollTest, NoCirclesAndNoDeepChains) {
  std::array<int, 6> ep;
  for (int& e : ep) e = new_epoll();
  for (size_t i = 1; i < 5; ++i) EXPECT_EQ(ctl(ep[i], EPOLL_CTL_ADD, ep[i - 1]), 0);
  EXPECT_EQ(ctl(ep[0], EPOLL_CTL_ADD, ep[4]), ELOOP);
  EXPECT_EQ(ctl(ep[0], EPOLL_CTL_ADD, ep[1]), ELOOP);
  EXPECT_EQ(ctl(ep[0], EPOLL_CTL_ADD, r_), 0);
  EXPECT_EQ(ctl(ep[5], EPOLL_CTL_ADD, ep[4]), EINVAL);
  (void)write(w_, "a");
  EXPECT_EQ(wait(ep[4]), "7:1");
}

// Each of many epoll files watched by each of many others: the walk must stay short.
TEST_F(EventpollTest, NoExplosionOfPaths) {
  std::vector<int> lower, upper;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    lower.push_back(new_epoll());
    upper.push_back(new_epoll());
    EXPECT_EQ(ctl(lower.back(), EPOLL_CTL_ADD, r_), 0);
  }
  for (const int u : upper)
    for (const int l : lower) refused += ctl(u, EPOLL_CTL_ADD, l) == EINVAL ? 1 : 0;
  EXPECT_EQ(refused, 1600 - 500);
}

}  // namespace
