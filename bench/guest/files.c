// Files in a directory of our own (dir=PATH: /dev/shm unless told, memory on every system).
#include "bench.h"

static char place[512], name[640];
static int fd = -1;
static char block[65536];

static void make_place(void) {
  snprintf(place, sizeof place, "%s/slot190-bench-%d", params.dir, (int)getpid());
  if (mkdir(place, 0700) < 0 && errno != EEXIST) trouble("mkdir");
  snprintf(name, sizeof name, "%s/file", place);
}
static void remove_place(void) { rmdir(place); }

static double run_create(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    int f = CHECK(open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600));
    if (write(f, block, PAGE) != PAGE) trouble("write");
    close(f);
    CHECK(unlink(name));
  }
  return now() - start;
}
QUESTION(create, .what = "create + write 4 KiB + close + unlink", .setup = make_place, .teardown = remove_place, .run = run_create)

static void make_file(void) {
  make_place();
  fd = CHECK(open(name, O_CREAT | O_TRUNC | O_RDWR, 0600));
  for (int i = 0; i < 16; ++i)
    if (write(fd, block, sizeof block) != sizeof block) trouble("write");
}
static void remove_file(void) {
  close(fd);
  unlink(name);
  remove_place();
}

static double run_write(long n) {
  double start = now();
  for (long i = 0; i < n; ++i)
    if (pwrite(fd, block, PAGE, (i & 255) * PAGE) != PAGE) trouble("pwrite");
  return now() - start;
}
QUESTION(write4k, .what = "overwrite 4 KiB", .setup = make_file, .teardown = remove_file, .run = run_write)

static double run_read(long n) {
  double start = now();
  for (long i = 0; i < n; ++i)
    if (pread(fd, block, PAGE, (i & 255) * PAGE) != PAGE) trouble("pread");
  return now() - start;
}
QUESTION(read4k, .what = "read 4 KiB", .setup = make_file, .teardown = remove_file, .run = run_read)

static double run_read64(long n) {
  double start = now();
  for (long i = 0; i < n; ++i)
    if (pread(fd, block, sizeof block, (i & 15) * sizeof block) != sizeof block) trouble("pread");
  return now() - start;
}
QUESTION(read64k, .what = "read 64 KiB", .setup = make_file, .teardown = remove_file, .run = run_read64)

static double run_open(long n) {
  char c;
  double start = now();
  for (long i = 0; i < n; ++i) {
    int f = CHECK(open(name, O_RDONLY));
    if (read(f, &c, 1) != 1) trouble("read");
    close(f);
  }
  return now() - start;
}
QUESTION(open_read, .what = "open + read 1 byte + close of a file", .setup = make_file, .teardown = remove_file, .run = run_open)

// ---- a deep path and a full directory -------------------------------------------------------------------

enum { DEPTH = 8, ENTRIES = 100 };

static void make_deep(void) {
  make_place();
  strcpy(name, place);
  for (int i = 0; i < DEPTH; ++i) {
    strcat(name, "/d");
    if (mkdir(name, 0700) < 0 && errno != EEXIST) trouble("mkdir");
  }
}
static void remove_deep(void) {
  for (int i = 0; i < DEPTH; ++i) {
    rmdir(name);
    name[strlen(name) - 2] = 0;
  }
  remove_place();
}
static double run_deep(long n) {
  struct stat st;
  double start = now();
  for (long i = 0; i < n; ++i) CHECK(stat(name, &st));
  return now() - start;
}
QUESTION(stat_deep, .what = "stat of a path ten directories deep", .setup = make_deep, .teardown = remove_deep, .run = run_deep)

static void make_entries(void) {
  make_place();
  for (int i = 0; i < ENTRIES; ++i) {
    snprintf(name, sizeof name, "%s/entry-%d", place, i);
    close(CHECK(open(name, O_CREAT | O_WRONLY, 0600)));
  }
}
static void remove_entries(void) {
  for (int i = 0; i < ENTRIES; ++i) {
    snprintf(name, sizeof name, "%s/entry-%d", place, i);
    unlink(name);
  }
  remove_place();
}
static double run_list(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    int d = CHECK(open(place, O_RDONLY | O_DIRECTORY));
    while (CHECK(syscall(SYS_getdents64, d, block, 32768)) > 0) {}
    close(d);
  }
  return now() - start;
}
QUESTION(list100, .what = "read a directory of 100 entries", .setup = make_entries, .teardown = remove_entries, .run = run_list)
