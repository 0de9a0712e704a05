// B24: control. A stop takes effect when vfork returns, not before.
#include "eras.h"

static void child(void) { nap_until(400); }
static void stopper(void) {
  nap_until(100);
  kill(sh->p, SIGSTOP);
  nap_until(200);
  sh->flag[0] = proc_state(sh->p);
  nap_until(600);
  sh->flag[1] = proc_state(sh->p);
  nap_until(800);
  kill(sh->p, SIGCONT);
}

static void subject(void) {
  const pid_t v = vfork_child(child);
  const long at = now();
  nap_until(700);
  say("%c, %c, %ld", sh->flag[0], sh->flag[1], grid(at));
  wait_for(v);
}

ROW(24, "control: SIGSTOP to P", .subject = subject, .helper = {stopper})
