// timer_create and its family. Linux: kernel/time/posix-timers.c. A timer with an interval restarts
// when its signal is taken; what it missed meanwhile is its overrun.
#include "kernel/posix_timers.h"

#include <algorithm>
#include <climits>

#include "kernel/signal_internal.h"
#include "kernel/time_syscalls.h"

namespace {

k_itimer* find(signal_struct& s, int id) {
  if (!s.timers) return nullptr;
  const auto it = s.timers->timers.find(id);
  return it == s.timers->timers.end() ? nullptr : it->second.get();
}

Result<k_itimer*> own_timer(int id) {
  k_itimer* t = find(*current->signal, id);
  if (t == nullptr) return Err(EINVAL);
  return t;
}

uint64_t now_of(const k_itimer& t) {
  if (!is_cpu_clock(t.clock)) return *clock_now(t.clock);
  const task_struct* owner = t.owner->threads.empty() ? current : t.owner->threads.front();
  return cpu_clock_sample(t.clock, *owner).value_or(0);
}

// Steps `expires` past `now`; returns how many expiries were passed.
uint64_t forward(k_itimer& t, uint64_t now) {
  if (t.expires > now || t.interval == 0) return 0;
  const uint64_t n = (now - t.expires) / t.interval + 1;
  t.expires = ktime_add_safe(t.expires, n * t.interval);
  return n;
}

void expire(signal_struct& s, int id);

void arm(k_itimer& t) {
  if (is_cpu_clock(t.clock)) {
    t.cpu_expires = t.expires;
    return;
  }
  signal_struct* s = t.owner;
  const int id = t.id;
  t.timer.function = [s, id] { expire(*s, id); };
  add_timer(t.timer, clock_to_monotonic(t.clock, t.expires));
}

void disarm(k_itimer& t) {
  del_timer(t.timer);
  t.cpu_expires = 0;
  t.requeue = false;
}

// A thread of the group by number; nobody once it is gone.
task_struct* target_of(const k_itimer& t) {
  if (t.owner->threads.empty()) return nullptr;
  if (t.target_tid == 0) return t.owner->threads.front();
  const auto it = std::ranges::find_if(t.owner->threads,
                                       [&](task_struct* x) { return x->pid == t.target_tid; });
  return it == t.owner->threads.end() ? nullptr : *it;
}

bool is_queued(const sigpending& p, int id) {
  return std::ranges::any_of(
      p.queue, [id](const kernel_siginfo& i) { return i.timer_private && i.timerid == id; });
}

// True if the signal is on its way and the interval waits for it to be taken.
bool send_timer_signal(k_itimer& t) {
  task_struct* target = target_of(t);
  if (target == nullptr) return false;
  const sigpending& queue = t.target_tid != 0 ? target->pending : t.owner->shared_pending;
  kernel_siginfo info;
  info.si_signo = t.signo;
  info.si_code = SI_TIMER;
  info.timerid = t.id;
  info.value = t.value;
  info.timer_private = true;
  (void)send_signal(*target, info, t.target_tid != 0);
  return is_queued(queue, t.id);
}

void fired(k_itimer& t) {
  t.overrun = 0;
  const bool queued = t.notify != SIGEV_NONE && send_timer_signal(t);
  if (t.interval == 0) return;
  if (queued) {
    t.requeue = true;
    return;
  }
  // The signal is ignored: go on, but not faster than the tick.
  const uint64_t now = now_of(t);
  t.overrun += static_cast<int64_t>(forward(t, ktime_add_safe(now, kNsec / HZ)));
  arm(t);
}

void expire(signal_struct& s, int id) {
  if (k_itimer* t = find(s, id)) fired(*t);
}

int clamp(int64_t overrun) { return static_cast<int>(std::min<int64_t>(overrun, INT_MAX)); }

ktime_pair read(k_itimer& t) {
  ktime_pair r{t.interval, 0};
  const bool armed = t.timer.pending() || t.cpu_expires != 0 || t.requeue;
  if (!armed) return r;
  const uint64_t now = now_of(t);
  // With the signal still queued, or without any, show the next expiry of an interval.
  uint64_t expires = t.expires;
  if (expires <= now && t.interval != 0) expires += ((now - expires) / t.interval + 1) * t.interval;
  r.value = expires > now ? expires - now : 1;
  return r;
}

Result<void> check_event(const ksigevent& e) {
  switch (e.notify) {
    case SIGEV_NONE: return {};
    case SIGEV_SIGNAL | SIGEV_THREAD_ID: {
      const task_struct* t = find_task_by_pid(e.tid);
      if (t == nullptr || t->signal != current->signal) return Err(EINVAL);
      [[fallthrough]];
    }
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
      if (e.signo <= 0 || e.signo > NSIG) return Err(EINVAL);
      return {};
    default: return Err(EINVAL);
  }
}

}  // namespace

