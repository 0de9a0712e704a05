// Signals. The port that this ABI comes from never had a working rt_sigreturn; the kernel here does, and
// the code that makes the call is ours (sa_restorer).
#include "libc.h"

enum { kSetBytes = sizeof(sigset_t) };
void __restore_rt(void);

int sigaction(int sig, const struct sigaction *action, struct sigaction *old) {
  struct sigaction with;
  if (action) {
    with = *action;
    with.sa_flags |= SA_RESTORER;
    with.sa_restorer = __restore_rt;
  }
  return __result(__syscall(174, sig, action ? (long)&with : 0, (long)old, kSetBytes, 0, 0));
}

sighandler_t signal(int sig, sighandler_t handler) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
  return sigaction(sig, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old) {
  return __result(__syscall(175, how, (long)set, (long)old, kSetBytes, 0, 0));
}
int sigpending(sigset_t *set) { return __result(__syscall(176, (long)set, kSetBytes, 0, 0, 0, 0)); }
int sigsuspend(const sigset_t *mask) { return __result(__syscall(179, (long)mask, kSetBytes, 0, 0, 0, 0)); }
int sigaltstack(const struct stack *set, struct stack *old) {
  return __result(__syscall(186, (long)set, (long)old, 0, 0, 0, 0));
}

void sigemptyset(sigset_t *set) { set->word[0] = set->word[1] = 0; }
void sigaddset(sigset_t *set, int sig) { set->word[(sig - 1) / 32] |= 1UL << (sig - 1) % 32; }
int sigismember(const sigset_t *set, int sig) { return set->word[(sig - 1) / 32] >> (sig - 1) % 32 & 1; }

noreturn void siglongjmp(sigjmp_buf env, int value) {
  if (env->mask_saved) sigprocmask(SIG_SETMASK, (sigset_t *)env->mask, NULL);
  longjmp(env, value);
}

int kill(pid_t pid, int sig) { return __result(__syscall(37, pid, sig, 0, 0, 0, 0)); }
unsigned alarm(unsigned seconds) { return __syscall(27, seconds, 0, 0, 0, 0, 0); }

int every_ms(int ms) {
  const long timer[4] = {0, ms * 1000, 0, ms * 1000};
  return __result(__syscall(104, 0, (long)timer, 0, 0, 0, 0));
}
