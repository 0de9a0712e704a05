// The trees of entries that belong to no task: /proc's fixed files and all of /sys. Linux:
// fs/proc/generic.c (proc_create, proc_mkdir) and, for /sys, fs/kernfs in miniature.
#include <utility>

#include "fs/proc/internal.h"

namespace {

// Linux numbers its fixed entries from here (PROC_DYNAMIC_FIRST).
constexpr uint64_t kFirstIno = 0xf0000000;
uint64_t next_ino = kFirstIno;

std::unique_ptr<proc_dir_entry> new_entry(uint32_t mode) {
  auto e = std::make_unique<proc_dir_entry>();
  e->mode = mode;
  e->ino = next_ino++;
  return e;
}

// Never destroyed: inodes refer to entries until the very end.
proc_dir_entry& new_root() { return *new_entry(S_IFDIR | 0555).release(); }

// The entry for `path`, made with `mode` if it is missing.
proc_dir_entry& find_or_make(proc_dir_entry& root, std::string_view path, uint32_t mode) {
  proc_dir_entry* at = &root;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    auto& child = at->children[std::string(name)];
    if (!child) child = new_entry(path.empty() ? mode : S_IFDIR | 0555U);
    at = child.get();
  }
  return *at;
}

void create(proc_dir_entry& root, std::string_view path, uint32_t mode, proc_show show, proc_store store) {
  proc_dir_entry& e = find_or_make(root, path, S_IFREG | mode);
  e.mode = S_IFREG | mode;
  e.show = std::move(show);
  e.store = std::move(store);
}

struct entry_inode final : proc_inode {
  entry_inode(super_block& s, proc_dir_entry& e) : proc_inode(s, e.ino, e.mode), entry(e) {
    nlink = is_dir() ? 2 : 1;
    if (is_dir()) {
      for (const auto& [name, child] : e.children) nlink += (child->mode & S_IFMT) == S_IFDIR ? 1 : 0;
    }
  }

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    auto it = entry.children.find(name);
    if (it == entry.children.end()) return Err(is_dir() ? ENOENT : ENOTDIR);
    return new_entry_inode(*sb, *it->second);
  }

  Result<std::string> readlink() override {
    if (!is_lnk()) return Err(EINVAL);
    return entry.target();
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    proc_dir_entry& e = entry;
    if (is_dir()) {
      return Ref<file>(make_ref<dir_snapshot>(p, flags, [&e](auto& out) -> Result<void> {
        list_entries(e, out);
        return {};
      }));
    }
    if (!is_reg()) return inode::open(p, flags);
    seq_show show;
    if (e.show) show = [&e]() -> Result<std::string> { return e.show(); };
    return seq_open(p, flags, std::move(show), e.store);
  }

  // A file that cannot be written cannot be written by root either.
  Result<void> permission(int mask) override {
    const bool write = (mask & MAY_WRITE) != 0, read = (mask & MAY_READ) != 0;
    if (is_reg() && ((write && (mode & S_IWUSR) == 0) || (read && (mode & S_IRUSR) == 0))) return Err(EACCES);
    return inode::permission(mask);
  }

  proc_dir_entry& entry;
};

}  // namespace

proc_inode::proc_inode(super_block& s, uint64_t number, uint32_t m) : inode(s) {
  ino = number;
  mode = m;
  nlink = is_dir() ? 2 : 1;
  atime = mtime = ctime = current_time_ns();
}

Result<void> proc_inode::setattr(const iattr& attr) {
  if ((attr.valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) != 0) return Err(EPERM);
  return {};
}

Result<void> proc_inode::getattr(kstat& st) {
  TRY(inode::getattr(st));
  st.blocks = 0;
  st.blksize = 1024;
  return {};
}

proc_dir_entry& proc_root() {
  static proc_dir_entry& root = new_root();
  return root;
}

proc_dir_entry& sysfs_root() {
  static proc_dir_entry& root = new_root();
  return root;
}

void proc_create(std::string_view path, uint32_t mode, proc_show show, proc_store store) {
  create(proc_root(), path, mode, std::move(show), std::move(store));
}

void sysfs_create(std::string_view path, uint32_t mode, proc_show show, proc_store store) {
  create(sysfs_root(), path, mode, std::move(show), std::move(store));
}

void proc_symlink(std::string_view path, std::function<std::string()> target) {
  find_or_make(proc_root(), path, S_IFLNK | 0777).target = std::move(target);
}

void proc_mkdir(std::string_view path) { find_or_make(proc_root(), path, S_IFDIR | 0555); }

Ref<inode> new_entry_inode(super_block& sb, proc_dir_entry& e) { return make_ref<entry_inode>(sb, e); }

void list_entries(const proc_dir_entry& e, std::vector<dir_snapshot::entry>& out) {
  for (const auto& [name, child] : e.children) out.push_back({name, child->ino, mode_to_dt(child->mode)});
}
