// A hostfs inode: where the host finds it, its attributes and how they are kept fresh. Linux:
// fs/hostfs/hostfs_kern.c (hostfs_iget, hostfs_getattr, hostfs_setattr). Linux trusts its cached
// attributes; we ask the host at every walk, because the tree is the user's and alive.
#include <utility>

#include "fs/dcache.h"
#include "fs/hostfs/hostfs.h"

namespace {

arch::HostFs& host() { return arch::machine().hostfs(); }

// How long attributes count as just read: enough for the system call that asked, too short to notice.
constexpr uint64_t kFreshNs = 100'000;

// One component and no way out of the directory. The path walk gives nothing else; this is the wall.
bool plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

}  // namespace

hostfs_inode::hostfs_inode(hostfs_super& s, const arch::HostStat& st, Ref<hostfs_inode> parent,
                           std::string_view name)
    : inode(s), super_(s), id_{st.dev, st.ino}, parent_(std::move(parent)), name_(name),
      dir_use_(s.dirs_.end()) {
  take(st);
}

hostfs_inode::~hostfs_inode() {
  super_.forget_dir(*this);
  auto it = super_.inodes_.find(id_);
  if (it != super_.inodes_.end() && it->second == this) super_.inodes_.erase(it);
  // A guest can make a chain of any depth: no recursion.
  Ref<hostfs_inode> up = std::move(parent_);
  while (up && up->use_count() == 1) {
    Ref<hostfs_inode> next = std::move(up->parent_);
    up = std::move(next);
  }
}

void hostfs_inode::take(const arch::HostStat& st) {
  ino = st.ino;
  mode = st.mode;
  uid = super_.uid_in(st.uid);
  gid = super_.gid_in(st.gid);
  nlink = st.nlink;
  size = st.size;
  rdev = st.rdev;
  blocks = st.blocks;
  blksize = st.blksize;
  atime = st.atime;
  mtime = st.mtime;
  ctime = st.ctime;
  super_.seen_ = this;
  super_.seen_at_ = arch::machine().now(arch::Clock::monotonic);
}

bool hostfs_inode::matches(const arch::HostStat& st) const {
  return st.dev == id_.dev && st.ino == id_.ino && ((st.mode ^ mode) & S_IFMT) == 0;
}

bool hostfs_inode::just_seen() {
  if (std::exchange(super_.seen_, nullptr) != this) return false;
  return arch::machine().now(arch::Clock::monotonic) - super_.seen_at_ < kFreshNs;
}

uint64_t hostfs_inode::st_dev() const { return super_.guest_dev(id_.dev); }

// Opens this directory below its parent and makes sure that it still is what we saw.
Result<arch::HostFile> hostfs_inode::open_dir(int parent_fd) {
  arch::HostFile f = TRY(super_.host_open(parent_fd, name_, O_PATH | O_DIRECTORY));
  if (!matches(TRY(host().stat(f.fd(), "")))) return Err(ESTALE);
  return f;
}

// The descriptor of this directory. Those above it may have been closed: find the lowest open one and
// come back down, one verified component at a time. Only the result is kept, so a call closes at most
// one descriptor, and never the one that was asked for just before.
Result<int> hostfs_inode::dir_fd() {
  const hostfs_inode* top = static_cast<const hostfs_inode*>(super_.root->d_inode.get());
  if (this == top) return super_.root_dir_.fd();
  if (!is_dir()) return Err(ENOTDIR);
  if (dir_) {
    super_.used_dir(*this);
    return dir_.fd();
  }
  std::vector<hostfs_inode*> closed;
  hostfs_inode* i = this;
  for (; i != nullptr && i != top && !i->dir_; i = i->parent_.get()) closed.push_back(i);
  if (i == nullptr) return Err(ENOENT);
  if (i != top) super_.used_dir(*i);
  int fd = i == top ? super_.root_dir_.fd() : i->dir_.fd();
  arch::HostFile step;
  for (auto it = closed.rbegin(); it != closed.rend(); ++it) {
    step = TRY((*it)->open_dir(fd));
    fd = step.fd();
  }
  dir_ = std::move(step);
  super_.used_dir(*this);
  return fd;
}

Result<hostfs_inode::Place> hostfs_inode::place() {
  if (parent_) return Place{TRY(parent_->dir_fd()), name_};
  if (this == super_.root->d_inode.get()) return Place{super_.root_dir_.fd(), ""};
  for (const HostHandle* h : handles_) {
    if (h != nullptr) return Place{h->host.fd(), ""};
  }
  if (dir_) return Place{dir_.fd(), ""};
  return Err(ENOENT);
}

