// Time system calls with the same form on every ABI, and the kernel form of the others
// (kernel/time_abi.h).
#pragma once

#include <functional>

#include "kernel/syscall.h"
#include "kernel/time.h"

struct abi_timezone {  // struct timezone; the kernel's own is always zero
  int32_t tz_minuteswest = 0, tz_dsttime = 0;
};

SyscallResult sys_alarm(uint32_t seconds);
SyscallResult sys_timer_getoverrun(int id);
SyscallResult sys_timer_delete(int id);

// Kernel forms.
// EINVAL/EPERM: no clock of this kernel can be set.
SyscallResult do_clock_settime(int clock);
// Sleeps until the clock shows `ns` (absolute) or for `ns`. A relative sleep that a signal ends
// gives what is left to `remaining` and goes on if no handler runs.
SyscallResult do_clock_nanosleep(int clock, bool absolute, uint64_t ns,
                                 std::function<Result<void>(uint64_t left)> remaining);

// What adjtimex(2) reads: an undisciplined clock.
struct kernel_timex {
  int64_t maxerror, esterror, constant, tolerance, tick;
  int status, state;
};
kernel_timex do_adjtimex();
