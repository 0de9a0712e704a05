// Unix-domain sockets: pairs, connections, datagrams, what travels with a message, and the
// collector.
#include "arch/x86/abi.h"
#include "fs/eventfd_syscalls.h"
#include "net/af_unix.h"
#include "net/socket_abi.h"
#include "tests/unit/blocking_fixture.h"

namespace {

using namespace std::string_literals;

class UnixSocketTest : public test::BlockingTest {
 protected:
  struct pair {
    int a, b;
  };
  static pair socketpair(int type) {
    EXPECT_EQ(*sys_socketpair(AF_UNIX, type, 0, user_ptr<int>(kUser)), 0);
    return {peek<int>(kUser), peek<int>(kUser + 4)};
  }
  static int socket(int type) { return static_cast<int>(*sys_socket(AF_UNIX, type, 0)); }
  static std::string abstract(std::string_view name) { return "\1\0\0"s + std::string(name); }
  static std::string named(std::string_view name) { return "\1\0"s + std::string(name); }
  static sock& sk(int fd) { return *(*sockfd_lookup(fd))->sk; }
  static int bind(int fd, const std::string& name) { return error(sk(fd).bind(name)); }
  static int connect(int fd, const std::string& name, bool nonblock = false) {
    return error(sk(fd).connect(name, nonblock));
  }
  static int accept(int fd) {
    const auto r = sys_accept(fd, {}, {});
    return r ? static_cast<int>(*r) : -r.error().value;
  }
  static long send(int fd, std::string_view text, unsigned flags = MSG_NOSIGNAL,
                   std::string to = {}) {
    kernel_msghdr m;
    m.iter = iov_iter::kernel(const_cast<char*>(text.data()), text.size());
    m.name = std::move(to);
    m.scm.creds = current_creds();
    const auto r = sk(fd).sendmsg(m, flags);
    return r ? static_cast<long>(*r) : -r.error().value;
  }
  static std::string recv(int fd, size_t n = 1000, unsigned flags = 0,
                          kernel_msghdr* out = nullptr) {
    std::string text(n, '\0');
    kernel_msghdr m;
    m.iter = iov_iter::kernel(text.data(), n);
    const auto r = sk(fd).recvmsg(m, flags);
    if (!r) return "E" + std::to_string(r.error().value);
    text.resize(std::min(n, *r));
    if (out != nullptr) {
      m.iter = {};
      *out = std::move(m);
    }
    return text;
  }
  static unsigned poll(int fd) { return (*fget(fd))->poll(nullptr); }
  static std::string errno_text(int e) { return "E" + std::to_string(e); }
};

TEST_F(UnixSocketTest, FamiliesAndTypes) {
  EXPECT_EQ(error(sys_socket(2, SOCK_STREAM, 0)), EAFNOSUPPORT);
  EXPECT_EQ(error(sys_socket(16, SOCK_RAW, 0)), EAFNOSUPPORT);
  EXPECT_EQ(error(sys_socket(-1, SOCK_STREAM, 0)), EAFNOSUPPORT);
  EXPECT_EQ(error(sys_socket(AF_UNIX, 4, 0)), ESOCKTNOSUPPORT);
  EXPECT_EQ(error(sys_socket(AF_UNIX, SOCK_STREAM, 6)), EPROTONOSUPPORT);
  EXPECT_EQ(error(sys_socket(AF_UNIX, SOCK_STREAM | 0x100, 0)), EINVAL);
  EXPECT_EQ(error(sys_listen(0, 5)), EBADF);
  const int fd = static_cast<int>(*sys_eventfd(0));
  EXPECT_EQ(error(sys_listen(fd, 5)), ENOTSOCK);
}

TEST_F(UnixSocketTest, StreamPair) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  EXPECT_EQ(send(a, "hello "), 6);
  EXPECT_EQ(send(a, "world"), 5);
  EXPECT_EQ(recv(b, 3, MSG_PEEK), "hel");
  EXPECT_EQ(recv(b), "hello world");  // no borders
  EXPECT_EQ(recv(b, 10, MSG_DONTWAIT), errno_text(EAGAIN));
  EXPECT_EQ(poll(b), unsigned{POLLOUT | POLLWRNORM | POLLWRBAND});
  send(b, "last");
  ASSERT_TRUE(close_fd(b));
  EXPECT_EQ(poll(a), unsigned{POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM |
                              POLLWRBAND});
  EXPECT_EQ(recv(a), "last");
  EXPECT_EQ(recv(a), "");
  EXPECT_EQ(send(a, "x"), -EPIPE);
  EXPECT_FALSE(self_->pending.has(SIGPIPE));
  EXPECT_EQ(send(a, "x", 0), -EPIPE);
  EXPECT_TRUE(self_->pending.has(SIGPIPE) || self_->signal->shared_pending.has(SIGPIPE));
}

