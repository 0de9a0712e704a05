// Socket system calls whose structures depend on the ABI: msghdr, cmsghdr, time-outs, and i386's
// socketcall. Linux: net/socket.c, net/compat.c, put_cmsg and scm of net/core/scm.c.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>

#include "fs/iov_abi.h"
#include "kernel/time_abi.h"
#include "mm/user_order.h"
#include "net/socket.h"
#include "net/syscalls.h"

namespace detail {

// Control messages lie one behind the other, each aligned to the guest's word.
template <class Abi>
struct cmsg_layout {
  using header = typename Abi::cmsghdr;
  static constexpr uint64_t align(uint64_t n) {
    return (n + Abi::kWord - 1) & ~uint64_t{Abi::kWord - 1};
  }
  static constexpr uint64_t kHeader = (sizeof(header) + Abi::kWord - 1) & ~uint64_t{Abi::kWord - 1};
};

// One control message of a sendmsg into the cookie.
inline Result<void> scm_send_one(int type, std::span<const std::byte> data, scm_cookie& scm) {
  if (type == SCM_RIGHTS) {
    std::vector<int32_t> fds(data.size() / sizeof(int32_t));
    std::memcpy(fds.data(), data.data(), fds.size() * sizeof(int32_t));
    array_in_user_order(fds);
    return scm_fp_copy(fds, scm.files);
  }
  if (type != SCM_CREDENTIALS || data.size() != 12) return Err(EINVAL);
  std::array<uint32_t, 3> ids;
  std::memcpy(ids.data(), data.data(), sizeof ids);
  ids = array_in_user_order(ids);
  scm.creds = {static_cast<int>(ids[0]), ids[1], ids[2]};
  return scm_check_creds(scm.creds);
}

template <class Abi>
Result<void> scm_send(const typename Abi::msghdr& m, scm_cookie& scm) {
  using layout = cmsg_layout<Abi>;
  constexpr uint64_t kOptmemMax = 131072;
  scm.creds = current_creds();
  const uint64_t len = m.msg_controllen;
  if (len == 0 || m.msg_control == 0) return {};
  if (len > kOptmemMax) return Err(ENOBUFS);
  std::vector<std::byte> control(len);
  TRY(copy_from_user(control.data(), m.msg_control, len));
  for (uint64_t at = 0; at + layout::kHeader <= len;) {
    typename layout::header h;
    std::memcpy(&h, control.data() + at, sizeof h);
    const uint64_t whole = h.cmsg_len;
    if (whole < layout::kHeader || whole > len - at) return Err(EINVAL);
    const std::span data(control.data() + at + layout::kHeader, whole - layout::kHeader);
    if (h.cmsg_level == SOL_SOCKET) TRY(scm_send_one(h.cmsg_type, data, scm));
    at += layout::align(whole);
  }
  return {};
}

// Writes control messages for recvmsg, as many as fit.
template <class Abi>
class cmsg_writer {
 public:
  using layout = cmsg_layout<Abi>;
  cmsg_writer(uint64_t at, uint64_t room) : at_(at), start_(at), room_(at == 0 ? 0 : room) {}
  uint64_t written() const { return at_ - start_; }
  bool truncated = false;

  // Data bytes that a message may have.
  uint64_t data_room() const { return room_ > layout::kHeader ? room_ - layout::kHeader : 0; }

  Result<void> put(int type, const void* data, uint64_t len) {
    if (room_ < sizeof(typename layout::header)) {
      truncated = true;
      return {};
    }
    uint64_t total = layout::kHeader + len;
    if (total > room_) {
      truncated = true;
      total = room_;
    }
    typename layout::header h{};
    h.cmsg_level = SOL_SOCKET;
    h.cmsg_type = type;
    h.cmsg_len = static_cast<decltype(h.cmsg_len)>(total);
    TRY(copy_to_user(at_, &h, sizeof h));
    if (total > layout::kHeader)
      TRY(copy_to_user(at_ + layout::kHeader, data, total - layout::kHeader));
    const uint64_t step = std::min(layout::align(total), room_);
    at_ += step;
    room_ -= step;
    return {};
  }

