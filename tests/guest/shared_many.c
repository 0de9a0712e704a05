// More shared memories without a file than a host gives files to one process: all are shared with a child, and
// there is room for programs, memfds and System V's afterwards.
#include "t.h"

#include <sys/mman.h>
#include <sys/shm.h>

enum { kMany = 1200, kPage = 4096, kBig = 1 << 20 };

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "again") == 0) {
    puts("executed");
    return 0;
  }
  char* big = mmap(NULL, kBig, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  big[kBig - 1] = 'b';
  static char* at[kMany];
  int got = 0;
  for (int i = 0; i < kMany; ++i) {
    at[i] = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at[i] == MAP_FAILED) break;
    at[got++][0] = (char)i;
  }
  printf("mapped %d\n", got);
  int status;
  if (fork() == 0) {
    for (int i = 0; i < got; ++i) ++at[i][0];
    ++big[kBig - 1];
    execl("/proc/self/exe", "shared_many", "again", NULL);
    _exit(1);
  }
  wait(&status);
  t_status("child", status);
  int shared = 0;
  for (int i = 0; i < got; ++i) shared += at[i][0] == (char)(i + 1);
  printf("shared %d %c\n", shared, big[kBig - 1]);
  const int id = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  char* segment = shmat(id, NULL, 0);
  R(shmctl(id, IPC_RMID, NULL));
  T(segment != (char*)-1 && segment[0] == 0);
  for (int i = 0; i < got; ++i) munmap(at[i], kPage);
  return 0;
}
