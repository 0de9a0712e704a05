// timerfd system calls: templates over the wire form of itimerspec (also the 64-bit one of a 32-bit
// ABI). Linux: fs/timerfd.c.
#pragma once

#include "fs/timerfd.h"
#include "kernel/syscall.h"
#include "kernel/time_abi.h"

SyscallResult sys_timerfd_create(clockid_arg clockid, open_flags_t flags);

namespace detail {

template <class Itimerspec>
Itimerspec to_itimerspec(const itimer_ns& t) {
  Itimerspec w{};
  using S = decltype(w.it_value.tv_sec);
  using N = decltype(w.it_value.tv_nsec);
  w.it_interval = {static_cast<S>(t.interval / kNsec), static_cast<N>(t.interval % kNsec)};
  w.it_value = {static_cast<S>(t.value / kNsec), static_cast<N>(t.value % kNsec)};
  return w;
}

}  // namespace detail

template <class Itimerspec>
SyscallResult sys_timerfd_settime(fd_t fd, int flags, user_ptr<const Itimerspec> to,
                                  user_ptr<Itimerspec> old) {
  constexpr int kAbstime = 1, kCancelOnSet = 2;
  const Itimerspec wire = TRY(get_user(to));
  if ((flags & ~(kAbstime | kCancelOnSet)) != 0) return Err(EINVAL);
  itimer_ns t;
  t.interval = TRY(detail::timespec_to_ns(wire.it_interval));
  t.value = TRY(detail::timespec_to_ns(wire.it_value));
  const Ref<file> f = TRY(timerfd_fget(fd));
  auto& ctx = static_cast<timerfd_ctx&>(*f);
  const itimer_ns was = ctx.get();
  ctx.set(t, (flags & kAbstime) != 0);
  if (old) TRY(put_user(old, detail::to_itimerspec<Itimerspec>(was)));
  return 0;
}

template <class Itimerspec>
SyscallResult sys_timerfd_gettime(fd_t fd, user_ptr<Itimerspec> to) {
  const Ref<file> f = TRY(timerfd_fget(fd));
  TRY(put_user(to, detail::to_itimerspec<Itimerspec>(static_cast<timerfd_ctx&>(*f).get())));
  return 0;
}
