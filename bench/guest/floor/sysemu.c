// The floor of system calls by ptrace: runs a program whose every call stops once under PTRACE_SYSEMU,
// as slot190's stubs do, and answers getpid with the least that answering takes (GET_SYSCALL_INFO and
// one POKEUSER). Every other call is executed by the host. A launcher for `slot190 bench --peer`, which
// tells what of our getpid is the host's.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif

static int stopped(pid_t child) {
  int status;
  if (waitpid(child, &status, __WALL) < 0) return -1;
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) _exit(128 + WTERMSIG(status));
  return WSTOPSIG(status);
}

// Once more, and this time the host does it.
static void execute(pid_t child) {
  struct user_regs_struct regs;
  ptrace(PTRACE_GETREGS, child, 0, &regs);
  regs.rip -= 2;
  regs.rax = regs.orig_rax;
  regs.orig_rax = -1;
  ptrace(PTRACE_SETREGS, child, 0, &regs);
  ptrace(PTRACE_SYSCALL, child, 0, 0);  // from the skipped call's exit
  for (int stops = 0; stops < 3; ++stops) {
    if (stopped(child) < 0) return;
    struct __ptrace_syscall_info info;
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (stops > 0 && info.op == PTRACE_SYSCALL_INFO_EXIT) return;
    ptrace(PTRACE_SYSCALL, child, 0, 0);
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return fputs("usage: sysemu-floor PROGRAM ARGS...\n", stderr), 125;
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execv(argv[1], argv + 1);
    _exit(127);
  }
  stopped(child);
  ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC);
  ptrace(PTRACE_CONT, child, 0, 0);
  stopped(child);  // at its exec
  int sig = 0;
  for (;;) {
    ptrace(PTRACE_SYSEMU, child, 0, sig);
    int stop = stopped(child);
    if (stop < 0) return 125;
    sig = 0;
    if (stop != (SIGTRAP | 0x80)) {
      sig = stop == SIGTRAP ? 0 : stop;
      continue;
    }
    struct __ptrace_syscall_info info;
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (info.entry.nr == SYS_getpid) {
      ptrace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, rax), child);
    } else {
      execute(child);
    }
  }
}
