// Signal frames: layout as the host has it, contents as a handler expects them, and a way back that
// trusts nothing.

#include "arch/x86/signal.h"
#include "tests/unit/host_signal_layout.h"
#include "tests/unit/signal_fixture.h"

namespace {

using namespace x86_frame;

TEST(FrameLayout, UcontextIsTheHosts) {
  EXPECT_EQ(offsetof(ucontext_64, uc_flags), host::kUcFlags);
  EXPECT_EQ(offsetof(ucontext_64, uc_stack), host::kUcStack);
  EXPECT_EQ(offsetof(ucontext_64, uc_mcontext), host::kUcMcontext);
  EXPECT_EQ(offsetof(ucontext_64, uc_sigmask), host::kUcSigmask);
  EXPECT_EQ(offsetof(sigcontext_64, ip), host::kGregRip);
  EXPECT_EQ(offsetof(sigcontext_64, sp), host::kGregRsp);
  EXPECT_EQ(offsetof(sigcontext_64, flags), host::kGregEfl);
  EXPECT_EQ(offsetof(sigcontext_64, cs), host::kGregCsgsfs);
  EXPECT_EQ(offsetof(sigcontext_64, err), host::kGregErr);
  EXPECT_EQ(offsetof(sigcontext_64, cr2), host::kGregCr2);
  EXPECT_EQ(offsetof(sigcontext_64, fpstate), host::kFpregs);
}

TEST(FrameLayout, SiginfoIsTheHosts) {
  using S = X86_64Abi::siginfo;
  EXPECT_EQ(sizeof(S), host::kSiginfoSize);
  EXPECT_EQ(offsetof(S, si_code), host::kSiCode);
  EXPECT_EQ(offsetof(S, rt.pid), host::kSiPid);
  EXPECT_EQ(offsetof(S, rt.value), host::kSiValue);
  EXPECT_EQ(offsetof(S, chld.status), host::kSiStatus);
  EXPECT_EQ(offsetof(S, chld.utime), host::kSiUtime);
  EXPECT_EQ(offsetof(S, fault.addr), host::kSiAddr);
  EXPECT_EQ(offsetof(S, timer.overrun), host::kSiOverrun);
  EXPECT_EQ(offsetof(S, poll.fd), host::kSiFd);
  EXPECT_EQ(offsetof(S, sys.syscall), host::kSiSyscall);
}

TEST(FrameLayout, I386OffsetsThatDebuggersKnow) {
  // From the i386 psABI supplement as gdb and libgcc's unwinder use it.
  EXPECT_EQ(offsetof(sigframe_ia32, sc), 8U);
  EXPECT_EQ(offsetof(sigframe_ia32, retcode), 724U);
  EXPECT_EQ(offsetof(rt_sigframe_ia32, info), 16U);
  EXPECT_EQ(offsetof(rt_sigframe_ia32, uc), 144U);
  EXPECT_EQ(offsetof(ucontext_ia32, uc_mcontext), 20U);
  EXPECT_EQ(offsetof(ucontext_ia32, uc_sigmask), 108U);
  EXPECT_EQ(offsetof(sigcontext_32, ip), 56U);
  EXPECT_EQ(offsetof(sigcontext_32, fpstate), 76U);
}

TEST(SigreturnPage, HasTheTrampolines) {
  const auto page = ia32_sigpage_image();
  ASSERT_EQ(page.size(), kPageSize);
  const std::vector<uint8_t> old{0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80};
  EXPECT_TRUE(
      std::equal(old.begin(), old.end(), page.begin() + (kKernelSigreturn - kSigreturnPage)));
  const std::vector<uint8_t> rt{0xb8, 0xad, 0, 0, 0, 0xcd, 0x80};
  EXPECT_TRUE(
      std::equal(rt.begin(), rt.end(), page.begin() + (kKernelRtSigreturn - kSigreturnPage)));
}

class Frames : public test::KernelTest {
 protected:
  static constexpr uint64_t kStack = test::FlatSpace::kBase + 0x20000;
  static constexpr uint64_t kRestorer = 0x401000;
  static constexpr size_t kXsave = 832;  // x87, SSE and AVX

