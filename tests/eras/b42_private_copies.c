// B42: control. Descriptors, directory, handlers and mask of the child are its own.
#include "eras.h"

static void child(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  signal(SIGUSR1, SIG_IGN);
  chdir("/proc");
  umask(0);
  close(0);
  dup2(1, 99);
}

static void subject(void) {
  char here[64];
  sigset_t mask;
  struct sigaction action;
  open("/dev/null", O_RDONLY);
  chdir("/");
  umask(027);
  const pid_t v = vfork_child(child);
  wait_for(v);
  sigprocmask(SIG_SETMASK, NULL, &mask);
  sigaction(SIGUSR1, NULL, &action);
  const int same = !sigismember(&mask, SIGUSR2) && action.sa_handler == SIG_DFL &&
                   strcmp(getcwd(here, sizeof here), "/") == 0 && umask(0) == 027 &&
                   fcntl(0, F_GETFD) == 0 && fcntl(99, F_GETFD) == -1;
  say("%s", same ? "unaffected" : "changed");
}

ROW(42, "control: private copies", .subject = subject)
