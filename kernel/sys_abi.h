// System calls about the caller and the system that take structures: templates over the wire type
// of one structure, or over an ABI's traits where the name of the type says nothing about the size.
// Each converts and calls a plain function in kernel form. Linux: kernel/sys.c, kernel/compat.c.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "kernel/exit_abi.h"
#include "kernel/resource.h"
#include "kernel/sched_policy.h"
#include "kernel/syscall.h"
#include "kernel/utsname.h"

// ---- plain halves that more than one file needs
// --------------------------------------------------
struct cap_sets {
  uint64_t effective = 0, permitted = 0, inheritable = 0;
};
Result<cap_sets> task_caps(int pid);
Result<void> set_task_caps(int pid, cap_sets wanted);
Result<size_t> groups_to_copy(int size);
Result<void> may_set_groups(int size);
void set_groups(std::vector<uint32_t> groups);

struct sysinfo_values {
  uint64_t uptime = 0;              // seconds
  std::array<uint64_t, 3> loads{};  // times 65536
  uint64_t total = 0, free = 0;     // bytes
  unsigned procs = 0;
};
sysinfo_values get_sysinfo();

// ---- uname, sysinfo
// ------------------------------------------------------------------------------
template <class Utsname>
SyscallResult sys_uname(user_ptr<Utsname> name) {
  Utsname u{};
  const auto set = [](char(&to)[65], std::string_view from) { from.copy(to, sizeof to - 1); };
  set(u.sysname, utsname_sysname());
  set(u.nodename, utsname_nodename());
  set(u.release, utsname_release());
  set(u.version, utsname_version());
  set(u.machine, utsname_machine());
  set(u.domainname, utsname_domainname());
  TRY(put_user(name, u));
  return 0;
}

template <class Sysinfo>
SyscallResult sys_sysinfo(user_ptr<Sysinfo> info) {
  const sysinfo_values v = get_sysinfo();
  Sysinfo s{};
  using word = decltype(s.totalram);
  // Sizes that do not fit the word are counted in larger units, as Linux does.
  unsigned unit = 1;
  while (v.total / unit > static_cast<word>(-1)) unit <<= 1;
  s.uptime = static_cast<decltype(s.uptime)>(v.uptime);
  for (size_t i = 0; i < 3; ++i) s.loads[i] = static_cast<word>(v.loads[i]);
  s.totalram = static_cast<word>(v.total / unit);
  s.freeram = static_cast<word>(v.free / unit);
  s.procs = static_cast<uint16_t>(v.procs);
  s.mem_unit = unit;
  TRY(put_user(info, s));
  return 0;
}

// ---- limits
// --------------------------------------------------------------------------------------
namespace detail {
template <class Word>
Word wire_limit(uint64_t v, Word infinity) {
  return v >= infinity ? infinity : static_cast<Word>(v);
}
template <class Rlimit>
Rlimit wire_rlimit(const rlimit_pair& p, decltype(Rlimit::rlim_cur) infinity) {
  return {wire_limit(p.cur, infinity), wire_limit(p.max, infinity)};
}
template <class Word>
uint64_t kernel_limit(Word v) {
  return v == static_cast<Word>(-1) ? RLIM_INFINITY : static_cast<uint64_t>(v);
}
template <class Rlimit>
rlimit_pair kernel_rlimit(const Rlimit& r) {
  return {kernel_limit(r.rlim_cur), kernel_limit(r.rlim_max)};
}
}  // namespace detail

template <class Rlimit>
SyscallResult sys_getrlimit(resource_t resource, user_ptr<Rlimit> limit) {
  const rlimit_pair p = TRY(do_prlimit(0, resource, nullptr));
  TRY(put_user(limit, detail::wire_rlimit<Rlimit>(p, static_cast<decltype(Rlimit::rlim_cur)>(-1))));
  return 0;
}
// i386 191: what getrlimit should have been.
template <class Rlimit>
SyscallResult sys_ugetrlimit(resource_t resource, user_ptr<Rlimit> limit) {
  return sys_getrlimit(resource, limit);
}
// i386 76: limits of those days were signed numbers.
template <class Rlimit>
SyscallResult sys_old_getrlimit(resource_t resource, user_ptr<Rlimit> limit) {
  const rlimit_pair p = TRY(do_prlimit(0, resource, nullptr));
  TRY(put_user(limit, detail::wire_rlimit<Rlimit>(p, 0x7fffffff)));
  return 0;
}
template <class Rlimit>
SyscallResult sys_setrlimit(resource_t resource, user_ptr<const Rlimit> limit) {
  const rlimit_pair wanted = detail::kernel_rlimit(TRY(get_user(limit)));
  TRY(do_prlimit(0, resource, &wanted));
  return 0;
}
template <class Rlimit64>
SyscallResult sys_prlimit64(kpid_t pid, resource_t resource, user_ptr<const Rlimit64> new_limit,
                            user_ptr<Rlimit64> old_limit) {
  rlimit_pair wanted;
  if (new_limit) wanted = detail::kernel_rlimit(TRY(get_user(new_limit)));
  const rlimit_pair old = TRY(do_prlimit(pid, resource, new_limit ? &wanted : nullptr));
  if (old_limit) TRY(put_user(old_limit, detail::wire_rlimit<Rlimit64>(old, RLIM_INFINITY)));
  return 0;
}

