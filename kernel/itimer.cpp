// setitimer, getitimer and alarm. Linux: kernel/time/itimer.c. ITIMER_REAL is a timer like any
// other; its interval restarts when SIGALRM is taken, not when it is sent, so that no interval is
// too short. The other two count CPU time (kernel/cputimer.cpp).
#include "kernel/posix_timers.h"
#include "kernel/time_syscalls.h"

namespace {

enum : int { kReal = 0, kVirtual = 1, kProf = 2 };

void fire_real(signal_struct& s) {
  if (!s.threads.empty()) send_group(*s.threads.front(), SIGALRM);
}

uint64_t left(uint64_t expires, uint64_t now) {
  // A timer that is due but has not been looked at yet still runs.
  return expires > now ? expires - now : 1000;
}

ktime_pair read_real(const signal_struct& s) {
  const itimer& it = s.real_timer;
  return {it.interval, it.timer.pending() ? left(it.timer.expires, ktime_get()) : 0};
}

// CPU timers keep their expiry, in CPU time, in the unlinked timer; 0 is off.
uint64_t cpu_now(const signal_struct& s, int which) {
  const cpu_times t = thread_group_cputime(s);
  return which == kVirtual ? t.utime : t.sum();
}
itimer& cpu_itimer(signal_struct& s, int which) {
  return which == kVirtual ? s.virt_timer : s.prof_timer;
}

ktime_pair read_cpu(signal_struct& s, int which) {
  const itimer& it = cpu_itimer(s, which);
  return {it.interval, it.timer.expires != 0 ? left(it.timer.expires, cpu_now(s, which)) : 0};
}

}  // namespace

Result<ktime_pair> do_getitimer(int which) {
  if (which < kReal || which > kProf) return Err(EINVAL);
  return which == kReal ? read_real(*current->signal) : read_cpu(*current->signal, which);
}

Result<ktime_pair> do_setitimer(int which, const ktime_pair& next) {
  const ktime_pair old = TRY(do_getitimer(which));
  signal_struct& s = *current->signal;
  if (which == kReal) {
    itimer& it = s.real_timer;
    del_timer(it.timer);
    it.interval = next.value != 0 ? next.interval : 0;
    if (next.value != 0) {
      it.timer.function = [&s] { fire_real(s); };
      add_timer(it.timer, ktime_add_safe(ktime_get(), next.value));
    }
    return old;
  }
  itimer& it = cpu_itimer(s, which);
  it.interval = next.interval;
  it.timer.expires = next.value != 0 ? ktime_add_safe(cpu_now(s, which), next.value) : 0;
  return old;
}

void itimer_real_dequeued(signal_struct& s) {
  itimer& it = s.real_timer;
  if (it.timer.pending() || it.interval == 0) return;
  // The next multiple of the interval after the last expiry.
  const uint64_t now = ktime_get();
  uint64_t next = it.timer.expires;
  if (next <= now) next += ((now - next) / it.interval + 1) * it.interval;
  add_timer(it.timer, next);
}

SyscallResult sys_alarm(uint32_t seconds) {
  const ktime_pair old = TRY(do_setitimer(kReal, {0, seconds * kNsec}));
  // Rounded, but a pending alarm is never reported as none.
  const uint64_t usec = old.value / 1000;
  uint64_t sec = usec / 1'000'000;
  const uint64_t rest = usec % 1'000'000;
  if ((sec == 0 && rest != 0) || rest >= 500'000) ++sec;
  return static_cast<long>(sec);
}
