// System calls about the caller itself and the system whose arguments look the same on every ABI;
// forms with structures are in kernel/sys_abi.h. Linux: include/linux/syscalls.h. On i386 the slots
// named plainly getuid, setuid, chown ... are the 16-bit forms (sys_getuid16 ...) and the slots
// getuid32 ... are the handlers without a suffix; x86-64 has only the latter.
#pragma once

#include "kernel/syscall.h"

// ---- who am I (kernel/sys_ids.cpp)
// ---------------------------------------------------------------
SyscallResult sys_getpid();
SyscallResult sys_gettid();
SyscallResult sys_getppid();
SyscallResult sys_getpgrp();
SyscallResult sys_getpgid(kpid_t pid);
SyscallResult sys_getsid(kpid_t pid);
SyscallResult sys_setpgid(kpid_t pid, kpid_t pgid);
SyscallResult sys_setsid();
SyscallResult sys_set_tid_address(user_ptr<int> tidptr);

// ---- credentials (kernel/sys_cred.cpp, kernel/sys_uid16.cpp)
// -------------------------------------
SyscallResult sys_getuid();
SyscallResult sys_geteuid();
SyscallResult sys_getgid();
SyscallResult sys_getegid();
SyscallResult sys_setuid(kuid_t uid);
SyscallResult sys_setgid(kgid_t gid);
SyscallResult sys_setreuid(kuid_t ruid, kuid_t euid);
SyscallResult sys_setregid(kgid_t rgid, kgid_t egid);
SyscallResult sys_setresuid(kuid_t ruid, kuid_t euid, kuid_t suid);
SyscallResult sys_setresgid(kgid_t rgid, kgid_t egid, kgid_t sgid);
SyscallResult sys_getresuid(user_ptr<uint32_t> ruid, user_ptr<uint32_t> euid,
                            user_ptr<uint32_t> suid);
SyscallResult sys_getresgid(user_ptr<uint32_t> rgid, user_ptr<uint32_t> egid,
                            user_ptr<uint32_t> sgid);
SyscallResult sys_setfsuid(kuid_t uid);
SyscallResult sys_setfsgid(kgid_t gid);
SyscallResult sys_getgroups(int size, user_ptr<uint32_t> list);
SyscallResult sys_setgroups(int size, user_ptr<const uint32_t> list);

SyscallResult sys_getuid16();
SyscallResult sys_geteuid16();
SyscallResult sys_getgid16();
SyscallResult sys_getegid16();
SyscallResult sys_setuid16(kuid_t uid);
SyscallResult sys_setgid16(kgid_t gid);
SyscallResult sys_setreuid16(kuid_t ruid, kuid_t euid);
SyscallResult sys_setregid16(kgid_t rgid, kgid_t egid);
SyscallResult sys_setresuid16(kuid_t ruid, kuid_t euid, kuid_t suid);
SyscallResult sys_setresgid16(kgid_t rgid, kgid_t egid, kgid_t sgid);
SyscallResult sys_getresuid16(user_ptr<uint16_t> ruid, user_ptr<uint16_t> euid,
                              user_ptr<uint16_t> suid);
SyscallResult sys_getresgid16(user_ptr<uint16_t> rgid, user_ptr<uint16_t> egid,
                              user_ptr<uint16_t> sgid);
SyscallResult sys_setfsuid16(kuid_t uid);
SyscallResult sys_setfsgid16(kgid_t gid);
SyscallResult sys_getgroups16(int size, user_ptr<uint16_t> list);
SyscallResult sys_setgroups16(int size, user_ptr<const uint16_t> list);

// ---- the system (kernel/utsname.cpp, kernel/sys_misc.cpp, kernel/syslog.cpp)
// ---------------------
SyscallResult sys_olduname(user_ptr<void> name);     // i386 109: five fields of 65 bytes
SyscallResult sys_oldolduname(user_ptr<void> name);  // i386 59: five fields of 9 bytes
SyscallResult sys_sethostname(user_ptr<const char> name, int len);
SyscallResult sys_setdomainname(user_ptr<const char> name, int len);
SyscallResult sys_getcpu(user_ptr<uint32_t> cpu, user_ptr<uint32_t> node, user_ptr<void> unused);
SyscallResult sys_getrandom(user_ptr<void> buf, size_arg len, uint32_t flags);
SyscallResult sys_reboot(uint32_t magic1, uint32_t magic2, uint32_t cmd, user_ptr<void> arg);
SyscallResult sys_vhangup();
SyscallResult sys_kcmp(kpid_t pid1, kpid_t pid2, int type, ulong_t idx1, ulong_t idx2);
SyscallResult sys_personality(uint32_t persona);
SyscallResult sys_syslog(int type, user_ptr<char> buf, int len);
SyscallResult sys_prctl(prctl_op_t option, ulong_t arg2, ulong_t arg3, ulong_t arg4, ulong_t arg5);
SyscallResult sys_rseq(user_ptr<void> rseq, uint32_t len, int flags, uint32_t sig);

// ---- priorities and scheduling (kernel/sys_priority.cpp, kernel/sched_syscalls.cpp)
// --------------
SyscallResult sys_getpriority(int which, int who);
SyscallResult sys_setpriority(int which, int who, int nice);
SyscallResult sys_nice(int increment);
SyscallResult sys_ioprio_get(int which, int who);
SyscallResult sys_ioprio_set(int which, int who, int ioprio);
SyscallResult sys_sched_yield();
SyscallResult sys_sched_getscheduler(kpid_t pid);
SyscallResult sys_sched_get_priority_max(int policy);
SyscallResult sys_sched_get_priority_min(int policy);
