// System calls that know x86 registers (arch/x86/kernel/process.cpp).
#pragma once

#include <algorithm>

#include "arch/x86/abi.h"
#include "kernel/syscall.h"

struct ia32_user_desc { uint32_t entry_number, base_addr, limit, flags; };  // struct user_desc

SyscallResult sys_fork();
SyscallResult sys_vfork();
SyscallResult sys_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid, user_ptr<int> child_tid, ulong_t tls);
SyscallResult sys_ia32_clone(clone_flags_t flags, ulong_t newsp, user_ptr<int> parent_tid, ulong_t tls,
                             user_ptr<int> child_tid);
SyscallResult sys_arch_prctl(arch_prctl_op_t op, ulong_t addr);
SyscallResult sys_set_thread_area(user_ptr<ia32_user_desc> udesc);
SyscallResult sys_get_thread_area(user_ptr<ia32_user_desc> udesc);
// clone's CLONE_SETTLS on i386: as set_thread_area, for a given thread.
Result<void> do_set_thread_area(arch::thread_struct& t, user_ptr<ia32_user_desc> udesc, bool can_allocate);
