// Path walk and the changes to directories, in kernel form: permission is checked, the dentry cache
// is kept right. Linux: include/linux/namei.h, the vfs_* functions of fs/namei.c.
#pragma once

#include <string>
#include <string_view>

#include "fs/fs.h"

// One walk. Linux: struct nameidata.
class nameidata {
 public:
  // `resolve`: RESOLVE_* of openat2.
  static Result<nameidata> start(int dirfd, std::string_view name, unsigned lookup_flags,
                                 uint64_t resolve = 0);
  // Walks all but the last component, which last() names: empty if there is none ("/").
  Result<void> to_parent();
  // The last component as it stands; symlinks are not followed. Does not move the walk.
  Result<path> lookup_last();
  // Replaces the last component by what the link says. Then either to_parent() comes next, or,
  // after a magic link (true), the walk has arrived at current().
  Result<bool> follow(const path& link);
  // All of it.
  Result<path> finish(unsigned lookup_flags);

  const path& current() const { return cur_; }
  std::string_view last() const { return last_; }
  bool trailing_slash() const { return !rest_.empty(); }  // after to_parent()
  bool last_is_name() const { return !last_.empty() && last_ != "." && last_ != ".."; }

 private:
  Result<path> step(std::string_view component) const;
  Result<path> dotdot() const;
  Result<path> check_xdev(path p) const;

  path cur_, root_;
  uint64_t resolve_ = 0;
  unsigned links_ = 0;
  std::string buffer_;     // what symlinks made of the name
  std::string_view rest_;  // of the name that was given, or of buffer_ (in_buffer_)
  std::string_view last_;
};

Result<path> path_lookup(int dirfd, std::string_view name, unsigned lookup_flags, uint64_t resolve);

// Owner, group and mode of something new in `dir`, by the current task.
void inode_init_owner(inode& fresh, const inode& dir, uint32_t mode);
// The right to add to or take from a directory.
Result<void> may_create(const path& dir);
Result<void> may_delete(const path& dir, const dentry& victim, bool want_directory);

Result<Ref<dentry>> vfs_create(const path& dir, std::string_view name, uint32_t mode);
Result<Ref<dentry>> vfs_mkdir(const path& dir, std::string_view name, uint32_t mode);
Result<Ref<dentry>> vfs_mknod(const path& dir, std::string_view name, uint32_t mode, uint64_t dev);
Result<Ref<dentry>> vfs_symlink(const path& dir, std::string_view name, std::string_view target);
Result<void> vfs_link(const path& old, const path& dir, std::string_view name);
Result<void> vfs_unlink(const path& dir, const Ref<dentry>& victim);
Result<void> vfs_rmdir(const path& dir, const Ref<dentry>& victim);
Result<void> vfs_rename(const path& old_dir, const Ref<dentry>& victim, const path& new_dir,
                        std::string_view name, unsigned flags);

// The same by name, in the current task's view.
Result<void> do_mkdirat(int dirfd, std::string_view name, uint32_t mode);
Result<void> do_mknodat(int dirfd, std::string_view name, uint32_t mode, uint64_t dev);
Result<void> do_symlinkat(std::string_view target, int dirfd, std::string_view name);
Result<void> do_linkat(int old_dirfd, std::string_view old_name, int new_dirfd,
                       std::string_view new_name, unsigned at_flags);
Result<void> do_unlinkat(int dirfd, std::string_view name);
Result<void> do_rmdir(int dirfd, std::string_view name);
Result<void> do_renameat2(int old_dirfd, std::string_view old_name, int new_dirfd,
                          std::string_view new_name, unsigned flags);

// The path text of `p` as seen from `root`. reached: false if `root` is not above it.
struct path_text {
  std::string text;
  bool reached = false, deleted = false;
};
path_text prepend_path(const path& p, const path& root);
