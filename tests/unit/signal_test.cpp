// Sending, dropping, queueing and taking signals; stops; parents.

#include "arch/x86/signal.h"
#include "arch/x86/abi.h"
#include "kernel/signal_abi.h"
#include "tests/unit/signal_fixture.h"

namespace {

class Signals : public test::KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    peer_ = add_process(self_);
  }
  Result<void> send(task_struct& t, int sig, int code = SI_USER, uint64_t value = 0) {
    kernel_siginfo info = make_siginfo(sig, code);
    info.value = value;
    return send_signal(t, info, false);
  }
  task_struct* peer_ = nullptr;
};

TEST_F(Signals, AnOldSignalIsQueuedOnceARealTimeOneEachTime) {
  handle(*peer_, SIGUSR1, kHandler);
  handle(*peer_, SIGRTMIN, kHandler);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(send(*peer_, SIGUSR1));
    ASSERT_TRUE(send(*peer_, SIGRTMIN, SI_QUEUE, static_cast<uint64_t>(i)));
  }
  EXPECT_EQ(take(*peer_), SIGUSR1);
  kernel_siginfo info;
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(take(*peer_, &info), SIGRTMIN);
    EXPECT_EQ(info.value, i);
  }
  EXPECT_EQ(take(*peer_), 0);
  EXPECT_FALSE(signal_pending(*peer_));
}

TEST_F(Signals, TheQueueIsBounded) {
  handle(*peer_, SIGRTMIN, kHandler);
  peer_->signal->rlim[RLIMIT_SIGPENDING].cur = 2;
  EXPECT_TRUE(send(*peer_, SIGRTMIN, SI_QUEUE));
  EXPECT_TRUE(send(*peer_, SIGRTMIN, SI_QUEUE));
  EXPECT_EQ(send(*peer_, SIGRTMIN, SI_QUEUE).error(), EAGAIN);
  EXPECT_TRUE(send(*peer_, SIGTERM));  // kill(2) always gets through
}

TEST_F(Signals, LowestFirstButFaultsBeforeAll) {
  for (const int sig : {SIGHUP, SIGUSR1, SIGSEGV}) handle(*peer_, sig, kHandler);
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  ASSERT_TRUE(send(*peer_, SIGHUP));
  kernel_siginfo fault;
  fault.si_signo = SIGSEGV;
  fault.si_code = SEGV_MAPERR;
  fault.addr = 0x1234;
  ASSERT_TRUE(force_sig(*peer_, fault));
  kernel_siginfo info;
  EXPECT_EQ(take(*peer_, &info), SIGSEGV);
  EXPECT_EQ(info.addr, 0x1234U);
  EXPECT_EQ(take(*peer_), SIGHUP);
  EXPECT_EQ(take(*peer_), SIGUSR1);
}

TEST_F(Signals, IgnoredOnesAreDroppedUnlessBlocked) {
  handle(*peer_, SIGUSR1, SIG_IGN);
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  ASSERT_TRUE(send(*peer_, SIGCHLD));  // ignored by default
  EXPECT_EQ(peer_->signal->shared_pending.signal, 0U);
  peer_->blocked = sigmask(SIGUSR1);
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  EXPECT_TRUE(peer_->signal->shared_pending.has(SIGUSR1));
  EXPECT_FALSE(signal_pending(*peer_));
}

TEST_F(Signals, IgnoringThrowsAwayWhatIsPending) {
  handle(*self_, SIGUSR1, kHandler);
  self_->blocked = sigmask(SIGUSR1);
  ASSERT_TRUE(send(*self_, SIGUSR1));
  ASSERT_TRUE(do_sigaction(SIGUSR1, k_sigaction{.handler = SIG_IGN}));
  EXPECT_EQ(self_->signal->shared_pending.signal, 0U);
  EXPECT_TRUE(self_->signal->shared_pending.queue.empty());
}

TEST_F(Signals, StopAndContinueCancelEachOther) {
  handle(*peer_, SIGCONT, kHandler);
  peer_->blocked = sigmask(SIGTSTP) | sigmask(SIGCONT);
  ASSERT_TRUE(send(*peer_, SIGTSTP));
  ASSERT_TRUE(send(*peer_, SIGCONT));
  EXPECT_FALSE(peer_->signal->shared_pending.has(SIGTSTP));
  EXPECT_TRUE(peer_->signal->shared_pending.has(SIGCONT));
  ASSERT_TRUE(send(*peer_, SIGTSTP));
  EXPECT_FALSE(peer_->signal->shared_pending.has(SIGCONT));
}

