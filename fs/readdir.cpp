// Reading directories. Linux: fs/readdir.c.

#include "fs/readdir_abi.h"

Result<void> iterate_dir(file& f, dir_context& ctx) {
  const Ref<inode> i = f.f_inode();
  if (!i || !i->is_dir()) return Err(ENOTDIR);
  // A removed directory has nothing left to show.
  if (f.f_path.dentry->d_unhashed && i->nlink == 0) return Err(ENOENT);
  TRY(f.iterate(ctx));
  file_accessed(f);
  return {};
}

SyscallResult sys_getdents64(fd_t fd, user_ptr<void> to, uint32_t count) {
  return getdents64_as<dirent64_head>(fd, to, count);
}
