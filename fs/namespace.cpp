// The mount tree: mounting, finding what is mounted where, unmounting. Linux: fs/namespace.c.
// Differences: one namespace, no propagation (every mount is private), and an open file or a
// working directory keeps a mount busy by its plain reference.

#include <algorithm>

#include "fs/dcache.h"
#include "fs/mount.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned kMountFlags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME |
                                 MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;
constexpr unsigned kDetach = 2, kExpire = 4, kNoFollow = 8, kForce = 1;  // MNT_*, UMOUNT_NOFOLLOW
constexpr size_t kMaxMounts = 100'000;                                   // sysctl fs.mount-max

std::vector<Ref<vfsmount>>& mounts() {
  static auto& list = *new std::vector<Ref<vfsmount>>;
  return list;
}
int next_id = 1;

Ref<vfsmount> new_mount(Ref<super_block> sb, Ref<dentry> root, unsigned flags) {
  auto m = make_ref<vfsmount>();
  m->sb = std::move(sb);
  m->root = std::move(root);
  m->id = next_id++;
  m->flags = flags & kMountFlags;
  return m;
}

void attach(vfsmount& m, const path& where) {
  m.parent = where.mnt;
  m.mountpoint = where.dentry;
  m.under = where.dentry->d_mounted;
  where.dentry->d_mounted = &m;
}

void detach(vfsmount& m) {
  vfsmount** link = &m.mountpoint->d_mounted;
  while (*link != &m) link = &(*link)->under;
  *link = m.under;
  m.under = nullptr;
  m.parent = nullptr;
  m.mountpoint = nullptr;
}

bool in_tree(const vfsmount& m) {
  return std::ranges::any_of(mounts(), [&](const auto& e) { return e.get() == &m; });
}

Result<void> check_mountpoint(const path& where, const dentry& root) {
  if (!where || !in_tree(*where.mnt) || where.dentry->d_unhashed) return Err(ENOENT);
  if (where.dentry->d_inode->is_dir() != root.d_inode->is_dir()) return Err(ENOTDIR);
  if (mounts().size() >= kMaxMounts) return Err(ENOSPC);
  return {};
}

// `m` and every mount below it, parents first.
std::vector<Ref<vfsmount>> subtree(vfsmount& m) {
  std::vector<Ref<vfsmount>> tree{Ref<vfsmount>(&m)};
  for (size_t i = 0; i < tree.size(); ++i) {
    for (const auto& e : mounts()) {
      if (e->parent == tree[i]) tree.push_back(e);
    }
  }
  return tree;
}

bool is_below(const vfsmount& m, const vfsmount& ancestor) {
  for (const vfsmount* p = &m; p != nullptr; p = p->parent.get()) {
    if (p == &ancestor) return true;
  }
  return false;
}

}  // namespace

// The last mount of a file system takes its dentries and inodes along while the super block is
// whole.
vfsmount::~vfsmount() {
  root = nullptr;
  if (!sb || sb->use_count() != 1) return;
  shrink_dcache(sb.get());
  sb->root = nullptr;
}

bool vfsmount::read_only() const { return (flags & MS_RDONLY) != 0 || sb->read_only; }

path& init_root() {
  static path& root = *new path;
  return root;
}

Ref<vfsmount> kern_mount(Ref<super_block> sb) {
  Ref<dentry> root = sb->root;
  return new_mount(std::move(sb), std::move(root), 0);
}

vfsmount* lookup_mnt(const vfsmount& parent, const dentry& d) {
  vfsmount* m = d.d_mounted;
  while (m != nullptr && m->parent != &parent) m = m->under;
  return m;
}

void follow_mounts(path& p) {
  while (p.dentry->d_mounted != nullptr) {
    vfsmount* m = lookup_mnt(*p.mnt, *p.dentry);
    if (m == nullptr) return;
    p = path(m, m->root);
  }
}

bool follow_up(path& p) {
  bool moved = true;
  while (moved && p.dentry == p.mnt->root) {
    moved = p.mnt->parent != nullptr;
    if (moved) p = path(p.mnt->parent, p.mnt->mountpoint);
  }
  return moved;
}

Result<void> mnt_want_write(const path& p) {
  if (p.mnt && p.mnt->read_only()) return Err(EROFS);
  return {};
}

