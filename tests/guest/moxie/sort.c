// sort [-r] [-n] [-u]: the lines of standard input in order; a merge sort of a list.
#include "libc.h"

struct line {
  struct line *next;
  char text[];
};
static int reverse, numeric, unique;

static int order(const struct line *a, const struct line *b) {
  const int by = numeric ? atoi(a->text) - atoi(b->text) : 0;
  const int d = by ? by : strcmp(a->text, b->text);
  return reverse ? -d : d;
}

static struct line *merge(struct line *a, struct line *b) {
  struct line *first = NULL, **at = &first;
  while (a && b) {
    struct line **least = order(a, b) <= 0 ? &a : &b;
    *at = *least;
    at = &(*at)->next;
    *least = *least == a ? a->next : b->next;
  }
  *at = a ? a : b;
  return first;
}

static struct line *sorted(struct line *list) {
  if (!list || !list->next) return list;
  struct line *middle = list;
  for (struct line *end = list->next; end && end->next; end = end->next->next) middle = middle->next;
  struct line *second = middle->next;
  middle->next = NULL;
  return merge(sorted(list), sorted(second));
}

static struct line *read_lines(void) {
  static char text[1024], buffer[512];
  struct line *first = NULL, **at = &first;
  int n, length = 0, last = 0;
  while ((n = read(0, buffer, sizeof buffer)) > 0 || (!last++ && length))
    for (int i = 0; i < n || (last && length); i++) {
      const char c = last ? '\n' : buffer[i];
      if (c != '\n') {
        if (length < (int)sizeof text - 1) text[length++] = c;
        continue;
      }
      struct line *l = malloc(sizeof *l + length + 1);
      if (!l) return NULL;
      memcpy(l->text, text, length);
      l->text[length] = 0;
      l->next = NULL;
      *at = l;
      at = &l->next;
      length = 0;
    }
  return first;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    reverse |= strchr(argv[i], 'r') != NULL;
    numeric |= strchr(argv[i], 'n') != NULL;
    unique |= strchr(argv[i], 'u') != NULL;
  }
  const struct line *before = NULL;
  for (struct line *l = sorted(read_lines()); l; l = l->next) {
    if (!unique || !before || strcmp(before->text, l->text)) {
      write(1, l->text, strlen(l->text));
      write(1, "\n", 1);
    }
    before = l;
  }
  return 0;
}
