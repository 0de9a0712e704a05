// B13: control. A child of the vfork child is not the parent's.
#include "eras.h"

static void grandchild(void) {
  nap_until(150);
  exec_self("+exit", "0", NULL);
}
static void child(void) {
  fork_child(grandchild);
  nap_until(400);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(13, "control: grandchild", .subject = subject)
