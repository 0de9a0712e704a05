// clone: what each flag shares; CLONE_PARENT_SETTID and friends; wrong flags; clone3.
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "t.h"
#ifndef CLONE_VM
#include <sched.h>
#endif
int clone(int (*fn)(void*), void* stack, int flags, void* arg, ...);
static volatile int value;
static int fd_of_child;
static int child_main(void* arg) {
  value = 1;
  fd_of_child = open("/dev/null", O_RDONLY);
  chdir("/dev");
  umask(0);
  return 3;
}
static char stack[65536] __attribute__((aligned(16)));
static void try(const char* title, int flags) {
  value = 0;
  fd_of_child = -1;
  chdir("/");
  umask(022);
  pid_t child = clone(child_main, stack + sizeof stack, flags | SIGCHLD, NULL);
  if (child < 0) {
    printf("%s: %s\n", title, t_errno());
    return;
  }
  int status;
  waitpid(child, &status, 0);
  char cwd[64];
  getcwd(cwd, sizeof cwd);
  int fd = fd_of_child;
  int shared_fd = fd >= 0 && fcntl(fd, F_GETFD) >= 0;
  printf("%s: value %d fd %s cwd %s umask %o status %d\n", title, value, shared_fd ? "shared" : "own", cwd, umask(022),
         WEXITSTATUS(status));
  if (shared_fd) close(fd);
}
static int silent(void* arg) { return 0; }
static int parent_of(void* arg) { return getppid() == *(pid_t*)arg ? 1 : 2; }
static int tids_seen(void* arg) {
  int* word = arg;
  return word[0] == word[1] && word[0] == getpid() ? 0 : 1;
}
int main(void) {
  try("nothing", 0);
  try("CLONE_VM", CLONE_VM);
  try("CLONE_VM|CLONE_FILES", CLONE_VM | CLONE_FILES);
  try("CLONE_FS", CLONE_FS);
  try("CLONE_VM|CLONE_VFORK", CLONE_VM | CLONE_VFORK);
  try("CLONE_VFORK", CLONE_VFORK);
  try("CLONE_SIGHAND alone", CLONE_SIGHAND);
  try("CLONE_THREAD without SIGHAND", CLONE_THREAD | CLONE_VM);
  int status;
  // No exit signal: only __WCLONE or __WALL finds the child.
  pid_t child = clone(silent, stack + sizeof stack, 0, NULL);
  R(waitpid(child, &status, 0));
  T(waitpid(child, &status, __WALL) == child);
  child = clone(silent, stack + sizeof stack, SIGUSR1, NULL);
  signal(SIGUSR1, SIG_IGN);
  T(waitpid(child, &status, __WCLONE) == child);
  // A sibling instead of a child.
  pid_t grandparent = getpid();
  pid_t middle = fork();
  if (middle == 0) {
    pid_t sibling = clone(parent_of, stack + sizeof stack, CLONE_PARENT | SIGCHLD, &grandparent);
    _exit(sibling > 0 && waitpid(sibling, &status, 0) < 0 && errno == ECHILD ? 0 : 9);
  }
  int sum = 0;
  for (int i = 0; i < 2; ++i)
    if (wait(&status) > 0) sum += WEXITSTATUS(status);
  printf("sibling %d\n", sum);
  int* tids = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  child = clone(tids_seen, stack + sizeof stack, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD,
                tids, tids, NULL, tids + 1);
  T(tids[0] == child);
  waitpid(child, &status, 0);
  t_status("tids", status);
  struct clone_args ca = {.exit_signal = SIGCHLD};
  child = (pid_t)syscall(SYS_clone3, &ca, sizeof ca);
  if (child == 0) _exit(44);
  waitpid(child, &status, 0);
  t_status("clone3", status);
  R(syscall(SYS_clone3, &ca, 8));
  ca.exit_signal = 1000;
  R(syscall(SYS_clone3, &ca, sizeof ca));
  ca.exit_signal = SIGCHLD;
  ca.flags = CLONE_CLEAR_SIGHAND;
  signal(SIGUSR2, (void (*)(int))exit);
  child = (pid_t)syscall(SYS_clone3, &ca, sizeof ca);
  if (child == 0) {
    struct sigaction sa;
    sigaction(SIGUSR2, NULL, &sa);
    _exit(sa.sa_handler == SIG_DFL ? 0 : 1);
  }
  waitpid(child, &status, 0);
  t_status("CLONE_CLEAR_SIGHAND", status);
  return 0;
}
