// What a unix socket's messages carry, and how they end: credentials, many descriptors, truncation,
// batches, peeking, time-outs and the errors of each kind.
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "t.h"

static void show_message(int fd, size_t control, int flags, size_t room) {
  char data[64] = "", buf[256] __attribute__((aligned(8)));
  struct sockaddr_un from;
  struct iovec iov = {data, room};
  struct msghdr m = {&from, sizeof from, &iov, 1, buf, control, 0};
  ssize_t n = recvmsg(fd, &m, flags);
  if (n < 0) {
    printf("recvmsg: %s\n", t_errno());
    return;
  }
  printf("recvmsg: %d \"%.*s\" name %u flags %x control %u:", (int)n, (int)(n < 64 ? n : 64), data,
         (unsigned)m.msg_namelen, m.msg_flags, m.msg_controllen > 0);
  for (struct cmsghdr* c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_type == SCM_RIGHTS) {
      int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int), fds[64];
      memcpy(fds, CMSG_DATA(c), count * sizeof(int));
      printf(" %d files, cloexec %d", count, fcntl(fds[0], F_GETFD));
      for (int i = 0; i < count; ++i) close(fds[i]);
    } else if (c->cmsg_type == SCM_CREDENTIALS) {
      struct ucred u;
      memcpy(&u, CMSG_DATA(c), sizeof u);
      printf(" creds %d %d", u.pid == getpid(), u.uid == getuid());
    } else {
      printf(" type %d", c->cmsg_type);
    }
  }
  printf("\n");
}

static ssize_t send_files(int to, const char* text, int count, int fd) {
  char buf[CMSG_SPACE(300 * sizeof(int))];
  memset(buf, 0, sizeof buf);
  struct iovec iov = {(void*)text, strlen(text)};
  struct msghdr m = {NULL, 0, &iov, 1, buf, CMSG_SPACE(count * sizeof(int)), 0};
  struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(count * sizeof(int));
  for (int i = 0; i < count; ++i) memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof fd);
  return sendmsg(to, &m, 0);
}

static void ancillary(void) {
  int s[2], on = 1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  R(send_files(s[0], "three", 3, 0));
  R(send_files(s[0], "more", 1, 0));
  send(s[0], "plain", 5, 0);
  show_message(s[1], 256, MSG_CMSG_CLOEXEC, 3);
  show_message(s[1], 256, 0, 64);
  show_message(s[1], 256, 0, 64);
  show_message(s[1], 256, MSG_DONTWAIT, 64);
  R(send_files(s[0], "cut", 3, 0));
  show_message(s[1], CMSG_SPACE(sizeof(int)), 0, 64);
  R(send_files(s[0], "none", 2, 0));
  show_message(s[1], 0, 0, 64);
  R(send_files(s[0], "too many", 254, 0));
  R(send_files(s[0], "bad", 1, 99));
  R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  R(send_files(s[0], "who", 1, 0));
  show_message(s[1], 256, MSG_PEEK, 64);
  show_message(s[1], 256, 0, 64);
  int x[2];
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, x);
  R(send_files(x[0], "packet", 2, 1));
  show_message(x[1], 256, 0, 3);
  show_message(x[1], 256, MSG_DONTWAIT, 3);
}

