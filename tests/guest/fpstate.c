// Floating-point state belongs to a task: kept across system calls, signals, fork, vfork and threads.
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include "t.h"
// Keeps a value in a floating-point register.
#ifdef __x86_64__
#define KEEP "+x"
#else
#define KEEP "+t"
#endif
static int mode_round(void) { return fegetround() == FE_UPWARD ? 1 : fegetround() == FE_DOWNWARD ? 2 : 0; }
static volatile double sink;
static void on_usr1(int sig) {
  fesetround(FE_DOWNWARD);  // undone by sigreturn
  sink = 3.0 / 7.0;
}
// A third between system calls: what it is, and what MXCSR has collected, here and in a child.
__attribute__((target("sse2,fpmath=sse"))) static void third(unsigned mode, int with_signal) {
  unsigned mxcsr = 0x1f80 | mode, before;
  double x = 0;
  int n = 7, status;
  __asm__ volatile("stmxcsr %0\n\tldmxcsr %1" : "=m"(before) : "m"(mxcsr));
  for (int i = 0; i < 4; ++i) {
    getppid();
    __asm__ volatile("cvtsi2sdl %1, %0\n\tdivsd %2, %0" : "+x"(x) : "r"(n), "x"(3.0));
    if (with_signal) raise(SIGUSR1);
    __asm__ volatile("cvttsd2si %1, %0" : "=r"(n) : "x"(x + i));
  }
  pid_t child = fork();
  __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
  if (child == 0) _exit(mxcsr & 0x3f);
  __asm__ volatile("ldmxcsr %0" : : "m"(before));
  waitpid(child, &status, 0);
  printf("a third: %a, %d; mxcsr %#x, a child's %#x\n", x, n, mxcsr, WEXITSTATUS(status));
}
static void* worker(void* arg) {
  int up = (int)(intptr_t)arg & 1, wrong = 0;
  fesetround(up ? FE_UPWARD : FE_DOWNWARD);
  double x = 1.0 + (double)(intptr_t)arg;
  for (int i = 0; i < 2000; ++i) {
    register double y = x;
    __asm__ volatile("" : KEEP(y));
    if (i % 100 == 0) sched_yield();
    __asm__ volatile("" : KEEP(y));
    if (y != x || mode_round() != (up ? 1 : 2)) ++wrong;
  }
  return (void*)(intptr_t)wrong;
}
int main(void) {
  fesetround(FE_UPWARD);
  double x = 1.5;
  __asm__ volatile("" : KEEP(x));
  getppid();
  __asm__ volatile("" : KEEP(x));
  printf("after a call: %g round %d\n", x, mode_round());
  signal(SIGUSR1, on_usr1);
  double y = 2.25;
  __asm__ volatile("" : KEEP(y));
  raise(SIGUSR1);
  __asm__ volatile("" : KEEP(y));
  printf("after a signal: %g round %d\n", y, mode_round());
  if (__builtin_cpu_supports("sse2")) {  // denormals are zero, flush to zero: kept across a signal
    unsigned before, after, fast;
    __asm__ volatile("stmxcsr %0" : "=m"(before));
    fast = before | 0x8040;
    __asm__ volatile("ldmxcsr %0" : : "m"(fast));
    raise(SIGUSR1);
    __asm__ volatile("stmxcsr %0" : "=m"(after));
    __asm__ volatile("ldmxcsr %0" : : "m"(before));
    printf("denormals after a signal: %#x\n", after & 0x8040);
    for (int mode = 0; mode < 4; ++mode) third((unsigned)mode << 13, mode & 1);
  }
  int status;
  pid_t child = fork();
  if (child == 0) {
    int inherited = mode_round();
    fesetround(FE_TONEAREST);
    _exit(inherited);
  }
  waitpid(child, &status, 0);
  printf("child inherits round %d, parent keeps %d\n", WEXITSTATUS(status), mode_round());
  child = vfork();
  if (child == 0) {
    fesetround(FE_DOWNWARD);
    _exit(0);
  }
  waitpid(child, &status, 0);
  printf("after vfork: round %d\n", mode_round());
  child = vfork();
  if (child == 0) {
    fesetround(FE_DOWNWARD);
    execl("/bin/busybox", "busybox", "true", NULL);
    _exit(1);
  }
  waitpid(child, &status, 0);
  printf("after vfork and exec: round %d\n", mode_round());
  pthread_t t[4];
  for (int i = 0; i < 4; ++i) pthread_create(&t[i], NULL, worker, (void*)(intptr_t)i);
  for (int i = 0; i < 4; ++i) {
    void* wrong;
    pthread_join(t[i], &wrong);
    printf("thread %d: wrong %d\n", i, (int)(intptr_t)wrong);
  }
  printf("in the end: round %d\n", mode_round());
  return 0;
}
