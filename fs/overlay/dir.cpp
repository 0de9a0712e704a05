// Overlay directories: merged lookups and every change of names. Linux: fs/overlayfs/dir.c, namei.c,
// readdir.c. A whiteout is an empty entry in a directory's table; it is set only where the lower
// directory has the name, so that files which come and go leave nothing behind.
#include <utility>

#include "fs/namei.h"
#include "fs/overlay/overlay.h"

namespace {
ovl_inode& as_ovl(dentry& d) { return static_cast<ovl_inode&>(*d.d_inode); }
}  // namespace

Result<Ref<inode>> ovl_inode::lookup(dentry&, std::string_view name) {
  if (!is_dir()) return Err(ENOTDIR);
  auto it = names_.find(name);
  if (it != names_.end()) {
    if (!it->second) return Err(ENOENT);
    return Ref<inode>(it->second);
  }
  if (!lower_) return Err(ENOENT);
  auto below = lower_->lookup_child(name);
  if (!below) return Err(below.error() == ESTALE ? ENOENT : below.error().value);
  return Ref<inode>(super_.iget(std::move(*below), this, name));
}

void ovl_inode::touch() { mtime = ctime = current_time_ns(); }

// Some host file systems do not count the directories in one: 1 stays 1 there.
void ovl_inode::count_subdirs(int change) {
  if (nlink >= 2) nlink += static_cast<uint64_t>(change);
}

// A new inode below this directory, owned by the current task.
Ref<ovl_inode> ovl_inode::make(uint32_t new_mode) {
  auto i = make_ref<ovl_inode>(super_, new_mode, st_dev_);
  inode_init_owner(*i, *this, new_mode);
  return i;
}

Result<Ref<inode>> ovl_inode::add_new(std::string_view name, Ref<ovl_inode> i) {
  if (removed_) return Err(ENOENT);
  TRY(i->pay());
  TRY(own_metadata());
  names_.insert_or_assign(std::string(name), i);
  if (i->is_dir()) count_subdirs(1);
  touch();
  return Ref<inode>(std::move(i));
}

Result<Ref<inode>> ovl_inode::create(dentry&, std::string_view name, uint32_t new_mode) {
  return add_new(name, make(S_IFREG | (new_mode & S_IALLUGO)));
}

Result<Ref<inode>> ovl_inode::mknod(dentry&, std::string_view name, uint32_t new_mode, uint64_t dev) {
  Ref<ovl_inode> i = make((new_mode & S_IFMT) == 0 ? new_mode | S_IFREG : new_mode);
  i->rdev = dev;
  return add_new(name, std::move(i));
}

Result<Ref<inode>> ovl_inode::mkdir(dentry&, std::string_view name, uint32_t new_mode) {
  return add_new(name, make(S_IFDIR | (new_mode & S_IALLUGO)));
}

Result<Ref<inode>> ovl_inode::symlink(dentry&, std::string_view name, std::string_view target) {
  Ref<ovl_inode> i = make(S_IFLNK | 0777);
  i->target_ = target;
  i->size = target.size();
  return add_new(name, std::move(i));
}

Result<Ref<inode>> ovl_inode::tmpfile(dentry&, uint32_t new_mode) {
  Ref<ovl_inode> i = make(S_IFREG | (new_mode & S_IALLUGO));
  i->nlink = 0;
  i->linkable_ = true;
  return Ref<inode>(std::move(i));
}

Result<void> ovl_inode::link(dentry&, std::string_view name, dentry& old) {
  if (old.d_inode->sb != sb) return Err(EXDEV);
  if (removed_) return Err(ENOENT);
  ovl_inode& i = as_ovl(old);
  if (i.nlink == 0 && !std::exchange(i.linkable_, false)) return Err(ENOENT);
  TRY(own_metadata());
  TRY(i.own_metadata());
  names_.insert_or_assign(std::string(name), Ref<ovl_inode>(&i));
  ++i.nlink;
  i.ctime = current_time_ns();
  touch();
  return {};
}

Result<void> ovl_inode::hide(std::string_view name) {
  TRY(own_metadata());
  bool below = false;
  if (lower_) {
    auto found = lower_->lookup_child(name);
    below = found || (found.error() != ENOENT && found.error() != ESTALE);
  }
  if (below) {
    names_.insert_or_assign(std::string(name), nullptr);
  } else if (auto it = names_.find(name); it != names_.end()) {
    names_.erase(it);
  }
  touch();
  return {};
}

