// ls [-a] [-l] [NAME...]: names in order; with -l mode (octal), links, size.
#include "libc.h"

static int all, detailed;

static void show(const char *folder, const char *name) {
  char path[300];
  struct stat st;
  if (!detailed) {
    puts(name);
    return;
  }
  snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
  if (lstat(path, &st))
    printf("? %s: %s\n", name, strerror(errno));
  else
    printf("%06o %2u %7u %s\n", st.st_mode, st.st_nlink, (unsigned)st.st_size, name);
}

static void sort(char **names, int n) {
  for (int i = 1; i < n; i++)
    for (int k = i; k && strcmp(names[k - 1], names[k]) > 0; k--) {
      char *t = names[k];
      names[k] = names[k - 1];
      names[k - 1] = t;
    }
}

static int folder(const char *name) {
  DIR *d = opendir(name);
  if (!d) return -1;
  int n = 0, room = 16;
  char **names = malloc(room * sizeof *names);
  for (struct dirent *e; names && (e = readdir(d));) {
    if (e->d_name[0] == '.' && !all) continue;
    if (n == room) {
      char **more = malloc((room *= 2) * sizeof *names);
      if (!more) break;
      memcpy(more, names, n * sizeof *names);
      free(names);
      names = more;
    }
    names[n++] = strdup(e->d_name);
  }
  closedir(d);
  sort(names, n);
  for (int i = 0; i < n; i++) show(name, names[i]);
  return 0;
}

int main(int argc, char **argv) {
  int status = 0, i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
    all |= strchr(argv[i], 'a') != NULL;
    detailed |= strchr(argv[i], 'l') != NULL;
  }
  if (i == argc) argv[--i] = ".";
  const int several = argc - i > 1;
  for (; i < argc; i++) {
    struct stat st;
    if (stat(argv[i], &st)) {
      dprintf(2, "ls: %s: %s\n", argv[i], strerror(errno));
      status = 1;
    } else if (!S_ISDIR(st.st_mode)) {
      show(NULL, argv[i]);
    } else {
      if (several) printf("%s:\n", argv[i]);
      if (folder(argv[i])) {
        dprintf(2, "ls: %s: %s\n", argv[i], strerror(errno));
        status = 1;
      }
    }
  }
  return status;
}
