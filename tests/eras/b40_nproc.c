// B40: the error of vfork at the limit of processes.
#include "eras.h"

static void child(void) { _exit(0); }

static void subject(void) {
  // An id that nobody else has; without the right to take it, one's own is over the limit as well.
  if (geteuid() == 0) setresuid(61909, 61909, 61909);
  const struct rlimit one = {1, 1};
  setrlimit(RLIMIT_NPROC, &one);
  const pid_t v = vfork_child(child);
  say("allowed");
  wait_for(v);
}

ROW(40, "RLIMIT_NPROC errno", .subject = subject)
