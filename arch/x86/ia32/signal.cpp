// i386 signal frames, old and real-time, and their returns. Linux: arch/i386/kernel/signal.c, today
// arch/x86/kernel/signal_32.c. Segment selectors of a frame are taken only if they name a segment
// that every program has or one of its three TLS entries; others become null, as a failed load
// does.
#include <optional>

#include "arch/x86/signal.h"
#include "kernel/sched.h"
#include "kernel/signal_abi.h"
#include "mm/uaccess.h"

using namespace x86_frame;

namespace {

constexpr uint16_t kTlsFirst = 12, kTlsCount = 3;
constexpr uint8_t kRetcode[8] = {0x58, 0xb8, 0x77, 0,
                                 0,    0,    0xcd, 0x80};  // pop %eax; mov $119,%eax; int $0x80
constexpr uint8_t kRtRetcode[8] = {0xb8, 0xad, 0, 0, 0, 0xcd, 0x80, 0};  // mov $173,%eax; int $0x80

// As after a call: 4 below a multiple of 16.
constexpr uint64_t align_sigframe(uint64_t sp) { return ((sp + 4) & ~15ULL) - 4; }

struct placed_frame {
  uint64_t sp = 0;
  math_frame math;
};

std::optional<placed_frame> place_frame(const task_struct& task, const k_sigaction& action,
                                        size_t size) {
  uint64_t sp = static_cast<uint32_t>(task_pt_regs(task.thread).sp);
  const bool nested = on_sig_stack(task, sp);
  bool entering = false;
  if ((action.flags & SA_ONSTACK) != 0 && sas_ss_flags(task, sp) == 0) {
    sp = task.sas.sp + task.sas.size;
    entering = true;
  }
  placed_frame f;
  f.math = alloc_mathframe(task.thread, sp, true);
  f.sp = align_sigframe(f.math.start - size);
  const bool inside = f.sp > task.sas.sp && f.sp - task.sas.sp <= task.sas.size;
  if ((nested || entering) && !inside) return {};
  if (f.sp > UINT32_MAX) return {};  // a stack pointer near zero wrapped round
  return f;
}

uint32_t low(uint64_t x) { return static_cast<uint32_t>(x); }

sigcontext_32 make_sigcontext(const task_struct& task, const math_frame& math, uint64_t mask) {
  const pt_regs& r = task_pt_regs(task.thread);
  sigcontext_32 sc{};
  sc.gs = static_cast<uint16_t>(r.gs);
  sc.fs = static_cast<uint16_t>(r.fs);
  sc.es = static_cast<uint16_t>(r.es);
  sc.ds = static_cast<uint16_t>(r.ds);
  sc.di = low(r.di);
  sc.si = low(r.si);
  sc.bp = low(r.bp);
  sc.sp = low(r.sp);
  sc.bx = low(r.bx);
  sc.dx = low(r.dx);
  sc.cx = low(r.cx);
  sc.ax = low(r.ax);
  sc.trapno = task.trap_nr;
  sc.err = task.error_code;
  sc.ip = low(r.ip);
  sc.cs = static_cast<uint16_t>(r.cs);
  sc.flags = low(r.flags);
  sc.sp_at_signal = low(r.sp);
  sc.ss = static_cast<uint16_t>(r.ss);
  sc.fpstate = math.image != 0 ? low(math.start) : 0;
  sc.oldmask = low(mask);
  sc.cr2 = low(task.fault_address);
  return sc;
}

// The stack is not executable, so a program without a restorer of its own returns through our page.
uint32_t return_address(const k_sigaction& action, uint32_t fallback) {
  return (action.flags & SA_RESTORER) != 0 ? low(action.restorer) : fallback;
}

Result<void> copy_frame(const task_struct& task, const placed_frame& place, const void* frame,
                        size_t size) {
  frame_image image(place.sp, size, place.math);
  image.put(place.sp, frame, size);
  save_fpstate(image, task.thread, place.math, true);
  return image.copy_out();
}

void enter_handler(task_struct& task, uint64_t sp, const k_sigaction& action, int sig, uint64_t dx,
                   uint64_t cx) {
  pt_regs& r = task_pt_regs(task.thread);
  r.sp = sp;
  r.ip = low(action.handler);
  // Also in registers, for handlers compiled with regparm.
  r.ax = static_cast<uint64_t>(sig);
  r.dx = dx;
  r.cx = cx;
  r.ds = r.es = r.ss = kUserDs;
  r.cs = kUser32Cs;
  r.flags &= ~kClearedFlags;
  task.thread.regs_dirty = true;
  clear_fpstate(task.thread);
}

Result<void> setup_frame(task_struct& task, const placed_frame& place, int sig,
                         const k_sigaction& action, uint64_t mask) {
  sigframe_ia32 frame{};
  frame.pretcode = return_address(action, kKernelSigreturn);
  frame.sig = sig;
  frame.sc = make_sigcontext(task, place.math, mask);
  frame.extramask = static_cast<uint32_t>(mask >> 32);
  std::copy_n(kRetcode, sizeof kRetcode,
              frame.retcode);  // debuggers recognise a frame by these bytes
  TRY(copy_frame(task, place, &frame, sizeof frame));
  enter_handler(task, place.sp, action, sig, 0, 0);
  return {};
}

Result<void> setup_rt_frame(task_struct& task, const placed_frame& place, int sig,
                            const k_sigaction& action, const kernel_siginfo& info, uint64_t mask) {
  rt_sigframe_ia32 frame{};
  frame.pretcode = return_address(action, kKernelRtSigreturn);
  frame.sig = sig;
  frame.pinfo = low(place.sp + offsetof(rt_sigframe_ia32, info));
  frame.puc = low(place.sp + offsetof(rt_sigframe_ia32, uc));
  detail::siginfo_to_wire(frame.info, info);
  frame.uc.uc_flags = place.math.image > 512 ? uint32_t{UC_FP_XSTATE} : 0;
  frame.uc.uc_stack = detail::altstack_to_wire<I386Abi::stack_t>(task.sas);
  frame.uc.uc_mcontext = make_sigcontext(task, place.math, mask);
  frame.uc.uc_sigmask[0] = low(mask);
  frame.uc.uc_sigmask[1] = static_cast<uint32_t>(mask >> 32);
  std::copy_n(kRtRetcode, sizeof kRtRetcode, frame.retcode);
  TRY(copy_frame(task, place, &frame, sizeof frame));
  enter_handler(task, place.sp, action, sig, frame.pinfo, frame.puc);
  return {};
}

bool is_user_selector(uint16_t sel) {
  if (sel == kUserDs || sel == kUserCs || sel == kUser32Cs) return true;
  return (sel & 7) == 3 && sel >> 3 >= kTlsFirst && sel >> 3 < kTlsFirst + kTlsCount;
}
uint16_t user_selector(uint16_t sel) {
  sel |= 3;
  return is_user_selector(sel) ? sel : 0;
}

// fs or gs changes its base with its selector.
void restore_segment(task_struct& task, uint64_t& selector, uint64_t& base, uint16_t wanted) {
  wanted = wanted == 0 ? 0 : user_selector(wanted);
  if (wanted == selector) return;
  selector = wanted;
  const unsigned entry = wanted >> 3;
  base = entry >= kTlsFirst && entry < kTlsFirst + kTlsCount
             ? task.thread.tls[entry - kTlsFirst].base_addr
             : 0;
}

Result<void> restore_sigcontext(task_struct& task, const sigcontext_32& sc) {
  task.restart_block = nullptr;
  pt_regs& r = task_pt_regs(task.thread);
  restore_segment(task, r.gs, r.gs_base, sc.gs);
  restore_segment(task, r.fs, r.fs_base, sc.fs);
  r.ds = user_selector(sc.ds);
  r.es = user_selector(sc.es);
  r.di = sc.di;
  r.si = sc.si;
  r.bp = sc.bp;
  r.sp = sc.sp;
  r.bx = sc.bx;
  r.dx = sc.dx;
  r.cx = sc.cx;
  r.ax = sc.ax;
  r.ip = sc.ip;
  r.cs = kUser32Cs;
  r.ss = kUserDs;
  r.flags = (r.flags & ~kFixEflags) | (sc.flags & kFixEflags);
  task.thread.regs_dirty = true;
  task.isa->clear_syscall(task.thread);
  return restore_fpstate(task, sc.fpstate, true);
}

SyscallResult finish(task_struct& task, const Result<void>& done) {
  if (!done) {
    force_sigsegv(task, 0);
    return 0;
  }
  return static_cast<int32_t>(task_pt_regs(task.thread).ax);
}

uint64_t user_sp(const task_struct& task) {
  return static_cast<uint32_t>(task_pt_regs(task.thread).sp);
}

Result<void> read_frame(task_struct& task, uint64_t at) {
  const sigframe_ia32 frame = TRY(get_user(user_ptr<const sigframe_ia32>(at)));
  set_current_blocked(frame.sc.oldmask | static_cast<uint64_t>(frame.extramask) << 32);
  return restore_sigcontext(task, frame.sc);
}

Result<void> read_rt_frame(task_struct& task, uint64_t at) {
  const rt_sigframe_ia32 frame = TRY(get_user(user_ptr<const rt_sigframe_ia32>(at)));
  set_current_blocked(frame.uc.uc_sigmask[0] | static_cast<uint64_t>(frame.uc.uc_sigmask[1]) << 32);
  TRY(restore_sigcontext(task, frame.uc.uc_mcontext));
  (void)do_sigaltstack(detail::altstack_from_wire(frame.uc.uc_stack), user_sp(task));
  return {};
}

}  // namespace

Result<void> x86_setup_frame_ia32(task_struct& task, int sig, const k_sigaction& action,
                                  const kernel_siginfo& info, uint64_t oldmask) {
  const bool rt = (action.flags & SA_SIGINFO) != 0;
  TRY(fetch_fpstate(task));
  const auto place =
      place_frame(task, action, rt ? sizeof(rt_sigframe_ia32) : sizeof(sigframe_ia32));
  if (!place) return Err(EFAULT);
  return rt ? setup_rt_frame(task, *place, sig, action, info, oldmask)
            : setup_frame(task, *place, sig, action, oldmask);
}

// The handler's `ret` took pretcode; the trampoline's `pop %eax` took sig.
SyscallResult sys_sigreturn() {
  return finish(*current, read_frame(*current, user_sp(*current) - 8));
}

template <>
SyscallResult sys_rt_sigreturn<I386Abi>() {
  return finish(*current, read_rt_frame(*current, user_sp(*current) - 4));
}
