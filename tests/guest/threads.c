// Threads: mutexes, conditions, thread-local storage, exit values, signals to one thread, exit of all.
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include "t.h"
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int counter, turn;
static __thread int mine = 5;
static sem_t sem;
static void* count(void* arg) {
  for (int i = 0; i < 10000; ++i) {
    pthread_mutex_lock(&mutex);
    ++counter;
    pthread_mutex_unlock(&mutex);
  }
  mine += (int)(intptr_t)arg;
  return (void*)(intptr_t)mine;
}
static void* in_turn(void* arg) {
  int me = (int)(intptr_t)arg;
  for (int round = 0; round < 3; ++round) {
    pthread_mutex_lock(&mutex);
    while (turn != me) pthread_cond_wait(&cond, &mutex);
    printf("turn %d\n", me);
    turn = (turn + 1) % 3;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}
static pthread_t signalled;
static void on_usr1(int sig) { printf("handler in the right thread: %d\n", pthread_equal(pthread_self(), signalled)); }
static void* wait_for_signal(void* arg) {
  sigset_t none;
  sigemptyset(&none);
  sem_post(&sem);
  sigsuspend(&none);
  return NULL;
}
static void* forever(void* arg) {
  sem_post(&sem);
  for (;;) pause();
  return NULL;
}
static void* forks(void* arg) {
  pid_t child = fork();
  if (child == 0) _exit(21);
  int status;
  waitpid(child, &status, 0);
  return (void*)(intptr_t)WEXITSTATUS(status);
}
int main(void) {
  pthread_t t[4];
  void* value;
  for (int i = 0; i < 4; ++i) pthread_create(&t[i], NULL, count, (void*)(intptr_t)i);
  for (int i = 0; i < 4; ++i) {
    pthread_join(t[i], &value);
    printf("thread %d: %d\n", i, (int)(intptr_t)value);
  }
  printf("counter %d, mine %d\n", counter, mine);
  for (int i = 0; i < 3; ++i) pthread_create(&t[i], NULL, in_turn, (void*)(intptr_t)i);
  for (int i = 0; i < 3; ++i) pthread_join(t[i], NULL);
  sem_init(&sem, 0, 0);
  signal(SIGUSR1, on_usr1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_create(&signalled, NULL, wait_for_signal, NULL);
  sem_wait(&sem);
  pthread_kill(signalled, SIGUSR1);
  pthread_join(signalled, NULL);
  pthread_create(&t[0], NULL, forks, NULL);
  pthread_join(t[0], &value);
  printf("forked in a thread: %d\n", (int)(intptr_t)value);
  T(getpid() == syscall(SYS_gettid));
  struct timespec past = {1, 0};
  pthread_mutex_lock(&mutex);
  R(pthread_cond_timedwait(&cond, &mutex, &past) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  pthread_create(&t[0], NULL, forever, NULL);
  sem_wait(&sem);
  pthread_cancel(t[0]);
  pthread_join(t[0], &value);
  T(value == PTHREAD_CANCELED);
  // exec from a thread makes it the only one; exit_group ends all.
  pid_t child = fork();
  if (child == 0) {
    pthread_create(&t[0], NULL, forever, NULL);
    sem_wait(&sem);
    execl("/bin/busybox", "busybox", "sh", "-c", "exit 13", NULL);
    _exit(1);
  }
  int status;
  waitpid(child, &status, 0);
  t_status("exec with threads", status);
  child = fork();
  if (child == 0) {
    pthread_create(&t[0], NULL, forever, NULL);
    sem_wait(&sem);
    exit(14);
  }
  waitpid(child, &status, 0);
  t_status("exit with threads", status);
  child = fork();
  if (child == 0) {
    pthread_create(&t[0], NULL, forever, NULL);
    sem_wait(&sem);
    raise(SIGKILL);
  }
  waitpid(child, &status, 0);
  t_status("kill with threads", status);
  pthread_create(&t[0], NULL, forever, NULL);
  sem_wait(&sem);
  puts("the end");
  return 15;
}
