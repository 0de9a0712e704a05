// Exceptions as signals: divide, illegal instruction, breakpoint, floating point, privileged, and what
// a program that does not catch them looks like to its parent.
#include <fenv.h>
#include <setjmp.h>
#include "t.h"
static sigjmp_buf out;
static void on_fault(int sig, siginfo_t* si, void* uc) {
  printf("%s code %d\n", sigabbrev_np(sig), si->si_code);
  siglongjmp(out, 1);
}
static void divide(void) {
  volatile int zero = 0, one = 1;
  one = one / zero;
}
static void overflow(void) {
  volatile int low = -2147483647 - 1, minus = -1;
  low = low / minus;
}
static void illegal(void) { __asm__ volatile("ud2"); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void privileged(void) { __asm__ volatile("hlt"); }
static void floating(void) {
  feenableexcept(FE_DIVBYZERO);
  volatile double zero = 0, one = 1;
  one = one / zero;
  __asm__ volatile("" ::"m"(one));
  fedisableexcept(FE_ALL_EXCEPT);
}
static void segment(void) { *(volatile int*)4 = 0; }
static void trap_flag(void) {
  __asm__ volatile(
#ifdef __x86_64__
      "pushfq\n orl $0x100, (%%rsp)\n popfq\n nop\n"
#else
      "pushfl\n orl $0x100, (%%esp)\n popfl\n nop\n"
#endif
      ::: "cc", "memory");
}
static void (*const kFaults[])(void) = {divide, overflow, illegal, breakpoint, privileged, floating, segment, trap_flag};
static const char* const kNames[] = {"divide", "overflow", "illegal", "breakpoint", "privileged", "floating", "segment", "trap flag"};
int main(void) {
  const int signals[] = {SIGFPE, SIGILL, SIGTRAP, SIGSEGV, SIGBUS};
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  for (unsigned i = 0; i < 5; ++i) sigaction(signals[i], &sa, NULL);
  for (volatile unsigned i = 0; i < sizeof kFaults / sizeof *kFaults; ++i) {
    printf("%s: ", kNames[i]);
    if (sigsetjmp(out, 1) == 0) {
      kFaults[i]();
      puts("nothing");
    }
  }
  for (unsigned i = 0; i < 5; ++i) signal(signals[i], SIG_DFL);
  for (unsigned i = 0; i < sizeof kFaults / sizeof *kFaults; ++i) {
    pid_t child = fork();
    if (child == 0) {
      kFaults[i]();
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    t_status(kNames[i], status);
  }
  // Blocked or ignored, a fault kills all the same.
  for (int how = 0; how < 2; ++how) {
    pid_t child = fork();
    if (child == 0) {
      sigset_t set;
      sigfillset(&set);
      if (how == 0) sigprocmask(SIG_BLOCK, &set, NULL);
      if (how == 1) signal(SIGSEGV, SIG_IGN);
      segment();
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    t_status(how == 0 ? "blocked" : "ignored", status);
  }
  return 0;
}
