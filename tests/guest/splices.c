// splice, tee, vmsplice, packet pipes and the size of a pipe.
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "t.h"

int main(void) {
  char b[128];
  int p[2], q[2], s[2], left;
  t_enter();
  R(pipe2(p, O_NONBLOCK));
  R(pipe2(q, O_NONBLOCK));
  int f = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
  write(f, "0123456789", 10);
  loff_t off = 3;
  R(splice(f, &off, p[1], NULL, 4, 0));
  printf("offset %lld\n", (long long)off);
  R(tee(p[0], q[1], 3, 0));
  R(read(q[0], b, sizeof b));
  R(splice(p[0], NULL, q[1], NULL, 100, 0));
  R(ioctl(q[0], FIONREAD, &left));
  printf("%d left\n", left);
  off = 20;
  R(splice(q[0], NULL, f, &off, 100, 0));
  R(splice(q[0], NULL, f, &off, 100, 0));
  R(pread(f, b, sizeof b, 20));
  R(splice(f, NULL, f, NULL, 5, 0));
  R(splice(p[0], NULL, p[1], NULL, 5, 0));
  R(splice(p[1], NULL, f, NULL, 5, 0));
  R(splice(f, NULL, p[0], NULL, 5, 0));
  R(splice(p[0], &off, f, NULL, 5, 0));
  R(splice(99, NULL, p[1], NULL, 5, 0));
  R(splice(f, NULL, p[1], NULL, 5, 0x80));
  R(tee(p[0], p[1], 5, 0));
  R(tee(f, p[1], 5, 0));
  struct iovec iov[2] = {{"vm", 2}, {"splice", 6}};
  R(vmsplice(p[1], iov, 2, 0));
  R(vmsplice(f, iov, 2, 0));
  char c[4];
  struct iovec in = {c, 4};
  R(vmsplice(p[0], &in, 1, 0));
  R(read(p[0], b, sizeof b));
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  write(p[1], "to a socket", 11);
  R(splice(p[0], NULL, s[0], NULL, 100, 0));
  R(splice(s[1], NULL, p[1], NULL, 5, 0));
  R(read(p[0], b, sizeof b));
  R(read(s[1], b, sizeof b));

  int d[2];
  R(pipe2(d, O_DIRECT | O_NONBLOCK));
  write(d[1], "one", 3);
  write(d[1], "second", 6);
  R(read(d[0], b, sizeof b));
  R(read(d[0], b, 2));
  R(read(d[0], b, sizeof b));
  R(fcntl(d[1], F_GETPIPE_SZ));
  R(fcntl(d[1], F_SETPIPE_SZ, 1));
  R(fcntl(d[1], F_SETPIPE_SZ, 4097));
  write(d[1], "a", 1);
  write(d[1], "b", 1);
  R(write(d[1], "c", 1));
  R(fcntl(d[1], F_SETPIPE_SZ, 4096));
  R(fcntl(f, F_GETPIPE_SZ));
  R(pipe2(d, 0x12345));
  int total = 0;
  for (int n; (n = write(p[1], b, 100)) > 0;) total += n;
  printf("%d bytes in pieces of 100\n", total);
  R(read(p[0], b, 100));
  R(write(p[1], b, 100));
  struct pollfd pfd[2] = {{p[0], POLLIN | POLLOUT, 0}, {p[1], POLLIN | POLLOUT, 0}};
  R(poll(pfd, 2, 0));
  printf("%x %x\n", pfd[0].revents, pfd[1].revents);
  unlink("f");
  t_leave();
  return 0;
}
