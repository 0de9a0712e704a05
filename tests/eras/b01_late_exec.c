// B1: control. The child sleeps, then execs; the parent goes on when it does.
#include "eras.h"

static void child(void) {
  nap_until(200);
  exec_self("+exit", "0", NULL);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(1, "control: late exec", .subject = subject)
