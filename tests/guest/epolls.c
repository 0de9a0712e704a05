// epoll in all its modes, and what eventfd, timerfd and signalfd tell it.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>

#include "t.h"

static int ep;

static void show(const char* what, int timeout) {
  struct epoll_event ev[8];
  int n = epoll_wait(ep, ev, 8, timeout);
  printf("%s: %d", what, n);
  if (n < 0) printf(" %s", t_errno());
  for (int i = 0; i < n; ++i) printf(" [%d %x]", ev[i].data.fd, ev[i].events);
  printf("\n");
}

static int ctl(int op, int fd, unsigned events, int tag) {
  struct epoll_event e = {.events = events, .data.fd = tag};
  return epoll_ctl(ep, op, fd, &e);
}

static void modes(void) {
  int p[2], s[2];
  pipe(p);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  R(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
  R(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 1));
  R(ctl(EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET, 2));
  show("pipe writable", 0);
  show("edge used up", 0);
  write(p[1], "ab", 2);
  show("readable", 0);
  show("still", 0);
  read(p[0], (char[1]){0}, 1);
  show("one left", 0);
  R(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 1));
  show("oneshot", 0);
  show("spent", 0);
  R(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 1));
  show("edge after mod", 0);
  write(p[1], "c", 1);
  show("new edge", 0);
  R(ctl(EPOLL_CTL_ADD, s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 3));
  show("socket", 0);
  write(s[1], "x", 1);
  show("socket readable", 0);
  read(s[0], (char[1]){0}, 1);
  show("nothing", 0);
  shutdown(s[1], SHUT_WR);
  show("half closed", 0);
  close(s[1]);
  show("closed", 0);
  close(p[1]);
  show("pipe hung up", 0);
  R(ctl(EPOLL_CTL_DEL, p[0], 0, 0));
  R(ctl(EPOLL_CTL_DEL, p[0], 0, 0));
  close(s[0]);
  show("all gone", 0);
  R(ctl(EPOLL_CTL_ADD, p[0], EPOLLEXCLUSIVE | EPOLLONESHOT | EPOLLIN, 1));
  R(ctl(EPOLL_CTL_ADD, p[0], EPOLLEXCLUSIVE | EPOLLIN, 1));
  R(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN, 1));
  R(ctl(EPOLL_CTL_DEL, p[0], 0, 0));
  close(p[0]);
}

static void errors(void) {
  struct epoll_event e = {0};
  int null = open("/dev/null", O_RDONLY), dir = open("/", O_RDONLY);
  R(epoll_create(0));
  R(epoll_create1(1));
  R(ctl(EPOLL_CTL_ADD, 99, EPOLLIN, 0));
  R(ctl(EPOLL_CTL_ADD, null, EPOLLIN, 0));
  R(ctl(EPOLL_CTL_ADD, dir, EPOLLIN, 0));
  R(ctl(EPOLL_CTL_ADD, ep, EPOLLIN, 0));
  R(epoll_ctl(null, EPOLL_CTL_ADD, ep, &e));
  R(epoll_ctl(ep, EPOLL_CTL_ADD, ep, NULL));
  R(epoll_wait(ep, &e, 0, 0));
  R(epoll_wait(null, &e, 1, 0));
  R(epoll_wait(ep, &e, 1, 0));
  close(null);
  close(dir);
}

static void nested(void) {
  int chain[7], p[2];
  pipe(p);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = 5};
  for (int i = 0; i < 5; ++i) {
    chain[i] = epoll_create1(0);
    if (i > 0) R(epoll_ctl(chain[i], EPOLL_CTL_ADD, chain[i - 1], &e));
  }
  R(epoll_ctl(chain[0], EPOLL_CTL_ADD, p[0], &e));
  R(epoll_ctl(chain[0], EPOLL_CTL_ADD, chain[3], &e));
  R(epoll_ctl(chain[0], EPOLL_CTL_ADD, chain[1], &e));
  struct pollfd pfd = {chain[4], POLLIN, 0};
  R(poll(&pfd, 1, 0));
  write(p[1], "x", 1);
  R(poll(&pfd, 1, 0));
  R(epoll_wait(chain[4], &e, 1, 0));
  read(p[0], (char[1]){0}, 1);
  R(epoll_wait(chain[4], &e, 1, 0));
  for (int i = 0; i < 5; ++i) close(chain[i]);
  close(p[0]);
  close(p[1]);
}

static void special_files(void) {
  int ef = eventfd(0, EFD_NONBLOCK), tf = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int sf = signalfd(-1, &set, SFD_NONBLOCK);
  ctl(EPOLL_CTL_ADD, ef, EPOLLIN, 10);
  ctl(EPOLL_CTL_ADD, tf, EPOLLIN, 11);
  ctl(EPOLL_CTL_ADD, sf, EPOLLIN, 12);
  show("quiet", 0);
  uint64_t v = 5;
  R(write(ef, &v, 8));
  show("event", 0);
  R(read(ef, &v, 8));
  T(v == 5);
  R(read(ef, &v, 8));
  R(read(ef, &v, 7));
  v = ~0ULL;
  R(write(ef, &v, 8));
  kill(getpid(), SIGUSR1);
  show("signal", 0);
  struct signalfd_siginfo si;
  R(read(sf, &si, sizeof si));
  T(si.ssi_signo == SIGUSR1 && si.ssi_pid == (unsigned)getpid() && si.ssi_code == SI_USER);
  R(read(sf, &si, sizeof si));
  R(read(sf, &si, 10));
  struct itimerspec its = {{0, 0}, {0, 2000000}}, old;
  R(timerfd_settime(tf, 0, &its, NULL));
  show("timer", -1);
  R(read(tf, &v, 8));
  T(v == 1);
  R(read(tf, &v, 8));
  R(timerfd_gettime(tf, &old));
  T(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
  its.it_value.tv_nsec = 1000000000;
  R(timerfd_settime(tf, 0, &its, NULL));
  R(timerfd_settime(ef, 0, &old, NULL));
  R(timerfd_create(77, 0));
  its = (struct itimerspec){{0, 1000000}, {0, 1}};
  R(timerfd_settime(tf, TFD_TIMER_ABSTIME, &its, NULL));
  show("past", -1);
  R(read(tf, &v, 8));
  T(v > 1);
  // A child that shares the signalfd reads its own signals.
  pid_t pid = fork();
  if (pid == 0) {
    kill(getpid(), SIGUSR1);
    R(read(sf, &si, sizeof si));
    T(si.ssi_pid == (unsigned)getpid());
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  R(read(sf, &si, sizeof si));
}

static volatile int handled;
static void handler(int sig) { handled = sig; }

static void pwait(void) {
  struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &sa, NULL);
  sigset_t block, none;
  sigemptyset(&block);
  sigemptyset(&none);
  sigaddset(&block, SIGUSR2);
  sigprocmask(SIG_BLOCK, &block, NULL);
  kill(getpid(), SIGUSR2);
  struct epoll_event e;
  T(handled == 0);
  R(epoll_pwait(ep, &e, 1, 5000, &none));
  T(handled == SIGUSR2);
  sigprocmask(SIG_BLOCK, NULL, &none);
  T(sigismember(&none, SIGUSR2));
}

int main(void) {
  ep = epoll_create1(EPOLL_CLOEXEC);
  modes();
  errors();
  nested();
  close(ep);
  ep = epoll_create1(0);
  special_files();
  close(ep);
  ep = epoll_create1(0);
  pwait();
  return 0;
}
