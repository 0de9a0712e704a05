// The stat and statfs families as system calls: templates over the wire structs. Linux: cp_new_stat
// and its kin in fs/stat.c, do_statfs_native in fs/statfs.c.
#pragma once

#include "fs/abi_util.h"
#include "fs/stat.h"
#include "kernel/syscall.h"
#include "kernel/timer.h"

namespace detail {

// Seconds towards minus infinity, and what is left.
constexpr int64_t ns_seconds(int64_t ns) {
  constexpr auto kNs = static_cast<int64_t>(kNsec);
  return ns / kNs - (ns % kNs < 0 ? 1 : 0);
}
constexpr int64_t ns_rest(int64_t ns) { return ns - ns_seconds(ns) * static_cast<int64_t>(kNsec); }

// True if the wire's field kept the value.
#define SLOT190_PUT(field, value)                    \
  (w.field = static_cast<decltype(+w.field)>(value), \
   static_cast<uint64_t>(w.field) == static_cast<uint64_t>(value))

// struct stat and stat64. EOVERFLOW where a 32-bit struct cannot say it, as Linux decides it: times
// and block counts are cut silently.
template <class Stat>
Result<Stat> to_wire_stat(const kstat& st) {
  Stat w{};
  w.st_dev = static_cast<decltype(+w.st_dev)>(st.dev);
  bool fits = SLOT190_PUT(st_ino, st.ino) && SLOT190_PUT(st_size, st.size) &&
              SLOT190_PUT(st_nlink, st.nlink);
  w.st_mode = static_cast<decltype(+w.st_mode)>(st.mode);
  constexpr bool kShortIds = sizeof w.st_uid == 2;
  constexpr uint32_t kOverflowId = 65534;
  w.st_uid = static_cast<decltype(+w.st_uid)>(kShortIds && st.uid > 0xffff ? kOverflowId : st.uid);
  w.st_gid = static_cast<decltype(+w.st_gid)>(kShortIds && st.gid > 0xffff ? kOverflowId : st.gid);
  w.st_rdev = static_cast<decltype(+w.st_rdev)>(st.rdev);
  w.st_blksize = static_cast<decltype(+w.st_blksize)>(st.blksize);
  w.st_blocks = static_cast<decltype(+w.st_blocks)>(st.blocks);
  w.st_atime_ = static_cast<decltype(+w.st_atime_)>(ns_seconds(st.atime));
  w.st_mtime_ = static_cast<decltype(+w.st_mtime_)>(ns_seconds(st.mtime));
  w.st_ctime_ = static_cast<decltype(+w.st_ctime_)>(ns_seconds(st.ctime));
  w.st_atime_nsec = static_cast<decltype(+w.st_atime_nsec)>(ns_rest(st.atime));
  w.st_mtime_nsec = static_cast<decltype(+w.st_mtime_nsec)>(ns_rest(st.mtime));
  w.st_ctime_nsec = static_cast<decltype(+w.st_ctime_nsec)>(ns_rest(st.ctime));
  if constexpr (requires { w.st_ino32; }) w.st_ino32 = static_cast<decltype(+w.st_ino32)>(st.ino);
  // A 32-bit struct says file sizes up to 2 GiB - 1, although its field has no sign.
  if constexpr (sizeof w.st_size == 4) fits = fits && st.size <= INT32_MAX;
  if (!fits) return Err(EOVERFLOW);
  return w;
}

// The first struct stat: 16-bit numbers, no nanoseconds.
template <class Old>
Result<Old> to_old_stat(const kstat& st) {
  Old w{};
  w.st_dev = static_cast<uint16_t>(st.dev);
  const bool fits =
      SLOT190_PUT(st_ino, st.ino) && SLOT190_PUT(st_nlink, st.nlink) && st.size <= INT32_MAX;
  constexpr uint32_t kOverflowId = 65534;
  w.st_mode = static_cast<uint16_t>(st.mode);
  w.st_uid = static_cast<uint16_t>(st.uid > 0xffff ? kOverflowId : st.uid);
  w.st_gid = static_cast<uint16_t>(st.gid > 0xffff ? kOverflowId : st.gid);
  w.st_rdev = static_cast<uint16_t>(st.rdev);
  w.st_size = static_cast<uint32_t>(st.size);
  w.st_atime_ = static_cast<uint32_t>(ns_seconds(st.atime));
  w.st_mtime_ = static_cast<uint32_t>(ns_seconds(st.mtime));
  w.st_ctime_ = static_cast<uint32_t>(ns_seconds(st.ctime));
  if (!fits) return Err(EOVERFLOW);
  return w;
}

template <class Statfs>
Result<Statfs> to_wire_statfs(const kstatfs& st) {
  Statfs w{};
  w.f_type = static_cast<decltype(+w.f_type)>(st.type);
  w.f_bsize = static_cast<decltype(+w.f_bsize)>(st.bsize);
  const bool fits = SLOT190_PUT(f_blocks, st.blocks) && SLOT190_PUT(f_bfree, st.bfree) &&
                    SLOT190_PUT(f_bavail, st.bavail);
  // An unknown number of inodes is said as all ones and may be cut.
  w.f_files = static_cast<decltype(+w.f_files)>(st.files);
  w.f_ffree = static_cast<decltype(+w.f_ffree)>(st.ffree);
  w.f_namelen = static_cast<decltype(+w.f_namelen)>(st.namelen);
  w.f_frsize = static_cast<decltype(+w.f_frsize)>(st.bsize);
  w.f_flags = static_cast<decltype(+w.f_flags)>(st.flags);
  if (!fits) return Err(EOVERFLOW);
  return w;
}
#undef SLOT190_PUT

template <class Wire>
SyscallResult put_stat(user_ptr<Wire> to, const Result<kstat>& st) {
  if (!st) return std::unexpected(st.error());
  const Wire w = TRY(to_wire_stat<Wire>(*st));
  return as_zero(put_user(to, w));
}
template <class Old>
SyscallResult put_old_stat(user_ptr<Old> to, const Result<kstat>& st) {
  if (!st) return std::unexpected(st.error());
  const Old w = TRY(to_old_stat<Old>(*st));
  return as_zero(put_user(to, w));
}
template <class Wire>
SyscallResult put_statfs(user_ptr<Wire> to, const Result<kstatfs>& st) {
  if (!st) return std::unexpected(st.error());
  const Wire w = TRY(to_wire_statfs<Wire>(*st));
  return as_zero(put_user(to, w));
}
inline Result<kstat> stat_by_name(int dirfd, user_str name, unsigned at_flags) {
  const std::string path = TRY(getname(name, (at_flags & AT_EMPTY_PATH) != 0));
  return vfs_fstatat(dirfd, path, at_flags);
}
inline Result<kstatfs> statfs_by_name(user_str name) { return user_statfs(TRY(getname(name))); }

}  // namespace detail

