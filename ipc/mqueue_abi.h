// POSIX message queue calls: templates over the wire forms of mq_attr, sigevent and timespec.
// Linux: ipc/mqueue.c.
#pragma once

#include "ipc/mqueue.h"
#include "kernel/time_abi.h"

SyscallResult sys_mq_unlink(user_str name);

namespace detail {

template <class S>
struct wire_mq_attr {
  S mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs, reserved[4];
};
template <class S>
Result<mq_attributes> get_mq_attr(user_ptr<const wire_mq_attr<S>> p) {
  const wire_mq_attr<S> w = TRY(get_user(p));
  return mq_attributes{w.mq_flags, w.mq_maxmsg, w.mq_msgsize, w.mq_curmsgs};
}

template <class Timespec>
Result<std::optional<uint64_t>> mq_deadline(user_ptr<const Timespec> p) {
  if (!p) return std::optional<uint64_t>();
  return std::optional<uint64_t>(TRY(get_timespec(p)));
}

}  // namespace detail

template <class Abi>
SyscallResult sys_mq_open(user_str name, open_flags_t flags, umode_t mode,
                          user_ptr<const detail::wire_mq_attr<typename Abi::sword>> attr) {
  std::optional<mq_attributes> a;
  if (attr) a = TRY(detail::get_mq_attr(attr));
  return TRY(do_mq_open(TRY(getname(name)), flags, mode, a ? &*a : nullptr));
}

template <class Timespec>
SyscallResult sys_mq_timedsend(fd_t fd, user_ptr<const void> text, size_arg len, uint32_t priority,
                               user_ptr<const Timespec> timeout) {
  const auto deadline = TRY(detail::mq_deadline(timeout));
  TRY(mq_check_send(fd, len, priority));
  std::vector<std::byte> bytes(len);
  TRY(copy_from_user(bytes.data(), text.addr, bytes.size()));
  TRY(do_mq_send(fd, std::move(bytes), priority, deadline));
  return 0;
}

template <class Timespec>
SyscallResult sys_mq_timedreceive(fd_t fd, user_ptr<void> text, size_arg room,
                                  user_ptr<uint32_t> priority, user_ptr<const Timespec> timeout) {
  const auto deadline = TRY(detail::mq_deadline(timeout));
  const mq_message m = TRY(do_mq_receive(fd, room, deadline));
  if (priority) TRY(put_user(priority, m.priority));
  TRY(copy_to_user(text.addr, m.text.data(), m.text.size()));
  return static_cast<long>(m.text.size());
}

template <class Abi>
SyscallResult sys_mq_notify(fd_t fd, user_ptr<const typename Abi::sigevent> event) {
  if (!event) {
    TRY(do_mq_notify(fd, nullptr));
    return 0;
  }
  const auto w = TRY(get_user(event));
  const mq_notification n{w.sigev_notify, w.sigev_signo, static_cast<uint64_t>(w.sigev_value)};
  TRY(do_mq_notify(fd, &n));
  return 0;
}

template <class Abi>
SyscallResult sys_mq_getsetattr(fd_t fd,
                                user_ptr<const detail::wire_mq_attr<typename Abi::sword>> next,
                                user_ptr<detail::wire_mq_attr<typename Abi::sword>> old) {
  using S = typename Abi::sword;
  std::optional<mq_attributes> n;
  if (next) n = TRY(detail::get_mq_attr(next));
  const mq_attributes a = TRY(do_mq_getsetattr(fd, n ? &*n : nullptr));
  if (old)
    TRY(put_user(old, {static_cast<S>(a.flags),
                       static_cast<S>(a.maxmsg),
                       static_cast<S>(a.msgsize),
                       static_cast<S>(a.curmsgs),
                       {}}));
  return 0;
}
