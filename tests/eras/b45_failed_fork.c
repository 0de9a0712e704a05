// B45: the child's own fork runs out of memory, and the way back from that error went through mmput.
#include "eras.h"

#include <sys/sysinfo.h>

static void grandchild(void) {}

// Three quarters of the memory there is are this process's own already: a copy does not fit.
static void child(void) {
  sh->flag[0] = fork_child(grandchild) < 0 ? errno : 0;
  nap_until(300);
}

static void subject(void) {
  struct sysinfo info;
  sysinfo(&info);
  const unsigned long long bytes = (unsigned long long)info.totalram * info.mem_unit;
  if (bytes > 256ULL << 20) {
    say("too much memory");
    return;
  }
  const size_t most = (size_t)(bytes / 4 * 3);
  char* m = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (size_t i = 0; m != MAP_FAILED && i < most; i += 4096) m[i] = 1;
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
  say("fork %s", sh->flag[0] == 0 ? "succeeds" : strerrorname_np(sh->flag[0]));
}

ROW(45, "out-of-memory fork in V", .subject = subject)
