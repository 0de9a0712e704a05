// Clocks by number, and sleeping on them. Linux: kernel/time/posix-timers.c. Times are nanoseconds.
#pragma once

#include <cstdint>

#include "kernel/timer.h"
#include "lib/result.h"

struct task_struct;
struct signal_struct;

// EINVAL for a clock that does not exist, ESRCH-like cases included (as Linux: EINVAL).
Result<uint64_t> clock_now(int clock);
Result<uint64_t> clock_resolution(int clock);
// Is it a clock that counts CPU time (a process's, a thread's)?
bool is_cpu_clock(int clock);
// Monotonic time at which `clock` (no CPU clock) shows `at`.
uint64_t clock_to_monotonic(int clock, uint64_t at);
// May timers and sleeps use it?
bool clock_can_sleep(int clock);

// CPU time of a whole group or a thread, ns.
struct cpu_times {
  uint64_t utime = 0, stime = 0;
  uint64_t sum() const { return utime + stime; }
};
cpu_times thread_group_cputime(const signal_struct& s);
Result<uint64_t> cpu_clock_sample(int clock, const task_struct& caller);

constexpr uint64_t ns_to_ticks(uint64_t ns) { return ns / (kNsec / 100); }  // clock_t, USER_HZ
// now + delta without wrapping round.
constexpr uint64_t ktime_add_safe(uint64_t a, uint64_t b) { return a + b < a ? ~0ULL >> 1 : a + b; }
