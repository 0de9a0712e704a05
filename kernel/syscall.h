// The typed system-call table. A handler is an ordinary function; its parameter types say how each
// register becomes an argument and how a trace prints it; a type that is no ABI type does not
// compile. A table line reads as in entry.S: SYMBOL_NAME(sys_vfork), // 190. The thunk is deduced,
// the arity and formats are deduced, and the slots are checked against the host's own numbers.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "arch/arch.h"
#include "lib/result.h"
#include "mm/uaccess.h"

// ---- argument types ------------------------------------------------------------------------------

// An integer with a meaning that traces want to know. Converts freely to its number.
template <class Tag, std::integral T>
struct tagged {
  using value_type = T;
  using tag = Tag;
  T value{};
  constexpr tagged() = default;
  constexpr tagged(T v) : value(v) {}
  constexpr operator T() const { return value; }
};

namespace arg_tag {
struct fd; struct dirfd; struct open_flags; struct mode; struct prot; struct map_flags;
struct clone_flags; struct wait_options; struct signum; struct whence; struct access_mode;
struct at_flags; struct pid; struct uid; struct gid; struct ioctl_cmd; struct fcntl_cmd; struct clockid;
struct sig_how; struct futex_op; struct socket_domain; struct socket_type; struct msg_flags;
struct resource; struct prctl_op; struct poll_events; struct madvise; struct epoll_op; struct rusage_who;
struct itimer_which; struct arch_prctl_op; struct mremap_flags; struct pipe_flags; struct mount_flags;
struct exit_code; struct hex; struct idtype;
}  // namespace arg_tag

using fd_t = tagged<arg_tag::fd, int>;
using dirfd_t = tagged<arg_tag::dirfd, int>;        // AT_FDCWD is possible
using open_flags_t = tagged<arg_tag::open_flags, int>;
using umode_t = tagged<arg_tag::mode, uint32_t>;
using prot_t = tagged<arg_tag::prot, uint32_t>;
using map_flags_t = tagged<arg_tag::map_flags, uint32_t>;
using wait_options_t = tagged<arg_tag::wait_options, int>;
using signum_t = tagged<arg_tag::signum, int>;
using whence_t = tagged<arg_tag::whence, uint32_t>;
using access_mode_t = tagged<arg_tag::access_mode, int>;
using at_flags_t = tagged<arg_tag::at_flags, int>;
using kpid_t = tagged<arg_tag::pid, int>;
using kuid_t = tagged<arg_tag::uid, uint32_t>;
using kgid_t = tagged<arg_tag::gid, uint32_t>;
using ioctl_cmd_t = tagged<arg_tag::ioctl_cmd, uint32_t>;
using fcntl_cmd_t = tagged<arg_tag::fcntl_cmd, uint32_t>;
using clockid_arg = tagged<arg_tag::clockid, int>;
using sig_how_t = tagged<arg_tag::sig_how, int>;
using futex_op_t = tagged<arg_tag::futex_op, int>;
using socket_domain_t = tagged<arg_tag::socket_domain, int>;
using socket_type_t = tagged<arg_tag::socket_type, int>;
using msg_flags_t = tagged<arg_tag::msg_flags, uint32_t>;
using resource_t = tagged<arg_tag::resource, uint32_t>;
using prctl_op_t = tagged<arg_tag::prctl_op, int>;
using madvise_t = tagged<arg_tag::madvise, int>;
using epoll_op_t = tagged<arg_tag::epoll_op, int>;
using rusage_who_t = tagged<arg_tag::rusage_who, int>;
using itimer_which_t = tagged<arg_tag::itimer_which, int>;
using arch_prctl_op_t = tagged<arg_tag::arch_prctl_op, int>;
using mremap_flags_t = tagged<arg_tag::mremap_flags, uint32_t>;
using mount_flags_t = tagged<arg_tag::mount_flags, uint32_t>;
using exit_code_t = tagged<arg_tag::exit_code, int>;
using idtype_t = tagged<arg_tag::idtype, int>;

// The guest's `long` and `unsigned long`: sign- or zero-extended from the guest's word.
struct slong {
  int64_t value{};
  constexpr operator int64_t() const { return value; }
};
struct ulong_t {
  uint64_t value{};
  constexpr operator uint64_t() const { return value; }
};
struct clone_flags_t : ulong_t {};
using size_arg = ulong_t;  // size_t of the guest

// ---- how registers become arguments --------------------------------------------------------------

enum class ArgKind : uint8_t {
  none, sint, uint, slong, ulong, pointer, string,
  fd, dirfd, open_flags, mode, prot, map_flags, clone_flags, wait_options, signum, whence,
  access_mode, at_flags, pid, uid, gid, ioctl_cmd, fcntl_cmd, clockid, sig_how, futex_op,
  socket_domain, socket_type, msg_flags, resource, prctl_op, madvise, epoll_op, rusage_who,
  itimer_which, arch_prctl_op, mremap_flags, mount_flags, exit_code, idtype,
};

template <class Tag> inline constexpr ArgKind kTagKind = ArgKind::sint;
#define SLOT190_TAG_KIND(t) \
  template <> inline constexpr ArgKind kTagKind<arg_tag::t> = ArgKind::t
