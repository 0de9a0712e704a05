// B15: control. The vfork child vforks; each sleeper is woken by its own child.
#include "eras.h"

static void inner(void) {
  nap_until(150);
  exec_self("+exit", "0", NULL);
}
static void outer(void) {
  const pid_t w = vfork_child(inner);
  sh->ms[0] = now();
  wait_for(w);
  nap_until(300);
}

static void subject(void) {
  const pid_t v = vfork_child(outer);
  if (sh->line[0] != 0) return;
  say("V %ld", grid(sh->ms[0]));
  say("P %ld", grid(now()));
  wait_for(v);
}

ROW(15, "control: nested vfork", .subject = subject)
