// B31: is a child that exits a zombie when vfork returns? waitpid with WNOHANG says.
#include "eras.h"

static void child(void) { nap(10); }

static void subject(void) {
  int zeros = 0;
  for (int i = 0; i < loops; ++i) {
    const pid_t v = vfork_child(child);
    int status;
    if (waitpid(v, &status, WNOHANG) != 0) continue;
    ++zeros;
    wait_for(v);
  }
  say("not yet dead: %s", how_many(zeros, loops));
}

ROW(31, "zombie on return", .subject = subject)
