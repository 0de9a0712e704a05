// Runs one test with a wall-clock limit, in a process group of its own, and leaves nothing behind.
// usage: runner SECONDS COMMAND ARGS...
// Exit status: the command's; 124 if the time was up; 123 if it ended but a process of it lived on.
// The runner is the reaper of everything that the command starts, so it knows what is left: it
// waits for orphans to end by themselves until the time is up, as a killed kernel's stubs do.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void kill_children(void) {
  char path[64], line[65536];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  for (int round = 0; round < 100; ++round) {  // the children of the dead become ours
    FILE* f = fopen(path, "r");
    if (f == NULL) return;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    if (n == 0) return;
    for (char *p = line, *end; *p != 0; p = end) {
      long pid = strtol(p, &end, 10);
      if (end == p) break;
      if (pid > 1) kill((pid_t)pid, SIGKILL);
    }
    int status;
    if (waitpid(-1, &status, 0) < 0) return;
  }
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: runner SECONDS COMMAND ARGS...\n");
    return 125;
  }
  struct timespec now, deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += atoi(argv[1]);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  pid_t child = fork();
  if (child < 0) {
    perror("runner: fork");
    return 125;
  }
  if (child == 0) {
    setpgid(0, 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    execvp(argv[2], argv + 2);
    fprintf(stderr, "runner: %s: %s\n", argv[2], strerror(errno));
    _exit(127);
  }
  setpgid(child, child);

  int result = -1;
  for (;;) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
      if (pid == child) {
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (WIFSIGNALED(status))
          fprintf(stderr, "runner: %s: %s\n", argv[2], strsignal(WTERMSIG(status)));
        kill(-child, SIGKILL);  // its group ends with it
      }
    if (pid < 0 && errno == ECHILD) return result;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct timespec left = {deadline.tv_sec - now.tv_sec, deadline.tv_nsec - now.tv_nsec};
    if (left.tv_nsec < 0) left.tv_sec -= 1, left.tv_nsec += 1000000000;
    if (left.tv_sec < 0) break;
    sigtimedwait(&set, NULL, &left);
  }
  kill(-child, SIGKILL);
  kill_children();
  if (result >= 0) {
    fprintf(stderr, "runner: %s ended but left processes behind\n", argv[2]);
    return 123;
  }
  fprintf(stderr, "runner: %s: no end after %s s\n", argv[2], argv[1]);
  return 124;
}
