// eventfd, signalfd, timerfd, ppoll, pselect and epoll: counters and records that read and write carry in the
// program's byte order. The same source runs on the host and must say the same.
#include "both.h"

static volatile int handled;
static void handler(int sig) { handled = sig; }

static void counters(void) {
  uint64_t n = 0x100000005ULL;
  const int e = eventfd(3, EFD_NONBLOCK), s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  R(write(e, &n, sizeof n));
  R(read(e, &n, sizeof n));
  T(n == 0x100000008ULL);
  R(read(e, &n, sizeof n));
  n = ~0ULL;
  R(write(e, &n, sizeof n));
  R(read(s, &n, sizeof n));
  T(n == 1);
  R(read(s, &n, 4));
  close(e), close(s);
}

static void signals(void) {
  sigset_t set;
  struct signalfd_siginfo info;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1), sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, NULL);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK);
  T(fd >= 0);
  R(read(fd, &info, sizeof info));
  kill(getpid(), SIGUSR2);
  struct pollfd p = {fd, POLLIN, 0};
  R(ppoll(&p, 1, NULL, NULL));
  printf("revents %d\n", p.revents);
  R(read(fd, &info, sizeof info));
  printf("signal %u, code %d\n", info.ssi_signo, info.ssi_code);
  T((int)info.ssi_pid == getpid());
  // What is blocked is delivered while the call has another mask.
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = handler;
  sigaction(SIGUSR1, &act, NULL);
  kill(getpid(), SIGUSR1);
  sigset_t none;
  sigemptyset(&none);
  p.fd = 0;
  R(ppoll(&p, 0, NULL, &none));
  printf("handled %d\n", handled);
  handled = 0;
  kill(getpid(), SIGUSR1);
  R(pselect(0, NULL, NULL, NULL, NULL, &none));
  printf("handled %d\n", handled);
  close(fd);
}

static void timers(void) {
  struct itimerspec t = {{0, 0}, {0, 5000000}}, left = {{9, 9}, {9, 9}};
  uint64_t n = 99;
  const int fd = timerfd_create(CLOCK_MONOTONIC, 0);
  T(fd >= 0);
  R(timerfd_settime(fd, 0, &t, &left));
  printf("before: %d %d\n", (int)left.it_value.tv_sec, (int)left.it_value.tv_nsec);
  R(read(fd, &n, sizeof n));
  T(n == 1);
  t.it_value.tv_sec = 1000, t.it_interval.tv_nsec = 123456789;
  R(timerfd_settime(fd, 0, &t, NULL));
  R(timerfd_gettime(fd, &left));
  T(left.it_value.tv_sec == 1000 || left.it_value.tv_sec == 999);
  T(left.it_interval.tv_nsec == 123456789);
  fd_set in;
  memset(&in, 0, sizeof in);
  FD_SET(fd, &in);
  struct timespec short_time = {0, 2000000};
  R(pselect(fd + 1, &in, NULL, NULL, &short_time, NULL));
  R(ppoll(NULL, 0, &short_time, NULL));
  t.it_value.tv_nsec = 1000000000;
  R(timerfd_settime(fd, 0, &t, NULL));
  close(fd);
}

static void polled(void) {
  int p[2];
  pipe(p);
  const int ep = epoll_create1(0);
  struct epoll_event e = {EPOLLIN, {.u64 = 0x1122334455667788ULL}}, got = {0, {.u64 = 0}};
  R(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
  R(epoll_wait(ep, &got, 1, 0));
  write(p[1], "x", 1);
  R(epoll_wait(ep, &got, 1, -1));
  T(got.events == EPOLLIN && got.data.u64 == 0x1122334455667788ULL);
  fd_set in, out;
  memset(&in, 0, sizeof in), memset(&out, 0, sizeof out);
  FD_SET(p[0], &in), FD_SET(p[1], &in), FD_SET(p[1], &out);
  R(pselect(p[1] + 1, &in, &out, NULL, NULL, NULL));
  T(FD_ISSET(p[0], &in) && !FD_ISSET(p[1], &in) && FD_ISSET(p[1], &out));
}

int main(void) {
  counters();
  signals();
  timers();
  polled();
  return 0;
}
