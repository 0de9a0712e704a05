// Limits and use of resources in kernel form. Linux: include/linux/resource.h, kernel/sys.c.
#pragma once

#include "kernel/sched.h"

// Reads and, if `wanted` is given, sets a limit of the process `pid` (0: the caller's). EINVAL,
// EPERM, ESRCH.
Result<rlimit_pair> do_prlimit(int pid, unsigned resource, const rlimit_pair* wanted);

// What getrusage(2) reports: RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD of the caller. EINVAL.
Result<rusage_acct> getrusage(int who);
