// What a fork child gets in its registers: everything that its parent had, 0 in the return register, and
// the parent's frame stays as it was. The registers are filled with patterns and compared in both.
#include "t.h"

#if defined __x86_64__
enum { kRegs = 12 };  // rbx rbp r12-r15 rdi rsi rdx r8 r9 r10: all but rax, rcx, r11 (the gate's) and rsp
__attribute__((naked, noinline)) static long fork_with_patterns(unsigned long out[] __attribute__((unused)), long nr __attribute__((unused))) {
  __asm__(
      "push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n push %rdi\n"
      "mov %rsi, %rax\n"
      "mov $0x1111111122, %rbx\n mov $0x2222222233, %rbp\n mov $0x3333333344, %r12\n mov $0x4444444455, %r13\n"
      "mov $0x5555555566, %r14\n mov $0x6666666677, %r15\n"
      "cmp $56, %rax\n je 1f\n"
      "mov $0x7777, %rdi\n mov $0x8888, %rsi\n mov $0x9999, %rdx\n jmp 2f\n"
      "1: mov $17, %rdi\n xor %esi, %esi\n xor %edx, %edx\n"
      "2: mov $0xaaaa, %r10\n mov $0xbbbb, %r8\n mov $0xcccc, %r9\n"
      "syscall\n"
      "mov (%rsp), %rcx\n"
      "mov %rbx, 0(%rcx)\n mov %rbp, 8(%rcx)\n mov %r12, 16(%rcx)\n mov %r13, 24(%rcx)\n mov %r14, 32(%rcx)\n"
      "mov %r15, 40(%rcx)\n mov %rdi, 48(%rcx)\n mov %rsi, 56(%rcx)\n mov %rdx, 64(%rcx)\n mov %r8, 72(%rcx)\n"
      "mov %r9, 80(%rcx)\n mov %r10, 88(%rcx)\n"
      "pop %rdi\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n ret\n");
}
enum { kFork = 57, kClone = 56 };
#else
enum { kRegs = 6 };  // ebx ebp esi edi ecx edx
__attribute__((naked, noinline)) static long fork_with_patterns(unsigned long out[] __attribute__((unused)), long nr __attribute__((unused))) {
  __asm__(
      "push %ebx\n push %ebp\n push %esi\n push %edi\n"
      "mov 24(%esp), %eax\n"
      "mov $0x22222222, %ebp\n mov $0x33333333, %esi\n mov $0x44444444, %edi\n"
      "cmp $120, %eax\n je 1f\n"
      "mov $0x11111111, %ebx\n mov $0x55555555, %ecx\n mov $0x66666666, %edx\n jmp 2f\n"
      "1: mov $17, %ebx\n xor %ecx, %ecx\n xor %edx, %edx\n"
      "2: int $0x80\n"
      "push %eax\n mov 24(%esp), %eax\n"
      "mov %ebx, 0(%eax)\n mov %ebp, 4(%eax)\n mov %esi, 8(%eax)\n mov %edi, 12(%eax)\n mov %ecx, 16(%eax)\n"
      "mov %edx, 20(%eax)\n"
      "pop %eax\n pop %edi\n pop %esi\n pop %ebp\n pop %ebx\n ret\n");
}
enum { kFork = 2, kClone = 120 };
#endif

static void show(const char* who, long ret, unsigned long regs[]) {
  printf("%s: returns %s,", who, ret == 0 ? "0" : ret > 0 ? "a pid" : "an error");
  for (int i = 0; i < kRegs; i++) printf(" %lx", regs[i]);
  printf("\n");
}

int main(void) {
  const long calls[] = {kFork, kClone};
  for (int i = 0; i < 2; i++) {
    unsigned long regs[kRegs] = {0};
    const long ret = fork_with_patterns(regs, calls[i]);
    if (ret == 0) {
      show(i == 0 ? "fork child" : "clone child", ret, regs);
      _exit(0);
    }
    waitpid((pid_t)ret, NULL, 0);
    show(i == 0 ? "fork parent" : "clone parent", ret, regs);
  }
  return 0;
}
