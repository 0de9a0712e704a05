// Sockets as files, and the system calls that need no ABI. Linux: net/socket.c, net/core/sock.c.
#include "net/socket.h"

#include <algorithm>
#include <cstring>

#include "fs/anon_inode.h"
#include "fs/read_write.h"
#include "kernel/sched.h"
#include "net/af_unix.h"
#include "net/syscalls.h"

sockaddr_bytes sockaddr_in_user_order(sockaddr_bytes name) {
  if (name.size() >= 2 && user_order_differs()) std::swap(name[0], name[1]);
  return name;
}

// ---- sock -----------------------------------------------------------------------------

uint64_t sock_timeo::deadline_after(uint64_t ns) { return ktime_get() + ns; }

Result<void> sock::sock_error() {
  if (sk_err == 0) return {};
  return Err(std::exchange(sk_err, 0));
}

void sock::data_ready() {
  if (sk_wait.active()) wake_up_poll(sk_wait, POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND);
  kill_fasync(sk_fasync, POLL_IN);
}

void sock::write_space() {
  if (!writable()) return;
  if (sk_wait.active()) wake_up_poll(sk_wait, POLLOUT | POLLWRNORM | POLLWRBAND);
  if (std::exchange(sk_nospace, false)) kill_fasync(sk_fasync, POLL_OUT);
}

void sock::state_change() { sk_wait.wake(TASK_NORMAL, 0); }

// ---- socket_file ----------------------------------------------------------------------

socket_file::socket_file(Ref<sock> s, unsigned flags)
    : file(new_pseudo_path(PseudoFs::sockfs, S_IFSOCK | 0777), O_RDWR | (flags & O_NONBLOCK)),
      sk(std::move(s)) {
  sk->sk_file = this;
}

socket_file::~socket_file() {
  fasync_remove(*this, sk->sk_fasync);
  sk->release();
}

Result<size_t> socket_file::read_iter(iov_iter& to, uint64_t&) {
  if (to.count() == 0) return 0;
  kernel_msghdr msg;
  msg.iter = std::move(to);
  const Result<size_t> n = sk->recvmsg(msg, sock_flags(*this, 0));
  to = std::move(msg.iter);
  scm_fput(std::move(msg.scm.files));
  return n;
}

Result<size_t> socket_file::write_iter(iov_iter& from, uint64_t&) {
  kernel_msghdr msg;
  msg.iter = std::move(from);
  msg.scm.creds = current_creds();
  const Result<size_t> n = sk->sendmsg(msg, sock_flags(*this, 0));
  from = std::move(msg.iter);
  return n;
}

std::string socket_file::proc_name() const {
  return pseudo_name("socket", *f_path.dentry->d_inode);
}

unsigned sock_flags(const socket_file& f, unsigned flags) {
  return f.nonblocking() ? flags | MSG_DONTWAIT : flags;
}

Result<Ref<socket_file>> sockfd_lookup(int fd) {
  const Ref<file> f = TRY(fget_data(fd));
  auto* s = dynamic_cast<socket_file*>(f.get());
  if (s == nullptr) return Err(ENOTSOCK);
  return Ref<socket_file>(s);
}

// ---- system calls ---------------------------------------------------------------------

namespace {

constexpr size_t kSockaddrStorage = 128;

Result<sockaddr_bytes> move_addr_to_kernel(user_ptr<const void> addr, int len) {
  if (len < 0 || static_cast<size_t>(len) > kSockaddrStorage) return Err(EINVAL);
  sockaddr_bytes name(static_cast<size_t>(len), '\0');
  if (len != 0) TRY(copy_from_user(name.data(), addr.addr, name.size()));
  return sockaddr_in_user_order(std::move(name));
}

Result<void> move_addr_to_user(const sockaddr_bytes& name, user_ptr<void> addr,
                               user_ptr<int> addrlen) {
  const int room = TRY(get_user(addrlen));
  if (room < 0) return Err(EINVAL);
  TRY(copy_to_user(addr.addr, sockaddr_in_user_order(name).data(),
                   std::min(name.size(), static_cast<size_t>(room))));
  return put_user(addrlen, static_cast<int>(name.size()));
}

struct new_socket_type {
  int type;
  bool cloexec;
  unsigned file_flags;
};
Result<new_socket_type> split_type(int type) {
  const auto flags = static_cast<unsigned>(type & ~SOCK_TYPE_MASK);
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return Err(EINVAL);
  return new_socket_type{type & SOCK_TYPE_MASK, (flags & O_CLOEXEC) != 0, flags & O_NONBLOCK};
}

Result<Ref<sock>> sock_create(int family, int type, int protocol) {
  if (family < 0 || family >= AF_MAX) return Err(EAFNOSUPPORT);
  if (type >= SOCK_MAX) return Err(EINVAL);
  if (family != AF_UNIX) return Err(EAFNOSUPPORT);
  return unix_create(type, protocol);
}

}  // namespace

SyscallResult sys_socket(socket_domain_t family, socket_type_t type, int protocol) {
  const new_socket_type t = TRY(split_type(type));
  Ref<sock> sk = TRY(sock_create(family, t.type, protocol));
  return TRY(fd_install_new(make_ref<socket_file>(std::move(sk), t.file_flags), t.cloexec));
}

