// Handlers, masks, siginfo, nesting, SA_RESETHAND, SA_NODEFER, alternate stack, raise order.
#include "t.h"
static volatile int depth, max_depth, count;
static char alt[65536];
static void plain(int sig) { printf("handler %s\n", sigabbrev_np(sig)); }
static void info(int sig, siginfo_t* si, void* uc) {
  printf("%s code %d pid %s value %d uc %d\n", sigabbrev_np(sig) ? sigabbrev_np(sig) : "RT", si->si_code,
         si->si_code <= 0 && si->si_pid == getpid() ? "self" : "-", si->si_code == SI_QUEUE ? si->si_value.sival_int : 0,
         uc != NULL);
}
static void nest(int sig) {
  if (++depth > max_depth) max_depth = depth;
  if (++count < 3) raise(sig);
  --depth;
}
static void on_alt(int sig, siginfo_t* si, void* uc) {
  char here;
  printf("on alternate stack %d\n", &here >= alt && &here < alt + sizeof alt);
}
int main(void) {
  struct sigaction sa = {.sa_handler = plain}, old;
  R(sigaction(SIGUSR1, &sa, NULL));
  R(raise(SIGUSR1));
  R(sigaction(SIGKILL, &sa, NULL));
  R(sigaction(99, &sa, NULL));
  sigaction(SIGUSR1, NULL, &old);
  T(old.sa_handler == plain);
  R(kill(getpid(), 0));
  R(kill(getpid(), 99));
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  R(sigprocmask(SIG_BLOCK, &set, NULL));
  sigaction(SIGUSR2, &sa, NULL);
  raise(SIGUSR2), raise(SIGUSR1), raise(SIGUSR1);
  sigpending(&pending);
  printf("pending USR1 %d USR2 %d INT %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
         sigismember(&pending, SIGINT));
  puts("unblock");
  R(sigprocmask(SIG_UNBLOCK, &set, NULL));
  sa.sa_sigaction = info;
  sa.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &sa, NULL);
  sigaction(SIGRTMIN, &sa, NULL);
  sigaction(SIGRTMIN + 1, &sa, NULL);
  raise(SIGUSR1);
  kill(getpid(), SIGUSR1);
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN), sigaddset(&set, SIGRTMIN + 1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (int i = 0; i < 3; ++i) {  // real-time ones queue, lowest number first
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 10 + i});
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
  }
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  sa.sa_handler = nest;
  sa.sa_flags = 0;
  sigaction(SIGUSR1, &sa, NULL);
  raise(SIGUSR1);
  printf("deferred: depth %d count %d\n", max_depth, count);
  max_depth = count = 0;
  sa.sa_flags = SA_NODEFER;
  sigaction(SIGUSR1, &sa, NULL);
  raise(SIGUSR1);
  printf("nodefer: depth %d count %d\n", max_depth, count);
  sa.sa_handler = plain;
  sa.sa_flags = SA_RESETHAND;
  sigaction(SIGUSR2, &sa, NULL);
  raise(SIGUSR2);
  sigaction(SIGUSR2, NULL, &old);
  T(old.sa_handler == SIG_DFL);
  stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
  R(sigaltstack(&ss, NULL));
  sa.sa_sigaction = on_alt;
  sa.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGUSR2, &sa, NULL);
  raise(SIGUSR2);
  sa.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR2, &sa, NULL);
  raise(SIGUSR2);
  ss.ss_size = 10;
  R(sigaltstack(&ss, NULL));
  struct timespec zero = {0, 0};
  siginfo_t si;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  R(sigtimedwait(&set, &si, &zero));
  kill(getpid(), SIGTERM);
  R(sigtimedwait(&set, &si, &zero) == SIGTERM);
  printf("waited: signo %d code %d\n", si.si_signo, si.si_code);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGABRT, SIG_IGN);
    abort();
  }
  int status;
  waitpid(child, &status, 0);
  t_status("abort", status);
  raise(SIGTERM);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  puts("not reached");
  return 0;
}