// ---- struct stat
// -------------------------------------------------------------------------------------
template <class Abi>
SyscallResult sys_stat(user_str name, user_ptr<typename Abi::stat> to) {
  return detail::put_stat(to, detail::stat_by_name(AT_FDCWD, name, 0));
}
template <class Abi>
SyscallResult sys_lstat(user_str name, user_ptr<typename Abi::stat> to) {
  return detail::put_stat(to, detail::stat_by_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW));
}
template <class Abi>
SyscallResult sys_fstat(fd_t fd, user_ptr<typename Abi::stat> to) {
  return detail::put_stat(to, vfs_fstat(fd));
}
template <class Abi>
SyscallResult sys_newfstatat(dirfd_t dirfd, user_str name, user_ptr<typename Abi::stat> to,
                             at_flags_t flags) {
  return detail::put_stat(to,
                          detail::stat_by_name(dirfd, name, static_cast<unsigned>(flags.value)));
}
// ---- struct stat64 of 32-bit ABIs
// ----------------------------------------------------------------------
template <class Abi>
SyscallResult sys_stat64(user_str name, user_ptr<typename Abi::stat64> to) {
  return detail::put_stat(to, detail::stat_by_name(AT_FDCWD, name, 0));
}
template <class Abi>
SyscallResult sys_lstat64(user_str name, user_ptr<typename Abi::stat64> to) {
  return detail::put_stat(to, detail::stat_by_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW));
}
template <class Abi>
SyscallResult sys_fstat64(fd_t fd, user_ptr<typename Abi::stat64> to) {
  return detail::put_stat(to, vfs_fstat(fd));
}
template <class Abi>
SyscallResult sys_fstatat64(dirfd_t dirfd, user_str name, user_ptr<typename Abi::stat64> to,
                            at_flags_t flags) {
  return detail::put_stat(to,
                          detail::stat_by_name(dirfd, name, static_cast<unsigned>(flags.value)));
}
// ---- the first struct stat
// -------------------------------------------------------------------------------
template <class Abi>
SyscallResult sys_oldstat(user_str name, user_ptr<typename Abi::old_stat> to) {
  return detail::put_old_stat(to, detail::stat_by_name(AT_FDCWD, name, 0));
}
template <class Abi>
SyscallResult sys_oldlstat(user_str name, user_ptr<typename Abi::old_stat> to) {
  return detail::put_old_stat(to, detail::stat_by_name(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW));
}
template <class Abi>
SyscallResult sys_oldfstat(fd_t fd, user_ptr<typename Abi::old_stat> to) {
  return detail::put_old_stat(to, vfs_fstat(fd));
}

// ---- statfs
// ------------------------------------------------------------------------------------------------
template <class Abi>
SyscallResult sys_statfs(user_str name, user_ptr<typename Abi::statfs> to) {
  return detail::put_statfs(to, detail::statfs_by_name(name));
}
template <class Abi>
SyscallResult sys_fstatfs(fd_t fd, user_ptr<typename Abi::statfs> to) {
  return detail::put_statfs(to, fd_statfs(fd));
}
template <class Abi>
SyscallResult sys_statfs64(user_str name, size_arg size, user_ptr<typename Abi::statfs64> to) {
  if (size != sizeof(typename Abi::statfs64)) return Err(EINVAL);
  return detail::put_statfs(to, detail::statfs_by_name(name));
}
template <class Abi>
SyscallResult sys_fstatfs64(fd_t fd, size_arg size, user_ptr<typename Abi::statfs64> to) {
  if (size != sizeof(typename Abi::statfs64)) return Err(EINVAL);
  return detail::put_statfs(to, fd_statfs(fd));
}
