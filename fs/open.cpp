// open(2) and its kin. Linux: fs/open.c, and path_openat of fs/namei.c. Differences: no leases, no
// file-size limit for programs without O_LARGEFILE.

#include "fs/cold_disk.h"
#include "fs/open.h"

#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned kTmpfileBit = 020000000;  // __O_TMPFILE; O_TMPFILE is this and O_DIRECTORY
constexpr unsigned kSyncBit = 04000000;      // __O_SYNC
constexpr unsigned kOpenLargefile = 0100000;
constexpr unsigned kValidFlags = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
                                 O_NONBLOCK | O_SYNC | O_DSYNC | FASYNC | O_DIRECT |
                                 kOpenLargefile | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC |
                                 O_PATH | kTmpfileBit;
constexpr unsigned kPathFlags = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
// What a description does not remember.
constexpr unsigned kForgotten = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

bool is_tmpfile(unsigned flags) { return (flags & kTmpfileBit) != 0; }

int acc_mode(unsigned flags) {
  static constexpr int kModes[] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};
  const int mode = kModes[flags & O_ACCMODE];
  return (flags & O_TRUNC) != 0 ? mode | MAY_WRITE : mode;
}

// 64-bit programs always get what 32-bit ones must ask for; F_GETFL shows it.
bool force_o_largefile() { return current->isa != nullptr && current->isa->word_bytes() == 8; }

Result<void> handle_truncate(const path& p) {
  inode& i = *p.dentry->d_inode;
  if (i.i_writecount < 0) return Err(ETXTBSY);
  iattr attr;
  attr.valid = ATTR_SIZE | ATTR_FILE;
  return notify_change(p, attr);
}

// The object is found or just made.
Result<Ref<file>> open_found(const path& p, unsigned flags, bool created) {
  if (!created) TRY(may_open(p, flags, acc_mode(flags)));
  Ref<file> f = TRY(vfs_open(p, flags));
  if (!created && (flags & O_TRUNC) != 0 && p.dentry->d_inode->is_reg()) TRY(handle_truncate(p));
  return f;
}

