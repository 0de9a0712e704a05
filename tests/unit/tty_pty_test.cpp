// Pseudo-terminals and the file system that names them.
#include "fs/dcache.h"
#include "fs/devpts.h"
#include "tests/unit/signal_fixture.h"
#include "tests/unit/tty_fixture.h"

namespace {

using test::FlatSpace;

constexpr uint64_t kArg = FlatSpace::kBase;

class Pty : public test::KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    mnt_ = make_ref<vfsmount>();
    mnt_->sb = *devpts_mount("devpts", 0, "mode=620,gid=5");
    mnt_->root = mnt_->sb->root;
    current->files = make_ref<files_struct>();
    current->signal->rlim[RLIMIT_NOFILE] = {100, 100};
    master_ = tty(*ptmx_open(node("ptmx"), O_RDWR | O_NONBLOCK));
  }
  void TearDown() override {
    slave_ = nullptr;
    master_ = nullptr;
    current->files = nullptr;
    KernelTest::TearDown();
  }

  path node(const std::string& name) { return path(mnt_, *lookup_dentry(mnt_->root, name)); }
  static Ref<tty_file> tty(Ref<file> f) { return Ref<tty_file>(static_cast<tty_file*>(f.get())); }
  void unlock() {
    set(0);
    ASSERT_EQ(error(master_->ioctl(TIOCSPTLCK, kArg)), 0);
  }
  void open_slave() {
    unlock();
    slave_ = tty(*pts_open(node("0"), O_RDWR | O_NONBLOCK | O_NOCTTY));
  }
  static int error(const auto& result) { return result ? 0 : result.error().value; }
  void set(int value) { space(*current).poke(kArg, value); }
  int ask(tty_file& f, unsigned cmd) {
    EXPECT_EQ(error(f.ioctl(cmd, kArg)), 0);
    return space(*current).peek<int>(kArg);
  }
  static std::string take(tty_file& f, size_t n = 4096) {
    std::string buffer(n, '\0');
    auto it = iov_iter::kernel(buffer.data(), n);
    uint64_t pos = 0;
    auto got = f.read_iter(it, pos);
    if (!got) return "error " + std::to_string(got.error().value);
    return buffer.substr(0, *got);
  }
  static long put(tty_file& f, std::string text) {
    auto it = iov_iter::kernel(text.data(), text.size());
    uint64_t pos = 0;
    auto n = f.write_iter(it, pos);
    return n ? static_cast<long>(*n) : -n.error().value;
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    dir_context ctx;
    ctx.actor = [&](std::string_view name, uint64_t, unsigned, uint64_t) {
      all.emplace_back(name);
      return true;
    };
    auto dir = *mnt_->root->d_inode->open(path(mnt_, mnt_->root), O_RDONLY);
    EXPECT_EQ(error(dir->iterate(ctx)), 0);
    return all;
  }

  Ref<vfsmount> mnt_;
  Ref<tty_file> master_, slave_;
};

const std::string kEio = "error " + std::to_string(EIO), kEagain = "error " + std::to_string(EAGAIN);

TEST_F(Pty, TheSlaveHasANodeWhileTheMasterLives) {
  EXPECT_EQ(names(), (std::vector<std::string>{".", "..", "ptmx", "0"}));
  EXPECT_EQ(ask(*master_, TIOCGPTN), 0);
  kstat st;
  ASSERT_EQ(error(node("0").dentry->d_inode->getattr(st)), 0);
  EXPECT_EQ(st.mode, S_IFCHR | 0620U);
  EXPECT_EQ(st.gid, 5U);
  EXPECT_EQ(st.rdev, MKDEV(136, 0));
  auto second = *ptmx_open(node("ptmx"), O_RDWR);
  EXPECT_EQ(names().back(), "1");
  const path old = node("0");
  master_ = nullptr;
  EXPECT_EQ(names(), (std::vector<std::string>{".", "..", "ptmx", "1"}));
  EXPECT_EQ(error(lookup_dentry(mnt_->root, "0")), ENOENT);
  EXPECT_EQ(error(pts_open(old, O_RDWR)), EIO);
  auto third = *ptmx_open(node("ptmx"), O_RDWR);  // the lowest number again
  EXPECT_EQ(names().at(3), "0");
}

