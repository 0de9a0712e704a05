// pipe and splice system calls without ABI differences; vmsplice is in fs/splice_abi.h.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_pipe(user_ptr<int> fds);
SyscallResult sys_pipe2(user_ptr<int> fds, open_flags_t flags);

// Offsets are loff_t (64 bits) in every ABI.
SyscallResult sys_splice(fd_t in, user_ptr<int64_t> off_in, fd_t out, user_ptr<int64_t> off_out,
                         size_arg len, uint32_t flags);
SyscallResult sys_tee(fd_t in, fd_t out, size_arg len, uint32_t flags);
