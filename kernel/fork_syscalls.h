// System calls of kernel/fork.c that know no registers; fork, vfork and clone themselves are the ISAs'.
#pragma once

#include "kernel/sched.h"
#include "kernel/syscall.h"

// clone with flags of the program's own: what CLONE_VFORK means is for clone-vfork= to say.
SyscallResult fork_for_user(kernel_clone_args args);

SyscallResult sys_unshare(clone_flags_t flags);
SyscallResult sys_setns(fd_t fd, int type);
