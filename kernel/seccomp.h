// Secure computing: what system calls a task may still make. Linux: include/linux/seccomp.h,
// kernel/seccomp.c. do_syscall() asks when task_struct::seccomp_mode is not 0.
#pragma once

#include <vector>

#include "kernel/sched.h"
#include "kernel/syscall.h"

enum : int { SECCOMP_MODE_DISABLED = 0, SECCOMP_MODE_STRICT = 1, SECCOMP_MODE_FILTER = 2 };

// One instruction of classic BPF, as programs hand it in.
struct sock_filter {
  uint16_t code;
  uint8_t jt, jf;
  uint32_t k;
};
static_assert(sizeof(sock_filter) == 8);

// What a filter sees of a system call.
struct seccomp_data {
  int32_t nr;
  uint32_t arch;
  uint64_t instruction_pointer;
  uint64_t args[6];
};
static_assert(sizeof(seccomp_data) == 64);

// One filter and those that were there before it; the chain is shared with children and siblings.
struct seccomp_filter : RefCounted<seccomp_filter> {
  ~seccomp_filter();
  Ref<seccomp_filter> prev;
  std::vector<sock_filter> program;
  unsigned chain = 1;                   // filters in the chain
  size_t cost = 0;                      // instructions of the whole chain, as Linux bounds them
};

// EINVAL unless every path of the program ends in a return and reads only what it may.
Result<void> seccomp_check_filter(const std::vector<sock_filter>& program);
uint32_t seccomp_run_program(const std::vector<sock_filter>& program, const seccomp_data& data);

// The current task is about to make a system call. False: it must not; its return register is set.
bool secure_computing();
SyscallResult prctl_set_seccomp(uint64_t mode, uint64_t filter);
SyscallResult sys_seccomp(uint32_t op, uint32_t flags, ulong_t uargs);
