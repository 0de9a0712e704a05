// B9: another child of the parent execs while the parent waits for its vfork child.
#include "eras.h"

static void stranger(void) {
  nap_until(150);
  exec_self("+sleep", "5000", NULL);
}
static void child(void) { nap_until(400); }

static void subject(void) {
  kill_later(fork_child(stranger));
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(9, "fork()ed sibling's exec", .subject = subject)
