// The forms of read and write that depend on the guest's word: vectors, and 64-bit offsets that
// 32-bit ABIs pass in halves. Abi: its iovec, its words, kWord.
#pragma once

#include "fs/abi_util.h"
#include "fs/iov_abi.h"
#include "fs/sync.h"

namespace detail {
// preadv's position: two words, of which a 64-bit ABI needs only the first.
template <class Abi>
int64_t pos_from_hilo(uint64_t lo, uint64_t hi) {
  if constexpr (Abi::kWord == 8) return static_cast<int64_t>(lo);
  return join64(static_cast<uint32_t>(lo), static_cast<uint32_t>(hi));
}
}  // namespace detail

template <class Abi>
using user_iovec = user_ptr<const typename Abi::iovec>;

template <class Abi>
SyscallResult sys_readv(fd_t fd, user_iovec<Abi> vec, ulong_t count) {
  TRY(fget_data(fd));
  return as_long(ksys_read(fd, TRY(import_iovec(vec, count))));
}
template <class Abi>
SyscallResult sys_writev(fd_t fd, user_iovec<Abi> vec, ulong_t count) {
  TRY(fget_data(fd));
  return as_long(ksys_write(fd, TRY(import_iovec(vec, count))));
}
template <class Abi>
SyscallResult sys_preadv(fd_t fd, user_iovec<Abi> vec, ulong_t count, ulong_t pos_lo,
                         ulong_t pos_hi) {
  const int64_t pos = detail::pos_from_hilo<Abi>(pos_lo, pos_hi);
  return as_long(ksys_pread(fd, TRY(import_iovec(vec, count)), pos));
}
template <class Abi>
SyscallResult sys_pwritev(fd_t fd, user_iovec<Abi> vec, ulong_t count, ulong_t pos_lo,
                          ulong_t pos_hi) {
  const int64_t pos = detail::pos_from_hilo<Abi>(pos_lo, pos_hi);
  return as_long(ksys_pwrite(fd, TRY(import_iovec(vec, count)), pos));
}
template <class Abi>
SyscallResult sys_preadv2(fd_t fd, user_iovec<Abi> vec, ulong_t count, ulong_t pos_lo,
                          ulong_t pos_hi, uint32_t flags) {
  const int64_t pos = detail::pos_from_hilo<Abi>(pos_lo, pos_hi);
  return as_long(do_preadv2(fd, TRY(import_iovec(vec, count)), pos, flags));
}
template <class Abi>
SyscallResult sys_pwritev2(fd_t fd, user_iovec<Abi> vec, ulong_t count, ulong_t pos_lo,
                           ulong_t pos_hi, uint32_t flags) {
  const int64_t pos = detail::pos_from_hilo<Abi>(pos_lo, pos_hi);
  return as_long(do_pwritev2(fd, TRY(import_iovec(vec, count)), pos, flags));
}

// ---- one register for an offset, or two
// ------------------------------------------------------------

template <class Abi>
requires(Abi::kWord == 8) SyscallResult
    sys_pread64(fd_t fd, user_ptr<void> buf, size_arg count, slong pos) {
  return as_long(ksys_pread(fd, iov_iter::user(buf.addr, count), pos));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_pread64(fd_t fd, user_ptr<void> buf, size_arg count, uint32_t lo, uint32_t hi) {
  return as_long(ksys_pread(fd, iov_iter::user(buf.addr, count), join64(lo, hi)));
}
template <class Abi>
requires(Abi::kWord == 8) SyscallResult
    sys_pwrite64(fd_t fd, user_ptr<const void> buf, size_arg count, slong pos) {
  return as_long(ksys_pwrite(fd, iov_iter::user(buf.addr, count), pos));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_pwrite64(fd_t fd, user_ptr<const void> buf, size_arg count, uint32_t lo, uint32_t hi) {
  return as_long(ksys_pwrite(fd, iov_iter::user(buf.addr, count), join64(lo, hi)));
}
template <class Abi>
requires(Abi::kWord == 8) SyscallResult
    sys_fallocate(fd_t fd, int32_t mode, slong offset, slong len) {
  return as_zero(do_fallocate(fd, mode, offset, len));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_fallocate(fd_t fd, int32_t mode, uint32_t off_lo, uint32_t off_hi, uint32_t len_lo,
                  uint32_t len_hi) {
  return as_zero(do_fallocate(fd, mode, join64(off_lo, off_hi), join64(len_lo, len_hi)));
}
template <class Abi>
requires(Abi::kWord == 8) SyscallResult
    sys_fadvise64(fd_t fd, slong offset, size_arg len, int32_t advice) {
  return as_zero(do_fadvise(fd, offset, static_cast<int64_t>(len.value), advice));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_fadvise64(fd_t fd, uint32_t lo, uint32_t hi, size_arg len, int32_t advice) {
  return as_zero(do_fadvise(fd, join64(lo, hi), static_cast<int64_t>(len.value), advice));
}
template <class Abi>
requires(Abi::kWord == 8) SyscallResult sys_readahead(fd_t fd, slong offset, size_arg count) {
  return as_zero(do_readahead(fd, offset, count));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_readahead(fd_t fd, uint32_t lo, uint32_t hi, size_arg count) {
  return as_zero(do_readahead(fd, join64(lo, hi), count));
}
template <class Abi>
requires(Abi::kWord == 8) SyscallResult
    sys_sync_file_range(fd_t fd, slong offset, slong bytes, uint32_t flags) {
  return as_zero(do_sync_file_range(fd, offset, bytes, flags));
}
template <class Abi>
requires(Abi::kWord == 4) SyscallResult
    sys_sync_file_range(fd_t fd, uint32_t off_lo, uint32_t off_hi, uint32_t n_lo, uint32_t n_hi,
                        uint32_t flags) {
  return as_zero(do_sync_file_range(fd, join64(off_lo, off_hi), join64(n_lo, n_hi), flags));
}

template <class Abi>
SyscallResult sys_lseek(fd_t fd, slong offset, whence_t whence) {
  const uint64_t pos = TRY(ksys_lseek(fd, offset, whence));
  if constexpr (Abi::kWord == 4) {
    if (pos > INT32_MAX) return Err(EOVERFLOW);
  }
  return static_cast<long>(pos);
}

// sendfile's offset is an off_t of the ABI; sendfile64's has 64 bits everywhere.
template <class Offset>
SyscallResult sendfile_by(int out, int in, user_ptr<Offset> offset, uint64_t count) {
  if (!offset) return as_long(do_sendfile(out, in, nullptr, count));
  const Offset wire = TRY(get_user(offset));
  uint64_t pos = static_cast<uint64_t>(static_cast<int64_t>(wire));
  const Result<size_t> n = do_sendfile(out, in, &pos, count);
  Offset back{};
  back = static_cast<decltype(back + 0)>(pos);
  TRY(put_user(offset, back));
  return as_long(n);
}
template <class Abi>
SyscallResult sys_sendfile(fd_t out, fd_t in, user_ptr<typename Abi::sword> offset,
                           size_arg count) {
  return sendfile_by(out, in, offset, count);
}
