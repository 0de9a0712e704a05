// B39: a parent whose children will live in another time namespace vforks.
#include "eras.h"

static void child(void) { _exit(0); }

static void subject(void) {
  if (unshare(0x80 /* CLONE_NEWTIME */) != 0) {
    say("unshare %s", strerrorname_np(errno));
    return;
  }
  const pid_t v = vfork_child(child);
  say("works");
  wait_for(v);
}

ROW(39, "time namespace", .subject = subject)
