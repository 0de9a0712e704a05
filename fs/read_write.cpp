// read, write and their kin below the ABI. Linux: fs/read_write.c. Differences: the position of a
// file is not locked between threads (nothing that uses it sleeps), and copies between files always
// go through a kernel buffer.

#include "fs/read_write.h"

#include <algorithm>
#include <vector>

#include "fs/attr.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

std::vector<std::unique_ptr<std::byte[]>>& free_buffers() {
  static auto& list = *new std::vector<std::unique_ptr<std::byte[]>>;
  return list;
}

bool is_regular(const file& f) { return f.f_path && f.f_path.dentry->d_inode->is_reg(); }
bool is_directory(const file& f) { return f.f_path && f.f_path.dentry->d_inode->is_dir(); }

// rw_verify_area, and access_ok for a buffer that came as one piece: what is wrong whatever there
// is to move. Vectors have been checked where they were imported.
Result<void> verify_area(const file& f, const iov_iter& iter, uint64_t pos) {
  if (!iter.is_kernel() && iter.count() != 0) {
    const iov_iter::segment& s = iter.current_segment();
    if (!access_ok(s.base, s.len)) return Err(EFAULT);
  }
  if (is_regular(f) && pos + iter.count() > INT64_MAX) return Err(EINVAL);
  return {};
}

// generic_write_checks: where a regular file may be written and how far.
Result<void> write_checks(file& f, iov_iter& from, uint64_t& pos) {
  uint64_t start = pos;
  if ((f.f_flags & O_APPEND) != 0) {
    kstat st;
    TRY(f.f_inode()->getattr(st));
    start = st.size;
  }
  if (from.count() == 0) return {};
  const uint64_t limit = std::min<uint64_t>(
      current->signal ? current->signal->rlim[RLIMIT_FSIZE].cur : RLIM_INFINITY, INT64_MAX);
  if (start >= limit) {
    TRY(check_file_limit(start + 1));
    return Err(EFBIG);
  }
  from.truncate(limit - start);
  TRY(file_remove_privs(f.f_path));
  pos = start;
  return {};
}

Result<Ref<file>> positioned(int fd, int64_t pos) {
  if (pos < 0) return Err(EINVAL);
  Ref<file> f = TRY(fget_data(fd));
  if (!f->seekable()) return Err(ESPIPE);
  return f;
}

Result<void> known_rwf(const file& f, unsigned flags) {
  constexpr unsigned kKnown = RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND;
  if ((flags & ~kKnown) != 0) return Err(EOPNOTSUPP);
  // Only where nothing sleeps anyway is it easy to promise not to.
  if ((flags & RWF_NOWAIT) != 0 && !is_regular(f)) return Err(EOPNOTSUPP);
  return {};
}

// Moves up to `count` bytes; stops at the first short step. The input's position counts what
// arrived.
Result<size_t> copy_between(file& in, uint64_t& in_pos, file& out, uint64_t& out_pos,
                            uint64_t count) {
  IoBuffer buffer;
  size_t done = 0;
  while (done < count) {
    const size_t chunk = std::min<uint64_t>(count - done, IoBuffer::kSize);
    iov_iter to = iov_iter::kernel(buffer.data(), chunk);
    uint64_t read_pos = in_pos;
    const Result<size_t> got = vfs_read(in, to, read_pos);
    if (!got && done == 0) return got;
    if (!got || *got == 0) break;
    iov_iter from = iov_iter::kernel(buffer.data(), *got);
    const Result<size_t> put = vfs_write(out, from, out_pos);
    if (!put && done == 0) return put;
    if (!put) break;
    in_pos += *put;
    done += *put;
    if (*put < *got) break;
  }
  return done;
}

}  // namespace

IoBuffer::IoBuffer() {
  if (free_buffers().empty()) {
    memory_ = std::make_unique_for_overwrite<std::byte[]>(kSize);
  } else {
    memory_ = std::move(free_buffers().back());
    free_buffers().pop_back();
  }
}

IoBuffer::~IoBuffer() {
  constexpr size_t kKept = 4;
  if (free_buffers().size() < kKept) free_buffers().push_back(std::move(memory_));
}

Result<size_t> vfs_read(file& f, iov_iter& to, uint64_t& pos) {
  if (!f.readable()) return Err(EBADF);
  TRY(verify_area(f, to, pos));
  to.truncate(MAX_RW_COUNT);
  return f.read_iter(to, pos);
}

Result<size_t> vfs_write(file& f, iov_iter& from, uint64_t& pos) {
  if (!f.writable()) return Err(EBADF);
  TRY(verify_area(f, from, pos));
  from.truncate(MAX_RW_COUNT);
  const uint64_t before = pos;
  if (is_regular(f)) TRY(write_checks(f, from, pos));
  const Result<size_t> n = f.write_iter(from, pos);
  if (!n) pos = before;
  if (n && *n != 0 && (f.f_flags & O_DSYNC) != 0 && is_regular(f)) TRY(f.fsync());
  return n;
}

Result<size_t> ksys_read(int fd, iov_iter to) {
  const Ref<file> f = TRY(fget_data(fd));
  return vfs_read(*f, to, f->f_pos);
}

