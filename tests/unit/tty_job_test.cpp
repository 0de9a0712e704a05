// Controlling terminals: who may read, write and change a terminal, who gets one, and what happens to
// everybody when it goes.
#include "tests/unit/signal_fixture.h"
#include "tests/unit/tty_fixture.h"

namespace {

using test::FlatSpace;
using test::WireTty;

constexpr uint64_t kArg = FlatSpace::kBase;

class TtyJob : public test::KernelTest {
 protected:
  // A shell in the foreground of its terminal, and a job in the background: the current task.
  void SetUp() override {
    KernelTest::SetUp();
    tty_ = make_ref<WireTty>();
    leader_ = self_;
    new_session(*leader_);
    job_ = add_process(leader_);
    job_->signal->pgrp = job_->pid;
    for (int sig : {SIGHUP, SIGCONT}) handle(*job_, sig, kHandler);
    current = job_;
    tty_->session = tty_->pgrp = leader_->pid;
    leader_->signal->tty = job_->signal->tty = tty_.get();
  }
  Ref<tty_file> open(unsigned flags = O_RDWR) { return *tty_open_file(tty_, path(), flags, false); }
  void new_session(task_struct& t) {
    t.signal->session = t.signal->pgrp = t.pid;
    t.signal->leader = true;
    t.signal->tty = nullptr;
  }
  static bool pending(task_struct& t, int sig) { return t.signal->shared_pending.has(sig) || t.pending.has(sig); }
  static int error(const auto& result) { return result ? 0 : result.error().value; }
  void poke(int value) { space(*current).poke(kArg, value); }
  int peek() { return space(*current).peek<int>(kArg); }

  Ref<WireTty> tty_;
  task_struct* leader_ = nullptr;
  task_struct* job_ = nullptr;
};

TEST_F(TtyJob, TheForegroundGroupMayDoEverything) {
  tty_->pgrp = job_->pid;
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTIN)), 0);
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTOU)), 0);
}

TEST_F(TtyJob, TheBackgroundIsStopped) {
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTIN)), ERESTARTSYS);
  EXPECT_TRUE(pending(*job_, SIGTTIN));
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTOU)), ERESTARTSYS);
  EXPECT_TRUE(pending(*job_, SIGTTOU));
}

TEST_F(TtyJob, WhoIgnoresTheSignalMayWriteButNotRead) {
  handle(*job_, SIGTTIN, SIG_IGN);
  job_->blocked = sigmask(SIGTTOU);
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTIN)), EIO);
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTOU)), 0);
}

TEST_F(TtyJob, AnOrphanedGroupGetsAnErrorInsteadOfStopping) {
  job_->p_pptr = job_->p_opptr = init_;  // the shell has gone
  EXPECT_EQ(error(tty_check_change(*tty_, SIGTTIN)), EIO);
  EXPECT_FALSE(pending(*job_, SIGTTIN));
}

TEST_F(TtyJob, AnotherTerminalIsNobodysBusiness) {
  auto other = make_ref<WireTty>();
  other->pgrp = 12345;
  EXPECT_EQ(error(tty_check_change(*other, SIGTTIN)), 0);
}

TEST_F(TtyJob, TostopDecidesAboutBackgroundOutput) {
  auto f = open();
  char text[] = "hi";
  uint64_t pos = 0;
  auto from = iov_iter::kernel(text, 2);
  EXPECT_EQ(*f->write_iter(from, pos), 2U);
  ktermios t = tty_->termios;
  t.c_lflag |= TOSTOP;
  tty_->set_termios(t);
  from = iov_iter::kernel(text, 2);
  EXPECT_EQ(error(f->write_iter(from, pos)), ERESTARTSYS);
  EXPECT_TRUE(pending(*job_, SIGTTOU));
}

TEST_F(TtyJob, TiocspgrpMovesTheForegroundWithinTheSession) {
  auto f = open();
  tty_->pgrp = job_->pid;
  poke(job_->pid);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), 0);
  EXPECT_EQ(error(f->ioctl(TIOCGPGRP, kArg)), 0);
  EXPECT_EQ(peek(), job_->pid);
  poke(999);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), ESRCH);
  poke(-1);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), EINVAL);
  auto* stranger = add_process(leader_);
  new_session(*stranger);
  poke(stranger->pid);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), EPERM);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, 16)), EFAULT);
}

TEST_F(TtyJob, AnotherSessionCannotAsk) {
  auto f = open();
  new_session(*job_);
  EXPECT_EQ(error(f->ioctl(TIOCGPGRP, kArg)), ENOTTY);
  EXPECT_EQ(error(f->ioctl(TIOCGSID, kArg)), ENOTTY);
  poke(job_->pid);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), ENOTTY);
}

