// The system-call tables of the two x86 gates (arch/x86/kernel/syscall_64.cpp, arch/x86/ia32/
// syscall_32.cpp).
#pragma once

#include "kernel/syscall.h"

inline constexpr size_t NR_syscalls = 512;

extern const syscall_table<NR_syscalls> sys_call_table;
extern const syscall_table<NR_syscalls> ia32_sys_call_table;

const arch::Isa& x86_64_isa();
const arch::Isa& i386_isa();
