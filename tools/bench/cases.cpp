// The table of cases. Ours alone.
#include "tools/bench/cases.h"

#include <algorithm>
#include <array>

namespace tools::bench {

namespace {

constexpr std::string_view kFork = "fork-vs-vfork", kSyscalls = "syscalls", kFiles = "files";

constexpr std::array kCases = {
    Case{"fork", kFork, true, "fork + _exit + wait"},
    Case{"vfork", kFork, true, "vfork + _exit + wait"},
    Case{"clone_vfork", kFork, true, "clone(CLONE_VM|CLONE_VFORK) + _exit + wait"},
    Case{"fork_exec", kFork, true, "fork + exec + wait"},
    Case{"vfork_exec", kFork, true, "vfork + exec + wait"},
    Case{"spawn", kFork, true, "posix_spawn + wait"},
    Case{"fork_call", kFork, true, "fork until it returns"},
    Case{"exit", kFork, true, "_exit until wait returns"},
    Case{"vfork_exec_libc", kFork, false, "vfork + exec of a glibc program + wait"},
    Case{"vfork_asleep", kFork, false, "vfork + _exit + wait, 1,000 asleep"},
    Case{"exec", kFork, false, "exec"},
    Case{"wait", kFork, false, "wait for a dead child"},
    Case{"thread", kFork, false, "pthread_create + pthread_join"},
    Case{"cow", kFork, false, "copy-on-write of a page"},
    Case{"shell", kFork, false, "fork + exec of busybox in a shell loop"},
    Case{"getpid", kSyscalls, false, "getpid"},
    Case{"getpid_asleep", kSyscalls, false, "getpid, 1,000 processes asleep"},
    Case{"read1", kSyscalls, false, "read 1 byte of /dev/zero"},
    Case{"stat", kSyscalls, false, "stat of /"},
    Case{"open_close", kSyscalls, false, "open + close of /dev/null"},
    Case{"mmap", kSyscalls, false, "mmap + munmap of a page"},
    Case{"touch", kSyscalls, false, "first touch of a page"},
    Case{"signal", kSyscalls, false, "signal to self"},
    Case{"pipe", kSyscalls, false, "pipe round trip"},
    Case{"futex", kSyscalls, false, "futex round trip"},
    Case{"switch", kSyscalls, false, "context switch, with its pipe"},
    Case{"create", kFiles, false, "create + write 4 KiB + unlink"},
    Case{"open_read", kFiles, false, "open + read 1 byte + close"},
    Case{"read4k", kFiles, false, "read 4 KiB"},
    Case{"read64k", kFiles, false, "read 64 KiB"},
    Case{"write4k", kFiles, false, "write 4 KiB"},
    Case{"stat_deep", kFiles, false, "stat, ten directories deep"},
    Case{"list100", kFiles, false, "list 100 entries"},
};
constexpr std::array<std::string_view, 4> kSuites = {kFork, kSyscalls, kFiles, "all"};

}  // namespace

std::span<const Case> cases() { return kCases; }

const Case* find_case(std::string_view name) {
  auto it = std::ranges::find(kCases, name, &Case::name);
  return it == kCases.end() ? nullptr : &*it;
}

std::span<const std::string_view> suites() { return kSuites; }

bool in_suite(const Case& c, std::string_view suite) { return suite == "all" || c.suite == suite; }

bool uses_vfork(const Case& c) {
  return c.name == "vfork" || c.name == "vfork_exec" || c.name == "clone_vfork";
}

}  // namespace tools::bench
