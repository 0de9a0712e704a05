// B5: as B4, but another child of the parent exits after 1 s, and that wakes it too.
#include "eras.h"

static void child(void) { _exit(0); }
static void stranger(void) { nap(1000); }

static void subject(void) {
  for (int i = 0; i < loops; ++i) {
    const long start = now();
    const pid_t f = fork_child(stranger);
    const pid_t v = vfork_child(child);
    note_time(grid(now() - start));
    kill(f, SIGKILL);
    wait_for(f);
    wait_for(v);
  }
  say_times();
}

ROW(5, "lost wake-up repaired by a stranger", .subject = subject, .limit = 60000)
