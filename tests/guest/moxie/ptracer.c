// A debugger in miniature: runs itself as a tracee, finds where it was loaded, sets a breakpoint in its text, counts
// instructions, reads and changes registers and memory, follows system calls.
#include "linux.h"

enum { kFpAt = 0, kSpAt = 4, kR0At = 8, kR6At = 32, kPcAt = 64, kBrk = 0x35 };
extern char _start[];

static __attribute__((noinline, used)) int triple(int x) {
  int sum = 0;
  for (int i = 0; i < 3; i++) {
    __asm__ volatile("" : "+r"(x));
    sum += x;
  }
  return sum;
}
static volatile int seven = 7;

static int stopped(pid_t pid, const char *what) {
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFSTOPPED(status))
    printf("%s: stopped by %d\n", what, WSTOPSIG(status));
  else
    printf("%s: status 0x%x\n", what, status);
  return WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    const int got = triple(seven);
    printf("tracee: %d\n", got);
    return got;
  }
  const pid_t pid = vfork();
  if (pid == 0) {
    char *args[] = {argv[0], "traced", NULL};
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execve(argv[0], args, environ);
    _exit(127);
  }
  stopped(pid, "exec");
  unsigned long regs[17];
  const unsigned long entry = ptrace(PTRACE_PEEKUSER, pid, kPcAt, 0), bias = entry - (unsigned long)_start;
  ptrace(PTRACE_GETREGS, pid, 0, (unsigned long)regs);
  printf("registers agree: %d, $sp is $fp: %d\n", regs[16] == entry, regs[0] == regs[1]);
  printf("argc %d\n", (int)ptrace(PTRACE_PEEKDATA, pid, regs[1], 0));

  // A breakpoint at triple(): half a word of it becomes `brk`.
  const unsigned long at = (unsigned long)triple + bias, word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
  printf("same code: %d\n", word == *(unsigned long *)(void *)triple);
  printf("poke: %d\n", (int)ptrace(PTRACE_POKEDATA, pid, at, (word & 0xffff) | (unsigned long)kBrk << 24));
  ptrace(PTRACE_CONT, pid, 0, 0);
  stopped(pid, "breakpoint");
  printf("at it: %d, argument %d\n", (unsigned long)ptrace(PTRACE_PEEKUSER, pid, kPcAt, 0) == at,
         (int)ptrace(PTRACE_PEEKUSER, pid, kR0At, 0));
  ptrace(PTRACE_POKEDATA, pid, at, word);
  ptrace(PTRACE_POKEUSER, pid, kR0At, 5);
  const unsigned long fp = ptrace(PTRACE_PEEKUSER, pid, kFpAt, 0), back = ptrace(PTRACE_PEEKDATA, pid, fp + 4, 0);
  int steps = 0;
  for (unsigned long pc = at; pc != back && steps < 1000; steps++) {
    int status;
    ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) break;
    pc = ptrace(PTRACE_PEEKUSER, pid, kPcAt, 0);
  }
  printf("back in the caller after %d steps, result %d\n", steps,
         (int)ptrace(PTRACE_PEEKUSER, pid, kR0At, 0));
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  stopped(pid, "call");
  printf("number %d\n", (int)ptrace(PTRACE_PEEKUSER, pid, kR6At, 0));
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  stopped(pid, "its end");
  printf("result %d\n", (int)ptrace(PTRACE_PEEKUSER, pid, kR0At, 0));
  printf("nowhere: %d", (int)ptrace(PTRACE_PEEKDATA, pid, 0xfffffff0, 0));
  printf(" (%d)\n", errno);
  ptrace(PTRACE_CONT, pid, 0, 0);
  stopped(pid, "end");
  printf("gone: %d (%d)\n", (int)ptrace(PTRACE_CONT, pid, 0, 0), errno);
  return 0;
}
