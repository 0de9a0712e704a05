// B19: control. A syscall tracer is attached to the parent only.
#include "eras.h"

static void child(void) {
  nap_until(200);
  exec_self("+exit", "0", NULL);
}

static void tracer(void) {
  nap_until(50);
  const pid_t p = sh->p;
  int status;
  if (ptrace(PTRACE_ATTACH, p, NULL, NULL) != 0) return;
  while (waitpid(p, &status, __WALL) == p && WIFSTOPPED(status)) {
    const int sig = WSTOPSIG(status);
    sh->flag[0] += sig == SIGTRAP;
    ptrace(PTRACE_SYSCALL, p, NULL, (void*)(long)(sig == SIGTRAP || sig == SIGSTOP ? 0 : sig));
  }
}

static void subject(void) {
  nap_until(100);
  const pid_t v = vfork_child(child);
  const long at = now();
  wait_for(v);
  say("%ld", grid(at));
  if (sh->flag[0] == 0) say("not traced");
}

ROW(19, "control: P is traced", .subject = subject, .helper = {tracer})
