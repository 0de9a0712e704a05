// Signal frames and rt_sigreturn. The port never had a working one (its entry is a stub), so both layouts
// are ours (MoxieAbi::rt_sigframe) and the calling convention is moxie's: the handler is entered as if
// called, with $r0 = signal, $r1 = siginfo, $r2 = ucontext, and returns into code that makes the system
// call: the program's restorer, or a page of the board that holds those two instructions.
#include <algorithm>
#include <optional>

#include "arch/moxie/kernel/frame_guard.h"
#include "arch/moxie/kernel/space.h"
#include "arch/moxie/process.h"
#include "kernel/sched.h"
#include "kernel/signal_abi.h"
#include "mm/mm.h"
#include "mm/uaccess.h"

namespace moxie {

namespace {

constexpr uint32_t kHomes = 24;      // where a callee may spill its six register arguments
constexpr uint32_t kCallFrame = 12;  // saved $fp, return address, chain slot

// A program of the base-register ABI may have moved when the handler returns: its three registers with
// absolute addresses are kept as distances from the base, as all its other addresses are.
void save_context(MoxieAbi::sigcontext& sc, const Registers& cpu, uint32_t base) {
  sc.fp = cpu.r[kFp] - base;
  sc.sp = cpu.r[kSp] - base;
  for (unsigned n = 0; n < 14; ++n) sc.r[n] = cpu.r[kR0 + n];
  sc.r[13] = cpu.r[kR13] - base;
  sc.pc = cpu.pc;
  sc.cmp_a = cpu.cmp_a;
  sc.cmp_b = cpu.cmp_b;
}

void restore_context(Registers& cpu, const MoxieAbi::sigcontext& sc, uint32_t base) {
  cpu.r[kFp] = sc.fp + base;
  cpu.r[kSp] = sc.sp + base;
  for (unsigned n = 0; n < 14; ++n) cpu.r[kR0 + n] = sc.r[n];
  cpu.r[kR13] += base;
  cpu.pc = sc.pc;
  cpu.cmp_a = sc.cmp_a;
  cpu.cmp_b = sc.cmp_b;
}

// Where the frame ends: on the alternate stack if that is wanted. A program of the base-register ABI
// names its alternate stack by offset, $sp is absolute.
std::optional<uint32_t> frame_place(const task_struct& task, const MoxieSpace& space, uint32_t sp,
                                    const k_sigaction& action) {
  const uint64_t view = space.user_view(sp);
  const bool nested = on_sig_stack(task, view);
  uint64_t top = view;
  const bool entering = (action.flags & SA_ONSTACK) != 0 && sas_ss_flags(task, view) == 0;
  if (entering) top = task.sas.sp + task.sas.size;
  const uint64_t at = (top & ~3ULL) - sizeof(MoxieAbi::rt_sigframe);
  const uint64_t lowest = at - kHomes - kCallFrame;
  if ((nested || entering) && !(lowest > task.sas.sp && lowest - task.sas.sp <= task.sas.size))
    return {};
  return static_cast<uint32_t>(at + space.data_base());
}

bool read_frame(task_struct& task, uint32_t at) {
  MoxieSpace& space = space_of(*task.mm->space);
  MoxieAbi::rt_sigframe frame;
  if (!space.read(at, std::as_writable_bytes(std::span(&frame, 1)))) return false;
  set_current_blocked(frame.uc.uc_sigmask);
  task.restart_block = nullptr;
  pt_regs& r = task_pt_regs(task.thread);
  restore_context(r.cpu, frame.uc.uc_mcontext, space.data_base());
  // A careful vfork keeps a register of its caller in one of these, and its handlers may do the same.
  std::ranges::copy(frame.uc.uc_sreg, r.cpu.sreg.begin());
  // The way back is not through the frame of this very swi.
  FrameGuard::drop(task.thread);
  r.in_trap = r.in_syscall = 0;
  (void)do_sigaltstack(detail::altstack_from_wire(frame.uc.uc_stack),
                       space.user_view(r.cpu.r[kSp]));
  return true;
}

}  // namespace

Result<void> setup_frame(task_struct& task, int sig, const k_sigaction& action,
                         const kernel_siginfo& info, uint64_t oldmask) {
  pt_regs& r = task_pt_regs(task.thread);
  MoxieSpace& space = space_of(*task.mm->space);
  if (r.in_trap) {
    FrameGuard::check(space, task.thread);
    if (!swi().leave(space, r)) return Err(EFAULT);
  }
  const auto at = frame_place(task, space, r.cpu.r[kSp], action);
  if (!at) return Err(EFAULT);

  MoxieAbi::rt_sigframe frame{};
  detail::siginfo_to_wire(frame.info, info);
  frame.uc.uc_stack = detail::altstack_to_wire<MoxieAbi::stack_t>(task.sas);
  save_context(frame.uc.uc_mcontext, r.cpu, space.data_base());
  std::ranges::copy(r.cpu.sreg, frame.uc.uc_sreg);
  frame.uc.uc_sigmask = oldmask;
  if (!space.write(*at, std::as_bytes(std::span(&frame, 1)))) return Err(EFAULT);

  const uint32_t call = *at - kHomes - kCallFrame;
  const uint32_t back = (action.flags & SA_RESTORER) != 0 ? static_cast<uint32_t>(action.restorer)
                                                          : space.board().sigreturn;
  if (!space.store(call, r.cpu.r[kFp]) || !space.store(call + 4, back) || !space.store(call + 8, 0))
    return Err(EFAULT);
  r.cpu.r[kFp] = r.cpu.r[kSp] = call;
  r.cpu.r[kR0] = static_cast<uint32_t>(sig);
  r.cpu.r[kR0 + 1] =
      static_cast<uint32_t>(space.user_view(*at + offsetof(MoxieAbi::rt_sigframe, info)));
  r.cpu.r[kR0 + 2] =
      static_cast<uint32_t>(space.user_view(*at + offsetof(MoxieAbi::rt_sigframe, uc)));
  r.cpu.pc = static_cast<uint32_t>(action.handler);
  return {};
}

SyscallResult sys_rt_sigreturn() {
  task_struct& task = *current;
  // The handler's `ret` has taken its call frame off the stack.
  if (!read_frame(task, task_pt_regs(task.thread).cpu.r[kSp] + kHomes)) {
    force_sigsegv(task, 0);
    return 0;
  }
  return static_cast<int32_t>(task_pt_regs(task.thread).cpu.r[kR0]);
}

}  // namespace moxie
