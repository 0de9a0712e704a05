// Younger calls whose structures and 64-bit words have the program's byte order. The same source runs on the host
// and must say the same.
#include "both.h"

struct how { uint64_t flags, mode, resolve; };
struct attr {
  uint32_t size, policy;
  uint64_t flags;
  int nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
struct filter { unsigned short code; unsigned char jt, jf; unsigned k; };
struct fprog { unsigned short len; struct filter *filter; };
struct time64 { long long sec, nsec; };

static void files(void) {
  struct how how = {O_RDWR | O_CREAT | O_EXCL, 0640, 0};
  struct statx st;
  struct stat plain;
  long long in_at = 2, out_at = 1;
  char b[16] = "";
  const int fd = syscall(SYS_openat2, AT_FDCWD, "newer.tmp", &how, sizeof how, 0, 0);
  T(fd >= 0);
  R(syscall(SYS_openat2, AT_FDCWD, "newer.tmp", &how, sizeof how, 0, 0));
  R(write(fd, "0123456789", 10));
  R(statx(AT_FDCWD, "newer.tmp", 0, STATX_BASIC_STATS, &st));
  fstat(fd, &plain);
  printf("mode %o, %d bytes, %d links\n", st.stx_mode & 0777, (int)st.stx_size, (int)st.stx_nlink);
  T(st.stx_ino == plain.st_ino && st.stx_mtime.tv_sec == plain.st_mtime && st.stx_uid == plain.st_uid);
  const int memory = memfd_create("newer", 0);
  T(memory >= 0);
  R(ftruncate(memory, 8));
  const int source = memfd_create("source", 0);
  R(write(source, "0123456789", 10));
  R(copy_file_range(source, (void *)&in_at, memory, (void *)&out_at, 4, 0));
  printf("from %d to %d\n", (int)in_at, (int)out_at);
  lseek(memory, 1, SEEK_SET);
  R(read(memory, b, 5));
  printf("%.4s %d\n", b, b[4]);
  struct iovec v = {b, 3};
  R(syscall(SYS_preadv2, fd, &v, 1, 7, 0, 0));
  printf("%.3s\n", b);
  R(renameat2(AT_FDCWD, "newer.tmp", AT_FDCWD, "newer.tmp", RENAME_NOREPLACE));
  R(unlink("newer.tmp"));
  close(fd), close(memory), close(source);
}

static void numbers(void) {
  struct rlimit limit = {0, 0}, lower;
  struct attr a;
  struct time64 now = {0, -1};
  unsigned long cpus[2] = {0, 0};
  R(prlimit(0, RLIMIT_NOFILE, NULL, &limit));
  T(limit.rlim_cur > 2 && limit.rlim_cur <= limit.rlim_max);
  lower = limit;
  lower.rlim_cur = 100;
  R(prlimit(0, RLIMIT_NOFILE, &lower, &limit));
  R(prlimit(0, RLIMIT_NOFILE, NULL, &limit));
  printf("%d descriptors\n", (int)limit.rlim_cur);
  R(syscall(SYS_setpriority, 0, 0, 5, 0, 0, 0));
  R(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0, 0, 0));
  printf("policy %u, nice %d\n", a.policy, a.nice);
  R(syscall(SYS_clock_gettime64, CLOCK_REALTIME, &now, 0, 0, 0, 0));
  T(now.sec > 1500000000 && now.sec < 5000000000LL && now.nsec >= 0 && now.nsec < 1000000000);
  T(syscall(SYS_sched_getaffinity, 0, sizeof cpus, cpus, 0, 0, 0) > 0);
  T(cpus[0] != 0 && cpus[0] < 0x10000);
}

static void processes(void) {
  sigset_t set, pending;
  char from[] = "copied", to[8] = "";
  struct iovec local = {to, 7}, remote = {from, 7};
  R(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
  printf("%s\n", to);
  const int fd = syscall(SYS_pidfd_open, getpid(), 0, 0, 0, 0, 0);
  T(fd >= 0);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1), sigaddset(&set, 40);
  sigprocmask(SIG_BLOCK, &set, NULL);
  R(syscall(SYS_pidfd_send_signal, fd, 40, NULL, 0, 0, 0));
  sigpending(&pending);
  T(sigismember(&pending, 40) && !sigismember(&pending, SIGUSR1));
  R(close_range(fd, fd, 0));
  R(close(fd));
}

// A filter sees the number, the architecture and 64-bit arguments whose halves lie as the program's would.
static void filters(void) {
  enum { LOAD = 0x20, EQUAL = 0x15, ANSWER = 0x06, ERROR = 0x50000, ALLOW = 0x7fff0000 };
  const union { uint32_t word; unsigned char byte[4]; } order = {1};
  const unsigned low = order.byte[0] == 1 ? 0 : 4;
  struct filter program[] = {
      {LOAD, 0, 0, 4}, {EQUAL, 0, 6, kAuditArch}, {LOAD, 0, 0, 0}, {EQUAL, 0, 4, SYS_setpriority},
      {LOAD, 0, 0, 16 + 16 + low}, {EQUAL, 0, 2, 11}, {LOAD, 0, 0, 16}, {ANSWER, 0, 0, ERROR | 71}, {ANSWER, 0, 0, ALLOW}};
  struct fprog prog = {sizeof program / sizeof program[0], program};
  R(prctl(38, 1, 0, 0, 0));
  R(syscall(SYS_seccomp, 1, 0, &prog, 0, 0, 0));
  R(syscall(SYS_setpriority, 0, 0, 12, 0, 0, 0));
  R(syscall(SYS_setpriority, 0, 0, 11, 0, 0, 0));
  prog.len = 0;
  R(syscall(SYS_seccomp, 1, 0, &prog, 0, 0, 0));
}

int main(void) {
  files();
  numbers();
  processes();
  filters();
  return 0;
}
