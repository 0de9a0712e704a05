// The floor of system calls by ptrace: runs a program whose every call stops once under PTRACE_SYSEMU,
// as slot190's stubs do, and answers getpid with the least that answering takes (GET_SYSCALL_INFO and
// one POKEUSER), and vfork, the child's _exit and its parent's wait4 with the least that keeps both
// tasks' registers: no task is made, nothing is scheduled, one child at a time, which must not touch
// the floating-point state. Every other call is executed by the host. A launcher for `slot190 bench
// --peer`, which tells what of our getpid and of our vfork is the host's.
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/elf.h>
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

static void answer(pid_t child, long value) {
  ptrace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, rax), value);
}

// The parent that sleeps in vfork: its registers, and the floating-point state that a child may change.
static struct user_regs_struct parent;
static char parent_fp[16384];
enum { kNone, kRuns, kZombie } vforked;
enum { kVforked = 4242 };

static void vfork_called(pid_t child) {
  struct iovec fp = {parent_fp, sizeof parent_fp};
  ptrace(PTRACE_GETREGS, child, 0, &parent);
  ptrace(PTRACE_GETREGSET, child, NT_X86_XSTATE, &fp);
  answer(child, 0);
  vforked = kRuns;
}

static void exit_called(pid_t child) {
  parent.rax = kVforked;
  parent.orig_rax = -1;
  ptrace(PTRACE_SETREGS, child, 0, &parent);
  vforked = kZombie;
}

static void wait_called(pid_t child, unsigned long status_at) {
  int status = 0;
  struct iovec here = {&status, sizeof status}, there = {(void*)status_at, sizeof status};
  process_vm_writev(child, &here, 1, &there, 1, 0);
  answer(child, kVforked);
  vforked = kNone;
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
      answer(child, child);
    } else if (info.entry.nr == SYS_vfork) {
      vfork_called(child);
    } else if (info.entry.nr == SYS_exit_group && vforked == kRuns) {
      exit_called(child);
    } else if (info.entry.nr == SYS_wait4 && vforked == kZombie) {
      wait_called(child, info.entry.args[1]);
    } else {
      execute(child);
    }
  }
}
