// Pipes and FIFOs with sleeping readers and writers.
#include "fs/pipe.h"
#include "fs/pipe_syscalls.h"
#include "fs/splice_abi.h"
#include "tests/unit/blocking_fixture.h"

namespace {

class PipeTest : public test::BlockingTest {
 protected:
  void make_pipe(unsigned flags = 0) {
    pipe_pair p = create_pipe_files(flags);
    r_ = *fd_install_new(p.read_end, false);
    w_ = *fd_install_new(p.write_end, false);
  }
  static unsigned poll(int fd) { return (*fget(fd))->poll(nullptr); }
  static bool has_signal(task_struct& t, int sig) {
    return t.pending.has(sig) || t.signal->shared_pending.has(sig);
  }
  int r_ = -1, w_ = -1;
};

TEST_F(PipeTest, PingPongCostsTwoSwitches) {
  make_pipe();
  const int r1 = r_, w1 = w_;
  make_pipe();
  constexpr int kRounds = 100;
  task_struct* a = spawn([&] {
    for (int i = 0; i < kRounds; ++i) {
      EXPECT_EQ(*write(w1, "x"), 1U);
      EXPECT_EQ(read(r_, 10), "y");
    }
  });
  task_struct* b = spawn([&] {
    for (int i = 0; i < kRounds; ++i) {
      EXPECT_EQ(read(r1, 10), "x");
      EXPECT_EQ(*write(w_, "y"), 1U);
    }
  });
  run();
  EXPECT_LE(a->acct.nvcsw + b->acct.nvcsw, 2U * kRounds + 3);
  EXPECT_EQ(a->acct.nivcsw + b->acct.nivcsw, 0U);
}

TEST_F(PipeTest, ALongWriteWaitsForItsReader) {
  make_pipe();
  const std::string data(300'000, 'd');
  std::string seen;
  spawn([&] {
    EXPECT_EQ(*write(w_, data), data.size());
    (void)close_fd(w_);
  });
  spawn([&] {
    for (;;) {
      const std::string piece = read(r_, 70'000);
      if (piece.empty()) break;
      seen += piece;
    }
  });
  run();
  EXPECT_EQ(seen, data);
}

TEST_F(PipeTest, NobodyReads) {
  make_pipe();
  ASSERT_TRUE(close_fd(r_));
  EXPECT_EQ(poll(w_), unsigned{POLLOUT | POLLWRNORM | POLLERR});
  EXPECT_EQ(error(write(w_, "x")), EPIPE);
  EXPECT_TRUE(has_signal(*self_, SIGPIPE));
}

TEST_F(PipeTest, AWriterLearnsThatItsReaderLeft) {
  make_pipe();
  spawn([&] {
    EXPECT_EQ(*write(w_, std::string(65536, 'x')), 65536U);
    EXPECT_EQ(error(write(w_, "x")), EPIPE);
  });
  spawn([&] { (void)close_fd(r_); });
  run();
}

TEST_F(PipeTest, NonBlocking) {
  make_pipe(O_NONBLOCK);
  char c;
  EXPECT_EQ(error(ksys_read(r_, iov_iter::kernel(&c, 1))), EAGAIN);
  EXPECT_EQ(poll(r_), 0U);
  EXPECT_EQ(*write(w_, std::string(70'000, 'x')), 65536U);
  EXPECT_EQ(error(write(w_, "x")), EAGAIN);
  EXPECT_EQ(poll(w_), 0U);
  EXPECT_EQ(poll(r_), unsigned{POLLIN | POLLRDNORM});
  ASSERT_TRUE(close_fd(w_));
  EXPECT_EQ(poll(r_), unsigned{POLLIN | POLLRDNORM | POLLHUP});
}

TEST_F(PipeTest, ASignalEndsARead) {
  make_pipe();
  int result = 0;
  task_struct* reader = spawn([&] {
    char c;
    result = error(ksys_read(r_, iov_iter::kernel(&c, 1)));
  });
  handle(*reader, SIGUSR1, kHandler);
  spawn([&] { ASSERT_TRUE(send_signal(*reader, make_siginfo(SIGUSR1, SI_USER), false)); });
  run();
  EXPECT_EQ(result, ERESTARTSYS);
}

TEST_F(PipeTest, EveryReaderIsWokenInTurn) {
  make_pipe();
  int got = 0;
  for (int i = 0; i < 5; ++i) spawn([&] { got += read(r_, 1) == "x" ? 1 : 0; });
  spawn([&] { EXPECT_EQ(*write(w_, "xxxxx"), 5U); });
  run();
  EXPECT_EQ(got, 5);
}

TEST_F(PipeTest, Fcntl) {
  make_pipe();
  const Ref<file> f = *fget(w_);
  EXPECT_EQ(*f->fcntl(F_GETPIPE_SZ, 0), 65536);
  EXPECT_EQ(*f->fcntl(F_SETPIPE_SZ, 5000), 8192);
  EXPECT_EQ(*f->fcntl(F_GETPIPE_SZ, 0), 8192);
  EXPECT_EQ(*write(w_, std::string(8192, 'x')), 8192U);
  EXPECT_EQ(error(f->fcntl(F_SETPIPE_SZ, 4096)), EBUSY);
  become(1000, 1000);
  EXPECT_EQ(error(f->fcntl(F_SETPIPE_SZ, 4 << 20)), EPERM);
  EXPECT_EQ(*f->fcntl(F_SETPIPE_SZ, 1 << 20), 1 << 20);
}

TEST_F(PipeTest, AsyncReadersGetSigio) {
  make_pipe();
  const Ref<file> f = *fget(r_);
  f->f_owner = self_->pid;
  f->f_flags |= FASYNC;
  f->fasync_changed();
  handle(*self_, SIGIO, kHandler);
  EXPECT_EQ(*write(w_, "x"), 1U);
  EXPECT_TRUE(has_signal(*self_, SIGIO));
}

TEST_F(PipeTest, FifoEndsMeet) {
  ASSERT_TRUE(do_mknodat(AT_FDCWD, "/fifo", S_IFIFO | 0644, 0));
  EXPECT_EQ(open_error("/fifo", O_WRONLY | O_NONBLOCK), ENXIO);
  std::string order;
  spawn([&] {
    const int fd = *open("/fifo", O_RDONLY);
    order += 'r';
    EXPECT_EQ(read(fd, 10), "hello");
    EXPECT_EQ(read(fd, 10), "");
    (void)close_fd(fd);
  });
  spawn([&] {
    order += 'b';
    const int fd = *open("/fifo", O_WRONLY);
    EXPECT_EQ(*write(fd, "hello"), 5U);
    (void)close_fd(fd);
  });
  run();
  EXPECT_EQ(order, "br");
}

TEST_F(PipeTest, AFifoReaderWithoutWriters) {
  ASSERT_TRUE(do_mknodat(AT_FDCWD, "/fifo", S_IFIFO | 0644, 0));
  const int r = *open("/fifo", O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(poll(r), 0U);  // no hang-up before the first writer
  const int w = *open("/fifo", O_WRONLY | O_NONBLOCK);
  EXPECT_EQ(*write(w, "x"), 1U);
  ASSERT_TRUE(close_fd(w));
  EXPECT_EQ(poll(r), unsigned{POLLIN | POLLRDNORM | POLLHUP});
  // What was written goes with the last end.
  ASSERT_TRUE(close_fd(r));
  const int again = *open("/fifo", O_RDWR);
  EXPECT_EQ(poll(again), unsigned{POLLOUT | POLLWRNORM});
}

TEST_F(PipeTest, SpliceAndTee) {
  write_file("/f", "some text in a file");
  const int f = *open("/f", O_RDWR);
  make_pipe();
  EXPECT_EQ(*sys_splice(f, {}, w_, {}, {1000}, 0), 19);
  const int r1 = r_;
  make_pipe();
  EXPECT_EQ(*sys_tee(r1, w_, {9}, 0), 9);
  EXPECT_EQ(read(r_, 100), "some text");
  EXPECT_EQ(*sys_splice(r1, {}, w_, {}, {5}, 0), 5);
  EXPECT_EQ(read(r1, 100), "text in a file");
  poke<int64_t>(kUser, 0);
  EXPECT_EQ(*sys_splice(r_, {}, f, user_ptr<int64_t>(kUser), {1000}, 0), 5);
  EXPECT_EQ(peek<int64_t>(kUser), 5);
  EXPECT_EQ(error(sys_splice(r_, {}, f, {}, {1}, 2 /* SPLICE_F_NONBLOCK */)), EAGAIN);
  EXPECT_EQ(error(sys_splice(f, {}, f, {}, {1}, 0)), EINVAL);
  EXPECT_EQ(error(sys_splice(f, user_ptr<int64_t>(8), w_, {}, {1}, 0)), EFAULT);
  EXPECT_EQ(error(sys_splice(f, {}, w_, user_ptr<int64_t>(8), {1}, 0)), ESPIPE);
}

TEST_F(PipeTest, SystemCall) {
  EXPECT_EQ(error(sys_pipe2(user_ptr<int>(kUser), 0x7)), EINVAL);
  EXPECT_EQ(error(sys_pipe(user_ptr<int>(16))), EFAULT);
  ASSERT_EQ(*sys_pipe2(user_ptr<int>(kUser), O_CLOEXEC), 0);
  const int r = peek<int>(kUser), w = peek<int>(kUser + 4);
  EXPECT_EQ(r, 0);  // the failed one left nothing behind
  EXPECT_EQ(w, 1);
  EXPECT_TRUE((*fget(r))->proc_name().starts_with("pipe:["));
}

}  // namespace
