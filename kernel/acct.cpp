// acct(2). Linux: kernel/acct.c. Nothing keeps accounts here: turning them off is what is the case
// already; turning them on fails, with Linux's own errors for what could not be an account file.
#include "kernel/acct.h"

#include "fs/fs.h"
#include "kernel/sched.h"

SyscallResult sys_acct(user_str name) {
  if (!capable(CAP_SYS_PACCT)) return Err(EPERM);
  if (!name) return 0;
  const path file = TRY(user_path_at(AT_FDCWD, TRY(getname(name)), LOOKUP_FOLLOW));
  if (!file.dentry->d_inode->is_reg()) return Err(EACCES);
  return Err(ENOSYS);
}
