// Memory that processes share (anonymous, memfd, a file, System V), in loops of cheap system calls, so that
// a kernel which learns where the program goes has learnt it: who stores and who sees it, by loads and by
// system calls; what fork, truncation, protection, a hole and a new mapping make of it.
#include "t.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>

enum { kPage = 4096, kBytes = 4 * kPage, kTurns = 40 };
static sigjmp_buf out;
static void on_fault(int sig, siginfo_t* si, void* uc) { siglongjmp(out, sig); }
static void quick(void) { syscall(SYS_getppid); }
static char load(volatile char* p) {
  const int sig = sigsetjmp(out, 1);
  if (sig != 0) return sig == SIGBUS ? 'B' : 'S';
  return *p;
}
static int store(volatile char* p, char c) {
  const int sig = sigsetjmp(out, 1);
  if (sig != 0) return sig == SIGBUS ? 'B' : 'S';
  *p = c;
  return c;
}

static int fd_of(const char* kind) {
  if (strcmp(kind, "memfd") == 0) {
    const int fd = memfd_create("shared", 0);
    return ftruncate(fd, kBytes) == 0 ? fd : -1;
  }
  char name[] = "/tmp/shared_memoryXXXXXX";
  const int fd = mkstemp(name);
  unlink(name);
  return ftruncate(fd, kBytes) == 0 ? fd : -1;
}
static volatile char* share(const char* kind) {
  if (strcmp(kind, "anonymous") == 0)
    return mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (strcmp(kind, "sysv") == 0) {
    const int id = shmget(IPC_PRIVATE, kBytes, 0600);
    volatile char* p = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    return p;
  }
  const int fd = fd_of(kind);
  volatile char* p = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return p;
}

// Two processes store by turns, each waiting for a byte in a pipe; the counters are read back by a call.
static void turns(const char* kind) {
  volatile int* p = (volatile int*)share(kind);
  int there[2], back[2], sum = 0;
  char c = 'x';
  if (pipe(there) != 0 || pipe(back) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < kTurns; ++i) {
      if (read(there[0], &c, 1) != 1) _exit(1);
      p[0] += 2;
      __atomic_fetch_add(&p[kPage / 4], p[0], __ATOMIC_SEQ_CST);
      p[2 * kPage / 4 - 1 + i % 2] = i;
      if (write(back[1], (void*)&p[0], 1) != 1) _exit(2);
    }
    _exit(0);
  }
  for (int i = 0; i < kTurns; ++i) {
    p[0] += 1;
    quick();
    if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) break;
    sum += c + p[2 * kPage / 4 - 1 + i % 2];
  }
  int status;
  waitpid(child, &status, 0);
  printf("%s: %d %d sum %d status %x\n", kind, p[0], p[kPage / 4], sum, status);
  close(there[0]), close(there[1]), close(back[0]), close(back[1]);
}

// A fork in each turn: what is shared stays so, what is not is the child's own.
static void forks(const char* kind) {
  volatile char* p = share(kind);
  volatile int own = 0, wrong = 0;
  for (int i = 0; i < kTurns; ++i) {
    p[10] = (char)i;
    own = i;
    quick();
    const pid_t child = fork();
    if (child == 0) {
      own = -1;
      quick();
      p[10] += 1;
      p[kPage + 1] = p[10];
      _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (own != i || p[10] != i + 1 || p[kPage + 1] != i + 1) ++wrong;
  }
  printf("%s: fork: %d wrong\n", kind, wrong);
}

// Two mappings of one file, and the file itself.
static void names(const char* kind) {
  const int fd = fd_of(kind);
  volatile char* a = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  volatile char* b = mmap(NULL, kPage, PROT_READ, MAP_SHARED, fd, kPage);
  volatile char* mine = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, kPage);
  int wrong = 0;
  for (int i = 1; i < kTurns; ++i) {
    char c = (char)i, got = 0;
    a[kPage + 5] = c;
    quick();
    if (b[5] != c || mine[5] != c || pread(fd, &got, 1, kPage + 5) != 1 || got != c) ++wrong;
    ++c;
    if (pwrite(fd, &c, 1, kPage + 5) != 1 || b[5] != c || a[kPage + 5] != c || mine[5] != c) ++wrong;
    quick();
  }
  mine[5] = 'm';
  for (int i = 1; i < kTurns; ++i) {
    a[kPage + 5] = (char)i;
    quick();
    if (mine[5] != 'm') ++wrong;
  }
  printf("%s: names: %d wrong\n", kind, wrong);
  close(fd);
}

