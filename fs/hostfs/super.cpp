// hostfs's super block: the table of inodes by host identity and the two bounded sets of host
// descriptors (directories, files read lately). Linux: fs/hostfs/hostfs_kern.c, where each inode keeps
// its own descriptor for as long as it lives; a guest that walks a large tree would exhaust ours.
#include <utility>

#include "fs/dcache.h"
#include "fs/filesystems.h"
#include "fs/hostfs/hostfs.h"

hostfs_super::hostfs_super(arch::HostFile root_dir, bool read_write) : root_dir_(std::move(root_dir)) {
  type = "hostfs";
  magic = HOSTFS_SUPER_MAGIC;
  read_only = !read_write;
}

hostfs_super::~hostfs_super() {
  recent_.clear();
  just_made_.reset();
  root.reset();
}

Result<kstatfs> hostfs_super::statfs() {
  const arch::HostStatfs h = TRY(arch::machine().hostfs().statfs(root_dir_.fd()));
  return kstatfs{magic, h.bsize, h.blocks, h.bfree, h.bavail, h.files, h.ffree, h.namelen, 0};
}

Result<void> hostfs_super::find_user() {
  // The host stamps its files with the rights of who makes them.
  arch::HostFs& fs = arch::machine().hostfs();
  const arch::HostFile probe = TRY(fs.memfd("uid"));
  const arch::HostStat st = TRY(fs.stat(probe.fd(), ""));
  user_ = st.uid;
  group_ = st.gid;
  return {};
}

Ref<hostfs_inode> hostfs_super::iget(const arch::HostStat& st, Ref<hostfs_inode> parent,
                                     std::string_view name) {
  auto it = inodes_.find({st.dev, st.ino});
  if (it != inodes_.end() && it->second->matches(st)) {
    Ref<hostfs_inode> i(it->second);
    i->take(st);
    i->parent_ = std::move(parent);
    i->name_ = name;
    return i;
  }
  // New, or a number that the host has given to a file of another type: the old object leaves the table.
  auto i = make_ref<hostfs_inode>(*this, st, std::move(parent), name);
  inodes_.insert_or_assign(i->id(), i.get());
  i->bar_procfs();
  return i;
}

uint64_t hostfs_super::guest_dev(uint64_t host_dev) {
  auto [it, inserted] = devices_.try_emplace(host_dev, 0);
  if (inserted) it->second = devices_.size() == 1 ? dev : new_anon_dev();
  return it->second;
}

void hostfs_super::used_dir(hostfs_inode& i) {
  if (i.dir_use_ != dirs_.end()) {
    dirs_.splice(dirs_.begin(), dirs_, i.dir_use_);
    return;
  }
  dirs_.push_front(&i);
  i.dir_use_ = dirs_.begin();
  shrink_dirs(kDirectories);
}

void hostfs_super::forget_dir(hostfs_inode& i) {
  if (i.dir_use_ != dirs_.end()) dirs_.erase(std::exchange(i.dir_use_, dirs_.end()));
  i.dir_ = {};
}

void hostfs_super::shrink_dirs(size_t keep) {
  // A directory without a name on the host has nothing but its descriptor; those stay at the front.
  size_t nameless = 0;
  while (dirs_.size() > keep && nameless < dirs_.size()) {
    hostfs_inode& last = *dirs_.back();
    if (!last.parent_) {
      dirs_.splice(dirs_.begin(), dirs_, last.dir_use_);
      ++nameless;
    } else {
      forget_dir(last);
    }
  }
}

void hostfs_super::used_file(const Ref<HostHandle>& h) {
  if (!recent_.empty() && recent_.front() == h) return;
  recent_.remove(h);
  recent_.push_front(h);
  if (recent_.size() > kRecentFiles) recent_.pop_back();
}

void hostfs_super::forget_file(const hostfs_inode& i) {
  recent_.remove_if([&i](const Ref<HostHandle>& h) { return h->inode == &i; });
}

void hostfs_super::forget_files() { recent_.clear(); }

Result<arch::HostFile> hostfs_super::host_open(int dir, const std::string& name, unsigned flags,
                                               unsigned mode) {
  arch::HostFs& fs = arch::machine().hostfs();
  flags |= O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
  auto f = fs.open(dir, name, flags, mode);
  if (!f && f.error() == EMFILE) {
    forget_files();
    shrink_dirs(8);
    f = fs.open(dir, name, flags, mode);
  }
  // EMFILE would tell the guest about its own table; ELOOP about a symlink where a file was seen.
  if (!f && f.error() == EMFILE) return Err(ENFILE);
  if (!f && f.error() == ELOOP) return Err(ESTALE);
  return f;
}

Result<Ref<super_block>> hostfs_mount(std::string host_dir, bool read_write) {
  arch::HostFs& fs = arch::machine().hostfs();
  arch::HostFile dir = TRY(fs.open(arch::HostFs::kCwd, host_dir, O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
  const arch::HostStat st = TRY(fs.stat(dir.fd(), ""));
  if ((st.mode & S_IFMT) != S_IFDIR) return Err(ENOTDIR);
  auto sb = make_ref<hostfs_super>(std::move(dir), read_write);
  TRY(sb->find_user());
  sb->source = std::move(host_dir);
  sb->root = d_make_root(sb->iget(st, nullptr, ""));
  return Ref<super_block>(std::move(sb));
}
