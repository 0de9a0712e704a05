// Two threads that wake one another through futexes, a round trip.
#include "bench.h"

#include <linux/futex.h>

static _Atomic int ball;  // 0: ours, 1: the thread's, 2: it is over
static pthread_t thread;

static void pass(int from, int to) {
  (void)from;
  ball = to;
  syscall(SYS_futex, &ball, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void await(int value) {
  for (int b; (b = ball) != value && b != 2;)
    syscall(SYS_futex, &ball, FUTEX_WAIT_PRIVATE, b, NULL, NULL, 0);
}

static void* other(void* p) {
  for (;;) {
    await(1);
    if (ball == 2) return p;
    pass(1, 0);
  }
}
static void setup(void) {
  ball = 0;
  errno = pthread_create(&thread, NULL, other, NULL);
  if (errno != 0) trouble("pthread_create");
}
static void teardown(void) {
  pass(0, 2);
  pthread_join(thread, NULL);
}

static double run(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    pass(0, 1);
    await(0);
  }
  return now() - start;
}
QUESTION(futex, .what = "futex round trip between two threads", .setup = setup, .teardown = teardown, .run = run)
