// epoll system calls: templates over the wire form of epoll_event (packed on x86-64). Linux:
// fs/eventpoll.c.
#pragma once

#include "fs/eventpoll.h"
#include "fs/poll_abi.h"

SyscallResult sys_epoll_create(int size);
SyscallResult sys_epoll_create1(open_flags_t flags);

template <class Event>
SyscallResult sys_epoll_ctl(fd_t epfd, epoll_op_t op, fd_t fd, user_ptr<const Event> event) {
  kernel_epoll_event e{};
  const bool needed = op != EPOLL_CTL_DEL;
  if (needed) {
    const Event wire = TRY(get_user(event));
    e = {wire.events, wire.data};
  }
  return do_epoll_ctl(epfd, op, fd, needed ? &e : nullptr);
}

namespace detail {

template <class Event>
SyscallResult epoll_wait_until(int epfd, user_ptr<Event> events, int max,
                               const poll_deadline& deadline) {
  if (max <= 0 || static_cast<unsigned>(max) > INT32_MAX / sizeof(Event)) return Err(EINVAL);
  if (!access_ok(events.addr, static_cast<uint64_t>(max) * sizeof(Event))) return Err(EFAULT);
  return do_epoll_wait(epfd, static_cast<size_t>(max), deadline,
                       [events](size_t i, const kernel_epoll_event& e) {
                         Event wire{};
                         wire.events = e.events;
                         wire.data = e.data;
                         return put_user(events + static_cast<int64_t>(i), wire).has_value();
                       });
}

template <class Event>
SyscallResult epoll_pwait_until(int epfd, user_ptr<Event> events, int max,
                                const poll_deadline& deadline, user_ptr<const uint64_t> mask,
                                uint64_t size) {
  TRY(set_user_sigmask(mask, size));
  const Result<long> r = epoll_wait_until(epfd, events, max, deadline);
  restore_saved_sigmask_unless(is_errno(r, EINTR));
  return r;
}

}  // namespace detail

template <class Event>
SyscallResult sys_epoll_wait(fd_t epfd, user_ptr<Event> events, int max, int timeout_ms) {
  return detail::epoll_wait_until(epfd, events, max, poll_ms_deadline(timeout_ms));
}

template <class Event>
SyscallResult sys_epoll_pwait(fd_t epfd, user_ptr<Event> events, int max, int timeout_ms,
                              user_ptr<const uint64_t> mask, size_arg size) {
  return detail::epoll_pwait_until(epfd, events, max, poll_ms_deadline(timeout_ms), mask, size);
}

// Timespec64 in every ABI: the call is younger than 64-bit time.
template <class Event, class Timespec64>
SyscallResult sys_epoll_pwait2(fd_t epfd, user_ptr<Event> events, int max,
                               user_ptr<const Timespec64> timeout, user_ptr<const uint64_t> mask,
                               size_arg size) {
  const poll_deadline deadline = TRY(detail::timespec_deadline(timeout));
  return detail::epoll_pwait_until(epfd, events, max, deadline, mask, size);
}
