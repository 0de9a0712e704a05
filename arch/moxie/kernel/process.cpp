// Creating tasks on moxie. Linux port: arch/moxie/kernel/process.c, sys_moxie.c. There sys_clone, and so
// threads, were stubs; here they work.
#include "arch/moxie/process.h"

#include "arch/moxie/kernel/frame_guard.h"
#include "arch/moxie/kernel/space.h"
#include "kernel/fork_syscalls.h"
#include "kernel/sched.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"

namespace moxie {

// Without an MMU copy_process refuses (EINVAL), unless the boot has chosen a way to fork all the same.
SyscallResult sys_fork() {
  kernel_clone_args args;
  args.exit_signal = SIGCHLD;
  return do_fork(args);
}

SyscallResult sys_vfork() {
  if (!vfork_mechanism().has_sys_vfork()) return Err(ENOSYS);
  kernel_clone_args args;
  args.flags = vfork_mechanism().vfork_flags();
  args.exit_signal = SIGCHLD;
  const long child = TRY(do_fork(args));
  if (child > 0) vfork_mechanism().vfork_returns(static_cast<int>(child));
  return child;
}

SyscallResult sys_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid,
                        user_ptr<int> child_tid, ulong_t tls) {
  kernel_clone_args args;
  args.flags = flags & ~static_cast<uint64_t>(CSIGNAL);
  args.exit_signal = static_cast<int>(flags & CSIGNAL);
  args.usp = newsp;
  args.parent_tid = parent_tid.addr;
  args.child_tid = child_tid.addr;
  args.pidfd = parent_tid.addr;
  args.tls = tls;
  if ((args.flags & CLONE_SETTLS) != 0) return Err(EINVAL);  // no register to put it in
  return fork_for_user(args);
}

Result<void> copy_thread(const task_struct& parent, task_struct& child,
                         const arch::CopyThread& how) {
  arch::thread_struct& from = const_cast<task_struct&>(parent).thread;
  child.thread.regs = from.regs;
  pt_regs& r = task_pt_regs(child.thread);
  r.cpu.r[kR0] = 0;
  r.ksp = 0;
  r.in_syscall = r.single_step = 0;
  MoxieSpace& space = space_of(*child.mm->space);
  TRY(space.give_kernel_stack(child.thread));
  if (!how.shares_mm) space.rebase(r);
  if (r.in_trap) swi().copy_frame(space, r, static_cast<uint32_t>(how.usp));
  // From here on the child may write over what its parent will return through.
  if (how.shares_mm && how.usp == 0)
    FrameGuard::guard_stack(space, from, parent.pid, child.pid);
  else if (how.shares_mm)
    FrameGuard::guard_frame(space, from, parent.pid);
  return {};
}

// The port enters a program by the way out of a system call: the frame that it returns through holds the
// entry and leaves $sp at argc. There is no caller, so $fp points at argc too, which ends the frame chain.
void start_thread(task_struct& task, uint64_t entry, uint64_t sp) {
  arch::thread_struct& t = task.thread;
  t.regs.fill(0);
  t.tls = {};
  t.fp_valid = t.fp_dirty = false;
  MoxieSpace& space = space_of(*task.mm->space);
  pt_regs& r = task_pt_regs(t);
  r.cpu.pc = static_cast<uint32_t>(entry);
  r.cpu.r[kFp] = r.cpu.r[kSp] = static_cast<uint32_t>(sp);
  r.cpu.r[kR13] = space.data_base();
  r.in_trap = r.keep_all = 1;
  // Without a kernel stack the frame has no place, and the task ends where it would return through it.
  if (!space.give_kernel_stack(t)) r.ksp = 0;
  swi().copy_frame(space, r, static_cast<uint32_t>(sp));
}

}  // namespace moxie
