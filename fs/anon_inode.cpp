// Inodes without a directory: see fs/anon_inode.h. Linux: fs/anon_inodes.c, fs/libfs.c
// (init_pseudo), get_next_ino of fs/inode.c.
#include "fs/anon_inode.h"

#include <array>

#include "kernel/sched.h"

namespace {

constexpr uint64_t kAnonInodeFsMagic = 0x09041934, kPipeFsMagic = 0x50495045,
                   kSockFsMagic = 0x534F434B;

uint64_t get_next_ino() {
  static uint64_t last = 0;
  return ++last;
}

struct pseudo_super_block : super_block {
  Result<kstatfs> statfs() override {
    kstatfs st;
    st.type = magic;
    return st;
  }
};

struct pseudo_inode : inode {
  pseudo_inode(super_block& s, uint32_t m) : inode(s) {
    ino = get_next_ino();
    mode = m;
    atime = mtime = ctime = current_time_ns();
  }
};

struct pseudo_fs {
  Ref<super_block> sb;
  Ref<vfsmount> mnt;

  pseudo_fs(const char* type, uint64_t magic)
      : sb(make_ref<pseudo_super_block>()), mnt(make_ref<vfsmount>()) {
    sb->type = sb->source = type;
    sb->magic = magic;
    sb->root = make_ref<dentry>("/", nullptr, make_ref<pseudo_inode>(*sb, S_IFDIR | 0555));
    mnt->sb = sb;
    mnt->root = sb->root;
  }
};

pseudo_fs& get(PseudoFs which) {
  // Never destroyed: files may outlive static objects.
  static auto& all = *new std::array<pseudo_fs, 3>{pseudo_fs("anon_inodefs", kAnonInodeFsMagic),
                                                   pseudo_fs("pipefs", kPipeFsMagic),
                                                   pseudo_fs("sockfs", kSockFsMagic)};
  return all[static_cast<size_t>(which)];
}

}  // namespace

path new_pseudo_path(PseudoFs which, uint32_t mode) {
  pseudo_fs& fs = get(which);
  Ref<inode> i = make_ref<pseudo_inode>(*fs.sb, mode);
  if (current != nullptr) {
    i->uid = current->creds.fsuid;
    i->gid = current->creds.fsgid;
  }
  return path(fs.mnt, make_ref<dentry>("", nullptr, std::move(i)));
}

const path& anon_inode_path() {
  // The mode has no file type: fstat(2) shows the same oddity on Linux.
  static const path& shared = *new path(new_pseudo_path(PseudoFs::anon_inodefs, 0600));
  return shared;
}

std::string pseudo_name(const char* kind, const inode& i) {
  return std::string(kind) + ":[" + std::to_string(i.ino) + "]";
}
