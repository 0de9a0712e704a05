// System calls of kernel/fork.c that know no registers; fork, vfork and clone themselves are the ISAs'.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_unshare(clone_flags_t flags);
SyscallResult sys_setns(fd_t fd, int type);
