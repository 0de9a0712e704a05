// One byte to another process and back through two pipes; and a ring of eight, a hop at a time: the
// context switch as lmbench measures it, the pipe included.
#include "bench.h"

enum { RING = 8 };
static int in, out;
static pid_t child[RING];
static int children;

static void relay(int from, int to) {
  char c;
  while (read(from, &c, 1) == 1)
    if (write(to, &c, 1) != 1) break;
  _exit(0);
}

// A ring of `size` processes, this one included; we write to `out` and read from `in`.
static void build(int size) {
  int p[2];
  CHECK(pipe(p));
  out = p[1];
  int from = p[0];
  for (children = 0; children < size - 1; ++children) {
    CHECK(pipe(p));
    pid_t pid = fork();
    if (pid == 0) {
      close(out);  // so that the ring ends when we close it
      close(p[0]);
      relay(from, p[1]);
    }
    if (pid < 0) trouble("fork");
    child[children] = pid;
    close(from);
    close(p[1]);
    from = p[0];
  }
  in = from;
}
static void setup_pair(void) { build(2); }
static void setup_ring(void) { build(RING); }
static void teardown(void) {
  close(out);
  for (int i = 0; i < children; ++i) waitpid(child[i], NULL, 0);
  close(in);
}

static double turns(long n) {
  char c = 'x';
  double start = now();
  for (long i = 0; i < n; ++i)
    if (write(out, &c, 1) != 1 || read(in, &c, 1) != 1) trouble("the ring broke");
  return now() - start;
}
QUESTION(pipe, .what = "pipe ping-pong between two processes, a round trip", .setup = setup_pair, .teardown = teardown, .run = turns)

static double hops(long n) {
  long rounds = n / RING < 1 ? 1 : n / RING;
  return turns(rounds) * n / (rounds * RING);
}
QUESTION(switch, .what = "context switch: a hop in a pipe ring of eight processes", .setup = setup_ring, .teardown = teardown, .run = hops, .min_n = RING)
