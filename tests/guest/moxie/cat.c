// cat [FILE...]: files, or standard input, to standard output.
#include "libc.h"

static int copy(int fd, const char *name) {
  char buffer[512];
  int n;
  while ((n = read(fd, buffer, sizeof buffer)) > 0)
    for (int done = 0; done < n;) {
      const int wrote = write(1, buffer + done, n - done);
      if (wrote < 0) return 1;
      done += wrote;
    }
  if (n < 0) dprintf(2, "cat: %s: %s\n", name, strerror(errno));
  return n < 0;
}

int main(int argc, char **argv) {
  int status = argc < 2 ? copy(0, "-") : 0;
  for (int i = 1; i < argc; i++) {
    const int fd = strcmp(argv[i], "-") ? open(argv[i], O_RDONLY) : 0;
    if (fd < 0) {
      dprintf(2, "cat: %s: %s\n", argv[i], strerror(errno));
      status = 1;
      continue;
    }
    status |= copy(fd, argv[i]);
    if (fd) close(fd);
  }
  return status;
}
