// Time system calls, templates over the wire forms of timespec, timeval and their relatives. Names
// ending in 64 or _time64 are the i386 slots whose timespec is 64-bit: give them abi::timespec64.
// Linux: kernel/time/time.c, posix-timers.c, itimer.c, hrtimer.c.
#pragma once

#include "kernel/posix_timers.h"
#include "kernel/syscall.h"
#include "kernel/time_syscalls.h"

namespace detail {

// EINVAL unless it is a sensible point or span of time. Too far away is as good as for ever.
template <class Timespec>
Result<uint64_t> timespec_to_ns(const Timespec& ts) {
  if (ts.tv_sec < 0 || ts.tv_nsec < 0 || ts.tv_nsec >= static_cast<int64_t>(kNsec))
    return Err(EINVAL);
  constexpr uint64_t kMaxSec = (~0ULL >> 1) / kNsec;
  const auto sec = static_cast<uint64_t>(ts.tv_sec);
  if (sec >= kMaxSec) return kMaxSec * kNsec;
  return sec * kNsec + static_cast<uint64_t>(ts.tv_nsec);
}
template <class Timespec>
Timespec ns_to_timespec(uint64_t ns) {
  Timespec ts{};
  ts.tv_sec = static_cast<decltype(ts.tv_sec)>(ns / kNsec);
  ts.tv_nsec = static_cast<decltype(ts.tv_nsec)>(ns % kNsec);
  return ts;
}
template <class Timespec>
Result<uint64_t> get_timespec(user_ptr<const Timespec> p) {
  return timespec_to_ns(TRY(get_user(p)));
}
template <class Timeval>
Result<uint64_t> timeval_to_ns(const Timeval& tv) {
  if (tv.tv_sec < 0 || tv.tv_usec < 0 || tv.tv_usec >= 1'000'000) return Err(EINVAL);
  constexpr uint64_t kMaxSec = (~0ULL >> 1) / kNsec;
  const auto sec = static_cast<uint64_t>(tv.tv_sec);
  if (sec >= kMaxSec) return kMaxSec * kNsec;
  return sec * kNsec + static_cast<uint64_t>(tv.tv_usec) * 1000;
}
template <class Timeval>
Timeval ns_to_timeval(uint64_t ns) {
  Timeval tv{};
  tv.tv_sec = static_cast<decltype(tv.tv_sec)>(ns / kNsec);
  tv.tv_usec = static_cast<decltype(tv.tv_usec)>(ns % kNsec / 1000);
  return tv;
}

// Sleeps; what is left goes to `rem` when a signal ends a relative sleep.
template <class Timespec>
SyscallResult sleep_on_clock(int clock, bool absolute, uint64_t ns, user_ptr<Timespec> rem) {
  return do_clock_nanosleep(clock, absolute, ns, [rem](uint64_t left) -> Result<void> {
    if (!rem) return {};
    return put_user(rem, ns_to_timespec<Timespec>(left));
  });
}

}  // namespace detail

