// execve as a system call: argv and envp are arrays of the guest's pointers.
#pragma once

#include "fs/fs.h"
#include "kernel/syscall.h"
#include "mm/uaccess.h"

namespace detail {

inline constexpr size_t kMaxArgStrings = 0x7fffffff;
inline constexpr uint64_t kMaxArgBytes = 8ULL << 20;

// A null array is an empty one. E2BIG when the strings alone exceed any limit.
template <class Abi>
Result<std::vector<std::string>> copy_strings(user_ptr<typename Abi::uword> array) {
  std::vector<std::string> strings;
  if (!array) return strings;
  uint64_t total = 0;
  for (size_t i = 0;; ++i) {
    const uint64_t p = TRY(get_user(array + static_cast<int64_t>(i)));
    if (p == 0) return strings;
    auto s = strncpy_from_user(user_str(p), MAX_ARG_STRLEN);
    if (!s) return Err(s.error() == ENAMETOOLONG ? E2BIG : s.error().value);
    total += s->size() + 1 + sizeof(typename Abi::uword);
    if (total > kMaxArgBytes || i >= kMaxArgStrings) return Err(E2BIG);
    strings.push_back(std::move(*s));
  }
}

}  // namespace detail

template <class Abi>
SyscallResult sys_execveat(dirfd_t dirfd, user_str filename, user_ptr<typename Abi::uword> argv,
                           user_ptr<typename Abi::uword> envp, at_flags_t flags) {
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0) return Err(EINVAL);
  std::string name = TRY(getname(filename, (flags & AT_EMPTY_PATH) != 0));
  auto args = TRY(detail::copy_strings<Abi>(argv));
  auto env = TRY(detail::copy_strings<Abi>(envp));
  TRY(do_execve(dirfd, std::move(name), std::move(args), std::move(env), flags));
  return 0;
}

template <class Abi>
SyscallResult sys_execve(user_str filename, user_ptr<typename Abi::uword> argv, user_ptr<typename Abi::uword> envp) {
  return sys_execveat<Abi>(AT_FDCWD, filename, argv, envp, 0);
}
