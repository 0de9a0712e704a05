// How strace(1) prints the calls on files and directories.
#include "lib/uapi.h"
#include "tools/trace/args.h"

namespace trace {

using namespace args;

namespace {

constexpr Arg kOflags{[](Call& c, size_t i) -> Text { return open_flags_text(c.uint(i)); }};
bool creates(uint32_t flag_bits) {
  return (flag_bits & 0100) != 0 || (flag_bits & 020200000) == 020200000;
}
constexpr Arg kOpenMode = when([](const Call& c) { return creates(c.uint(1)); }, mode);
constexpr Arg kOpenatMode = when([](const Call& c) { return creates(c.uint(2)); }, mode);
constexpr Arg kAccess{[](Call& c, size_t i) -> Text {
  return c.uint(i) == 0 ? "F_OK" : flags(sym::access, c.uint(i), "?_OK");
}};
constexpr Arg kAt = some<&sym::at, "AT_???">;
constexpr Arg kWhence = one<&sym::whence, "SEEK_???">;
constexpr Arg kStat = late(by_word<stat_at>);
constexpr Arg kStat64 = late(fixed<stat64_at>);
constexpr Arg kStatxFlags{[](Call& c, size_t i) -> Text {
  uint32_t v = c.uint(i);
  if ((v & 0x6000) != 0) return flags(sym::at, v, "AT_???");
  return v == 0 ? "AT_STATX_SYNC_AS_STAT" : "AT_STATX_SYNC_AS_STAT|" + flags(sym::at, v, "AT_???");
}};
constexpr Arg kStatfs =
    late({[](Call& c, size_t i) -> Text { return statfs_at(c, c.a[i], false); }});
constexpr Arg kStatfs64 =
    late({[](Call& c, size_t i) -> Text { return statfs_at(c, c.a[i], true); }});
constexpr Arg kDev{[](Call& c, size_t i) -> Text {
  uint64_t d = c.uint(i);
  auto hex_or_0 = [](uint64_t v) { return v == 0 ? Text("0") : fmt::format("{:#x}", v); };
  return fmt::format("makedev({}, {})", hex_or_0((d >> 8) & 0xfff),
                     hex_or_0((d & 0xff) | ((d >> 12) & 0xfff00)));
}};
constexpr Arg kFileMode{[](Call& c, size_t i) -> Text { return file_mode_text(c.uint(i)); }};
bool is_device(uint32_t m) { return (m & S_IFMT) == S_IFCHR || (m & S_IFMT) == S_IFBLK; }
constexpr Arg kMknodDev = when([](const Call& c) { return is_device(c.uint(1)); }, kDev);
constexpr Arg kMknodatDev = when([](const Call& c) { return is_device(c.uint(2)); }, kDev);
template <bool New>
std::string dirents(Call& c, size_t i) {
  size_t n = count_dirents(c.word, c.a[i], static_cast<uint64_t>(c.ret), New);
  return fmt::format("{} /* {} entr{} */", address(c.a[i]), n, n == 1 ? "y" : "ies");
}
constexpr Arg kIovIn{
    [](Call& c, size_t i) -> Text { return iovecs_at(c, c.a[i], c.a[i + 1], ~0ULL); }};
constexpr Arg kIovOut = late({[](Call& c, size_t i) -> Text {
  return iovecs_at(c, c.a[i], c.a[i + 1], static_cast<uint64_t>(c.ret));
}});
constexpr Arg kUtimbuf{[](Call& c, size_t i) -> Text {
  uint64_t t[2] = {};
  if (c.a[i] == 0) return "NULL";
  if (!fetch_word(c.a[i], &t[0], c.word) || !fetch_word(c.a[i] + c.word, &t[1], c.word))
    return address(c.a[i]);
  return fmt::format("{{actime={} /* {} */, modtime={} /* {} */}}", t[0],
                     date_text(static_cast<int64_t>(t[0]), 0), t[1],
                     date_text(static_cast<int64_t>(t[1]), 0));
}};
constexpr Arg kTwoTimevals{[](Call& c, size_t i) -> Text {
  if (c.a[i] == 0) return "NULL";
  return "[" + timeval_at(c.word, c.a[i]) + ", " + timeval_at(c.word, c.a[i] + 2 * c.word) + "]";
}};
constexpr Arg kOffsetPtr{[](Call& c, size_t i) -> Text {
  int64_t v = 0;
  if (c.a[i] == 0) return "NULL";
  return fetch_word(c.a[i], &v, c.word) ? fmt::format("[{}]", v) : address(c.a[i]);
}};
constexpr Arg kLlseekOffset{[](Call& c, size_t) -> Text {
  return fmt::format("{}", static_cast<int64_t>(c.a[1] << 32 | c.uint(2)));
}};
constexpr Arg kLlseekResult = late_even_failed({[](Call& c, size_t) -> Text {
  int64_t v = 0;
  return !c.failed() && fetch(c.a[3], v) ? fmt::format("[{}]", v) : address(c.a[3]);
}});
constexpr Arg kLlseekWhence{
    [](Call& c, size_t) -> Text { return one_of(sym::whence, c.uint(4), "SEEK_???"); }};
constexpr Arg kOpenHow{[](Call& c, size_t i) -> Text {
  uint64_t how[3] = {};
  if (!fetch(c.a[i], how)) return address(c.a[i]);
  std::string m = how[1] != 0 || creates(static_cast<uint32_t>(how[0]))
                      ? ", mode=" + mode_text(static_cast<uint32_t>(how[1]))
                      : "";
  return fmt::format("{{flags={}{}, resolve={}}}", open_flags_text(static_cast<uint32_t>(how[0])),
                     m, flags(sym::open_how_resolve, how[2], "RESOLVE_???"));
}};
constexpr Arg kXattrList = late(
    {[](Call& c, size_t i) -> Text { return buffer(c, c.a[i], static_cast<uint64_t>(c.ret)); }});
constexpr Arg kMount = some<&sym::mount, "MS_???">;

constexpr uint32_t kFD = kFile | kDesc;
// clang-format off
constexpr CallFormat kCalls[] = {
    {"read", kDesc, {fd, filled, size}},
    {"write", kDesc, {fd, buf, size}},
    {"pread64", kDesc, {fd, filled, size, offset}},
    {"pwrite64", kDesc, {fd, buf, size, offset}},
    {"readv", kDesc, {fd, kIovOut, size}},
    {"writev", kDesc, {fd, kIovIn, size}},
    {"preadv", kDesc, {fd, kIovOut, size, slong}},
    {"pwritev", kDesc, {fd, kIovIn, size, slong}},
    {"preadv2", kDesc, {fd, kIovOut, size, slong}},
    {"pwritev2", kDesc, {fd, kIovIn, size, slong}},
    {"open", kFD, {path, kOflags, kOpenMode}, Returns::fd},
    {"openat", kFD, {dirfd, path, kOflags, kOpenatMode}, Returns::fd},
    {"openat2", kFD, {dirfd, path, kOpenHow, size}, Returns::fd},
    {"creat", kFD, {path, mode}, Returns::fd},
    {"close", kDesc, {fd}},
    {"close_range", kDesc, {uint, uint, some<&sym::close_range, "CLOSE_RANGE_???">}},
    {"lseek", kDesc, {fd, slong, kWhence}},
    {"_llseek", kDesc, {fd, kLlseekOffset, kLlseekResult, kLlseekWhence}},
    {"dup", kDesc, {fd}, Returns::fd},
    {"dup2", kDesc, {fd, fd}, Returns::fd},
    {"dup3", kDesc, {fd, fd, some<&sym::pipe_flags, "O_???">}, Returns::fd},
    {"stat", kFile | Class::kStat, {path, kStat}},
    {"lstat", kFile | Class::kLstat, {path, kStat}},
    {"fstat", kDesc | Class::kFstat, {fd, kStat}},
    {"stat64", kFile | Class::kStat, {path, kStat64}},
    {"lstat64", kFile | Class::kLstat, {path, kStat64}},
    {"fstat64", kDesc | Class::kFstat, {fd, kStat64}},
    {"newfstatat", kFD | Class::kFstat, {dirfd, path, kStat, kAt}},
    {"fstatat64", kFD | Class::kFstat, {dirfd, path, kStat64, kAt}},
    {"statx", kFD | Class::kFstat, {dirfd, path, kStatxFlags, some<&sym::statx_mask, "STATX_???">, late(fixed<statx_at>)}},
    {"statfs", kFile | Class::kStatfs, {path, kStatfs}},
    {"fstatfs", kDesc | Class::kStatfs, {fd, kStatfs}},
    {"statfs64", kFile | Class::kStatfs, {path, size, kStatfs64}},
    {"fstatfs64", kDesc | Class::kStatfs, {fd, size, kStatfs64}},
    {"access", kFile, {path, kAccess}},
    {"faccessat", kFD, {dirfd, path, kAccess}},
    {"faccessat2", kFD, {dirfd, path, kAccess, kAt}},
    {"chdir", kFile, {path}},
    {"fchdir", kDesc, {fd}},
    {"chroot", kFile, {path}},
    {"getcwd", kFile, {filled_str, size}},
    {"mkdir", kFile, {path, mode}},
    {"mkdirat", kFD, {dirfd, path, mode}},
    {"rmdir", kFile, {path}},
    {"unlink", kFile, {path}},
    {"unlinkat", kFD, {dirfd, path, kAt}},
    {"link", kFile, {path, path}},
    {"linkat", kFD, {dirfd, path, dirfd, path, kAt}},
    {"symlink", kFile, {path, path}},
    {"symlinkat", kFD, {path, dirfd, path}},
    {"rename", kFile, {path, path}},
    {"renameat", kFD, {dirfd, path, dirfd, path}},
    {"renameat2", kFD, {dirfd, path, dirfd, path, some<&sym::renameat2, "RENAME_??">}},
    {"readlink", kFile, {path, filled, size}},
    {"readlinkat", kFD, {dirfd, path, filled, size}},
    {"mknod", kFile, {path, kFileMode, kMknodDev}},
    {"mknodat", kFD, {dirfd, path, kFileMode, kMknodatDev}},
    {"chmod", kFile, {path, mode}},
    {"fchmod", kDesc, {fd, mode}},
    {"fchmodat", kFD, {dirfd, path, mode}},
    {"chown", kFile, {path, id, id}},
    {"lchown", kFile, {path, id, id}},
    {"fchown", kDesc, {fd, id, id}},
    {"fchownat", kFD, {dirfd, path, id, id, kAt}},
    {"chown32", kFile, {path, id, id}},
    {"lchown32", kFile, {path, id, id}},
    {"fchown32", kDesc, {fd, id, id}},
    {"umask", 0, {mode}, Returns::octal},
    {"truncate", kFile, {path, slong}},
    {"ftruncate", kDesc, {fd, slong}},
    {"truncate64", kFile, {path, offset}},
    {"ftruncate64", kDesc, {fd, offset}},
    {"fallocate", kDesc, {fd, some<&sym::fallocate, "FALLOC_FL_???">, slong, slong}},
    {"fsync", kDesc, {fd}},
    {"fdatasync", kDesc, {fd}},
    {"sync", 0, {}},
    {"syncfs", kDesc, {fd}},
    {"flock", kDesc, {fd, some<&sym::flock_op, "LOCK_???">}},
    {"getdents", kDesc, {fd, late({dirents<false>}), size}},
    {"getdents64", kDesc, {fd, late({dirents<true>}), size}},
    {"utime", kFile, {path, kUtimbuf}},
    {"utimes", kFile, {path, kTwoTimevals}},
    {"futimesat", kFD, {dirfd, path, kTwoTimevals}},
    {"utimensat", kFD, {dirfd, path, by_word<utimes_at>, kAt}},
    {"utimensat_time64", kFD, {dirfd, path, wide<utimes_at>, kAt}},
    {"sendfile", kDesc | kNetwork, {fd, fd, kOffsetPtr, size}},
    {"sendfile64", kDesc | kNetwork, {fd, fd, kOffsetPtr, size}},
    {"splice", kDesc, {fd, kOffsetPtr, fd, kOffsetPtr, size, hex}},
    {"tee", kDesc, {fd, fd, size, hex}},
    {"copy_file_range", kDesc, {fd, kOffsetPtr, fd, kOffsetPtr, size, hex}},
    {"fadvise64", kDesc, {fd, slong, size, sint}},
    {"readahead", kDesc, {fd, slong, size}},
    {"mount", kFile, {path, path, str, kMount, str}},
    {"umount2", kFile, {path, some<&sym::umount, "MNT_???">}},
    {"umount", kFile, {path}},
    {"pivot_root", kFile, {path, path}},
    {"getxattr", kFile, {path, str, kXattrList, size}},
    {"lgetxattr", kFile, {path, str, kXattrList, size}},
    {"fgetxattr", kDesc, {fd, str, kXattrList, size}},
    {"setxattr", kFile, {path, str, buf, size, some<&sym::xattr, "XATTR_???">}},
    {"lsetxattr", kFile, {path, str, buf, size, some<&sym::xattr, "XATTR_???">}},
    {"fsetxattr", kDesc, {fd, str, buf, size, some<&sym::xattr, "XATTR_???">}},
    {"listxattr", kFile, {path, kXattrList, size}},
    {"llistxattr", kFile, {path, kXattrList, size}},
    {"flistxattr", kDesc, {fd, kXattrList, size}},
    {"removexattr", kFile, {path, str}},
    {"lremovexattr", kFile, {path, str}},
    {"fremovexattr", kDesc, {fd, str}},
    {"memfd_create", kDesc, {str, some<&sym::mfd, "MFD_???">}, Returns::fd},
    {"swapon", kFile, {path, hex}},
    {"swapoff", kFile, {path}},
    {"acct", kFile, {path}},
    {"inotify_init", kDesc, {}, Returns::fd},
    {"inotify_init1", kDesc, {some<&sym::inotify_init, "IN_???">}, Returns::fd},
};
// clang-format on

}  // namespace

Table file_calls() { return kCalls; }

}  // namespace trace
