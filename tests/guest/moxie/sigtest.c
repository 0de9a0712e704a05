// Signals: delivery, masks, nesting, the frame with all registers and its way back through rt_sigreturn,
// restarted and interrupted calls, jumps out of a handler, an alternate stack, interruption of a computation at any
// instruction, death by signal. Prints a line for each; exit status is the number of those that failed.
#include "libc.h"

static int failures;
static volatile int hits, order[8], n_order;
static sigjmp_buf out;

static void check(const char *what, int ok) {
  printf("%s: %s\n", ok ? "ok" : "FAILED", what);
  failures += !ok;
}

static void count(int sig) {
  hits++;
  order[n_order++ & 7] = sig;
}
static void nest(int sig) {
  order[n_order++ & 7] = sig;
  kill(getpid(), SIGUSR2);
  order[n_order++ & 7] = -sig;
}
static void leave(int sig) { siglongjmp(out, sig); }

static siginfo_t info_seen;
static unsigned long pc_seen;
static volatile size_t stack_seen;
static void with_info(int sig, siginfo_t *info, void *context) {
  struct ucontext *uc = context;
  char here;
  stack_seen = (size_t)&here;
  info_seen = *info;
  pc_seen = uc->pc;
  uc->r[2] = 0x600d;  // $r2 is what the test looks at
}
static void mend(int sig, siginfo_t *info, void *context) {
  hits++;
  info_seen = *info;
  ((struct ucontext *)context)->pc += 2;  // over the instruction, which is 2 bytes long
}
// What a careful vfork in a handler does, of a program with a base register.
static void take_special(int sig) { asm volatile("ssr %0, 10" : : "r"(sig)); }
static void install(int sig, void (*f)(int, siginfo_t *, void *), unsigned long flags) {
  struct sigaction a = {.sa_sigaction = f, .sa_flags = flags | SA_SIGINFO};
  sigaction(sig, &a, NULL);
}

// kill(getpid(), SIGUSR1) with a value in every register: 0 if all of them survive the handler.
int registers_survive(int pid);
asm(".section .text.registers_survive,\"ax\",@progbits\n"
    "registers_survive:\n"
    " push $sp, $r6\n push $sp, $r7\n push $sp, $r8\n push $sp, $r9\n push $sp, $r10\n push $sp, $r11\n"
    " ldi.l $r7, 7777\n ldi.l $r8, 8888\n ldi.l $r9, 9999\n ldi.l $r10, 10101\n ldi.l $r11, 11111\n ldi.l $r12, 12121\n"
    " ldi.l $r1, 10\n ldi.l $r6, 37\n swi 0xffffffff\n"
    " ldi.l $r1, 7777\n xor $r7, $r1\n or $r0, $r7\n"
    " ldi.l $r1, 8888\n xor $r8, $r1\n or $r0, $r8\n"
    " ldi.l $r1, 9999\n xor $r9, $r1\n or $r0, $r9\n"
    " ldi.l $r1, 10101\n xor $r10, $r1\n or $r0, $r10\n"
    " ldi.l $r1, 11111\n xor $r11, $r1\n or $r0, $r11\n"
    " ldi.l $r1, 12121\n xor $r12, $r1\n or $r0, $r12\n"
    " ldi.l $r1, 37\n xor $r6, $r1\n or $r0, $r6\n"
    " ldo.l $r6, -4($fp)\n ldo.l $r7, -8($fp)\n ldo.l $r8, -12($fp)\n ldo.l $r9, -16($fp)\n ldo.l $r10, -20($fp)\n"
    " ldo.l $r11, -24($fp)\n ret\n");

// Divides by zero with $r2 = 1, and returns $r2: what the handler has made of it.
int divide_by_zero(void);
asm(".section .text.divide_by_zero,\"ax\",@progbits\n"
    "divide_by_zero:\n ldi.l $r2, 1\n xor $r1, $r1\n mov $r0, $r2\n div $r0, $r1\n mov $r0, $r2\n ret\n");

static unsigned mix(unsigned v) {
  for (int i = 0; i < 2000; i++) v = (v & 1 ? v >> 1 ^ 0xedb88320 : v >> 1) + (v < 0x80000000 ? i : -i);
  return v;
}

