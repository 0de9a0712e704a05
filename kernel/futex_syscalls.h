// What the futex system calls of every ABI call (kernel/futex_abi.h).
#pragma once

#include <cstdint>

#include "kernel/syscall.h"

Result<uint64_t> do_get_robust_list(int pid);
SyscallResult do_set_robust_list(uint64_t head, uint64_t len, uint64_t head_size);