TEST_F(Signals, ContinueEndsAStopAndTellsTheParent) {
  handle(*self_, SIGCHLD, kHandler);
  peer_->signal->group_stop_sig = peer_->stopped_sig = SIGSTOP;
  peer_->state = TASK_STOPPED;
  ASSERT_TRUE(send(*peer_, SIGCONT));
  EXPECT_EQ(peer_->state, static_cast<unsigned>(TASK_RUNNING));
  EXPECT_EQ(peer_->stopped_sig, 0);
  EXPECT_TRUE(peer_->signal->cont_pending);
  kernel_siginfo info;
  EXPECT_EQ(take(*self_, &info), SIGCHLD);
  EXPECT_EQ(info.si_code, CLD_CONTINUED);
  EXPECT_EQ(info.status, SIGCONT);
}

TEST_F(Signals, NoChildStopHidesStopsFromTheHandler) {
  handle(*self_, SIGCHLD, kHandler, SA_NOCLDSTOP);
  do_notify_parent_cldstop(*peer_, false);
  EXPECT_EQ(take(*self_), 0);
}

TEST_F(Signals, AFatalSignalBecomesSigkillForEveryThreadAtOnce) {
  task_struct* thread = add_thread(peer_);
  thread->state = TASK_KILLABLE;
  ASSERT_TRUE(send(*peer_, SIGTERM));
  EXPECT_TRUE(peer_->signal->group_exit);
  EXPECT_EQ(peer_->signal->group_exit_code, SIGTERM);
  EXPECT_TRUE(fatal_signal_pending(*peer_));
  EXPECT_TRUE(fatal_signal_pending(*thread));
  EXPECT_EQ(thread->state, static_cast<unsigned>(TASK_RUNNING));
}

TEST_F(Signals, ACoreSignalWaitsUntilItIsTaken) {
  peer_->state = TASK_KILLABLE;  // a vfork parent
  ASSERT_TRUE(send(*peer_, SIGQUIT));
  EXPECT_FALSE(peer_->signal->group_exit);
  EXPECT_FALSE(fatal_signal_pending(*peer_));
  EXPECT_EQ(peer_->state, static_cast<unsigned>(TASK_KILLABLE));
}

TEST_F(Signals, UninterruptibleSleepIsNotDisturbed) {
  peer_->state = TASK_UNINTERRUPTIBLE;  // a vfork parent before 3.4
  ASSERT_TRUE(send(*peer_, SIGKILL));
  EXPECT_TRUE(fatal_signal_pending(*peer_));
  EXPECT_EQ(peer_->state, static_cast<unsigned>(TASK_UNINTERRUPTIBLE));
}

TEST_F(Signals, InitTakesNothingItHasNoHandlerFor) {
  ASSERT_TRUE(send(*init_, SIGKILL));
  ASSERT_TRUE(send(*init_, SIGTERM));
  EXPECT_EQ(init_->signal->shared_pending.signal, 0U);
  handle(*init_, SIGTERM, kHandler);
  ASSERT_TRUE(send(*init_, SIGTERM));
  EXPECT_TRUE(init_->signal->shared_pending.has(SIGTERM));
}

TEST_F(Signals, InitDiesOfItsOwnFaults) {
  kernel_siginfo fault;
  fault.si_signo = SIGSEGV;
  fault.si_code = SEGV_MAPERR;
  ASSERT_TRUE(force_sig(*init_, fault));
  EXPECT_TRUE(init_->pending.has(SIGSEGV));
}

TEST_F(Signals, AGroupSignalFindsAThreadThatWantsIt) {
  task_struct* thread = add_thread(peer_);
  handle(*peer_, SIGUSR1, kHandler);
  peer_->blocked = sigmask(SIGUSR1);
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  EXPECT_FALSE(peer_->sigpending_flag);
  EXPECT_TRUE(thread->sigpending_flag);
  EXPECT_EQ(take(*thread), SIGUSR1);
}

TEST_F(Signals, BlockingHandsPendingSignalsToASibling) {
  task_struct* thread = add_thread(self_);
  handle(*self_, SIGUSR1, kHandler);
  thread->flags |= PF_EXITING;
  ASSERT_TRUE(send(*self_, SIGUSR1));
  thread->flags &= ~static_cast<unsigned>(PF_EXITING);
  EXPECT_FALSE(thread->sigpending_flag);
  set_current_blocked(sigmask(SIGUSR1));
  EXPECT_TRUE(thread->sigpending_flag);
}