Result<void> hostfs_inode::refresh() {
  if (just_seen()) return {};
  // An open descriptor is this very file even if its name is gone.
  int fd = -1;
  for (const HostHandle* h : handles_) {
    if (h != nullptr) fd = h->host.fd();
  }
  if (fd < 0 && dir_) fd = dir_.fd();
  if (fd >= 0) {
    take(TRY(host().stat(fd, "")));
  } else if (auto where = place()) {
    const arch::HostStat st = TRY(host().stat(where->dir, where->name));
    if (!matches(st)) return Err(ESTALE);
    take(st);
  } else if (parent_) {
    return Err(where.error().value);
  }  // else: unlinked and open nowhere on the host; what we know is the last there was to know
  super_.seen_ = nullptr;
  return {};
}

Result<Ref<hostfs_inode>> hostfs_inode::lookup_child(std::string_view name) {
  if (!is_dir()) return Err(ENOTDIR);
  if (!plain_name(name) || barred_) return Err(ENOENT);
  const arch::HostStat st = TRY(host().stat(TRY(dir_fd()), std::string(name)));
  return super_.iget(st, Ref<hostfs_inode>(this), name);
}

bool hostfs_inode::still_in(hostfs_inode& dir, std::string_view name) {
  const auto fd = dir.dir_fd();
  if (!fd) return false;
  const auto st = host().stat(*fd, std::string(name));
  if (!st || !matches(*st)) return false;
  take(*st);
  if (parent_ != &dir || name_ != name) {
    parent_ = Ref<hostfs_inode>(&dir);
    name_ = name;
  }
  return true;
}

Result<Ref<inode>> hostfs_inode::lookup(dentry&, std::string_view name) {
  return Ref<inode>(TRY(lookup_child(name)));
}

bool hostfs_inode::revalidate(dentry& d) {
  if (!d.d_parent) return true;
  return still_in(static_cast<hostfs_inode&>(*d.d_parent->d_inode), d.d_name);
}

Result<std::string> hostfs_inode::readlink() {
  if (!is_lnk()) return Err(EINVAL);
  const Place where = TRY(place());
  return host().readlink(where.dir, where.name);
}

// Below the host's /proc lies the memory of the process that we are, so a guest that uncovers the place
// of its own /proc must find nothing there. One that is mounted by name is the user's wish.
void hostfs_inode::bar_procfs() {
  if (!is_dir() || !parent_ || parent_->id_.dev == id_.dev) return;
  const auto fd = dir_fd();
  const auto st = fd ? host().statfs(*fd) : std::unexpected(fd.error());
  barred_ = !st || st->type == PROC_SUPER_MAGIC;
}

Result<std::vector<arch::HostDirent>> hostfs_inode::entries() {
  if (barred_) return std::vector<arch::HostDirent>();
  // The descriptor we keep is O_PATH, so that directories without read permission can be walked.
  const arch::HostFile f = TRY(super_.host_open(TRY(dir_fd()), ".", O_RDONLY | O_DIRECTORY));
  return host().readdir(f.fd());
}

Result<void> hostfs_inode::getattr(kstat& st) {
  TRY(refresh());
  st = {.dev = st_dev(), .ino = ino, .nlink = nlink, .size = size, .blocks = blocks, .rdev = rdev,
        .blksize = static_cast<uint32_t>(blksize), .mode = mode, .uid = uid, .gid = gid,
        .atime = atime, .mtime = mtime, .ctime = ctime, .btime = 0};
  return {};
}

Result<void> hostfs_inode::may_change() const {
  if (super_.read_only) return Err(EROFS);
  return {};
}

Result<void> hostfs_inode::setattr(const iattr& attr) {
  TRY(may_change());
  if (is_lnk() && (attr.valid & ATTR_MODE) != 0) return Err(EOPNOTSUPP);
  const Place where = TRY(place());
  if ((attr.valid & (ATTR_UID | ATTR_GID)) != 0) {
    const uint32_t new_uid = (attr.valid & ATTR_UID) != 0 ? super_.uid_out(attr.uid) : ~0U;
    const uint32_t new_gid = (attr.valid & ATTR_GID) != 0 ? super_.gid_out(attr.gid) : ~0U;
    TRY(host().chown(where.dir, where.name, new_uid, new_gid));
  }
  if ((attr.valid & ATTR_MODE) != 0) TRY(host().chmod(where.dir, where.name, host_mode(mode, attr.mode)));
  if ((attr.valid & ATTR_SIZE) != 0) {
    const Ref<HostHandle> h = TRY(handle(O_WRONLY));
    TRY(host().truncate(h->host.fd(), attr.size));
  }
  if ((attr.valid & (ATTR_ATIME | ATTR_MTIME)) != 0) {
    TRY(refresh());
    TRY(host().utimens(where.dir, where.name, (attr.valid & ATTR_ATIME) != 0 ? attr.atime : atime,
                       (attr.valid & ATTR_MTIME) != 0 ? attr.mtime : mtime));
  }
  super_.seen_ = nullptr;
  return refresh();
}
