// Who wakes up after a sleep is not made to wait for the slice of one who computes or calls without end; and
// a long chain of vforks ends in time that grows with its length, not with its square.
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "t.h"
// A waker that never sleeps, and a sleeper who wants 200 rounds while the waker calls 200,000 times. With turns
// of 60 ms each it would have a dozen. Calls are counted and not time: a busy machine is no excuse.
static void sleeper_beside_a_waker(void) {
  volatile int* word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  if (child == 0) {
    struct timespec short_time = {0, 5000};
    for (int i = 0; i < 200; ++i) syscall(SYS_futex, word, FUTEX_WAIT, 0, &short_time, NULL, 0);
    _exit(0);
  }
  int ended = 0;
  for (int i = 0; i < 100000 && !ended; ++i) {
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
    ended = waitpid(child, NULL, WNOHANG) == child;
  }
  printf("the sleeper had its turns: %d\n", ended);
  if (!ended) kill(child, SIGKILL), waitpid(child, NULL, 0);
}
// Two who pass a byte to and fro get on beside one who only computes.
static void pair_beside_a_hog(void) {
  int to[2], fro[2];
  pipe(to), pipe(fro);
  volatile int* done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t hog = fork();
  if (hog == 0) {
    for (int turn = 0; turn < 5000 && !*done; ++turn)
      for (volatile int i = 0; i < 100000; ++i) {}
    _exit(*done);
  }
  pid_t echo = fork();
  char c = 'x';
  if (echo == 0) {
    close(to[1]);
    while (read(to[0], &c, 1) == 1) write(fro[1], &c, 1);
    _exit(0);
  }
  for (int i = 0; i < 100; ++i) write(to[1], &c, 1), read(fro[0], &c, 1);
  *done = 1;
  close(to[1]);
  int status;
  waitpid(hog, &status, 0);
  printf("the pair was done first: %d\n", WEXITSTATUS(status));
  waitpid(echo, NULL, 0);
}
static int deepest;
static void chain(int depth) {
  pid_t child = vfork();
  if (child == 0) {
    deepest = depth;
    if (depth < 1000) chain(depth + 1);
    _exit(0);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) _exit(1);
}
int main(void) {
  sleeper_beside_a_waker();
  pair_beside_a_hog();
  int status;
  pid_t child = fork();
  if (child == 0) {
    chain(1);
    _exit(deepest == 1000);
  }
  waitpid(child, &status, 0);
  printf("a chain of 1000: %d\n", WEXITSTATUS(status));
  return 0;
}
