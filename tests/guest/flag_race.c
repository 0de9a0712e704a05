// A signal is sent while its target changes a flag of its own. With racy-flags=on both are bits of one
// word, and a second CPU can send the signal between the load and the store.
#include "t.h"

#include <sys/prctl.h>

static volatile sig_atomic_t handled;
static void handler(int sig) { handled = sig; }

int main(void) {
  pid_t me = getpid();
  signal(SIGUSR1, handler);
  pid_t pid = fork();
  if (pid == 0) {
    kill(me, SIGUSR1);
    _exit(0);
  }
  for (int i = 0; i < 4; i++) prctl(PR_SET_TSC, PR_TSC_ENABLE, 0, 0, 0);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  printf("the signal was %s\n", handled == SIGUSR1 ? "handled" : "lost");
  return handled != SIGUSR1;
}