// One name less; for directories all of them.
void ovl_inode::drop_link(bool all) {
  nlink = all || nlink == 0 ? 0 : nlink - 1;
  removed_ = nlink == 0;
  ctime = current_time_ns();
  if (nlink != 0 || !lower_) return;
  // The host may give the number to another file one day.
  auto it = super_.shown_.find(lower_->id());
  if (it != super_.shown_.end() && it->second == this) super_.shown_.erase(it);
  super_.linked_.erase(lower_->id());
}

Result<void> ovl_inode::unlink(dentry&, dentry& victim) {
  const Ref<ovl_inode> i(&as_ovl(victim));
  TRY(i->own_metadata());
  TRY(hide(victim.d_name));
  i->drop_link(false);
  return {};
}

Result<bool> ovl_inode::empty() {
  for (const auto& [name, child] : names_) {
    if (child) return false;
  }
  if (!lower_) return true;
  for (const auto& e : TRY(lower_->entries())) {
    if (!names_.contains(e.name)) return false;
  }
  return true;
}

Result<void> ovl_inode::rmdir(dentry&, dentry& victim) {
  const Ref<ovl_inode> i(&as_ovl(victim));
  if (!TRY(i->empty())) return Err(ENOTEMPTY);
  TRY(i->own_metadata());
  TRY(hide(victim.d_name));
  i->drop_link(true);
  count_subdirs(-1);
  return {};
}

Result<void> ovl_inode::exchange(dentry& victim, ovl_inode& to, std::string_view name, dentry& target) {
  const Ref<ovl_inode> a(&as_ovl(victim)), b(&as_ovl(target));
  TRY(a->own_metadata());
  TRY(b->own_metadata());
  TRY(own_metadata());
  TRY(to.own_metadata());
  names_.insert_or_assign(victim.d_name, b);
  to.names_.insert_or_assign(std::string(name), a);
  const int gained = (b->is_dir() ? 1 : 0) - (a->is_dir() ? 1 : 0);
  count_subdirs(gained);
  to.count_subdirs(-gained);
  a->ctime = b->ctime = current_time_ns();
  touch();
  to.touch();
  return {};
}

Result<void> ovl_inode::rename(dentry&, dentry& victim, dentry& new_dir, std::string_view name,
                               dentry* target, unsigned flags) {
  if (new_dir.d_inode->sb != sb) return Err(EXDEV);
  ovl_inode& to = as_ovl(new_dir);
  if (to.removed_) return Err(ENOENT);
  if ((flags & ~static_cast<unsigned>(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0) return Err(EINVAL);
  if (target != nullptr && (flags & RENAME_NOREPLACE) != 0) return Err(EEXIST);
  if ((flags & RENAME_EXCHANGE) != 0) {
    if (target == nullptr) return Err(ENOENT);
    return exchange(victim, to, name, *target);
  }
  const Ref<ovl_inode> i(&as_ovl(victim)), replaced(target != nullptr ? &as_ovl(*target) : nullptr);
  if (i == replaced) return {};
  if (replaced && replaced->is_dir() && !TRY(replaced->empty())) return Err(ENOTEMPTY);
  if (replaced) TRY(replaced->own_metadata());
  TRY(i->own_metadata());
  TRY(to.own_metadata());
  TRY(hide(victim.d_name));
  to.names_.insert_or_assign(std::string(name), i);
  if (i->is_dir()) {
    count_subdirs(-1);
    to.count_subdirs(1);
  }
  if (replaced) {
    if (replaced->is_dir()) to.count_subdirs(-1);
    replaced->drop_link(replaced->is_dir());
  }
  i->ctime = current_time_ns();
  to.touch();
  return {};
}

Result<void> ovl_inode::merged(std::vector<dir_snapshot::entry>& out) {
  if (lower_) {
    for (auto& e : TRY(lower_->entries())) {
      if (!names_.contains(e.name)) out.push_back({std::move(e.name), e.ino, e.type});
    }
  }
  for (const auto& [name, child] : names_) {
    if (child) out.push_back({name, child->ino, mode_to_dt(child->mode)});
  }
  return {};
}