// What takes memory away, and gives it back.
static void taken(const char* kind) {
  const int fd = fd_of(kind);
  volatile char* p = mmap(NULL, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char said[kTurns + 1] = "", at = 0;
  for (int i = 0; i < kTurns; ++i) {
    p[2 * kPage] = 'd';
    quick();
    if (i % 8 == 1 && ftruncate(fd, 2 * kPage) != 0) break;
    if (i % 8 == 3) mprotect((void*)(p + 2 * kPage), kPage, PROT_READ);
    if (i % 8 == 5 && strcmp(kind, "memfd") == 0) madvise((void*)(p + 2 * kPage), kPage, MADV_REMOVE);
    if (i % 8 == 7) mmap((void*)(p + 2 * kPage), kPage, PROT_READ, MAP_FIXED | MAP_SHARED, fd, 0);
    quick();
    const char c = load(p + 2 * kPage);
    said[(int)at++] = c == 0 ? '0' : c;
    quick();
    if (store(p + 2 * kPage, 's') != 's') said[(int)at - 1] |= 32;
    quick();
    if (ftruncate(fd, kBytes) != 0) break;
    mmap((void*)(p + 2 * kPage), kPage, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, fd, 2 * kPage);
  }
  printf("%s: taken: %s\n", kind, said);
  close(fd);
}

// Memory beyond the end of what there is.
static void beyond(void) {
  volatile char* p = share("anonymous");
  volatile char* q = mremap((void*)p, kBytes, 2 * kBytes, MREMAP_MAYMOVE);
  char said[kTurns * 2 + 1] = "";
  for (int i = 0; i < kTurns; ++i) {
    quick();
    q[kBytes - 1] = 'e';
    said[i * 2] = load(q + kBytes - 1);
    said[i * 2 + 1] = load(q + kBytes);
  }
  printf("beyond: %s\n", said);
  volatile char* zero = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, open("/dev/zero", O_RDWR), 0);
  if (fork() == 0) {
    zero[7] = 'z';
    _exit(0);
  }
  wait(NULL);
  printf("/dev/zero: %c\n", zero[7]);
}

// More mappings than anybody keeps a view of.
static void many(void) {
  enum { kMany = 90 };
  volatile char* p[kMany];
  int wrong = 0;
  for (int i = 0; i < kMany; ++i) p[i] = share(i % 2 == 0 ? "anonymous" : "memfd");
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < kMany; ++i) {
      p[i][round] = (char)(i + round);
      quick();
    }
    const pid_t child = fork();
    if (child == 0) {
      int bad = 0;
      for (int i = 0; i < kMany; ++i) {
        bad += p[i][round] != (char)(i + round);
        quick();
        p[i][100] = (char)(round + 1);
      }
      _exit(bad);
    }
    int status;
    waitpid(child, &status, 0);
    wrong += status != 0;
    for (int i = 0; i < kMany; ++i) {
      wrong += p[i][100] != round + 1;
      quick();
    }
  }
  printf("many: %d wrong\n", wrong);
}

int main(void) {
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &sa, NULL);
  sigaction(SIGSEGV, &sa, NULL);
  const char* kinds[] = {"anonymous", "memfd", "file", "sysv"};
  for (int i = 0; i < 4; ++i) {
    turns(kinds[i]);
    forks(kinds[i]);
  }
  for (int i = 1; i < 3; ++i) {
    names(kinds[i]);
    taken(kinds[i]);
  }
  beyond();
  many();
  return 0;
}
