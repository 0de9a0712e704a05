// futex by hand: wake counts, wrong values, time-outs, requeue, bitsets, shared memory, robust lists.
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include "t.h"
static atomic_int word, other, running;
static long futex(void* a, int op, int v, const void* t, void* b, int v3) {
  long tv[2] = {0, 0};
  if (t != NULL) memcpy(tv, t, sizeof tv);
  return syscall(SYS_futex, a, op, v, t, b, v3);
}
static void* sleeper(void* arg) {
  atomic_fetch_add(&running, 1);
  futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  atomic_fetch_sub(&running, 1);
  return NULL;
}
// Until all n threads of this process but one sleep: says /proc.
static void until_asleep(int n) {
  for (;;) {
    int asleep = 0;
    char path[64], line[512];
    for (int tid = getpid() + 1, seen = 0; seen < n && tid < getpid() + 5000; ++tid) {
      snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
      int fd = open(path, O_RDONLY);
      if (fd < 0) continue;
      ++seen;
      ssize_t k = read(fd, line, sizeof line - 1);
      close(fd);
      line[k > 0 ? k : 0] = 0;
      char* paren = strrchr(line, ')');
      if (paren != NULL && paren[2] == 'S') ++asleep;
    }
    if (asleep == n) return;
    sched_yield();
  }
}
int main(void) {
  R(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
  R(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
  struct { long sec, nsec; } soon = {0, 1000000};
  R(futex(&word, FUTEX_WAIT, 0, &soon, NULL, 0));
  R(futex((char*)&word + 1, FUTEX_WAKE, 1, NULL, NULL, 0));
  R(futex((void*)8, FUTEX_WAIT, 0, NULL, NULL, 0));
  R(futex(&word, 77, 0, NULL, NULL, 0));
  R(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
  pthread_t t[5];
  for (int i = 0; i < 5; ++i) pthread_create(&t[i], NULL, sleeper, NULL);
  while (running < 5) sched_yield();
  until_asleep(5);
  R(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0));
  while (running > 3) sched_yield();
  R(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 100L, &other, 5));
  R(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PRIVATE, 1, 100L, &other, 0));
  while (running > 2) sched_yield();
  R(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0));
  R(futex(&other, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0));
  for (int i = 0; i < 5; ++i) pthread_join(t[i], NULL);
  // Between processes, in shared memory.
  atomic_int* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    while (*shared == 0) futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0);
    _exit(*shared);
  }
  *shared = 17;
  futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0);
  int status;
  waitpid(child, &status, 0);
  t_status("waiter", status);
  // A robust mutex whose owner died.
  pthread_mutex_t* m = (pthread_mutex_t*)(shared + 64);
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(m, &attr);
  child = fork();
  if (child == 0) {
    pthread_mutex_lock(m);
    _exit(0);
  }
  waitpid(child, &status, 0);
  R(pthread_mutex_lock(m) == EOWNERDEAD);
  R(pthread_mutex_consistent(m));
  R(pthread_mutex_unlock(m));
  // A shared word is known by its page; a private one need not be there.
  void* none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  R(futex(none, FUTEX_WAKE, 1, NULL, NULL, 0));
  R(futex(none, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
  R(futex(&word, FUTEX_REQUEUE, 1, NULL, none, 0));
  return 0;
}
