// /proc/PID/mounts and mountinfo. Linux: fs/proc_namespace.c. All tasks see one tree of mounts, shown
// from the reader's root.
#include <string_view>

#include "fs/proc/internal.h"

namespace {

// Blanks and the escape itself as octal numbers.
std::string mangle(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\' || c == '#') {
      out += strprintf("\\%03o", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string mount_options(const vfsmount& m, bool with_super) {
  std::string out = m.read_only() || (with_super && m.sb->read_only) ? "ro" : "rw";
  struct option {
    unsigned long flag;
    const char* text;
  };
  static constexpr option kOptions[] = {{MS_NOSUID, ",nosuid"}, {MS_NODEV, ",nodev"}, {MS_NOEXEC, ",noexec"},
                                        {MS_NOATIME, ",noatime"}, {MS_NODIRATIME, ",nodiratime"}};
  for (const option& o : kOptions) {
    if ((m.flags & o.flag) != 0) out += o.text;
  }
  if ((m.flags & (MS_NOATIME | MS_STRICTATIME)) == 0) out += ",relatime";
  return out;
}

// Where the mount is, or an empty string if the reader cannot reach it.
std::string mount_point(vfsmount& m) {
  std::string where = d_path(path(Ref<vfsmount>(&m), m.root));
  return where.starts_with('/') ? mangle(where) : std::string();
}

// The mount's root within its file system: "/" but for bind mounts of a folder.
std::string root_within(const vfsmount& m) {
  std::string out;
  for (const dentry* d = m.root.get(); d->d_parent; d = d->d_parent.get()) out.insert(0, "/" + d->d_name);
  return out.empty() ? "/" : mangle(out);
}

}  // namespace

Result<std::string> proc_pid_mounts(task_struct&, bool) {
  std::string out;
  for_each_mount([&](vfsmount& m) {
    const std::string where = mount_point(m);
    if (where.empty()) return;
    out += strprintf("%s %s %s %s 0 0\n", mangle(m.sb->source).c_str(), where.c_str(), m.sb->type.c_str(),
                     mount_options(m, true).c_str());
  });
  return out;
}

Result<std::string> proc_pid_mountinfo(task_struct&, bool) {
  std::string out;
  for_each_mount([&](vfsmount& m) {
    const std::string where = mount_point(m);
    if (where.empty()) return;
    // The root's parent is the initial ramfs, which nobody sees.
    out += strprintf("%d %d %u:%u %s %s %s - %s %s %s\n", m.id, m.parent ? m.parent->id : 1, MAJOR(m.sb->dev),
                     MINOR(m.sb->dev), root_within(m).c_str(), where.c_str(), mount_options(m, false).c_str(),
                     m.sb->type.c_str(), mangle(m.sb->source).c_str(), m.sb->read_only ? "ro" : "rw");
  });
  return out;
}
