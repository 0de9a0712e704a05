// B46: the waker of a semaphore may still use it when the sleeper has left and its stack is dead. The
// kernel notices and says so in its log.
#include "eras.h"

#include <sys/klog.h>

static void child(void) { _exit(0); }

static void subject(void) {
  static char log[65536];
  for (int i = 0; i < loops; ++i) wait_for(vfork_child(child));
  const int n = klogctl(3, log, sizeof log - 1);
  log[n > 0 ? n : 0] = 0;
  say("%s", strstr(log, "semaphore on a stack frame that is gone") != NULL ? "touched" : "never");
}

ROW(46, "waker touches dead wait object", .subject = subject)
