// B32: are the descriptors of a child that exits closed when vfork returns? The end of a pipe says.
#include "eras.h"

static void child(void) { nap(10); }

static void subject(void) {
  int open_still = 0;
  for (int i = 0; i < loops; ++i) {
    int fd[2];
    char c;
    pipe2(fd, O_NONBLOCK);
    const pid_t v = vfork_child(child);
    close(fd[1]);
    open_still += read(fd[0], &c, 1) < 0;
    close(fd[0]);
    wait_for(v);
  }
  say("still open: %s", how_many(open_still, loops));
}

ROW(32, "fds closed on return", .subject = subject)
