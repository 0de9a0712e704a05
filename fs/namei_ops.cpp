// Changes to directories: create, remove, link, rename. Linux: the second half of fs/namei.c.
// Differences: no locks between directories (one kernel thread), no whiteouts, no
// protected_hardlinks.

#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/sched.h"

namespace {

uint32_t masked(uint32_t mode) { return current->fs ? mode & ~current->fs->umask : mode; }

// The walk to a name that is to be made. EEXIST if it is there.
struct creation {
  path dir;
  std::string name;
};
Result<creation> filename_create(int dirfd, std::string_view name, bool directory) {
  nameidata nd = TRY(nameidata::start(dirfd, name, 0));
  TRY(nd.to_parent());
  if (!nd.last_is_name()) return Err(EEXIST);
  const Result<path> there = nd.lookup_last();
  if (there) return Err(EEXIST);
  if (there.error() != ENOENT) return std::unexpected(there.error());
  if (nd.trailing_slash() && !directory) return Err(ENOENT);
  TRY(mnt_want_write(nd.current()));
  return creation{nd.current(), std::string(nd.last())};
}

bool sticky_forbids(const inode& dir, const inode& victim) {
  if ((dir.mode & S_ISVTX) == 0) return false;
  const uint32_t me = current->creds.fsuid;
  return me != victim.uid && me != dir.uid && !capable(CAP_FOWNER);
}

}  // namespace

void inode_init_owner(inode& fresh, const inode& dir, uint32_t mode) {
  fresh.uid = current->creds.fsuid;
  fresh.gid = current->creds.fsgid;
  fresh.mode = mode;
  if ((dir.mode & S_ISGID) == 0) return;
  fresh.gid = dir.gid;
  if (fresh.is_dir()) {
    fresh.mode |= S_ISGID;
  } else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !in_group_p(dir.gid) &&
             !capable(CAP_FSETID)) {
    fresh.mode &= ~static_cast<uint32_t>(S_ISGID);
  }
}

Result<void> may_create(const path& dir) {
  if (dir.dentry->d_unhashed) return Err(ENOENT);
  return inode_permission(*dir.dentry->d_inode, MAY_WRITE | MAY_EXEC);
}

Result<void> may_delete(const path& dir, const dentry& victim, bool want_directory) {
  inode& d = *dir.dentry->d_inode;
  TRY(inode_permission(d, MAY_WRITE | MAY_EXEC));
  if (sticky_forbids(d, *victim.d_inode)) return Err(EPERM);
  if (want_directory && !victim.d_inode->is_dir()) return Err(ENOTDIR);
  if (!want_directory && victim.d_inode->is_dir()) return Err(EISDIR);
  if (d_mountpoint(victim)) return Err(EBUSY);
  return {};
}

Result<Ref<dentry>> vfs_create(const path& dir, std::string_view name, uint32_t mode) {
  TRY(may_create(dir));
  Ref<inode> i = TRY(dir.dentry->d_inode->create(*dir.dentry, name, (mode & S_IALLUGO) | S_IFREG));
  return d_alloc(dir.dentry, name, std::move(i));
}

Result<Ref<dentry>> vfs_mkdir(const path& dir, std::string_view name, uint32_t mode) {
  TRY(may_create(dir));
  mode = (mode & (S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX)) | S_IFDIR;
  Ref<inode> i = TRY(dir.dentry->d_inode->mkdir(*dir.dentry, name, mode));
  return d_alloc(dir.dentry, name, std::move(i));
}

Result<Ref<dentry>> vfs_mknod(const path& dir, std::string_view name, uint32_t mode, uint64_t dev) {
  TRY(may_create(dir));
  const bool device = (mode & S_IFMT) == S_IFCHR || (mode & S_IFMT) == S_IFBLK;
  if (device && !capable(CAP_MKNOD)) return Err(EPERM);
  Ref<inode> i = TRY(dir.dentry->d_inode->mknod(*dir.dentry, name, mode, device ? dev : 0));
  return d_alloc(dir.dentry, name, std::move(i));
}