 private:
  uint64_t at_, start_, room_;
};

template <class Abi>
Result<uint64_t> scm_recv(const typename Abi::msghdr& m, kernel_msghdr& k, bool cloexec) {
  cmsg_writer<Abi> out(m.msg_control, m.msg_controllen);
  if (k.scm.has_creds) {
    const auto ids = array_in_user_order(std::array<uint32_t, 3>{
        static_cast<uint32_t>(k.scm.creds.pid), k.scm.creds.uid, k.scm.creds.gid});
    TRY(out.put(SCM_CREDENTIALS, ids.data(), sizeof ids));
  }
  if (!k.scm.files.empty()) {
    const size_t all = k.scm.files.size();
    std::vector<int32_t> fds =
        scm_detach_fds(std::move(k.scm.files), out.data_room() / sizeof(int32_t), cloexec);
    array_in_user_order(fds);
    k.scm.files.clear();
    if (!fds.empty()) TRY(out.put(SCM_RIGHTS, fds.data(), fds.size() * sizeof(int32_t)));
    if (fds.size() < all) out.truncated = true;
  }
  if (out.truncated) k.flags |= MSG_CTRUNC;
  return out.written();
}

template <class Abi>
Result<iov_iter> msg_iter(const typename Abi::msghdr& m) {
  if (m.msg_iovlen > UIO_MAXIOV) return Err(EMSGSIZE);
  return import_iovec(user_ptr<const typename Abi::iovec>(m.msg_iov), m.msg_iovlen);
}

template <class Abi>
Result<size_t> do_sendmsg(socket_file& f, const typename Abi::msghdr& m, unsigned flags) {
  constexpr int kSockaddrStorage = 128;
  if (m.msg_namelen < 0) return Err(EINVAL);
  kernel_msghdr k;
  k.iter = TRY(msg_iter<Abi>(m));
  if (m.msg_name != 0 && m.msg_namelen != 0) {
    k.name.resize(static_cast<size_t>(std::min<int>(m.msg_namelen, kSockaddrStorage)));
    TRY(copy_from_user(k.name.data(), m.msg_name, k.name.size()));
    k.name = sockaddr_in_user_order(std::move(k.name));
  }
  const Result<void> scm = scm_send<Abi>(m, k.scm);
  const Result<size_t> n =
      scm ? f.sk->sendmsg(k, sock_flags(f, flags)) : std::unexpected(scm.error());
  scm_fput(std::move(k.scm.files));
  return n;
}

template <class Abi>
Result<size_t> do_recvmsg(socket_file& f, user_ptr<typename Abi::msghdr> umsg, unsigned flags) {
  auto m = TRY(get_user(umsg));
  if (m.msg_namelen < 0) return Err(EINVAL);
  kernel_msghdr k;
  k.iter = TRY(msg_iter<Abi>(m));
  k.flags = flags & MSG_CMSG_CLOEXEC;
  const size_t n = TRY(f.sk->recvmsg(k, sock_flags(f, flags)));
  const Result<uint64_t> control = scm_recv<Abi>(m, k, (flags & MSG_CMSG_CLOEXEC) != 0);
  scm_fput(std::move(k.scm.files));
  if (!control) return std::unexpected(control.error());
  if (m.msg_name != 0) {
    TRY(copy_to_user(m.msg_name, sockaddr_in_user_order(k.name).data(),
                     std::min<size_t>(k.name.size(), static_cast<size_t>(m.msg_namelen))));
    m.msg_namelen = static_cast<int32_t>(k.name.size());
  }
  m.msg_controllen = static_cast<decltype(m.msg_controllen)>(*control);
  m.msg_flags = k.flags;
  TRY(put_user(umsg, m));
  return n;
}

// Time-outs: the guest's timeval, or 64-bit seconds and microseconds in every ABI.
struct sock_timeval64 {
  int64_t tv_sec, tv_usec;
};
inline sock_timeval64 in_user_order(sock_timeval64 t) {
  return fields_in_user_order(t, &sock_timeval64::tv_sec, &sock_timeval64::tv_usec);
}

template <class Timeval>
Result<void> set_sock_timeo(std::optional<uint64_t>& timeo, user_ptr<const void> value, int len) {
  if (len < static_cast<int>(sizeof(Timeval))) return Err(EINVAL);
  Timeval tv = TRY(get_user(value.as<const Timeval>()));
  if constexpr (std::is_same_v<Timeval, sock_timeval64>) tv = in_user_order(tv);
  if (tv.tv_usec < 0 || tv.tv_usec >= 1'000'000) return Err(EDOM);
  if (tv.tv_sec < 0)
    timeo = 0;  // a negative time does not wait at all
  else if (tv.tv_sec == 0 && tv.tv_usec == 0)
    timeo.reset();
  else
    timeo = TRY(timeval_to_ns(tv));
  return {};
}

// getsockopt's answer, cut to what the guest has room for.
Result<void> inline put_sockopt(user_ptr<void> to, user_ptr<int> ulen, int room, const void* value,
                                size_t size) {
  const size_t n = std::min(static_cast<size_t>(room), size);
  TRY(copy_to_user(to.addr, value, n));
  return put_user(ulen, static_cast<int>(n));
}

template <class Abi>
Result<void> setsockopt_struct(sock& sk, int option, user_ptr<const void> value, int len,
                               bool& done) {
  done = true;
  switch (option) {
    case SO_LINGER: {
      std::array<int32_t, 2> linger;
      if (len < static_cast<int>(sizeof linger)) return Err(EINVAL);
      TRY(copy_from_user(linger.data(), value.addr, sizeof linger));
      linger = array_in_user_order(linger);
      sk.sk_options.linger_on = linger[0] != 0;
      if (linger[0] != 0) sk.sk_options.linger = linger[1];
      return {};
    }
    case SO_RCVTIMEO_OLD: return set_sock_timeo<typename Abi::timeval>(sk.sk_rcvtimeo, value, len);
    case SO_SNDTIMEO_OLD: return set_sock_timeo<typename Abi::timeval>(sk.sk_sndtimeo, value, len);
    case SO_RCVTIMEO_NEW: return set_sock_timeo<sock_timeval64>(sk.sk_rcvtimeo, value, len);
    case SO_SNDTIMEO_NEW: return set_sock_timeo<sock_timeval64>(sk.sk_sndtimeo, value, len);
    default: done = false; return {};
  }
}

template <class Abi>
Result<void> getsockopt_struct(sock& sk, int option, user_ptr<void> to, user_ptr<int> ulen,
                               int room, bool& done) {
  done = true;
  auto timeo = [&]<class Timeval>(const std::optional<uint64_t>& t, Timeval) {
    Timeval tv = ns_to_timeval<Timeval>(t.value_or(0));
    if constexpr (std::is_same_v<Timeval, sock_timeval64>) tv = in_user_order(tv);
    return put_sockopt(to, ulen, room, &tv, sizeof tv);
  };
  switch (option) {
    case SO_LINGER: {
      const auto linger = array_in_user_order(
          std::array<int32_t, 2>{sk.sk_options.linger_on, sk.sk_options.linger});
      return put_sockopt(to, ulen, room, linger.data(), sizeof linger);
    }
    case SO_PEERCRED: {
      const auto ids = array_in_user_order(std::array<uint32_t, 3>{
          static_cast<uint32_t>(sk.sk_peercred.pid), sk.sk_peercred.uid, sk.sk_peercred.gid});
      return put_sockopt(to, ulen, room, ids.data(), sizeof ids);
    }
    case SO_PEERNAME: {
      const sockaddr_bytes name = sockaddr_in_user_order(TRY(sk.getname(true)));
      if (name.size() < static_cast<size_t>(room)) return Err(EINVAL);
      return put_sockopt(to, ulen, room, name.data(), name.size());
    }
    case SO_RCVTIMEO_OLD: return timeo(sk.sk_rcvtimeo, typename Abi::timeval{});
    case SO_SNDTIMEO_OLD: return timeo(sk.sk_sndtimeo, typename Abi::timeval{});
    case SO_RCVTIMEO_NEW: return timeo(sk.sk_rcvtimeo, sock_timeval64{});
    case SO_SNDTIMEO_NEW: return timeo(sk.sk_sndtimeo, sock_timeval64{});
    default: done = false; return {};
  }
}

}  // namespace detail

