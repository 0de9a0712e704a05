// Everything that a C library builds on futexes: mutexes of all kinds, condition variables, barriers,
// time-outs, cancellation; locks whose owner died; a lock between processes.
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#include "t.h"

enum { kThreads = 4 };
static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, inherit, robust;
static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t done;
static int count, turn;

static void* take_turns(void* self) {
  for (int i = 0; i < 5000; ++i) {
    pthread_mutex_lock(&plain);
    ++count;
    pthread_mutex_unlock(&plain);
  }
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 100; ++i) {
    pthread_mutex_lock(&plain);
    while (turn != (int)(long)self) pthread_cond_wait(&turn_changed, &plain);
    turn = (turn + 1) % kThreads;
    pthread_cond_broadcast(&turn_changed);
    pthread_mutex_unlock(&plain);
  }
  sem_post(&done);
  return self;
}
static void* count_down(void* unused) {
  for (int i = 0; i < 1000; ++i) {
    pthread_mutex_lock(&inherit);
    --count;
    pthread_mutex_unlock(&inherit);
  }
  return unused;
}
static void* die_holding(void* lock) {
  pthread_mutex_lock(lock);
  return NULL;
}
static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}
static void run(void* (*body)(void*)) {
  pthread_t threads[kThreads];
  for (long i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, body, (void*)i);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
}
static void owner_died(const char* what, int protocol) {
  pthread_mutexattr_t attr;
  pthread_t thread;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setprotocol(&attr, protocol);
  pthread_mutex_init(&robust, &attr);
  pthread_create(&thread, NULL, die_holding, &robust);
  pthread_join(thread, NULL);
  errno = pthread_mutex_lock(&robust);
  printf("%s: %s\n", what, t_errno());
  pthread_mutex_consistent(&robust);
  printf("unlock %d\n", pthread_mutex_unlock(&robust));
}
static void between_processes(void) {
  pthread_mutex_t* lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  volatile int* shared = (int*)(lock + 1);
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &attr);
  pid_t child = fork();
  for (int i = 0; i < 2000; ++i) {
    if (pthread_mutex_lock(lock) == EOWNERDEAD) {
      ++shared[1];
      pthread_mutex_consistent(lock);
    }
    ++*shared;
    pthread_mutex_unlock(lock);
  }
  if (child == 0) {
    pthread_mutex_lock(lock);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  if (pthread_mutex_lock(lock) == EOWNERDEAD) ++shared[1];
  printf("two processes counted %d, found the dead owner %d time\n", *shared, shared[1]);
}
static void group_signals(void) {
  pthread_t threads[kThreads];
  int status;
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, wait_for_ever, NULL);
    raise(SIGSTOP);
    wait_for_ever(NULL);
  }
  waitpid(child, &status, WUNTRACED);
  t_status("a process of five threads", status);
  kill(child, SIGCONT);
  waitpid(child, &status, WCONTINUED);
  t_status("it", status);
  kill(child, SIGTERM);
  waitpid(child, &status, 0);
  t_status("it", status);
}

int main(void) {
  pthread_mutexattr_t attr;
  pthread_t thread;
  void* result;
  struct timespec when;

  pthread_barrier_init(&barrier, NULL, kThreads);
  sem_init(&done, 0, 0);
  run(take_turns);
  printf("counted %d, turn %d\n", count, turn);
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&inherit, &attr);
  run(count_down);
  printf("counted down to %d\n", count);
  owner_died("robust", PTHREAD_PRIO_NONE);
  owner_died("robust, priority inheriting", PTHREAD_PRIO_INHERIT);

  while (sem_trywait(&done) == 0) continue;
  clock_gettime(CLOCK_REALTIME, &when);
  when.tv_nsec += 10000000;
  if (when.tv_nsec >= 1000000000) ++when.tv_sec, when.tv_nsec -= 1000000000;
  R(sem_timedwait(&done, &when));
  pthread_mutex_lock(&plain);
  errno = pthread_cond_timedwait(&turn_changed, &plain, &when);
  printf("a wait that nobody ends: %s\n", t_errno());
  pthread_mutex_unlock(&plain);
  pthread_create(&thread, NULL, wait_for_ever, NULL);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  T(result == PTHREAD_CANCELED);
  between_processes();
  group_signals();
  return 0;
}
