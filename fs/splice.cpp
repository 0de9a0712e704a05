// splice, tee, vmsplice. Linux: fs/splice.c. Difference: all of them copy; there are no pages to
// hand over. When the other side of a splice sleeps in the middle, a second reader of the same pipe
// may see the same bytes.
#include <algorithm>

#include "fs/pipe.h"
#include "fs/pipe_syscalls.h"
#include "fs/read_write.h"
#include "fs/splice_abi.h"
#include "mm/uaccess.h"

namespace {

enum : unsigned {
  SPLICE_F_MOVE = 1,
  SPLICE_F_NONBLOCK = 2,
  SPLICE_F_MORE = 4,
  SPLICE_F_GIFT = 8,
  kSpliceAll = 15
};

pipe_file* get_pipe(file& f) { return dynamic_cast<pipe_file*>(&f); }

size_t room_of(const pipe_inode_info& p) { return (p.slots() - p.occupancy()) * kPageSize; }

Result<size_t> put_data(pipe_file& to, iov_iter& from) {
  pipe_inode_info& p = *to.pipe;
  const bool tell = p.empty() || p.poll_usage;
  const size_t n = TRY(p.put(from, to.packetized()));
  if (n != 0 && tell) to.wake_readers();
  return n;
}

void consume(pipe_file& from, size_t n) {
  pipe_inode_info& p = *from.pipe;
  const bool was_full = p.full();
  p.consume(std::min(n, p.bytes()));
  if (was_full && !p.full()) from.wake_writers();
}

// What one pipe holds into another, as much as fits; `take` it away from the first or leave it
// (tee).
Result<size_t> pipe_to_pipe(pipe_file& in, pipe_file& out, size_t len, bool nonblock, bool take) {
  // Both must be ready at once: waiting for one may undo the other.
  do {
    if (!TRY(in.wait_readable(nonblock))) return 0;
    TRY(out.wait_writable(nonblock));
  } while (in.pipe->empty() && in.pipe->writers != 0);
  IoBuffer buffer;
  const size_t n =
      in.pipe->peek(buffer.data(), std::min({len, room_of(*out.pipe), IoBuffer::kSize}));
  iov_iter from = iov_iter::kernel(buffer.data(), n);
  const size_t moved = TRY(put_data(out, from));
  if (take) consume(in, moved);
  return moved;
}

Result<size_t> pipe_to_file(pipe_file& in, file& out, uint64_t& pos, size_t len, bool nonblock) {
  IoBuffer buffer;
  size_t done = 0;
  while (done < len) {
    const Result<bool> ready = in.wait_readable(nonblock || done != 0);
    if (!ready && done == 0) return std::unexpected(ready.error());
    if (!ready || !*ready) break;
    const size_t n = in.pipe->peek(buffer.data(), std::min(len - done, IoBuffer::kSize));
    iov_iter from = iov_iter::kernel(buffer.data(), n);
    const Result<size_t> put = vfs_write(out, from, pos);
    if (!put && done == 0) return put;
    if (!put) break;
    consume(in, *put);
    done += *put;
    if (*put < n) break;
  }
  return done;
}

Result<size_t> file_to_pipe(file& in, uint64_t& pos, pipe_file& out, size_t len, bool nonblock) {
  TRY(out.wait_writable(nonblock));
  IoBuffer buffer;
  iov_iter to =
      iov_iter::kernel(buffer.data(), std::min({len, room_of(*out.pipe), IoBuffer::kSize}));
  const size_t n = TRY(vfs_read(in, to, pos));
  iov_iter from = iov_iter::kernel(buffer.data(), n);
  // Others may have filled the pipe while the input was read; what was read must go in.
  while (from.count() != 0) {
    TRY(out.wait_writable(false));
    TRY(put_data(out, from));
  }
  return n;
}

// The position that a splice uses: the caller's, or the file's own.
struct splice_pos {
  file& f;
  user_ptr<int64_t> user;
  uint64_t pos = 0;
  Result<void> load() {
    pos = user ? static_cast<uint64_t>(TRY(get_user(user))) : f.f_pos;
    if (pos > INT64_MAX) return Err(EINVAL);
    return {};
  }
  Result<void> store() {
    if (user) return put_user(user, static_cast<int64_t>(pos));
    f.f_pos = pos;
    return {};
  }
};

}  // namespace

