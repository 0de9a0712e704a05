// The smallest static program: exit(0), no C library. With a number as argument it executes itself
// that many times first, one less each time (exec.c). Its address space is one page and a stack.
#ifdef __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n call run\n hlt");
static long call(long nr, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
enum { nr_exit = 60, nr_execve = 59 };
#else
__asm__(".globl _start\n_start: mov %esp, %eax\n push %eax\n call run\n hlt");
static long call(long nr, long a, long b, long c) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
  return r;
}
enum { nr_exit = 1, nr_execve = 11 };
#endif

void run(long* stack) {
  long argc = stack[0];
  char** argv = (char**)(stack + 1);
  char** envp = argv + argc + 1;
  if (argc < 2) call(nr_exit, 0, 0, 0);
  long n = 0;
  char* s = argv[1];
  while (*s >= '0' && *s <= '9') n = n * 10 + (*s++ - '0');
  if (n == 0) call(nr_exit, 0, 0, 0);
  n -= 1;
  // In place: a number never gets longer by counting down.
  do {
    *--s = (char)('0' + n % 10);
    n /= 10;
  } while (s > argv[1]);
  call(nr_execve, (long)argv[0], (long)argv, (long)envp);
  call(nr_exit, 1, 0, 0);
}
