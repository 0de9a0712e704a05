// System calls with a 64-bit argument: moxie passes it in two registers, the high word first and without
// regard to even and odd ones. Linux: the generic handlers under a 32-bit big-endian calling convention.
#pragma once

#include "arch/moxie/abi.h"
#include "fs/read_write_abi.h"
#include "fs/readdir_abi.h"
#include "fs/syscalls.h"

namespace moxie {

inline SyscallResult sys_pread64(fd_t fd, user_ptr<void> buf, size_arg count, uint32_t hi,
                                 uint32_t lo) {
  return ::sys_pread64<MoxieAbi>(fd, buf, count, lo, hi);
}
inline SyscallResult sys_pwrite64(fd_t fd, user_ptr<const void> buf, size_arg count, uint32_t hi,
                                  uint32_t lo) {
  return ::sys_pwrite64<MoxieAbi>(fd, buf, count, lo, hi);
}
inline SyscallResult sys_truncate64(user_str name, uint32_t hi, uint32_t lo) {
  return ::sys_truncate64(name, lo, hi);
}
inline SyscallResult sys_ftruncate64(fd_t fd, uint32_t hi, uint32_t lo) {
  return ::sys_ftruncate64(fd, lo, hi);
}
inline SyscallResult sys_readahead(fd_t fd, uint32_t hi, uint32_t lo, size_arg count) {
  return ::sys_readahead<MoxieAbi>(fd, lo, hi, count);
}
inline SyscallResult sys_fadvise64(fd_t fd, uint32_t hi, uint32_t lo, size_arg len,
                                   int32_t advice) {
  return ::sys_fadvise64<MoxieAbi>(fd, lo, hi, len, advice);
}
inline SyscallResult sys_fadvise64_64(fd_t fd, uint32_t off_hi, uint32_t off_lo, uint32_t len_hi,
                                      uint32_t len_lo, int32_t advice) {
  return ::sys_fadvise64_64(fd, off_lo, off_hi, len_lo, len_hi, advice);
}
inline SyscallResult sys_sync_file_range(fd_t fd, uint32_t off_hi, uint32_t off_lo, uint32_t n_hi,
                                         uint32_t n_lo, uint32_t flags) {
  return ::sys_sync_file_range<MoxieAbi>(fd, off_lo, off_hi, n_lo, n_hi, flags);
}
inline SyscallResult sys_fallocate(fd_t fd, int32_t mode, uint32_t off_hi, uint32_t off_lo,
                                   uint32_t len_hi, uint32_t len_lo) {
  return ::sys_fallocate<MoxieAbi>(fd, mode, off_lo, off_hi, len_lo, len_hi);
}
inline SyscallResult sys_getdents64(fd_t fd, user_ptr<void> to, uint32_t count) {
  return getdents64_as<MoxieAbi::dirent64_head>(fd, to, count);
}

}  // namespace moxie