TEST_F(UnixSocketTest, UnreadDataIsTold) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  send(a, "never read");
  ASSERT_TRUE(close_fd(b));
  EXPECT_EQ(recv(a), errno_text(ECONNRESET));
  EXPECT_EQ(recv(a), "");
}

TEST_F(UnixSocketTest, Shutdown) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  EXPECT_EQ(error(sk(a).shutdown(3)), EINVAL);
  send(a, "tail");
  ASSERT_TRUE(sk(a).shutdown(SHUT_WR));
  EXPECT_EQ(send(a, "x"), -EPIPE);
  EXPECT_EQ(recv(b), "tail");
  EXPECT_EQ(recv(b), "");
  EXPECT_EQ(send(b, "back"), 4);
  EXPECT_EQ(recv(a), "back");
}

TEST_F(UnixSocketTest, LongStreamBlocksItsSender) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  const std::string data(2'000'000, 's');
  std::string seen;
  spawn([&] {
    EXPECT_EQ(send(a, data), static_cast<long>(data.size()));
    (void)close_fd(a);
  });
  spawn([&] {
    EXPECT_EQ(recv(b, 1'000'000, MSG_WAITALL).size(), 1'000'000U);
    for (std::string piece = recv(b, 50'000); !piece.empty(); piece = recv(b, 50'000))
      seen += piece;
  });
  run();
  EXPECT_EQ(seen.size(), 1'000'000U);
}

TEST_F(UnixSocketTest, TheSendBufferIsLinuxs) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  long small = 0;
  while (send(a, "x", MSG_DONTWAIT) == 1) ++small;
  EXPECT_EQ(small, 278);
  EXPECT_EQ(poll(a) & POLLOUT, 0U);
  EXPECT_EQ(recv(b, 1000), std::string(278, 'x'));
  EXPECT_EQ(poll(a) & POLLOUT, unsigned{POLLOUT});
}

