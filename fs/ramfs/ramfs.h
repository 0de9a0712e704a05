// ramfs and tmpfs: file systems that are nothing but memory. Linux: fs/ramfs, mm/shmem.c. One
// implementation under both names; what takes memory is charged to the mount.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "fs/fs.h"
#include "fs/ramfs/page_store.h"

struct ramfs_super;

struct ramfs_inode final : inode {
  ramfs_inode(ramfs_super& s, uint32_t mode);
  ~ramfs_inode() override;

  Result<Ref<inode>> lookup(dentry& dir, std::string_view name) override;
  Result<Ref<inode>> create(dentry& dir, std::string_view name, uint32_t mode) override;
  Result<Ref<inode>> mknod(dentry& dir, std::string_view name, uint32_t mode,
                           uint64_t dev) override;
  Result<Ref<inode>> mkdir(dentry& dir, std::string_view name, uint32_t mode) override;
  Result<Ref<inode>> symlink(dentry& dir, std::string_view name, std::string_view target) override;
  Result<Ref<inode>> tmpfile(dentry& dir, uint32_t mode) override;
  Result<void> link(dentry& dir, std::string_view name, dentry& old) override;
  Result<void> unlink(dentry& dir, dentry& victim) override;
  Result<void> rmdir(dentry& dir, dentry& victim) override;
  Result<void> rename(dentry& old_dir, dentry& victim, dentry& new_dir, std::string_view name,
                      dentry* target, unsigned flags) override;
  Result<void> iterate(file& dir, dir_context& ctx) override;
  Result<std::string> readlink() override { return target; }
  Result<Ref<file>> open(const path& p, unsigned flags) override;
  Result<void> getattr(kstat& st) override;
  Result<void> setattr(const iattr& attr) override;
  Result<std::string> getxattr(std::string_view name) override;
  Result<void> setxattr(std::string_view name, std::string_view value, int flags) override;
  Result<void> removexattr(std::string_view name) override;
  Result<std::vector<std::string>> listxattr() override;

  Result<void> resize(uint64_t to);
  void touch();  // mtime and ctime: now

  Ref<RamAccount> account;
  PageStore data;
  std::string target;            // symlinks
  unsigned seals = F_SEAL_SEAL;  // memfd_create may allow more
  bool sealable = false;         // regular files of tmpfs

 private:
  struct Entry {
    std::string name;
    Ref<ramfs_inode> inode;
  };
  ramfs_super& super();
  Result<Ref<ramfs_inode>> make(std::string_view name, uint32_t mode, uint64_t extra);
  Result<void> add(std::string_view name, Ref<ramfs_inode> child);
  Entry* find(std::string_view name);
  void remove(std::string_view name);

  // Directories. The key is the position in getdents: it stays while others come and go.
  std::map<uint64_t, Entry> entries_;
  std::unordered_map<std::string_view, uint64_t> names_;
  uint64_t next_cookie_ = 2;
  std::map<std::string, std::string, std::less<>> xattrs_;
  uint64_t charged_ = 0;
};

struct ramfs_super final : super_block {
  explicit ramfs_super(std::string_view type);
  Result<kstatfs> statfs() override;
  Ref<RamAccount> account = make_ref<RamAccount>();
  uint64_t next_ino = 0;
  uint64_t inodes = 0;
};

struct ramfs_file final : file {
  using file::file;
  ramfs_inode& node() const { return static_cast<ramfs_inode&>(*f_path.dentry->d_inode); }
  bool seekable() const override { return true; }
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  Result<uint64_t> llseek(int64_t offset, int whence) override;
  Result<arch::Backing> mmap(uint64_t offset, uint64_t len, bool shared,
                             bool shared_write) override;
  arch::Backing memory_at(uint64_t offset) const override { return node().data.memory_at(offset); }
  Result<void> fallocate(int mode, uint64_t offset, uint64_t len) override;
  Result<long> fcntl(unsigned cmd, uint64_t arg) override;
};

// `type`: "ramfs", "tmpfs", "devtmpfs", "rootfs". `data`: size=, mode=, uid=, gid= as tmpfs has
// them. EINVAL for options that tmpfs does not know either.
Result<Ref<super_block>> ramfs_mount(std::string_view type = "ramfs", std::string_view data = {});
// For mount(2): ramfs, tmpfs.
void register_ramfs();
// memfd_create below its name and flags: a file without a directory. `flags`: MFD_*.
Result<Ref<file>> memfd_file(std::string_view name, unsigned flags);
// A file in memory for the kernel's own use: shared memory segments. Linux shmem_kernel_file_setup.
Result<Ref<file>> shmem_file_setup(std::string_view name, uint64_t size, uint32_t mode = 0600);