Result<Ref<dentry>> vfs_symlink(const path& dir, std::string_view name, std::string_view target) {
  TRY(may_create(dir));
  Ref<inode> i = TRY(dir.dentry->d_inode->symlink(*dir.dentry, name, target));
  return d_alloc(dir.dentry, name, std::move(i));
}

Result<void> vfs_link(const path& old, const path& dir, std::string_view name) {
  TRY(may_create(dir));
  inode& i = *old.dentry->d_inode;
  if (i.sb != dir.dentry->d_inode->sb) return Err(EXDEV);
  if (i.is_dir()) return Err(EPERM);
  TRY(dir.dentry->d_inode->link(*dir.dentry, name, *old.dentry));
  // A file system may have more to say about the new name than that it is the same inode: it is
  // asked with the first lookup.
  return {};
}

Result<void> vfs_unlink(const path& dir, const Ref<dentry>& victim) {
  TRY(may_delete(dir, *victim, false));
  TRY(dir.dentry->d_inode->unlink(*dir.dentry, *victim));
  d_drop(*victim);
  return {};
}

Result<void> vfs_rmdir(const path& dir, const Ref<dentry>& victim) {
  TRY(may_delete(dir, *victim, true));
  TRY(dir.dentry->d_inode->rmdir(*dir.dentry, *victim));
  d_drop(*victim);
  return {};
}

Result<void> vfs_rename(const path& old_dir, const Ref<dentry>& victim, const path& new_dir,
                        std::string_view name, unsigned flags) {
  inode& source = *victim->d_inode;
  const Result<Ref<dentry>> there = lookup_dentry(new_dir.dentry, name);
  if (!there && there.error() != ENOENT) return std::unexpected(there.error());
  Ref<dentry> target = there ? *there : nullptr;
  if (target && target->d_inode == victim->d_inode) return {};
  TRY(may_delete(old_dir, *victim, source.is_dir()));
  if (!target) {
    TRY(may_create(new_dir));
  } else if ((flags & RENAME_EXCHANGE) != 0) {
    TRY(may_delete(new_dir, *target, target->d_inode->is_dir()));
  } else {
    TRY(may_delete(new_dir, *target, source.is_dir()));
  }
  // A directory that changes its parent changes its "..".
  const bool moves = old_dir.dentry != new_dir.dentry;
  if (moves && source.is_dir()) TRY(inode_permission(source, MAY_WRITE));
  if (moves && (flags & RENAME_EXCHANGE) != 0 && target->d_inode->is_dir())
    TRY(inode_permission(*target->d_inode, MAY_WRITE));
  TRY(old_dir.dentry->d_inode->rename(*old_dir.dentry, *victim, *new_dir.dentry, name, target.get(),
                                      flags));
  if ((flags & RENAME_EXCHANGE) != 0) {
    d_exchange(*victim, *target);
  } else {
    d_move(*victim, new_dir.dentry, name);
  }
  return {};
}

Result<void> do_mkdirat(int dirfd, std::string_view name, uint32_t mode) {
  const creation c = TRY(filename_create(dirfd, name, true));
  TRY(vfs_mkdir(c.dir, c.name, masked(mode)));
  return {};
}

Result<void> do_mknodat(int dirfd, std::string_view name, uint32_t mode, uint64_t dev) {
  switch (mode & S_IFMT) {
    case 0: mode |= S_IFREG; break;
    case S_IFREG:
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK: break;
    case S_IFDIR: return Err(EPERM);
    default: return Err(EINVAL);
  }
  const creation c = TRY(filename_create(dirfd, name, false));
  mode = (mode & S_IFMT) | masked(mode & S_IALLUGO);
  if ((mode & S_IFMT) == S_IFREG) {
    TRY(vfs_create(c.dir, c.name, mode));
  } else {
    TRY(vfs_mknod(c.dir, c.name, mode, dev));
  }
  return {};
}

Result<void> do_symlinkat(std::string_view target, int dirfd, std::string_view name) {
  if (target.empty()) return Err(ENOENT);
  const creation c = TRY(filename_create(dirfd, name, false));
  TRY(vfs_symlink(c.dir, c.name, target));
  return {};
}

