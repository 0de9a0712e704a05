// Mounting ramfs and tmpfs, and files without a directory. Linux: fs/ramfs/inode.c, mm/shmem.c,
// mm/memfd.c. Difference: also ramfs has a limit, or a guest could fill the host's memory with it.

#include <charconv>

#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/ramfs/ramfs.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

struct Options {
  uint64_t size = 0;
  uint32_t mode = 0;
  uint32_t uid = 0, gid = 0;
};

template <class T>
Result<T> number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return Err(EINVAL);
  return value;
}

// "size=64m", "size=50%".
Result<uint64_t> parse_size(std::string_view text) {
  if (text.empty()) return Err(EINVAL);
  uint64_t unit = 1;
  switch (text.back()) {
    case 'k':
    case 'K': unit = 1ULL << 10; break;
    case 'm':
    case 'M': unit = 1ULL << 20; break;
    case 'g':
    case 'G': unit = 1ULL << 30; break;
    case '%': unit = memory_limit() / 100; break;
    default: return page_align(TRY(number<uint64_t>(text)));
  }
  text.remove_suffix(1);
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(TRY(number<uint64_t>(text)), unit, &bytes) || bytes > INT64_MAX)
    return Err(EINVAL);
  return page_align(bytes);
}

Result<void> parse_option(std::string_view key, std::string_view value, Options& o) {
  if (key == "size") {
    o.size = TRY(parse_size(value));
  } else if (key == "nr_blocks") {
    o.size = TRY(parse_size(value)) * kPageSize;
  } else if (key == "mode") {
    o.mode = TRY(number<uint32_t>(value, 8)) & S_IALLUGO;
  } else if (key == "uid") {
    o.uid = TRY(number<uint32_t>(value));
  } else if (key == "gid") {
    o.gid = TRY(number<uint32_t>(value));
  } else if (key != "nr_inodes" && key != "huge" && key != "mpol" && key != "inode64" &&
             key != "inode32") {
    return Err(EINVAL);
  }
  return {};
}

Result<Options> parse_options(std::string_view data, Options o) {
  while (!data.empty()) {
    const std::string_view option = data.substr(0, data.find(','));
    data.remove_prefix(std::min(option.size() + 1, data.size()));
    const size_t equals = option.find('=');
    if (option.empty()) continue;
    const std::string_view value =
        equals == std::string_view::npos ? "" : option.substr(equals + 1);
    TRY(parse_option(option.substr(0, equals), value, o));
  }
  return o;
}

// The mount that holds files without a directory. Linux: shm_mnt.
const Ref<vfsmount>& shm_mount() {
  static const Ref<vfsmount>& mnt = *new Ref<vfsmount>(kern_mount(*ramfs_mount("tmpfs")));
  return mnt;
}

Result<Ref<ramfs_inode>> unlinked_inode(uint32_t mode) {
  const Ref<vfsmount>& mnt = shm_mount();
  Ref<inode> i = TRY(mnt->root->d_inode->tmpfile(*mnt->root, mode | S_IFREG));
  Ref<ramfs_inode> node(static_cast<ramfs_inode*>(i.get()));
  node->linkable = false;
  return node;
}

Ref<file> unlinked_file(std::string name, Ref<inode> i) {
  auto d = make_ref<dentry>(std::move(name), nullptr, std::move(i));
  d->d_unhashed = true;
  return make_ref<ramfs_file>(path(shm_mount(), std::move(d)), static_cast<unsigned>(O_RDWR));
}

template <bool kTmpfs>
Result<Ref<super_block>> factory(std::string_view, unsigned, std::string_view data) {
  return ramfs_mount(kTmpfs ? "tmpfs" : "ramfs", data);
}

}  // namespace

ramfs_super::ramfs_super(std::string_view t) {
  type = t;
  magic = t == "ramfs" || t == "rootfs" ? RAMFS_MAGIC : TMPFS_MAGIC;
}

Result<kstatfs> ramfs_super::statfs() {
  kstatfs st;
  st.type = magic;
  if (magic == RAMFS_MAGIC) return st;  // as Linux: no limit, so no numbers
  st.blocks = account->effective_limit() / kPageSize;
  const uint64_t used = (account->used + kPageSize - 1) / kPageSize;
  st.bfree = st.bavail = st.blocks > used ? st.blocks - used : 0;
  st.files = st.blocks;
  st.ffree = st.files > next_ino ? st.files - next_ino : 0;
  return st;
}

Result<Ref<super_block>> ramfs_mount(std::string_view type, std::string_view data) {
  const bool tmpfs = type == "tmpfs";
  Options o;
  o.mode = tmpfs ? 01777 : 0755;
  o.uid = current != nullptr ? current->creds.fsuid : 0;
  o.gid = current != nullptr ? current->creds.fsgid : 0;
  o = TRY(parse_options(data, o));
  auto sb = make_ref<ramfs_super>(type);
  sb->account->limit = o.size;
  auto root = make_ref<ramfs_inode>(*sb, S_IFDIR | o.mode);
  root->uid = o.uid;
  root->gid = o.gid;
  sb->root = d_make_root(root);
  return Ref<super_block>(sb);
}

void register_ramfs() {
  register_filesystem("ramfs", &factory<false>);
  register_filesystem("tmpfs", &factory<true>);
}

Result<Ref<file>> memfd_file(std::string_view name, unsigned flags) {
  constexpr unsigned kNoexecSeal = 8, kExec = 16;  // MFD_NOEXEC_SEAL, MFD_EXEC
  constexpr unsigned kSealExec = 0x20;             // F_SEAL_EXEC
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoexecSeal | kExec)) != 0) return Err(EINVAL);
  if ((flags & kNoexecSeal) != 0 && (flags & kExec) != 0) return Err(EINVAL);
  Ref<ramfs_inode> i = TRY(unlinked_inode((flags & kNoexecSeal) != 0 ? 0666 : 0777));
  if ((flags & kNoexecSeal) != 0) i->seals = kSealExec;
  if ((flags & MFD_ALLOW_SEALING) != 0) i->seals &= ~static_cast<unsigned>(F_SEAL_SEAL);
  // As in Linux the creator's descriptor does not count as a writer: it may be executed (fexecve).
  Ref<file> f = unlinked_file("memfd:" + std::string(name), std::move(i));
  f->put_write_access();
  return f;
}

Result<Ref<file>> shmem_file_setup(std::string_view name, uint64_t size, uint32_t mode) {
  Ref<ramfs_inode> i = TRY(unlinked_inode(mode));
  TRY(i->resize(size));
  return unlinked_file(std::string(name), std::move(i));
}
