// Unix-domain sockets: pairs, names, listen and accept, datagrams, descriptor and credential passing.
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "t.h"
static int send_fd(int sock, int fd) {
  char byte = 'F', control[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec iov = {&byte, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  return (int)sendmsg(sock, &m, 0);
}
static int receive_fd(int sock) {
  char byte, control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec iov = {&byte, 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(sock, &m, 0);
  struct cmsghdr* c = CMSG_FIRSTHDR(&m);
  int fd = -1;
  if (n == 1 && c != NULL && c->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(c), sizeof fd);
  return fd;
}
int main(void) {
  int s[2], p[2], status;
  char b[64] = "";
  R(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  R(send(s[0], "hello", 5, 0));
  R(recv(s[1], b, 2, 0));
  R(recv(s[1], b, 64, MSG_PEEK));
  R(recv(s[1], b, 64, 0));
  printf("%.3s\n", b);
  R(recv(s[1], b, 64, MSG_DONTWAIT));
  R(shutdown(s[0], SHUT_WR));
  R(recv(s[1], b, 64, 0));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  R(send(s[1], "back", 4, 0));
  R(recv(s[0], b, 64, 0));
  close(s[1]);
  R(recv(s[0], b, 64, 0));
  close(s[0]);
  // A descriptor travels to a child that did not inherit it.
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  pid_t child = fork();
  if (child == 0) {
    int fd = receive_fd(s[1]);
    write(fd, "through the pipe", 16);
    _exit(fd >= 0 ? 0 : 1);
  }
  pipe(p);
  R(send_fd(s[0], p[1]));
  close(p[1]);
  waitpid(child, &status, 0);
  t_status("receiver", status);
  R(read(p[0], b, sizeof b));
  printf("%.16s\n", b);
  R(read(p[0], b, sizeof b));
  struct ucred uc;
  socklen_t len = sizeof uc;
  R(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &uc, &len));
  T(uc.pid == getpid() && uc.uid == getuid());
  int type = 0;
  len = sizeof type;
  R(getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &len));
  printf("type %d\n", type);
  R(getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &len));
  close(s[0]), close(s[1]);
  t_enter();
  struct sockaddr_un name = {AF_UNIX, "sock"}, none = {AF_UNIX, "none"}, peer;
  socklen_t name_len = sizeof name;
  int l = OK(socket(AF_UNIX, SOCK_STREAM, 0));
  R(listen(99, 1));
  R(bind(l, (struct sockaddr*)&name, name_len));
  R(listen(l, 5));
  int again = socket(AF_UNIX, SOCK_STREAM, 0);
  R(bind(again, (struct sockaddr*)&name, name_len));
  R(connect(again, (struct sockaddr*)&none, name_len));
  R(send(again, "x", 1, 0));
  child = fork();
  if (child == 0) {
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(c, (struct sockaddr*)&name, name_len) != 0) _exit(2);
    write(c, "ping", 4);
    ssize_t n = read(c, b, 64);
    _exit(n == 4 && memcmp(b, "pong", 4) == 0 ? 0 : 3);
  }
  len = sizeof peer;
  int c = OK(accept(l, (struct sockaddr*)&peer, &len));
  printf("peer family %d length %d\n", peer.sun_family, (int)len);
  R(read(c, b, 64));
  R(write(c, "pong", 4));
  waitpid(child, &status, 0);
  t_status("client", status);
  R(read(c, b, 64));
  len = sizeof peer;
  R(getsockname(c, (struct sockaddr*)&peer, &len));
  printf("name %s\n", peer.sun_path);
  R(unlink("sock"));
  R(connect(again, (struct sockaddr*)&name, name_len));
  // Datagrams keep their borders; an abstract name needs no file.
  int d1 = socket(AF_UNIX, SOCK_DGRAM, 0), d2 = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un abstract = {AF_UNIX, "\0slot190-test"};
  socklen_t abstract_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 13);
  R(bind(d1, (struct sockaddr*)&abstract, abstract_len));
  R(sendto(d2, "first", 5, 0, (struct sockaddr*)&abstract, abstract_len));
  R(sendto(d2, "second", 6, 0, (struct sockaddr*)&abstract, abstract_len));
  R(recv(d1, b, 3, 0));
  R(recv(d1, b, 64, 0));
  printf("%.6s\n", b);
  R(recv(d1, b, 64, MSG_DONTWAIT));
  struct pollfd pfd = {d1, POLLIN | POLLOUT, 0};
  R(poll(&pfd, 1, 0));
  printf("%x\n", (unsigned)pfd.revents);
  R(socket(AF_UNIX, 77, 0));
  R(socket(999, SOCK_STREAM, 0));
  t_leave();
  return 0;
}
