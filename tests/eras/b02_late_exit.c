// B2: control. The child sleeps, then exits; its status reaches the parent.
#include "eras.h"

static void child(void) {
  nap_until(200);
  _exit(3);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  say("%s", status_text(wait_for(v)));
}

ROW(2, "control: late _exit", .subject = subject)
