// Copy-on-write after fork: the parent writes a page that its live child shares.
#include "bench.h"

enum { PAGES = 1024 };

static double run(long n) {
  size_t bytes = (size_t)PAGES * PAGE;
  char* p = map_anonymous(bytes);
  double sum = 0;
  while (n > 0) {
    for (size_t i = 0; i < bytes; i += PAGE) p[i] = 1;
    int gate[2];
    CHECK(pipe(gate));
    pid_t child = fork();
    if (child == 0) {
      char c;
      close(gate[1]);
      _exit(read(gate[0], &c, 1) != 0);
    }
    if (child < 0) trouble("fork");
    close(gate[0]);
    size_t k = n < PAGES ? n : PAGES;
    double start = now();
    for (size_t i = 0; i < k; ++i) p[i * PAGE] = 2;
    sum += now() - start;
    close(gate[1]);
    reap(child);
    n -= k;
  }
  munmap(p, bytes);
  return sum;
}
QUESTION(cow, .what = "copy-on-write of a page after fork", .run = run, .min_n = PAGES)
