// B28: another thread execs while the main thread waits. Before thread groups it was just a child of the
// main thread with a program of its own now; today exec kills the other threads.
#include "eras.h"

static void thread(void) {
  nap_until(100);
  exec_self("+exit", "42", NULL);
}
static void child(void) {
  sh->v = getpid();
  nap_until(600);
}

static void subject(void) {
  kill_later((pid_t)clone_child(
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | SIGCHLD,
      thread, NULL));
  vfork_child(child);
  say("main goes on at %ld", grid(now()));
}
static void over(int status) {
  if (sh->line[0] == 0) say("%s at %ld", status_text(status), grid(now()));
  if (sh->v != 0) kill(sh->v, SIGKILL);
}

ROW(28, "other thread execs", .subject = subject, .over = over)
