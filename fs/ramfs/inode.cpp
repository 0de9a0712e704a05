// ramfs inodes: directories, links, attributes. Linux: fs/ramfs/inode.c, mm/shmem.c, and simple_*
// of fs/libfs.c. Differences: directory entries are the file system's own (dentries are only a
// cache) and are listed in the order of creation.

#include <algorithm>
#include <vector>

#include "fs/directory.h"
#include "fs/namei.h"
#include "fs/ramfs/ramfs.h"
#include "kernel/sched.h"

namespace {

constexpr uint64_t kInodeCost = 1024;  // what an inode takes of the account, about
constexpr uint64_t kEntryCost = 128;
constexpr uint64_t kDirentSize = 20;  // what tmpfs lets a directory grow by

ramfs_inode& node(inode& i) { return static_cast<ramfs_inode&>(i); }
ramfs_inode& node(dentry& d) { return node(*d.d_inode); }

}  // namespace

ramfs_inode::ramfs_inode(ramfs_super& s, uint32_t m)
    : inode(s), account(s.account), data(s.account) {
  ino = ++s.next_ino;
  mode = m;
  atime = mtime = ctime = current_time_ns();
  if (is_dir()) {
    nlink = 2;
    size = 2 * kDirentSize;
  }
}

// The tree may be deeper than the stack: children are taken apart here, not by recursion.
ramfs_inode::~ramfs_inode() {
  account->uncharge(charged_);
  std::vector<Ref<ramfs_inode>> doomed;
  const auto take = [&](ramfs_inode& dir) {
    for (auto& [cookie, e] : dir.entries_) doomed.push_back(std::move(e.inode));
    dir.names_.clear();
    dir.entries_.clear();
  };
  take(*this);
  while (!doomed.empty()) {
    Ref<ramfs_inode> child = std::move(doomed.back());
    doomed.pop_back();
    if (child && child->use_count() == 1) take(*child);
  }
}

ramfs_super& ramfs_inode::super() { return static_cast<ramfs_super&>(*sb); }

void ramfs_inode::touch() { mtime = ctime = current_time_ns(); }

ramfs_inode::Entry* ramfs_inode::find(std::string_view name) {
  const auto it = names_.find(name);
  return it == names_.end() ? nullptr : &entries_.find(it->second)->second;
}

// A new inode, paid for, without a name yet.
Result<Ref<ramfs_inode>> ramfs_inode::make(std::string_view name, uint32_t new_mode,
                                           uint64_t extra) {
  if (find(name) != nullptr) return Err(EEXIST);
  const uint64_t cost = kInodeCost + extra;
  TRY(account->charge(cost));
  auto i = make_ref<ramfs_inode>(super(), new_mode);
  i->charged_ = cost;
  i->sealable = sb->magic == TMPFS_MAGIC;
  inode_init_owner(*i, *this, new_mode);
  return i;
}

Result<void> ramfs_inode::add(std::string_view name, Ref<ramfs_inode> child) {
  const uint64_t cost = kEntryCost + name.size();
  TRY(account->charge(cost));
  charged_ += cost;
  const auto [it, fresh] =
      entries_.try_emplace(next_cookie_++, std::string(name), std::move(child));
  names_.emplace(it->second.name, it->first);
  size += kDirentSize;
  if (it->second.inode->is_dir()) ++nlink;
  touch();
  return {};
}

void ramfs_inode::remove(std::string_view name) {
  const auto it = names_.find(name);
  const auto entry = entries_.find(it->second);
  const uint64_t cost = kEntryCost + entry->second.name.size();
  account->uncharge(cost);
  charged_ -= cost;
  size -= kDirentSize;
  if (entry->second.inode->is_dir()) --nlink;
  names_.erase(it);
  entries_.erase(entry);
  touch();
}

Result<Ref<inode>> ramfs_inode::lookup(dentry&, std::string_view name) {
  if (!is_dir()) return Err(ENOTDIR);
  const Entry* e = find(name);
  if (e == nullptr) return Err(ENOENT);
  return Ref<inode>(e->inode);
}

Result<Ref<inode>> ramfs_inode::create(dentry& dir, std::string_view name, uint32_t new_mode) {
  return mknod(dir, name, new_mode | S_IFREG, 0);
}

Result<Ref<inode>> ramfs_inode::mknod(dentry&, std::string_view name, uint32_t new_mode,
                                      uint64_t dev) {
  Ref<ramfs_inode> i = TRY(make(name, new_mode, 0));
  i->rdev = dev;
  TRY(add(name, i));
  return Ref<inode>(i);
}

Result<Ref<inode>> ramfs_inode::mkdir(dentry&, std::string_view name, uint32_t new_mode) {
  Ref<ramfs_inode> i = TRY(make(name, new_mode | S_IFDIR, 0));
  TRY(add(name, i));
  return Ref<inode>(i);
}

Result<Ref<inode>> ramfs_inode::symlink(dentry&, std::string_view name, std::string_view to) {
  Ref<ramfs_inode> i = TRY(make(name, S_IFLNK | 0777, to.size()));
  i->target = to;
  i->size = to.size();
  TRY(add(name, i));
  return Ref<inode>(i);
}

Result<Ref<inode>> ramfs_inode::tmpfile(dentry&, uint32_t new_mode) {
  Ref<ramfs_inode> i = TRY(make("", new_mode | S_IFREG, 0));
  i->nlink = 0;
  i->linkable = true;
  return Ref<inode>(i);
}

Result<void> ramfs_inode::link(dentry&, std::string_view name, dentry& old) {
  Ref<ramfs_inode> i(&node(old));
  if (i->nlink == 0 && !i->linkable) return Err(ENOENT);
  if (find(name) != nullptr) return Err(EEXIST);
  TRY(add(name, i));
  ++i->nlink;
  i->ctime = ctime;
  return {};
}