template <class Abi>
SyscallResult sys_sendmsg(fd_t fd, user_ptr<const typename Abi::msghdr> msg, msg_flags_t flags) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  return static_cast<long>(TRY(detail::do_sendmsg<Abi>(*f, TRY(get_user(msg)), flags)));
}

template <class Abi>
SyscallResult sys_recvmsg(fd_t fd, user_ptr<typename Abi::msghdr> msg, msg_flags_t flags) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  return static_cast<long>(TRY(detail::do_recvmsg<Abi>(*f, msg, flags)));
}

template <class Abi>
SyscallResult sys_sendmmsg(fd_t fd, user_ptr<typename Abi::mmsghdr> vec, uint32_t vlen,
                           msg_flags_t flags) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  vlen = std::min(vlen, UIO_MAXIOV);
  long sent = 0;
  for (; sent < static_cast<long>(vlen); ++sent) {
    auto m = get_user(vec + sent);
    const Result<size_t> n = m ? detail::do_sendmsg<Abi>(*f, m->msg_hdr, flags)
                               : Result<size_t>(std::unexpected(m.error()));
    if (n) {
      m->msg_len = static_cast<uint32_t>(*n);
      if (put_user(vec + sent, *m)) continue;
    }
    if (sent != 0) break;
    if (!n) return std::unexpected(n.error());
    return Err(EFAULT);
  }
  return sent;
}

