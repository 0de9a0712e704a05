// The multi-call benchmark program. It answers requests, one a line: from its arguments, or with
// `serve` from stdin, so that a runner can put batches of several systems between one another.
//   program CASE [mem=MIB] [huge=1] [tasks=N] [dir=PATH] [ms=T] [batches=N]
// A request prints one line of JSON: nanoseconds an operation, one number a batch. `list` lists the
// cases. After `init` (as pid 1 of User-mode Linux) it prepares the machine and powers it off at the
// end.
#include "bench.h"

#include <setjmp.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>

#ifdef __x86_64__
#define ISA "x86_64"
#else
#define ISA "i386"
#endif

struct params params;
char tiny_path[4096], self_path[4096], busybox_path[4096];
char* ballast;

static struct question* questions;
static jmp_buf failed;
static char failure[256];
static int out_fd = 1;

void ask(struct question* q) {
  struct question** at = &questions;
  while (*at != NULL && strcmp((*at)->name, q->name) < 0) at = &(*at)->next;
  q->next = *at;
  *at = q;
}

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

void trouble(const char* what) {
  snprintf(failure, sizeof failure, "%s: %s", what, strerror(errno));
  longjmp(failed, 1);
}

char* map_anonymous(size_t bytes) {
  char* p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) trouble("mmap");
  return p;
}

// ---- what stays from one request to the next of the same kind ----------------------------------------

static struct question* prepared;
static struct params prepared_params;
static long calibrated;

static void put_away(void) {
  if (prepared != NULL && prepared->teardown != NULL) prepared->teardown();
  prepared = NULL;
  calibrated = 0;
}

static void set_ballast(long mib, int huge) {
  static long have_mib;
  static int have_huge;
  if (mib == have_mib && huge == have_huge) return;
  if (ballast != NULL) munmap(ballast, (size_t)have_mib << 20);
  ballast = NULL;
  have_mib = 0;
  if (mib == 0) return;
  size_t bytes = (size_t)mib << 20;
  ballast = map_anonymous(bytes);
  have_mib = mib;
  have_huge = huge;
  if (huge) madvise(ballast, bytes, MADV_HUGEPAGE);
  for (size_t i = 0; i < bytes; i += PAGE) ballast[i] = 1;
}

static void prepare(struct question* q) {
  if (prepared == q && memcmp(&prepared_params, &params, sizeof params) == 0) return;
  put_away();
  set_ballast(q->takes_memory ? params.mem : 0, params.huge);
  if (q->setup != NULL) q->setup();
  prepared = q;
  prepared_params = params;
}

// ---- a request -----------------------------------------------------------------------------------------

static void print_result(const struct question* q, long n, const double* ns, int batches) {
  char line[8192];
  int at = snprintf(line, sizeof line,
                    "{\"case\":\"%s\",\"isa\":\"" ISA "\",\"mem_mib\":%ld,\"huge\":%s,\"tasks\":%ld,"
                    "\"n\":%ld,\"ns\":[",
                    q->name, q->takes_memory ? params.mem : 0, params.huge ? "true" : "false",
                    params.tasks, n);
  for (int i = 0; i < batches; ++i)
    at += snprintf(line + at, sizeof line - at, "%s%.1f", i == 0 ? "" : ",", ns[i]);
  at += snprintf(line + at, sizeof line - at, "]}\n");
  if (write(out_fd, line, at) < 0) _exit(1);
}

