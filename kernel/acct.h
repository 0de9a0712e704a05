// Process accounting. Linux: kernel/acct.c.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_acct(user_str name);
