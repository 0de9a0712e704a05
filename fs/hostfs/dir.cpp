// Changes to hostfs directories: create, remove, rename, link. Linux: fs/hostfs/hostfs_kern.c. Ours
// makes no device nodes on the host (EPERM) and drops set-id bits of regular files, because a guest's
// root must not leave a program on the host that runs with the user's rights.
#include <utility>

#include "fs/hostfs/hostfs.h"

namespace {
arch::HostFs& host() { return arch::machine().hostfs(); }
hostfs_inode& as_hostfs(dentry& d) { return static_cast<hostfs_inode&>(*d.d_inode); }
}  // namespace

// The inode of a name that was just made. The host's umask may have taken bits away.
Result<Ref<inode>> hostfs_inode::made(std::string_view name, uint32_t want) {
  Ref<hostfs_inode> i = TRY(lookup_child(name));
  want = host_mode(i->mode, want);
  if (!i->is_lnk() && (i->mode & S_IALLUGO) != want) {
    TRY(host().chmod(TRY(dir_fd()), std::string(name), want));
    i->mode = (i->mode & S_IFMT) | want;
  }
  return Ref<inode>(std::move(i));
}

Result<Ref<inode>> hostfs_inode::create(dentry&, std::string_view name, uint32_t new_mode) {
  TRY(may_change());
  const unsigned perm = new_mode & 0777;
  arch::HostFile f = TRY(super_.host_open(TRY(dir_fd()), std::string(name), O_RDWR | O_CREAT | O_EXCL, perm));
  Ref<inode> i = TRY(made(name, new_mode));
  Ref<hostfs_inode> self(static_cast<hostfs_inode*>(i.get()));
  super_.just_made_ = make_ref<HostHandle>(std::move(self), std::move(f), static_cast<unsigned>(O_RDWR));
  return i;
}

Result<Ref<inode>> hostfs_inode::mknod(dentry& dir, std::string_view name, uint32_t new_mode, uint64_t) {
  TRY(may_change());
  const uint32_t kind = new_mode & S_IFMT;
  if (kind == S_IFREG || kind == 0) {
    Ref<inode> i = TRY(create(dir, name, new_mode));
    super_.just_made_.reset();
    return i;
  }
  if (kind != S_IFIFO && kind != S_IFSOCK) return Err(EPERM);
  TRY(host().mknod(TRY(dir_fd()), std::string(name), kind | (new_mode & 0777), 0));
  Ref<inode> i = TRY(made(name, new_mode));
  if (kind == S_IFIFO) super_.own_fifos_.insert(static_cast<hostfs_inode&>(*i).id());
  return i;
}

Result<Ref<inode>> hostfs_inode::mkdir(dentry&, std::string_view name, uint32_t new_mode) {
  TRY(may_change());
  TRY(host().mkdir(TRY(dir_fd()), std::string(name), new_mode & 0777));
  ++nlink;
  // The host hands a directory's S_ISGID down, and so the group.
  return made(name, new_mode | (mode & S_ISGID));
}

Result<Ref<inode>> hostfs_inode::symlink(dentry&, std::string_view name, std::string_view target) {
  TRY(may_change());
  TRY(host().symlink(std::string(target), TRY(dir_fd()), std::string(name)));
  return made(name, 0777);
}

Result<Ref<inode>> hostfs_inode::tmpfile(dentry&, uint32_t new_mode) {
  TRY(may_change());
  arch::HostFile f = TRY(super_.host_open(TRY(dir_fd()), ".", O_TMPFILE | O_RDWR, host_mode(S_IFREG, new_mode)));
  Ref<hostfs_inode> i = super_.iget(TRY(host().stat(f.fd(), "")), nullptr, "");
  super_.just_made_ = make_ref<HostHandle>(i, std::move(f), static_cast<unsigned>(O_RDWR));
  return Ref<inode>(std::move(i));
}

Result<void> hostfs_inode::link(dentry&, std::string_view name, dentry& old) {
  TRY(may_change());
  hostfs_inode& from = as_hostfs(old);
  if (from.sb != sb) return Err(EXDEV);
  const Place where = TRY(from.place());
  TRY(host().link(where.dir, where.name, TRY(dir_fd()), std::string(name)));
  ++from.nlink;
  if (where.name.empty()) {  // made by tmpfile(): the first name
    from.parent_ = Ref<hostfs_inode>(this);
    from.name_ = name;
  }
  return {};
}

Result<void> hostfs_inode::remove(dentry& victim, bool directory) {
  TRY(may_change());
  hostfs_inode& i = as_hostfs(victim);
  TRY(host().unlink(TRY(dir_fd()), victim.d_name, directory));
  i.lost_name(*this, victim.d_name);
  i.nlink = directory || i.nlink == 0 ? 0 : i.nlink - 1;
  if (directory && nlink > 2) --nlink;
  super_.seen_ = nullptr;
  return {};
}

void hostfs_inode::lost_name(const hostfs_inode& dir, std::string_view name) {
  if (parent_ == &dir && name_ == name) parent_.reset();
  // A file that was read lately must not keep the host's disk space.
  if (!is_dir()) super_.forget_file(*this);
}

Result<void> hostfs_inode::unlink(dentry&, dentry& victim) { return remove(victim, false); }
Result<void> hostfs_inode::rmdir(dentry&, dentry& victim) { return remove(victim, true); }

Result<void> hostfs_inode::rename(dentry&, dentry& victim, dentry& new_dir, std::string_view name,
                                  dentry* target, unsigned flags) {
  TRY(may_change());
  hostfs_inode& to = as_hostfs(new_dir);
  if (to.sb != sb) return Err(EXDEV);
  hostfs_inode& i = as_hostfs(victim);
  // Each dir_fd() may close what it has not used lately, and never the one used just before.
  const int from_fd = TRY(dir_fd());
  const int to_fd = TRY(to.dir_fd());
  TRY(host().rename(from_fd, victim.d_name, to_fd, std::string(name), flags));
  hostfs_inode* replaced = target != nullptr ? &as_hostfs(*target) : nullptr;
  if (replaced == &i) return {};
  if (replaced != nullptr && (flags & RENAME_EXCHANGE) != 0) {
    replaced->parent_ = Ref<hostfs_inode>(this);
    replaced->name_ = victim.d_name;
  } else if (replaced != nullptr) {
    replaced->lost_name(to, name);
    replaced->nlink = replaced->is_dir() || replaced->nlink == 0 ? 0 : replaced->nlink - 1;
  }
  i.parent_ = Ref<hostfs_inode>(&to);
  i.name_ = name;
  super_.seen_ = nullptr;
  return {};
}
