// Directories: reading them with changes in between, chdir, getcwd, *at calls, rename of trees.
#include <dirent.h>
#include "t.h"
static int by_name(const void* a, const void* b) { return strcmp(*(char* const*)a, *(char* const*)b); }
static void list(const char* name) {
  char* names[64];
  int n = 0;
  DIR* d = opendir(name);
  if (d == NULL) {
    printf("%s: %s\n", name, t_errno());
    return;
  }
  for (struct dirent* e; (e = readdir(d)) != NULL && n < 64;) {
    char b[300];
    snprintf(b, sizeof b, "%s/%d", e->d_name, e->d_type);
    names[n++] = strdup(b);
  }
  closedir(d);
  qsort(names, (size_t)n, sizeof *names, by_name);
  printf("%s:", name);
  for (int i = 0; i < n; ++i) printf(" %s", names[i]);
  printf("\n");
}
int main(void) {
  t_enter();
  char cwd[256];
  R(mkdir("a", 0755));
  R(mkdir("a", 0755));
  R(mkdir("a/b/c", 0755));
  R(mkdir("a/b", 0755));
  close(creat("a/file", 0644));
  R(symlink("file", "a/link"));
  list("a");
  list("none");
  list("a/file");
  int d = OK(open("a", O_RDONLY | O_DIRECTORY));
  R(open("a/file", O_RDONLY | O_DIRECTORY));
  R(open("a", O_WRONLY));
  R(mkdirat(d, "b/c", 0700));
  close(openat(d, "b/c/deep", O_CREAT | O_WRONLY, 0600));
  R(faccessat(d, "b/c/deep", R_OK, 0));
  list("a/b/c");
  R(rename("a/b", "a/b/c/x"));
  R(rename("a/b", "moved"));
  list("a");
  list("moved");
  R(rename("moved", "a/file"));
  R(rename("a/file", "moved"));
  R(chdir("moved/c"));
  T(getcwd(cwd, sizeof cwd) != NULL && strcmp(cwd + strlen(cwd) - 8, "/moved/c") == 0);
  R(getcwd(cwd, 3) == NULL);
  R(chdir(".."));
  R(fchdir(d));
  R(chdir("file"));
  R(chdir("link/"));
  DIR* dir = opendir(".");
  int seen = 0;
  while (readdir(dir) != NULL) ++seen;
  printf("entries %d\n", seen);
  rewinddir(dir);
  seen = 0;
  while (readdir(dir) != NULL) ++seen;
  printf("again %d\n", seen);
  closedir(dir);
  R(rmdir("."));
  R(rmdir(".."));
  R(unlink("file"));
  R(unlink("link"));
  R(fchdir(d));
  R(chdir(".."));
  char c;
  R(pread(open(".", O_RDONLY), &c, 1, 0));
  R(pread(open("/", O_RDONLY), &c, 1, 0));
  R(pread(open("/proc", O_RDONLY), &c, 1, 0));
  R(rmdir("moved"));
  R(unlink("moved/c/deep"));
  R(rmdir("moved/c"));
  R(rmdir("moved"));
  R(chdir("a"));
  R(rmdir("../a"));
  R(getcwd(cwd, sizeof cwd) == NULL);
  R(open("x", O_CREAT | O_WRONLY, 0600));
  t_leave();
  return 0;
}
