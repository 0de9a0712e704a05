// Clocks by number, sleeping on them, and what is left of the settable clock. Linux:
// kernel/time/posix-timers.c, posix-cpu-timers.c, time.c. Known difference: no clock can be set
// (EPERM, as for an unprivileged program).
#include "kernel/time.h"

#include "kernel/posix_timers.h"
#include "kernel/sched.h"
#include "kernel/sched_charge.h"
#include "kernel/time_syscalls.h"

namespace {

// The number of a CPU clock: ~pid << 3, then 4 for a thread, then the kind.
enum : int {
  CPUCLOCK_PROF = 0,
  CPUCLOCK_VIRT = 1,
  CPUCLOCK_SCHED = 2,
  CPUCLOCK_MASK = 3,
  CPUCLOCK_PERTHREAD = 4
};
struct cpu_clock {
  int pid = 0;  // 0: the caller's own
  bool thread = false;
  int which = CPUCLOCK_SCHED;
};

std::optional<cpu_clock> decode(int clock) {
  if (clock == CLOCK_PROCESS_CPUTIME_ID) return cpu_clock{};
  if (clock == CLOCK_THREAD_CPUTIME_ID) return cpu_clock{0, true, CPUCLOCK_SCHED};
  if (clock >= 0) return {};
  cpu_clock c{~(clock >> 3), (clock & CPUCLOCK_PERTHREAD) != 0, clock & CPUCLOCK_MASK};
  if (c.which > CPUCLOCK_SCHED) return {};  // clocks behind a descriptor: there are none
  return c;
}

uint64_t pick(const cpu_times& t, int which) { return which == CPUCLOCK_VIRT ? t.utime : t.sum(); }

cpu_times thread_cputime(const task_struct& t) {
  if (t.on_cpu_away) account_away_time();
  return {t.acct.utime, t.acct.stime};
}

// A clock that ticks by itself.
std::optional<uint64_t> wall_clock(int clock) {
  switch (clock) {
    case CLOCK_REALTIME: return ktime_get_real();
    case CLOCK_REALTIME_COARSE: return ktime_get_coarse_real();
    case CLOCK_TAI: return arch::machine().now(arch::Clock::tai);
    case CLOCK_MONOTONIC: return ktime_get();
    case CLOCK_MONOTONIC_RAW: return arch::machine().now(arch::Clock::monotonic_raw);
    case CLOCK_MONOTONIC_COARSE: return arch::machine().now(arch::Clock::monotonic_coarse);
    case CLOCK_BOOTTIME: return ktime_get_boottime();
    default: return {};
  }
}

// Sleeps to a monotonic time; false if a signal came first.
bool sleep_to(uint64_t deadline) {
  task_struct& t = *current;
  for (;;) {
    t.state = TASK_INTERRUPTIBLE;
    if (signal_pending(t)) {
      t.state = TASK_RUNNING;
      return ktime_get() >= deadline;
    }
    if (!schedule_until(deadline)) break;
    if (ktime_get() >= deadline) break;
  }
  t.state = TASK_RUNNING;
  return true;
}

using Remaining = std::function<Result<void>(uint64_t)>;

SyscallResult sleep_relative(uint64_t deadline, const Remaining& remaining) {
  if (sleep_to(deadline)) return 0;
  const uint64_t now = ktime_get();
  TRY(remaining(deadline > now ? deadline - now : 0));
  current->restart_block = [deadline, remaining] { return sleep_relative(deadline, remaining); };
  return Err(ERESTART_RESTARTBLOCK);
}

// CPU time advances only while somebody runs: look again when it could be reached at the earliest.
SyscallResult sleep_on_cpu_clock(int clock, uint64_t until) {
  for (;;) {
    const uint64_t now = TRY(cpu_clock_sample(clock, *current));
    if (now >= until) return 0;
    const uint64_t step = std::max<uint64_t>(until - now, kNsec / HZ);
    if (!sleep_to(ktime_add_safe(ktime_get(), step))) return Err(ERESTARTNOHAND);
  }
}

}  // namespace

bool is_cpu_clock(int clock) { return decode(clock).has_value(); }

cpu_times thread_group_cputime(const signal_struct& s) {
  cpu_times sum{s.acct.utime, s.acct.stime};
  for (const task_struct* t : s.threads) {
    const cpu_times own = thread_cputime(*t);
    sum.utime += own.utime;
    sum.stime += own.stime;
  }
  return sum;
}

Result<uint64_t> cpu_clock_sample(int clock, const task_struct& caller) {
  const auto c = decode(clock);
  if (!c) return Err(EINVAL);
  const task_struct* t = c->pid == 0 ? &caller : find_task_by_pid(c->pid);
  if (t == nullptr || !t->signal) return Err(EINVAL);
  if (c->thread && t->signal != caller.signal) return Err(EINVAL);
  // A process clock wants a process; Linux takes a thread's number for it only from inside.
  if (!c->thread && c->pid != 0 && !t->is_group_leader()) return Err(EINVAL);
  return pick(c->thread ? thread_cputime(*t) : thread_group_cputime(*t->signal), c->which);
}

Result<uint64_t> clock_now(int clock) {
  if (const auto now = wall_clock(clock)) return *now;
  if (!is_cpu_clock(clock)) return Err(EINVAL);
  account_kernel_time();
  return cpu_clock_sample(clock, *current);
}

Result<uint64_t> clock_resolution(int clock) {
  TRY(clock_now(clock));
  const bool coarse = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE;
  return coarse ? kNsec / HZ : 1;
}

bool clock_can_sleep(int clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI: return true;
    case CLOCK_THREAD_CPUTIME_ID: return false;
    default: return is_cpu_clock(clock) && cpu_clock_sample(clock, *current);
  }
}

uint64_t clock_to_monotonic(int clock, uint64_t at) {
  const uint64_t shown = wall_clock(clock).value_or(0);
  const uint64_t now = ktime_get();
  if (at <= shown) return now;
  return ktime_add_safe(now, at - shown);
}

SyscallResult do_clock_nanosleep(int clock, bool absolute, uint64_t ns, Remaining remaining) {
  if (is_cpu_clock(clock)) {
    const uint64_t until =
        absolute ? ns : ktime_add_safe(TRY(cpu_clock_sample(clock, *current)), ns);
    return sleep_on_cpu_clock(clock, until);
  }
  if (!absolute) return sleep_relative(ktime_add_safe(ktime_get(), ns), remaining);
  if (sleep_to(clock_to_monotonic(clock, ns))) return 0;
  return Err(ERESTARTNOHAND);
}

SyscallResult do_clock_settime(int clock) {
  // Only one clock can be set at all, and this kernel does not own it.
  if (clock != CLOCK_REALTIME) return Err(EINVAL);
  return Err(EPERM);
}

kernel_timex do_adjtimex() {
  constexpr int kStaUnsync = 0x40, kTimeError = 5;
  constexpr int64_t kMaxError = 16'000'000, kTolerance = 500LL << 16, kTick = 1'000'000 / HZ;
  return {kMaxError, kMaxError, 2, kTolerance, kTick, kStaUnsync, kTimeError};
}
