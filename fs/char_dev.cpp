// Character devices by major number. Linux: fs/char_dev.c. Difference: a driver owns all minors of
// its major.

#include <map>

#include "fs/fs.h"

namespace {
std::map<unsigned, chrdev_open>& drivers() {
  static auto& map = *new std::map<unsigned, chrdev_open>;
  return map;
}
}  // namespace

void register_chrdev(unsigned major, chrdev_open open) { drivers()[major] = open; }

Result<Ref<file>> chrdev_open_inode(inode& i, const path& p, unsigned flags) {
  const auto it = drivers().find(MAJOR(i.rdev));
  if (it == drivers().end()) return Err(ENXIO);
  return it->second(p, flags, i.rdev);
}
