// Resource limits that bite: descriptors, file size, stack, address space, CPU; getrusage; priorities.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include "t.h"
static void in_child(const char* title, void (*fn)(void)) {
  pid_t child = fork();
  if (child == 0) {
    fn();
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  t_status(title, status);
}
static void set(int what, rlim_t cur, rlim_t max) {
  struct rlimit r = {cur, max};
  if (setrlimit(what, &r) != 0) printf("setrlimit: %s\n", t_errno());
}
static void descriptors(void) {
  set(RLIMIT_NOFILE, 5, 10);
  int n = 0;
  while (open("/dev/null", O_RDONLY) >= 0) ++n;
  printf("%s, at least one: %d\n", t_errno(), n >= 1);
  R(dup2(0, 4) >= 0);
  R(dup2(0, 5));
}
static void file_size(void) {
  signal(SIGXFSZ, SIG_IGN);
  set(RLIMIT_FSIZE, 100, 200);
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  char b[150] = "";
  R(write(fd, b, 150));
  R(write(fd, b, 1));
  R(ftruncate(fd, 101));
}
static void file_size_signal(void) {
  set(RLIMIT_FSIZE, 10, 10);
  int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
  write(fd, "0123456789", 10);
  write(fd, "x", 1);
}
static int recurse(int n) {
  volatile char b[4096];
  b[0] = (char)n;
  return n == 0 ? 0 : recurse(n - 1) + b[0];
}
static void stack(void) {
  set(RLIMIT_STACK, 1 << 20, 1 << 20);
  recurse(100000);
}
static void address_space(void) {
  set(RLIMIT_AS, 64 << 20, 64 << 20);
  R((long)mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  T(malloc(128 << 20) == NULL);
}
static void cpu(void) {
  set(RLIMIT_CPU, 1, 2);
  for (;;) {
  }
}
static void raising(void) {
  set(RLIMIT_CORE, 10, 20);
  struct rlimit r;
  getrlimit(RLIMIT_CORE, &r);
  printf("%d %d\n", (int)r.rlim_cur, (int)r.rlim_max);
  r.rlim_cur = 30;
  R(setrlimit(RLIMIT_CORE, &r));
  R(getrlimit(99, &r));
  R(prlimit(0, RLIMIT_CORE, NULL, &r));
  R(prlimit(99999, RLIMIT_CORE, NULL, &r));
}
static void one_more_signal(void) {
  sigset_t rt;
  sigemptyset(&rt);
  sigaddset(&rt, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &rt, NULL);
  set(RLIMIT_SIGPENDING, 0, 0);
  R(syscall(SYS_tkill, getpid(), SIGRTMIN));
  R(kill(getpid(), SIGRTMIN));
}
// Two at once: on a second CPU nobody watches them trap by trap.
static void two_on_cpus(void) {
  for (int i = 0; i < 2; ++i)
    if (fork() == 0) {
      set(RLIMIT_CPU, 1, 5);
      for (;;) {
      }
    }
  int status;
  wait(&status);
  t_status("one", status);
  wait(&status);
  t_status("other", status);
}
int main(void) {
  in_child("descriptors", descriptors);
  in_child("file size", file_size);
  in_child("file size, signal", file_size_signal);
  in_child("stack", stack);
  in_child("address space", address_space);
  in_child("raising", raising);
  in_child("cpu", cpu);
  in_child("two on CPUs", two_on_cpus);
  in_child("signals", one_more_signal);
  struct rusage ru;
  R(getrusage(RUSAGE_SELF, &ru));
  R(getrusage(RUSAGE_CHILDREN, &ru));
  T(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec >= 0 && ru.ru_utime.tv_usec + ru.ru_stime.tv_usec > 0);
  R(getrusage(77, &ru));
  // Relative: the host may run the test at a nice value of its own.
  const int base = getpriority(PRIO_PROCESS, 0);
  T(nice(5) == base + 5);
  T(getpriority(PRIO_PROCESS, 0) == base + 5);
  R(getpriority(77, 0));
  return 0;
}
