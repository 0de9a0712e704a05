// pthread_create and pthread_join of a thread that returns at once.
#include "bench.h"

static void* nothing(void* p) { return p; }

static double run(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    pthread_t t;
    errno = pthread_create(&t, NULL, nothing, NULL);
    if (errno != 0) trouble("pthread_create");
    pthread_join(t, NULL);
  }
  return now() - start;
}
QUESTION(thread, .what = "pthread_create + pthread_join", .run = run)
