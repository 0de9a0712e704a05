// wc [FILE...]: lines, words, bytes.
#include "libc.h"

struct counts {
  int lines, words, bytes;
};

static int count(int fd, struct counts *c) {
  char buffer[512];
  int n, in_word = 0;
  while ((n = read(fd, buffer, sizeof buffer)) > 0) {
    c->bytes += n;
    for (int i = 0; i < n; i++) {
      const int space = buffer[i] == ' ' || (buffer[i] >= 9 && buffer[i] <= 13);
      c->lines += buffer[i] == '\n';
      c->words += !space && !in_word;
      in_word = !space;
    }
  }
  return n;
}

static void show(const struct counts *c, const char *name) {
  printf("%d %d %d%s%s\n", c->lines, c->words, c->bytes, name ? " " : "", name ? name : "");
}

int main(int argc, char **argv) {
  struct counts all = {0, 0, 0};
  int status = 0;
  if (argc < 2) {
    status = count(0, &all) < 0;
    show(&all, NULL);
    return status;
  }
  for (int i = 1; i < argc; i++) {
    struct counts c = {0, 0, 0};
    const int fd = open(argv[i], O_RDONLY);
    if (fd < 0 || count(fd, &c) < 0) {
      dprintf(2, "wc: %s: %s\n", argv[i], strerror(errno));
      status = 1;
    } else {
      show(&c, argv[i]);
      all = (struct counts){all.lines + c.lines, all.words + c.words, all.bytes + c.bytes};
    }
    if (fd >= 0) close(fd);
  }
  if (argc > 2) show(&all, "total");
  return status;
}
