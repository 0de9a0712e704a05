// The root of procfs: fixed entries, processes by number, self and thread-self; and the super blocks of
// procfs and of the small sysfs. Linux: fs/proc/root.c, self.c, thread_self.c.
#include <charconv>
#include <utility>

#include "fs/dcache.h"
#include "fs/filesystems.h"
#include "fs/proc/internal.h"
#include "kernel/fork_hooks.h"

namespace {

struct kernel_super : super_block {
  kernel_super(const char* t, uint64_t m) {
    type = source = t;
    magic = m;
  }
  // Inodes look at their super block when they go.
  ~kernel_super() override { root.reset(); }
  Result<kstatfs> statfs() override { return kstatfs{.type = magic, .bsize = kPageSize}; }
};

// A process id as Linux accepts it in a name: no sign, no leading zero.
task_struct* task_of_name(std::string_view name) {
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool number = error == std::errc() && end == name.data() + name.size();
  if (!number || name.front() == '0' || pid <= 0) return nullptr;
  return find_task_by_pid(pid);
}

struct root_inode final : proc_inode {
  explicit root_inode(super_block& s) : proc_inode(s, 1, S_IFDIR | 0555) {}

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    auto it = proc_root().children.find(name);
    if (it != proc_root().children.end()) return new_entry_inode(*sb, *it->second);
    task_struct* t = task_of_name(name);
    if (t == nullptr) return Err(ENOENT);
    return new_pid_dir(*sb, *t, true);
  }

  Result<void> getattr(kstat& st) override {
    TRY(proc_inode::getattr(st));
    st.nlink = 2;
    for_each_process([&](task_struct&) { ++st.nlink; });
    return {};
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [](auto& out) -> Result<void> {
      list_entries(proc_root(), out);
      for_each_process([&](task_struct& t) {
        if (t.pid != 0) out.push_back({std::to_string(t.pid), proc_ino(t, "/"), DT_DIR});
      });
      return {};
    }));
  }
};

void fill_once() {
  static bool filled = false;
  if (std::exchange(filled, true)) return;
  proc_symlink("self", [] { return std::to_string(current->tgid); });
  proc_symlink("thread-self", [] { return strprintf("%d/task/%d", current->tgid, current->pid); });
  proc_symlink("mounts", [] { return std::string("self/mounts"); });
  proc_pidfd_init();
  proc_misc_init();
  proc_stat_init();
  proc_cpuinfo_init();
  proc_net_init();
  proc_sys_init();
  sysfs_init();
}

}  // namespace

namespace {

// Every /proc there is: their cached /proc/PID must not outlive the task (Linux proc_flush_pid).
std::vector<super_block*>& mounted() {
  static auto& supers = *new std::vector<super_block*>;
  return supers;
}

void proc_flush_pid(int pid) {
  for (super_block* sb : mounted())
    if (dentry* d = d_lookup(*sb->root, std::to_string(pid))) d_invalidate(*d);
}

struct proc_super final : kernel_super {
  using kernel_super::kernel_super;
  ~proc_super() override { std::erase(mounted(), this); }
};

}  // namespace

Result<Ref<super_block>> proc_mount() {
  fill_once();
  auto sb = make_ref<proc_super>("proc", PROC_SUPER_MAGIC);
  sb->root = d_make_root(make_ref<root_inode>(*sb));
  mounted().push_back(sb.get());
  return Ref<super_block>(std::move(sb));
}

Result<Ref<super_block>> sysfs_mount() {
  fill_once();
  auto sb = make_ref<kernel_super>("sysfs", SYSFS_MAGIC);
  sb->root = d_make_root(new_entry_inode(*sb, sysfs_root()));
  return Ref<super_block>(std::move(sb));
}

void proc_root_init() {
  proc_flush_pid_hook = proc_flush_pid;
  fill_once();
  register_filesystem("sysfs", [](std::string_view, unsigned, std::string_view) { return sysfs_mount(); });
  register_filesystem("proc", [](std::string_view, unsigned, std::string_view) { return proc_mount(); });
}
