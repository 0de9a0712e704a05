// B37: is the thread-id word cleared when the call returns?
#include "eras.h"

static void child(void) { _exit(0); }

static void subject(void) {
  int cleared = 0;
  for (int i = 0; i < loops; ++i) {
    int word = 77;
    const long v =
        clone_child(CLONE_VM | CLONE_VFORK | CLONE_CHILD_CLEARTID | SIGCHLD, child, &word);
    cleared += word == 0;
    wait_for((pid_t)v);
  }
  say("cleared: %s", how_many(cleared, loops));
}

ROW(37, "CLONE_CHILD_CLEARTID + VFORK", .subject = subject)
