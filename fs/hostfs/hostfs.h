// hostfs: a directory of the host as a file system. Linux: fs/hostfs. Ours differs: names are always
// resolved one component at a time below a directory descriptor and never through a host symlink, so a
// guest cannot leave the tree even if the tree changes under it; and descriptors are shared by all open
// files of an inode and bounded, because a guest may know more directories than the host grants
// descriptors. The overlay uses hostfs_inode directly as its lower layer.
#pragma once

#include <array>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fs/fs.h"

struct hostfs_inode;
struct hostfs_super;

struct HostId {
  uint64_t dev = 0, ino = 0;
  friend bool operator==(const HostId&, const HostId&) = default;
};
template <>
struct std::hash<HostId> {
  size_t operator()(const HostId& id) const noexcept { return id.ino * 0x9e3779b97f4a7c15ULL ^ id.dev; }
};

// An open host descriptor of a regular file, shared by the guest's open files.
struct HostHandle : RefCounted<HostHandle> {
  HostHandle(Ref<hostfs_inode> i, arch::HostFile f, unsigned access);
  ~HostHandle();

  Result<size_t> read(iov_iter& to, uint64_t& pos);
  Result<size_t> write(iov_iter& from, uint64_t& pos);
  arch::Backing backing(uint64_t offset, bool shared) const;

  Ref<hostfs_inode> inode;
  arch::HostFile host;
  unsigned access;               // O_RDONLY, O_WRONLY or O_RDWR
  uint64_t key;                  // never used for another descriptor
  int64_t ctime;                 // of the file when it was opened: rights may have changed since
};

struct hostfs_inode final : inode {
  hostfs_inode(hostfs_super& s, const arch::HostStat& st, Ref<hostfs_inode> parent, std::string_view name);
  ~hostfs_inode() override;

  // For the overlay and for our own directory operations.
  Result<Ref<hostfs_inode>> lookup_child(std::string_view name);   // one host lstat
  bool still_in(hostfs_inode& dir, std::string_view name);         // one host lstat; refreshes
  Result<Ref<HostHandle>> handle(unsigned access);                 // regular files only
  Result<std::vector<arch::HostDirent>> entries();
  Result<void> refresh();                                          // attributes from the host, if not just done
  uint64_t st_dev() const;
  HostId id() const { return id_; }

  Result<Ref<inode>> lookup(dentry& dir, std::string_view name) override;
  Result<Ref<inode>> create(dentry& dir, std::string_view name, uint32_t mode) override;
  Result<Ref<inode>> mknod(dentry& dir, std::string_view name, uint32_t mode, uint64_t dev) override;
  Result<Ref<inode>> mkdir(dentry& dir, std::string_view name, uint32_t mode) override;
  Result<Ref<inode>> symlink(dentry& dir, std::string_view name, std::string_view target) override;
  Result<Ref<inode>> tmpfile(dentry& dir, uint32_t mode) override;
  Result<void> link(dentry& dir, std::string_view name, dentry& old) override;
  Result<void> unlink(dentry& dir, dentry& victim) override;
  Result<void> rmdir(dentry& dir, dentry& victim) override;
  Result<void> rename(dentry& old_dir, dentry& victim, dentry& new_dir, std::string_view name,
                      dentry* target, unsigned flags) override;
  Result<std::string> readlink() override;
  Result<Ref<file>> open(const path& p, unsigned flags) override;
  Result<void> getattr(kstat& st) override;
  Result<void> setattr(const iattr& attr) override;
  bool revalidate(dentry& d) override;

  uint64_t blocks = 0, blksize = 4096;

 private:
  friend struct HostHandle;
  friend struct hostfs_super;

  // Where the host finds this inode: a descriptor and a name below it ("" : the descriptor itself).
  struct Place {
    int dir;
    std::string name;
  };
  Result<Place> place();
  Result<int> dir_fd();
  Result<arch::HostFile> open_dir(int parent_fd);
  void take(const arch::HostStat& st);
  bool matches(const arch::HostStat& st) const;
  bool just_seen();
  Result<void> may_change() const;
  Result<Ref<inode>> made(std::string_view name, uint32_t mode);
  Result<void> remove(dentry& victim, bool directory);
  void bar_procfs();
  void lost_name(const hostfs_inode& dir, std::string_view name);
  Result<Ref<HostHandle>> open_handle(unsigned access);
  Result<Ref<HostHandle>> handle_for_open(unsigned access);

  hostfs_super& super_;
  HostId id_;
  Ref<hostfs_inode> parent_;     // null: the root, or the last known name is gone
  std::string name_;
  bool barred_ = false;          // the host's procfs: shown empty
  arch::HostFile dir_;           // directories: O_PATH, closed when others need it more
  std::list<hostfs_inode*>::iterator dir_use_;
  std::array<HostHandle*, 3> handles_{};  // the newest per access mode, while somebody holds it
};

// The permission bits that may go to the host for a file of this type.
constexpr uint32_t host_mode(uint32_t type, uint32_t mode) {
  return mode & ((type & S_IFMT) == S_IFDIR ? S_IALLUGO : 01777U);
}

struct hostfs_super final : super_block {
  hostfs_super(arch::HostFile root_dir, bool read_write);
  ~hostfs_super() override;
  Result<kstatfs> statfs() override;
  Result<void> find_user();      // whose rights the kernel has on the host

  // The one inode object of a host file; `parent` and `name` become its place.
  Ref<hostfs_inode> iget(const arch::HostStat& st, Ref<hostfs_inode> parent, std::string_view name);
  // st_dev of a host device: other file systems below the root are told apart.
  uint64_t guest_dev(uint64_t host_dev);
  // Ids as the guest sees them and back.
  uint32_t uid_in(uint32_t uid) const { return uid == user_ ? 0 : uid; }
  uint32_t gid_in(uint32_t gid) const { return gid == group_ ? 0 : gid; }
  uint32_t uid_out(uint32_t uid) const { return uid == 0 ? user_ : uid; }
  uint32_t gid_out(uint32_t gid) const { return gid == 0 ? group_ : gid; }

 private:
  friend struct hostfs_inode;
  friend struct HostHandle;
  static constexpr size_t kDirectories = 192;   // host descriptors kept for directories
  static constexpr size_t kRecentFiles = 64;    // and for files read lately

  void used_dir(hostfs_inode& i);
  void forget_dir(hostfs_inode& i);
  void shrink_dirs(size_t keep);
  void used_file(const Ref<HostHandle>& h);
  void forget_file(const hostfs_inode& i);
  void forget_files();
  // open(2) on the host; makes room and asks again if the kernel has no descriptor left.
  Result<arch::HostFile> host_open(int dir, const std::string& name, unsigned flags, unsigned mode = 0);

  arch::HostFile root_dir_;
  uint32_t user_ = 0, group_ = 0;
  std::unordered_map<HostId, hostfs_inode*> inodes_;
  std::map<uint64_t, uint64_t> devices_;
  std::list<hostfs_inode*> dirs_;               // with an open descriptor, most recent first
  std::list<Ref<HostHandle>> recent_;
  // Of the file made last, for the open that follows: whoever makes a file may write to it, whatever
  // its mode, and one without a name can be opened in no other way.
  Ref<HostHandle> just_made_;
  std::unordered_set<HostId> own_fifos_;        // made by guests of this mount
  const hostfs_inode* seen_ = nullptr;          // the last inode that lookup or revalidate asked about
  uint64_t seen_at_ = 0;
};
