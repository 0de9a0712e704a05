// B12: an earlier vfork child, a program of its own, execs another one during the next vfork.
#include "eras.h"

static void first(void) { exec_self("+again", "150", "9000"); }
static void second(void) { nap_until(400); }

static void subject(void) {
  kill_later(vfork_child(first));
  say("A %ld", grid(now()));
  const pid_t v = vfork_child(second);
  say("V %ld", grid(now()));
  wait_for(v);
}

ROW(12, "previous child re-execs", .subject = subject)
