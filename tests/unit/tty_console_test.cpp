// The guest's standard streams: the console on a host terminal, and plain streams on everything else.
#include "drivers/console.h"
#include "drivers/host_stream.h"
#include "drivers/tty/tty.h"
#include "tests/unit/fake_host_streams.h"

namespace {

using test::HostEnd;

// Not destroyed: the console lives as long as the process and keeps watching its machine.
test::StreamMachine& machine() {
  static auto& m = *new test::StreamMachine;
  return m;
}

class Stdio : public test::KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    arch::set_machine(&machine());
    machine().fs.ends.clear();
    current->files = make_ref<files_struct>();
  }
  void TearDown() override {
    current->files = nullptr;
    KernelTest::TearDown();
  }
  file& fd(size_t n) { return *current->files->fd[n].file; }
  static int error(const auto& result) { return result ? 0 : result.error().value; }
  static std::string take(file& f, size_t n = 100) {
    std::string buffer(n, '\0');
    auto it = iov_iter::kernel(buffer.data(), n);
    auto got = f.read_iter(it, f.f_pos);
    return got ? buffer.substr(0, *got) : "error " + std::to_string(got.error().value);
  }
  static long put(file& f, std::string text) {
    auto it = iov_iter::kernel(text.data(), text.size());
    auto n = f.write_iter(it, f.f_pos);
    return n ? static_cast<long>(*n) : -n.error().value;
  }
  std::map<int, HostEnd>& ends() { return machine().fs.ends; }
};

class Streams : public Stdio, public testing::WithParamInterface<bool> {
 protected:
  // With and without a second, non-blocking opening of the pipes.
  void SetUp() override {
    Stdio::SetUp();
    machine().fs.proc = GetParam();
  }
};
INSTANTIATE_TEST_SUITE_P(Tty, Streams, testing::Bool());

TEST_P(Streams, PipesAreReadAndWritten) {
  ends()[0] = {.flags = O_RDONLY, .input = "hello"};
  ends()[1] = {.flags = O_WRONLY};
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  EXPECT_EQ(current->files->fd[2].file, nullptr);  // closed on the host
  EXPECT_EQ(take(fd(0), 3), "hel");
  EXPECT_EQ(take(fd(0)), "lo");
  EXPECT_EQ(put(fd(1), "out"), 3);
  EXPECT_EQ(ends()[1].output, "out");
  fd(0).f_flags |= O_NONBLOCK;
  EXPECT_EQ(take(fd(0)), "error " + std::to_string(EAGAIN));
  ends()[0].eof = true;
  EXPECT_EQ(take(fd(0)), "");
  EXPECT_EQ(error(fd(0).llseek(0, SEEK_CUR)), ESPIPE);
  kstat st;
  ASSERT_EQ(error(fd(0).f_inode()->getattr(st)), 0);
  EXPECT_EQ(st.mode & S_IFMT, static_cast<uint32_t>(S_IFIFO));
  EXPECT_EQ(fd(0).proc_name(), "pipe:[7]");
}

TEST_P(Streams, AFullPipeTakesWhatFits) {
  ends()[1] = {.flags = O_WRONLY, .room = 10};
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  fd(1).f_flags |= O_NONBLOCK;
  EXPECT_EQ(put(fd(1), std::string(25, 'x')), 10);
  EXPECT_EQ(put(fd(1), "y"), -EAGAIN);
  EXPECT_EQ(fd(1).poll(nullptr) & POLLOUT, 0U);
  ends()[1].room = 100000;
  EXPECT_NE(fd(1).poll(nullptr) & POLLOUT, 0U);
  EXPECT_EQ(put(fd(1), std::string(90000, 'x')), 90000);
}

TEST_P(Streams, ABrokenPipeSignals) {
  ends()[1] = {.flags = O_WRONLY, .broken = true};
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  EXPECT_EQ(put(fd(1), "x"), -EPIPE);
  EXPECT_TRUE(self_->pending.has(SIGPIPE) || self_->signal->shared_pending.has(SIGPIPE));
}

TEST_P(Streams, PollersAreWokenOnceAndMayAskAgain) {
  ends()[0] = {.flags = O_RDONLY};
  auto port = *HostPort::make(0);
  for (int round = 0; round < 2; ++round) {
    wait_queue_entry entry(self_);
    port->queue.add(entry);
    EXPECT_EQ(port->ready(POLLIN), 0U);
    EXPECT_EQ(machine().look(), 0);
    ends()[0].input = "x";
    self_->state = TASK_INTERRUPTIBLE;
    EXPECT_EQ(machine().look(), 1);
    EXPECT_EQ(self_->state, static_cast<unsigned>(TASK_RUNNING));
    EXPECT_EQ(machine().look(), 0);  // nobody watches what nobody waits for
    EXPECT_EQ(port->ready(POLLIN), static_cast<unsigned>(POLLIN));
    wait_queue::remove(entry);
    ends()[0].input.clear();
  }
}

