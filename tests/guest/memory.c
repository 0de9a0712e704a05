// mmap, munmap, mprotect, mremap, brk, shared and private mappings of files, faults with their siginfo.
#include <setjmp.h>
#include <sys/mman.h>
#include "t.h"
static sigjmp_buf out;
static void on_fault(int sig, siginfo_t* si, void* uc) {
  printf("%s code %d", sigabbrev_np(sig), si->si_code);
  siglongjmp(out, 1);
}
static volatile char* where;
// Touches p; says what happened, and whether the fault was reported at p.
#define TOUCH(p, access)                            \
  do {                                              \
    where = (volatile char*)(p);                    \
    printf("%s: ", #access " " #p);                 \
    if (sigsetjmp(out, 1) == 0) {                   \
      access(where);                                \
      printf("fine\n");                             \
    } else {                                        \
      printf("\n");                                 \
    }                                               \
  } while (0)
#define load(p) ((void)*(p))
#define store(p) (*(p) = 1)
#define call(p) ((void (*)(void))(uintptr_t)(p))()
static void on_fault_address(int sig, siginfo_t* si, void* uc) {
  printf("address %s\n", si->si_addr == (void*)where ? "right" : "WRONG");
  siglongjmp(out, 1);
}
int main(void) {
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, NULL);
  sigaction(SIGBUS, &sa, NULL);
  char* m = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  T(m != MAP_FAILED && (uintptr_t)m % 4096 == 0 && m[0] == 0 && m[3 * 4096 - 1] == 0);
  R(mprotect(m + 4096, 4096, PROT_READ));
  TOUCH(m, store);
  TOUCH(m + 4096, load);
  TOUCH(m + 4096, store);
  TOUCH(m + 2 * 4096, store);
  R(mprotect(m + 4096, 4096, PROT_NONE));
  TOUCH(m + 4096, load);
  R(munmap(m + 4096, 4096));
  TOUCH(m + 4096, load);
  TOUCH(m, call);
  TOUCH((char*)16, store);
  TOUCH((char*)NULL, call);
  sa.sa_sigaction = on_fault_address;
  sigaction(SIGSEGV, &sa, NULL);
  TOUCH(m + 4096 + 123, store);
  sa.sa_sigaction = on_fault;
  sigaction(SIGSEGV, &sa, NULL);
  R(mprotect(m, 3 * 4096, PROT_READ));
  R(mprotect(m + 1, 4096, PROT_READ));
  R(munmap(m + 1, 4096));
  R(munmap(m, 0));
  R(munmap(m, 3 * 4096));
  R((long)mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  R((long)mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0));
  R((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
  t_enter();
  int fd = open("f", O_RDWR | O_CREAT, 0600);
  write(fd, "file contents", 13);
  char* shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char* private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  printf("%s / %s / %d\n", shared, private, shared[13]);
  memcpy(private, "MINE", 4);
  memcpy(shared + 5, "SHARED", 6);
  char b[20] = "";
  pread(fd, b, 13, 0);
  printf("%s / %.13s / %.13s\n", b, shared, private);
  pwrite(fd, "WRITE", 5, 0);
  printf("%.13s\n", shared);
  TOUCH(shared + 4096, load);
  R(ftruncate(fd, 5000));
  TOUCH(shared + 4096, load);
  R(msync(shared, 8192, MS_SYNC));
  pid_t child = fork();
  if (child == 0) {
    memcpy(shared, "child", 5);
    memcpy(private, "child", 5);
    _exit(0);
  }
  wait(NULL);
  printf("%.5s %.4s\n", shared, private);
  char* anon = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  child = fork();
  if (child == 0) {
    strcpy(anon, "from the child");
    _exit(0);
  }
  wait(NULL);
  puts(anon);
  R((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, open("f", O_RDONLY), 0));
  unlink("f");
  t_leave();
  char* old = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(old, "moves along");
  char* big = mremap(old, 4096, 1 << 20, MREMAP_MAYMOVE);
  T(big != MAP_FAILED && strcmp(big, "moves along") == 0 && big[(1 << 20) - 1] == 0);
  T(mremap(big, 1 << 20, 4096, 0) == big);
  TOUCH(big + 4096, load);
  R(madvise(big, 4096, MADV_DONTNEED));
  printf("after DONTNEED %d\n", big[0]);
  char* brk0 = sbrk(0);
  T(sbrk(100000) == brk0);
  memset(brk0, 1, 100000);
  T(sbrk(-100000) != (void*)-1 && sbrk(0) == brk0);
  unsigned char vec[4];
  R(mincore(big, 4096, vec));
  R(mincore(big + 4096, 4096, vec));
  // What was sealed before it was mapped cannot be made writable.
  int sealed = memfd_create("sealed", MFD_ALLOW_SEALING);
  ftruncate(sealed, 4096);
  R(fcntl(sealed, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
  void* view = mmap(NULL, 4096, PROT_READ, MAP_SHARED, sealed, 0);
  T(view != MAP_FAILED);
  R(mprotect(view, 4096, PROT_READ | PROT_WRITE));
  // The stack grows by being used.
  volatile char deep[1 << 20];
  for (int i = (int)sizeof deep - 1; i >= 0; i -= 4096) deep[i] = 1;
  puts("deep stack");
  return 0;
}
