// Result<T>: a value or an errno. Kernel code throws nothing; the system-call edge turns an Errno
// into the negative number that the guest's ABI wants. The numbers are Linux's generic ones, which
// i386, x86-64 and moxie share.
#pragma once

#include <cerrno>
#include <expected>
#include <type_traits>
#include <utility>

struct Errno {
  int value;
  friend constexpr bool operator==(Errno, Errno) = default;
  friend constexpr bool operator==(Errno e, int n) { return e.value == n; }
};

template <class T>
using Result = std::expected<T, Errno>;

// What a system-call handler returns: a register value or an errno.
using SyscallResult = Result<long>;

constexpr std::unexpected<Errno> Err(int number) { return std::unexpected(Errno{number}); }

namespace detail {
template <class T>
constexpr T take(std::expected<T, Errno>&& r) {
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}
}  // namespace detail

// TRY(expr): the value of a Result, or return its error from the enclosing function.
#define TRY(expr)                                              \
  __extension__({                                              \
    auto try_result_ = (expr);                                 \
    if (!try_result_) return std::unexpected(try_result_.error()); \
    detail::take(std::move(try_result_));                      \
  })

// Errors that never reach a guest: signal delivery turns them into a restart or EINTR
// (Linux include/linux/errno.h).
enum : int { ERESTARTSYS = 512, ERESTARTNOINTR = 513, ERESTARTNOHAND = 514, ERESTART_RESTARTBLOCK = 516 };
