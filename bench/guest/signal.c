// A signal to oneself: kill(), the handler, sigreturn.
#include "bench.h"

static volatile long seen;
static void handler(int sig) {
  (void)sig;
  ++seen;
}

static void setup(void) {
  struct sigaction sa = {.sa_handler = handler};
  CHECK(sigaction(SIGUSR1, &sa, NULL));
}
static void teardown(void) { signal(SIGUSR1, SIG_DFL); }

static double run(long n) {
  pid_t me = getpid();
  seen = 0;
  double start = now();
  for (long i = 0; i < n; ++i) kill(me, SIGUSR1);
  double t = now() - start;
  if (seen != n) errno = EINTR, trouble("signals were lost");
  return t;
}
QUESTION(signal, .what = "kill(self) + handler + sigreturn", .setup = setup, .teardown = teardown, .run = run)
