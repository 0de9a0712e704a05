// quotactl(2). Linux: fs/quota/quota.c. No file system here lives on a block device, so no name can
// be one with quotas; only the calls that name no device can succeed.
#include "fs/quota.h"

#include "fs/fs.h"

SyscallResult sys_quotactl(uint32_t cmd, user_str special, uint32_t /*id*/, user_ptr<void> /*addr*/) {
  constexpr uint32_t kTypes = 3, kSync = 0x800001;
  if ((cmd & 0xff) >= kTypes) return Err(EINVAL);
  if (!special) return cmd >> 8 == kSync ? SyscallResult(0) : Err(ENODEV);
  const path device = TRY(user_path_at(AT_FDCWD, TRY(getname(special)), LOOKUP_FOLLOW));
  return Err((device.dentry->d_inode->mode & S_IFMT) == S_IFBLK ? ENODEV : ENOTBLK);
}
