// x86-64 signal frames and rt_sigreturn. Linux: arch/x86/kernel/signal.c, signal_64.c. Known
// difference: a program cannot return into a segment of its own (LDT); it gets SIGSEGV instead.
#include "arch/x86/signal.h"

#include <optional>

#include "kernel/sched.h"
#include "kernel/signal_abi.h"
#include "mm/uaccess.h"

using namespace x86_frame;

namespace {

// x86-64 calls need the stack as after a call instruction: 8 below a multiple of 16.
constexpr uint64_t align_sigframe(uint64_t sp) { return (sp & ~15ULL) - 8; }

struct placed_frame {
  uint64_t sp = 0;
  math_frame math;
};

// Where the frame goes; nothing if the alternate stack is too small for it.
std::optional<placed_frame> place_frame(const task_struct& task, const k_sigaction& action) {
  uint64_t sp = task_pt_regs(task.thread).sp;
  const bool nested = on_sig_stack(task, sp);
  bool entering = false;
  sp -= kRedZone;
  if ((action.flags & SA_ONSTACK) != 0 && sas_ss_flags(task, sp) == 0) {
    sp = task.sas.sp + task.sas.size;
    entering = true;
  }
  placed_frame f;
  f.math = alloc_mathframe(task.thread, sp, false);
  f.sp = align_sigframe(f.math.start - sizeof(rt_sigframe));
  const bool inside = f.sp > task.sas.sp && f.sp - task.sas.sp <= task.sas.size;
  if ((nested || entering) && !inside) return {};
  return f;
}

void setup_sigcontext(sigcontext_64& sc, const task_struct& task, const math_frame& math,
                      uint64_t mask) {
  const pt_regs& r = task_pt_regs(task.thread);
  sc.r8 = r.r8;
  sc.r9 = r.r9;
  sc.r10 = r.r10;
  sc.r11 = r.r11;
  sc.r12 = r.r12;
  sc.r13 = r.r13;
  sc.r14 = r.r14;
  sc.r15 = r.r15;
  sc.di = r.di;
  sc.si = r.si;
  sc.bp = r.bp;
  sc.bx = r.bx;
  sc.dx = r.dx;
  sc.ax = r.ax;
  sc.cx = r.cx;
  sc.sp = r.sp;
  sc.ip = r.ip;
  sc.flags = r.flags;
  sc.cs = static_cast<uint16_t>(r.cs);
  sc.ss = static_cast<uint16_t>(r.ss);
  sc.err = task.error_code;
  sc.trapno = task.trap_nr;
  sc.oldmask = mask;
  sc.cr2 = task.fault_address;
  sc.fpstate = math.image != 0 ? math.start : 0;
}

// False: the frame asks for what only a kernel may have.
bool restore_registers(task_struct& task, const sigcontext_64& sc) {
  const uint64_t cs = sc.cs | 3U;
  if (cs != kUserCs && cs != kUser32Cs) return false;
  pt_regs& r = task_pt_regs(task.thread);
  r.r8 = sc.r8;
  r.r9 = sc.r9;
  r.r10 = sc.r10;
  r.r11 = sc.r11;
  r.r12 = sc.r12;
  r.r13 = sc.r13;
  r.r14 = sc.r14;
  r.r15 = sc.r15;
  r.di = sc.di;
  r.si = sc.si;
  r.bp = sc.bp;
  r.bx = sc.bx;
  r.dx = sc.dx;
  r.ax = sc.ax;
  r.cx = sc.cx;
  r.sp = sc.sp;
  r.ip = sc.ip;
  r.cs = cs;
  r.ss = kUserDs;
  r.flags = (r.flags & ~kFixEflags) | (sc.flags & kFixEflags);
  task.thread.regs_dirty = true;
  task.isa->clear_syscall(task.thread);
  return true;
}

Result<void> read_frame(task_struct& task, uint64_t at) {
  const rt_sigframe frame = TRY(get_user(user_ptr<const rt_sigframe>(at)));
  set_current_blocked(frame.uc.uc_sigmask);
  task.restart_block = nullptr;
  if (!restore_registers(task, frame.uc.uc_mcontext)) return Err(EFAULT);
  TRY(restore_fpstate(task, frame.uc.uc_mcontext.fpstate, false));
  // Refusals (we are on that stack) are not errors here.
  (void)do_sigaltstack(detail::altstack_from_wire(frame.uc.uc_stack), task_pt_regs(task.thread).sp);
  return {};
}

}  // namespace

Result<void> x86_setup_frame64(task_struct& task, int sig, const k_sigaction& action,
                               const kernel_siginfo& info, uint64_t oldmask) {
  if ((action.flags & SA_RESTORER) == 0) return Err(EFAULT);  // there is no other way back
  arch::thread_struct& thread = task.thread;
  TRY(fetch_fpstate(task));
  const auto place = place_frame(task, action);
  if (!place) return Err(EFAULT);
  rt_sigframe frame{};
  frame.pretcode = action.restorer;
  frame.uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
                      (place->math.image > 512 ? uint64_t{UC_FP_XSTATE} : 0);
  frame.uc.uc_stack = detail::altstack_to_wire<X86_64Abi::stack_t>(task.sas);
  setup_sigcontext(frame.uc.uc_mcontext, task, place->math, oldmask);
  frame.uc.uc_sigmask = oldmask;
  if ((action.flags & SA_SIGINFO) != 0) detail::siginfo_to_wire(frame.info, info);
  frame_image image(place->sp, sizeof frame, place->math);
  image.put(place->sp, &frame, sizeof frame);
  save_fpstate(image, thread, place->math, false);
  TRY(image.copy_out());

  pt_regs& r = task_pt_regs(thread);
  r.di = static_cast<uint64_t>(sig);
  r.ax = 0;  // a handler may be declared with variable arguments
  r.si = place->sp + offsetof(rt_sigframe, info);
  r.dx = place->sp + offsetof(rt_sigframe, uc);
  r.ip = action.handler;
  r.sp = place->sp;
  r.cs = kUserCs;
  r.ss = kUserDs;
  r.flags &= ~kClearedFlags;
  thread.regs_dirty = true;
  clear_fpstate(thread);
  return {};
}

template <>
SyscallResult sys_rt_sigreturn<X86_64Abi>() {
  task_struct& task = *current;
  // The handler's `ret` has taken pretcode off the stack.
  if (!read_frame(task, task_pt_regs(task.thread).sp - 8)) {
    force_sigsegv(task, 0);
    return 0;
  }
  return static_cast<long>(task_pt_regs(task.thread).ax);
}