Result<Ref<vfsmount>> do_mount(Ref<super_block> sb, const path& where, unsigned flags) {
  Ref<dentry> root = sb->root;
  if (where) TRY(check_mountpoint(where, *root));
  auto m = new_mount(std::move(sb), std::move(root), flags);
  if (where) {
    attach(*m, where);
  } else if (!init_root()) {
    init_root() = path(m, m->root);
  }
  mounts().push_back(m);
  return m;
}

Result<void> do_umount(const path& where, unsigned flags) {
  if ((flags & ~(kDetach | kExpire | kNoFollow | kForce)) != 0) return Err(EINVAL);
  vfsmount& m = *where.mnt;
  if (where.dentry != m.root || !in_tree(m)) return Err(EINVAL);
  if (!m.parent) return Err(EBUSY);
  const auto tree = subtree(m);
  if ((flags & kDetach) == 0) {
    if (tree.size() > 1) return Err(EBUSY);
    // The list of mounts, `tree` and the caller's path; every further one is a user.
    if (m.use_count() > 3) return Err(EBUSY);
  }
  for (auto it = tree.rbegin(); it != tree.rend(); ++it) {
    detach(**it);
    std::erase(mounts(), *it);
  }
  return {};
}

void for_each_mount(const std::function<void(vfsmount&)>& f) {
  for (const auto& m : std::vector(mounts())) f(*m);
}

Result<void> do_bind_mount(const path& from, const path& where, bool recursive) {
  if (!in_tree(*from.mnt)) return Err(EINVAL);
  TRY(check_mountpoint(where, *from.dentry));
  // Taken before the new mount exists: it may lie inside the tree that is copied.
  const auto below = recursive ? subtree(*from.mnt) : std::vector<Ref<vfsmount>>{};
  if (mounts().size() + below.size() >= kMaxMounts) return Err(ENOSPC);
  auto top = new_mount(from.mnt->sb, from.dentry, from.mnt->flags);
  attach(*top, where);
  mounts().push_back(top);
  std::vector<std::pair<vfsmount*, Ref<vfsmount>>> copies{{from.mnt.get(), top}};
  for (size_t i = 1; i < below.size(); ++i) {
    const vfsmount& m = *below[i];
    const auto parent =
        std::ranges::find(copies, m.parent.get(), [](const auto& c) { return c.first; });
    if (parent == copies.end()) continue;
    if (parent->first == from.mnt && !is_subdir(*m.mountpoint, *from.dentry)) continue;
    auto copy = new_mount(m.sb, m.root, m.flags);
    attach(*copy, path(parent->second, m.mountpoint));
    mounts().push_back(copy);
    copies.emplace_back(below[i].get(), copy);
  }
  return {};
}

Result<void> do_remount(const path& where, unsigned flags) {
  if (where.dentry != where.mnt->root || !in_tree(*where.mnt)) return Err(EINVAL);
  where.mnt->flags = flags & kMountFlags;
  return {};
}

Result<void> do_move_mount(const path& from, const path& where) {
  vfsmount& m = *from.mnt;
  if (from.dentry != m.root || !m.parent || !in_tree(m)) return Err(EINVAL);
  TRY(check_mountpoint(where, *m.root));
  if (is_below(*where.mnt, m)) return Err(ELOOP);
  detach(m);
  attach(m, where);
  return {};
}

Result<void> do_pivot_root(const path& new_root, const path& put_old) {
  const path old_root = current->fs->root;
  vfsmount& incoming = *new_root.mnt;
  vfsmount& outgoing = *old_root.mnt;
  if (!new_root.dentry->d_inode->is_dir() || !put_old.dentry->d_inode->is_dir())
    return Err(ENOTDIR);
  if (&incoming == &outgoing || put_old.mnt == old_root.mnt) return Err(EBUSY);
  if (new_root.dentry != incoming.root || !incoming.parent || !in_tree(incoming))
    return Err(EINVAL);
  // Only the root of all can be replaced: there is no parent to hang the new one on otherwise.
  if (old_root.dentry != outgoing.root || outgoing.parent) return Err(EINVAL);
  if (put_old.mnt != &incoming || !is_subdir(*put_old.dentry, *new_root.dentry)) return Err(EINVAL);
  if (d_mountpoint(*put_old.dentry)) return Err(EBUSY);
  detach(incoming);
  attach(outgoing, put_old);
  init_root() = new_root;
  for_each_task([&](task_struct& t) {
    if (!t.fs) return;
    if (t.fs->root == old_root) t.fs->root = new_root;
    if (t.fs->pwd == old_root) t.fs->pwd = new_root;
  });
  return {};
}
