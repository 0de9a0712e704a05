// Names of the numbers in system calls, and how strace writes them: one name, flags joined by '|',
// and what to print for a number that has no name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace trace {

struct Symbol {
  uint64_t value;
  std::string_view name;
};
using Symbols = std::span<const Symbol>;

// "SEEK_SET", or "0x7 /* SEEK_??? */" (or "7 /* ... */" if `decimal`).
std::string one_of(Symbols table, uint64_t value, std::string_view unknown, bool decimal = false);
// "A|B|0x400"; "0" for none; "0x400 /* X_??? */" if nothing is known.
std::string flags(Symbols table, uint64_t value, std::string_view unknown);
// Name or empty.
std::string_view name_of(Symbols table, uint64_t value);

std::string errno_name(int number);  // "ENOENT", ERESTARTSYS included
std::string errno_text(int number);  // "No such file or directory"
std::string signal_name(int sig);    // "SIGINT", "SIGRT_1", "SIGRTMIN"
// "[INT CHLD]", "~[RTMIN]", as strace does.
std::string sigset_text(uint64_t set);
std::string mode_text(uint32_t mode);       // "0644"
std::string file_mode_text(uint32_t mode);  // "S_IFREG|0644"
std::string open_flags_text(uint32_t value);
std::string mmap_flags_text(uint32_t value);
std::string sig_code_text(int sig, int code);

namespace sym {
extern const Symbols open_flags, prot, map_flags, mremap, madvise, clone, wait, whence, access, at,
    clock, sig_how, sa_flags, ss_flags, futex_op, domain, socket_type, socket_flags, protocol, msg,
    sol, so, resource, prctl, poll, epoll_ctl, epoll_events, rusage_who, itimer, arch_prctl, fcntl,
    fd_flags, lock_type, flock_op, idtype, ioctl, mount, msync, grnd, efd, personality, statx_mask,
    timer_flags, pipe_flags, mlockall, fallocate, renameat2, xattr, membarrier, sched_policy,
    shutdown, mfd, rseq, sfd, tfd, epoll_create, umount, open_how_resolve, close_range, sigev,
    priority_which, inotify_init;
}

}  // namespace trace