TEST_F(Pty, ALockedSlaveCannotBeOpened) {
  EXPECT_EQ(error(pts_open(node("0"), O_RDWR)), EIO);
  EXPECT_EQ(ask(*master_, TIOCGPTLCK), 1);
  unlock();
  EXPECT_EQ(error(pts_open(node("0"), O_RDWR)), 0);
}

TEST_F(Pty, BytesGoBothWays) {
  open_slave();
  EXPECT_EQ(put(*master_, "ls\n"), 3);
  EXPECT_EQ(take(*slave_), "ls\n");
  EXPECT_EQ(take(*master_), "ls\r\n");
  EXPECT_EQ(put(*slave_, "out\n"), 4);
  EXPECT_EQ(take(*master_, 2), "ou");
  EXPECT_EQ(take(*master_), "t\r\n");
  EXPECT_EQ(take(*master_), kEagain);
}

TEST_F(Pty, ThePeerOpensWithoutAName) {
  unlock();
  const long fd = *master_->ioctl(TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  EXPECT_EQ(fd, 0);
  EXPECT_TRUE(current->files->fd[0].cloexec);
  put(*master_, "x\n");
  EXPECT_EQ(take(*tty(*fget(0))), "x\n");
}

TEST_F(Pty, BeforeTheFirstSlaveTheMasterWaitsAndAfterTheLastItFails) {
  EXPECT_EQ(take(*master_), kEagain);
  open_slave();
  auto other = tty(*pts_open(node("0"), O_RDWR | O_NOCTTY));
  put(*slave_, "bye");
  slave_ = nullptr;
  EXPECT_EQ(take(*master_), "bye");
  EXPECT_EQ(take(*master_), kEagain);
  other = nullptr;
  EXPECT_EQ(take(*master_), kEio);
  EXPECT_NE(master_->poll(nullptr) & POLLHUP, 0U);
  open_slave();
  EXPECT_EQ(take(*master_), kEagain);
  EXPECT_EQ(master_->poll(nullptr) & POLLHUP, 0U);
}

TEST_F(Pty, OutputIsKeptForTheMasterAfterTheSlaveHasGone) {
  open_slave();
  put(*slave_, "last words");
  slave_ = nullptr;
  EXPECT_EQ(take(*master_), "last words");
  EXPECT_EQ(take(*master_), kEio);
}

TEST_F(Pty, TheSlaveHangsUpWithTheMaster) {
  open_slave();
  auto* leader = add_process(init_);
  leader->signal->session = leader->signal->pgrp = leader->pid;
  leader->signal->leader = true;
  for (int sig : {SIGHUP, SIGCONT}) handle(*leader, sig, kHandler);
  leader->signal->tty = slave_->tty.get();
  slave_->tty->session = slave_->tty->pgrp = leader->pid;
  master_ = nullptr;
  EXPECT_EQ(take(*slave_), "");
  EXPECT_EQ(put(*slave_, "x"), -EIO);
  EXPECT_NE(slave_->poll(nullptr) & POLLHUP, 0U);
  EXPECT_TRUE(leader->signal->shared_pending.has(SIGHUP));
  EXPECT_TRUE(leader->signal->shared_pending.has(SIGCONT));
  EXPECT_EQ(leader->signal->tty, nullptr);
}

TEST_F(Pty, ModesAreTheSlavesOnBothEnds) {
  open_slave();
  ASSERT_EQ(error(master_->ioctl(TCGETS, kArg)), 0);
  auto t = space(*current).peek<termios>(kArg);
  EXPECT_NE(t.c_lflag & ECHO, 0U);
  t.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  space(*current).poke(kArg, t);
  ASSERT_EQ(error(master_->ioctl(TCSETS, kArg)), 0);
  put(*master_, "secret\n");
  EXPECT_EQ(take(*master_), kEagain);
  EXPECT_EQ(take(*slave_), "secret\n");
}

TEST_F(Pty, AFullPtyBlocksItsWriterAndLosesNothing) {
  open_slave();
  std::string sent;
  for (long n = 0;;) {
    const std::string text = std::to_string(sent.size()) + ",";
    n = put(*slave_, text);
    if (n > 0) sent += text.substr(0, static_cast<size_t>(n));
    if (n != static_cast<long>(text.size())) break;
  }
  EXPECT_GT(sent.size(), 8192U);
  EXPECT_EQ(slave_->poll(nullptr) & POLLOUT, 0U);
  std::string got;
  for (std::string part; (part = take(*master_)) != kEagain;) got += part;
  EXPECT_EQ(got, sent);
  EXPECT_NE(slave_->poll(nullptr) & POLLOUT, 0U);
}

TEST_F(Pty, PacketModeTellsWhatHappensAtTheSlave) {
  open_slave();
  set(1);
  ASSERT_EQ(error(master_->ioctl(TIOCPKT, kArg)), 0);
  EXPECT_EQ(ask(*master_, TIOCGPKT), 1);
  put(*slave_, "data");
  EXPECT_EQ(take(*master_), std::string("\0data", 5));
  ASSERT_EQ(error(slave_->ioctl(TCFLSH, TCIOFLUSH)), 0);
  EXPECT_NE(master_->poll(nullptr) & POLLPRI, 0U);
  EXPECT_EQ(take(*master_), std::string(1, TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE));
  put(*master_, "\023");
  EXPECT_EQ(take(*master_), std::string(1, TIOCPKT_STOP));
  put(*master_, "\021");
  EXPECT_EQ(take(*master_), std::string(1, TIOCPKT_START));
  ASSERT_EQ(error(slave_->ioctl(TCGETS, kArg)), 0);
  auto t = space(*current).peek<termios>(kArg);
  t.c_iflag &= ~static_cast<tcflag_t>(IXON);
  space(*current).poke(kArg, t);
  ASSERT_EQ(error(slave_->ioctl(TCSETS, kArg)), 0);
  EXPECT_EQ(take(*master_), std::string(1, TIOCPKT_NOSTOP));
  EXPECT_EQ(take(*master_), kEagain);
}

TEST_F(Pty, TheMasterSignalsTheForeground) {
  open_slave();
  auto* child = add_process(init_);
  child->signal->pgrp = child->pid;
  for (int sig : {SIGINT, SIGQUIT}) handle(*child, sig, kHandler);
  slave_->tty->pgrp = child->pid;
  EXPECT_EQ(error(master_->ioctl(TIOCSIG, SIGINT)), 0);
  EXPECT_EQ(error(master_->ioctl(TIOCSIG, SIGKILL)), EINVAL);
  put(*master_, "\034");
  EXPECT_TRUE(child->signal->shared_pending.has(SIGINT));
  EXPECT_TRUE(child->signal->shared_pending.has(SIGQUIT));
  EXPECT_EQ(error(slave_->ioctl(TIOCSIG, SIGINT)), ENOTTY);
}

TEST_F(Pty, MountOptions) {
  EXPECT_EQ(error(devpts_mount("", 0, "bogus=1")), EINVAL);
  EXPECT_EQ(error(devpts_mount("", 0, "mode=9")), EINVAL);
  auto sb = *devpts_mount("", 0, "max=1,ptmxmode=000,newinstance");
  auto mnt = make_ref<vfsmount>();
  mnt->sb = sb;
  mnt->root = sb->root;
  const path ptmx(mnt, *lookup_dentry(mnt->root, "ptmx"));
  EXPECT_EQ(ptmx.dentry->d_inode->mode, S_IFCHR | 0U);
  auto one = ptmx_open(ptmx, O_RDWR);
  EXPECT_EQ(error(one), 0);
  EXPECT_EQ(error(ptmx_open(ptmx, O_RDWR)), ENOSPC);
}

}  // namespace
