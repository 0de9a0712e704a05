// overlay: a writable view of a hostfs whose changes stay in memory. Linux: fs/overlayfs. Differences:
// the upper layer is not another file system but state of the inodes here: a directory has a table of
// the names that differ from the lower one (an empty entry is a whiteout, a directory without a lower
// one is opaque), a file has its contents once it is written to. So a rename of a directory moves an
// object and never fails with EXDEV, metadata is copied up without data, inode numbers are stable, and
// an open file sees writes through any other descriptor (Linux's keeps reading the lower file).
//
// Known limit: pages of a lower file that are mapped already do not see later writes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "fs/dir_snapshot.h"
#include "fs/fs.h"
#include "fs/hostfs/hostfs.h"
#include "fs/ramfs/page_store.h"

struct ovl_super;

struct ovl_inode final : inode {
  ovl_inode(ovl_super& s, Ref<hostfs_inode> below);                        // shows a lower one
  ovl_inode(ovl_super& s, uint32_t mode, uint64_t st_dev);                 // new
  ~ovl_inode() override;

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
  Result<std::string> getxattr(std::string_view name) override;
  Result<void> setxattr(std::string_view name, std::string_view value, int flags) override;
  Result<void> removexattr(std::string_view name) override;
  Result<std::vector<std::string>> listxattr() override;

  // Regular files. From here on the contents are ours; `keep` bytes of the lower file are kept.
  Result<void> copy_up(uint64_t keep = ~0ULL);
  PageStore* data() { return data_.get(); }     // null: still the lower file's
  Result<Ref<HostHandle>> lower_handle();
  Result<size_t> write(iov_iter& from, uint64_t& pos);
  Result<void> fallocate(int how, uint64_t offset, uint64_t len);
  Result<void> refresh();                       // attributes, while they are the lower file's
  // Directories: the merged entries, without . and ..
  Result<void> merged(std::vector<dir_snapshot::entry>& out);

 private:
  friend struct ovl_super;
  using Names = std::map<std::string, Ref<ovl_inode>, std::less<>>;

  Result<void> resize(uint64_t to);
  void take_lower();
  Result<void> own_metadata();                  // attributes are ours from here on
  void pin();
  Result<void> pay();                           // for a new inode: ENOSPC
  Ref<ovl_inode> make(uint32_t mode);
  Result<Ref<inode>> add_new(std::string_view name, Ref<ovl_inode> i);
  Result<void> hide(std::string_view name);     // remove a name: a whiteout if the lower one has it
  void touch();
  void count_subdirs(int change);
  void drop_link(bool all);
  Result<bool> empty();
  Result<void> exchange(dentry& victim, ovl_inode& to, std::string_view name, dentry& target);

  ovl_super& super_;
  Ref<hostfs_inode> lower_;
  uint64_t st_dev_;
  bool own_metadata_ = false;
  bool pinned_ = false;                         // found through the tables of its directories
  bool paid_ = false;
  bool removed_ = false;                        // no name is left
  bool linkable_ = false;                       // made by O_TMPFILE: link(2) may give it a name
  Ref<ovl_inode> place_dir_;                    // until then: where it was seen last
  std::string place_name_;
  Names names_;
  std::unique_ptr<PageStore> data_;
  std::string target_;
  std::map<std::string, std::string, std::less<>> xattrs_;
};

struct ovl_super final : super_block {
  explicit ovl_super(Ref<super_block> below);
  ~ovl_super() override;
  Result<kstatfs> statfs() override;

  // The one inode that shows a lower one, seen as `name` in `dir`.
  Ref<ovl_inode> iget(Ref<hostfs_inode> below, ovl_inode* dir, std::string_view name);

 private:
  friend struct ovl_inode;
  Ref<super_block> lower_;
  Ref<RamAccount> account_;
  std::unordered_map<HostId, ovl_inode*> shown_;
  // Changed inodes whose lower file has more names than we know.
  std::unordered_map<HostId, Ref<ovl_inode>> linked_;
  uint64_t next_ino_;
  std::vector<Ref<ovl_inode>> dying_;           // of a tree that is being torn down
  bool draining_ = false;
};