SyscallResult sys_splice(fd_t in_fd, user_ptr<int64_t> off_in, fd_t out_fd,
                         user_ptr<int64_t> off_out, size_arg size, uint32_t flags) {
  if (size == 0) return 0;
  if ((flags & ~kSpliceAll) != 0) return Err(EINVAL);
  const Ref<file> in = TRY(fget_data(in_fd)), out = TRY(fget_data(out_fd));
  if (!in->readable() || !out->writable()) return Err(EBADF);
  const size_t len = std::min<uint64_t>(size, MAX_RW_COUNT);
  pipe_file *in_pipe = get_pipe(*in), *out_pipe = get_pipe(*out);
  if ((in_pipe != nullptr && off_in) || (out_pipe != nullptr && off_out)) return Err(ESPIPE);
  bool nonblock = (flags & SPLICE_F_NONBLOCK) != 0;
  if (in_pipe != nullptr) nonblock |= in->nonblocking();
  if (out_pipe != nullptr) nonblock |= out->nonblocking();
  if (in_pipe != nullptr && out_pipe != nullptr) {
    if (in_pipe->pipe == out_pipe->pipe) return Err(EINVAL);
    return static_cast<long>(TRY(pipe_to_pipe(*in_pipe, *out_pipe, len, nonblock, true)));
  }
  if (in_pipe != nullptr) {
    if (off_out && !out->seekable()) return Err(EINVAL);
    if ((out->f_flags & O_APPEND) != 0) return Err(EINVAL);
    splice_pos pos{*out, off_out};
    TRY(pos.load());
    const size_t n = TRY(pipe_to_file(*in_pipe, *out, pos.pos, len, nonblock));
    TRY(pos.store());
    return static_cast<long>(n);
  }
  if (out_pipe == nullptr || (off_in && !in->seekable())) return Err(EINVAL);
  splice_pos pos{*in, off_in};
  TRY(pos.load());
  const size_t n = TRY(file_to_pipe(*in, pos.pos, *out_pipe, len, nonblock));
  TRY(pos.store());
  return static_cast<long>(n);
}

SyscallResult sys_tee(fd_t in_fd, fd_t out_fd, size_arg size, uint32_t flags) {
  if ((flags & ~kSpliceAll) != 0) return Err(EINVAL);
  if (size == 0) return 0;
  const Ref<file> in = TRY(fget_data(in_fd)), out = TRY(fget_data(out_fd));
  if (!in->readable() || !out->writable()) return Err(EBADF);
  pipe_file *from = get_pipe(*in), *to = get_pipe(*out);
  if (from == nullptr || to == nullptr || from->pipe == to->pipe) return Err(EINVAL);
  const bool nonblock = (flags & SPLICE_F_NONBLOCK) != 0 || in->nonblocking() || out->nonblocking();
  const size_t len = std::min<uint64_t>(size, MAX_RW_COUNT);
  return static_cast<long>(TRY(pipe_to_pipe(*from, *to, len, nonblock, false)));
}

Result<size_t> do_vmsplice(int fd, iov_iter iter, unsigned flags) {
  if ((flags & ~kSpliceAll) != 0) return Err(EINVAL);
  const Ref<file> f = TRY(fget_data(fd));
  pipe_file* p = get_pipe(*f);
  if (p == nullptr) return Err(EBADF);
  if (iter.count() == 0) return 0;
  const bool nonblock = (flags & SPLICE_F_NONBLOCK) != 0;
  if (f->writable()) {
    TRY(p->wait_writable(nonblock));
    return put_data(*p, iter);
  }
  if (!TRY(p->wait_readable(nonblock))) return 0;
  const bool was_full = p->pipe->full();
  bool ended = false;
  const size_t n = TRY(p->pipe->take(iter, ended));
  if (was_full && !p->pipe->full()) p->wake_writers();
  return n;
}
