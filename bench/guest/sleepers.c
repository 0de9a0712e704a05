// A system call, and a whole process, while many other processes sleep (tasks=N, 1000 unless told).
#include "bench.h"

static pid_t* sleepers;
static long count;
static int gate[2];

static void teardown(void) {
  close(gate[1]);
  for (long i = 0; i < count; ++i) waitpid(sleepers[i], NULL, 0);
  close(gate[0]);
  free(sleepers);
  sleepers = NULL;
  count = 0;
}

static void setup(void) {
  CHECK(pipe(gate));
  sleepers = calloc(params.tasks, sizeof *sleepers);
  int born[2];
  CHECK(pipe(born));
  char c = 0;
  for (count = 0; count < params.tasks; ++count) {
    pid_t child = fork();
    if (child == 0) {
      close(gate[1]);
      if (write(born[1], &c, 1) != 1) _exit(1);
      _exit(read(gate[0], &c, 1) != 0);
    }
    if (child < 0) {
      int e = errno;
      close(born[0]), close(born[1]);
      teardown();
      errno = e;
      trouble("fork");
    }
    sleepers[count] = child;
    if (read(born[0], &c, 1) != 1) trouble("read");
  }
  close(born[0]), close(born[1]);
}

static double run_getpid(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) syscall(SYS_getpid);
  return now() - start;
}
QUESTION(getpid_asleep, .what = "getpid() with 1,000 other processes asleep", .setup = setup, .teardown = teardown,
         .run = run_getpid)

QUESTION(vfork_asleep, .what = "vfork + _exit + wait with 1,000 other children asleep", .setup = setup,
         .teardown = teardown, .run = vforks)
