// /proc/PID/fd and fdinfo. Linux: fs/proc/fd.c. A link jumps to the object itself, so a pipe or an
// unlinked file can be opened again.
#include <charconv>
#include <utility>

#include "fs/proc/internal.h"

namespace {

Result<const files_struct::slot*> slot_of(const task_struct& t, int fd) {
  if (!t.files || fd < 0 || static_cast<size_t>(fd) >= t.files->fd.size()) return Err(ENOENT);
  const files_struct::slot& s = t.files->fd[static_cast<size_t>(fd)];
  if (!s.file) return Err(ENOENT);
  return &s;
}

Result<int> fd_of_name(std::string_view name) {
  int fd = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
  const bool padded = name.size() > 1 && name.front() == '0';
  if (error != std::errc() || end != name.data() + name.size() || fd < 0 || padded) return Err(ENOENT);
  return fd;
}

Result<std::string> fd_info(const task_struct& t, int fd) {
  const files_struct::slot& s = *TRY(slot_of(t, fd));
  const file& f = *s.file;
  const unsigned flags = f.f_flags | (s.cloexec ? static_cast<unsigned>(O_CLOEXEC) : 0U);
  return strprintf("pos:\t%lu\nflags:\t0%o\nmnt_id:\t%d\nino:\t%lu\n", f.f_pos, flags,
                   f.f_path.mnt ? f.f_path.mnt->id : 0, f.f_path ? f.f_inode()->ino : 0);
}

struct fdinfo_inode final : task_inode {
  fdinfo_inode(super_block& s, task_struct& t, int n)
      : task_inode(s, t, "fdinfo/" + std::to_string(n), S_IFREG | 0444), fd(n) {}
  bool revalidate(dentry& d) override { return task_inode::revalidate(d) && slot_of(*task, fd); }
  Result<Ref<file>> open(const path& p, unsigned flags) override {
    return seq_open(p, flags, [t = task, n = fd]() -> Result<std::string> { return fd_info(*t, n); }, {});
  }
  int fd;
};

struct fd_dir_inode final : task_inode {
  fd_dir_inode(super_block& s, task_struct& t, bool i)
      : task_inode(s, t, i ? "fdinfo" : "fd", S_IFDIR | (i ? 0555U : 0500U)), info(i) {}

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    if (!alive()) return Err(ENOENT);
    const int fd = TRY(fd_of_name(name));
    const files_struct::slot& s = *TRY(slot_of(*task, fd));
    if (info) return Ref<inode>(make_ref<fdinfo_inode>(*sb, *task, fd));
    const file& f = *s.file;
    const uint32_t bits = (f.readable() ? 0500U : 0U) | (f.writable() ? 0300U : 0U);
    return new_task_link(
        *sb, *task, "fd/" + std::to_string(fd), bits,
        [fd](task_struct& t) -> Result<path> {
          const files_struct::slot& open = *TRY(slot_of(t, fd));
          if (!open.file->f_path) return Err(ENXIO);
          return open.file->f_path;
        },
        [fd](task_struct& t) -> Result<std::string> { return TRY(slot_of(t, fd))->file->proc_name(); });
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    if (!may_access(*task)) return Err(EACCES);
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [t = task, i = info](auto& out) -> Result<void> {
      if (!t->files) return {};
      for (size_t fd = 0; fd < t->files->fd.size(); ++fd) {
        if (!t->files->fd[fd].file) continue;
        const std::string name = std::to_string(fd);
        out.push_back({name, proc_ino(*t, (i ? "fdinfo/" : "fd/") + name), i ? DT_REG : DT_LNK});
      }
      return {};
    }));
  }

  // Threads share the table, so a process may always look at its own.
  Result<void> permission(int mask) override {
    if (current->tgid == task->tgid) return {};
    return task_inode::permission(mask);
  }

  bool info;
};

}  // namespace

Ref<inode> new_fd_dir(super_block& sb, task_struct& t) { return make_ref<fd_dir_inode>(sb, t, false); }
Ref<inode> new_fdinfo_dir(super_block& sb, task_struct& t) { return make_ref<fd_dir_inode>(sb, t, true); }
