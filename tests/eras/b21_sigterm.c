// B21: SIGTERM, default action, to the parent while it waits.
#include "eras.h"

static void child(void) {
  nap_until(300);
  sh->flag[0] = getppid() == sh->p ? 1 : 2;
  nap_until(500);
}
static void killer(void) {
  nap_until(100);
  kill(sh->p, SIGTERM);
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

ROW(21, "SIGTERM, default", .subject = subject, .helper = {killer}, .over = over)