// ---- time used
// -----------------------------------------------------------------------------------
template <class Abi>
SyscallResult sys_getrusage(rusage_who_t who, user_ptr<typename Abi::rusage> usage) {
  const rusage_acct a = TRY(getrusage(who));
  TRY(put_user(usage, detail::to_wire<Abi>(a)));
  return 0;
}

// The result is time since boot in ticks of 10 ms; on a 32-bit ABI it wraps.
template <class Tms>
SyscallResult sys_times(user_ptr<Tms> buffer) {
  constexpr uint64_t kTick = kNsec / HZ;
  using word = decltype(Tms::tms_utime);
  if (buffer) {
    const rusage_acct self = TRY(getrusage(RUSAGE_SELF)),
                      children = TRY(getrusage(RUSAGE_CHILDREN));
    TRY(put_user(
        buffer,
        Tms{static_cast<word>(self.utime / kTick), static_cast<word>(self.stime / kTick),
            static_cast<word>(children.utime / kTick), static_cast<word>(children.stime / kTick)}));
  }
  return static_cast<word>(ktime_get_boottime() / kTick);
}

// ---- capabilities
// --------------------------------------------------------------------------------
namespace detail {
// How many 32-bit sets a version has; 0 for one that does not exist.
constexpr unsigned cap_words(uint32_t version) {
  switch (version) {
    case 0x19980330: return 1;
    case 0x20071026:
    case 0x20080522: return 2;
    default: return 0;
  }
}
}  // namespace detail

// A version that does not exist is answered with the one that does.
template <class Header, class Data>
SyscallResult sys_capget(user_ptr<Header> header, user_ptr<Data> data) {
  Header h = TRY(get_user(header));
  const unsigned words = detail::cap_words(h.version);
  if (words == 0) {
    h.version = 0x20080522;
    TRY(put_user(header, h));
    if (!data) return 0;
    return Err(EINVAL);
  }
  const cap_sets c = TRY(task_caps(h.pid));
  if (!data) return 0;
  std::vector<Data> out;
  for (unsigned shift = 0; shift < 32 * words; shift += 32)
    out.push_back({static_cast<uint32_t>(c.effective >> shift),
                   static_cast<uint32_t>(c.permitted >> shift),
                   static_cast<uint32_t>(c.inheritable >> shift)});
  TRY(put_user_array<Data>(data, out));
  return 0;
}

template <class Header, class Data>
SyscallResult sys_capset(user_ptr<Header> header, user_ptr<const Data> data) {
  Header h = TRY(get_user(header));
  const unsigned words = detail::cap_words(h.version);
  if (words == 0) {
    h.version = 0x20080522;
    TRY(put_user(header, h));
    return Err(EINVAL);
  }
  cap_sets c;
  unsigned shift = 0;
  for (const Data& d : TRY(get_user_array(data, words))) {
    c.effective |= static_cast<uint64_t>(d.effective) << shift;
    c.permitted |= static_cast<uint64_t>(d.permitted) << shift;
    c.inheritable |= static_cast<uint64_t>(d.inheritable) << shift;
    shift += 32;
  }
  TRY(set_task_caps(h.pid, c));
  return 0;
}

