// Terminals and sleeping tasks: VMIN and VTIME, full and stopped output, hang-ups and signals.
#include "fs/dcache.h"
#include "fs/devpts.h"
#include "tests/unit/blocking_fixture.h"
#include "tests/unit/tty_fixture.h"

namespace {

using test::WireTty;

constexpr uint64_t kMs = 1'000'000;

class TtyBlocking : public test::BlockingTest {
 protected:
  void SetUp() override {
    BlockingTest::SetUp();
    tty_ = make_ref<WireTty>();
  }
  static void nap(uint64_t ms) {
    set_current_state(TASK_INTERRUPTIBLE);
    schedule_until(ktime_get() + ms * kMs);
  }
  // A read that waits; with the time that it took, in hundredths of a second.
  std::string take(size_t n = 100) {
    const uint64_t start = ktime_get();
    std::vector<uint8_t> buffer(n);
    auto got = tty_->ldisc.read(buffer, false, hung_up_);
    took_ = (ktime_get() - start) / (10 * kMs);
    if (!got) return "error " + std::to_string(got.error().value);
    return std::string(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(*got));
  }
  void raw(uint8_t vmin, uint8_t vtime) {
    ktermios t = tty_->termios;
    t.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    t.c_cc[VMIN] = vmin;
    t.c_cc[VTIME] = vtime;
    tty_->set_termios(t);
  }

  Ref<WireTty> tty_;
  bool hung_up_ = false;
  uint64_t took_ = 0;
};

TEST_F(TtyBlocking, AReaderSleepsUntilTheLineIsComplete) {
  spawn([&] { EXPECT_EQ(take(), "ab\n"); });
  spawn([&] {
    tty_->type("a");
    nap(100);
    tty_->type("b\n");
  });
  run();
  EXPECT_EQ(took_, 10U);
}

TEST_F(TtyBlocking, VminWithoutVtimeWaitsForSoMany) {
  raw(3, 0);
  spawn([&] { EXPECT_EQ(take(), "abc"); });
  spawn([&] {
    tty_->type("ab");
    nap(1000);
    tty_->type("c");
  });
  run();
  EXPECT_EQ(took_, 100U);
}

TEST_F(TtyBlocking, VtimeWithoutVminIsATimeLimit) {
  raw(0, 5);
  spawn([&] {
    EXPECT_EQ(take(), "");
    EXPECT_EQ(took_, 50U);
    EXPECT_EQ(take(), "x");
    EXPECT_EQ(took_, 20U);
  });
  spawn([&] {
    nap(700);
    tty_->type("x");
  });
  run();
}

TEST_F(TtyBlocking, BothLimitTheTimeBetweenBytesOnceThereIsOne) {
  raw(3, 2);
  spawn([&] {
    EXPECT_EQ(take(), "ab");
    EXPECT_EQ(took_, 100U + 10U + 20U);  // any time for the first, then 0.2 s after the last
    EXPECT_EQ(take(2), "cd");            // the buffer may be smaller than VMIN
    EXPECT_EQ(took_, 0U);
  });
  spawn([&] {
    nap(1000);
    tty_->type("a");
    nap(100);
    tty_->type("b");
    nap(150);
    nap(50);
    tty_->type("cd");
  });
  run();
}

TEST_F(TtyBlocking, NeitherNeverWaits) {
  raw(0, 0);
  spawn([&] {
    EXPECT_EQ(take(), "");
    EXPECT_EQ(took_, 0U);
  });
  run();
}

TEST_F(TtyBlocking, ASignalEndsTheWait) {
  auto* reader = spawn([&] { EXPECT_EQ(take(), "error " + std::to_string(ERESTARTSYS)); });
  handle(*reader, SIGUSR1, kHandler);
  spawn([&] { send_group(*reader, SIGUSR1); });
  run();
}

TEST_F(TtyBlocking, AHangUpEndsTheWait) {
  spawn([&] { EXPECT_EQ(take(), ""); });
  spawn([&] {
    hung_up_ = true;
    tty_->vhangup();
  });
  run();
}

TEST_F(TtyBlocking, TwoReadersTakeTurns) {
  std::vector<std::string> lines;
  for (int i = 0; i < 2; ++i) spawn([&] { lines.push_back(take()); });
  spawn([&] {
    tty_->type("one\n");
    nap(10);
    tty_->type("two\n");
  });
  run();
  EXPECT_EQ(lines, (std::vector<std::string>{"one\n", "two\n"}));
}

TEST_F(TtyBlocking, ChangingModesWakesTheReader) {
  spawn([&] { EXPECT_EQ(take(), "abc"); });
  spawn([&] {
    tty_->type("abc");
    nap(10);
    raw(1, 0);
  });
  run();
}

TEST_F(TtyBlocking, StoppedOutputWaitsForTheStartKey) {
  tty_->type("\023");
  uint64_t woke = 0;
  const uint64_t start = ktime_get();
  spawn([&] {
    const std::string text = "hello\n";
    EXPECT_EQ(*tty_->ldisc.write({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, false, hung_up_), 6U);
    woke = ktime_get();
  });
  spawn([&] {
    nap(50);
    EXPECT_EQ(tty_->shown(), "");
    tty_->type("\021");
  });
  run();
  EXPECT_EQ((woke - start) / kMs, 50U);
  EXPECT_EQ(tty_->shown(), "hello\r\n");
}

TEST_F(TtyBlocking, AWriterToAFullPtyGoesOnAsTheMasterReads) {
  auto mnt = make_ref<vfsmount>();
  mnt->sb = *devpts_mount("devpts", 0, "");
  mnt->root = mnt->sb->root;
  const auto tty_of = [](const Ref<file>& f) { return Ref<tty_file>(static_cast<tty_file*>(f.get())); };
  auto master = tty_of(*ptmx_open(path(mnt, *lookup_dentry(mnt->root, "ptmx")), O_RDWR));
  poke(kUser, 0);
  ASSERT_TRUE(master->ioctl(TIOCSPTLCK, kUser));
  auto slave = tty_of(*pts_open(path(mnt, *lookup_dentry(mnt->root, "0")), O_RDWR | O_NOCTTY));
  std::string sent, got;
  for (int i = 0; i < 20000; ++i) sent += std::to_string(i) + (i % 10 == 9 ? "\n" : " ");
  spawn([&] {
    auto from = iov_iter::kernel(sent.data(), sent.size());
    uint64_t pos = 0;
    EXPECT_EQ(*slave->write_iter(from, pos), sent.size());
    slave = nullptr;
  });
  spawn([&] {
    for (;;) {
      std::string buffer(1000, '\0');
      auto to = iov_iter::kernel(buffer.data(), buffer.size());
      uint64_t pos = 0;
      auto n = master->read_iter(to, pos);
      if (!n) {
        EXPECT_EQ(n.error(), EIO);
        break;
      }
      got.append(buffer, 0, *n);
    }
  });
  run();
  std::erase(got, '\r');
  EXPECT_EQ(got, sent);
}

}  // namespace
