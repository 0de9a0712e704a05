// Disk quotas. Linux: fs/quota/quota.c.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_quotactl(uint32_t cmd, user_str special, uint32_t id, user_ptr<void> addr);
