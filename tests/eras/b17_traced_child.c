// B17: a stranger traces the vfork child, which execs at 200. The first vfork woke whoever was the parent
// at that moment, and that is the tracer.
#include "eras.h"

static void child(void) {
  sh->v = getpid();
  nap_until(200);
  exec_self("+sleep", "5000", NULL);
}

static void tracer(void) {
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, NULL);
  nap_until(50);
  if (sh->v == 0) return;
  ptrace(PTRACE_ATTACH, sh->v, NULL, NULL);
  while (now() < 10000) {
    int status;
    const pid_t r = waitpid(sh->v, &status, WNOHANG | __WALL);
    if (r < 0) break;
    if (r > 0 && WIFSTOPPED(status)) {
      const int sig = WSTOPSIG(status);
      ptrace(PTRACE_CONT, sh->v, NULL, (void*)(long)(sig == SIGSTOP || sig == SIGTRAP ? 0 : sig));
    }
    if (r == 0) sigtimedwait(&chld, NULL, &(struct timespec){10, 0});
  }
}

static void observer(void) {
  nap_until(1000);
  if (sh->p != 0 && sh->line[0] == 0 && proc_state(sh->p) == 'D') say("D at 1000");
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  kill_later(v);
}

ROW(17, "V attached by a tracer", .subject = subject, .helper = {tracer, observer})
