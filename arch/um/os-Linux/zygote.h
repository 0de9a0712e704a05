// The zygote: a parked host process that all stubs are cloned from. It is exec'd from an image of a
// few bytes, emptied, and given the pages of layout.h and a seccomp filter before the first clone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "arch/um/os-Linux/inject.h"
#include "lib/result.h"

namespace um::os {

class Zygote {
 public:
  struct Config {
    bool thp_never = false;  // PR_SET_THP_DISABLE for every stub
    bool host_time = true;   // guests may read the host's clocks (vDSO, vsyscall page)
  };

  Zygote() = default;
  ~Zygote();  // kills it
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  // The error is a sentence for the user.
  std::expected<void, std::string> start(const Config& config);

  int pid() const { return pid_; }
  StubPages& pages() { return pages_; }
  // Where guests find the host's vDSO, or 0.
  uint64_t vdso() const { return vdso_; }
  // The floating-point image of a fresh process.
  const std::vector<std::byte>& initial_fp() const { return initial_fp_; }
  // After a `syscall` instruction rcx holds rip (not so on every CPU with FRED).
  bool rcx_tells() const { return rcx_tells_; }

  // A new stub: empty, stopped once its first stop has been waited for.
  Result<int> clone();

  // The stubs' shared descriptor table. pass() copies a descriptor of ours into it, after closing
  // `first` (at most kMaxCalls - 1) in the same resume.
  Result<int> pass(int host_fd, const std::vector<int>& first);
  void close(const std::vector<int>& fds);

  // Does i386 code that enters by `int $0x80`, or by sysenter, stop at its system call? The
  // instruction pointer at that stop, or 0. The host lets sysenter return to a place of its own.
  uint64_t try_int80();
  uint64_t try_sysenter();

 private:
  std::expected<void, std::string> spawn();
  std::expected<void, std::string> probe();
  uint64_t try_ia32(uint64_t code_offset);
  Result<void> build(const Config& config, std::span<const std::byte> program);
  Result<void> move_vdso(std::vector<Call>& calls, bool keep);

  StubPages pages_;
  int pid_ = -1;
  int socket_ = -1;  // our end; the stubs' is descriptor kStubSocket
  uint64_t vdso_ = 0;
  bool rcx_tells_ = true;
  std::vector<std::byte> initial_fp_;
};

// Builds the allow-list of what a stub may ask of the host into `program` (struct sock_filter's
// bytes).
Result<std::vector<std::byte>> seccomp_program(bool host_time);

}  // namespace um::os
