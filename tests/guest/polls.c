// poll, select, epoll (level, edge, one-shot), eventfd, signalfd.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include "t.h"
static void show(const struct pollfd* p, int n) {
  for (int i = 0; i < n; ++i) printf(" %x", (unsigned)p[i].revents);
  printf("\n");
}
int main(void) {
  int a[2], b[2];
  char c[16];
  pipe(a), pipe(b);
  struct pollfd p[4] = {{a[0], POLLIN, 0}, {a[1], POLLOUT, 0}, {-1, POLLIN, 0}, {99, POLLIN, 0}};
  R(poll(p, 4, 0));
  show(p, 4);
  write(a[1], "x", 1);
  R(poll(p, 2, -1));
  show(p, 2);
  close(a[1]);
  R(poll(p, 1, -1));
  show(p, 1);
  read(a[0], c, 1);
  R(poll(p, 1, -1));
  show(p, 1);
  close(a[0]);
  p[0] = (struct pollfd){b[1], POLLOUT, 0};
  close(b[0]);
  R(poll(p, 1, -1));
  show(p, 1);
  close(b[1]);
  R(poll(NULL, 0, 1));
  pipe(a), pipe(b);
  fd_set r, w;
  FD_ZERO(&r);
  FD_ZERO(&w);
  FD_SET(a[0], &r);
  FD_SET(b[0], &r);
  FD_SET(a[1], &w);
  struct timeval zero = {0, 0};
  R(select(64, &r, &w, NULL, &zero));
  printf("%d %d %d\n", FD_ISSET(a[0], &r) != 0, FD_ISSET(b[0], &r) != 0, FD_ISSET(a[1], &w) != 0);
  FD_ZERO(&r);
  FD_SET(63, &r);
  R(select(64, &r, NULL, NULL, &zero));
  R(select(-1, NULL, NULL, NULL, &zero));
  int ep = OK(epoll_create1(EPOLL_CLOEXEC));
  struct epoll_event ev = {EPOLLIN, {.u64 = 0x123456789abcdefULL}}, got[4];
  R(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev));
  R(epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev));
  R(epoll_ctl(ep, EPOLL_CTL_MOD, b[0], &ev));
  R(epoll_ctl(ep, EPOLL_CTL_DEL, b[0], NULL));
  R(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev));
  R(epoll_ctl(ep, EPOLL_CTL_ADD, 99, &ev));
  R(epoll_wait(ep, got, 4, 0));
  write(a[1], "12", 2);
  R(epoll_wait(ep, got, 4, -1));
  printf("%x %llx\n", got[0].events, (unsigned long long)got[0].data.u64);
  R(epoll_wait(ep, got, 4, -1));
  read(a[0], c, 1);
  ev.events = EPOLLIN | EPOLLET;
  R(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
  R(epoll_wait(ep, got, 4, -1));
  R(epoll_wait(ep, got, 4, 0));
  write(a[1], "3", 1);
  R(epoll_wait(ep, got, 4, 0));
  ev.events = EPOLLIN | EPOLLONESHOT;
  R(epoll_ctl(ep, EPOLL_CTL_MOD, a[0], &ev));
  R(epoll_wait(ep, got, 4, 0));
  R(epoll_wait(ep, got, 4, 0));
  R(epoll_ctl(ep, EPOLL_CTL_DEL, a[0], NULL));
  R(epoll_wait(ep, got, 0, 0));
  struct pollfd nested = {ep, POLLIN, 0};
  ev.events = EPOLLIN;
  epoll_ctl(ep, EPOLL_CTL_ADD, a[0], &ev);
  R(poll(&nested, 1, 0));
  close(a[1]), read(a[0], c, 16);
  R(epoll_wait(ep, got, 4, -1));
  printf("%x\n", got[0].events);
  close(a[0]);
  R(epoll_wait(ep, got, 4, 0));
  int e = OK(eventfd(2, EFD_NONBLOCK | EFD_CLOEXEC));
  uint64_t v = 5;
  R(write(e, &v, 8));
  R(read(e, &v, 8));
  printf("%d\n", (int)v);
  R(read(e, &v, 8));
  R(write(e, &v, 4));
  v = ~0ULL;
  R(write(e, &v, 8));
  int s = OK(eventfd(2, EFD_SEMAPHORE));
  R(read(s, &v, 8));
  printf("%d\n", (int)v);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int sfd = OK(signalfd(-1, &set, SFD_NONBLOCK));
  struct signalfd_siginfo si;
  R(read(sfd, &si, sizeof si));
  raise(SIGUSR1);
  p[0] = (struct pollfd){sfd, POLLIN, 0};
  R(poll(p, 1, -1));
  R(read(sfd, &si, sizeof si));
  printf("signo %u code %d\n", si.ssi_signo, si.ssi_code);
  return 0;
}
