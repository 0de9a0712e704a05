// System calls that know moxie registers (arch/moxie/kernel/process.cpp, signal.cpp).
#pragma once

#include "arch/arch.h"
#include "arch/moxie/abi.h"
#include "kernel/syscall.h"

namespace moxie {

inline constexpr size_t NR_syscalls = 452;  // the last one stays a hole: numbers beyond are it
extern const syscall_table<NR_syscalls> sys_call_table;

SyscallResult sys_fork();
SyscallResult sys_vfork();
// The order of asm-generic: flags, stack, parent_tid, child_tid, tls. The port had no threads.
SyscallResult sys_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid,
                        user_ptr<int> child_tid, ulong_t tls);
SyscallResult sys_rt_sigreturn();

Result<void> copy_thread(const task_struct& parent, task_struct& child,
                         const arch::CopyThread& how);
void start_thread(task_struct& task, uint64_t entry, uint64_t sp);
Result<void> setup_frame(task_struct& task, int signal, const k_sigaction& action,
                         const kernel_siginfo& info, uint64_t oldmask);

}  // namespace moxie