Result<int> do_timer_create(int clock, const ksigevent& event) {
  constexpr size_t kMaxTimers = 4096;  // their memory is the kernel's
  if (!clock_can_sleep(clock) && clock != CLOCK_THREAD_CPUTIME_ID)
    return Err(clock_now(clock) ? EOPNOTSUPP : EINVAL);
  if (event.given) TRY(check_event(event));
  signal_struct& s = *current->signal;
  if (!s.timers) s.timers = std::make_unique<posix_timers>();
  auto& all = s.timers->timers;
  if (all.size() >= std::min<uint64_t>(kMaxTimers, s.rlim[RLIMIT_SIGPENDING].cur))
    return Err(EAGAIN);
  auto t = std::make_unique<k_itimer>();
  do {
    t->id = s.timers->next_id;
    s.timers->next_id = s.timers->next_id == INT_MAX ? 0 : s.timers->next_id + 1;
  } while (all.contains(t->id));
  t->clock = clock;
  // A thread's own clock, seen from any thread later.
  if (clock == CLOCK_THREAD_CPUTIME_ID)
    t->clock = static_cast<int>(~static_cast<unsigned>(current->pid) << 3 | 6);
  t->owner = &s;
  t->value = static_cast<uint64_t>(t->id);
  if (event.given) {
    t->notify = event.notify;
    t->signo = event.signo;
    t->value = event.value;
    if (event.notify == SIGEV_THREAD_ID) t->target_tid = event.tid;
  }
  const int id = t->id;
  all.emplace(id, std::move(t));
  return id;
}

Result<ktime_pair> do_timer_settime(int id, int flags, const ktime_pair& value) {
  k_itimer& t = *TRY(own_timer(id));
  const ktime_pair old = read(t);
  disarm(t);
  t.interval = value.value != 0 ? value.interval : 0;
  t.overrun = t.overrun_last = 0;
  // A signal that is still queued belongs to the old setting.
  const auto forget = [id](sigpending& p) {
    for (kernel_siginfo& i : p.queue)
      if (i.timer_private && i.timerid == id) i.timer_private = false;
  };
  forget(t.owner->shared_pending);
  for (task_struct* x : t.owner->threads) forget(x->pending);
  if (value.value == 0) return old;
  t.expires = (flags & TIMER_ABSTIME) != 0 ? value.value : ktime_add_safe(now_of(t), value.value);
  arm(t);
  return old;
}

Result<ktime_pair> do_timer_gettime(int id) { return read(*TRY(own_timer(id))); }

Result<int> do_timer_getoverrun(int id) { return clamp(TRY(own_timer(id))->overrun_last); }

Result<void> do_timer_delete(int id) {
  TRY(own_timer(id));
  current->signal->timers->timers.erase(id);
  return {};
}

SyscallResult sys_timer_getoverrun(int id) { return TRY(do_timer_getoverrun(id)); }
SyscallResult sys_timer_delete(int id) {
  TRY(do_timer_delete(id));
  return 0;
}

void posix_cpu_timer_fire(k_itimer& t, uint64_t now) {
  if (t.cpu_expires == 0 || now < t.cpu_expires) return;
  t.cpu_expires = 0;
  fired(t);
}

void posix_timer_dequeued(signal_struct& s, kernel_siginfo& info) {
  k_itimer* t = find(s, info.timerid);
  if (t == nullptr) return;
  if (t->requeue) {
    t->requeue = false;
    const uint64_t passed = forward(*t, now_of(*t));
    t->overrun += passed != 0 ? static_cast<int64_t>(passed) - 1 : 0;
    arm(*t);
  }
  t->overrun_last = t->overrun;
  t->overrun = 0;
  info.overrun = clamp(t->overrun_last);
}

void exit_itimers(signal_struct& s) { s.timers.reset(); }
