// The clocks, read by the C library (a vDSO's functions where there is one) and by system calls by turns, in
// loops of cheap system calls, so that a kernel which learns where the program goes has learnt it: no clock
// runs backwards, whoever is asked.
#include "t.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

enum { kTurns = 60 };
static void quick(void) { syscall(SYS_getppid); }
static sigjmp_buf out;
static void on_fault(int sig) { siglongjmp(out, sig); }

struct stamp {
  long long seconds, fraction;
};
static int before(struct stamp a, struct stamp b) {
  return a.seconds < b.seconds || (a.seconds == b.seconds && a.fraction < b.fraction);
}
static struct stamp by_call(clockid_t id) {
  struct timespec t;
#ifdef __x86_64__
  syscall(SYS_clock_gettime, id, &t);
  return (struct stamp){t.tv_sec, t.tv_nsec};
#else
  long long words[2];
  syscall(SYS_clock_gettime64, id, words);
  t.tv_nsec = words[1];
  return (struct stamp){words[0], t.tv_nsec};
#endif
}
static struct stamp by_library(clockid_t id) {
  struct timespec t = {-1, -1};
  const int r = clock_gettime(id, &t);
  return r == 0 ? (struct stamp){t.tv_sec, t.tv_nsec} : (struct stamp){0, 0};
}

static void clock_runs(const char* name, clockid_t id) {
  struct stamp last = by_call(id);
  int wrong = 0, odd = 0;
  for (int i = 0; i < kTurns; ++i) {
    quick();
    const struct stamp now = i % 3 == 2 ? by_call(id) : by_library(id);
    wrong += before(now, last);
    odd += now.fraction < 0 || now.fraction >= 1000000000;
    last = now;
  }
  printf("%s: %d backwards, %d odd\n", name, wrong, odd);
}

static void day(void) {
  int wrong = 0, slow = 0;
  struct timeval last = {0, 0};
  time_t second = 0;
  for (int i = 0; i < kTurns; ++i) {
    struct timeval now = {-1, -1};
    time_t stored = -1;
    quick();
    if (gettimeofday(&now, NULL) != 0) ++wrong;
    quick();
    const time_t told = i % 2 == 0 ? time(&stored) : time(NULL);
    wrong += timercmp(&now, &last, <) || now.tv_usec < 0 || now.tv_usec >= 1000000;
    wrong += told < second || (i % 2 == 0 && stored != told);
    slow += told + 1 < now.tv_sec || told > now.tv_sec + 1;
    last = now;
    second = told;
  }
  printf("day: %d wrong, %d far away\n", wrong, slow);
  int nothing = 0;
  for (int i = 0; i < kTurns; ++i) {
    struct timezone zone = {77, 77};
    quick();
    nothing += gettimeofday(NULL, i % 2 == 0 ? NULL : &zone) != 0;
    nothing += i % 2 == 1 && zone.tz_dsttime == 77;
  }
  printf("no day: %d wrong\n", nothing);
}

// Answers over the end of a page, into memory that may not be written, and into none.
static void places(void) {
  char* p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(p + 8192, 4096, PROT_READ);
  volatile int wrong = 0, faults = 0;
  for (volatile int i = 0; i < kTurns; ++i) {
    struct timespec* over = (void*)(p + 4096 - 8);
    memset(over, 0xff, sizeof *over);
    quick();
    if (clock_gettime(CLOCK_MONOTONIC, over) != 0 || over->tv_nsec < 0) ++wrong;
    quick();
    const int sig = sigsetjmp(out, 1);
    if (sig == 0) {
      if (clock_gettime(CLOCK_REALTIME, i % 2 == 0 ? (void*)(p + 8192) : (void*)8) != 0 && errno == EFAULT)
        ++faults;
    } else {
      ++faults;
    }
  }
  printf("places: %d wrong, %d faults\n", wrong, faults);
}

int main(void) {
  signal(SIGSEGV, on_fault);
  clock_runs("realtime", CLOCK_REALTIME);
  clock_runs("monotonic", CLOCK_MONOTONIC);
  clock_runs("monotonic raw", CLOCK_MONOTONIC_RAW);
  clock_runs("realtime coarse", CLOCK_REALTIME_COARSE);
  clock_runs("monotonic coarse", CLOCK_MONOTONIC_COARSE);
  clock_runs("boottime", CLOCK_BOOTTIME);
  clock_runs("tai", CLOCK_TAI);
  clock_runs("process", CLOCK_PROCESS_CPUTIME_ID);
  clock_runs("thread", CLOCK_THREAD_CPUTIME_ID);
  int refused = 0;
  for (int i = 0; i < kTurns; ++i) {
    struct timespec t;
    quick();
    refused += clock_gettime(77, &t) == -1 && errno == EINVAL;
  }
  printf("no clock: %d refused\n", refused);
  day();
  places();
  return 0;
}
