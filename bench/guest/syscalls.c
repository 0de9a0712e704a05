// The round trip of single system calls.
#include "bench.h"

static int fd = -1;
static void open_zero(void) { fd = CHECK(open("/dev/zero", O_RDONLY)); }
static void close_fd(void) { close(fd); }

static double run_getpid(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) syscall(SYS_getpid);
  return now() - start;
}
QUESTION(getpid, .what = "getpid()", .run = run_getpid)

static double run_read(long n) {
  char c;
  double start = now();
  for (long i = 0; i < n; ++i)
    if (read(fd, &c, 1) != 1) trouble("read");
  return now() - start;
}
QUESTION(read1, .what = "read 1 byte of /dev/zero", .setup = open_zero, .teardown = close_fd, .run = run_read)

static double run_stat(long n) {
  struct stat st;
  double start = now();
  for (long i = 0; i < n; ++i) CHECK(stat("/", &st));
  return now() - start;
}
QUESTION(stat, .what = "stat(\"/\")", .run = run_stat)

static double run_open(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) close(CHECK(open("/dev/null", O_RDONLY)));
  return now() - start;
}
QUESTION(open_close, .what = "open + close of /dev/null", .run = run_open)
