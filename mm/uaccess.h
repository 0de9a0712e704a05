// Guest memory, the only way to it. A user_ptr<T> is an address with a type and cannot be
// dereferenced; the functions here copy through current->mm and check every address once. Linux:
// include/linux/uaccess.h. Ours: copies return Result (EFAULT), not the bytes left, and a copy into a
// stack that has not grown yet takes the same fault that the guest's own store would.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "lib/result.h"

template <class T>
struct user_ptr {
  using element = T;
  uint64_t addr = 0;

  constexpr user_ptr() = default;
  constexpr explicit user_ptr(uint64_t a) : addr(a) {}
  constexpr explicit operator bool() const { return addr != 0; }
  constexpr user_ptr operator+(int64_t n) const
    requires(!std::is_void_v<T>)
  {
    return user_ptr(addr + static_cast<uint64_t>(n) * sizeof(T));
  }
  // Another view of the same address.
  template <class U>
  constexpr user_ptr<U> as() const {
    return user_ptr<U>(addr);
  }
  constexpr operator user_ptr<const T>() const
    requires(!std::is_const_v<T>)
  {
    return user_ptr<const T>(addr);
  }
};

// A C string in guest memory; traces print its text.
using user_str = user_ptr<const char>;

// May cross the edge as bytes: fixed layout and no host pointers (a wire struct declares addresses as
// integers).
template <class T>
concept AbiSafe = std::is_trivially_copyable_v<T> && std::is_standard_layout_v<T> &&
                  !std::is_pointer_v<T> && !std::is_reference_v<T>;

Result<void> copy_from_user(void* to, uint64_t from, size_t n);
Result<void> copy_to_user(uint64_t to, const void* from, size_t n);
// The bytes that could be copied before the first bad page; for reads and writes that may be short.
size_t copy_to_user_partial(uint64_t to, const void* from, size_t n);
size_t copy_from_user_partial(void* to, uint64_t from, size_t n);
Result<void> clear_user(uint64_t to, size_t n);
// access_ok: [addr, addr + n) lies below the task's address-space limit.
bool access_ok(uint64_t addr, uint64_t n);

// A NUL-terminated string of less than `max` bytes; ENAMETOOLONG if it is longer, EFAULT as usual.
Result<std::string> strncpy_from_user(user_ptr<const char> from, size_t max);
// A path: as above with PATH_MAX; ENOENT if empty unless `allow_empty`.
Result<std::string> getname(user_ptr<const char> from, bool allow_empty = false);

// A bare integer has the byte order of the current task's ISA; a wire struct says its own.
bool user_order_differs();
template <class T>
constexpr T in_user_order(T value) {
  if constexpr (std::is_integral_v<T> && sizeof(T) > 1)
    return user_order_differs() ? std::byteswap(value) : value;
  else
    return value;
}
template <class T>
void array_in_user_order(std::vector<T>& v) {
  if constexpr (std::is_integral_v<T> && sizeof(T) > 1)
    if (user_order_differs())
      for (T& x : v) x = std::byteswap(x);
}
// A sigset_t of 64 signals: `unsigned long` words, lowest signals first.
Result<uint64_t> get_user_sigset(uint64_t addr);
Result<void> put_user_sigset(uint64_t addr, uint64_t set);

template <AbiSafe T>
Result<T> get_user(user_ptr<const T> p) {
  T value;
  TRY(copy_from_user(&value, p.addr, sizeof value));
  return in_user_order(value);
}
template <AbiSafe T>
Result<T> get_user(user_ptr<T> p)
  requires(!std::is_const_v<T>)
{
  return get_user(user_ptr<const T>(p));
}
template <AbiSafe T>
Result<void> put_user(user_ptr<T> p, const std::type_identity_t<T>& value) {
  const T wire = in_user_order(value);
  return copy_to_user(p.addr, &wire, sizeof wire);
}
// Copies a whole array of wire values.
template <AbiSafe T>
Result<std::vector<std::remove_const_t<T>>> get_user_array(user_ptr<T> p, size_t count) {
  std::vector<std::remove_const_t<T>> v(count);
  if (count != 0) TRY(copy_from_user(v.data(), p.addr, count * sizeof(T)));
  array_in_user_order(v);
  return v;
}
template <AbiSafe T>
Result<void> put_user_array(user_ptr<T> p, std::span<const T> values) {
  if constexpr (std::is_integral_v<T> && sizeof(T) > 1) {
    std::vector<T> wire(values.begin(), values.end());
    array_in_user_order(wire);
    return copy_to_user(p.addr, wire.data(), values.size_bytes());
  }
  return copy_to_user(p.addr, values.data(), values.size_bytes());
}
