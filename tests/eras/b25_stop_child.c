// B25: control. A stopped child keeps its parent waiting.
#include "eras.h"

static void child(void) {
  sh->v = getpid();
  nap_until(200);
}
static void stopper(void) {
  nap_until(100);
  if (sh->v != 0) kill(sh->v, SIGSTOP);
  nap_until(400);
  if (sh->v != 0) kill(sh->v, SIGCONT);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(25, "control: SIGSTOP to V", .subject = subject, .helper = {stopper})