// The time-out is only looked at between messages, as on Linux.
template <class Abi, class Timespec = typename Abi::timespec>
SyscallResult sys_recvmmsg(fd_t fd, user_ptr<typename Abi::mmsghdr> vec, uint32_t vlen,
                           msg_flags_t flags, user_ptr<Timespec> timeout) {
  std::optional<uint64_t> deadline;
  if (timeout)
    deadline = ktime_get() + TRY(detail::get_timespec(user_ptr<const Timespec>(timeout)));
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(f->sk->sock_error());
  vlen = std::min(vlen, UIO_MAXIOV);
  unsigned bits = flags;
  long got = 0;
  std::optional<Errno> error;
  while (got < static_cast<long>(vlen) && !error) {
    using mmsghdr = typename Abi::mmsghdr;
    const user_ptr<mmsghdr> at = vec + got;
    const Result<size_t> n = detail::do_recvmsg<Abi>(*f, at.template as<typename Abi::msghdr>(),
                                                     bits & ~unsigned{MSG_WAITFORONE});
    if (!n) {
      error = n.error();
      break;
    }
    const user_ptr<uint32_t> len(at.addr + offsetof(mmsghdr, msg_len));
    if (const auto put = put_user(len, static_cast<uint32_t>(*n)); !put) error = put.error();
    if (!error) ++got;
    if ((bits & MSG_WAITFORONE) != 0) bits |= MSG_DONTWAIT;
    if (deadline && ktime_get() >= *deadline) break;
  }
  if (timeout) {
    const uint64_t now = ktime_get();
    TRY(put_user(timeout, detail::ns_to_timespec<Timespec>(*deadline > now ? *deadline - now : 0)));
  }
  if (got == 0 && error) return std::unexpected(*error);
  // What went wrong behind the first message is told by the next call.
  if (error && *error != EAGAIN && error->value < ERESTARTSYS && *error != EINTR)
    f->sk->sk_err = error->value;
  return got;
}

template <class Abi>
SyscallResult sys_setsockopt(fd_t fd, int level, int option, user_ptr<const void> value, int len) {
  if (len < 0) return Err(EINVAL);
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  if (level != SOL_SOCKET) return Err(EOPNOTSUPP);
  bool done = false;
  TRY(detail::setsockopt_struct<Abi>(*f->sk, option, value, len, done));
  if (done) return 0;
  if (len < static_cast<int>(sizeof(int32_t))) return Err(EINVAL);
  TRY(sock_setsockopt(*f->sk, option, TRY(get_user(value.as<const int32_t>()))));
  return 0;
}

