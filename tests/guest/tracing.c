// ptrace as debuggers use it: attaching to running and stopped processes, stops, signals, memory, registers.
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include "t.h"
static volatile long word = 7;
static void stopped(pid_t pid, const char* who) {
  int status;
  T(waitpid(pid, &status, __WALL) == pid);
  t_status(who, status);
  if (WIFSTOPPED(status)) printf("event %d\n", status >> 16);
}
static void attach_stopped(void) {
  pid_t pid = fork();
  if (pid == 0) {
    raise(SIGSTOP);
    _exit(3);
  }
  int status;
  waitpid(pid, &status, WUNTRACED);
  t_status("by itself", status);
  // No wait in between: attaching itself makes it the tracer's to ask.
  R(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
  errno = 0;
  T(ptrace(PTRACE_PEEKDATA, pid, (void*)&word, NULL) == 7);
  R(ptrace(PTRACE_POKEDATA, pid, (void*)&word, (void*)8L));
  // No word begins before the registers, or behind struct user.
  R(ptrace(PTRACE_PEEKUSER, pid, (void*)-sizeof(long), NULL));
  R(ptrace(PTRACE_POKEUSER, pid, (void*)-sizeof(long), NULL));
  R(ptrace(PTRACE_PEEKUSER, pid, (void*)(sizeof(struct user) + 64), NULL));
  R(ptrace(PTRACE_PEEKUSER, pid, (void*)1, NULL));
  R(ptrace(PTRACE_DETACH, pid, NULL, NULL));
  R(ptrace(PTRACE_PEEKDATA, pid, (void*)&word, NULL));
  kill(pid, SIGCONT);
  stopped(pid, "stopped, attached, let go");
}
static void attach_running(void) {
  int p[2];
  pipe(p);
  pid_t pid = fork();
  if (pid == 0) {
    char c;
    read(p[0], &c, 1);
    _exit(c);
  }
  R(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
  stopped(pid, "attached");
  R(ptrace(PTRACE_ATTACH, pid, NULL, NULL));
  R(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void*)PTRACE_O_TRACEEXIT));
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  write(p[1], "\005", 1);
  stopped(pid, "exiting");
  unsigned long message = 0;
  R(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &message));
  printf("code %lu\n", message >> 8);
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  stopped(pid, "gone");
}
static void traced_vfork(void) {
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    pid_t v = vfork();
    if (v == 0) _exit(4);
    int status;
    waitpid(v, &status, 0);
    _exit(WEXITSTATUS(status) + 1);
  }
  stopped(pid, "tracee");
  R(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void*)(PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE)));
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  stopped(pid, "vfork");
  unsigned long child = 0;
  R(ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child));
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  stopped((pid_t)child, "its child");
  R(ptrace(PTRACE_CONT, child, NULL, NULL));
  stopped((pid_t)child, "its child");
  stopped(pid, "vfork done");
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  stopped(pid, "told of the child's end");
  R(ptrace(PTRACE_CONT, pid, NULL, (void*)SIGCHLD));
  stopped(pid, "tracee");
}
static void signals(void) {
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGUSR1);
    raise(SIGTERM);
    _exit(6);
  }
  stopped(pid, "SIGUSR1");
  siginfo_t si;
  R(ptrace(PTRACE_GETSIGINFO, pid, NULL, &si));
  printf("signal %d code %d\n", si.si_signo, si.si_code);
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
  stopped(pid, "SIGTERM");
  R(ptrace(PTRACE_CONT, pid, NULL, (void*)SIGKILL));
  stopped(pid, "another signal");
  R(ptrace(PTRACE_CONT, pid, NULL, NULL));
}
// Asks a parent who traces nobody (tests/cli/test_exit.py).
static int lonely(void) {
  R(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  signal(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);
  execl("/bin/busybox", "sh", "-c", "echo went on; exit 3", NULL);
  return 1;
}
int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "lonely") == 0) return lonely();
  attach_stopped();
  attach_running();
  traced_vfork();
  signals();
  return 0;
}
