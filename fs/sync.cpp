// fsync, sync, fallocate and the calls that only advise. Linux: fs/sync.c, vfs_fallocate of
// fs/open.c, mm/fadvise.c. Difference: advice is checked and otherwise ignored; the host reads
// ahead for us.

#include "fs/sync.h"

#include <set>

#include "fs/attr.h"
#include "fs/mount.h"
#include "kernel/sched.h"

void ksys_sync() {
  std::set<super_block*> seen;
  for_each_mount([&](vfsmount& m) {
    if (seen.insert(m.sb.get()).second) (void)m.sb->sync();
  });
}

Result<void> do_fsync(int fd) {
  const Ref<file> f = TRY(fget_data(fd));
  const Ref<inode> i = f->f_inode();
  // Pipes, sockets and the like have nothing to flush to.
  if (!i || (!i->is_reg() && !i->is_dir() && (i->mode & S_IFMT) != S_IFBLK)) return Err(EINVAL);
  return f->fsync();
}

Result<void> do_syncfs(int fd) {
  const Ref<file> f = TRY(fget_data(fd));
  const Ref<inode> i = f->f_inode();
  return i ? i->sb->sync() : Result<void>();
}

Result<void> do_sync_file_range(int fd, int64_t offset, int64_t bytes, unsigned flags) {
  constexpr unsigned kKnown = 1 | 2 | 4;  // SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE, _WAIT_AFTER
  const Ref<file> f = TRY(fget_data(fd));
  if ((flags & ~kKnown) != 0 || offset < 0 || bytes < 0 || offset > INT64_MAX - bytes)
    return Err(EINVAL);
  const Ref<inode> i = f->f_inode();
  if (!i || (!i->is_reg() && !i->is_dir() && !i->is_lnk() && (i->mode & S_IFMT) != S_IFBLK))
    return Err(ESPIPE);
  return {};
}

Result<void> do_fallocate(int fd, int mode, int64_t offset, int64_t len) {
  constexpr int kKnown = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
                         FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE;
  const Ref<file> f = TRY(fget_data(fd));
  if (offset < 0 || len <= 0) return Err(EINVAL);
  if ((mode & ~kKnown) != 0) return Err(EOPNOTSUPP);
  if ((mode & FALLOC_FL_PUNCH_HOLE) != 0 && (mode & ~FALLOC_FL_PUNCH_HOLE) != FALLOC_FL_KEEP_SIZE)
    return Err(EOPNOTSUPP);
  if (!f->writable()) return Err(EBADF);
  const Ref<inode> i = f->f_inode();
  if (!i) return Err(ENODEV);
  if ((i->mode & S_IFMT) == S_IFIFO) return Err(ESPIPE);
  if (i->is_dir()) return Err(EISDIR);
  if (!i->is_reg()) return Err(ENODEV);
  if (offset > INT64_MAX - len) return Err(EFBIG);
  const auto end = static_cast<uint64_t>(offset + len);
  if ((mode & FALLOC_FL_KEEP_SIZE) == 0 && end > i->size) TRY(check_file_limit(end));
  TRY(file_remove_privs(f->f_path));
  return f->fallocate(mode, static_cast<uint64_t>(offset), static_cast<uint64_t>(len));
}

Result<void> do_fadvise(int fd, int64_t /*offset*/, int64_t len, int advice) {
  const Ref<file> f = TRY(fget_data(fd));
  const Ref<inode> i = f->f_inode();
  if (i && (i->mode & S_IFMT) == S_IFIFO) return Err(ESPIPE);
  constexpr int kNoReuse = 5;  // POSIX_FADV_NOREUSE, the last one
  if (len < 0 || advice < 0 || advice > kNoReuse) return Err(EINVAL);
  return {};
}

Result<void> do_readahead(int fd, int64_t /*offset*/, uint64_t /*count*/) {
  const Ref<file> f = TRY(fget_data(fd));
  if (!f->readable()) return Err(EBADF);
  const Ref<inode> i = f->f_inode();
  if (!i || (!i->is_reg() && (i->mode & S_IFMT) != S_IFBLK)) return Err(EINVAL);
  return {};
}
