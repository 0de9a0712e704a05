// B4: the child's first act is _exit. A parent that misses this wake-up sleeps for ever.
#include "eras.h"

static void child(void) { _exit(0); }

static void subject(void) {
  for (int i = 0; i < loops; ++i) wait_for(vfork_child(child));
  say("never hangs");
}

ROW(4, "lost wake-up, _exit first", .subject = subject)
