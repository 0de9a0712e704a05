// An open directory whose entries are read once per pass (see dir_snapshot.h). Entries are sorted so
// that two runs list a directory in the same order: names, then numbers by value, as /proc has them.
#include "fs/dir_snapshot.h"

#include <algorithm>

namespace {

bool is_number(const std::string& name) { return name.find_first_not_of("0123456789") == name.npos; }

bool before(const dir_snapshot::entry& a, const dir_snapshot::entry& b) {
  const bool x = is_number(a.name), y = is_number(b.name);
  if (x != y) return y;
  if (x && a.name.size() != b.name.size()) return a.name.size() < b.name.size();
  return a.name < b.name;
}

}  // namespace

dir_snapshot::dir_snapshot(path p, unsigned flags, fill_function fill, uint64_t parent_ino)
    : file(std::move(p), flags), fill_(std::move(fill)), parent_ino_(parent_ino) {}

Result<void> dir_snapshot::fill_again() {
  const Ref<inode> self = f_inode();
  if (parent_ino_ == 0) {
    const Ref<dentry>& up = f_path.dentry->d_parent;
    parent_ino_ = up ? up->d_inode->ino : self->ino;
  }
  entries_.clear();
  TRY(fill_(entries_));
  std::ranges::sort(entries_, before);
  entries_.insert(entries_.begin(), {entry{".", self->ino, DT_DIR}, entry{"..", parent_ino_, DT_DIR}});
  filled_ = true;
  return {};
}

Result<void> dir_snapshot::iterate(dir_context& ctx) {
  if (ctx.pos == 0 || !filled_) TRY(fill_again());
  while (ctx.pos < entries_.size()) {
    const entry& e = entries_[ctx.pos];
    if (!ctx.actor(e.name, e.ino, e.type, ctx.pos + 1)) break;
    ++ctx.pos;
  }
  return {};
}

Result<size_t> dir_snapshot::read_iter(iov_iter&, uint64_t&) { return Err(EISDIR); }

Result<uint64_t> dir_snapshot::llseek(int64_t offset, int whence) {
  int64_t base = 0;
  if (whence == SEEK_CUR) {
    base = static_cast<int64_t>(f_pos);
  } else if (whence == SEEK_END) {
    if (!filled_) TRY(fill_again());
    base = static_cast<int64_t>(entries_.size());
  } else if (whence != SEEK_SET) {
    return Err(EINVAL);
  }
  int64_t to = 0;
  if (__builtin_add_overflow(base, offset, &to) || to < 0) return Err(EINVAL);
  f_pos = static_cast<uint64_t>(to);
  return f_pos;
}
