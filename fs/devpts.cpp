// See devpts.h. Linux: fs/devpts/inode.c. Difference: ptmxmode is 0666 unless said otherwise, because
// /dev/ptmx is a link to this ptmx.
#include "fs/devpts.h"

#include <charconv>
#include <map>

#include "fs/dcache.h"
#include "fs/directory.h"
#include "kernel/sched.h"

namespace {

constexpr uint64_t kDevptsMagic = 0x1cd1;
constexpr uint64_t kRootIno = 1, kPtmxIno = 2, kFirstIno = 3;

struct devpts_inode : inode {
  devpts_inode(super_block& s, uint64_t number, uint32_t m) : inode(s) {
    ino = number;
    mode = m;
    atime = mtime = ctime = current_time_ns();
  }
  void* tty = nullptr;
  // A node that is gone must not be found in the cache.
  bool dead = false;
  bool revalidate(dentry&) override { return !dead; }
};

struct devpts_super : super_block {
  uint32_t uid = 0, gid = 0, mode = 0600, ptmxmode = 0666;
  bool set_uid = false, set_gid = false;
  unsigned max = 1U << 20;
  std::map<unsigned, Ref<devpts_inode>> slaves;  // a null one: the number is taken
  Ref<devpts_inode> ptmx;

  Result<kstatfs> statfs() override {
    kstatfs st;
    st.type = magic;
    return st;
  }
};

devpts_super& instance(super_block& sb) { return static_cast<devpts_super&>(sb); }

std::optional<unsigned> number(std::string_view text, int base) {
  unsigned n = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), n, base);
  if (text.empty() || r.ec != std::errc() || r.ptr != text.data() + text.size()) return {};
  return n;
}

struct devpts_root : devpts_inode {
  using devpts_inode::devpts_inode;

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    auto& s = instance(*sb);
    if (name == "ptmx") return Ref<inode>(s.ptmx);
    const auto index = number(name, 10);
    if (!index || std::to_string(*index) != name) return Err(ENOENT);
    auto it = s.slaves.find(*index);
    if (it == s.slaves.end() || !it->second) return Err(ENOENT);
    return Ref<inode>(it->second);
  }

  // Slaves are at position 3 + their number, so that one that goes does not move the others.
  Result<void> iterate(file& dir, dir_context& ctx) override {
    auto& s = instance(*sb);
    if (!dir_emit_dots(dir, ctx)) return {};
    if (ctx.pos == 2 && !dir_emit(ctx, "ptmx", kPtmxIno, DT_CHR, 3)) return {};
    for (auto it = s.slaves.lower_bound(static_cast<unsigned>(ctx.pos - 3)); it != s.slaves.end(); ++it) {
      if (!it->second) continue;
      if (!dir_emit(ctx, std::to_string(it->first), it->second->ino, DT_CHR, it->first + 4)) return {};
    }
    return {};
  }
};

Result<void> parse_option(devpts_super& s, std::string_view option) {
  const size_t equals = option.find('=');
  const std::string_view key = option.substr(0, equals);
  if (key.empty() || key == "newinstance") return {};
  const bool octal = key == "mode" || key == "ptmxmode";
  const auto value = number(equals == std::string_view::npos ? "" : option.substr(equals + 1), octal ? 8 : 10);
  if (!value) return Err(EINVAL);
  if (key == "uid") s.uid = *value, s.set_uid = true;
  else if (key == "gid") s.gid = *value, s.set_gid = true;
  else if (key == "mode") s.mode = *value & S_IALLUGO;
  else if (key == "ptmxmode") s.ptmxmode = *value & S_IALLUGO;
  else if (key == "max") s.max = *value;
  else return Err(EINVAL);
  return {};
}

}  // namespace

Result<Ref<super_block>> devpts_mount(std::string_view, unsigned, std::string_view data) {
  auto s = make_ref<devpts_super>();
  s->type = s->source = "devpts";
  s->magic = kDevptsMagic;
  while (!data.empty()) {
    const size_t comma = std::min(data.find(','), data.size());
    TRY(parse_option(*s, data.substr(0, comma)));
    data.remove_prefix(std::min(comma + 1, data.size()));
  }
  auto root = make_ref<devpts_root>(*s, kRootIno, S_IFDIR | 0755);
  root->nlink = 2;
  s->ptmx = make_ref<devpts_inode>(*s, kPtmxIno, S_IFCHR | s->ptmxmode);
  s->ptmx->rdev = MKDEV(5, 2);
  if (s->set_uid) s->ptmx->uid = s->uid;
  if (s->set_gid) s->ptmx->gid = s->gid;
  s->root = d_make_root(root);
  return Ref<super_block>(s);
}

Result<path> devpts_acquire(const path& ptmx) {
  path at = ptmx;
  if (at.dentry->d_inode->sb->magic != kDevptsMagic) {
    if (!at.dentry->d_parent) return Err(ENODEV);
    at = TRY(lookup_one(path(at.mnt, at.dentry->d_parent), "pts"));
    if (at.dentry->d_inode->sb->magic != kDevptsMagic) return Err(ENODEV);
  }
  at.dentry = at.dentry->d_inode->sb->root;
  return at;
}

Result<unsigned> devpts_new_index(super_block& sb) {
  auto& s = instance(sb);
  unsigned index = 0;
  for (const auto& [taken, node] : s.slaves) {
    if (taken != index) break;
    ++index;
  }
  if (index >= s.max) return Err(ENOSPC);
  s.slaves.emplace(index, nullptr);
  return index;
}

void devpts_kill_index(super_block& sb, unsigned index) { instance(sb).slaves.erase(index); }

void devpts_pty_new(super_block& sb, unsigned index, uint64_t device, void* tty) {
  auto& s = instance(sb);
  auto node = make_ref<devpts_inode>(sb, kFirstIno + index, S_IFCHR | s.mode);
  node->uid = s.set_uid ? s.uid : current->creds.fsuid;
  node->gid = s.set_gid ? s.gid : current->creds.fsgid;
  node->rdev = device;
  node->tty = tty;
  s.slaves[index] = node;
}

void devpts_pty_kill(super_block& sb, unsigned index) {
  auto& s = instance(sb);
  auto it = s.slaves.find(index);
  if (it == s.slaves.end() || !it->second) return;
  it->second->tty = nullptr;
  it->second->dead = true;
  it->second = nullptr;
  if (auto* d = d_lookup(*s.root, std::to_string(index))) d_drop(*d);
}

void* devpts_get_priv(const path& p) {
  inode& i = *p.dentry->d_inode;
  return i.sb->magic == kDevptsMagic ? static_cast<devpts_inode&>(i).tty : nullptr;
}
