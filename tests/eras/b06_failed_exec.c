// B6: the child's exec fails. The first vfork woke the parent at the top of do_execve, whatever came of
// it, and both ran on.
#include "eras.h"

static void child(void) {
  execve("/eras-no-such-program", (char*[]){"x", NULL}, environ);
  nap_until(300);
  sh->flag[0] = 1;
  _exit(7);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  say("flag %d", sh->flag[0]);
  wait_for(v);
}

ROW(6, "failed exec releases P", .subject = subject)
