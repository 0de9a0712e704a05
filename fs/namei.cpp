// The path walk. Linux: fs/namei.c up to the system calls. Differences: one walk with references
// (no RCU walk), symlinks are spliced into the remaining name instead of being put on a stack, and
// there is no protected_symlinks.

#include "fs/namei.h"

#include "fs/dcache.h"
#include "fs/mount.h"
#include "kernel/sched.h"

namespace {

constexpr unsigned kMaxLinks = 40;

const path& task_root() {
  return current->fs && current->fs->root ? current->fs->root : init_root();
}
const path& task_pwd() { return current->fs && current->fs->pwd ? current->fs->pwd : init_root(); }

Result<path> base_of(int dirfd, std::string_view name) {
  if (dirfd == AT_FDCWD) return task_pwd();
  const Ref<file> f = TRY(fget(dirfd));
  if (!f->f_path) return Err(name.empty() ? EBADF : ENOTDIR);
  if (!name.empty() && !f->f_path.dentry->d_inode->is_dir()) return Err(ENOTDIR);
  return f->f_path;
}

}  // namespace

Result<nameidata> nameidata::start(int dirfd, std::string_view name, unsigned lookup_flags,
                                   uint64_t resolve) {
  if (name.empty() && (lookup_flags & LOOKUP_EMPTY) == 0) return Err(ENOENT);
  if (name.size() >= PATH_MAX) return Err(ENAMETOOLONG);
  nameidata nd;
  nd.resolve_ = resolve;
  nd.rest_ = name;
  const bool absolute = name.starts_with('/');
  if (absolute && (resolve & RESOLVE_BENEATH) != 0) return Err(EXDEV);
  const bool scoped = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) != 0;
  if (absolute && !scoped) {
    nd.cur_ = nd.root_ = task_root();
  } else {
    nd.cur_ = TRY(base_of(dirfd, name));
    nd.root_ = scoped ? nd.cur_ : task_root();
  }
  if (!nd.cur_) return Err(ENOENT);
  return nd;
}

Result<path> nameidata::check_xdev(path p) const {
  if ((resolve_ & RESOLVE_NO_XDEV) != 0 && p.mnt != cur_.mnt) return Err(EXDEV);
  return p;
}

Result<path> nameidata::dotdot() const {
  path p = cur_;
  for (;;) {
    if (p == root_) {
      if ((resolve_ & RESOLVE_BENEATH) != 0) return Err(EXDEV);
      break;
    }
    if (p.dentry != p.mnt->root) {
      if (p.dentry->d_parent) p.dentry = p.dentry->d_parent;
      break;
    }
    if (!p.mnt->parent) break;
    p = path(p.mnt->parent, p.mnt->mountpoint);
  }
  follow_mounts(p);
  return check_xdev(std::move(p));
}

Result<path> nameidata::step(std::string_view component) const {
  inode& dir = *cur_.dentry->d_inode;
  if (!dir.is_dir()) return Err(ENOTDIR);
  TRY(inode_permission(dir, MAY_EXEC));
  if (component == ".") return cur_;
  if (component == "..") return dotdot();
  return check_xdev(TRY(lookup_one(cur_, component)));
}

Result<path> lookup_one(const path& parent, std::string_view name) {
  if (name.size() > NAME_MAX) return Err(ENAMETOOLONG);
  path p(parent.mnt, TRY(lookup_dentry(parent.dentry, name)));
  follow_mounts(p);
  return p;
}

Result<void> nameidata::to_parent() {
  for (;;) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of('/'), rest_.size()));
    const std::string_view component = rest_.substr(0, rest_.find('/'));
    rest_.remove_prefix(component.size());
    if (rest_.find_first_not_of('/') == std::string_view::npos) {
      last_ = component;
      return {};
    }
    path next = TRY(step(component));
    if (next.dentry->d_inode->is_lnk()) {
      TRY(follow(next));
    } else {
      cur_ = std::move(next);
    }
  }
}

Result<path> nameidata::lookup_last() {
  if (last_.empty()) return cur_;
  return step(last_);
}

Result<bool> nameidata::follow(const path& link) {
  if (++links_ > kMaxLinks || (resolve_ & RESOLVE_NO_SYMLINKS) != 0) return Err(ELOOP);
  inode& i = *link.dentry->d_inode;
  const bool scoped = (resolve_ & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) != 0;
  if (std::optional<path> jump = TRY(i.follow_link())) {
    if ((resolve_ & RESOLVE_NO_MAGICLINKS) != 0) return Err(ELOOP);
    if (scoped) return Err(EXDEV);
    cur_ = TRY(check_xdev(std::move(*jump)));
    return true;
  }
  std::string target = TRY(i.readlink());
  if (target.empty()) return Err(ENOENT);
  if (target.front() == '/') {
    if ((resolve_ & RESOLVE_BENEATH) != 0) return Err(EXDEV);
    cur_ = TRY(check_xdev(root_));
  }
  target += rest_;  // begins with the slash after the link, if there is more
  buffer_ = std::move(target);
  rest_ = buffer_;
  return false;
}

Result<path> nameidata::finish(unsigned lookup_flags) {
  for (;;) {
    TRY(to_parent());
    path found = TRY(lookup_last());
    const bool directory = trailing_slash() || (lookup_flags & LOOKUP_DIRECTORY) != 0;
    const bool through = (lookup_flags & LOOKUP_FOLLOW) != 0 || trailing_slash();
    if (found.dentry->d_inode->is_lnk() && through) {
      if (!TRY(follow(found))) continue;
      found = cur_;
    }
    if (directory && !found.dentry->d_inode->is_dir()) return Err(ENOTDIR);
    return found;
  }
}

Result<path> path_lookup(int dirfd, std::string_view name, unsigned lookup_flags,
                         uint64_t resolve) {
  nameidata nd = TRY(nameidata::start(dirfd, name, lookup_flags, resolve));
  return nd.finish(lookup_flags);
}

Result<path> user_path_at(int dirfd, std::string_view name, unsigned lookup_flags) {
  return path_lookup(dirfd, name, lookup_flags, 0);
}

Result<parent_path> user_path_parent(int dirfd, std::string_view name) {
  nameidata nd = TRY(nameidata::start(dirfd, name, 0));
  TRY(nd.to_parent());
  if (!nd.current().dentry->d_inode->is_dir()) return Err(ENOTDIR);
  return parent_path{nd.current(), std::string(nd.last()), nd.trailing_slash()};
}

path_text prepend_path(const path& p, const path& root) {
  std::vector<std::string_view> names;
  const dentry* d = p.dentry.get();
  const vfsmount* m = p.mnt.get();
  path_text out;
  const dentry* top = m != nullptr ? m->root.get() : nullptr;
  out.deleted = d->d_unhashed && d != top;
  while (!(d == root.dentry && m == root.mnt)) {
    if (m != nullptr && d == m->root) {
      if (!m->parent) break;
      d = m->mountpoint.get();
      m = m->parent.get();
      continue;
    }
    names.push_back(d->d_name);
    if (!d->d_parent) break;
    d = d->d_parent.get();
  }
  out.reached = d == root.dentry && m == root.mnt;
  for (auto it = names.rbegin(); it != names.rend(); ++it) out.text.append("/").append(*it);
  if (names.empty()) out.text.push_back('/');
  return out;
}

std::string d_path(const path& p) {
  if (!p) return "";
  path_text t = prepend_path(p, task_root());
  if (t.deleted) t.text += " (deleted)";
  return std::move(t.text);
}
