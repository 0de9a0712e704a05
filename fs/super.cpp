// Super blocks, the types of file systems, and the numbers given out to both. Linux: fs/super.c,
// fs/filesystems.c. Difference: every super block has an anonymous device number, as no file system
// here stands on a block device.

#include "fs/fs.h"

namespace {

unsigned next_minor = 1;
uint64_t next_key = 1;

struct file_system_type {
  std::string name;
  fs_factory factory;
  bool nodev;
};
std::vector<file_system_type>& types() {
  static std::vector<file_system_type> list;
  return list;
}

}  // namespace

super_block::super_block() : dev(new_anon_dev()) {}
super_block::~super_block() = default;

uint64_t new_anon_dev() { return MKDEV(0, next_minor++); }
uint64_t new_backing_key() { return next_key++; }

void register_filesystem(std::string_view name, fs_factory factory, bool nodev) {
  for (file_system_type& t : types()) {
    if (t.name == name) {
      t = {std::string(name), factory, nodev};
      return;
    }
  }
  types().push_back({std::string(name), factory, nodev});
}

Result<Ref<super_block>> new_filesystem(std::string_view name, std::string_view source,
                                        unsigned flags, std::string_view data) {
  for (const file_system_type& t : types()) {
    if (t.name != name) continue;
    Ref<super_block> sb = TRY(t.factory(source, flags, data));
    if (!source.empty()) sb->source = source;
    return sb;
  }
  return Err(ENODEV);
}

void for_each_filesystem(const std::function<void(std::string_view name, bool nodev)>& f) {
  for (const file_system_type& t : types()) f(t.name, t.nodev);
}
