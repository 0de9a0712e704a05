// B27: the child dies of a signal that dumps core. Old kernels refused a dump of shared memory.
#include "eras.h"

static void child(void) {
  nap_until(100);
  signal(SIGSEGV, SIG_DFL);
  kill(getpid(), SIGSEGV);
}

static void subject(void) {
  char directory[] = "/tmp/eras.XXXXXX";
  mkdtemp(directory);
  chdir(directory);
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &all);
  const pid_t v = vfork_child(child);
  const long at = now();
  const int status = wait_for(v);
  say("%ld", grid(at));
  say("V %s", status_text(status));
  say("%s", WCOREDUMP(status) ? "core" : "no core");
  char name[40];
  unlink("core");
  snprintf(name, sizeof name, "core.%d", (int)v);
  unlink(name);
  chdir("/");
  rmdir(directory);
}

ROW(27, "V dumps core", .subject = subject)