TEST_F(TtyJob, ASessionLeaderTakesAFreeTerminal) {
  tty_ = make_ref<WireTty>();
  new_session(*job_);
  auto f = open();
  EXPECT_EQ(error(f->ioctl(TIOCSCTTY, 0)), 0);
  EXPECT_EQ(job_->signal->tty, tty_.get());
  EXPECT_EQ(tty_->session, job_->pid);
  EXPECT_EQ(tty_->pgrp, job_->pid);
  EXPECT_EQ(error(f->ioctl(TIOCSCTTY, 0)), 0);  // again
  EXPECT_EQ(error(f->ioctl(TIOCGSID, kArg)), 0);
  EXPECT_EQ(peek(), job_->pid);
}

TEST_F(TtyJob, ATakenTerminalMustBeStolen) {
  new_session(*job_);
  auto f = open();
  EXPECT_EQ(error(f->ioctl(TIOCSCTTY, 0)), EPERM);
  job_->creds.cap_effective = 0;
  EXPECT_EQ(error(f->ioctl(TIOCSCTTY, 1)), EPERM);
  job_->creds.cap_effective = ~0ULL;
  EXPECT_EQ(error(f->ioctl(TIOCSCTTY, 1)), 0);
  EXPECT_EQ(leader_->signal->tty, nullptr);
}

TEST_F(TtyJob, OnlyALeaderWithoutTerminalAcquiresByOpeningForReading) {
  tty_ = make_ref<WireTty>();
  auto f = open();
  tty_open_proc_set_tty(*f);  // has one, leads nothing
  EXPECT_EQ(tty_->session, 0);
  new_session(*job_);
  auto w = open(O_WRONLY);
  tty_open_proc_set_tty(*w);
  EXPECT_EQ(tty_->session, 0);
  tty_open_proc_set_tty(*f);
  EXPECT_EQ(tty_->session, job_->pid);
}

TEST_F(TtyJob, TheTerminalHangsUpWithItsSessionLeader) {
  auto f = open();
  tty_->pgrp = job_->pid;
  tty_->type("typed\n");
  current = leader_;
  disassociate_ctty(*leader_, true);
  EXPECT_EQ(leader_->signal->tty, nullptr);
  EXPECT_EQ(job_->signal->tty, nullptr);
  EXPECT_EQ(tty_->session, 0);
  EXPECT_EQ(tty_->signals, std::vector<int>());
  EXPECT_TRUE(pending(*job_, SIGHUP));
  current = job_;

  char byte = 0;
  uint64_t pos = 0;
  auto it = iov_iter::kernel(&byte, 1);
  EXPECT_EQ(*f->read_iter(it, pos), 0U);
  EXPECT_EQ(error(f->write_iter(it, pos)), EIO);
  EXPECT_EQ(error(f->ioctl(TCGETS, kArg)), EIO);
  EXPECT_EQ(error(f->ioctl(TIOCSPGRP, kArg)), ENOTTY);
  EXPECT_NE(f->poll(nullptr) & POLLHUP, 0U);
  auto again = open();
  EXPECT_EQ(error(again->ioctl(TCGETS, kArg)), 0);
}

TEST_F(TtyJob, GivingTheTerminalUpTellsItsForeground) {
  auto f = open();
  tty_->pgrp = job_->pid;
  current = leader_;
  EXPECT_EQ(error(f->ioctl(TIOCNOTTY, 0)), 0);
  EXPECT_TRUE(pending(*job_, SIGHUP));
  EXPECT_TRUE(pending(*job_, SIGCONT));
  EXPECT_EQ(job_->signal->tty, nullptr);
  EXPECT_FALSE(f->hung_up);
  EXPECT_EQ(error(f->ioctl(TIOCNOTTY, 0)), ENOTTY);
}

TEST_F(TtyJob, AHangUpIsRememberedForTheLeadersExit) {
  auto f = open();
  tty_->pgrp = job_->pid;
  tty_->vhangup();
  EXPECT_EQ(leader_->signal->tty_old_pgrp, job_->pid);
  EXPECT_FALSE(pending(*job_, SIGHUP));  // only the leader so far
  disassociate_ctty(*leader_, true);
  EXPECT_TRUE(pending(*job_, SIGHUP));
}

TEST_F(TtyJob, TheLastCloseFreesTheTerminal) {
  open();
  EXPECT_EQ(tty_->session, 0);
  EXPECT_EQ(job_->signal->tty, nullptr);
}

