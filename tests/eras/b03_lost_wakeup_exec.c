// B3: the child's first act is an exec of "sleep 2 s". A parent that was not asleep yet misses the wake-up
// of sleep_on and is only woken by the exit of the program.
#include "eras.h"

static void child(void) { exec_self("+sleep", "2000", NULL); }

static void subject(void) {
  for (int i = 0; i < loops; ++i) {
    const long start = now();
    const pid_t v = vfork_child(child);
    note_time(grid(now() - start));
    kill(v, SIGKILL);
    wait_for(v);
  }
  say_times();
}

ROW(3, "lost wake-up, exec first", .subject = subject, .limit = 60000)
