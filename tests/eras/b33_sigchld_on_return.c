// B33: has the SIGCHLD handler run at the first instruction after vfork?
#include "eras.h"

static volatile int told;
static void on_chld(int sig) {
  (void)sig;
  ++told;
}
static void child(void) { nap(10); }

static void subject(void) {
  int late = 0;
  struct sigaction action = {.sa_handler = on_chld, .sa_flags = SA_RESTART};
  sigaction(SIGCHLD, &action, NULL);
  for (int i = 0; i < loops; ++i) {
    told = 0;
    const pid_t v = vfork_child(child);
    late += told == 0;
    wait_for(v);
    while (told == 0) sched_yield();
  }
  say("handler later: %s", how_many(late, loops));
}

ROW(33, "SIGCHLD before return", .subject = subject)
