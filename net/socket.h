// Sockets in kernel form. Linux: include/linux/net.h, include/net/sock.h. A sock is the protocol's
// object, a socket_file the descriptor's; families derive from sock (there is one, AF_UNIX).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fs/fasync.h"
#include "fs/poll.h"
#include "net/scm.h"

enum : int {
  AF_UNSPEC = 0,
  AF_UNIX = 1,
  AF_MAX = 46,
  SOCK_STREAM = 1,
  SOCK_DGRAM = 2,
  SOCK_RAW = 3,
  SOCK_SEQPACKET = 5,
  SOCK_MAX = 11,
  SOCK_TYPE_MASK = 0xf,
  SHUT_RD = 0,
  SHUT_WR = 1,
  SHUT_RDWR = 2,
};
enum : unsigned {
  MSG_OOB = 1,
  MSG_PEEK = 2,
  MSG_DONTROUTE = 4,
  MSG_CTRUNC = 8,
  MSG_TRUNC = 0x20,
  MSG_DONTWAIT = 0x40,
  MSG_EOR = 0x80,
  MSG_WAITALL = 0x100,
  MSG_ERRQUEUE = 0x2000,
  MSG_NOSIGNAL = 0x4000,
  MSG_WAITFORONE = 0x10000,
  MSG_CMSG_CLOEXEC = 0x40000000,
};
enum : unsigned { RCV_SHUTDOWN = 1, SEND_SHUTDOWN = 2, SHUTDOWN_MASK = 3 };
enum class SockState : uint8_t { closed, listening, established };

// struct sockaddr as bytes, the family (two bytes, the kernel's order) first; empty: none.
using sockaddr_bytes = std::string;
// To or from the current task's order.
sockaddr_bytes sockaddr_in_user_order(sockaddr_bytes name);

struct kernel_msghdr {
  iov_iter iter;
  sockaddr_bytes name;  // send: where to (empty: the peer). recv: from whom
  scm_cookie scm;       // send: what goes along. recv: what came along
  unsigned flags = 0;   // recv: MSG_TRUNC ... of the result
};

struct sock : RefCounted<sock> {
  sock(int family, int type) : sk_family(family), sk_type(type) {}
  virtual ~sock() = default;

  virtual void release() = 0;  // the descriptor is gone
  virtual Result<void> bind(const sockaddr_bytes& name) = 0;
  virtual Result<void> connect(const sockaddr_bytes& name, bool nonblock) = 0;
  virtual Result<void> listen(int backlog) = 0;
  virtual Result<Ref<sock>> accept(bool nonblock) = 0;
  virtual Result<void> shutdown(int how) = 0;
  virtual Result<sockaddr_bytes> getname(bool peer) = 0;
  virtual Result<size_t> sendmsg(kernel_msghdr& msg, unsigned flags) = 0;
  virtual Result<size_t> recvmsg(kernel_msghdr& msg, unsigned flags) = 0;
  virtual unsigned poll(file& f, poll_table* pt) = 0;
  virtual Result<long> ioctl(unsigned cmd, uint64_t arg) = 0;

  // Pending error, taken.
  Result<void> sock_error();
  void data_ready();
  void write_space();
  void state_change();
  bool writable() const {
    return sk_state != SockState::listening && (sk_wmem_alloc << 2) <= sk_sndbuf;
  }

  const int sk_family, sk_type;
  SockState sk_state = SockState::closed;
  unsigned sk_shutdown = 0;
  int sk_err = 0;
  bool sk_dead = false;
  size_t sk_sndbuf = kDefaultBuffer, sk_rcvbuf = kDefaultBuffer;
  size_t sk_wmem_alloc = 0;  // bytes sent and not yet received, with overhead
  int sk_rcvlowat = 1;
  std::optional<uint64_t> sk_rcvtimeo, sk_sndtimeo;  // ns; none waits for ever
  int sk_peek_off = -1;
  bool sk_passcred = false;
  ucred_ids sk_peercred{0, ~0U, ~0U};
  struct plain_options {  // kept for getsockopt, without effect here
    bool debug = false, reuseaddr = false, reuseport = false, dontroute = false, broadcast = false,
         keepalive = false, oobinline = false, timestamp = false, linger_on = false;
    int linger = 0, priority = 0, mark = 0;
  } sk_options;
  wait_queue sk_wait;  // readers, writers and pollers
  fasync_struct sk_fasync;
  bool sk_nospace = false;  // somebody found no room: SIGIO when there is
  file* sk_file = nullptr;

