// B26: control. A child that is killed lets its parent go.
#include "eras.h"

static void child(void) {
  sh->v = getpid();
  nap_until(400);
}
static void killer(void) {
  nap_until(100);
  if (sh->v != 0) kill(sh->v, SIGKILL);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  say("V %s", status_text(wait_for(v)));
}

ROW(26, "control: SIGKILL to V", .subject = subject, .helper = {killer})
