// Timers that count CPU time: ITIMER_VIRTUAL and ITIMER_PROF, POSIX timers on CPU clocks,
// RLIMIT_CPU. Linux: kernel/time/posix-cpu-timers.c. They are looked at after every stretch of user
// code, and the machine is asked to stop user code when the first of them could be due.
#include <algorithm>

#include "kernel/posix_timers.h"

namespace {

bool has_posix_cpu_timer(const signal_struct& s) {
  return s.timers && std::ranges::any_of(s.timers->timers,
                                         [](const auto& x) { return x.second->cpu_expires != 0; });
}

bool is_active(const signal_struct& s) {
  return s.virt_timer.timer.expires != 0 || s.prof_timer.timer.expires != 0 ||
         s.rlim[RLIMIT_CPU].cur != RLIM_INFINITY || has_posix_cpu_timer(s);
}

void check_itimer(task_struct& t, itimer& it, uint64_t now, int sig) {
  if (it.timer.expires == 0 || now < it.timer.expires) return;
  it.timer.expires = it.interval != 0 ? it.timer.expires + it.interval : 0;
  // One signal for all that was missed.
  if (it.timer.expires != 0 && it.timer.expires <= now)
    it.timer.expires += ((now - it.timer.expires) / it.interval + 1) * it.interval;
  send_group(t, sig);
}

// The soft limit warns every second, the hard one kills.
void check_rlimit(task_struct& t, uint64_t now) {
  rlimit_pair& limit = t.signal->rlim[RLIMIT_CPU];
  if (limit.cur == RLIM_INFINITY) return;
  const uint64_t seconds = now / kNsec;
  if (limit.max != RLIM_INFINITY && seconds >= limit.max) {
    send_group(t, SIGKILL);
  } else if (seconds >= limit.cur) {
    send_group(t, SIGXCPU);
    limit.cur = seconds + 1;
  }
}

void check_posix(task_struct& t) {
  signal_struct& s = *t.signal;
  if (!has_posix_cpu_timer(s)) return;
  std::vector<int> ids;
  for (const auto& [id, timer] : s.timers->timers)
    if (timer->cpu_expires != 0) ids.push_back(id);
  for (const int id : ids) {
    const auto it = s.timers->timers.find(id);
    if (it == s.timers->timers.end()) continue;
    posix_cpu_timer_fire(*it->second, cpu_clock_sample(it->second->clock, t).value_or(0));
  }
}

}  // namespace

void account_process_tick(task_struct& t, uint64_t /*ns_user*/, uint64_t /*ns_system*/) {
  signal_struct& s = *t.signal;
  if (!is_active(s) || s.group_exit) return;
  const cpu_times now = thread_group_cputime(s);
  check_itimer(t, s.virt_timer, now.utime, SIGVTALRM);
  check_itimer(t, s.prof_timer, now.sum(), SIGPROF);
  check_rlimit(t, now.sum());
  check_posix(t);
}

std::optional<uint64_t> cpu_timer_deadline(const task_struct& t) {
  const signal_struct& s = *t.signal;
  if (!is_active(s)) return {};
  const cpu_times now = thread_group_cputime(s);
  uint64_t left = ~0ULL;
  const auto consider = [&left](uint64_t expires, uint64_t at) {
    if (expires != 0) left = std::min(left, expires > at ? expires - at : 0);
  };
  consider(s.virt_timer.timer.expires, now.utime);
  consider(s.prof_timer.timer.expires, now.sum());
  const rlimit_pair& limit = s.rlim[RLIMIT_CPU];
  constexpr uint64_t kFar = ~0ULL / kNsec;
  if (limit.cur < kFar) consider(std::max<uint64_t>(limit.cur * kNsec, 1), now.sum());
  if (s.timers)
    for (const auto& [id, timer] : s.timers->timers)
      if (timer->cpu_expires != 0)
        consider(timer->cpu_expires, cpu_clock_sample(timer->clock, t).value_or(0));
  if (left == ~0ULL) return {};
  // A timer on another thread's clock may stay "nearly due" for ever: look at most once a
  // millisecond.
  constexpr uint64_t kStep = kNsec / 1000;
  return ktime_add_safe(ktime_get(), std::max(left, kStep));
}
