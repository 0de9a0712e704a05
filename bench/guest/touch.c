// The first write to an anonymous page.
#include "bench.h"

enum { PAGES = 1024 };

static double run(long n) {
  double sum = 0;
  while (n > 0) {
    size_t k = n < PAGES ? n : PAGES;
    char* p = map_anonymous((size_t)PAGES * PAGE);
    double start = now();
    for (size_t i = 0; i < k; ++i) p[i * PAGE] = 1;
    sum += now() - start;
    munmap(p, (size_t)PAGES * PAGE);
    n -= k;
  }
  return sum;
}
QUESTION(touch, .what = "first write to an anonymous page", .run = run, .min_n = PAGES)
