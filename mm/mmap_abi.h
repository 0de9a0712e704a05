// Memory system calls that take structures of the ABI: the old mmap of i386 (one pointer to six
// words) and the calls that copy between address spaces.
#pragma once

#include <vector>

#include "fs/fs.h"
#include "mm/syscalls.h"

template <class Abi>
SyscallResult sys_old_mmap(user_ptr<const typename Abi::mmap_arg_struct> arg) {
  const auto a = TRY(get_user(arg));
  return sys_mmap(user_ptr<void>(a.addr), {a.len}, static_cast<uint32_t>(a.prot),
                  static_cast<uint32_t>(a.flags), static_cast<int>(a.fd), {a.offset});
}

// The work of process_vm_readv and process_vm_writev: bytes moved between the caller's memory and
// that of `pid`, stopping short at the first bad address.
Result<long> process_vm_rw(int pid, std::vector<iov_iter::segment> local,
                           std::vector<iov_iter::segment> remote, bool write);

namespace detail {
template <class Iovec>
Result<std::vector<iov_iter::segment>> process_vm_iovec(user_ptr<const Iovec> p, uint64_t count) {
  constexpr uint64_t kUioMaxiov = 1024;
  if (count > kUioMaxiov) return Err(EINVAL);
  std::vector<iov_iter::segment> out;
  for (const Iovec& v : TRY(get_user_array(p, count))) {
    using word = decltype(v.iov_len);
    if ((v.iov_len >> (sizeof(word) * 8 - 1)) != 0) return Err(EINVAL);  // negative as ssize_t
    out.push_back({v.iov_base, v.iov_len});
  }
  return out;
}

template <class Iovec>
SyscallResult process_vm_call(int pid, user_ptr<const Iovec> lvec, uint64_t liovcnt,
                              user_ptr<const Iovec> rvec, uint64_t riovcnt, uint64_t flags,
                              bool write) {
  if (flags != 0) return Err(EINVAL);
  auto local = TRY(process_vm_iovec(lvec, liovcnt));
  auto remote = TRY(process_vm_iovec(rvec, riovcnt));
  return process_vm_rw(pid, std::move(local), std::move(remote), write);
}
}  // namespace detail

template <class Iovec>
SyscallResult sys_process_vm_readv(kpid_t pid, user_ptr<const Iovec> lvec, ulong_t liovcnt,
                                   user_ptr<const Iovec> rvec, ulong_t riovcnt, ulong_t flags) {
  return detail::process_vm_call(pid, lvec, liovcnt, rvec, riovcnt, flags, false);
}

template <class Iovec>
SyscallResult sys_process_vm_writev(kpid_t pid, user_ptr<const Iovec> lvec, ulong_t liovcnt,
                                    user_ptr<const Iovec> rvec, ulong_t riovcnt, ulong_t flags) {
  return detail::process_vm_call(pid, lvec, liovcnt, rvec, riovcnt, flags, true);
}
