// B11: an earlier vfork child, long a program of its own, exits during the next vfork.
#include "eras.h"

static void first(void) { exec_self("+sleep", "150", NULL); }
static void second(void) { nap_until(400); }

static void subject(void) {
  kill_later(vfork_child(first));
  say("A %ld", grid(now()));
  const pid_t v = vfork_child(second);
  say("V %ld", grid(now()));
  wait_for(v);
}

ROW(11, "previous vfork child's exit", .subject = subject)
