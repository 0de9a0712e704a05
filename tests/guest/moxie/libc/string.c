// Strings and memory, one plain loop each.
#include "libc.h"

void *memcpy(void *to, const void *from, size_t n) {
  char *t = to;
  const char *f = from;
  if ((((size_t)t | (size_t)f) & 3) == 0)
    for (; n >= 4; n -= 4, t += 4, f += 4) *(long *)t = *(const long *)f;
  while (n--) *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t n) {
  char *t = to;
  const char *f = from;
  if (t <= f) return memcpy(to, from, n);
  while (n--) t[n] = f[n];
  return to;
}

void *memset(void *to, int c, size_t n) {
  char *t = to;
  while (n--) *t++ = c;
  return to;
}

int memcmp(const void *a, const void *b, size_t n) {
  const char *x = a, *y = b;
  for (; n--; x++, y++)
    if (*x != *y) return *x - *y;
  return 0;
}

size_t strlen(const char *s) {
  const char *e = s;
  while (*e) e++;
  return e - s;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a - *b;
}

int strncmp(const char *a, const char *b, size_t n) {
  for (; n && *a && *a == *b; n--) a++, b++;
  return n ? *a - *b : 0;
}

char *strcpy(char *to, const char *from) {
  char *t = to;
  while ((*t++ = *from++)) {
  }
  return to;
}

char *strchr(const char *s, int c) {
  for (;; s++) {
    if (*s == c) return (char *)s;
    if (!*s) return NULL;
  }
}

char *strrchr(const char *s, int c) {
  char *last = NULL;
  do
    if (*s == c) last = (char *)s;
  while (*s++);
  return last;
}

char *strdup(const char *s) {
  size_t n = strlen(s) + 1;
  char *copy = malloc(n);
  return copy ? memcpy(copy, s, n) : NULL;
}

int atoi(const char *s) {
  int n = 0, minus = *s == '-';
  for (s += minus; *s >= '0' && *s <= '9'; s++) n = n * 10 + *s - '0';
  return minus ? -n : n;
}

const char *strerror(int error) {
  static const struct {
    int number;
    const char *text;
  } known[] = {{EPERM, "Operation not permitted"}, {ENOENT, "No such file or directory"},
               {EINTR, "Interrupted system call"}, {ENOEXEC, "Exec format error"},
               {EBADF, "Bad file descriptor"}, {ECHILD, "No child processes"},
               {ENOMEM, "Cannot allocate memory"}, {EACCES, "Permission denied"},
               {EFAULT, "Bad address"}, {ENOTDIR, "Not a directory"},
               {EISDIR, "Is a directory"}, {EINVAL, "Invalid argument"},
               {ENOSYS, "Function not implemented"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].number == error) return known[i].text;
  static char other[20];
  snprintf(other, sizeof other, "error %d", error);
  return other;
}
