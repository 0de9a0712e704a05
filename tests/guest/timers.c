// Timers: alarm, setitimer, timer_create, timerfd, clocks that do not go back.
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include "t.h"
static volatile int hits;
static void on_alarm(int sig, siginfo_t* si, void* uc) {
  ++hits;
  if (hits == 1) printf("%s code %d\n", sigabbrev_np(sig), si->si_code);
}
int main(void) {
  struct sigaction sa = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO};
  sigaction(SIGALRM, &sa, NULL);
  sigaction(SIGVTALRM, &sa, NULL);
  sigset_t block, open_mask;
  sigemptyset(&block);
  sigaddset(&block, SIGALRM);
  sigaddset(&block, SIGVTALRM);
  sigprocmask(SIG_BLOCK, &block, &open_mask);
  R(alarm(100));
  T(alarm(0) >= 99);
  R(alarm(0));
  struct itimerval it = {{0, 5000}, {0, 5000}}, old;
  R(setitimer(ITIMER_REAL, &it, NULL));
  while (hits < 3) sigsuspend(&open_mask);
  printf("hits at least three\n");
  memset(&it, 0, sizeof it);
  R(setitimer(ITIMER_REAL, &it, &old));
  T(old.it_interval.tv_usec == 5000);
  R(setitimer(9, &it, NULL));
  it.it_value.tv_usec = 1000000;
  R(setitimer(ITIMER_REAL, &it, NULL));
  hits = 0;
  it = (struct itimerval){{0, 0}, {0, 10000}};
  R(setitimer(ITIMER_VIRTUAL, &it, NULL));
  sigprocmask(SIG_UNBLOCK, &block, NULL);
  while (hits == 0) {
  }
  puts("virtual time went by");
  sigprocmask(SIG_BLOCK, &block, NULL);
  hits = 0;
  timer_t id;
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM, .sigev_value.sival_int = 77};
  R(timer_create(CLOCK_MONOTONIC, &ev, &id));
  struct itimerspec spec = {{0, 0}, {0, 1000000}};
  R(timer_settime(id, 0, &spec, NULL));
  siginfo_t si;
  sigset_t alrm;
  sigemptyset(&alrm);
  sigaddset(&alrm, SIGALRM);
  R(sigwaitinfo(&alrm, &si) == SIGALRM);
  printf("code %d value %d\n", si.si_code, si.si_value.sival_int);
  R(timer_gettime(id, &spec));
  printf("left %ld\n", (long)(spec.it_value.tv_sec + spec.it_value.tv_nsec));
  R(timer_getoverrun(id));
  R(timer_delete(id));
  R(timer_delete(id));
  int tfd = OK(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  uint64_t expirations = 0;
  R(read(tfd, &expirations, 8));
  R(read(tfd, &expirations, 4));
  spec = (struct itimerspec){{0, 0}, {0, 1000000}};
  R(timerfd_settime(tfd, 0, &spec, NULL));
  fcntl(tfd, F_SETFL, 0);
  R(read(tfd, &expirations, 8));
  printf("expirations %d\n", (int)expirations);
  struct timespec a, b;
  int backwards = 0;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int i = 0; i < 1000; ++i) {
    clock_gettime(CLOCK_MONOTONIC, &b);
    if (b.tv_sec < a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec)) ++backwards;
    a = b;
  }
  printf("backwards %d\n", backwards);
  clock_gettime(CLOCK_MONOTONIC, &a);
  struct timespec nap = {0, 20000000};
  R(nanosleep(&nap, NULL));
  clock_gettime(CLOCK_MONOTONIC, &b);
  T((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >= 20000000LL);
  nap.tv_nsec = 1000000000;
  R(nanosleep(&nap, NULL));
  R(clock_gettime(12345, &a));
  R(clock_settime(CLOCK_MONOTONIC, &a));
  struct timeval tv;
  R(gettimeofday(&tv, NULL));
  T(tv.tv_sec > 1500000000);
  return 0;
}