template <class Abi>
SyscallResult sys_getsockopt(fd_t fd, int level, int option, user_ptr<void> value,
                             user_ptr<int> len) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  if (level != SOL_SOCKET) return Err(EOPNOTSUPP);
  const int room = TRY(get_user(len));
  if (room < 0) return Err(EINVAL);
  bool done = false;
  TRY(detail::getsockopt_struct<Abi>(*f->sk, option, value, len, room, done));
  if (done) return 0;
  const int32_t v = in_user_order(TRY(sock_getsockopt(*f->sk, option)));
  TRY(detail::put_sockopt(value, len, room, &v, sizeof v));
  return 0;
}

// i386's only way to sockets until 4.3.
template <class Abi>
SyscallResult sys_socketcall(int call, user_ptr<const typename Abi::uword> args) {
  constexpr std::array<uint8_t, 21> kArgs{0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4,
                                          6, 6, 2, 5, 5, 3, 3, 4, 5, 4};
  if (call < 1 || call >= static_cast<int>(kArgs.size())) return Err(EINVAL);
  std::array<typename Abi::uword, 6> a{};
  TRY(copy_from_user(a.data(), args.addr, kArgs[static_cast<size_t>(call)] * sizeof a[0]));
  auto i = [&](size_t n) { return static_cast<int>(a[n]); };
  auto u = [&](size_t n) { return static_cast<uint32_t>(a[n]); };
  using cvoid = user_ptr<const void>;
  using pvoid = user_ptr<void>;
  using pint = user_ptr<int>;
  using msghdr = typename Abi::msghdr;
  using mmsghdr = typename Abi::mmsghdr;
  switch (call) {
    case 1: return sys_socket(i(0), i(1), i(2));
    case 2: return sys_bind(i(0), cvoid(a[1]), i(2));
    case 3: return sys_connect(i(0), cvoid(a[1]), i(2));
    case 4: return sys_listen(i(0), i(1));
    case 5: return sys_accept(i(0), pvoid(a[1]), pint(a[2]));
    case 6: return sys_getsockname(i(0), pvoid(a[1]), pint(a[2]));
    case 7: return sys_getpeername(i(0), pvoid(a[1]), pint(a[2]));
    case 8: return sys_socketpair(i(0), i(1), i(2), pint(a[3]));
    case 9: return sys_send(i(0), cvoid(a[1]), {a[2]}, u(3));
    case 10: return sys_recv(i(0), pvoid(a[1]), {a[2]}, u(3));
    case 11: return sys_sendto(i(0), cvoid(a[1]), {a[2]}, u(3), cvoid(a[4]), i(5));
    case 12: return sys_recvfrom(i(0), pvoid(a[1]), {a[2]}, u(3), pvoid(a[4]), pint(a[5]));
    case 13: return sys_shutdown(i(0), i(1));
    case 14: return sys_setsockopt<Abi>(i(0), i(1), i(2), cvoid(a[3]), i(4));
    case 15: return sys_getsockopt<Abi>(i(0), i(1), i(2), pvoid(a[3]), pint(a[4]));
    case 16: return sys_sendmsg<Abi>(i(0), user_ptr<const msghdr>(a[1]), u(2));
    case 17: return sys_recvmsg<Abi>(i(0), user_ptr<msghdr>(a[1]), u(2));
    case 18: return sys_accept4(i(0), pvoid(a[1]), pint(a[2]), i(3));
    case 19:
      return sys_recvmmsg<Abi>(i(0), user_ptr<mmsghdr>(a[1]), u(2), u(3),
                               user_ptr<typename Abi::timespec>(a[4]));
    default: return sys_sendmmsg<Abi>(i(0), user_ptr<mmsghdr>(a[1]), u(2), u(3));
  }
}