Result<void> ramfs_inode::unlink(dentry&, dentry& victim) {
  const Entry* e = find(victim.d_name);
  if (e == nullptr || e->inode != victim.d_inode) return Err(ENOENT);
  remove(victim.d_name);
  node(victim).nlink--;
  node(victim).linkable = false;
  node(victim).ctime = ctime;
  return {};
}

Result<void> ramfs_inode::rmdir(dentry&, dentry& victim) {
  ramfs_inode& dir = node(victim);
  const Entry* e = find(victim.d_name);
  if (e == nullptr || e->inode != &dir) return Err(ENOENT);
  if (!dir.entries_.empty()) return Err(ENOTEMPTY);
  remove(victim.d_name);
  dir.nlink = 0;
  dir.ctime = ctime;
  return {};
}

Result<void> ramfs_inode::rename(dentry& old_dir, dentry& victim, dentry& new_dir,
                                 std::string_view name, dentry* replaced, unsigned flags) {
  ramfs_inode& to = node(new_dir);
  Ref<ramfs_inode> moved(&node(victim));
  Entry* source = find(victim.d_name);
  if (source == nullptr || source->inode != moved) return Err(ENOENT);
  if ((flags & RENAME_EXCHANGE) != 0) {
    Entry* other = to.find(name);
    if (other == nullptr) return Err(ENOENT);
    // Each parent loses one and gains one; only the counts of directories below can differ.
    if (source->inode->is_dir() != other->inode->is_dir()) {
      const int gain = other->inode->is_dir() ? 1 : -1;
      nlink += static_cast<uint64_t>(gain);
      to.nlink -= static_cast<uint64_t>(gain);
    }
    std::swap(source->inode, other->inode);
  } else {
    if (replaced != nullptr) {
      if (replaced->d_inode->is_dir() && !node(*replaced).entries_.empty()) return Err(ENOTEMPTY);
      TRY(replaced->d_inode->is_dir() ? to.rmdir(new_dir, *replaced)
                                      : to.unlink(new_dir, *replaced));
    }
    TRY(to.add(name, moved));
    remove(victim.d_name);
  }
  touch();
  to.touch();
  moved->ctime = ctime;
  (void)old_dir;
  return {};
}

Result<void> ramfs_inode::iterate(file& dir, dir_context& ctx) {
  if (!is_dir()) return Err(ENOTDIR);
  if (!dir_emit_dots(dir, ctx)) return {};
  for (auto it = entries_.lower_bound(ctx.pos); it != entries_.end(); ++it) {
    const inode& i = *it->second.inode;
    if (!dir_emit(ctx, it->second.name, i.ino, mode_to_dt(i.mode), it->first + 1)) break;
  }
  return {};
}

Result<Ref<file>> ramfs_inode::open(const path& p, unsigned flags) {
  if (!is_reg()) return inode::open(p, flags);
  return Ref<file>(make_ref<ramfs_file>(p, flags));
}

Result<void> ramfs_inode::getattr(kstat& st) {
  TRY(inode::getattr(st));
  st.blocks = data.allocated() / 512;
  return {};
}

Result<void> ramfs_inode::resize(uint64_t to) {
  if (to < size && (seals & F_SEAL_SHRINK) != 0) return Err(EPERM);
  if (to > size && (seals & F_SEAL_GROW) != 0) return Err(EPERM);
  TRY(data.truncate(to));
  size = to;
  return {};
}

Result<void> ramfs_inode::setattr(const iattr& attr) {
  iattr rest = attr;
  if ((attr.valid & ATTR_SIZE) != 0) {
    if (!is_reg()) return Err(EINVAL);
    TRY(resize(attr.size));
    touch();
    rest.valid &= ~static_cast<unsigned>(ATTR_SIZE);
  }
  constexpr unsigned kExecSeal = 0x20;  // F_SEAL_EXEC
  if ((attr.valid & ATTR_MODE) != 0 && (seals & kExecSeal) != 0 &&
      ((mode ^ attr.mode) & S_IXUGO) != 0)
    return Err(EPERM);
  return inode::setattr(rest);
}

Result<std::string> ramfs_inode::getxattr(std::string_view name) {
  const auto it = xattrs_.find(name);
  if (it == xattrs_.end()) return Err(ENODATA);
  return it->second;
}

Result<void> ramfs_inode::setxattr(std::string_view name, std::string_view value, int flags) {
  const auto it = xattrs_.find(name);
  if (it != xattrs_.end() && (flags & XATTR_CREATE) != 0) return Err(EEXIST);
  if (it == xattrs_.end() && (flags & XATTR_REPLACE) != 0) return Err(ENODATA);
  const uint64_t cost = kEntryCost + name.size() + value.size();
  TRY(account->charge(cost));
  charged_ += cost;
  if (it != xattrs_.end()) TRY(removexattr(name));
  xattrs_.emplace(name, value);
  ctime = current_time_ns();
  return {};
}

Result<void> ramfs_inode::removexattr(std::string_view name) {
  const auto it = xattrs_.find(name);
  if (it == xattrs_.end()) return Err(ENODATA);
  const uint64_t cost = kEntryCost + it->first.size() + it->second.size();
  account->uncharge(cost);
  charged_ -= cost;
  xattrs_.erase(it);
  ctime = current_time_ns();
  return {};
}

Result<std::vector<std::string>> ramfs_inode::listxattr() {
  std::vector<std::string> names;
  names.reserve(xattrs_.size());
  for (const auto& [name, value] : xattrs_) names.push_back(name);
  return names;
}