Result<size_t> ksys_write(int fd, iov_iter from) {
  const Ref<file> f = TRY(fget_data(fd));
  // The position itself, not a copy: a host stream tells by it that the call has no offset of its
  // own.
  return vfs_write(*f, from, f->f_pos);
}

Result<size_t> ksys_pread(int fd, iov_iter to, int64_t pos) {
  const Ref<file> f = TRY(positioned(fd, pos));
  auto at = static_cast<uint64_t>(pos);
  return vfs_read(*f, to, at);
}

Result<size_t> ksys_pwrite(int fd, iov_iter from, int64_t pos) {
  const Ref<file> f = TRY(positioned(fd, pos));
  auto at = static_cast<uint64_t>(pos);
  return vfs_write(*f, from, at);
}

Result<size_t> do_preadv2(int fd, iov_iter to, int64_t pos, unsigned flags) {
  const Ref<file> f = TRY(pos == -1 ? fget_data(fd) : positioned(fd, pos));
  TRY(known_rwf(*f, flags));
  if ((flags & RWF_APPEND) != 0) return Err(EOPNOTSUPP);
  return pos == -1 ? ksys_read(fd, std::move(to)) : ksys_pread(fd, std::move(to), pos);
}

Result<size_t> do_pwritev2(int fd, iov_iter from, int64_t pos, unsigned flags) {
  const Ref<file> f = TRY(pos == -1 ? fget_data(fd) : positioned(fd, pos));
  TRY(known_rwf(*f, flags));
  // The flags of this call stand on the description while it runs: regular files do not sleep.
  const unsigned saved = f->f_flags;
  if (is_regular(*f)) {
    if ((flags & RWF_APPEND) != 0) f->f_flags |= O_APPEND;
    if ((flags & (RWF_DSYNC | RWF_SYNC)) != 0) f->f_flags |= O_DSYNC;
  }
  const Result<size_t> n =
      pos == -1 ? ksys_write(fd, std::move(from)) : ksys_pwrite(fd, std::move(from), pos);
  if (is_regular(*f)) f->f_flags = saved;
  return n;
}

Result<uint64_t> ksys_lseek(int fd, int64_t offset, unsigned whence) {
  const Ref<file> f = TRY(fget_data(fd));
  if (whence > SEEK_HOLE) return Err(EINVAL);
  return f->llseek(offset, static_cast<int>(whence));
}

Result<size_t> do_sendfile(int out_fd, int in_fd, uint64_t* offset, uint64_t count) {
  const Ref<file> in = TRY(fget_data(in_fd));
  const Ref<file> out = TRY(fget_data(out_fd));
  if (!in->readable() || !out->writable()) return Err(EBADF);
  if (offset != nullptr && !in->seekable()) return Err(ESPIPE);
  if (!in->seekable() || is_directory(*in)) return Err(EINVAL);
  if ((out->f_flags & O_APPEND) != 0) return Err(EINVAL);
  if (offset != nullptr && *offset > INT64_MAX) return Err(EINVAL);
  uint64_t in_pos = offset != nullptr ? *offset : in->f_pos;
  const size_t n = TRY(copy_between(*in, in_pos, *out, out->f_pos, std::min(count, MAX_RW_COUNT)));
  (offset != nullptr ? *offset : in->f_pos) = in_pos;
  return n;
}

Result<size_t> do_copy_file_range(int in_fd, uint64_t* in_pos, int out_fd, uint64_t* out_pos,
                                  uint64_t len, unsigned flags) {
  if (flags != 0) return Err(EINVAL);
  const Ref<file> in = TRY(fget_data(in_fd));
  const Ref<file> out = TRY(fget_data(out_fd));
  if (is_directory(*in) || is_directory(*out)) return Err(EISDIR);
  if (!is_regular(*in) || !is_regular(*out)) return Err(EINVAL);
  if (!in->readable() || !out->writable() || (out->f_flags & O_APPEND) != 0) return Err(EBADF);
  uint64_t& from = in_pos != nullptr ? *in_pos : in->f_pos;
  uint64_t& to = out_pos != nullptr ? *out_pos : out->f_pos;
  if (from > INT64_MAX || to > INT64_MAX) return Err(EINVAL);
  len = std::min(len, MAX_RW_COUNT);
  if (from + len > INT64_MAX || to + len > INT64_MAX) return Err(EOVERFLOW);
  kstat st;
  TRY(in->f_inode()->getattr(st));
  len = from >= st.size ? 0 : std::min(len, st.size - from);
  if (in->f_inode() == out->f_inode() && from < to + len && to < from + len) return Err(EINVAL);
  return copy_between(*in, from, *out, to, len);
}

Result<void> kernel_write(file& f, const void* from, size_t n, uint64_t& pos) {
  // The iterator is only read from: it goes to write_iter.
  iov_iter iter = iov_iter::kernel(const_cast<void*>(from), n);
  while (iter.count() != 0) {
    if (TRY(vfs_write(f, iter, pos)) == 0) return Err(EIO);
  }
  return {};
}