static void interrupted_computation(void) {
  unsigned expected = 1, v = 1;
  int rounds = 0;
  signal(SIGALRM, count);
  hits = 0;
  every_ms(2);
  int same = 1;
  while (hits < 5 && rounds++ < 100000) {
    const int before = hits;
    v = mix(1);
    if (before == hits && rounds > 1) {
      expected = v;
      continue;
    }
    if (rounds > 1 && expected != 1) same &= v == expected;
  }
  every_ms(0);
  check("a computation that is interrupted anywhere has the same result", same && hits >= 5);
}

static void calls(void) {
  int fd[2];
  char c;
  pipe(fd);
  struct sigaction plain = {.sa_handler = count}, restart = {.sa_handler = leave, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &plain, NULL);
  every_ms(5);
  const int n = read(fd[0], &c, 1);
  every_ms(0);
  check("a read is interrupted", n == -1 && errno == EINTR);
  sigaction(SIGALRM, &restart, NULL);
  const int thrown = sigsetjmp(out, 1);
  if (thrown == 0) {
    every_ms(5);
    read(fd[0], &c, 1);
  }
  every_ms(0);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  check("a jump out of a handler, the mask restored", thrown == SIGALRM && !sigismember(&now, SIGALRM));
  close(fd[0]);
  signal(SIGPIPE, count);
  hits = 0;
  check("SIGPIPE and its error", write(fd[1], "x", 1) == -1 && hits == 1);
  close(fd[1]);
}

static void masks(void) {
  sigset_t usr, none, pending;
  sigemptyset(&none);
  sigemptyset(&usr);
  sigaddset(&usr, SIGUSR1);
  sigaddset(&usr, 40);
  signal(SIGUSR1, count);
  signal(40, count);
  hits = n_order = 0;
  sigprocmask(SIG_BLOCK, &usr, NULL);
  kill(getpid(), SIGUSR1);
  kill(getpid(), 40);
  sigpending(&pending);
  check("blocked signals wait", hits == 0 && sigismember(&pending, SIGUSR1) && sigismember(&pending, 40) && !sigismember(&pending, 8));
  const int n = sigsuspend(&none);
  check("sigsuspend lets them in", n == -1 && errno == EINTR && hits == 2 && order[0] + order[1] == SIGUSR1 + 40);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGUSR1, nest);
  signal(SIGUSR2, count);
  n_order = 0;
  kill(getpid(), SIGUSR1);
  check("a signal within a handler", n_order == 3 && order[0] == SIGUSR1 && order[1] == SIGUSR2 && order[2] == -SIGUSR1);
}

static void frames(void) {
  static long other[512];
  struct stack s = {other, 0, sizeof other};
  install(SIGUSR1, with_info, 0);
  check("registers survive a handler", registers_survive(getpid()) == 0);
  const int told = 190;
  int kept;
  struct sigaction special = {.sa_handler = take_special};
  sigaction(SIGUSR2, &special, NULL);
  asm volatile("ssr %0, 10" : : "r"(told));
  kill(getpid(), SIGUSR2);
  asm volatile("gsr %0, 10" : "=r"(kept));
  check("so does a special register", kept == told);
  check("siginfo tells who sent it", info_seen.si_signo == SIGUSR1 && info_seen.si_code == 0 && info_seen.si_pid == getpid());
  sigaltstack(&s, NULL);
  install(SIGUSR1, with_info, SA_ONSTACK);
  kill(getpid(), SIGUSR1);
  check("an alternate stack", stack_seen - (size_t)other < sizeof other);
  install(SIGFPE, mend, 0);
  hits = 0;
  const int r2 = divide_by_zero();
  check("a fault is mended and the program goes on", r2 == 1 && hits == 1 && info_seen.si_signo == SIGFPE && info_seen.si_code == 1);
}

#ifdef __BASEREL__
#define vfork fork
#endif
static void deaths(void) {
  static const int kFatal[] = {SIGTERM, SIGKILL, SIGSEGV};
  int status, well = 1;
  for (size_t i = 0; i < sizeof kFatal / sizeof *kFatal; i++) {
    const pid_t pid = vfork();
    if (pid == 0) {
      kill(getpid(), kFatal[i]);
      _exit(1);
    }
    waitpid(pid, &status, 0);
    well &= WTERMSIG(status) == kFatal[i];
  }
  check("a child's death by signal", well);
  signal(SIGCHLD, count);
  hits = 0;
  const pid_t pid = vfork();
  if (pid == 0) _exit(3);
  waitpid(pid, &status, 0);
  check("SIGCHLD", hits == 1 && WEXITSTATUS(status) == 3);
}

int main(void) {
  frames();
  masks();
  calls();
  interrupted_computation();
  deaths();
  return failures;
}
