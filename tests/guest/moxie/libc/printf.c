// The printf family over one formatter. A call that prints makes one write: lines of tasks that print at the same
// time do not mix.
#include "libc.h"

struct sink {
  char *to;
  size_t size, n;  // n: what would have been put with room enough
};

static void put(struct sink *s, char c) {
  if (s->n < s->size) s->to[s->n] = c;
  s->n++;
}

static void put_padded(struct sink *s, const char *text, int n, int width, int left, char pad) {
  if (pad == '0' && n && *text == '-') {
    put(s, *text++);
    n--, width--;
  }
  for (int i = n; !left && i < width; i++) put(s, pad);
  for (int i = 0; i < n; i++) put(s, text[i]);
  for (int i = n; left && i < width; i++) put(s, ' ');
}

static int digits(char *end, unsigned v, unsigned base) {
  char *p = end;
  do *--p = "0123456789abcdef"[v % base];
  while (v /= base);
  return end - p;
}

static void format(struct sink *s, const char *f, va_list ap) {
  for (; *f; f++) {
    if (*f != '%') {
      put(s, *f);
      continue;
    }
    int left = 0, width = 0, precision = -1;
    char pad = ' ', number[13], *end = number + sizeof number;
    for (f++; *f == '-' || *f == '0'; f++) *f == '-' ? (left = 1) : (pad = '0');
    if (*f == '*') width = va_arg(ap, int), f++;
    for (; *f >= '0' && *f <= '9'; f++) width = width * 10 + *f - '0';
    if (*f == '.') {
      precision = 0;
      if (*++f == '*') precision = va_arg(ap, int), f++;
      for (; *f >= '0' && *f <= '9'; f++) precision = precision * 10 + *f - '0';
    }
    if (*f == 'l') f++;
    const char *text = number;
    int n = 1, v;
    switch (*f) {
      case 'd':
        v = va_arg(ap, int);
        n = digits(end, v < 0 ? -(unsigned)v : (unsigned)v, 10);
        if (v < 0) end[-++n] = '-';
        text = end - n;
        break;
      case 'u': text = end - (n = digits(end, va_arg(ap, unsigned), 10)); break;
      case 'o': text = end - (n = digits(end, va_arg(ap, unsigned), 8)); break;
      case 'p':
      case 'x': text = end - (n = digits(end, va_arg(ap, unsigned), 16)); break;
      case 'c': *number = va_arg(ap, int); break;
      case 's':
        text = va_arg(ap, const char *);
        if (!text) text = "(null)";
        for (n = 0; n != precision && text[n];) n++;
        break;
      case 0: return;
      default: *number = *f;
    }
    put_padded(s, text, n, width, left, pad);
  }
}

int snprintf(char *to, size_t size, const char *f, ...) {
  struct sink s = {to, size, 0};
  va_list ap;
  va_start(ap, f);
  format(&s, f, ap);
  va_end(ap);
  if (size) to[s.n < size ? s.n : size - 1] = 0;
  return s.n;
}

static int print(int fd, const char *f, va_list ap) {
  char line[256];
  struct sink s = {line, sizeof line, 0};
  format(&s, f, ap);
  return write(fd, line, s.n < sizeof line ? s.n : sizeof line);
}

int dprintf(int fd, const char *f, ...) {
  va_list ap;
  va_start(ap, f);
  const int n = print(fd, f, ap);
  va_end(ap);
  return n;
}

int printf(const char *f, ...) {
  va_list ap;
  va_start(ap, f);
  const int n = print(1, f, ap);
  va_end(ap);
  return n;
}

int puts(const char *s) { return printf("%s\n", s); }