  void use(const arch::Isa& isa) {
    if (&isa != self_->isa) {
      self_ = add_process(init_, isa);
      current = self_;
    }
    auto& fp = space(*self_).fp;
    fp.assign(kXsave, std::byte{0});
    put<uint16_t>(fp, 0, 0x27f);   // an unusual control word
    put<uint16_t>(fp, 2, 0x3000);  // top of stack 6
    put<uint8_t>(fp, 4, 0xc0);     // two registers in use
    put<uint32_t>(fp, 24, 0x1fa0);
    put<uint32_t>(fp, 28, 0xffff);
    put<uint64_t>(fp, 464, 7);  // XCR0, where ptrace leaves it
    put<uint64_t>(fp, 512, 7);
    for (size_t i = 0; i < 10; ++i) put<uint8_t>(fp, 32 + i, static_cast<uint8_t>(0xa0 + i));
    put<uint16_t>(fp, 32 + 8, 0x4000);
    put<uint64_t>(fp, 576, 0x1122334455667788);
    regs() = pt_regs{};
    regs().sp = kStack;
    regs().ip = 0x402000;
    regs().cs = isa.word_bytes() == 8 ? kUserCs : kUser32Cs;
    regs().ss = kUserDs;
    regs().flags = 0x10d46;  // RF, DF and TF among the rest
    regs().ax = 42;
    regs().bx = 0x77;
    regs().orig_ax = ~0ULL;
  }
  template <class T>
  static void put(std::vector<std::byte>& to, size_t at, T v) {
    std::memcpy(to.data() + at, &v, sizeof v);
  }
  template <class T>
  static T get(const std::vector<std::byte>& from, size_t at) {
    T v;
    std::memcpy(&v, from.data() + at, sizeof v);
    return v;
  }
  pt_regs& regs() { return task_pt_regs(self_->thread); }
  kernel_siginfo info() {
    kernel_siginfo i;
    i.si_signo = SIGUSR1;
    i.si_code = SI_QUEUE;
    i.pid = 9;
    i.value = 1234;
    return i;
  }
  k_sigaction action(uint64_t flags) { return {kHandler, flags, kRestorer, 0}; }
};

TEST_F(Frames, X86_64HandlerFindsWhatTheAbiPromises) {
  use(x86_64_isa());
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_SIGINFO | SA_RESTORER), info(), 0x55));
  EXPECT_EQ(regs().ip, kHandler);
  EXPECT_EQ(regs().sp % 16, 8U);
  EXPECT_LT(regs().sp, kStack - 128 - kXsave);
  EXPECT_EQ(regs().di, static_cast<uint64_t>(SIGUSR1));
  EXPECT_EQ(regs().ax, 0U);
  EXPECT_EQ(regs().flags & 0x10500, 0U);
  const auto frame = space(*self_).peek<rt_sigframe>(regs().sp);
  EXPECT_EQ(frame.pretcode, kRestorer);
  EXPECT_EQ(regs().si, regs().sp + offsetof(rt_sigframe, info));
  EXPECT_EQ(regs().dx, regs().sp + offsetof(rt_sigframe, uc));
  EXPECT_EQ(frame.info.rt.value, 1234U);
  EXPECT_EQ(frame.uc.uc_mcontext.ip, 0x402000U);
  EXPECT_EQ(frame.uc.uc_mcontext.ax, 42U);
  EXPECT_EQ(frame.uc.uc_sigmask, 0x55U);
  EXPECT_EQ(frame.uc.uc_flags, 7U);
  const uint64_t fx = frame.uc.uc_mcontext.fpstate;
  EXPECT_EQ(fx % 64, 0U);
  EXPECT_EQ(space(*self_).peek<uint32_t>(fx + 464), 0x46505853U);
  EXPECT_EQ(space(*self_).peek<uint32_t>(fx + 464 + 16), kXsave);
  EXPECT_EQ(space(*self_).peek<uint32_t>(fx + kXsave), 0x46505845U);
  EXPECT_EQ(get<uint16_t>(self_->thread.fp, 0), 0x37f);  // the handler's FPU is clean
  EXPECT_TRUE(self_->thread.fp_dirty);
}

