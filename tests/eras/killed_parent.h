// Rows B20 to B22: a signal whose default action is death, sent to P while it waits. When does P die, and
// who is then the parent of V, which runs on to 500?
#ifndef KILLED_PARENT_H
#define KILLED_PARENT_H
#include "eras.h"

static void child(void) {
  nap_until(300);
  sh->flag[0] = getppid() == sh->p ? 1 : 2;
  nap_until(500);
}
static void subject(void) {
  vfork_child(child);
  nap_until(5000);  // a signal that was pending is acted on before this
  say("survives");
}
static void over(int status) {
  if (sh->line[0] != 0) return;
  const long at = now();
  nap_until(600);
  say("%s at %ld", status_text(status), grid(at));
  say("ppid %s", sh->flag[0] == 1 ? "P" : sh->flag[0] == 2 ? "reaper" : "unseen");
}

#define KILLED_PARENT(number, what, signal_number) \
  static void killer(void) {                       \
    nap_until(100);                                \
    kill(sh->p, signal_number);                    \
  }                                                \
  ROW(number, what, .subject = subject, .helper = {killer}, .over = over)

#endif
