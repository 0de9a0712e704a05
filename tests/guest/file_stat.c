// What stat says of modes, links, sizes and times; chmod, umask, symlinks, access.
#include <sys/time.h>
#include "t.h"
static void show(const char* name) {
  struct stat st;
  if (lstat(name, &st) != 0) {
    printf("%s: %s\n", name, t_errno());
    return;
  }
  printf("%s: mode %o links %d size %ld\n", name, st.st_mode, (int)st.st_nlink, S_ISDIR(st.st_mode) ? 0L : (long)st.st_size);
}
int main(void) {
  t_enter();
  umask(027);
  R(mkdir("d", 0777));
  show("d");
  close(creat("d/f", 0666));
  show("d/f");
  R(chmod("d/f", 04755));
  show("d/f");
  R(chmod("d/none", 0));
  R(symlink("d/f", "s"));
  show("s");
  char b[16] = "";
  R(readlink("s", b, sizeof b));
  R(readlink("s", b, 2));
  R(readlink("d", b, 2));
  struct stat st;
  R(stat("s", &st));
  printf("through: %o\n", st.st_mode);
  R(symlink("loop", "loop"));
  R(open("loop", O_RDONLY));
  R(stat("loop", &st));
  R(open("s", O_RDONLY | O_NOFOLLOW));
  R(open("d/f/x", O_RDONLY));
  R(access("d/f", X_OK));
  R(access("none", F_OK));
  struct timeval tv[2] = {{1000, 0}, {2000, 500000}};
  R(utimes("d/f", tv));
  stat("d/f", &st);
  printf("times %ld %ld.%09ld\n", (long)st.st_atime, (long)st.st_mtime, (long)st.st_mtim.tv_nsec);
  R(mknod("fifo", S_IFIFO | 0600, 0));
  show("fifo");
  R(truncate("d/f", 10000));
  stat("d/f", &st);
  printf("size %ld\n", (long)st.st_size);
  stat("/dev/null", &st);
  printf("/dev/null: char %d rdev %x\n", S_ISCHR(st.st_mode), (unsigned)st.st_rdev);
  R(unlink("d"));
  R(rmdir("d"));
  R(rmdir("d/f"));
  R(unlink("d/f"));
  R(rmdir("d"));
  R(unlink("s"));
  R(unlink("loop"));
  R(unlink("fifo"));
  t_leave();
  return 0;
}
