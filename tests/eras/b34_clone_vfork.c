// B34: what posix_spawn calls today. A kernel that does not know CLONE_VFORK returns at once, and the
// library frees the stack under the child.
#include "eras.h"

static void child(void) {
  nap_until(200);
  sh->flag[0] = 1;
}

static void subject(void) {
  const long v = clone_child(CLONE_VM | CLONE_VFORK | SIGCHLD, child, NULL);
  say("%ld", grid(now()));
  say("flag %d", sh->flag[0]);
  wait_for((pid_t)v);
}

ROW(34, "clone(CLONE_VM|CLONE_VFORK)", .subject = subject)
