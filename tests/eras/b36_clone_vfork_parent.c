// B36: the new task as a child of the parent of its parent.
#include "eras.h"

static void child(void) { nap_until(200); }

static void subject(void) {
  const long v = clone_child(CLONE_VM | CLONE_VFORK | CLONE_PARENT | SIGCHLD, child, NULL);
  say("%ld", grid(now()));
  say("%s", wait_for((pid_t)v) == -ECHILD ? "sibling" : "child");
}

ROW(36, "CLONE_VFORK|CLONE_PARENT", .subject = subject)