template <class Timespec>
SyscallResult sys_clock_gettime(clockid_arg clock, user_ptr<Timespec> tp) {
  TRY(put_user(tp, detail::ns_to_timespec<Timespec>(TRY(clock_now(clock)))));
  return 0;
}
template <class Timespec>
SyscallResult sys_clock_getres(clockid_arg clock, user_ptr<Timespec> tp) {
  const uint64_t ns = TRY(clock_resolution(clock));
  if (tp) TRY(put_user(tp, detail::ns_to_timespec<Timespec>(ns)));
  return 0;
}
template <class Timespec>
SyscallResult sys_clock_settime(clockid_arg clock, user_ptr<const Timespec> tp) {
  TRY(detail::get_timespec(tp));
  return do_clock_settime(clock);
}
template <class Timespec>
SyscallResult sys_clock_nanosleep(clockid_arg clock, int flags, user_ptr<const Timespec> rqtp,
                                  user_ptr<Timespec> rmtp) {
  if (!clock_can_sleep(clock)) return Err(clock_now(clock) ? EOPNOTSUPP : EINVAL);
  const uint64_t ns = TRY(detail::get_timespec(rqtp));
  const bool absolute = (flags & TIMER_ABSTIME) != 0;
  return detail::sleep_on_clock<Timespec>(clock, absolute, ns,
                                          absolute ? user_ptr<Timespec>() : rmtp);
}
template <class Timespec>
SyscallResult sys_nanosleep(user_ptr<const Timespec> rqtp, user_ptr<Timespec> rmtp) {
  const uint64_t ns = TRY(detail::get_timespec(rqtp));
  return detail::sleep_on_clock<Timespec>(CLOCK_MONOTONIC, false, ns, rmtp);
}
template <class Timespec>
SyscallResult sys_clock_gettime64(clockid_arg clock, user_ptr<Timespec> tp) {
  return sys_clock_gettime<Timespec>(clock, tp);
}
template <class Timespec>
SyscallResult sys_clock_getres_time64(clockid_arg clock, user_ptr<Timespec> tp) {
  return sys_clock_getres<Timespec>(clock, tp);
}
template <class Timespec>
SyscallResult sys_clock_settime64(clockid_arg clock, user_ptr<const Timespec> tp) {
  return sys_clock_settime<Timespec>(clock, tp);
}
template <class Timespec>
SyscallResult sys_clock_nanosleep_time64(clockid_arg clock, int flags,
                                         user_ptr<const Timespec> rqtp, user_ptr<Timespec> rmtp) {
  return sys_clock_nanosleep<Timespec>(clock, flags, rqtp, rmtp);
}

// ---- time of day
// ------------------------------------------------------------------------------------

template <class Abi>
SyscallResult sys_time(user_ptr<typename Abi::sword> tloc) {
  const auto seconds = static_cast<typename Abi::sword>(ktime_get_coarse_real() / kNsec);
  if (tloc) TRY(put_user(tloc, seconds));
  return static_cast<long>(seconds);
}
template <class Abi>
SyscallResult sys_stime(user_ptr<const typename Abi::sword> tptr) {
  TRY(get_user(tptr));
  return Err(EPERM);
}
template <class Abi>
SyscallResult sys_gettimeofday(user_ptr<typename Abi::timeval> tv, user_ptr<abi_timezone> tz) {
  if (tv) TRY(put_user(tv, detail::ns_to_timeval<typename Abi::timeval>(ktime_get_real())));
  if (tz) TRY(put_user(tz, abi_timezone{}));
  return 0;
}
template <class Abi>
SyscallResult sys_settimeofday(user_ptr<const typename Abi::timeval> tv,
                               user_ptr<const abi_timezone> tz) {
  if (tv) TRY(detail::timeval_to_ns(TRY(get_user(tv))));
  if (tz) TRY(get_user(tz));
  return tv || tz ? SyscallResult(Err(EPERM)) : SyscallResult(0);
}

// ---- adjtimex: can be read
// ----------------------------------------------------------------------------

template <class Timex>
SyscallResult sys_adjtimex(user_ptr<Timex> utx) {
  Timex tx = TRY(get_user(utx));
  if (tx.modes != 0) return Err(EPERM);
  const kernel_timex k = do_adjtimex();
  tx = Timex{};
  tx.maxerror = static_cast<decltype(tx.maxerror)>(k.maxerror);
  tx.esterror = static_cast<decltype(tx.esterror)>(k.esterror);
  tx.status = k.status;
  tx.constant = static_cast<decltype(tx.constant)>(k.constant);
  tx.precision = 1;
  tx.tolerance = static_cast<decltype(tx.tolerance)>(k.tolerance);
  tx.tick = static_cast<decltype(tx.tick)>(k.tick);
  const uint64_t now = ktime_get_real();
  tx.time.tv_sec = static_cast<decltype(tx.time.tv_sec)>(now / kNsec);
  tx.time.tv_usec = static_cast<decltype(tx.time.tv_usec)>(now % kNsec / 1000);
  TRY(put_user(utx, tx));
  return k.state;
}
template <class Timex>
SyscallResult sys_clock_adjtime(clockid_arg clock, user_ptr<Timex> utx) {
  if (clock != CLOCK_REALTIME) return Err(clock_now(clock) ? EOPNOTSUPP : EINVAL);
  return sys_adjtimex<Timex>(utx);
}
template <class Timex>
SyscallResult sys_clock_adjtime64(clockid_arg clock, user_ptr<Timex> utx) {
  return sys_clock_adjtime<Timex>(clock, utx);
}