static int compare(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static double better(double a, double b) { return a < b ? a : b; }

static void measure(struct question* q, double ms, int batches, int talk) {
  double ns[256];
  if (batches > 256) batches = 256;
  prepare(q);
  long floor = q->min_n == 0 ? 1 : q->min_n;
  if (calibrated == 0) {
    long n = floor;
    double t;
    // The better of two: one that was disturbed must not make the batches short for good.
    while ((t = better(q->run(n), q->run(n))) < ms * 1e6 && n < (1L << 30)) {
      double want = t > 0 ? n * (ms * 1e6 / t) * 1.1 : n * 10.0;
      n = want > n * 10.0 ? n * 10 : want < n + 1.0 ? n + 1 : (long)want;
    }
    calibrated = n;
  }
  for (int i = 0; i < batches; ++i) ns[i] = q->run(calibrated) / calibrated;
  print_result(q, calibrated, ns, batches);
  if (talk) {
    qsort(ns, batches, sizeof *ns, compare);
    fprintf(stderr, "%-22s %12.0f ns  (%.0f to %.0f, %d batches of %ld)\n", q->name, ns[batches / 2],
            ns[batches / 10], ns[batches - 1 - batches / 10], batches, calibrated);
  }
}

static int request(char* line, int talk) {
  char* save;
  char* name = strtok_r(line, " \t\r\n", &save);
  if (name == NULL) return 0;
  double ms = 2;
  int batches = 11;
  memset(&params, 0, sizeof params);
  strcpy(params.dir, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
  params.tasks = 1000;
  for (char* w; (w = strtok_r(NULL, " \t\r\n", &save)) != NULL;) {
    if (strncmp(w, "mem=", 4) == 0) params.mem = atol(w + 4);
    else if (strncmp(w, "huge=", 5) == 0) params.huge = atoi(w + 5);
    else if (strncmp(w, "tasks=", 6) == 0) params.tasks = atol(w + 6);
    else if (strncmp(w, "ms=", 3) == 0) ms = atof(w + 3);
    else if (strncmp(w, "batches=", 8) == 0) batches = atoi(w + 8);
    else if (strncmp(w, "dir=", 4) == 0) snprintf(params.dir, sizeof params.dir, "%s", w + 4);
    else printf("{\"error\":\"unknown word\"}\n");
  }
  struct question* q = questions;
  while (q != NULL && strcmp(q->name, name) != 0) q = q->next;
  if (q == NULL) snprintf(failure, sizeof failure, "there is no case %.40s", name);
  else if (setjmp(failed) == 0) {
    measure(q, ms, batches < 1 ? 1 : batches, talk);
    return 0;
  }
  char text[512];
  int n = snprintf(text, sizeof text, "{\"case\":\"%.40s\",\"isa\":\"" ISA "\",\"error\":\"%s\"}\n", name, failure);
  if (write(out_fd, text, n) < 0) _exit(1);
  put_away();
  return 1;
}

static int serve(void) {
  struct termios t;
  if (tcgetattr(0, &t) == 0) {  // a console: no echo, no newline translation
    cfmakeraw(&t);
    tcsetattr(0, TCSANOW, &t);
  }
  const char* hello = "{\"ready\":true,\"isa\":\"" ISA "\"}\n";
  if (write(out_fd, hello, strlen(hello)) < 0) return 1;
  char line[1024];
  size_t n = 0;
  for (char c; read(0, &c, 1) == 1;) {
    if (c != '\n' && c != '\r') {
      if (n + 1 < sizeof line) line[n++] = c;
      continue;
    }
    line[n] = 0;
    n = 0;
    if (strcmp(line, "quit") == 0) break;
    request(line, 0);
  }
  put_away();
  return 0;
}

// The first process of a machine of its own. The root may be read-only or shared with the host.
static void become_init(void) {
  mount("proc", "/proc", "proc", 0, NULL);
  mkdir("/dev/shm", 0777);
  mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
}

static int usage(void) {
  fputs("usage: bench CASE [mem=MIB] [huge=1] [tasks=N] [dir=PATH] [ms=T] [batches=N]\n"
        "       bench serve     requests on stdin, one a line\n"
        "       bench list\n",
        stderr);
  return 2;
}

int main(int argc, char** argv) {
  if (argc >= 2 && strcmp(argv[1], "nop") == 0) return 0;
  int init = argc >= 2 && strcmp(argv[1], "init") == 0;
  if (init) argv[1] = argv[0], ++argv, --argc;
  if (argc < 2) return usage();
  if (init) become_init();
  ssize_t n = readlink("/proc/self/exe", self_path, sizeof self_path - 16);
  if (n <= 0) snprintf(self_path, sizeof self_path - 16, "%s", argv[0]);
  // The names are bench.ISA and tiny.ISA.
  char* slash = strrchr(self_path, '/');
  size_t dir = slash == NULL ? 0 : slash + 1 - self_path;
  memcpy(tiny_path, self_path, dir);
  strcpy(tiny_path + dir, "tiny." ISA);
  const char* boxes[] = {"/bin/busybox", "/usr/bin/busybox"};
  for (int i = 1; i >= 0; --i)
    if (access(boxes[i], X_OK) == 0) strcpy(busybox_path, boxes[i]);

  int status = 0;
  if (strcmp(argv[1], "list") == 0) {
    for (struct question* q = questions; q != NULL; q = q->next)
      printf("%-22s %s%s\n", q->name, q->what, q->takes_memory ? " [mem]" : "");
  } else if (strcmp(argv[1], "serve") == 0) {
    status = serve();
  } else {
    char line[1024] = "";
    for (int i = 1; i < argc; ++i) {
      strncat(line, argv[i], sizeof line - strlen(line) - 2);
      strcat(line, " ");
    }
    status = request(line, isatty(2));
    put_away();
  }
  if (init) tcdrain(1), reboot(RB_POWER_OFF);
  return status;
}
