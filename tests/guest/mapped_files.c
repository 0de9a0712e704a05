// Private mappings of a file that changes: by write(2), through another mapping, by truncation, here and
// in another process; read by the program itself and by system calls. Each case a dozen times, with
// cheap system calls in between, so that a kernel which learns where the program goes has learnt it.
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "t.h"

enum { kPages = 4, kRounds = 12, kTurns = 10 };
static sigjmp_buf out;
static void on_fault(int sig, siginfo_t* si, void* uc) { siglongjmp(out, sig); }
static volatile int elsewhere;  // a store that has to survive

static void quick(void) { syscall(SYS_getppid); }

static int new_file(int in_memory) {
  char name[] = "/tmp/mapped_filesXXXXXX", page[4096];
  const int fd = in_memory ? memfd_create("mapped", 0) : mkstemp(name);
  if (!in_memory) unlink(name);
  memset(page, 'a', sizeof page);
  for (int i = 0; i < kPages; ++i)
    if (write(fd, page, sizeof page) != sizeof page) printf("write: %s\n", t_errno());
  return fd;
}
static volatile char* map(int fd, int prot, int flags) {
  return mmap(NULL, kPages * 4096, prot, flags, fd, 0);
}
static void unmap(volatile char* p) { munmap((void*)p, kPages * 4096); }
static void put(int fd, char c, long at) {
  if (pwrite(fd, &c, 1, at) != 1) printf("pwrite: %s\n", t_errno());
}
// The byte as a system call finds it.
static char through_pipe(volatile char* p) {
  int ends[2];
  char c = 0;
  if (pipe(ends) != 0) return 0;
  if (write(ends[1], (void*)p, 1) != 1 || read(ends[0], &c, 1) != 1) c = 0;
  close(ends[0]);
  close(ends[1]);
  return c;
}
static char touch(volatile char* p) {
  const int sig = sigsetjmp(out, 1);
  if (sig != 0) return sig == SIGBUS ? 'B' : 'S';
  return *p;
}

static void written(int in_memory) {
  for (int round = 0; round < kRounds; ++round) {
    const int fd = new_file(in_memory);
    volatile char *p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q = map(fd, PROT_READ, MAP_PRIVATE);
    const char before = p[4096], read_only = q[100];
    quick();
    p[0] = '1';  // this page is the process's own from now on, that one is not
    quick();
    put(fd, 'X', 100);
    put(fd, 'Y', 4096);
    quick();
    const char own = p[100], followed = p[4096], seen = q[100];
    printf("%c%c %c%c%c %c%c", before, read_only, own, followed, seen, through_pipe(q + 100), p[0]);
    p[8192] = '2';
    quick();
    p[8192 + 4000] = '3';
    put(fd, 'Z', 8192 + 2000);
    printf(" %c%c%c\n", p[8192], p[8192 + 2000], p[8192 + 4000]);
    unmap(p);
    unmap(q);
    close(fd);
  }
}

static void stored(int in_memory) {
  for (int round = 0; round < kRounds; ++round) {
    const int fd = new_file(in_memory);
    volatile char *p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q = map(fd, PROT_READ, MAP_PRIVATE);
    const char p_before = p[5], q_before = q[5];
    quick();
    volatile char* s = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    s[5] = 'S';
    quick();
    printf("%c%c %c%c", p_before, q_before, p[5], q[5]);
    quick();
    s[5] = 'T';
    printf(" %c %c\n", through_pipe(p + 5), through_pipe(q + 5));
    unmap(p);
    unmap(q);
    unmap(s);
    close(fd);
  }
}

// Another process changes the file, by write(2) or by a store, and this one looks after each change.
static void by_another(int in_memory, int by_store) {
  int there[2], back[2], wrong = 0;
  const int fd = new_file(in_memory);
  volatile char *p = map(fd, PROT_READ, MAP_PRIVATE), *w = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  if (pipe(there) != 0 || pipe(back) != 0) return;
  char c = 0;
  if (fork() == 0) {
    volatile char* s = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    for (int i = 0; i < kTurns * kRounds && read(there[0], &c, 1) == 1; ++i) {
      if (by_store)
        s[7] = (char)i;
      else
        put(fd, (char)i, 7);
      if (write(back[1], &c, 1) != 1) break;
    }
    _exit(0);
  }
  for (int i = 0; i < kTurns * kRounds; ++i) {
    (void)p[7];
    (void)w[7];
    if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) ++wrong;
    quick();
    if (p[7] != (char)i || w[7] != (char)i || through_pipe(p + 7) != (char)i) ++wrong;
  }
  int status;
  wait(&status);
  printf("by %s: %d wrong\n", by_store ? "a store" : "pwrite", wrong);
  unmap(p);
  unmap(w);
  close(fd);
}

// Nothing but the truncated page is lost.
static void truncated(int in_memory) {
  for (int round = 0; round < kRounds; ++round) {
    const int fd = new_file(in_memory);
    volatile char *p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE),
                  *anonymous = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)anonymous[1];
    quick();
    p[8192] = 'd';
    anonymous[0] = 'e';
    elsewhere = round;
    quick();
    if (ftruncate(fd, 4096) != 0) printf("ftruncate: %s\n", t_errno());
    quick();
    printf("%c%d ", anonymous[0], elsewhere);
    printf("%c%c%c\n", touch(p), touch(p + 4096), touch(p + 8192));
    unmap(p);
    munmap((void*)anonymous, 4096);
    close(fd);
  }
}

int main(void) {
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, NULL);
  sigaction(SIGBUS, &sa, NULL);
  for (int in_memory = 0; in_memory < 2; ++in_memory) {
    printf("%s\n", in_memory ? "memfd" : "file");
    written(in_memory);
    stored(in_memory);
    by_another(in_memory, 0);
    by_another(in_memory, 1);
    truncated(in_memory);
  }
  return 0;
}
