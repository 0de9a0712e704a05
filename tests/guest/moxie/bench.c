// Two loads for measuring an engine: `bench loop N` and `bench call N` do the mix N times (default: 10 and 1000) and
// print a checksum, which must be the same on every engine and on any other machine (the file compiles for
// the host, too: it needs printf, strcmp and atoi). loop: a sieve, a CRC and a matrix product, few calls. call: small
// functions, strings and records, as Dhrystone has them.
#include "libc.h"

typedef unsigned int u32;
enum { kSieve = 8192, kMatrix = 24 };
#define NOINLINE __attribute__((noinline, noclone))

static unsigned char composite[kSieve];
static u32 a[kMatrix][kMatrix], b[kMatrix][kMatrix], c[kMatrix][kMatrix];

NOINLINE static u32 sieve(void) {
  u32 primes = 0;
  for (u32 i = 0; i < kSieve; i++) composite[i] = 0;
  for (u32 i = 2; i < kSieve; i++) {
    if (composite[i]) continue;
    primes++;
    for (u32 k = i * 2; k < kSieve; k += i) composite[k] = 1;
  }
  return primes;
}

NOINLINE static u32 crc(u32 value) {
  for (u32 i = 0; i < 4096; i++) {
    value ^= composite[i] + i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
  }
  return value;
}

NOINLINE static u32 matmul(u32 seed) {
  for (u32 i = 0; i < kMatrix; i++)
    for (u32 k = 0; k < kMatrix; k++) a[i][k] = seed + i * k, b[i][k] = seed ^ (i + k);
  for (u32 i = 0; i < kMatrix; i++)
    for (u32 j = 0; j < kMatrix; j++) {
      u32 sum = 0;
      for (u32 k = 0; k < kMatrix; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  return c[3][5] ^ c[kMatrix - 1][kMatrix - 1];
}

static u32 loop_mix(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < n; i++) sum = crc(sum ^ sieve()) + matmul(i);
  return sum;
}

struct record {
  struct record *next;
  u32 kind, count;
  char text[32];
};
static struct record records[2];

NOINLINE static u32 pick(u32 x, u32 y) { return x > y ? x - y : y - x; }
NOINLINE static int same(const char *x, const char *y) {
  for (; *x && *x == *y; x++) y++;
  return *x == *y;
}
NOINLINE static void copy_text(char *to, const char *from) {
  while ((*to++ = *from++)) {
  }
}
NOINLINE static u32 weigh(const struct record *r, u32 by) { return pick(r->count * by, r->kind) + r->next->kind; }
NOINLINE static void update(struct record *r, u32 i) {
  r->kind = pick(r->kind, i);
  r->count += weigh(r, i & 7);
  copy_text(r->text, i & 1 ? "some text, first string" : "some text, second string");
}
NOINLINE static u32 depth(u32 n) { return n < 2 ? n : depth(n - 1) + depth(n - 2); }

static u32 call_mix(u32 n) {
  u32 sum = 0;
  records[0].next = &records[1];
  records[1].next = &records[0];
  for (u32 i = 0; i < n; i++) {
    update(&records[0], i);
    update(&records[1], i + 1);
    if (same(records[0].text, records[1].text)) sum++;
    sum += weigh(&records[i & 1], 3) + depth(5);
  }
  return sum ^ records[0].count ^ records[1].count << 1;
}

int main(int argc, char **argv) {
  const int all = argc < 2;
  const u32 n = argc > 2 ? atoi(argv[2]) : 0;
  if (!all && strcmp(argv[1], "loop") && strcmp(argv[1], "call")) {
    printf("usage: bench loop|call [N]\n");
    return 2;
  }
  if (all || !strcmp(argv[1], "loop")) printf("loop %x\n", loop_mix(n ? n : 10));
  if (all || !strcmp(argv[1], "call")) printf("call %x\n", call_mix(n ? n : 1000));
  return 0;
}