TEST_F(Frames, X86_64ReturnRestoresEverything) {
  use(x86_64_isa());
  const pt_regs before = regs();
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER), info(), 0));
  regs().sp += 8;  // `ret` to the restorer
  regs().bx = 0;
  EXPECT_EQ(*sys_rt_sigreturn<X86_64Abi>(), 42);
  EXPECT_EQ(regs().ip, before.ip);
  EXPECT_EQ(regs().sp, before.sp);
  EXPECT_EQ(regs().bx, before.bx);
  EXPECT_EQ(regs().flags & 0xfff, before.flags & 0xfff);
  EXPECT_EQ(get<uint16_t>(self_->thread.fp, 0), 0x27f);
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 576), 0x1122334455667788U);
  EXPECT_FALSE(self_->isa->in_syscall(self_->thread));
}

TEST_F(Frames, WithoutRestorerThereIsNoWayBackOnX86_64) {
  use(x86_64_isa());
  EXPECT_EQ(x86_setup_frame64(*self_, SIGUSR1, action(0), info(), 0).error(), EFAULT);
}

TEST_F(Frames, HostileFramesEndInSigsegv) {
  use(x86_64_isa());
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER), info(), 0));
  const uint64_t at = regs().sp;
  auto frame = space(*self_).peek<rt_sigframe>(at);

  frame.uc.uc_mcontext.cs = 0x10;  // the kernel's
  space(*self_).poke(at, frame);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), SIGSEGV);

  frame.uc.uc_mcontext.cs = 0x33;
  frame.uc.uc_mcontext.flags = ~0ULL;
  frame.uc.uc_mcontext.ss = 0x18;
  frame.uc.uc_sigmask = ~0ULL;
  space(*self_).poke(at, frame);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), 0);
  EXPECT_EQ(regs().ss, kUserDs);
  EXPECT_EQ(regs().flags & 0x3000, 0U);  // no I/O privilege
  EXPECT_EQ(self_->blocked, ~kUnblockable);

  frame.uc.uc_mcontext.fpstate = 0x10;  // nowhere
  space(*self_).poke(at, frame);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), SIGSEGV);

  regs().sp = 0;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), SIGSEGV);
}

TEST_F(Frames, HostileFpStateIsRefusedOrTamed) {
  use(x86_64_isa());
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER), info(), 0));
  const uint64_t at = regs().sp;
  const uint64_t fx = space(*self_).peek<rt_sigframe>(at).uc.uc_mcontext.fpstate;
  // Unknown components and a compacted format must not reach the hardware.
  space(*self_).poke<uint64_t>(fx + 512, ~0ULL);
  space(*self_).poke<uint64_t>(fx + 520, ~0ULL);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), 0);
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 512), 7U);
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 520), 0U);
  // A huge size is taken as "fxsave only".
  space(*self_).poke<uint32_t>(fx + 464 + 16, 0x7fffffff);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 512), 3U);
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 576), 0U);
  // Reserved MXCSR bits would fault.
  space(*self_).poke<uint32_t>(fx + 24, 0xffff0000);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_rt_sigreturn<X86_64Abi>());
  EXPECT_EQ(take(*self_), SIGSEGV);
}

TEST_F(Frames, AlternateStack) {
  use(x86_64_isa());
  self_->sas = {test::FlatSpace::kBase, 8192, 0};
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER | SA_ONSTACK), info(), 0));
  EXPECT_TRUE(on_sig_stack(*self_, regs().sp));
  EXPECT_EQ(space(*self_).peek<rt_sigframe>(regs().sp).uc.uc_stack.ss_size, 8192U);
  // Too small for the frame: no handler is better than one on somebody else's memory.
  use(x86_64_isa());
  self_->sas = {test::FlatSpace::kBase + 0x8000, 1200, 0};
  EXPECT_FALSE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER | SA_ONSTACK), info(), 0));
}

TEST_F(Frames, AFrameThatDoesNotFitIsAnError) {
  use(x86_64_isa());
  regs().sp = test::FlatSpace::kBase + 64;
  EXPECT_FALSE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER), info(), 0));
}