Result<void> do_linkat(int old_dirfd, std::string_view old_name, int new_dirfd,
                       std::string_view new_name, unsigned at_flags) {
  if ((at_flags & ~static_cast<unsigned>(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
    return Err(EINVAL);
  unsigned lookup = (at_flags & AT_SYMLINK_FOLLOW) != 0 ? LOOKUP_FOLLOW : 0U;
  if ((at_flags & AT_EMPTY_PATH) != 0) {
    if (old_name.empty() && !capable(CAP_DAC_READ_SEARCH)) return Err(ENOENT);
    lookup |= LOOKUP_EMPTY;
  }
  const path old = TRY(user_path_at(old_dirfd, old_name, lookup));
  const creation c = TRY(filename_create(new_dirfd, new_name, false));
  if (old.mnt != c.dir.mnt) return Err(EXDEV);
  return vfs_link(old, c.dir, c.name);
}

Result<void> do_unlinkat(int dirfd, std::string_view name) {
  nameidata nd = TRY(nameidata::start(dirfd, name, 0));
  TRY(nd.to_parent());
  if (!nd.last_is_name()) return Err(EISDIR);
  TRY(mnt_want_write(nd.current()));
  const path victim = TRY(nd.lookup_last());
  if (nd.trailing_slash()) return Err(victim.dentry->d_inode->is_dir() ? EISDIR : ENOTDIR);
  if (victim.mnt != nd.current().mnt) return Err(victim.dentry->d_inode->is_dir() ? EISDIR : EBUSY);
  return vfs_unlink(nd.current(), victim.dentry);
}

Result<void> do_rmdir(int dirfd, std::string_view name) {
  nameidata nd = TRY(nameidata::start(dirfd, name, 0));
  TRY(nd.to_parent());
  if (nd.last().empty()) return Err(EBUSY);
  if (nd.last() == ".") return Err(EINVAL);
  if (nd.last() == "..") return Err(ENOTEMPTY);
  TRY(mnt_want_write(nd.current()));
  const path victim = TRY(nd.lookup_last());
  if (victim.mnt != nd.current().mnt) return Err(EBUSY);
  return vfs_rmdir(nd.current(), victim.dentry);
}

Result<void> do_renameat2(int old_dirfd, std::string_view old_name, int new_dirfd,
                          std::string_view new_name, unsigned flags) {
  constexpr unsigned kKnown = RENAME_NOREPLACE | RENAME_EXCHANGE;
  if ((flags & ~kKnown) != 0 || flags == kKnown) return Err(EINVAL);
  nameidata from = TRY(nameidata::start(old_dirfd, old_name, 0));
  TRY(from.to_parent());
  nameidata to = TRY(nameidata::start(new_dirfd, new_name, 0));
  TRY(to.to_parent());
  if (from.current().mnt != to.current().mnt) return Err(EXDEV);
  if (!from.last_is_name()) return Err(EBUSY);
  if (!to.last_is_name()) return Err((flags & RENAME_NOREPLACE) != 0 ? EEXIST : EBUSY);
  TRY(mnt_want_write(from.current()));

  const path victim = TRY(from.lookup_last());
  const Result<path> target = to.lookup_last();
  if (!target && target.error() != ENOENT) return std::unexpected(target.error());
  if (target && (flags & RENAME_NOREPLACE) != 0) return Err(EEXIST);
  if (!target && (flags & RENAME_EXCHANGE) != 0) return Err(ENOENT);
  if (!victim.dentry->d_inode->is_dir()) {
    const bool swap = (flags & RENAME_EXCHANGE) != 0;
    if (from.trailing_slash() || (!swap && to.trailing_slash())) return Err(ENOTDIR);
  }
  // A mount on either name keeps it where it is.
  if (victim.mnt != from.current().mnt || (target && target->mnt != to.current().mnt))
    return Err(EBUSY);
  if (is_subdir(*to.current().dentry, *victim.dentry)) return Err(EINVAL);
  if (target && is_subdir(*from.current().dentry, *target->dentry)) {
    return Err((flags & RENAME_EXCHANGE) != 0 ? EINVAL : ENOTEMPTY);
  }
  return vfs_rename(from.current(), victim.dentry, to.current(), to.last(), flags);
}
