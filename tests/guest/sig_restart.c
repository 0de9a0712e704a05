// Interrupted system calls: SA_RESTART, EINTR, sigsuspend, pause, calls that never restart.
#include <poll.h>
#include <sched.h>
#include <sys/select.h>
#include <time.h>
#include "t.h"
static volatile int hits;
static int ready[2], data[2];
static void handler(int sig) { ++hits; }
static void handler_then_data(int sig) {
  ++hits;
  write(data[1], "d", 1);
}
// A child that sends one SIGUSR1 once the parent sleeps: the parent's state in /proc says so.
static pid_t send_when_asleep(void) {
  pid_t parent = getpid(), child = fork();
  if (child != 0) return child;
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/stat", parent);
  for (;;) {
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, line, sizeof line - 1);
    close(fd);
    if (n <= 0) _exit(1);
    line[n] = 0;
    char* paren = strrchr(line, ')');
    if (paren != NULL && paren[2] == 'S') break;
    sched_yield();
  }
  kill(parent, SIGUSR1);
  _exit(0);
}
static void reap(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}
static void install(void (*h)(int), int flags) {
  struct sigaction sa = {.sa_handler = h, .sa_flags = flags};
  sigaction(SIGUSR1, &sa, NULL);
  hits = 0;
}
int main(void) {
  char c;
  pid_t child;
  pipe(ready), pipe(data);
  install(handler, 0);
  child = send_when_asleep();
  R(read(data[0], &c, 1));
  printf("hits %d\n", hits);
  reap(child);
  install(handler_then_data, SA_RESTART);
  child = send_when_asleep();
  R(read(data[0], &c, 1));
  printf("hits %d\n", hits);
  reap(child);
  install(handler, SA_RESTART);
  child = send_when_asleep();
  R(pause());
  reap(child);
  child = send_when_asleep();
  struct pollfd p = {data[0], POLLIN, 0};
  R(poll(&p, 1, -1));
  reap(child);
  child = send_when_asleep();
  fd_set set;
  FD_ZERO(&set);
  FD_SET(data[0], &set);
  R(select(data[0] + 1, &set, NULL, NULL, NULL));
  reap(child);
  child = send_when_asleep();
  struct timespec day = {86400, 0}, rest = {0, 0};
  R(nanosleep(&day, &rest));
  T(rest.tv_sec > 86000);
  reap(child);
  child = send_when_asleep();
  R(clock_nanosleep(CLOCK_MONOTONIC, 0, &day, &rest));
  reap(child);
  // A signal that is ignored or that stops and continues does not end a sleep.
  install(handler_then_data, SA_RESTART);
  sigset_t usr1, empty;
  sigemptyset(&usr1);
  sigemptyset(&empty);
  sigaddset(&usr1, SIGUSR1);
  sigprocmask(SIG_BLOCK, &usr1, NULL);
  raise(SIGUSR1);
  printf("blocked: hits %d\n", hits);
  R(sigsuspend(&empty));
  printf("suspend: hits %d\n", hits);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  T(sigismember(&now, SIGUSR1));
  R(read(data[0], &c, 1));
  // wait restarts
  sigprocmask(SIG_UNBLOCK, &usr1, NULL);
  install(handler, SA_RESTART);
  pid_t sleeper = fork();
  if (sleeper == 0) {
    t_await(ready[0]);
    _exit(4);
  }
  child = fork();
  if (child == 0) {
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", getppid());
    for (;;) {
      int fd = open(path, O_RDONLY);
      ssize_t n = read(fd, line, sizeof line - 1);
      close(fd);
      line[n > 0 ? n : 0] = 0;
      char* paren = strrchr(line, ')');
      if (paren != NULL && paren[2] == 'S') break;
      sched_yield();
    }
    kill(getppid(), SIGUSR1);
    t_post(ready[1]);
    _exit(0);
  }
  int status;
  T(waitpid(sleeper, &status, 0) == sleeper);
  t_status("sleeper", status);
  printf("hits %d\n", hits);
  reap(child);
  return 0;
}
