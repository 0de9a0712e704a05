// Sessions, limits, priorities, prctl: what a process may say about itself. Nothing here depends on who
// runs it, for the guest's user is always root.
#include "t.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

static void limits(void) {
  struct rlimit limit;
  struct rusage usage;
  struct tms t;
  R(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
  R(setrlimit(RLIMIT_CORE, &(struct rlimit){2, 1}));
  R(getrlimit(99, &limit));
  R(getrusage(RUSAGE_SELF, &usage));
  R(usage.ru_maxrss > 0);
  R(getrusage(7, &usage));
  R(times(&t) != -1);
}

static void sessions(void) {
  R(setpgid(1, 1));
  R(getsid(0) > 0);
  if (fork() == 0) {
    R(setsid() == getpid());
    R(getsid(0) == getpid());
    R(getpgrp() == getpid());
    R(setpgid(0, 0));
    R(setsid());
    _exit(0);
  }
  wait(NULL);
}

static void prctls(void) {
  char name[16];
  R(prctl(PR_SET_NAME, "a-very-long-name-indeed"));
  R(prctl(PR_GET_NAME, name));
  puts(name);
  R(prctl(PR_SET_PDEATHSIG, 99));
  R(prctl(PR_GET_DUMPABLE));
  R(prctl(PR_SET_DUMPABLE, 7));
  R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  R(prctl(PR_GET_KEEPCAPS));
  R(prctl(12345));
}

static void scheduling(void) {
  struct sched_param param;
  struct timespec ts;
  cpu_set_t set;
  R(nice(3));
  R(getpriority(PRIO_PROCESS, 0));
  R(getpriority(9, 0));
  R(sched_getscheduler(0));
  R(sched_get_priority_max(SCHED_FIFO));
  R(sched_get_priority_max(77));
  R(sched_getaffinity(0, sizeof set, &set));
  R(CPU_COUNT(&set) > 0);
  R(sched_yield());
  CPU_ZERO(&set);
  R(sched_setaffinity(0, sizeof set, &set));
  R(sched_getparam(0, &param));
  R(param.sched_priority);
  R(sched_rr_get_interval(0, &ts));
}

static void the_system(void) {
  struct utsname u;
  struct sysinfo info;
  char bytes[8];
  unsigned cpu, node;
  R(uname(&u));
  puts(u.sysname);
  R(sysinfo(&info));
  R(info.totalram > 0 && info.procs > 0);
  R(syscall(SYS_getrandom, bytes, 8, 0));
  R(syscall(SYS_getrandom, bytes, 8, 99));
  R(syscall(SYS_getrandom, (void*)8, 8, 0));
  R(syscall(SYS_getcpu, &cpu, &node, NULL));
  R(syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0));
}

int main(void) {
  limits();
  sessions();
  prctls();
  scheduling();
  the_system();
  return 0;
}