Result<Ref<file>> open_tmpfile(int dirfd, std::string_view name, const open_request& how) {
  const unsigned lookup = LOOKUP_DIRECTORY | ((how.flags & O_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW);
  const path dir = TRY(path_lookup(dirfd, name, lookup, how.resolve));
  TRY(mnt_want_write(dir));
  TRY(inode_permission(*dir.dentry->d_inode, MAY_WRITE | MAY_EXEC));
  const uint32_t umask = current->fs ? current->fs->umask : 0;
  Ref<inode> i =
      TRY(dir.dentry->d_inode->tmpfile(*dir.dentry, (how.mode & ~umask & S_IALLUGO) | S_IFREG));
  if ((how.flags & O_EXCL) != 0) i->linkable = false;
  auto d = make_ref<dentry>("#" + std::to_string(i->ino), dir.dentry, i);
  d->d_unhashed = true;
  return open_found(path(dir.mnt, std::move(d)), how.flags & ~static_cast<unsigned>(O_EXCL), true);
}

Result<Ref<file>> open_path_only(int dirfd, std::string_view name, const open_request& how) {
  const unsigned lookup = ((how.flags & O_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW) |
                          ((how.flags & O_DIRECTORY) != 0 ? LOOKUP_DIRECTORY : 0U);
  const path p = TRY(path_lookup(dirfd, name, lookup, how.resolve));
  return make_ref<file>(p, how.flags & ~kForgotten);
}

// O_CREAT. A symlink at the end is followed, and what it names is made.
Result<Ref<file>> open_create(int dirfd, std::string_view name, const open_request& how) {
  nameidata nd = TRY(nameidata::start(dirfd, name, 0, how.resolve));
  for (;;) {
    TRY(nd.to_parent());
    if (!nd.last_is_name() || nd.trailing_slash()) return Err(EISDIR);
    const Result<path> found = nd.lookup_last();
    if (!found && found.error() != ENOENT) return std::unexpected(found.error());
    if (!found) {
      const path& dir = nd.current();
      TRY(mnt_want_write(dir));
      const uint32_t umask = current->fs ? current->fs->umask : 0;
      Ref<dentry> d = TRY(vfs_create(dir, nd.last(), how.mode & ~umask));
      return open_found(path(dir.mnt, std::move(d)), how.flags, true);
    }
    if ((how.flags & O_EXCL) != 0) return Err(EEXIST);
    const inode& i = *found->dentry->d_inode;
    if (i.is_dir()) return Err(EISDIR);
    if (!i.is_lnk()) return open_found(*found, how.flags, false);
    if ((how.flags & O_NOFOLLOW) != 0) return Err(ELOOP);
    if (TRY(nd.follow(*found))) return open_found(nd.current(), how.flags, false);
  }
}

}  // namespace

open_request build_open_how(unsigned flags, uint32_t mode) {
  open_request how;
  how.flags = flags & kValidFlags;
  if (force_o_largefile()) how.flags |= kOpenLargefile;
  if ((how.flags & O_PATH) != 0) how.flags &= kPathFlags;
  if ((how.flags & O_CREAT) != 0 || is_tmpfile(how.flags)) how.mode = mode & S_IALLUGO;
  return how;
}

Result<void> check_open_how(uint64_t flags, uint64_t mode, uint64_t resolve) {
  constexpr uint64_t kResolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
                                RESOLVE_BENEATH | RESOLVE_IN_ROOT;
  if ((flags & ~static_cast<uint64_t>(kValidFlags)) != 0 || (resolve & ~kResolve) != 0)
    return Err(EINVAL);
  if ((resolve & RESOLVE_BENEATH) != 0 && (resolve & RESOLVE_IN_ROOT) != 0) return Err(EINVAL);
  const bool creates = (flags & O_CREAT) != 0 || is_tmpfile(static_cast<unsigned>(flags));
  if ((mode & ~static_cast<uint64_t>(S_IALLUGO)) != 0 || (mode != 0 && !creates))
    return Err(EINVAL);
  if ((flags & O_PATH) != 0 && (flags & ~static_cast<uint64_t>(kPathFlags)) != 0)
    return Err(EINVAL);
  return {};
}

Result<Ref<file>> do_filp_open(int dirfd, std::string_view name, const open_request& request) {
  open_request how = request;
  if ((how.flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)) return Err(EINVAL);
  if (is_tmpfile(how.flags)) {
    if ((how.flags & O_DIRECTORY) == 0 || (how.flags & O_CREAT) != 0) return Err(EINVAL);
    if ((acc_mode(how.flags) & MAY_WRITE) == 0) return Err(EINVAL);
    return open_tmpfile(dirfd, name, how);
  }
  if ((how.flags & kSyncBit) != 0) how.flags |= O_DSYNC;
  if ((how.flags & O_PATH) != 0) return open_path_only(dirfd, name, how);
  if ((how.flags & O_CREAT) != 0) {
    return open_create(dirfd, name, how);
  }
  const unsigned lookup = ((how.flags & O_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW) |
                          ((how.flags & O_DIRECTORY) != 0 ? LOOKUP_DIRECTORY : 0U);
  return open_found(TRY(path_lookup(dirfd, name, lookup, how.resolve)), how.flags, false);
}

Result<Ref<file>> do_open(int dirfd, std::string_view name, unsigned flags, uint32_t mode) {
  return do_filp_open(dirfd, name, build_open_how(flags, mode));
}

Result<Ref<file>> open_path(const path& p, unsigned flags) {
  if ((flags & O_PATH) != 0) return make_ref<file>(p, flags & ~kForgotten);
  if ((flags & O_DIRECTORY) != 0 && !p.dentry->d_inode->is_dir()) return Err(ENOTDIR);
  return open_found(p, flags, false);
}

Result<void> may_open(const path& p, unsigned flags, int acc) {
  inode& i = *p.dentry->d_inode;
  const unsigned mnt_flags = p.mnt ? p.mnt->flags : 0;
  switch (i.mode & S_IFMT) {
    case S_IFLNK: return Err(ELOOP);
    case S_IFDIR:
      if ((acc & MAY_WRITE) != 0) return Err(EISDIR);
      break;
    case S_IFCHR:
    case S_IFBLK:
      if ((mnt_flags & MS_NODEV) != 0) return Err(EACCES);
      break;
    case S_IFREG:
      if ((acc & MAY_EXEC) != 0 && (mnt_flags & MS_NOEXEC) != 0) return Err(EACCES);
      if ((acc & MAY_WRITE) != 0) TRY(mnt_want_write(p));
      break;
    default: break;
  }
  TRY(inode_permission(i, acc));
  if ((flags & O_NOATIME) != 0 && current->creds.fsuid != i.uid && !capable(CAP_FOWNER))
    return Err(EPERM);
  return {};
}

Result<Ref<file>> vfs_open(const path& p, unsigned flags) {
  const Ref<inode> i = p.dentry->d_inode;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  if (writes && i->is_reg() && i->i_writecount < 0) return Err(ETXTBSY);
  Ref<file> f = TRY(i->open(p, flags));
  f->f_flags &= ~kForgotten;
  return f;
}

Result<Ref<file>> open_exec(int dirfd, std::string_view name, unsigned at_flags) {
  if ((at_flags & ~static_cast<unsigned>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
    return Err(EINVAL);
  unsigned lookup = (at_flags & AT_SYMLINK_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW;
  if ((at_flags & AT_EMPTY_PATH) != 0) lookup |= LOOKUP_EMPTY;
  const path p = TRY(user_path_at(dirfd, name, lookup));
  inode& i = *p.dentry->d_inode;
  if (i.is_lnk()) return Err(ELOOP);
  if (!i.is_reg()) return Err(EACCES);
  TRY(may_open(p, O_RDONLY, MAY_EXEC));
  if (i.i_writecount > 0) return Err(ETXTBSY);
  wait_on_program(i);
  return vfs_open(p, O_RDONLY | (force_o_largefile() ? kOpenLargefile : 0U));
}

Result<int> do_sys_open(int dirfd, std::string_view name, const open_request& how) {
  // Without a free descriptor nothing may happen to the file.
  TRY(get_unused_fd(false));
  Ref<file> f = TRY(do_filp_open(dirfd, name, how));
  return fd_install_new(std::move(f), (how.flags & O_CLOEXEC) != 0);
}
