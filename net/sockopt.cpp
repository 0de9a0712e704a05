// Socket options whose value is a number. Linux: sk_setsockopt, sk_getsockopt of net/core/sock.c.
// Difference: options of networks that we do not have are kept and do nothing.
#include <algorithm>

#include "kernel/sched.h"
#include "net/socket.h"

namespace {

constexpr int kMinSndbuf = 4608, kMinRcvbuf = 2304;
constexpr int kForceMax = 16 << 20;  // ours: the kernel's memory is the host's

// The kernel doubles what it is asked for, to have room for its own overhead.
size_t buffer_size(int value, int min, int max) {
  if (value < 0) value = max;
  return static_cast<size_t>(std::max(std::min(value, max) * 2, min));
}

bool* flag_of(sock& sk, int option) {
  auto& o = sk.sk_options;
  switch (option) {
    case SO_DEBUG: return &o.debug;
    case SO_REUSEADDR: return &o.reuseaddr;
    case SO_REUSEPORT: return &o.reuseport;
    case SO_DONTROUTE: return &o.dontroute;
    case SO_BROADCAST: return &o.broadcast;
    case SO_KEEPALIVE: return &o.keepalive;
    case SO_OOBINLINE: return &o.oobinline;
    case SO_TIMESTAMP: return &o.timestamp;
    case SO_PASSCRED: return &sk.sk_passcred;
    default: return nullptr;
  }
}

}  // namespace

Result<void> sock_setsockopt(sock& sk, int option, int value) {
  if (option == SO_DEBUG && value != 0 && !capable(CAP_NET_ADMIN)) return Err(EACCES);
  if (bool* flag = flag_of(sk, option)) {
    *flag = value != 0;
    return {};
  }
  constexpr int kMax = static_cast<int>(sock::kDefaultBuffer);
  switch (option) {
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
      if (!capable(CAP_NET_ADMIN)) return Err(EPERM);
      if (option == SO_SNDBUFFORCE)
        sk.sk_sndbuf = buffer_size(std::max(value, 0), kMinSndbuf, kForceMax);
      else
        sk.sk_rcvbuf = buffer_size(std::max(value, 0), kMinRcvbuf, kForceMax);
      sk.write_space();
      return {};
    case SO_SNDBUF:
      sk.sk_sndbuf = buffer_size(value, kMinSndbuf, kMax);
      sk.write_space();
      return {};
    case SO_RCVBUF: sk.sk_rcvbuf = buffer_size(value, kMinRcvbuf, kMax); return {};
    case SO_RCVLOWAT: sk.sk_rcvlowat = value < 0 ? INT32_MAX : std::max(value, 1); return {};
    case SO_PRIORITY:
      if ((value < 0 || value > 6) && !capable(CAP_NET_ADMIN)) return Err(EPERM);
      sk.sk_options.priority = value;
      return {};
    case SO_MARK:
      if (!capable(CAP_NET_ADMIN)) return Err(EPERM);
      sk.sk_options.mark = value;
      return {};
    case SO_PEEK_OFF:
      if (sk.sk_family != AF_UNIX) return Err(EOPNOTSUPP);
      if (value < -1) return Err(EINVAL);
      sk.sk_peek_off = value;
      return {};
    case SO_BSDCOMPAT:
    case SO_NO_CHECK: return {};
    default: return Err(ENOPROTOOPT);  // SO_TYPE, SO_ERROR and the like cannot be set either
  }
}

Result<int> sock_getsockopt(sock& sk, int option) {
  if (const bool* flag = flag_of(sk, option)) return *flag ? 1 : 0;
  switch (option) {
    case SO_TYPE: return sk.sk_type;
    case SO_DOMAIN: return sk.sk_family;
    case SO_PROTOCOL: return 0;
    case SO_ERROR: return std::exchange(sk.sk_err, 0);
    case SO_ACCEPTCONN: return sk.sk_state == SockState::listening ? 1 : 0;
    case SO_SNDBUF: return static_cast<int>(sk.sk_sndbuf);
    case SO_RCVBUF: return static_cast<int>(sk.sk_rcvbuf);
    case SO_RCVLOWAT: return sk.sk_rcvlowat;
    case SO_SNDLOWAT: return 1;
    case SO_PRIORITY: return sk.sk_options.priority;
    case SO_MARK: return sk.sk_options.mark;
    case SO_PEEK_OFF: return sk.sk_peek_off;
    case SO_BSDCOMPAT:
    case SO_NO_CHECK: return 0;
    default: return Err(ENOPROTOOPT);
  }
}
