// mmap and munmap of one page that nobody touches.
#include "bench.h"

static double run(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) munmap(map_anonymous(PAGE), PAGE);
  return now() - start;
}
QUESTION(mmap, .what = "mmap + munmap of a page", .run = run)
