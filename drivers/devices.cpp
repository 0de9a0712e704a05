// See devices.h. Linux: drivers/base/devtmpfs.c and the registration parts of drivers/char/mem.c and
// drivers/tty/tty_io.c.
#include "drivers/devices.h"

#include <string_view>

#include "drivers/tty/tty.h"
#include "fs/devpts.h"
#include "kernel/tty_hooks.h"

namespace {

struct Node {
  std::string_view name;
  uint32_t mode;                 // with its type
  unsigned major = 0, minor = 0;
  std::string_view target = {};  // of a link
};

constexpr Node kNodes[] = {
    {"null", S_IFCHR | 0666, 1, 3},
    {"zero", S_IFCHR | 0666, 1, 5},
    {"full", S_IFCHR | 0666, 1, 7},
    {"random", S_IFCHR | 0666, 1, 8},
    {"urandom", S_IFCHR | 0666, 1, 9},
    {"kmsg", S_IFCHR | 0644, 1, 11},
    {"tty", S_IFCHR | 0666, 5, 0},
    {"console", S_IFCHR | 0600, 5, 1},
    {"tty1", S_IFCHR | 0620, 4, 1},
    {"ptmx", S_IFLNK | 0777, 0, 0, "pts/ptmx"},
    {"fd", S_IFLNK | 0777, 0, 0, "/proc/self/fd"},
    {"stdin", S_IFLNK | 0777, 0, 0, "/proc/self/fd/0"},
    {"stdout", S_IFLNK | 0777, 0, 0, "/proc/self/fd/1"},
    {"stderr", S_IFLNK | 0777, 0, 0, "/proc/self/fd/2"},
    {"pts", S_IFDIR | 0755},
    {"shm", S_IFDIR | S_ISVTX | 0777},
};

Result<void> make_node(dentry& dir, const Node& n) {
  inode& d = *dir.d_inode;
  switch (n.mode & S_IFMT) {
    case S_IFDIR: TRY(d.mkdir(dir, n.name, n.mode & S_IALLUGO)); break;
    case S_IFLNK: TRY(d.symlink(dir, n.name, n.target)); break;
    default: TRY(d.mknod(dir, n.name, n.mode, MKDEV(n.major, n.minor))); break;
  }
  return {};
}

}  // namespace

void chrdev_init() {
  register_chrdev(1, memory_open);
  for (const unsigned major : {TTY_MAJOR, TTYAUX_MAJOR, UNIX98_PTY_SLAVE_MAJOR}) register_chrdev(major, tty_open);
  register_filesystem("devpts", devpts_mount);
  disassociate_ctty_hook = disassociate_ctty;
  vhangup_hook = [](task_struct& t) {
    if (Ref<tty_struct> tty(t.signal->tty); tty) tty->vhangup();
  };
  tty_dev_hook = [](const tty_struct& tty) { return tty.device; };
  tty_pgrp_hook = [](const tty_struct& tty) { return tty.pgrp; };
}

Result<void> populate_dev(const path& dev_dir) {
  for (const Node& n : kNodes) {
    // What is there already was made by somebody who knew better.
    if (lookup_one(dev_dir, n.name)) continue;
    TRY(make_node(*dev_dir.dentry, n));
  }
  return mount_devpts(dev_dir);
}

Result<void> mount_devpts(const path& dev_dir) {
  auto sb = TRY(devpts_mount("devpts", 0, "gid=5,mode=620,ptmxmode=666"));
  TRY(do_mount(sb, TRY(lookup_one(dev_dir, "pts")), MS_NOSUID | MS_NOEXEC));
  return {};
}