TEST_F(Stdio, ARegularFileKeepsTheHostsOffset) {
  machine().fs.proc = true;
  ends()[0] = {.mode = S_IFREG | 0600, .flags = O_RDONLY, .output = "0123456789", .offset = 2};
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  EXPECT_EQ(take(fd(0), 3), "234");
  EXPECT_EQ(ends()[0].offset, 5U);
  EXPECT_EQ(*fd(0).llseek(1, SEEK_SET), 1U);
  EXPECT_EQ(take(fd(0), 2), "12");
  char two[2];
  auto it = iov_iter::kernel(two, 2);
  uint64_t pos = 7;
  EXPECT_EQ(*fd(0).read_iter(it, pos), 2U);
  EXPECT_EQ(std::string(two, 2), "78");
  EXPECT_EQ(ends()[0].offset, 3U);
  EXPECT_EQ(fd(0).poll(nullptr) & POLLIN, static_cast<unsigned>(POLLIN));
}

TEST_F(Stdio, AccessIsThatOfTheDescriptor) {
  machine().fs.proc = true;
  ends()[1] = {.mode = S_IFREG | 0600, .flags = O_WRONLY | O_APPEND};
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  EXPECT_EQ(fd(1).f_flags & (O_ACCMODE | O_APPEND), static_cast<unsigned>(O_WRONLY | O_APPEND));
  EXPECT_FALSE(fd(1).readable());
  EXPECT_EQ(error(fd(1).f_inode()->open(fd(1).f_path, O_RDWR)), EACCES);
  EXPECT_EQ(error(fd(1).f_inode()->open(fd(1).f_path, O_WRONLY)), 0);
}

// One test for the one console of the process; steps depend on each other.
TEST_F(Stdio, TheConsoleIsTheHostsTerminal) {
  machine().fs.proc = true;
  for (int n : {0, 1, 2}) ends()[n] = {.mode = S_IFCHR | 0620, .tty = true};
  HostEnd& in = ends()[0];
  HostEnd& out = ends()[1];
  console_init();
  ASSERT_TRUE(console_is_tty());
  ASSERT_EQ(error(console_open_stdio(*current->files)), 0);
  EXPECT_EQ(&fd(0), &fd(2));
  auto& tty = *static_cast<tty_file&>(fd(0)).tty;
  EXPECT_EQ(tty.winsize, (tty_winsize{24, 80, 0, 0}));

  // Printing leaves the host terminal as it is, and that makes its own returns.
  EXPECT_EQ(put(fd(1), "hi\n"), 3);
  EXPECT_EQ(std::exchange(out.output, {}), "hi\n");
  EXPECT_EQ(in.raw, 0);

  // Reading takes it over: echo and lines are ours now.
  fd(0).f_flags |= O_NONBLOCK;
  EXPECT_EQ(take(fd(0)), "error " + std::to_string(EAGAIN));
  tty.wants_input();
  EXPECT_EQ(in.raw, 1);
  in.input = "lx\177s\r";
  EXPECT_EQ(machine().look(), 1);
  EXPECT_EQ(std::exchange(out.output, {}), "lx\b \bs\r\n");
  EXPECT_EQ(take(fd(0)), "ls\n");

  // A slow terminal: nothing is lost, nobody blocks.
  out.room = 5;
  EXPECT_EQ(put(fd(1), "0123456789"), 10);
  EXPECT_EQ(out.output, "01234");
  EXPECT_EQ(tty.chars_in_buffer(), 5U);
  out.room = 3;
  machine().look();
  EXPECT_EQ(out.output, "01234567");
  console_flush();
  EXPECT_EQ(std::exchange(out.output, {}), "0123456789");

  // Keys and the window.
  auto* child = add_process(init_);
  child->signal->pgrp = child->signal->session = child->pid;
  for (int sig : {SIGINT, SIGQUIT, SIGWINCH}) handle(*child, sig, kHandler);
  tty.session = tty.pgrp = child->pid;
  in.input = "\003";
  machine().look();
  EXPECT_TRUE(child->signal->shared_pending.has(SIGINT));
  machine().fs.window.cols = 100;
  console_resized();
  EXPECT_EQ(tty.winsize.ws_col, 100);
  EXPECT_TRUE(child->signal->shared_pending.has(SIGWINCH));
  EXPECT_TRUE(console_signal(SIGQUIT));
  EXPECT_TRUE(child->signal->shared_pending.has(SIGQUIT));

  console_restore();
  EXPECT_EQ(in.raw, -1);
  console_resume();
  EXPECT_EQ(in.raw, 1);

  // The window is closed.
  in.eof = true;
  machine().look();
  EXPECT_EQ(take(fd(0)), "");
  EXPECT_EQ(put(fd(1), "x"), -EIO);
  EXPECT_EQ(machine().look(), 0);
}

}  // namespace