TEST_F(Signals, AnExitingThreadHandsGroupSignalsOn) {
  task_struct* thread = add_thread(peer_);
  handle(*peer_, SIGUSR1, kHandler);
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  EXPECT_FALSE(thread->sigpending_flag);
  exit_signals(*peer_);
  EXPECT_TRUE(thread->sigpending_flag);
}

TEST_F(Signals, ARunningThreadElsewhereIsKicked) {
  handle(*peer_, SIGUSR1, kHandler);
  peer_->on_cpu_away = true;
  ASSERT_TRUE(send(*peer_, SIGUSR1));
  EXPECT_EQ(space(*peer_).interrupts, 1);
}

TEST_F(Signals, KillAsksForPermission) {
  self_->creds.uid = self_->creds.euid = self_->creds.suid = 1000;
  self_->creds.cap_effective = 0;
  EXPECT_EQ(*sys_kill(self_->pid, 0), 0);
  EXPECT_EQ(sys_kill(peer_->pid, SIGTERM).error(), EPERM);
  EXPECT_EQ(*sys_kill(peer_->pid, SIGCONT), 0);  // same session
  peer_->signal->session = 99;
  EXPECT_EQ(sys_kill(peer_->pid, SIGCONT).error(), EPERM);
  EXPECT_EQ(sys_kill(4711, SIGTERM).error(), ESRCH);
  EXPECT_EQ(sys_kill(peer_->pid, 65).error(), EINVAL);
  EXPECT_EQ(sys_kill(INT32_MIN, SIGTERM).error(), ESRCH);
  EXPECT_EQ(sys_tgkill(1, peer_->pid, 0).error(), ESRCH);
  EXPECT_EQ(sys_tkill(-1, 0).error(), EINVAL);
}

TEST_F(Signals, ForgedCodesAreForOneselfAlone) {
  kernel_siginfo info;
  info.si_signo = SIGUSR1;
  info.si_code = SI_TKILL;
  EXPECT_EQ(do_rt_sigqueueinfo(peer_->pid, info).error(), EPERM);
  info.si_code = SI_QUEUE;
  handle(*peer_, SIGUSR1, kHandler);
  EXPECT_TRUE(do_rt_sigqueueinfo(peer_->pid, info));
}

TEST_F(Signals, ForcedFaultUnblocksAndUnignores) {
  handle(*peer_, SIGSEGV, SIG_IGN);
  peer_->blocked = sigmask(SIGSEGV);
  kernel_siginfo fault;
  fault.si_signo = SIGSEGV;
  fault.si_code = SEGV_MAPERR;
  ASSERT_TRUE(force_sig(*peer_, fault));
  EXPECT_EQ((*peer_->sighand)[SIGSEGV].handler, SIG_DFL);
  EXPECT_EQ(take(*peer_), SIGSEGV);
}

TEST_F(Signals, ADeadChildTellsItsParent) {
  handle(*self_, SIGCHLD, kHandler);
  peer_->exit_code = 3 << 8;
  EXPECT_FALSE(do_notify_parent(*peer_, SIGCHLD));
  kernel_siginfo info;
  EXPECT_EQ(take(*self_, &info), SIGCHLD);
  EXPECT_EQ(info.si_code, CLD_EXITED);
  EXPECT_EQ(info.status, 3);
  EXPECT_EQ(info.pid, peer_->pid);
  peer_->exit_code = SIGKILL;
  EXPECT_FALSE(do_notify_parent(*peer_, SIGCHLD));
  EXPECT_EQ(take(*self_, &info), SIGCHLD);
  EXPECT_EQ(info.si_code, CLD_KILLED);
  EXPECT_EQ(info.status, SIGKILL);
}

TEST_F(Signals, AChildNobodyWaitsForReapsItself) {
  handle(*self_, SIGCHLD, SIG_IGN);
  EXPECT_TRUE(do_notify_parent(*peer_, SIGCHLD));
  EXPECT_EQ(take(*self_), 0);
  handle(*self_, SIGCHLD, kHandler, SA_NOCLDWAIT);
  EXPECT_TRUE(do_notify_parent(*peer_, SIGCHLD));
  EXPECT_EQ(take(*self_), SIGCHLD);
}

