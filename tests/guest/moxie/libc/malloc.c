// malloc: first fit in one list of free blocks in the order of their addresses, neighbours merged. Memory comes from mmap,
// as on a machine without an MMU brk has little to give; base-register programs, whose mappings may move all their
// data, take what brk has first.
#include "libc.h"

struct block {
  size_t size;  // with this header, a multiple of 8
  struct block *next;
};
static struct block *free_blocks;

enum { kChunk = 4096 };

static void *more(size_t n) {
  enum { PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22 };
#ifdef __BASEREL__
  const long old = __syscall(45, 0, 0, 0, 0, 0, 0);
  const long start = (old + 7) & ~7;
  if (__syscall(45, start + n, 0, 0, 0, 0, 0) == (long)(start + n)) return (void *)start;
#endif
  const long p = __syscall(192, 0, n, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  return (unsigned long)p > -4096UL ? NULL : (void *)p;
}

void *malloc(size_t n) {
  if (n > 1 << 28) {
    errno = ENOMEM;
    return NULL;
  }
  n = (n + sizeof(size_t) + 7) & ~7;
  for (int tries = 0; tries < 2; tries++) {
    for (struct block **p = &free_blocks; *p; p = &(*p)->next) {
      struct block *b = *p;
      if (b->size < n) continue;
      if (b->size - n >= 16) {
        struct block *rest = (struct block *)((char *)b + n);
        rest->size = b->size - n;
        rest->next = b->next;
        *p = rest;
        b->size = n;
      } else {
        *p = b->next;
      }
      return &b->next;
    }
    const size_t chunk = (n + kChunk - 1) / kChunk * kChunk;
    struct block *fresh = more(chunk);
    if (!fresh) break;
    fresh->size = chunk;
    free(&fresh->next);
  }
  errno = ENOMEM;
  return NULL;
}

void free(void *p) {
  if (!p) return;
  struct block *b = (struct block *)((size_t *)p - 1), **at = &free_blocks, *before = NULL;
  while (*at && *at < b) before = *at, at = &(*at)->next;
  b->next = *at;
  *at = b;
  if ((char *)b + b->size == (char *)b->next) {
    b->size += b->next->size;
    b->next = b->next->next;
  }
  if (before && (char *)before + before->size == (char *)b) {
    before->size += b->size;
    before->next = b->next;
  }
}

void *calloc(size_t n, size_t size) {
  if (size && n > (1U << 28) / size) {
    errno = ENOMEM;
    return NULL;
  }
  void *p = malloc(n * size);
  return p ? memset(p, 0, n * size) : NULL;
}
