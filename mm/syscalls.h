// Memory system calls whose arguments look the same on every ABI; forms with structures are in
// mm/mmap_abi.h. Linux: include/linux/syscalls.h.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_mmap(user_ptr<void> addr, size_arg len, prot_t prot, map_flags_t flags, fd_t fd,
                       ulong_t offset);
// i386: the offset counts pages of 4096 bytes.
SyscallResult sys_mmap2(user_ptr<void> addr, size_arg len, prot_t prot, map_flags_t flags, fd_t fd,
                        ulong_t pgoff);
SyscallResult sys_munmap(user_ptr<void> addr, size_arg len);
SyscallResult sys_mremap(user_ptr<void> addr, size_arg old_len, size_arg new_len,
                         mremap_flags_t flags, user_ptr<void> new_addr);
SyscallResult sys_remap_file_pages(user_ptr<void> addr, size_arg size, prot_t prot, size_arg pgoff,
                                   map_flags_t flags);
SyscallResult sys_brk(user_ptr<void> brk);
SyscallResult sys_mprotect(user_ptr<void> addr, size_arg len, prot_t prot);
SyscallResult sys_pkey_mprotect(user_ptr<void> addr, size_arg len, prot_t prot, int pkey);
SyscallResult sys_madvise(user_ptr<void> addr, size_arg len, madvise_t advice);
SyscallResult sys_msync(user_ptr<void> addr, size_arg len, int flags);
SyscallResult sys_mincore(user_ptr<void> addr, size_arg len, user_ptr<uint8_t> vec);
SyscallResult sys_mlock(user_ptr<void> addr, size_arg len);
SyscallResult sys_mlock2(user_ptr<void> addr, size_arg len, int flags);
SyscallResult sys_munlock(user_ptr<void> addr, size_arg len);
SyscallResult sys_mlockall(int flags);
SyscallResult sys_munlockall();
SyscallResult sys_membarrier(int cmd, uint32_t flags, int cpu_id);
