// Mappings: splitting, moving, sharing, advice, the break, a stack that grows, files; and what system
// calls say about bad memory.
#include "t.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { P = 4096 };

static long at(void* address) { return (long)address; }

static int deep(int n) {
  volatile char page[P];
  page[0] = (char)n;
  return n == 0 ? 0 : deep(n - 1) + 1 + (page[0] != (char)n);
}

static void* anon(size_t len, int flags) {
  return mmap(NULL, len, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

static void protection(void) {
  int fds[2];
  char* p = anon(8 * P, MAP_PRIVATE);
  memset(p, 7, 8 * P);
  pipe(fds);
  write(fds[1], "hello", 5);
  R(mprotect(p + P, P, PROT_READ));
  R(read(fds[0], p + P, 5));
  R(read(fds[0], p, 5));
  R(p[0]);
  R(munmap(p + P, P));
  R(write(fds[1], p + P, 1));
  R(write(fds[1], p + P - 2, 10));
  R(mprotect(p, 3 * P, PROT_READ));
  R(mprotect(p + 1, P, PROT_READ));
  R(munmap(p + 1, P));
}

static void moving(void) {
  char* p = anon(8 * P, MAP_PRIVATE);
  memset(p, 7, 8 * P);
  OK(at(mremap(p, P, 2 * P, 0)));  // covers less than the mapping: no room behind
  char* q = mremap(p + 2 * P, 6 * P, 600 * P, MREMAP_MAYMOVE);
  R(q[5]);
  R(q[500 * P]);
  R(madvise(q, P, MADV_DONTNEED));
  R(q[0]);
  OK(at(mremap(q, 600 * P, P, 0)));
  OK(at(mremap(q, P, P, MREMAP_FIXED, p)));
  OK(at(mremap(q, P, 0, 0)));
  char* s = anon(2 * P, MAP_SHARED);
  char* view = mremap(s, 0, 2 * P, MREMAP_MAYMOVE);
  view[1] = 9;
  R(s[1]);
}

static void forking(void) {
  char* shared = anon(2 * P, MAP_SHARED);
  char* private = anon(2 * P, MAP_PRIVATE);
  int status;
  private[0] = private[P] = 1;
  R(madvise(private, P, MADV_WIPEONFORK));
  if (fork() == 0) {
    shared[0] = 5;
    _exit(private[0] * 2 + private[P]);
  }
  wait(&status);
  R(shared[0]);
  R(WEXITSTATUS(status));
  R(private[0]);
}

static void break_and_stack(void) {
  char* start = sbrk(0);
  R((char*)sbrk(100000) == start);
  start[99999] = 1;
  R((char*)sbrk(-50000) == start + 100000);
  R((char*)sbrk(0) == start + 50000);
  R(deep(1500));
}

static void files(void) {
  char byte;
  int ro = open("/proc/self/exe", O_RDONLY);
  char* text = mmap(NULL, P, PROT_READ, MAP_PRIVATE, ro, 0);
  R(text[1]);
  OK(at(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0)));
  R(mprotect(text, P, PROT_READ | PROT_WRITE));
  text[1] = 0;
  int fd = open("memory.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
  unlink("memory.tmp");
  R(ftruncate(fd, 2 * P));
  char* whole = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char* second = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, P);
  whole[P] = 77;
  R(second[0]);
  pread(fd, &byte, 1, P);
  R(byte);
  pwrite(fd, "Q", 1, 0);
  R(whole[0]);
  R(msync(whole, 2 * P, MS_SYNC));
  R(msync(whole, P, MS_SYNC | MS_ASYNC));
  R(mprotect(second, P, PROT_READ | PROT_WRITE));
}

static void errors(void) {
  char* p = anon(P, MAP_PRIVATE);
  unsigned char vec[4];
  OK(at(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
  OK(at(mmap(NULL, P, PROT_READ, MAP_ANONYMOUS, -1, 0)));
  OK(at(mmap(NULL, P, PROT_READ, MAP_PRIVATE, 99, 0)));
  OK(at(mmap(p, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)));
  OK(at(mmap(p + 1, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)));
  R(mincore(p, P, vec));
  R(madvise(p, P, 12345));
  R(mlock(p, P));
  R(madvise(p, P, MADV_DONTNEED));
  R(munlock(p, P));
  R(mlockall(99));
  R(syscall(SYS_membarrier, 8, 0, 0));
  R(syscall(SYS_membarrier, 16, 0, 0));
  R(syscall(SYS_membarrier, 8, 0, 0));
}

static void other_memory(void) {
  char in[8] = "abc", out[8] = "";
  struct iovec local = {out, 4}, remote = {in, 4};
  R(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
  puts(out);
  remote.iov_base = (void*)8;
  R(process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
  R(process_vm_readv(getpid(), &local, 1, &remote, 1, 1));
}

int main(void) {
  protection();
  moving();
  forking();
  break_and_stack();
  files();
  errors();
  other_memory();
  return 0;
}
