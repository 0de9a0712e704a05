// B14: the parent is init (or a subreaper) and has adopted an orphan, which execs at 100 and exits at 200.
#include "eras.h"

#include <sys/prctl.h>

static void orphan(void) {
  nap_until(100);
  exec_self("+sleep", "100", NULL);
}
static void middle(void) { kill_later(fork_child(orphan)); }
static void child(void) { nap_until(400); }

static void subject(void) {
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  wait_for(fork_child(middle));
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(14, "adopted orphan", .subject = subject, .needs_init = 1)
