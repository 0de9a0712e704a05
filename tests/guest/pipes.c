// Pipes: ends, atomicity, EOF, EPIPE, O_NONBLOCK, capacity, a pipeline of processes; FIFOs.
#include "t.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

// What is written lies in neighbouring pages, some used long ago and some never, with many used in between.
static void across_pages(void) {
  enum { kPage = 4096, kPages = 64, kTurns = 16 };
  static _Alignas(kPage) char area[kPages * kPage];
  int p[2];
  unsigned char b[20];
  unsigned sum = 0;
  pipe(p);
  for (int i = 0; i < kPages * kPage; ++i) area[i] = (char)(i * 13 + i / kPage);
  for (int from = 2; from < 30; ++from)
    for (int turn = 0; turn < 3 * kTurns; ++turn) {
      const int between = 14 + turn / 3;
      char* first = area + from * kPage;
      sum += *(volatile char*)first;
      syscall(SYS_getppid);
      for (int i = 2; i < between; ++i) ++*(volatile char*)(first + i * kPage);
      write(p[1], first + kPage - 10, sizeof b);
      read(p[0], b, sizeof b);
      sum = sum * 31 + b[0] + b[sizeof b - 1];
    }
  printf("across pages %x\n", sum);
  close(p[0]), close(p[1]);
}

// A reader's memory ends before what there is to read: what was written at once stays, or goes, as a whole.
static void short_memory(void) {
  char text[6000];
  memset(text, 'x', sizeof text);
  char* p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(p + 8192, 4096, PROT_NONE);
  for (int socket = 0; socket < 2; ++socket) {
    int ends[2];
    if (socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) return;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    R(write(ends[1], text, 50));
    R(read(ends[0], p + 8192 - 20, 50));
    R(read(ends[0], p, 30));
    R(write(ends[1], text, 100));
    R(read(ends[0], p + 8192 - 40, 120));
    R(read(ends[0], p, 4096));
    R(read(ends[0], p, 4096));
    R(write(ends[1], text, 6000));
    R(read(ends[0], p + 8192 - 5000, 6000));
    R(read(ends[0], p, 8192));
    R(read(ends[0], p, 8192));
    struct iovec v[2] = {{p, 10}, {p + 8192, 10}};
    R(write(ends[1], text, 15));
    R(readv(ends[0], v, 2));
    R(read(ends[0], p, 4096));
    close(ends[0]), close(ends[1]);
  }
}

int main(void) {
  across_pages();
  short_memory();
  int p[2];
  char b[100];
  R(pipe(p));
  R(write(p[1], "abc", 3));
  R(read(p[0], b, 100));
  R(read(p[1], b, 1));
  R(write(p[0], b, 1));
  R(lseek(p[0], 0, SEEK_CUR));
  R(fcntl(p[0], F_SETFL, O_NONBLOCK));
  R(read(p[0], b, 1));
  R(fcntl(p[1], F_SETFL, O_NONBLOCK));
  static char big[70000];
  R(write(p[1], big, sizeof big));
  R(write(p[1], big, 1));
  R(write(p[1], big, 4096));
  R(fcntl(p[1], F_GETPIPE_SZ));
  R(close(p[1]));
  long total = 0;
  for (ssize_t n; (n = read(p[0], big, sizeof big)) > 0;) total += n;
  printf("drained %ld\n", total);
  R(read(p[0], b, 1));
  R(close(p[0]));
  R(pipe(p));
  signal(SIGPIPE, SIG_IGN);
  R(close(p[0]));
  R(write(p[1], "x", 1));
  R(close(p[1]));
  pid_t child = fork();
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    pipe(p);
    close(p[0]);
    write(p[1], "x", 1);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  t_status("writer", status);
  // Three processes in a row: what goes in comes out, doubled twice.
  int in[2], mid[2], out[2];
  pipe(in), pipe(mid), pipe(out);
  for (int stage = 0; stage < 2; ++stage) {
    if (fork() != 0) continue;
    int from = stage == 0 ? in[0] : mid[0], to = stage == 0 ? mid[1] : out[1];
    for (int i = 3; i < 100; ++i)
      if (i != from && i != to) close(i);
    for (ssize_t n; (n = read(from, b, 1)) == 1;) write(to, (char[]){b[0], b[0]}, 2);
    _exit(stage);
  }
  write(in[1], "xyz", 3);
  close(in[0]), close(in[1]), close(mid[0]), close(mid[1]), close(out[1]);
  total = 0;
  for (ssize_t n; (n = read(out[0], b + total, sizeof b - (size_t)total)) > 0;) total += n;
  printf("%.*s\n", (int)total, b);
  int sum = 0;
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  printf("statuses %d\n", sum);
  t_enter();
  R(mkfifo("fifo", 0600));
  R(open("fifo", O_WRONLY | O_NONBLOCK));
  child = fork();
  if (child == 0) {
    int w = open("fifo", O_WRONLY);
    write(w, "through", 7);
    _exit(0);
  }
  int r = open("fifo", O_RDONLY);
  R(read(r, b, 100));
  R(read(r, b, 100));
  waitpid(child, &status, 0);
  t_status("fifo writer", status);
  R(unlink("fifo"));
  t_leave();
  return 0;
}
