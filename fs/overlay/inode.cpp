// Overlay inodes: which layer answers for attributes and contents, and copy-up. Linux:
// fs/overlayfs/inode.c, copy_up.c, super.c. Ours copies metadata up without data and data in one go at
// the first change.
#include <algorithm>
#include <utility>

#include "fs/dcache.h"
#include "fs/filesystems.h"
#include "fs/overlay/overlay.h"

namespace {
// New files are numbered from here; lower files keep the host's numbers, which start at the other end.
constexpr uint64_t kFirstIno = 0xf0000000;
// What a new inode and its name take besides contents.
constexpr uint64_t kInodeBytes = 1024;
}  // namespace

ovl_super::ovl_super(Ref<super_block> below)
    : lower_(std::move(below)), account_(make_ref<RamAccount>()), next_ino_(kFirstIno) {
  type = "overlay";
  source = "overlay";
  magic = OVERLAYFS_SUPER_MAGIC;
}

ovl_super::~ovl_super() {
  linked_.clear();
  root.reset();
}

Result<kstatfs> ovl_super::statfs() {
  const uint64_t total = account_->effective_limit() / kPageSize;
  const uint64_t left = total - std::min(total, account_->used / kPageSize);
  const uint64_t inodes = kPageSize / kInodeBytes;
  return kstatfs{magic, kPageSize, total, left, left, total * inodes, left * inodes, 255, 0};
}

Ref<ovl_inode> ovl_super::iget(Ref<hostfs_inode> below, ovl_inode* dir, std::string_view name) {
  ovl_inode*& entry = shown_[below->id()];
  // A host number that now belongs to another kind of file is another file.
  const bool same = entry != nullptr && ((entry->lower_->mode ^ below->mode) & S_IFMT) == 0;
  Ref<ovl_inode> i(same ? entry : nullptr);
  if (!i) {
    i = make_ref<ovl_inode>(*this, std::move(below));
    entry = i.get();
  } else {
    i->take_lower();
  }
  if (!i->pinned_ && dir != nullptr) {
    i->place_dir_ = Ref<ovl_inode>(dir);
    i->place_name_ = name;
  }
  return i;
}

Result<Ref<super_block>> overlay_mount(Ref<super_block> lower) {
  if (dynamic_cast<hostfs_super*>(lower.get()) == nullptr) return Err(EINVAL);
  auto below = Ref<hostfs_inode>(static_cast<hostfs_inode*>(lower->root->d_inode.get()));
  auto sb = make_ref<ovl_super>(std::move(lower));
  sb->root = d_make_root(sb->iget(std::move(below), nullptr, ""));
  return Ref<super_block>(std::move(sb));
}

ovl_inode::ovl_inode(ovl_super& s, Ref<hostfs_inode> below)
    : inode(s), super_(s), lower_(std::move(below)) {
  ino = lower_->ino;
  st_dev_ = lower_->st_dev() == s.lower_->dev ? s.dev : lower_->st_dev();
  take_lower();
}

ovl_inode::ovl_inode(ovl_super& s, uint32_t new_mode, uint64_t st_dev)
    : inode(s), super_(s), st_dev_(st_dev), own_metadata_(true), pinned_(true) {
  ino = s.next_ino_++;
  mode = new_mode;
  nlink = is_dir() ? 2 : 1;
  atime = mtime = ctime = current_time_ns();
  if (is_reg()) data_ = std::make_unique<PageStore>(s.account_);
}

ovl_inode::~ovl_inode() {
  ovl_super& s = super_;
  if (lower_) {
    auto it = s.shown_.find(lower_->id());
    if (it != s.shown_.end() && it->second == this) s.shown_.erase(it);
  } else if (paid_) {
    s.account_->uncharge(kInodeBytes);
  }
  // A guest makes trees of any depth; neither direction may recurse.
  Ref<ovl_inode> up = std::move(place_dir_);
  while (up && up->use_count() == 1) {
    Ref<ovl_inode> next = std::move(up->place_dir_);
    up = std::move(next);
  }
  for (auto& [name, child] : names_) {
    if (child) s.dying_.push_back(std::move(child));
  }
  if (s.draining_) return;
  s.draining_ = true;
  while (!s.dying_.empty()) {
    const Ref<ovl_inode> last = std::move(s.dying_.back());
    s.dying_.pop_back();
  }
  s.draining_ = false;
}

void ovl_inode::take_lower() {
  if (own_metadata_ || !lower_) return;
  const hostfs_inode& l = *lower_;
  mode = l.mode;
  uid = l.uid;
  gid = l.gid;
  nlink = l.nlink;
  size = l.size;
  rdev = l.rdev;
  atime = l.atime;
  mtime = l.mtime;
  ctime = l.ctime;
}

