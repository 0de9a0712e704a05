// The C library's string functions between cheap system calls, in each of the ways that it has for CPUs
// of different age; and the registers that the newest of them use, which belong to a task: kept across
// system calls, signals and fork.
#include <strings.h>
#include <sys/mman.h>
#include "t.h"

enum { kPage = 4096, kRounds = 60 };
static uint32_t state = 190, sum;
static uint32_t next(uint32_t below) {
  state = state * 1664525 + 1013904223;
  return (uint32_t)((uint64_t)(state >> 4) * below >> 28);
}
static void add(int64_t v) {
  sum = (sum ^ (uint32_t)v) * 16777619 + (uint32_t)(v >> 32);
  getppid();
}
static int sign(int v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }
// Where it is found, or that it is not.
static void found(const char* at, const char* in) { add(at == NULL ? -1 : at - in); }
static void bytes(const char* p, size_t n) {
  for (size_t i = 0; i < n; ++i) sum = (sum ^ (uint8_t)p[i]) * 16777619;
}

// A string that ends where nothing is behind it, or anywhere; of few letters, so that many are equal.
static char* string(char* area, unsigned most, unsigned* length) {
  unsigned n = next(4) == 0 ? next(most) : next(70);
  char* s = area + (next(2) ? 2 * kPage - 1 - n : next(2 * kPage - 1 - n));
  for (unsigned i = 0; i < n; ++i) s[i] = "aaaaaAb\xff"[next(8)];
  s[n] = 0;
  *length = n;
  return s;
}
static char* area(void) {
  char* a = mmap(NULL, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(a + 2 * kPage, kPage, PROT_NONE);
  return a;
}

// Not the compiler's own idea of them.
#define LIBC(name) __typeof__(&name) volatile f_##name = &name
static void search(char* a, char* b) {
  LIBC(strlen); LIBC(strnlen); LIBC(strrchr); LIBC(memrchr); LIBC(strspn); LIBC(strcspn); LIBC(strcmp);
  LIBC(strncmp); LIBC(memcmp); LIBC(strcasecmp); LIBC(strncasecmp);
  char* (*volatile f_strchr)(const char*, int) = (char* (*)(const char*, int))strchr;
  char* (*volatile f_strchrnul)(const char*, int) = (char* (*)(const char*, int))strchrnul;
  void* (*volatile f_memchr)(const void*, int, size_t) = (void* (*)(const void*, int, size_t))memchr;
  void* (*volatile f_rawmemchr)(const void*, int) = (void* (*)(const void*, int))rawmemchr;
  char* (*volatile f_strpbrk)(const char*, const char*) = (char* (*)(const char*, const char*))strpbrk;
  char* (*volatile f_strstr)(const char*, const char*) = (char* (*)(const char*, const char*))strstr;
  for (int round = 0; round < kRounds; ++round) {
    unsigned n, m;
    char *s = string(a, 600, &n), *t = string(b, 600, &m);
    const int c = "bA\xff"[next(3)];
    if (next(2)) memcpy(t, s, m < n ? m : n);
    add((int64_t)f_strlen(s));
    add((int64_t)f_strnlen(s, next(n + 40)));
    found(f_strchr(s, c), s);
    found(f_strchrnul(s, c), s);
    found(f_strrchr(s, c), s);
    found(f_memchr(s, c, n), s);
    found(f_memrchr(s, c, n), s);
    found(f_rawmemchr(s, 0), s);
    add((int64_t)f_strspn(s, "aA"));
    add((int64_t)f_strcspn(s, "b\xff"));
    found(f_strpbrk(s, "Ab"), s);
    found(f_strstr(s, "aAb"), s);
    add(sign(f_strcmp(s, t)));
    add(sign(f_strncmp(s, t, next(n + 40))));
    add(sign(f_memcmp(s, t, m < n ? m : n)));
    add(sign(f_strcasecmp(s, t)));
    add(sign(f_strncasecmp(s, t, next(n + 40))));
  }
  printf("  found: %08x\n", sum);
}
static void change(char* a, char* b) {
  LIBC(strcpy); LIBC(stpcpy); LIBC(strncpy); LIBC(strcat); LIBC(memcpy); LIBC(memmove); LIBC(memset);
  char* to = b + 8;
  for (int round = 0; round < kRounds; ++round) {
    unsigned n;
    char* s = string(a, 2000, &n);
    found(f_strcpy(to, s), b);
    found(f_stpcpy(to + 3, s), b);
    found(f_strcat(to, s), b);
    bytes(b, 4200);
    found(f_strncpy(to + next(64), s, next(n + 100)), b);
    found(f_memcpy(to + next(64), s, n), b);
    bytes(b, 2200);
    found(f_memmove(to + next(64), to + next(64), n), b);
    found(f_memset(to + next(64), round, next(400)), b);
    bytes(b, 2200);
  }
  printf("  made: %08x\n", sum);
}

#ifdef __x86_64__
#include <sys/syscall.h>
static uint32_t pattern[16], seen[16];
static uint64_t mask;
static long call(long number, long a, long b) {  // no function that could use registers
  register long result __asm__("rax") = number;
  __asm__ volatile("syscall" : "+r"(result) : "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}
static uint32_t hash(void) {
  uint32_t h = (uint32_t)mask ^ (uint32_t)(mask >> 32);
  for (int i = 0; i < 16; ++i) h = (h ^ seen[i]) * 16777619;
  return h >> 8;
}
// A child ends with a part of what its registers made of it.
static void report(const char* what, const char* which, long child, int forked) {
  int status = 0;
  if (forked && child == 0) _exit(hash() & 0x7f);
  if (forked) waitpid((pid_t)child, &status, 0);
  printf("  %s, %s: %06x, %d\n", which, what, hash(), WEXITSTATUS(status));
}

__attribute__((target("avx2"))) static void on_usr1(int sig) {
  __asm__ volatile("vpcmpeqd %%ymm3, %%ymm3, %%ymm3\n\tvpxor %%ymm12, %%ymm12, %%ymm12" ::: "xmm3", "xmm12");
}
__attribute__((target("avx512vl,avx512bw,avx512dq"))) static void on_usr1_512(int sig) {
  __asm__ volatile("vpxord %%ymm20, %%ymm20, %%ymm20\n\tkxorq %%k3, %%k3, %%k3\n\tvzeroupper" ::: "xmm20", "k3");
}

__attribute__((target("avx2"))) static void with_avx2(const char* what, long number, long a, long b) {
  __asm__ volatile("vmovdqu %0, %%ymm3\n\tvpxor %%xmm12, %%xmm12, %%xmm12" : : "m"(pattern) : "xmm3", "xmm12");
  long result = 0;
  for (int i = 0; i < 8; ++i) {
    __asm__ volatile("vpaddd %%ymm3, %%ymm12, %%ymm12\n\tvpminub %%ymm3, %%ymm12, %%ymm3\n\t"
                     "vpxor %%ymm12, %%ymm3, %%ymm3" ::: "xmm3", "xmm12");
    if (i == 4)
      result = call(number, a, b);
    else
      call(SYS_getppid, 0, 0);
  }
  __asm__ volatile("vmovdqu %%ymm3, (%0)\n\tvmovdqu %%ymm12, 32(%0)" : : "r"(seen) : "memory");
  mask = 0;
  report(what, "ymm3", result, number == SYS_fork);
}
// The whole of it is looked at in the end: what lies above the 256 bits is zero.
__attribute__((target("avx512vl,avx512bw,avx512dq"))) static void with_avx512(const char* what, long number,
                                                                              long a, long b) {
  __asm__ volatile("vpternlogd $0xff, %%zmm20, %%zmm20, %%zmm20\n\tvmovdqu64 %0, %%ymm19\n\t"
                   "vpxorq %%xmm20, %%xmm20, %%xmm20\n\tkxnorq %%k3, %%k3, %%k3"
                   : : "m"(pattern) : "xmm19", "xmm20", "k3");
  long result = 0;
  for (int i = 0; i < 8; ++i) {
    __asm__ volatile("vpaddd %%ymm19, %%ymm20, %%ymm20\n\tvpcmpltub %%ymm19, %%ymm20, %%k3%{%%k3%}\n\t"
                     "kshiftrd $1, %%k3, %%k4\n\tkxnord %%k3, %%k4, %%k3\n\t"
                     "vpminub %%ymm19, %%ymm20, %%ymm19%{%%k3%}\n\tvpternlogd $0x96, %%ymm20, %%ymm19, %%ymm20"
                     ::: "xmm19", "xmm20", "k3", "k4");
    if (i == 4)
      result = call(number, a, b);
    else
      call(SYS_getppid, 0, 0);
  }
  __asm__ volatile("vmovdqu64 %%zmm20, %0\n\tkmovq %%k3, %1" : "=m"(seen), "=m"(mask));
  report(what, "ymm20 and k3", result, number == SYS_fork);
}

static void registers(const char* what, long number, long a, long b) {
  if (__builtin_cpu_supports("avx2")) {
    signal(SIGUSR1, on_usr1);
    with_avx2(what, number, a, b);
  }
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    signal(SIGUSR1, on_usr1_512);
    with_avx512(what, number, a, b);
  }
}
static void all_registers(void) {
  for (int i = 0; i < 16; ++i) pattern[i] = next(1u << 28) * 13;
  registers("calls", SYS_getppid, 0, 0);
  registers("a signal", SYS_kill, getpid(), SIGUSR1);
  registers("fork", SYS_fork, 0, 0);
}
#else
static void all_registers(void) {}
#endif

int main(int argc, char** argv) {
  static char* const ways[] = {"GLIBC_TUNABLES=glibc.cpu.hwcaps=-NoSuchThing",
                               "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL",
                               "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL,-AVX2",
                               "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL,-AVX2,-SSE4_2,-SSSE3"};
  if (getenv("GLIBC_TUNABLES") == NULL) {
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; ++i) {
      char* environment[] = {ways[i], NULL};
      printf("%s\n", ways[i] + 15);
      int status;
      pid_t child = fork();
      if (child == 0) {
        execve("/proc/self/exe", argv, environment);
        _exit(127);
      }
      waitpid(child, &status, 0);
      t_status("  it", status);
    }
    return 0;
  }
  char *a = area(), *b = area();
  search(a, b);
  change(a, b);
  all_registers();
  return 0;
}