static void batches(void) {
  int s[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
  struct iovec out[3] = {{"one", 3}, {"two", 3}, {"three", 5}};
  struct mmsghdr m[4];
  memset(m, 0, sizeof m);
  for (int i = 0; i < 3; ++i) m[i].msg_hdr.msg_iov = &out[i], m[i].msg_hdr.msg_iovlen = 1;
  R(sendmmsg(s[0], m, 3, 0));
  T(m[2].msg_len == 5);
  char b[4][4];
  struct iovec in[4];
  for (int i = 0; i < 4; ++i) in[i] = (struct iovec){b[i], 4}, m[i].msg_hdr.msg_iov = &in[i], m[i].msg_hdr.msg_iovlen = 1;
  R(recvmmsg(s[1], m, 4, MSG_DONTWAIT, NULL));
  printf("%u %u %u flags %x\n", m[0].msg_len, m[1].msg_len, m[2].msg_len, m[2].msg_hdr.msg_flags);
  R(recvmmsg(s[1], m, 4, MSG_DONTWAIT, NULL));
  R(send(s[0], "x", 1, MSG_OOB));
  static char big[300000];
  R(send(s[0], big, sizeof big, 0));
  R(recv(s[1], b, 4, MSG_DONTWAIT));
}

static void endings(int type, const char* name) {
  int s[2];
  char b[16];
  printf("-- %s\n", name);
  socketpair(AF_UNIX, type, 0, s);
  send(s[0], "unread", 6, 0);
  close(s[1]);
  struct pollfd p = {s[0], POLLIN | POLLOUT | POLLRDHUP, 0};
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  R(recv(s[0], b, sizeof b, MSG_DONTWAIT));
  R(recv(s[0], b, sizeof b, MSG_DONTWAIT));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  socketpair(AF_UNIX, type, 0, s);
  R(shutdown(s[0], SHUT_RD));
  R(send(s[1], "x", 1, MSG_NOSIGNAL));
  R(recv(s[0], b, sizeof b, MSG_DONTWAIT));
  R(shutdown(s[0], 7));
  p.fd = s[1];
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  int lone = socket(AF_UNIX, type, 0);
  R(shutdown(lone, SHUT_RDWR));
  lone = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
  R(recv(lone, b, sizeof b, 0));
  R(send(lone, b, 1, MSG_NOSIGNAL));
  R(listen(lone, 1));
  R(accept(lone, NULL, NULL));
  p.fd = lone;
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
}

static void names(void) {
  struct sockaddr_un a = {AF_UNIX, ""};
  socklen_t len = sizeof a;
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  R(getsockname(s, (struct sockaddr*)&a, &len));
  printf("length %u\n", len);
  len = sizeof a;
  R(getpeername(s, (struct sockaddr*)&a, &len));
  R(bind(s, (struct sockaddr*)&a, 1));
  R(bind(s, (struct sockaddr*)&a, 200));
  R(bind(s, (struct sockaddr*)&a, 2));
  len = sizeof a;
  R(getsockname(s, (struct sockaddr*)&a, &len));
  printf("length %u\n", len);
  strcpy(a.sun_path, "other");
  R(bind(s, (struct sockaddr*)&a, sizeof a));
  a.sun_family = AF_INET;
  R(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&a, sizeof a));
  a.sun_family = AF_UNIX;
  int l = socket(AF_UNIX, SOCK_STREAM, 0);
  R(bind(l, (struct sockaddr*)&a, offsetof(struct sockaddr_un, sun_path) + 3));
  struct stat st;
  R(stat("oth", &st));
  T(S_ISSOCK(st.st_mode));
  R(listen(l, 0));
  int on;
  len = sizeof on;
  R(getsockopt(l, SOL_SOCKET, SO_ACCEPTCONN, &on, &len));
  printf("%d %u\n", on, len);
  strcpy(a.sun_path, "oth");
  int c = socket(AF_UNIX, SOCK_STREAM, 0);
  R(connect(c, (struct sockaddr*)&a, sizeof a));
  int full = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  R(connect(full, (struct sockaddr*)&a, sizeof a));
  R(listen(l, 1));
  R(connect(c, (struct sockaddr*)&a, sizeof a));
  R(connect(l, (struct sockaddr*)&a, sizeof a));
  R(connect(socket(AF_UNIX, SOCK_DGRAM, 0), (struct sockaddr*)&a, sizeof a));
  R(open("oth", O_RDWR));
  R(unlink("oth"));
  R(close(l));
  R(read(c, &on, 4));
  R(read(c, &on, 4));
}

static void options(void) {
  int s[2], v = 0;
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  socklen_t len = sizeof v;
  R(getsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, &len));
  printf("%d\n", v);
  v = 1;
  R(setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, sizeof v));
  R(getsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &v, &len));
  printf("%d\n", v);
  int sent = 0;
  while (send(s[0], "x", 1, MSG_DONTWAIT) == 1) ++sent;
  printf("%d single bytes\n", sent);
  R(ioctl(s[1], FIONREAD, &v));
  printf("%d to read\n", v);
  R(setsockopt(s[0], SOL_SOCKET, SO_TYPE, &v, sizeof v));
  R(setsockopt(s[0], SOL_SOCKET, SO_RCVBUF, &v, 2));
  R(setsockopt(s[0], 6, 1, &v, sizeof v));
  struct timeval tv = {0, 3000};
  R(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  R(recv(s[0], &v, 1, 0));
  R(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
  R(send(s[0], "x", 1, 0));
  v = 2;
  R(setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &v, sizeof v));
  int t[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, t);
  v = 0;
  R(setsockopt(t[1], SOL_SOCKET, SO_PEEK_OFF, &v, sizeof v));
  write(t[0], "abcdef", 6);
  char b[8] = "";
  R(recv(t[1], b, 2, MSG_PEEK));
  R(recv(t[1], b, 2, MSG_PEEK));
  printf("%s\n", b);
  R(recv(t[1], b, 3, 0));
  R(recv(t[1], b, 8, MSG_PEEK));
  printf("%s\n", b);
}

int main(void) {
  t_enter();
  ancillary();
  batches();
  endings(SOCK_STREAM, "stream");
  endings(SOCK_DGRAM, "dgram");
  endings(SOCK_SEQPACKET, "seqpacket");
  names();
  options();
  t_leave();
  return 0;
}
