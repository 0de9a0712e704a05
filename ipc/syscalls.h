// System V IPC calls without ABI differences; the others are in ipc/ipc_abi.h.
#pragma once

#include "ipc/sem.h"
#include "kernel/syscall.h"

SyscallResult sys_msgget(int key, int flags);
SyscallResult sys_semget(int key, int nsems, int flags);
SyscallResult sys_semop(int id, user_ptr<const sembuf> sops, uint32_t count);
SyscallResult sys_shmget(int key, size_arg size, int flags);
SyscallResult sys_shmat(int id, ulong_t addr, int flags);
SyscallResult sys_shmdt(ulong_t addr);
// semop with a time-out in ns.
SyscallResult semop_user(int id, user_ptr<const sembuf> sops, uint32_t count,
                         std::optional<uint64_t> timeout);
