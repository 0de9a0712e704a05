// eventfd and signalfd system calls; no ABI differences.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_eventfd(uint32_t count);
SyscallResult sys_eventfd2(uint32_t count, open_flags_t flags);
SyscallResult sys_signalfd(fd_t fd, user_ptr<const uint64_t> mask, size_arg size);
SyscallResult sys_signalfd4(fd_t fd, user_ptr<const uint64_t> mask, size_arg size,
                            open_flags_t flags);