// ---- scheduling
// ----------------------------------------------------------------------------------
template <class Param>
SyscallResult sys_sched_setscheduler(kpid_t pid, int policy, user_ptr<const Param> param) {
  if (policy < 0 || !param) return Err(EINVAL);
  const Param p = TRY(get_user(param));
  TRY(set_scheduler(pid, policy, p.sched_priority));
  return 0;
}
template <class Param>
SyscallResult sys_sched_setparam(kpid_t pid, user_ptr<const Param> param) {
  if (!param) return Err(EINVAL);
  const Param p = TRY(get_user(param));
  TRY(set_scheduler(pid, -1, p.sched_priority));
  return 0;
}
template <class Param>
SyscallResult sys_sched_getparam(kpid_t pid, user_ptr<Param> param) {
  if (!param) return Err(EINVAL);
  TRY(put_user(param, Param{TRY(get_scheduler(pid)).priority}));
  return 0;
}
template <class Timespec>
SyscallResult sys_sched_rr_get_interval(kpid_t pid, user_ptr<Timespec> interval) {
  const uint64_t ns = TRY(rr_interval(pid));
  TRY(put_user(interval, Timespec{static_cast<decltype(Timespec::tv_sec)>(ns / kNsec),
                                  static_cast<decltype(Timespec::tv_nsec)>(ns % kNsec)}));
  return 0;
}
template <class Timespec64>
SyscallResult sys_sched_rr_get_interval_time64(kpid_t pid, user_ptr<Timespec64> interval) {
  return sys_sched_rr_get_interval(pid, interval);
}

// struct sched_attr has a size of its own: what the caller does not know is cut, what we do not
// know must be zero.
template <class Attr>
SyscallResult sys_sched_setattr(kpid_t pid, user_ptr<Attr> uattr, uint32_t flags) {
  constexpr uint32_t kFirstSize = 48;
  if (!uattr || pid < 0 || flags != 0) return Err(EINVAL);
  uint32_t size = TRY(get_user(uattr.template as<uint32_t>()));
  if (size == 0) size = kFirstSize;
  const auto too_big = [&]() -> SyscallResult {
    TRY(put_user(uattr.template as<uint32_t>(), static_cast<uint32_t>(sizeof(Attr))));
    return Err(E2BIG);
  };
  if (size < kFirstSize || size > kPageSize) return too_big();
  const auto raw = TRY(get_user_array(uattr.template as<const std::byte>(), size));
  const auto beyond = raw.begin() + static_cast<ptrdiff_t>(std::min<size_t>(size, sizeof(Attr)));
  if (std::any_of(beyond, raw.end(), [](std::byte b) { return b != std::byte{0}; }))
    return too_big();
  Attr a{};
  std::memcpy(&a, raw.data(), std::min<size_t>(size, sizeof a));
  TRY(set_sched_attr(pid, {a.sched_policy, a.sched_flags, a.sched_nice, a.sched_priority}));
  return 0;
}
template <class Attr>
SyscallResult sys_sched_getattr(kpid_t pid, user_ptr<Attr> uattr, uint32_t size, uint32_t flags) {
  constexpr uint32_t kFirstSize = 48;
  if (!uattr || pid < 0 || flags != 0 || size < kFirstSize || size > kPageSize) return Err(EINVAL);
  const sched_state s = TRY(get_scheduler(pid));
  Attr a{};
  a.size = std::min<uint32_t>(size, sizeof a);
  a.sched_policy = static_cast<uint32_t>(s.policy);
  a.sched_flags = s.reset_on_fork ? 1 : 0;
  a.sched_nice = s.nice;
  a.sched_priority = static_cast<uint32_t>(s.priority);
  TRY(copy_to_user(uattr.addr, &a, a.size));
  return 0;
}

// CPU masks are arrays of the ABI's words, lowest CPUs first.
template <class Abi>
SyscallResult sys_sched_setaffinity(kpid_t pid, uint32_t len,
                                    user_ptr<const typename Abi::uword> mask) {
  using W = typename Abi::uword;
  uint64_t cpus = 0;
  std::array<W, sizeof cpus / sizeof(W)> words{};
  TRY(copy_from_user(words.data(), mask.addr, std::min<size_t>(len, sizeof words)));
  for (size_t i = 0; i < words.size(); ++i)
    cpus |= static_cast<uint64_t>(words[i]) << (i * 8 * sizeof(W));
  TRY(set_affinity(pid, cpus));
  return 0;
}
template <class Abi>
SyscallResult sys_sched_getaffinity(kpid_t pid, uint32_t len, user_ptr<typename Abi::uword> mask) {
  constexpr size_t kWord = sizeof(typename Abi::uword);
  if (len % kWord != 0 || static_cast<uint64_t>(len) * 8 < arch::machine().cpus())
    return Err(EINVAL);
  const uint64_t cpus = TRY(get_affinity(pid));
  const size_t n = std::min<size_t>(len, sizeof cpus);
  using W = typename Abi::uword;
  std::array<W, sizeof cpus / sizeof(W)> words{};
  for (size_t i = 0; i < words.size(); ++i) words[i] = static_cast<W>(cpus >> (i * 8 * sizeof(W)));
  TRY(copy_to_user(mask.addr, words.data(), n));
  return static_cast<long>(n);
}
