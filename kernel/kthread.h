// How the kernel makes threads of its own and turns one into a program. Linux: kernel_thread() and
// kernel_execve(), in the two designs that history had (kernel/kthread.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/ref.h"
#include "lib/result.h"

struct task_struct;

// The new thread's pid. fn's return value is its exit code, unless it has become a program.
Result<int> kernel_thread(int (*fn)(void*), void* arg, uint64_t flags);
// The current kernel thread becomes a program: on success its callback has only to return.
Result<void> kernel_execve(const std::string& file, const std::vector<std::string>& argv,
                           const std::vector<std::string>& envp);
// A kernel thread is over.
[[noreturn]] void kernel_thread_exit(int code);

// copy_process: what a clone from kernel mode is to run (the trap design).
struct kernel_thread_request {
  int (*fn)(void*) = nullptr;
  void* arg = nullptr;
};
kernel_thread_request take_kernel_thread_request();
// The idle task of a CPU that is brought up later: copy_process alone, never runnable, pid 0's number.
Result<Ref<task_struct>> fork_idle();