TEST_F(UnixSocketTest, Datagrams) {
  const auto [a, b] = socketpair(SOCK_DGRAM);
  EXPECT_EQ(send(a, "one"), 3);
  EXPECT_EQ(send(a, ""), 0);
  EXPECT_EQ(send(a, "three"), 5);
  kernel_msghdr m;
  EXPECT_EQ(recv(b, 2, 0, &m), "on");
  EXPECT_EQ(m.flags, unsigned{MSG_TRUNC});
  EXPECT_EQ(recv(b), "");
  EXPECT_EQ(recv(b, 2, MSG_TRUNC | MSG_PEEK).size(), 2U);
  EXPECT_EQ(recv(b), "three");
  EXPECT_EQ(send(a, std::string(300'000, 'x')), -EMSGSIZE);
  ASSERT_TRUE(close_fd(b));
  EXPECT_EQ(send(a, "x"), -ECONNREFUSED);
  EXPECT_EQ(send(a, "x"), -ENOTCONN);
}

TEST_F(UnixSocketTest, DatagramQueueIsShort) {
  const int server = socket(SOCK_DGRAM), client = socket(SOCK_DGRAM), stranger = socket(SOCK_DGRAM);
  EXPECT_EQ(bind(server, abstract("s")), 0);
  EXPECT_EQ(bind(client, abstract("c")), 0);
  EXPECT_EQ(send(client, "x", 0, abstract("nobody")), -ECONNREFUSED);
  int sent = 0;
  while (send(client, "x", MSG_DONTWAIT, abstract("s")) == 1) ++sent;
  EXPECT_EQ(sent, 11);
  kernel_msghdr m;
  EXPECT_EQ(recv(server, 10, 0, &m), "x");
  EXPECT_EQ(m.name, abstract("c"));
  EXPECT_EQ(connect(server, abstract("c")), 0);
  EXPECT_EQ(send(stranger, "x", 0, abstract("s")), -EPERM);
}

TEST_F(UnixSocketTest, SeqpacketKeepsBorders) {
  const auto [a, b] = socketpair(SOCK_SEQPACKET);
  send(a, "one");
  send(a, "two");
  EXPECT_EQ(recv(b), "one");
  EXPECT_EQ(recv(b), "two");
  ASSERT_TRUE(close_fd(a));
  EXPECT_EQ(recv(b), "");
  const int lone = socket(SOCK_SEQPACKET);
  EXPECT_EQ(send(lone, "x"), -ENOTCONN);
  EXPECT_EQ(recv(lone), errno_text(ENOTCONN));
}

TEST_F(UnixSocketTest, ConnectAndAccept) {
  const int server = socket(SOCK_STREAM);
  EXPECT_EQ(error(sk(server).listen(1)), EINVAL);
  EXPECT_EQ(bind(server, abstract("srv")), 0);
  EXPECT_EQ(bind(socket(SOCK_STREAM), abstract("srv")), EADDRINUSE);
  EXPECT_EQ(bind(server, abstract("again")), EINVAL);
  EXPECT_EQ(connect(socket(SOCK_STREAM), abstract("srv")), ECONNREFUSED);
  ASSERT_TRUE(sk(server).listen(0));
  spawn([&] {
    const int c = socket(SOCK_STREAM);
    EXPECT_EQ(connect(c, abstract("srv")), 0);
    EXPECT_EQ(connect(c, abstract("srv")), EISCONN);
    EXPECT_EQ(send(c, "early"), 5);
    EXPECT_EQ(*sk(c).getname(true), abstract("srv"));
    EXPECT_EQ(connect(socket(SOCK_STREAM), abstract("srv"), true), EAGAIN);  // the queue is full
    EXPECT_EQ(connect(socket(SOCK_STREAM), abstract("srv")), 0);             // until the accept
  });
  spawn([&] {
    const int conn = accept(server);
    ASSERT_GE(conn, 0);
    EXPECT_EQ(recv(conn), "early");
    EXPECT_EQ(sk(conn).sk_peercred.uid, 0U);
  });
  run();
}

TEST_F(UnixSocketTest, AClosedListenerResetsWhoWaits) {
  const int server = socket(SOCK_STREAM), c = socket(SOCK_STREAM);
  bind(server, abstract("gone"));
  (void)sk(server).listen(5);
  EXPECT_EQ(connect(c, abstract("gone")), 0);
  ASSERT_TRUE(close_fd(server));
  EXPECT_EQ(recv(c), errno_text(ECONNRESET));
  EXPECT_EQ(connect(socket(SOCK_STREAM), abstract("gone")), ECONNREFUSED);
}

TEST_F(UnixSocketTest, Paths) {
  const int server = socket(SOCK_STREAM);
  EXPECT_EQ(bind(server, named("/sock")), 0);
  EXPECT_EQ(stat("/sock").mode & S_IFMT, unsigned{S_IFSOCK});
  EXPECT_EQ(bind(socket(SOCK_STREAM), named("/sock")), EADDRINUSE);
  EXPECT_EQ(bind(socket(SOCK_STREAM), named("/no/dir")), ENOENT);
  (void)sk(server).listen(5);
  EXPECT_EQ(connect(socket(SOCK_DGRAM), named("/sock")), EPROTOTYPE);
  EXPECT_EQ(connect(socket(SOCK_STREAM), named("/nothing")), ENOENT);
  write_file("/plain", "x");
  EXPECT_EQ(connect(socket(SOCK_STREAM), named("/plain")), ECONNREFUSED);
  const int c = socket(SOCK_STREAM);
  EXPECT_EQ(connect(c, named("/sock\0 after"s)), 0);
  EXPECT_EQ(*sk(c).getname(true), named("/sock\0"s));
  EXPECT_EQ(open_error("/sock", O_RDWR), ENXIO);
  ASSERT_TRUE(close_fd(server));
  EXPECT_EQ(connect(socket(SOCK_STREAM), named("/sock")), ECONNREFUSED);
}

TEST_F(UnixSocketTest, Autobind) {
  const int fd = socket(SOCK_DGRAM);
  EXPECT_EQ(*sk(fd).getname(false), "\1\0"s);
  EXPECT_EQ(bind(fd, "\1\0"s), 0);
  EXPECT_EQ(sk(fd).getname(false)->size(), 8U);
  EXPECT_EQ(bind(fd, "\2\0x"s), EINVAL);
  EXPECT_EQ(bind(fd, "\1"s), EINVAL);
}

TEST_F(UnixSocketTest, TimeOuts) {
  const auto [a, b] = socketpair(SOCK_STREAM);
  poke(kUser, X86_64Abi::timeval{0, 50'000});
  ASSERT_TRUE(
      sys_setsockopt<X86_64Abi>(b, SOL_SOCKET, SO_RCVTIMEO_OLD, user_ptr<const void>(kUser), 16));
  poke(kUser + 32, 16);
  ASSERT_TRUE(sys_getsockopt<X86_64Abi>(b, SOL_SOCKET, SO_RCVTIMEO_OLD, user_ptr<void>(kUser),
                                        user_ptr<int>(kUser + 32)));
  EXPECT_EQ(peek<X86_64Abi::timeval>(kUser).tv_usec, 50'000);
  spawn([&, b] {
    const uint64_t before = ktime_get();
    EXPECT_EQ(recv(b), errno_text(EAGAIN));
    EXPECT_GE(ktime_get() - before, 50'000'000U);
  });
  run();
}

TEST_F(UnixSocketTest, Options) {
  const int fd = socket(SOCK_STREAM);
  auto get = [&](int option) { return *sock_getsockopt(sk(fd), option); };
  EXPECT_EQ(get(SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(get(SO_DOMAIN), AF_UNIX);
  EXPECT_EQ(get(SO_SNDBUF), 212992);
  ASSERT_TRUE(sock_setsockopt(sk(fd), SO_SNDBUF, 10'000));
  EXPECT_EQ(get(SO_SNDBUF), 20'000);
  ASSERT_TRUE(sock_setsockopt(sk(fd), SO_SNDBUF, 1));
  EXPECT_EQ(get(SO_SNDBUF), 4608);
  ASSERT_TRUE(sock_setsockopt(sk(fd), SO_SNDBUF, 1 << 30));
  EXPECT_EQ(get(SO_SNDBUF), 425984);
  EXPECT_EQ(error(sock_setsockopt(sk(fd), SO_TYPE, 1)), ENOPROTOOPT);
  EXPECT_EQ(error(sys_setsockopt<X86_64Abi>(fd, 6, 1, user_ptr<const void>(kUser), 4)), EOPNOTSUPP);
}

// A message of one byte with descriptors, through the wire forms.
template <class Abi>
struct wire_message {
  static constexpr uint64_t kAt = test::FlatSpace::kBase + 0x1000;
  using W = typename Abi::uword;
  static constexpr uint64_t kHead = detail::cmsg_layout<Abi>::kHeader;
  typename Abi::msghdr header(uint64_t control_len) {
    typename Abi::msghdr m{};
    m.msg_iov = static_cast<W>(kAt + 0x100);
    m.msg_iovlen = 1;
    m.msg_control = static_cast<W>(kAt + 0x200);
    m.msg_controllen = static_cast<W>(control_len);
    return m;
  }
};

template <class T>
class UnixScmTest : public UnixSocketTest {};
using Abis = testing::Types<X86_64Abi, I386Abi>;
TYPED_TEST_SUITE(UnixScmTest, Abis);

TYPED_TEST(UnixScmTest, RightsAndCredentials) {
  using Abi = TypeParam;
  using wire = wire_message<Abi>;
  using msghdr = typename Abi::msghdr;
  const auto [a, b] = this->socketpair(SOCK_STREAM);
  const int fd = static_cast<int>(*sys_eventfd(42));
  this->poke(wire::kAt + 0x100,
             typename Abi::iovec{static_cast<typename Abi::uword>(wire::kAt + 0x300), 1});
  this->poke(wire::kAt + 0x300, 'x');
  this->poke(wire::kAt + 0x200,
             typename Abi::cmsghdr{static_cast<typename Abi::uword>(wire::kHead + 4), SOL_SOCKET,
                                   SCM_RIGHTS});
  this->poke(wire::kAt + 0x200 + wire::kHead, fd);
  this->poke(wire::kAt, wire().header(wire::kHead + 4));
  const user_ptr<msghdr> msg(wire::kAt);
  EXPECT_EQ(*sys_sendmsg<Abi>(a, msg, 0), 1);
  EXPECT_EQ(*sys_sendmsg<Abi>(a, msg, 0), 1);
  (void)close_fd(fd);
  ASSERT_TRUE(sock_setsockopt(this->sk(b), SO_PASSCRED, 1));

  this->poke(wire::kAt, wire().header(200));
  EXPECT_EQ(*sys_recvmsg<Abi>(b, msg, MSG_CMSG_CLOEXEC), 1);
  const auto first = this->template peek<typename Abi::cmsghdr>(wire::kAt + 0x200);
  EXPECT_EQ(first.cmsg_type, SCM_CREDENTIALS);
  EXPECT_EQ(first.cmsg_len, wire::kHead + 12);
  EXPECT_EQ(this->template peek<int>(wire::kAt + 0x200 + wire::kHead), current->tgid);
  const uint64_t second = wire::kAt + 0x200 + detail::cmsg_layout<Abi>::align(wire::kHead + 12);
  EXPECT_EQ(this->template peek<typename Abi::cmsghdr>(second).cmsg_type, SCM_RIGHTS);
  const int got = this->template peek<int>(second + wire::kHead);
  EXPECT_EQ((*fget(got))->proc_name(), "anon_inode:[eventfd]");
  EXPECT_TRUE(current->files->fd[static_cast<size_t>(got)].cloexec);

  // No room for the control data: the descriptor is dropped.
  this->poke(wire::kAt, wire().header(0));
  EXPECT_EQ(*sys_recvmsg<Abi>(b, msg, 0), 1);
  EXPECT_EQ(this->template peek<msghdr>(wire::kAt).msg_flags, unsigned{MSG_CTRUNC});
}

TYPED_TEST(UnixScmTest, BadControlData) {
  using Abi = TypeParam;
  using wire = wire_message<Abi>;
  using W = typename Abi::uword;
  const auto [a, b] = this->socketpair(SOCK_STREAM);
  const user_ptr<typename Abi::msghdr> msg(wire::kAt);
  this->poke(wire::kAt + 0x100, typename Abi::iovec{static_cast<W>(wire::kAt + 0x300), 1});
  auto send = [&](uint64_t cmsg_len, int type, int value) {
    this->poke(wire::kAt + 0x200,
               typename Abi::cmsghdr{static_cast<W>(cmsg_len), SOL_SOCKET, type});
    this->poke(wire::kAt + 0x200 + wire::kHead, std::array<int, 3>{value, 0, 0});
    this->poke(wire::kAt, wire().header(wire::kHead + 12));
    return this->error(sys_sendmsg<Abi>(a, msg, 0));
  };
  EXPECT_EQ(send(wire::kHead + 4, SCM_RIGHTS, 99), EBADF);
  EXPECT_EQ(send(wire::kHead + 13, SCM_RIGHTS, 0), EINVAL);
  EXPECT_EQ(send(2, SCM_RIGHTS, 0), EINVAL);
  EXPECT_EQ(send(wire::kHead + 4, 77, 0), EINVAL);
  EXPECT_EQ(send(wire::kHead + 12, SCM_CREDENTIALS, 424242), ESRCH);
  EXPECT_EQ(send(wire::kHead + 12, SCM_CREDENTIALS, current->tgid), 0);
  this->become(1000, 1000);
  EXPECT_EQ(send(wire::kHead + 12, SCM_CREDENTIALS, current->tgid), EPERM);
}

void send_file(int through, int fd) {
  kernel_msghdr m;
  char c = 'f';
  m.iter = iov_iter::kernel(&c, 1);
  ASSERT_TRUE(scm_fp_copy(std::array{fd}, m.scm.files));
  ASSERT_EQ((*sockfd_lookup(through))->sk->sendmsg(m, 0).value_or(0), 1U);
}

// A file that tells when it is gone.
struct Canary final : file {
  explicit Canary(int& c) : file(path(), O_RDWR), count(c) { ++count; }
  ~Canary() override { --count; }
  int& count;
};

TEST_F(UnixSocketTest, TheCollectorFindsACycle) {
  int alive = 0;
  const int canary = *fd_install_new(make_ref<Canary>(alive), false);
  const auto [a, b] = socketpair(SOCK_STREAM);
  const auto [c, d] = socketpair(SOCK_STREAM);
  send_file(a, canary);  // in b's queue
  send_file(a, b);       // b in its own queue
  send_file(c, a);       // and the way to it in d's
  send_file(a, d);
  for (const int fd : {canary, b, d}) ASSERT_TRUE(close_fd(fd));
  EXPECT_EQ(alive, 1);
  ASSERT_TRUE(close_fd(c));
  EXPECT_EQ(alive, 0);  // a is open, but nobody can ever receive from b
  EXPECT_EQ(recv(a), errno_text(ECONNRESET));
}

TEST_F(UnixSocketTest, TheCollectorSparesWhatCanBeReached) {
  int alive = 0;
  const int canary = *fd_install_new(make_ref<Canary>(alive), false);
  const auto [a, b] = socketpair(SOCK_STREAM);
  const auto [c, d] = socketpair(SOCK_STREAM);
  send_file(a, canary);
  send_file(c, b);  // b waits in d's queue; d is open
  for (const int fd : {canary, a, b, c}) ASSERT_TRUE(close_fd(fd));
  EXPECT_EQ(alive, 1);
  kernel_msghdr m;
  EXPECT_EQ(recv(d, 1, 0, &m), "f");
  EXPECT_EQ(m.scm.files.size(), 1U);
  scm_fput(std::move(m.scm.files));
  EXPECT_EQ(alive, 0);
}

TEST_F(UnixSocketTest, DeepNestingOfSocketsUnpacks) {
  int carrier = -1;
  for (int i = 0; i < 20'000; ++i) {
    const auto [a, b] = socketpair(SOCK_STREAM);
    if (carrier >= 0) {
      send_file(a, carrier);
      (void)close_fd(carrier);
    }
    (void)close_fd(a);
    carrier = b;
  }
  EXPECT_TRUE(close_fd(carrier));
}

TEST_F(UnixSocketTest, Socketcall) {
  poke(kUser, std::array<uint32_t, 4>{AF_UNIX, SOCK_STREAM, 0, static_cast<uint32_t>(kUser + 64)});
  EXPECT_EQ(*sys_socketcall<I386Abi>(8, user_ptr<const uint32_t>(kUser)), 0);
  const int a = peek<int>(kUser + 64);
  poke(kUser + 128, 'z');
  poke(kUser,
       std::array<uint32_t, 4>{static_cast<uint32_t>(a), static_cast<uint32_t>(kUser + 128), 1, 0});
  EXPECT_EQ(*sys_socketcall<I386Abi>(9, user_ptr<const uint32_t>(kUser)), 1);
  EXPECT_EQ(error(sys_socketcall<I386Abi>(0, user_ptr<const uint32_t>(kUser))), EINVAL);
  EXPECT_EQ(error(sys_socketcall<I386Abi>(21, user_ptr<const uint32_t>(kUser))), EINVAL);
  EXPECT_EQ(error(sys_socketcall<I386Abi>(1, user_ptr<const uint32_t>(8))), EFAULT);
}

}  // namespace