  static constexpr size_t kDefaultBuffer = 212992;  // net.core.{r,w}mem_{default,max}
};

// The time-out of one blocking call.
class sock_timeo {
 public:
  sock_timeo(const std::optional<uint64_t>& limit, bool nonblock)
      : limit_(limit), nonblock_(nonblock) {}
  // Sleeps in q until condition() or a wake-up's end: EAGAIN (non-blocking, time over),
  // ERESTARTSYS, or EINTR if the time is limited and a restart would wait it again.
  template <class Condition>
  Result<void> wait(wait_queue& q, unsigned events, bool exclusive, Condition condition) {
    if (condition()) return {};
    if (nonblock_ || (limit_ && *limit_ == 0)) return Err(EAGAIN);
    if (limit_ && !deadline_) deadline_ = deadline_after(*limit_);
    keyed_wait_entry e(detail::waiting_task(), events);
    e.exclusive = exclusive;
    switch (wait_event_with(q, e, TASK_INTERRUPTIBLE, deadline_, condition)) {
      case WaitEnd::ready: return {};
      case WaitEnd::timeout: return Err(EAGAIN);
      case WaitEnd::signal: break;
    }
    return Err(limit_ ? EINTR : ERESTARTSYS);
  }

 private:
  static uint64_t deadline_after(uint64_t ns);
  std::optional<uint64_t> limit_, deadline_;
  bool nonblock_;
};

struct socket_file final : file {
  socket_file(Ref<sock> s, unsigned flags);
  ~socket_file() override;
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  Result<long> ioctl(unsigned cmd, uint64_t arg) override { return sk->ioctl(cmd, arg); }
  unsigned poll(poll_table* pt) override { return sk->poll(*this, pt); }
  void fasync_changed() override { fasync_helper(*this, sk->sk_fasync); }
  std::string proc_name() const override;

  Ref<sock> sk;
};

Result<Ref<socket_file>> sockfd_lookup(int fd);  // EBADF, ENOTSOCK
// What a call with `flags` on this descriptor may do: MSG_DONTWAIT added for O_NONBLOCK.
unsigned sock_flags(const socket_file& f, unsigned flags);

// One option as a number; struct-valued ones are dealt with where the ABI is known
// (net/socket_abi.h).
Result<void> sock_setsockopt(sock& sk, int option, int value);
Result<int> sock_getsockopt(sock& sk, int option);
enum : int {
  SOL_SOCKET = 1,
  SO_DEBUG = 1,
  SO_REUSEADDR,
  SO_TYPE,
  SO_ERROR,
  SO_DONTROUTE,
  SO_BROADCAST,
  SO_SNDBUF,
  SO_RCVBUF,
  SO_KEEPALIVE,
  SO_OOBINLINE,
  SO_NO_CHECK,
  SO_PRIORITY,
  SO_LINGER,
  SO_BSDCOMPAT,
  SO_REUSEPORT,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_RCVLOWAT,
  SO_SNDLOWAT,
  SO_RCVTIMEO_OLD,
  SO_SNDTIMEO_OLD,
  SO_PEERNAME = 28,
  SO_TIMESTAMP = 29,
  SO_ACCEPTCONN = 30,
  SO_PEERSEC = 31,
  SO_SNDBUFFORCE = 32,
  SO_RCVBUFFORCE = 33,
  SO_MARK = 36,
  SO_PROTOCOL = 38,
  SO_DOMAIN = 39,
  SO_PEEK_OFF = 42,
  SO_PEERGROUPS = 59,
  SO_RCVTIMEO_NEW = 66,
  SO_SNDTIMEO_NEW = 67,
  SO_PEERPIDFD = 77,
};
