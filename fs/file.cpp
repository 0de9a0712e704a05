// Open files: construction, the end of one, and what its class does not override. Linux:
// fs/file_table.c, and the defaults that Linux spells as null operations.

#include "arch/file_changes.h"
#include "fs/fs.h"
#include "fs/locks.h"

namespace {
uint64_t next_file_id = 1;
}

file::file(path p, unsigned flags) : f_path(std::move(p)), f_flags(flags), id(next_file_id++) {
  // i_writecount goes with the description, not with its descriptors.
  f_write_counted = writable() && f_path && f_path.dentry->d_inode->is_reg();
  if (!f_write_counted) return;
  ++f_path.dentry->d_inode->i_writecount;
  ++arch::file_changes;
}

void file::put_write_access() {
  if (f_write_counted) --f_path.dentry->d_inode->i_writecount;
  f_write_counted = false;
}

file::~file() {
  if (!f_path) return;
  inode& i = *f_path.dentry->d_inode;
  if (i.flctx) locks_remove_file(*this);
  put_write_access();
}

Ref<inode> file::f_inode() const { return f_path ? f_path.dentry->d_inode : nullptr; }

Result<size_t> file::read_iter(iov_iter&, uint64_t&) { return Err(EINVAL); }
Result<size_t> file::write_iter(iov_iter&, uint64_t&) { return Err(EINVAL); }

Result<uint64_t> file::llseek(int64_t offset, int whence) {
  if (!seekable()) return Err(ESPIPE);
  const Ref<inode> i = f_inode();
  const auto size = static_cast<int64_t>(i ? i->size : 0);
  int64_t to = 0;
  switch (whence) {
    case SEEK_SET: to = offset; break;
    case SEEK_CUR:
      if (__builtin_add_overflow(static_cast<int64_t>(f_pos), offset, &to)) return Err(EINVAL);
      break;
    case SEEK_END:
      if (__builtin_add_overflow(size, offset, &to)) return Err(EINVAL);
      break;
    case SEEK_DATA:  // no holes known: all is data, and the hole begins at the end
    case SEEK_HOLE:
      if (offset < 0 || offset >= size) return Err(ENXIO);
      to = whence == SEEK_DATA ? offset : size;
      break;
    default: return Err(EINVAL);
  }
  if (to < 0) return Err(EINVAL);
  return f_pos = static_cast<uint64_t>(to);
}

Result<void> file::iterate(dir_context& ctx) {
  const Ref<inode> i = f_inode();
  if (!i || !i->is_dir()) return Err(ENOTDIR);
  return i->iterate(*this, ctx);
}

Result<long> file::ioctl(unsigned, uint64_t) { return Err(ENOTTY); }

Result<long> file::fcntl(unsigned cmd, uint64_t) {
  return Err(cmd == F_SETPIPE_SZ || cmd == F_GETPIPE_SZ ? EBADF : EINVAL);
}

unsigned file::poll(poll_table*) { return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM; }
Result<arch::Backing> file::mmap(uint64_t, uint64_t, bool, bool) { return Err(ENODEV); }
arch::Backing file::memory_at(uint64_t) const { return {}; }

Result<void> file::truncate(uint64_t size) {
  const Ref<inode> i = f_inode();
  if (!i || !i->is_reg()) return Err(EINVAL);
  iattr attr;
  attr.valid = ATTR_SIZE | ATTR_FILE;
  attr.size = size;
  return notify_change(f_path, attr);
}

Result<void> file::fallocate(int, uint64_t, uint64_t) { return Err(EOPNOTSUPP); }
std::string file::proc_name() const { return d_path(f_path); }

bool dir_emit(dir_context& ctx, std::string_view name, uint64_t ino, unsigned type, uint64_t next) {
  if (!ctx.actor(name, ino, type, next)) return false;
  ctx.pos = next;
  return true;
}

bool dir_emit_dots(file& dir, dir_context& ctx) {
  const dentry& d = *dir.f_path.dentry;
  const dentry& up = d.d_parent ? *d.d_parent : d;
  if (ctx.pos == 0 && !dir_emit(ctx, ".", d.d_inode->ino, DT_DIR, 1)) return false;
  if (ctx.pos == 1 && !dir_emit(ctx, "..", up.d_inode->ino, DT_DIR, 2)) return false;
  return true;
}

Result<size_t> kernel_read(file& f, void* to, size_t n, uint64_t pos) {
  if (!f.readable()) return Err(EBADF);
  iov_iter iter = iov_iter::kernel(to, n);
  while (iter.count() != 0) {
    Result<size_t> got = f.read_iter(iter, pos);
    if (!got && iter.count() == n) return got;
    if (!got || *got == 0) break;
  }
  return n - iter.count();
}
