// execve as a system call: argv and envp are arrays of the guest's pointers.
#pragma once

#include <boost/container/static_vector.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "fs/fs.h"
#include "kernel/syscall.h"
#include "mm/uaccess.h"

namespace detail {

inline constexpr size_t kMaxArgStrings = 0x7fffffff;
inline constexpr uint64_t kMaxArgBytes = 8ULL << 20;

// Reads guest memory a page at a time and remembers the last few: the pointers stand in a row, and the
// strings behind them in few places (the stack, a heap), so that both arrays cost a host call for each
// page that they touch and not one for each string.
class ArgReader {
 public:
  // A NUL-terminated string of less than `max` bytes; E2BIG if it is longer.
  Result<std::string> string(uint64_t addr, size_t max) {
    std::string s;
    for (;;) {
      const std::span<const char> rest = TRY(at(addr));
      const void* nul = std::memchr(rest.data(), 0, rest.size());
      const size_t n = nul == nullptr ? rest.size() : static_cast<size_t>(static_cast<const char*>(nul) - rest.data());
      if (s.size() + n >= max) return Err(E2BIG);
      s.append(rest.data(), n);
      if (nul != nullptr) return s;
      addr += n;
    }
  }
  template <class Word>
  Result<Word> word(uint64_t addr) {
    Word w{};
    const std::span<const char> rest = TRY(at(addr));
    if (rest.size() < sizeof w) return get_user(user_ptr<const Word>(addr));
    std::memcpy(&w, rest.data(), sizeof w);
    return w;
  }

 private:
  // What is readable from `addr` to the end of its page.
  Result<std::span<const char>> at(uint64_t addr) {
    const uint64_t page = addr & kPageMask;
    auto c = std::ranges::find(cache_, page, &Cache::page);
    if (c == cache_.end()) {
      if (cache_.size() < kMostPages)
        c = cache_.emplace(c);
      else
        c = cache_.begin() + static_cast<ptrdiff_t>(next_++ % kMostPages);
      c->page = kNoPage;
      // A page may begin with what nobody may read (the first of a base-register program).
      if (!copy_from_user(c->bytes.data(), page, kPageSize)) {
        TRY(copy_from_user(c->bytes.data() + (addr - page), addr, kPageSize - (addr - page)));
        return std::span<const char>(c->bytes).subspan(addr - page);
      }
      c->page = page;
    }
    return std::span<const char>(c->bytes).subspan(addr - page);
  }
  static constexpr uint64_t kNoPage = ~0ULL;
  static constexpr size_t kMostPages = 4;
  struct Cache {
    uint64_t page = kNoPage;
    std::array<char, kPageSize> bytes;
  };
  boost::container::static_vector<Cache, kMostPages> cache_;
  size_t next_ = 0;  // the oldest, once there are as many as may be
};

// A null array is an empty one. E2BIG when the strings alone exceed any limit.
template <class Abi>
Result<std::vector<std::string>> copy_strings(ArgReader& reader, user_ptr<typename Abi::uword> array) {
  using Word = typename Abi::uword;
  std::vector<std::string> strings;
  if (!array) return strings;
  strings.reserve(32);  // most environments
  uint64_t total = 0;
  for (size_t i = 0;; ++i) {
    const uint64_t p = TRY(reader.word<Word>(array.addr + i * sizeof(Word)));
    if (p == 0) return strings;
    std::string s = TRY(reader.string(p, MAX_ARG_STRLEN));
    total += s.size() + 1 + sizeof(Word);
    if (total > kMaxArgBytes || i >= kMaxArgStrings) return Err(E2BIG);
    strings.push_back(std::move(s));
  }
}

}  // namespace detail

template <class Abi>
SyscallResult sys_execveat(dirfd_t dirfd, user_str filename, user_ptr<typename Abi::uword> argv,
                           user_ptr<typename Abi::uword> envp, at_flags_t flags) {
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) != 0) return Err(EINVAL);
  const bool own_image = dirfd == AT_EXE_FILE && execve_null();
  const bool nameless = own_image && !filename;
  std::string name = nameless ? std::string() : TRY(getname(filename, own_image || (flags & AT_EMPTY_PATH) != 0));
  const ReadExecStrings strings = [=]() -> Result<ExecStrings> {
    detail::ArgReader reader;
    ExecStrings strings;
    strings.argv = TRY(detail::copy_strings<Abi>(reader, argv));
    strings.envp = TRY(detail::copy_strings<Abi>(reader, envp));
    return strings;
  };
  TRY(do_execve(dirfd, std::move(name), strings, flags));
  return 0;
}

template <class Abi>
SyscallResult sys_execve(user_str filename, user_ptr<typename Abi::uword> argv, user_ptr<typename Abi::uword> envp) {
  // EFAULT for a null pointer is getname's.
  const int where = !filename && execve_null() ? AT_EXE_FILE : AT_FDCWD;
  return sys_execveat<Abi>(where, filename, argv, envp, 0);
}