// ---- interval timers
// ----------------------------------------------------------------------------------

namespace detail {
template <class Itimerval>
Result<ktime_pair> itimerval_to_ns(const Itimerval& v) {
  ktime_pair k;
  k.value = TRY(timeval_to_ns(v.it_value));
  k.interval = TRY(timeval_to_ns(v.it_interval));
  return k;
}
template <class Itimerval>
Itimerval ns_to_itimerval(const ktime_pair& k) {
  using Timeval = decltype(Itimerval::it_value);
  return {ns_to_timeval<Timeval>(k.interval), ns_to_timeval<Timeval>(k.value)};
}
template <class Itimerspec>
Itimerspec ns_to_itimerspec(const ktime_pair& k) {
  using Timespec = decltype(Itimerspec::it_value);
  return {ns_to_timespec<Timespec>(k.interval), ns_to_timespec<Timespec>(k.value)};
}
}  // namespace detail

template <class Abi>
SyscallResult sys_getitimer(itimer_which_t which, user_ptr<typename Abi::itimerval> value) {
  TRY(put_user(value, detail::ns_to_itimerval<typename Abi::itimerval>(TRY(do_getitimer(which)))));
  return 0;
}
template <class Abi>
SyscallResult sys_setitimer(itimer_which_t which, user_ptr<const typename Abi::itimerval> value,
                            user_ptr<typename Abi::itimerval> ovalue) {
  ktime_pair next;  // a null pointer disarms, as it always has
  if (value) next = TRY(detail::itimerval_to_ns(TRY(get_user(value))));
  const ktime_pair old = TRY(do_setitimer(which, next));
  if (ovalue) TRY(put_user(ovalue, detail::ns_to_itimerval<typename Abi::itimerval>(old)));
  return 0;
}

// ---- POSIX timers
// -------------------------------------------------------------------------------------

template <class Abi>
SyscallResult sys_timer_create(clockid_arg clock, user_ptr<const typename Abi::sigevent> uevent,
                               user_ptr<int> uid) {
  ksigevent event;
  if (uevent) {
    const auto w = TRY(get_user(uevent));
    event = {w.sigev_notify, w.sigev_signo, w.tid, static_cast<uint64_t>(w.sigev_value), true};
  }
  const int id = TRY(do_timer_create(clock, event));
  if (auto put = put_user(uid, id); !put) {
    (void)do_timer_delete(id);
    return std::unexpected(put.error());
  }
  return 0;
}
template <class Itimerspec>
SyscallResult sys_timer_settime(int id, int flags, user_ptr<const Itimerspec> next,
                                user_ptr<Itimerspec> old) {
  if (!next) return Err(EINVAL);
  const Itimerspec w = TRY(get_user(next));
  const ktime_pair value{TRY(detail::timespec_to_ns(w.it_interval)),
                         TRY(detail::timespec_to_ns(w.it_value))};
  const ktime_pair before = TRY(do_timer_settime(id, flags, value));
  if (old) TRY(put_user(old, detail::ns_to_itimerspec<Itimerspec>(before)));
  return 0;
}
template <class Itimerspec>
SyscallResult sys_timer_gettime(int id, user_ptr<Itimerspec> setting) {
  TRY(put_user(setting, detail::ns_to_itimerspec<Itimerspec>(TRY(do_timer_gettime(id)))));
  return 0;
}
template <class Itimerspec>
SyscallResult sys_timer_settime64(int id, int flags, user_ptr<const Itimerspec> next,
                                  user_ptr<Itimerspec> old) {
  return sys_timer_settime<Itimerspec>(id, flags, next, old);
}
template <class Itimerspec>
SyscallResult sys_timer_gettime64(int id, user_ptr<Itimerspec> setting) {
  return sys_timer_gettime<Itimerspec>(id, setting);
}
