// Sockets in big-endian wire form: what crosses the edge as a structure, an array or bare bytes. The same source
// runs on the host (tests/guest/moxie.py) and must say the same.
#include "both.h"

static void pairs(void) {
  int s[2];
  char b[64] = "";
  R(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  R(send(s[0], "hello", 5, 0));
  R(recv(s[1], b, 2, MSG_PEEK));
  R(recv(s[1], b, 64, 0));
  printf("%s\n", b);
  R(recv(s[1], b, 64, MSG_DONTWAIT));
  R(shutdown(s[0], SHUT_WR));
  R(recv(s[1], b, 64, 0));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  close(s[0]), close(s[1]);
  R(socketpair(99, SOCK_STREAM, 0, s));
}

static void options(void) {
  const int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int value = 0;
  socklen_t len = sizeof value;
  R(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &len));
  printf("type %d, %d bytes\n", value, (int)len);
  R(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &len));
  printf("domain %d\n", value);
  struct linger l = {1, 7}, got = {0, 0};
  R(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  len = sizeof got;
  R(getsockopt(s, SOL_SOCKET, SO_LINGER, &got, &len));
  printf("linger %d %d\n", got.l_onoff, got.l_linger);
  struct timeval t = {0, 20000}, left = {9, 9};
  R(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  len = sizeof left;
  R(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &left, &len));
  printf("time-out %d s %d us\n", (int)left.tv_sec, (int)left.tv_usec);
  close(s);
}

static void names(void) {
  struct sockaddr_un name = {AF_UNIX, "\0both-sockets"}, peer;
  const socklen_t len = sizeof name.sun_family + 13;
  socklen_t n = sizeof peer;
  struct ucred uc = {0, 99, 99};
  char b[16] = "";
  const int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
  R(connect(c, (struct sockaddr *)&name, len));
  R(bind(l, (struct sockaddr *)&name, len));
  R(listen(l, 2));
  R(connect(c, (struct sockaddr *)&name, len));
  const int a = accept4(l, (struct sockaddr *)&peer, &n, SOCK_NONBLOCK);
  T(a >= 0);
  printf("peer: family %d, %d bytes\n", peer.sun_family, (int)n);
  n = sizeof peer;
  R(getsockname(a, (struct sockaddr *)&peer, &n));
  printf("own: family %d, %d bytes, %s\n", peer.sun_family, (int)n, peer.sun_path + 1);
  R(getpeername(a, (struct sockaddr *)&peer, &n));
  R(recv(a, b, sizeof b, 0));
  R(send(c, "named", 5, 0));
  R(recv(a, b, sizeof b, 0));
  n = sizeof uc;
  R(getsockopt(a, SOL_SOCKET, SO_PEERCRED, &uc, &n));
  T(uc.pid == getpid() && uc.uid != 99);
  peer.sun_family = 77;
  R(connect(l, (struct sockaddr *)&peer, n));
  close(l), close(c), close(a);
}

static void datagrams(void) {
  struct sockaddr_un one = {AF_UNIX, "\0both-one"}, two = {AF_UNIX, "\0both-two"}, from;
  const socklen_t len = sizeof one.sun_family + 9;
  socklen_t n = sizeof from;
  char b[2][16] = {"", ""};
  const int s = socket(AF_UNIX, SOCK_DGRAM, 0), t = socket(AF_UNIX, SOCK_DGRAM, 0);
  R(bind(s, (struct sockaddr *)&one, len));
  R(bind(t, (struct sockaddr *)&two, len));
  R(sendto(s, "datagram", 9, 0, (struct sockaddr *)&two, len));
  R(recvfrom(t, b[0], sizeof b[0], 0, (struct sockaddr *)&from, &n));
  printf("%s from family %d, %s\n", b[0], from.sun_family, from.sun_path + 1);
  struct iovec v[2] = {{"first", 6}, {"second", 7}};
  struct mmsghdr m[2] = {{{&two, len, &v[0], 1, NULL, 0, 0}, 0}, {{&two, len, &v[1], 1, NULL, 0, 0}, 0}};
  R(sendmmsg(s, m, 2, 0));
  printf("%u and %u bytes\n", m[0].msg_len, m[1].msg_len);
  for (int i = 0; i < 2; i++) {
    v[i].iov_base = b[i], v[i].iov_len = sizeof b[i];
    m[i].msg_hdr.msg_name = &from, m[i].msg_hdr.msg_namelen = sizeof from;
  }
  R(recvmmsg(t, m, 2, 0, NULL));
  printf("%s %u, %s %u, name of %d bytes\n", b[0], m[0].msg_len, b[1], m[1].msg_len, (int)m[0].msg_hdr.msg_namelen);
  close(s), close(t);
}

static void rights(void) {
  int s[2], p[2], on = 1, fd = -1;
  char byte = 'F', b[16] = "";
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
  } control;
  struct iovec v = {&byte, 1};
  struct msghdr m = {NULL, 0, &v, 1, &control, CMSG_SPACE(sizeof(int)), 0};
  struct cmsghdr *c = &control.align;
  memset(&control, 0, sizeof control);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  pipe(p);
  c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &p[1], sizeof(int));
  R(sendmsg(s[0], &m, 0));
  m.msg_controllen = sizeof control;
  R(recvmsg(s[1], &m, 0));
  c = &control.align;
  printf("control: %d bytes, message of %d, level %d, type %d, flags %d\n", (int)m.msg_controllen, (int)c->cmsg_len,
         c->cmsg_level, c->cmsg_type, m.msg_flags);
  memcpy(&fd, CMSG_DATA(c), sizeof fd);
  T(fd > p[1]);
  R(write(fd, "passed on", 10));
  R(read(p[0], b, sizeof b));
  printf("%s\n", b);
  R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  R(send(s[0], "c", 1, 0));
  m.msg_controllen = sizeof control;
  R(recvmsg(s[1], &m, 0));
  struct ucred uc = {0, 99, 99};
  c = &control.align;
  memcpy(&uc, CMSG_DATA(c), sizeof uc);
  T(c->cmsg_type == SCM_CREDENTIALS && uc.pid == getpid() && uc.uid != 99);
  fd = 999;
  c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  m.msg_controllen = CMSG_SPACE(sizeof(int));
  R(sendmsg(s[0], &m, 0));
  c->cmsg_len = 3;
  R(sendmsg(s[0], &m, 0));
}

int main(void) {
  pairs();
  options();
  names();
  datagrams();
  rights();
  return 0;
}