SLOT190_TAG_KIND(fd); SLOT190_TAG_KIND(dirfd); SLOT190_TAG_KIND(open_flags); SLOT190_TAG_KIND(mode);
SLOT190_TAG_KIND(prot); SLOT190_TAG_KIND(map_flags); SLOT190_TAG_KIND(wait_options);
SLOT190_TAG_KIND(signum); SLOT190_TAG_KIND(whence); SLOT190_TAG_KIND(access_mode);
SLOT190_TAG_KIND(at_flags); SLOT190_TAG_KIND(pid); SLOT190_TAG_KIND(uid); SLOT190_TAG_KIND(gid);
SLOT190_TAG_KIND(ioctl_cmd); SLOT190_TAG_KIND(fcntl_cmd); SLOT190_TAG_KIND(clockid);
SLOT190_TAG_KIND(sig_how); SLOT190_TAG_KIND(futex_op); SLOT190_TAG_KIND(socket_domain);
SLOT190_TAG_KIND(socket_type); SLOT190_TAG_KIND(msg_flags); SLOT190_TAG_KIND(resource);
SLOT190_TAG_KIND(prctl_op); SLOT190_TAG_KIND(madvise); SLOT190_TAG_KIND(epoll_op);
SLOT190_TAG_KIND(rusage_who); SLOT190_TAG_KIND(itimer_which); SLOT190_TAG_KIND(arch_prctl_op);
SLOT190_TAG_KIND(mremap_flags); SLOT190_TAG_KIND(mount_flags); SLOT190_TAG_KIND(exit_code);
SLOT190_TAG_KIND(idtype);
#undef SLOT190_TAG_KIND

// word = the guest's word in bytes (4 or 8); registers arrive zero-extended.
template <class T> struct syscall_arg;  // undefined: not an ABI type
template <std::integral T>
  requires(sizeof(T) <= 4)
struct syscall_arg<T> {
  static constexpr T get(uint64_t r, unsigned) { return static_cast<T>(r); }
  static constexpr ArgKind kind = std::signed_integral<T> ? ArgKind::sint : ArgKind::uint;
};
template <class Tag, class T>
struct syscall_arg<tagged<Tag, T>> {
  static constexpr tagged<Tag, T> get(uint64_t r, unsigned) { return static_cast<T>(r); }
  static constexpr ArgKind kind = kTagKind<Tag>;
};
template <>
struct syscall_arg<slong> {
  static constexpr slong get(uint64_t r, unsigned word) {
    return {word == 4 ? static_cast<int32_t>(r) : static_cast<int64_t>(r)};
  }
  static constexpr ArgKind kind = ArgKind::slong;
};
template <>
struct syscall_arg<ulong_t> {
  static constexpr ulong_t get(uint64_t r, unsigned) { return {r}; }
  static constexpr ArgKind kind = ArgKind::ulong;
};
template <>
struct syscall_arg<clone_flags_t> {
  static constexpr clone_flags_t get(uint64_t r, unsigned) { return {{r}}; }
  static constexpr ArgKind kind = ArgKind::clone_flags;
};
template <class T>
struct syscall_arg<user_ptr<T>> {
  static constexpr user_ptr<T> get(uint64_t r, unsigned) { return user_ptr<T>(r); }
  static constexpr ArgKind kind = std::same_as<T, const char> ? ArgKind::string : ArgKind::pointer;
};
template <class T>
concept SyscallArgument = requires(uint64_t r, unsigned w) {
  { syscall_arg<T>::get(r, w) } -> std::same_as<T>;
};

// ---- the table -----------------------------------------------------------------------------------

using syscall_thunk = long (*)(const arch::SyscallArgs& args);

struct syscall_entry {
  std::string_view name;  // "sys_read"; template arguments stripped
  syscall_thunk call = nullptr;
  uint8_t nargs = 0;
  std::array<ArgKind, 6> kinds{};
  bool implemented = false;
};

template <auto Fn> struct thunk;
template <SyscallArgument... A, SyscallResult (*Fn)(A...)>
struct thunk<Fn> {
  static_assert(sizeof...(A) <= 6, "a system call has at most six arguments");
  static constexpr uint8_t nargs = sizeof...(A);
  static constexpr std::array<ArgKind, 6> kinds{syscall_arg<A>::kind...};
  static long call(const arch::SyscallArgs& args) {
    return [&]<size_t... I>(std::index_sequence<I...>) -> long {
      SyscallResult r = Fn(syscall_arg<A>::get(args.a[I], args.word)...);
      return r ? *r : -static_cast<long>(r.error().value);
    }(std::index_sequence_for<A...>{});
  }
};

SyscallResult sys_ni_syscall();  // ENOSYS, counted by do_syscall

constexpr std::string_view strip_template(std::string_view name) {
  return name.substr(0, name.find('<'));
}
template <auto Fn>
constexpr syscall_entry symbol(std::string_view name) {
  return {strip_template(name), &thunk<Fn>::call, thunk<Fn>::nargs, thunk<Fn>::kinds,
          strip_template(name) != "sys_ni_syscall"};
}
#define SYMBOL_NAME(...) symbol<__VA_ARGS__>(#__VA_ARGS__)

// N slots; the rest, as entry.S's `.rept` did it, is sys_ni_syscall.
template <size_t N>
struct syscall_table {
  std::array<syscall_entry, N> slot;
  template <class... E>
  consteval explicit syscall_table(E... e) : slot{} {
    static_assert(sizeof...(E) <= N);
    size_t i = 0;
    ((slot[i++] = e), ...);
    for (; i < N; ++i) slot[i] = symbol<sys_ni_syscall>("sys_ni_syscall");
  }
  constexpr const syscall_entry& operator[](size_t n) const { return slot[n < N ? n : N - 1]; }
};
// A slot whose handler has another name than the slot: SYMBOL_AS(mmap, sys_old_mmap<I386Abi>).
#define SYMBOL_AS(slot, ...) symbol<__VA_ARGS__>("sys_" #slot)
