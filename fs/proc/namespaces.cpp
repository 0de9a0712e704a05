// /proc/PID/ns: links that name the name spaces of a task, one of each kind but for time, and the nsfs
// files behind them. Linux: fs/proc/namespaces.c, fs/nsfs.c. Also /proc/PID/net, the same for all.
#include <array>
#include <utility>

#include "fs/mount.h"
#include "fs/proc/internal.h"

namespace {

struct ns_kind {
  std::string_view name;
  std::string_view type;
  uint64_t ino;            // Linux gives its initial name spaces fixed numbers
};
constexpr std::array<ns_kind, 10> kKinds{{
    {"cgroup", "cgroup", 4026531835},
    {"ipc", "ipc", 4026531839},
    {"mnt", "mnt", 4026531841},
    {"net", "net", 4026531840},
    {"pid", "pid", 4026531836},
    {"pid_for_children", "pid", 4026531836},
    {"time", "time", 4026531834},
    {"time_for_children", "time", 4026531834},
    {"user", "user", 4026531837},
    {"uts", "uts", 4026531838},
}};

ns_kind kind_of(ns_kind k, const task_struct& t) {
  if (k.type == "time") k.ino = k.name == k.type ? t.time_ns : t.time_ns_for_children;
  return k;
}

std::string ns_text(const ns_kind& k) { return strprintf("%s:[%lu]", std::string(k.type).c_str(), k.ino); }

struct ns_file final : file {
  using file::file;
  std::string proc_name() const override { return f_path.dentry->d_name; }
};

struct ns_inode final : proc_inode {
  ns_inode(super_block& s, const ns_kind& k) : proc_inode(s, k.ino, S_IFREG | 0444) {}
  Result<Ref<file>> open(const path& p, unsigned flags) override {
    if ((flags & O_ACCMODE) != O_RDONLY) return Err(EPERM);
    return Ref<file>(make_ref<ns_file>(p, flags));
  }
};

struct nsfs_super final : super_block {
  nsfs_super() {
    type = source = "nsfs";
    magic = NSFS_MAGIC;
    root = make_ref<dentry>("/", nullptr, make_ref<proc_inode>(*this, 1, S_IFDIR | 0555));
  }
  Result<kstatfs> statfs() override { return kstatfs{.type = magic}; }
};

path ns_path(const ns_kind& k) {
  // Never destroyed, as the name spaces.
  static vfsmount& mnt = [] -> vfsmount& {
    Ref<vfsmount> m = kern_mount(make_ref<nsfs_super>());
    intrusive_ptr_add_ref(m.get());
    return *m;
  }();
  return path(Ref<vfsmount>(&mnt), make_ref<dentry>(ns_text(k), nullptr, make_ref<ns_inode>(*mnt.sb, k)));
}

struct ns_dir_inode final : task_inode {
  ns_dir_inode(super_block& s, task_struct& t) : task_inode(s, t, "ns", S_IFDIR | 0511) {}

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    for (const ns_kind& k : kKinds) {
      if (k.name != name) continue;
      return new_task_link(
          *sb, *task, "ns/" + std::string(name), 0777,
          [&k](task_struct& t) -> Result<path> { return ns_path(kind_of(k, t)); },
          [&k](task_struct& t) -> Result<std::string> { return ns_text(kind_of(k, t)); });
    }
    return Err(ENOENT);
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [t = task](auto& out) -> Result<void> {
      for (const ns_kind& k : kKinds) {
        out.push_back({std::string(k.name), proc_ino(*t, "ns/" + std::string(k.name)), DT_LNK});
      }
      return {};
    }));
  }
};

}  // namespace

Ref<inode> new_ns_dir(super_block& sb, task_struct& t) { return make_ref<ns_dir_inode>(sb, t); }

Ref<inode> new_net_dir(super_block& sb, task_struct&) {
  return new_entry_inode(sb, *proc_root().children.find("net")->second);
}