TEST_F(Signals, OrphanedGroups) {
  peer_->signal->pgrp = peer_->pid;
  EXPECT_FALSE(is_orphaned_pgrp(peer_->pid));  // its parent is in another group of the session
  peer_->p_opptr = init_;
  EXPECT_TRUE(is_orphaned_pgrp(peer_->pid));
  peer_->p_opptr = self_;
  peer_->signal->session = 77;
  EXPECT_TRUE(is_orphaned_pgrp(peer_->pid));
}

TEST_F(Signals, AStoppedOrphanIsHungUpAndContinued) {
  peer_->signal->pgrp = peer_->pid;
  handle(*peer_, SIGHUP, kHandler);
  peer_->signal->group_stop_sig = peer_->stopped_sig = SIGTSTP;
  task_struct* dying_parent = self_;
  peer_->p_opptr = init_;
  kill_orphaned_pgrp(*peer_, dying_parent);
  EXPECT_EQ(peer_->stopped_sig, 0);
  EXPECT_EQ(take(*peer_), SIGHUP);
}

TEST_F(Signals, AlternateStackRules) {
  constexpr uint64_t kSp = 0x101000;
  EXPECT_EQ(do_sigaltstack(sigaltstack_t{0x100000, 1024, 0}, 0).error(), ENOMEM);
  EXPECT_EQ(do_sigaltstack(sigaltstack_t{0x100000, 8192, 5}, 0).error(), EINVAL);
  ASSERT_TRUE(do_sigaltstack(sigaltstack_t{0x100000, 8192, 0}, 0));
  EXPECT_EQ(do_sigaltstack({}, kSp)->flags, static_cast<unsigned>(SS_ONSTACK));
  EXPECT_EQ(do_sigaltstack(sigaltstack_t{0, 0, SS_DISABLE}, kSp).error(), EPERM);
  EXPECT_EQ(do_sigaltstack({}, 0)->flags, 0U);
  ASSERT_TRUE(do_sigaltstack(sigaltstack_t{0x100000, 8192, SS_AUTODISARM}, 0));
  EXPECT_EQ(do_sigaltstack({}, kSp)->flags, SS_AUTODISARM);
}

TEST_F(Signals, OldMaskCallsLeaveTheUpperSignalsAlone) {
  self_->blocked = sigmask(40) | sigmask(SIGINT);
  EXPECT_EQ(*sys_ssetmask(0), static_cast<int32_t>(sigmask(SIGINT)));
  self_->blocked = sigmask(40) | sigmask(SIGINT);
  constexpr uint64_t kAt = test::FlatSpace::kBase;
  space(*self_).poke<uint32_t>(kAt, static_cast<uint32_t>(sigmask(SIGUSR1)));
  ASSERT_TRUE(
      sys_sigprocmask(SIG_SETMASK, user_ptr<const uint32_t>(kAt), user_ptr<uint32_t>(kAt + 8)));
  EXPECT_EQ(self_->blocked, sigmask(40) | sigmask(SIGUSR1));
  EXPECT_EQ(space(*self_).peek<uint32_t>(kAt + 8), sigmask(SIGINT));
}

TEST_F(Signals, SigactionForgetsUnknownFlagsAndGuardsKill) {
  EXPECT_EQ(do_sigaction(SIGKILL, k_sigaction{.handler = kHandler}).error(), EINVAL);
  EXPECT_EQ(do_sigaction(65, {}).error(), EINVAL);
  ASSERT_TRUE(
      do_sigaction(SIGUSR1, k_sigaction{kHandler, SA_RESTART | 0x400, 0, kUnblockable | 1}));
  const k_sigaction now = *do_sigaction(SIGUSR1, {});
  EXPECT_EQ(now.flags, SA_RESTART);
  EXPECT_EQ(now.mask, 1U);
}

TEST_F(Signals, SiginfoGoesThroughBothWireForms) {
  kernel_siginfo k;
  k.si_signo = SIGCHLD;
  k.si_code = CLD_EXITED;
  k.pid = 5;
  k.uid = 6;
  k.status = 7;
  k.utime = 8;
  X86_64Abi::siginfo w64;
  detail::siginfo_to_wire(w64, k);
  EXPECT_EQ(w64.chld.status, 7);
  const kernel_siginfo back = detail::siginfo_from_wire(w64);
  EXPECT_EQ(back.pid, 5);
  EXPECT_EQ(back.utime, 8U);
  k.si_signo = SIGSEGV;
  k.si_code = SEGV_MAPERR;
  k.addr = 0xdeadbeef;
  I386Abi::siginfo w32;
  detail::siginfo_to_wire(w32, k);
  EXPECT_EQ(w32.fault.addr, 0xdeadbeefU);
}

}  // namespace
