// POSIX timers (timer_create) and interval timers in kernel form. Linux:
// include/linux/posix-timers.h, kernel/time/itimer.c. Times are nanoseconds; a CPU-clock timer
// counts the group's or a thread's CPU time and is looked at by the tick (kernel/cputimer.cpp).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "kernel/sched.h"
#include "kernel/time.h"
#include "kernel/timer.h"

enum : int { SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4 };

struct k_itimer {
  int id = 0;
  int clock = 0;
  int notify = SIGEV_SIGNAL;
  int signo = SIGALRM;
  uint64_t value = 0;  // sigev_value
  int target_tid = 0;  // SIGEV_THREAD_ID; else 0: the group
  signal_struct* owner = nullptr;
  timer_list timer;          // clocks that tick by themselves
  uint64_t cpu_expires = 0;  // CPU clocks: in that clock's time, 0 disarmed
  uint64_t interval = 0;
  uint64_t expires = 0;  // in the timer's own clock
  bool requeue = false;  // an interval that restarts when the signal is taken
  int64_t overrun = 0, overrun_last = 0;
};

struct posix_timers {
  std::map<int, std::unique_ptr<k_itimer>> timers;
  int next_id = 0;
};

struct ktime_pair {
  uint64_t interval = 0, value = 0;
};
struct ksigevent {
  int notify = SIGEV_SIGNAL, signo = 0, tid = 0;
  uint64_t value = 0;
  bool given = false;
};

// timer_create and friends. Values are relative unless `flags` has TIMER_ABSTIME.
Result<int> do_timer_create(int clock, const ksigevent& event);
Result<ktime_pair> do_timer_settime(int id, int flags, const ktime_pair& value);  // the old setting
Result<ktime_pair> do_timer_gettime(int id);
Result<int> do_timer_getoverrun(int id);
Result<void> do_timer_delete(int id);
void posix_cpu_timer_fire(k_itimer& t, uint64_t now);

// setitimer; ITIMER_REAL = 0, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2.
Result<ktime_pair> do_getitimer(int which);
Result<ktime_pair> do_setitimer(int which, const ktime_pair& value);

// A signal of these timers was taken: an interval goes on from here, so that a fast timer cannot
// flood anybody.
void itimer_real_dequeued(signal_struct& s);
void posix_timer_dequeued(signal_struct& s, kernel_siginfo& info);
