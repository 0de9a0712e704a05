// What a handler may look at and change in its frame: registers, the floating-point state, the mask,
// the stack it runs on. Faults with their addresses.
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "t.h"

#ifdef __x86_64__
enum { kPc = REG_RIP, kAx = REG_RAX };
#else
enum { kPc = REG_EIP, kAx = REG_EAX };
#endif
// Rounding in the x87 control word, without the mathematics library.
enum { kNearest = 0, kDown = 0x400, kUp = 0x800, kRounding = 0xc00 };
static int rounding(void) {
  unsigned short word;
  __asm__ volatile("fnstcw %0" : "=m"(word));
  return word & kRounding;
}
static void set_rounding(int mode) {
  unsigned short word;
  __asm__ volatile("fnstcw %0" : "=m"(word));
  word = (unsigned short)((word & ~kRounding) | mode);
  __asm__ volatile("fldcw %0" : : "m"(word));
}
static sigjmp_buf back;
static volatile int code, signo;
static void* volatile address;
static char alt[65536];

static void jump(int sig, siginfo_t* si, void* uc) {
  signo = sig;
  code = si->si_code;
  address = si->si_addr;
  siglongjmp(back, 1);
}
static void skip(int sig, siginfo_t* si, void* v) {
  ucontext_t* uc = v;
  printf("%s at its instruction: %d\n", sigabbrev_np(sig), si->si_addr == (void*)uc->uc_mcontext.gregs[kPc]);
  uc->uc_mcontext.gregs[kPc] += 2;  // over ud2
  uc->uc_mcontext.gregs[kAx] = 1234;
  sigaddset(&uc->uc_sigmask, SIGHUP);
}
static void disturb(int sig) {
  volatile double d = 1;
  printf("a handler starts rounding to nearest: %d\n", rounding() == kNearest);
  set_rounding(kDown);
  d /= 3;
  signo = sig;
}
static void install(int sig, void* handler, int flags) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_sigaction = handler;
  sa.sa_flags = flags;
  sigaction(sig, &sa, NULL);
}
static int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = (char)depth;
  return depth < 0 ? 0 : recurse(depth + 1) + frame[0];
}
static int child_status(void (*body)(void)) {
  int status = 0;
  pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  waitpid(pid, &status, 0);
  return status;
}
static void blocked_fault(void) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, NULL);
  *(volatile int*)8 = 0;
}
static void ignored_fault(void) {
  signal(SIGSEGV, SIG_IGN);
  *(volatile int*)8 = 0;
}
static void overflow_without_stack(void) {
  stack_t off = {.ss_flags = SS_DISABLE};
  sigaltstack(&off, NULL);
  install(SIGSEGV, disturb, SA_ONSTACK);
  recurse(0);
}

int main(void) {
  install(SIGSEGV, jump, SA_SIGINFO | SA_NODEFER);
  if (sigsetjmp(back, 1) == 0) *(volatile int*)0x10 = 1;
  printf("unmapped: code %d address %p\n", code, address);
  char* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sigsetjmp(back, 1) == 0) page[5] = 1;
  printf("read-only: code %d offset %d\n", code, (int)((char*)address - page));
  install(SIGFPE, jump, SA_SIGINFO | SA_NODEFER);
  volatile int zero = 0;
  if (sigsetjmp(back, 1) == 0) zero = 1 / zero;
  printf("%s: code %d\n", sigabbrev_np(signo), code);

  install(SIGILL, skip, SA_SIGINFO);
  long result;
  __asm__ volatile("ud2" : "=a"(result) : : "memory");
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  printf("the handler's register %ld, its mask %d\n", result, sigismember(&now, SIGHUP));

  install(SIGUSR1, disturb, 0);
  set_rounding(kUp);
  volatile long double third = 1.0;
  third /= 3;
  raise(SIGUSR1);
  printf("rounding upward again: %d, %.20Lg\n", rounding() == kUp, third * 3);
  set_rounding(kNearest);

  stack_t stack = {.ss_sp = alt, .ss_size = sizeof alt};
  R(sigaltstack(&stack, NULL));
  install(SIGSEGV, jump, SA_SIGINFO | SA_ONSTACK);
  if (sigsetjmp(back, 1) == 0) recurse(0);
  printf("stack overflow: %s\n", sigabbrev_np(signo));
  stack.ss_size = 100;
  R(sigaltstack(&stack, NULL));
  stack.ss_flags = 77;
  R(sigaltstack(&stack, NULL));

  t_status("a blocked fault", child_status(blocked_fault));
  t_status("an ignored fault", child_status(ignored_fault));
  t_status("an overflow without another stack", child_status(overflow_without_stack));
  return 0;
}
