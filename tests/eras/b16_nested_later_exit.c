// B16: as B11, one level down: the sleeper is itself a vfork child.
#include "eras.h"

static void first(void) { exec_self("+sleep", "100", NULL); }
static void second(void) { nap_until(300); }
static void outer(void) {
  kill_later(vfork_child(first));
  sh->ms[0] = now();
  const pid_t w = vfork_child(second);
  sh->ms[1] = now();
  wait_for(w);
}

static void subject(void) {
  const pid_t v = vfork_child(outer);
  if (sh->line[0] != 0) return;
  wait_for(v);
  say("W1 %ld", grid(sh->ms[0]));
  say("W2 %ld", grid(sh->ms[1]));
}

ROW(16, "nested + later exit", .subject = subject)