TEST_F(TtyJob, AnExclusiveTerminalIsBusyForOthers) {
  auto f = open();
  EXPECT_EQ(error(f->ioctl(TIOCEXCL, 0)), 0);
  job_->creds.cap_effective = 0;
  EXPECT_EQ(error(tty_open_file(tty_, path(), O_RDWR, false)), EBUSY);
  EXPECT_EQ(error(f->ioctl(TIOCNXCL, 0)), 0);
  EXPECT_EQ(error(tty_open_file(tty_, path(), O_RDWR, false)), 0);
}

// ---- ioctls that have nothing to do with sessions --------------------------------------------------

TEST_F(TtyJob, ModesTravelInAllThreeForms) {
  auto f = open();
  tty_->pgrp = job_->pid;
  ASSERT_EQ(error(f->ioctl(TCGETS, kArg)), 0);
  auto t = space(*job_).peek<termios>(kArg);
  EXPECT_EQ(t.c_lflag, tty_std_termios().c_lflag);
  t.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  t.c_cflag = (t.c_cflag & ~static_cast<tcflag_t>(CBAUD)) | B9600;
  space(*job_).poke(kArg, t);
  EXPECT_EQ(error(f->ioctl(TCSETS, kArg)), 0);
  ASSERT_EQ(error(f->ioctl(TCGETS2, kArg)), 0);
  auto t2 = space(*job_).peek<termios2>(kArg);
  EXPECT_EQ(t2.c_lflag & ECHO, 0U);
  EXPECT_EQ(t2.c_ospeed, 9600U);
  t2.c_cflag = (t2.c_cflag & ~static_cast<tcflag_t>(CBAUD)) | BOTHER;
  t2.c_ospeed = 12345;
  space(*job_).poke(kArg, t2);
  EXPECT_EQ(error(f->ioctl(TCSETS2, kArg)), 0);
  EXPECT_EQ(tty_->termios.c_ospeed, 12345U);
  EXPECT_EQ(error(f->ioctl(TCGETA, kArg)), 0);
  EXPECT_EQ(space(*job_).peek<uint16_t>(kArg + 6), tty_->termios.c_lflag & 0xffff);
  EXPECT_EQ(error(f->ioctl(TCSETAF, kArg)), 0);
  EXPECT_EQ(error(f->ioctl(TCGETS, 16)), EFAULT);
  EXPECT_EQ(error(f->ioctl(0x5aff, kArg)), ENOTTY);
}

TEST_F(TtyJob, FlushForgetsInput) {
  auto f = open();
  tty_->pgrp = job_->pid;
  tty_->type("abc\n");
  EXPECT_EQ(error(f->ioctl(FIONREAD, kArg)), 0);
  EXPECT_EQ(peek(), 4);
  EXPECT_EQ(error(f->ioctl(TCFLSH, TCIFLUSH)), 0);
  EXPECT_EQ(tty_->take(), "EAGAIN");
  EXPECT_EQ(error(f->ioctl(TCFLSH, 7)), EINVAL);
}

TEST_F(TtyJob, FlowCanBeStoppedByProgramsAndNotRestartedByKeys) {
  auto f = open();
  tty_->pgrp = job_->pid;
  EXPECT_EQ(error(f->ioctl(TCXONC, TCOOFF)), 0);
  tty_->type("\021");
  EXPECT_EQ(tty_->print("x"), -EAGAIN);
  EXPECT_EQ(error(f->ioctl(TCXONC, TCOON)), 0);
  EXPECT_EQ(tty_->print("x"), 1);
}

TEST_F(TtyJob, TiocstiTypes) {
  auto f = open();
  for (char c : {'h', 'i', '\n'}) {
    space(*job_).poke(kArg, c);
    EXPECT_EQ(error(f->ioctl(TIOCSTI, kArg)), 0);
  }
  EXPECT_EQ(tty_->take(), "hi\n");
}

TEST_F(TtyJob, ANewWindowSizeIsToldOnce) {
  auto f = open();
  const tty_winsize ws{24, 80, 0, 0};
  space(*job_).poke(kArg, ws);
  EXPECT_EQ(error(f->ioctl(TIOCSWINSZ, kArg)), 0);
  EXPECT_EQ(error(f->ioctl(TIOCSWINSZ, kArg)), 0);
  EXPECT_EQ(tty_->signals, std::vector<int>{SIGWINCH});
  EXPECT_EQ(error(f->ioctl(TIOCGWINSZ, kArg + 64)), 0);
  EXPECT_EQ(space(*job_).peek<tty_winsize>(kArg + 64), ws);
}

}  // namespace
