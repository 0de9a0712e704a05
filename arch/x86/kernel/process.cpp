// Creating tasks on x86, and what belongs to a task's registers. Linux: arch/i386/kernel/process.c,
// later split between kernel/fork.c, arch/x86/kernel/process_64.c and tls.c. sys_vfork stands where the
// January 1999 patch put it, behind sys_clone.
#include "arch/x86/process.h"

#include "arch/x86/ptrace.h"
#include "fs/fs.h"
#include "kernel/fork_syscalls.h"
#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"

namespace {

// A clone that a program asked for with flags of its own.
SyscallResult clone_with(uint64_t clone_flags, uint64_t newsp, uint64_t parent_tid, uint64_t child_tid, uint64_t tls) {
  kernel_clone_args args;
  args.flags = clone_flags & ~static_cast<uint64_t>(CSIGNAL);
  args.exit_signal = static_cast<int>(clone_flags & CSIGNAL);
  args.usp = newsp;
  args.parent_tid = parent_tid;
  args.child_tid = child_tid;
  args.pidfd = parent_tid;  // clone(2) has one word for both
  args.tls = tls;
  if ((args.flags & CLONE_PIDFD) != 0 && (args.flags & CLONE_PARENT_SETTID) != 0) return Err(EINVAL);
  return fork_for_user(args);
}

}  // namespace

SyscallResult sys_fork() {
  kernel_clone_args args;
  args.exit_signal = SIGCHLD;
  return do_fork(args);
}

// x86-64 order: flags, stack, parent_tid, child_tid, tls. i386 swaps the last two.
SyscallResult sys_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid, user_ptr<int> child_tid,
                        ulong_t tls) {
  return clone_with(flags, newsp, parent_tid.addr, child_tid.addr, tls);
}
SyscallResult sys_ia32_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid, ulong_t tls,
                             user_ptr<int> child_tid) {
  return clone_with(flags, newsp, parent_tid.addr, child_tid.addr, tls);
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

SyscallResult sys_arch_prctl(arch_prctl_op_t op, ulong_t addr) {
  constexpr int ARCH_SET_GS = 0x1001, ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003, ARCH_GET_GS = 0x1004;
  constexpr int ARCH_GET_CPUID = 0x1011, ARCH_SET_CPUID = 0x1012;
  arch::thread_struct& thread = current->thread;
  pt_regs& regs = task_pt_regs(thread);
  switch (op) {
    case ARCH_SET_GS:
    case ARCH_SET_FS:
      if (addr >= current->isa->task_size()) return Err(EPERM);
      (op == ARCH_SET_FS ? regs.fs_base : regs.gs_base) = addr;
      (op == ARCH_SET_FS ? regs.fs : regs.gs) = 0;
      thread.regs_dirty = true;
      return 0;
    case ARCH_GET_FS: TRY(put_user(user_ptr<uint64_t>(addr), regs.fs_base)); return 0;
    case ARCH_GET_GS: TRY(put_user(user_ptr<uint64_t>(addr), regs.gs_base)); return 0;
    case ARCH_GET_CPUID: return 1;
    case ARCH_SET_CPUID: return addr != 0 ? SyscallResult(0) : Err(ENODEV);
    default: return Err(EINVAL);
  }
}

// ---- i386 thread-local storage (arch/x86/kernel/tls.c) --------------------------------------------

namespace {

constexpr uint32_t kTlsMin = 12;  // GDT_ENTRY_TLS_MIN of a 64-bit kernel

// flags as in struct user_desc: seg_32bit 1, contents 2, read_exec_only 8, limit_in_pages 16,
// seg_not_present 32, useable 64. The two "empty" forms clear an entry.
bool is_empty(const arch::TlsDesc& d) {
  const bool zero = d.base_addr == 0 && d.limit == 0 && (d.flags & 0x7f) == 0;
  const bool ldt_empty = d.base_addr == 0 && d.limit == 0 && (d.flags & 0x7f) == (8 | 32);
  return zero || ldt_empty;
}

// ESRCH when all three are taken.
Result<uint32_t> free_entry(const arch::thread_struct& t) {
  for (uint32_t i = 0; i < t.tls.size(); ++i)
    if (t.tls[i].entry_number == 0) return kTlsMin + i;
  return Err(ESRCH);
}

}  // namespace

Result<void> do_set_thread_area(arch::thread_struct& t, user_ptr<ia32_user_desc> udesc, bool can_allocate) {
  const ia32_user_desc u = TRY(get_user(udesc));
  arch::TlsDesc d{u.entry_number, u.base_addr, u.limit, u.flags};
  if (!is_empty(d) && (d.flags & 1) == 0) return Err(EINVAL);  // 16-bit segments
  if (d.entry_number == ~0U && can_allocate) {
    d.entry_number = TRY(free_entry(t));
    TRY(put_user(user_ptr<uint32_t>(udesc.addr), d.entry_number));
  }
  if (d.entry_number < kTlsMin || d.entry_number >= kTlsMin + t.tls.size()) return Err(EINVAL);
  arch::TlsDesc& slot = t.tls[d.entry_number - kTlsMin];
  slot = is_empty(d) ? arch::TlsDesc{} : d;
  pt_regs& regs = task_pt_regs(t);
  if (regs.gs >> 3 == d.entry_number) regs.gs_base = d.base_addr;
  if (regs.fs >> 3 == d.entry_number) regs.fs_base = d.base_addr;
  t.regs_dirty = true;
  return {};
}

SyscallResult sys_set_thread_area(user_ptr<ia32_user_desc> udesc) {
  TRY(do_set_thread_area(current->thread, udesc, true));
  return 0;
}

SyscallResult sys_get_thread_area(user_ptr<ia32_user_desc> udesc) {
  const uint32_t n = TRY(get_user(user_ptr<const uint32_t>(udesc.addr)));
  if (n < kTlsMin || n >= kTlsMin + current->thread.tls.size()) return Err(EINVAL);
  const arch::TlsDesc& d = current->thread.tls[n - kTlsMin];
  const ia32_user_desc u{n, d.base_addr, d.limit, d.entry_number == 0 ? 40U : d.flags};
  TRY(put_user(udesc, u));
  return 0;
}
