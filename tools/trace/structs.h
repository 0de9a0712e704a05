// Structures in guest memory as text. Every function takes a guest address; NULL prints as NULL,
// what cannot be read as its address. `word` chooses the ABI's layout.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/signal.h"
#include "tools/trace/call.h"

namespace trace {

std::string timespec_at(unsigned word, uint64_t at);  // word 8 also for the *_time64 calls
std::string timeval_at(unsigned word, uint64_t at);
std::string itimerspec_at(unsigned word, uint64_t at);
std::string itimerval_at(unsigned word, uint64_t at);
std::string utimes_at(unsigned word, uint64_t at);  // timespec[2] with dates
std::string stat_at(unsigned word, uint64_t at);
std::string stat64_at(uint64_t at);  // i386's stat64
std::string statx_at(uint64_t at);
std::string statfs_at(const Call& c, uint64_t at, bool i386_64);
std::string sigaction_at(unsigned word, uint64_t at, uint64_t setsize);
std::string old_sigaction_at(uint64_t at);
std::string sigset_at(uint64_t at, uint64_t size);
std::string stack_at(unsigned word, uint64_t at);
std::string siginfo_at(unsigned word, uint64_t at);
std::string siginfo_text(const kernel_siginfo& info);
std::string sigevent_at(unsigned word, uint64_t at);
std::string rlimit_at(unsigned word, uint64_t at);  // word 8 also for prlimit64
std::string rusage_at(unsigned word, uint64_t at);
std::string sysinfo_at(unsigned word, uint64_t at);
std::string tms_at(unsigned word, uint64_t at);
std::string utsname_at(uint64_t at);
std::string termios_at(uint64_t at);
std::string winsize_at(uint64_t at);
std::string flock_at(unsigned word, uint64_t at, bool with_pid);
std::string flock64_at(uint64_t at, bool with_pid);  // i386's flock64
std::string wait_status(uint32_t status);
std::string int_at(uint64_t at);                               // [5]
std::string ints_at(uint64_t at, size_t n, bool as_unsigned);  // [5, 6]
// Iovecs; `bytes` limits what is shown of the data (a read filled only so much), ~0 for all.
std::string iovecs_at(const Call& c, uint64_t at, uint64_t count, uint64_t bytes);
std::string sockaddr_at(const Call& c, uint64_t at, uint64_t len);
std::string msghdr_at(const Call& c, uint64_t at, uint64_t bytes);
std::string pollfds_at(const Call& c, uint64_t at, uint64_t n);
std::string revents_at(const Call& c, uint64_t at, uint64_t n);  // only those that are ready
std::string fdset_at(const Call& c, uint64_t at, uint64_t n);
std::string epoll_event_at(uint64_t at);
std::string epoll_events_at(uint64_t at, long n);
std::string strings_at(const Call& c, uint64_t at);  // argv: ["a", "b"]
size_t count_pointers(unsigned word, uint64_t at);   // envp
size_t count_dirents(unsigned word, uint64_t at, uint64_t len, bool new_form);
std::string user_desc_at(uint64_t at);  // i386's TLS descriptor
std::string clone_args_at(unsigned word, uint64_t at, uint64_t size);
std::string clone_flags_text(uint64_t flags, int exit_signal);
std::string date_text(int64_t sec, uint64_t nsec);  // 1970-01-01T00:00:01.000000002+0000

}  // namespace trace
