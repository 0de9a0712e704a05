// utime and chown in the widths that the ABIs have. Linux: fs/utimes.c, kernel/uid16.c.
#pragma once

#include <array>

#include "fs/abi_util.h"
#include "fs/attr.h"
#include "kernel/syscall.h"

namespace detail {

template <class Time>
Result<utime_value> utime_from_wire(const Time& t) {
  if constexpr (requires { t.tv_usec; })
    return utime_from_timeval(t.tv_sec, t.tv_usec);
  else
    return utime_from_timespec(t.tv_sec, t.tv_nsec);
}

// utimensat and futimesat: a null name means the descriptor itself.
template <class Time>
SyscallResult utimes_at(int dirfd, user_str name, user_ptr<const Time> times, unsigned at_flags) {
  utime_value values[2];
  if (times) {
    const auto wire = TRY(get_user_array(times, 2));
    values[0] = TRY(utime_from_wire(wire[0]));
    values[1] = TRY(utime_from_wire(wire[1]));
  }
  const utime_value(*given)[2] = times ? &values : nullptr;
  if (!name && dirfd != AT_FDCWD) return as_zero(do_utimes(dirfd, nullptr, given, at_flags));
  if (!name) return Err(EFAULT);
  const std::string path = TRY(getname(name, (at_flags & AT_EMPTY_PATH) != 0));
  return as_zero(do_utimes(dirfd, &path, given, at_flags));
}

// A 16-bit id of all ones means "leave it" just as the 32-bit one does.
template <class Id>
constexpr uint32_t wide_id(Id id) {
  return id == static_cast<Id>(-1) ? ~0U : id;
}

}  // namespace detail

template <class Abi>
SyscallResult sys_utime(user_str name, user_ptr<const typename Abi::utimbuf> times) {
  utime_value values[2];
  if (times) {
    const auto wire = TRY(get_user(times));
    values[0] = TRY(utime_from_timespec(wire.actime, 0));
    values[1] = TRY(utime_from_timespec(wire.modtime, 0));
  }
  const std::string path = TRY(getname(name));
  return as_zero(do_utimes(AT_FDCWD, &path, times ? &values : nullptr, 0));
}
template <class Timeval>
SyscallResult sys_utimes(user_str name, user_ptr<const Timeval> times) {
  return detail::utimes_at(AT_FDCWD, name, times, 0);
}
template <class Timeval>
SyscallResult sys_futimesat(dirfd_t dirfd, user_str name, user_ptr<const Timeval> times) {
  return detail::utimes_at(dirfd, name, times, 0);
}
template <class Timespec>
SyscallResult sys_utimensat(dirfd_t dirfd, user_str name, user_ptr<const Timespec> times,
                            at_flags_t flags) {
  return detail::utimes_at(dirfd, name, times, static_cast<unsigned>(flags.value));
}
// i386's slot 412; Timespec has 64-bit fields.
template <class Timespec>
SyscallResult sys_utimensat_time64(dirfd_t dirfd, user_str name, user_ptr<const Timespec> times,
                                   at_flags_t flags) {
  return detail::utimes_at(dirfd, name, times, static_cast<unsigned>(flags.value));
}

// Id: uint32_t, or uint16_t for i386's first chown family.
template <class Id>
using uid_arg = tagged<arg_tag::uid, Id>;
template <class Id>
using gid_arg = tagged<arg_tag::gid, Id>;

template <class Id>
SyscallResult sys_chown(user_str name, uid_arg<Id> uid, gid_arg<Id> gid) {
  return as_zero(do_fchownat(AT_FDCWD, TRY(getname(name)), detail::wide_id<Id>(uid),
                             detail::wide_id<Id>(gid), 0));
}
template <class Id>
SyscallResult sys_lchown(user_str name, uid_arg<Id> uid, gid_arg<Id> gid) {
  return as_zero(do_fchownat(AT_FDCWD, TRY(getname(name)), detail::wide_id<Id>(uid),
                             detail::wide_id<Id>(gid), AT_SYMLINK_NOFOLLOW));
}
template <class Id>
SyscallResult sys_fchown(fd_t fd, uid_arg<Id> uid, gid_arg<Id> gid) {
  TRY(fget_data(fd));
  return as_zero(
      do_fchownat(fd, "", detail::wide_id<Id>(uid), detail::wide_id<Id>(gid), AT_EMPTY_PATH));
}
