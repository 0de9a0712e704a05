// Signal frames of the two x86 ABIs: what a handler finds on its stack and what sigreturn takes
// back. Linux: arch/x86/kernel/signal_64.c, signal_32.c; layouts from uapi <asm/sigcontext.h> and
// <asm/ucontext.h>, checked against the host's in tests/unit/signal_frame_test.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "arch/x86/abi.h"
#include "arch/x86/ptrace.h"
#include "kernel/signal.h"
#include "kernel/syscall.h"

// What the lowest floor of arch/x86 (the Isa classes) calls.
Result<void> x86_setup_frame64(task_struct& task, int sig, const k_sigaction& action,
                               const kernel_siginfo& info, uint64_t oldmask);
Result<void> x86_setup_frame_ia32(task_struct& task, int sig, const k_sigaction& action,
                                  const kernel_siginfo& info, uint64_t oldmask);

// rt_sigreturn of either table: SYMBOL_NAME(sys_rt_sigreturn<X86_64Abi>).
template <class Abi>
SyscallResult sys_rt_sigreturn();
template <>
SyscallResult sys_rt_sigreturn<X86_64Abi>();
template <>
SyscallResult sys_rt_sigreturn<I386Abi>();
SyscallResult sys_sigreturn();  // i386 only

// AT_MINSIGSTKSZ: the largest frame that this host's floating-point state can make.
uint64_t x86_minsigstksz(bool ia32);

// The i386 page that Linux's own 2.6 had at the top of the address space: `__kernel_vsyscall` and
// the sigreturn trampolines for programs that give no SA_RESTORER (the stack is not executable).
inline constexpr uint32_t kSigreturnPage = 0xffffe000;
inline constexpr uint32_t kKernelVsyscall = kSigreturnPage + 0x400;
inline constexpr uint32_t kKernelSigreturn = kSigreturnPage + 0x420;
inline constexpr uint32_t kKernelRtSigreturn = kSigreturnPage + 0x440;
std::span<const uint8_t> ia32_sigpage_image();
void ia32_map_sigpage(arch::UserSpace& space);
// AT_SYSINFO. There is no ELF image behind the page, so no AT_SYSINFO_EHDR.
void ia32_arch_auxv(std::vector<std::pair<uint64_t, uint64_t>>& auxv);

namespace x86_frame {

enum : uint64_t { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };
inline constexpr uint64_t kFixEflags =
    0x50dd5;  // AC RF OF DF TF SF ZF AF PF CF: what sigreturn may set
inline constexpr uint64_t kClearedFlags = 0x10500;  // RF DF TF: a handler starts without them
inline constexpr uint64_t kRedZone = 128;

struct sigcontext_64 {
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
  uint16_t cs, gs, fs, ss;
  uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
};
struct ucontext_64 {
  uint64_t uc_flags, uc_link;
  X86_64Abi::stack_t uc_stack;
  sigcontext_64 uc_mcontext;
  uint64_t uc_sigmask;
};
struct rt_sigframe {
  uint64_t pretcode;
  ucontext_64 uc;
  X86_64Abi::siginfo info;
};

struct sigcontext_32 {
  uint16_t gs, gsh, fs, fsh, es, esh, ds, dsh;
  uint32_t di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip;
  uint16_t cs, csh;
  uint32_t flags, sp_at_signal;
  uint16_t ss, ssh;
  uint32_t fpstate, oldmask, cr2;
};
struct ucontext_ia32 {
  uint32_t uc_flags, uc_link;
  I386Abi::stack_t uc_stack;
  sigcontext_32 uc_mcontext;
  uint32_t uc_sigmask[2];
};
struct sigframe_ia32 {
  uint32_t pretcode;
  int32_t sig;
  sigcontext_32 sc;
  uint8_t fpstate_unused[624];  // where the state was before fxsave; kept for layout
  uint32_t extramask;
  uint8_t retcode[8];
};
struct rt_sigframe_ia32 {
  uint32_t pretcode;
  int32_t sig;
  uint32_t pinfo, puc;
  I386Abi::siginfo info;
  ucontext_ia32 uc;
  uint8_t retcode[8];
};
static_assert(sizeof(sigcontext_64) == 256 && sizeof(ucontext_64) == 304 &&
              sizeof(rt_sigframe) == 440);
static_assert(sizeof(sigcontext_32) == 88 && sizeof(ucontext_ia32) == 116);
static_assert(sizeof(sigframe_ia32) == 732 && sizeof(rt_sigframe_ia32) == 268);

// The legacy x87 part of an i386 frame, in front of the fxsave image (struct _fpstate_32).
struct fregs_state {
  uint32_t cwd, swd, twd, fip, fcs, foo, fos;
  uint8_t st[80];
  uint16_t status, magic;
};
static_assert(sizeof(fregs_state) == 112);

// ---- floating point (arch/x86/kernel/fpu_signal.cpp)
// ------------------------------------------------ Where the floating-point state goes below `sp`:
// `fx` is the 64-byte aligned XSAVE image, `start` what sigcontext.fpstate points at and what the
// frame lies below.
struct math_frame {
  uint64_t start = 0, fx = 0;
  size_t image = 0;  // bytes of the XSAVE image without the magic word behind it
};
math_frame alloc_mathframe(const arch::thread_struct& thread, uint64_t sp, bool ia32);

// A frame as it will lie on the user's stack, put together here so that one copy takes it there
// (each costs a host call). What is between its parts is dead stack: it becomes zero.
class frame_image {
 public:
  // From `start` to the end of the frame's floating-point part, or of `size` bytes without one.
  frame_image(uint64_t start, size_t size, const math_frame& math);
  void put(uint64_t at, const void* from, size_t n);
  Result<void> copy_out() const;

 private:
  uint64_t start_;
  std::vector<std::byte> bytes_;
};

// Puts thread.fp, which must be up to date, into the frame.
void save_fpstate(frame_image& frame, const arch::thread_struct& thread, const math_frame& math,
                  bool ia32);
// A handler begins with a clean FPU.
void clear_fpstate(arch::thread_struct& thread);
// Takes a frame's state back; 0 resets the FPU. Nothing that a program writes there can be refused
// by the hardware afterwards.
Result<void> restore_fpstate(task_struct& task, uint64_t fpstate, bool ia32);
// Sizes the image and brings it up to date.
Result<void> fetch_fpstate(task_struct& task);

}  // namespace x86_frame