SyscallResult sys_socketpair(socket_domain_t family, socket_type_t type, int protocol,
                             user_ptr<int> fds) {
  const new_socket_type t = TRY(split_type(type));
  const Ref<sock> a = TRY(sock_create(family, t.type, protocol));
  const Ref<sock> b = TRY(sock_create(family, t.type, protocol));
  // Files first: an abandoned pair is taken apart by their end.
  Ref<file> fa = make_ref<socket_file>(a, t.file_flags),
            fb = make_ref<socket_file>(b, t.file_flags);
  static_cast<unix_sock&>(*a).pair_with(static_cast<unix_sock&>(*b));
  const int x = TRY(fd_install_new(std::move(fa), t.cloexec));
  const Result<int> y = fd_install_new(std::move(fb), t.cloexec);
  if (!y) {
    (void)close_fd(x);
    return std::unexpected(y.error());
  }
  const std::array<int, 2> out{x, *y};
  if (const auto copied = put_user_array<int>(fds, out); !copied) {
    (void)close_fd(x);
    (void)close_fd(*y);
    return std::unexpected(copied.error());
  }
  return 0;
}

SyscallResult sys_bind(fd_t fd, user_ptr<const void> addr, int len) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(f->sk->bind(TRY(move_addr_to_kernel(addr, len))));
  return 0;
}

SyscallResult sys_connect(fd_t fd, user_ptr<const void> addr, int len) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(f->sk->connect(TRY(move_addr_to_kernel(addr, len)), f->nonblocking()));
  return 0;
}

SyscallResult sys_listen(fd_t fd, int backlog) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(f->sk->listen(backlog));
  return 0;
}

SyscallResult sys_accept(fd_t fd, user_ptr<void> addr, user_ptr<int> len) {
  return sys_accept4(fd, addr, len, 0);
}

SyscallResult sys_accept4(fd_t fd, user_ptr<void> addr, user_ptr<int> len, open_flags_t flags) {
  const auto bits = static_cast<unsigned>(flags.value);
  if ((bits & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return Err(EINVAL);
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  (void)TRY(get_unused_fd((bits & O_CLOEXEC) != 0));  // EMFILE before a connection is taken
  Ref<sock> sk = TRY(f->sk->accept(f->nonblocking()));
  const Ref<file> fresh = make_ref<socket_file>(sk, bits & O_NONBLOCK);
  if (addr) {
    const Result<sockaddr_bytes> name = sk->getname(true);
    if (!name) return Err(ECONNABORTED);
    TRY(move_addr_to_user(*name, addr, len));
  }
  return TRY(fd_install_new(fresh, (bits & O_CLOEXEC) != 0));
}

SyscallResult sys_getsockname(fd_t fd, user_ptr<void> addr, user_ptr<int> len) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(move_addr_to_user(TRY(f->sk->getname(false)), addr, len));
  return 0;
}

SyscallResult sys_getpeername(fd_t fd, user_ptr<void> addr, user_ptr<int> len) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(move_addr_to_user(TRY(f->sk->getname(true)), addr, len));
  return 0;
}

SyscallResult sys_shutdown(fd_t fd, int how) {
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  TRY(f->sk->shutdown(how));
  return 0;
}

SyscallResult sys_sendto(fd_t fd, user_ptr<const void> buf, size_arg len, msg_flags_t flags,
                         user_ptr<const void> addr, int addrlen) {
  const uint64_t n = std::min<uint64_t>(len, MAX_RW_COUNT);
  if (!access_ok(buf.addr, n)) return Err(EFAULT);
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  kernel_msghdr msg;
  msg.iter = iov_iter::user(buf.addr, n);
  if (addr) msg.name = TRY(move_addr_to_kernel(addr, addrlen));
  msg.scm.creds = current_creds();
  return static_cast<long>(TRY(f->sk->sendmsg(msg, sock_flags(*f, flags))));
}

SyscallResult sys_recvfrom(fd_t fd, user_ptr<void> buf, size_arg len, msg_flags_t flags,
                           user_ptr<void> addr, user_ptr<int> addrlen) {
  const uint64_t n = std::min<uint64_t>(len, MAX_RW_COUNT);
  if (!access_ok(buf.addr, n)) return Err(EFAULT);
  const Ref<socket_file> f = TRY(sockfd_lookup(fd));
  kernel_msghdr msg;
  msg.iter = iov_iter::user(buf.addr, n);
  const Result<size_t> got = f->sk->recvmsg(msg, sock_flags(*f, flags));
  scm_fput(std::move(msg.scm.files));  // descriptors that nobody can receive this way
  if (!got) return std::unexpected(got.error());
  if (addr) TRY(move_addr_to_user(msg.name, addr, addrlen));
  return static_cast<long>(*got);
}

SyscallResult sys_send(fd_t fd, user_ptr<const void> buf, size_arg len, msg_flags_t flags) {
  return sys_sendto(fd, buf, len, flags, user_ptr<const void>(), 0);
}
SyscallResult sys_recv(fd_t fd, user_ptr<void> buf, size_arg len, msg_flags_t flags) {
  return sys_recvfrom(fd, buf, len, flags, user_ptr<void>(), user_ptr<int>());
}
