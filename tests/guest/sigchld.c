// SIGCHLD: siginfo for exit, kill, stop and continue; SA_NOCLDSTOP; waitid.
#include "t.h"
static volatile sig_atomic_t got;
static siginfo_t last;
static void on_chld(int sig, siginfo_t* si, void* uc) {
  last = *si;
  got = 1;
}
static pid_t child;
static void expect(const char* title, const sigset_t* open_mask) {
  while (!got) sigsuspend(open_mask);
  got = 0;
  printf("%s: code %d status %d pid %s\n", title, last.si_code, last.si_status, last.si_pid == child ? "child" : "other");
}
int main(void) {
  struct sigaction sa = {.sa_sigaction = on_chld, .sa_flags = SA_SIGINFO};
  sigaction(SIGCHLD, &sa, NULL);
  sigset_t block, open_mask;
  sigemptyset(&block);
  sigaddset(&block, SIGCHLD);
  sigprocmask(SIG_BLOCK, &block, &open_mask);
  child = fork();
  if (child == 0) _exit(7);
  expect("exit", &open_mask);
  siginfo_t si = {0};
  R(waitid(P_PID, (id_t)child, &si, WEXITED | WNOWAIT));
  printf("waitid: code %d status %d\n", si.si_code, si.si_status);
  R(waitid(P_PID, (id_t)child, &si, WEXITED));
  R(waitid(P_PID, (id_t)child, &si, WEXITED));
  R(waitid(P_ALL, 0, &si, 0));
  child = fork();
  if (child == 0)
    for (;;) pause();
  kill(child, SIGSTOP);
  expect("stop", &open_mask);
  int status;
  T(waitpid(child, &status, WUNTRACED) == child);
  t_status("stopped", status);
  R(waitpid(child, &status, WUNTRACED | WNOHANG));
  kill(child, SIGCONT);
  expect("continue", &open_mask);
  memset(&si, 0, sizeof si);
  R(waitid(P_PID, (id_t)child, &si, WCONTINUED));
  printf("waitid: code %d status %d\n", si.si_code, si.si_status);
  R(waitid(P_PID, (id_t)child, &si, WCONTINUED | WNOHANG));
  kill(child, SIGTERM);
  expect("kill", &open_mask);
  T(wait(&status) == child);
  t_status("killed", status);
  sa.sa_flags |= SA_NOCLDSTOP;
  sigaction(SIGCHLD, &sa, NULL);
  child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    _exit(3);
  }
  T(waitpid(child, &status, WUNTRACED) == child);
  t_status("stopped", status);
  printf("told of the stop: %d\n", got);
  kill(child, SIGCONT);
  expect("exit", &open_mask);
  wait(&status);
  t_status("done", status);
  return 0;
}