TEST_F(Frames, I386OldFrameRoundTrip) {
  use(i386_isa());
  regs().gs = 0x63;
  self_->thread.tls[0] = {12, 0x5000, 0xfffff, 0x51};
  regs().gs_base = 0x5000;
  const pt_regs before = regs();
  ASSERT_TRUE(x86_setup_frame_ia32(*self_, SIGUSR1, action(0), info(), 0x100000002));
  EXPECT_EQ((regs().sp + 4) % 16, 0U);
  const auto frame = space(*self_).peek<sigframe_ia32>(regs().sp);
  EXPECT_EQ(frame.pretcode, kKernelSigreturn);
  EXPECT_EQ(frame.sig, SIGUSR1);
  EXPECT_EQ(frame.sc.oldmask, 2U);
  EXPECT_EQ(frame.extramask, 1U);
  EXPECT_EQ(frame.sc.ip, 0x402000U);
  const auto fsave = space(*self_).peek<fregs_state>(frame.sc.fpstate);
  EXPECT_EQ(fsave.cwd, 0xffff027fU);
  EXPECT_EQ(fsave.twd & 0xffff, 0x4fffU) << "register 6 valid, register 7 zero, the rest empty";
  EXPECT_EQ(fsave.magic, 0);
  EXPECT_EQ(fsave.st[0], 0xa0);
  regs().sp += 8;  // ret, pop %eax
  regs().gs = 0;
  EXPECT_EQ(*sys_sigreturn(), 42);
  EXPECT_EQ(regs().ip, before.ip);
  EXPECT_EQ(regs().sp, before.sp);
  EXPECT_EQ(regs().gs, 0x63U);
  EXPECT_EQ(regs().gs_base, 0x5000U);
  EXPECT_EQ(self_->blocked, 0x100000002U);
  EXPECT_EQ(get<uint16_t>(self_->thread.fp, 0), 0x27f);
  EXPECT_EQ(get<uint8_t>(self_->thread.fp, 4), 0xc0);
  EXPECT_EQ(get<uint64_t>(self_->thread.fp, 576), 0x1122334455667788U);
}

TEST_F(Frames, I386RealTimeFrameRoundTrip) {
  use(i386_isa());
  const pt_regs before = regs();
  ASSERT_TRUE(x86_setup_frame_ia32(*self_, SIGUSR1, action(SA_SIGINFO | SA_RESTORER), info(), 3));
  const auto frame = space(*self_).peek<rt_sigframe_ia32>(regs().sp);
  EXPECT_EQ(frame.pretcode, kRestorer);
  EXPECT_EQ(frame.pinfo, regs().sp + 16);
  EXPECT_EQ(frame.puc, regs().sp + 144);
  EXPECT_EQ(regs().dx, frame.pinfo);
  EXPECT_EQ(regs().cx, frame.puc);
  EXPECT_EQ(frame.info.rt.value, 1234U);
  regs().sp += 4;
  EXPECT_EQ(*sys_rt_sigreturn<I386Abi>(), 42);
  EXPECT_EQ(regs().ip, before.ip);
  EXPECT_EQ(regs().sp, before.sp);
  EXPECT_EQ(self_->blocked, 3U);
}

TEST_F(Frames, I386SelectorsAreTamed) {
  use(i386_isa());
  ASSERT_TRUE(x86_setup_frame_ia32(*self_, SIGUSR1, action(0), info(), 0));
  const uint64_t at = regs().sp;
  auto frame = space(*self_).peek<sigframe_ia32>(at);
  frame.sc.cs = 0x10;
  frame.sc.ss = 0x18;
  frame.sc.ds = 0x18;
  frame.sc.gs = 0x1234;
  space(*self_).poke(at, frame);
  regs().sp = at + 8;
  ASSERT_TRUE(sys_sigreturn());
  EXPECT_EQ(regs().cs, kUser32Cs);
  EXPECT_EQ(regs().ss, kUserDs);
  EXPECT_EQ(regs().ds, 0U);
  EXPECT_EQ(regs().gs, 0U);
  EXPECT_EQ(take(*self_), 0);
}

TEST_F(Frames, WithoutFpStateFramesWorkToo) {
  use(x86_64_isa());
  space(*self_).fp.clear();
  ASSERT_TRUE(x86_setup_frame64(*self_, SIGUSR1, action(SA_RESTORER), info(), 0));
  EXPECT_EQ(space(*self_).peek<rt_sigframe>(regs().sp).uc.uc_mcontext.fpstate, 0U);
  regs().sp += 8;
  EXPECT_EQ(*sys_rt_sigreturn<X86_64Abi>(), 42);
}

}  // namespace