Result<void> ovl_inode::refresh() {
  if (own_metadata_) return {};
  TRY(lower_->refresh());
  take_lower();
  return {};
}

// Enters this inode and the directories above it in their directories' tables, so that what we know
// about it is found again when the caches have forgotten it.
void ovl_inode::pin() {
  Ref<ovl_inode> i(this);
  while (!i->pinned_ && i->place_dir_) {
    i->pinned_ = true;
    Ref<ovl_inode> dir = std::move(i->place_dir_);
    dir->names_.try_emplace(i->place_name_, i);
    if (i->nlink > 1 && !i->is_dir()) super_.linked_.insert_or_assign(i->lower_->id(), i);
    i = std::move(dir);
  }
}

Result<void> ovl_inode::pay() {
  TRY(super_.account_->charge(kInodeBytes));
  paid_ = true;
  return {};
}

Result<void> ovl_inode::own_metadata() {
  if (own_metadata_) return {};
  TRY(refresh());
  own_metadata_ = true;
  pin();
  return {};
}

Result<void> ovl_inode::getattr(kstat& st) {
  TRY(refresh());
  const uint64_t blocks = data_ ? data_->allocated() / 512 : lower_ ? lower_->blocks : 0;
  st = {.dev = st_dev_, .ino = ino, .nlink = nlink, .size = size, .blocks = blocks, .rdev = rdev,
        .blksize = kPageSize, .mode = mode, .uid = uid, .gid = gid,
        .atime = atime, .mtime = mtime, .ctime = ctime, .btime = 0};
  return {};
}

Result<void> ovl_inode::setattr(const iattr& attr) {
  if ((attr.valid & ATTR_SIZE) != 0) {
    if (!is_reg()) return Err(EINVAL);
    TRY(resize(attr.size));
  }
  TRY(own_metadata());
  iattr rest = attr;
  rest.valid &= ~static_cast<unsigned>(ATTR_SIZE);
  return inode::setattr(rest);
}

bool ovl_inode::revalidate(dentry& d) {
  if (!d.d_parent) return true;
  ovl_inode& dir = static_cast<ovl_inode&>(*d.d_parent->d_inode);
  auto it = dir.names_.find(d.d_name);
  if (it != dir.names_.end()) return it->second == this && (refresh(), true);
  if (!dir.lower_ || !lower_ || !lower_->still_in(*dir.lower_, d.d_name)) return false;
  // Here under a name that the lower layer gained; the state of a removed one does not come back.
  if (removed_) return false;
  take_lower();
  return true;
}

Result<std::string> ovl_inode::readlink() {
  if (!is_lnk()) return Err(EINVAL);
  if (lower_) return lower_->readlink();
  return target_;
}

// ---- extended attributes: in memory; the lower layer's are not shown --------------------------------

namespace {
constexpr int kXattrCreate = 1, kXattrReplace = 2;
constexpr size_t kXattrBytes = 64 * 1024;  // of one inode

bool known_namespace(std::string_view name) {
  return name.starts_with("user.") || name.starts_with("trusted.") || name.starts_with("security.");
}
}  // namespace

Result<std::string> ovl_inode::getxattr(std::string_view name) {
  if (!known_namespace(name)) return Err(EOPNOTSUPP);
  auto it = xattrs_.find(name);
  if (it == xattrs_.end()) return Err(ENODATA);
  return it->second;
}

Result<void> ovl_inode::setxattr(std::string_view name, std::string_view value, int flags) {
  if (!known_namespace(name)) return Err(EOPNOTSUPP);
  auto it = xattrs_.find(name);
  if (it != xattrs_.end() && (flags & kXattrCreate) != 0) return Err(EEXIST);
  if (it == xattrs_.end() && (flags & kXattrReplace) != 0) return Err(ENODATA);
  size_t total = name.size() + value.size();
  for (const auto& [n, v] : xattrs_) total += n == name ? 0 : n.size() + v.size();
  if (total > kXattrBytes) return Err(ENOSPC);
  TRY(own_metadata());
  xattrs_.insert_or_assign(std::string(name), std::string(value));
  ctime = current_time_ns();
  return {};
}

Result<void> ovl_inode::removexattr(std::string_view name) {
  if (!known_namespace(name)) return Err(EOPNOTSUPP);
  auto it = xattrs_.find(name);
  if (it == xattrs_.end()) return Err(ENODATA);
  xattrs_.erase(it);
  ctime = current_time_ns();
  return {};
}

Result<std::vector<std::string>> ovl_inode::listxattr() {
  std::vector<std::string> names;
  for (const auto& [name, value] : xattrs_) names.push_back(name);
  return names;
}
