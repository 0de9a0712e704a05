// A machine without a host: for unit tests of everything above arch/. Memory is a map of pages with
// protections, user code is a C++ function that the test supplies, time moves when the test moves
// it, and no child process exists anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "arch/arch.h"

namespace um {

class FakeMachine;

class FakeUserSpace final : public arch::UserSpace {
 public:
  explicit FakeUserSpace(FakeMachine& machine) : machine_(machine) {}
  ~FakeUserSpace() override;

  // "User code": what the machine's script makes of the thread.
  arch::Trap run(arch::thread_struct& thread) override;
  Result<void> run_away(arch::thread_struct&) override { return Err(EBUSY); }
  arch::Trap collect(arch::thread_struct&) override { return {.kind = arch::Trap::died}; }
  void interrupt(arch::thread_struct&) override {}
  Result<void> fetch_fp(arch::thread_struct& thread) override;
  void drop_thread(arch::thread_struct& thread) override { thread.engine = nullptr; }

  void map(uint64_t addr, uint64_t len, arch::Prot prot, const arch::Backing& backing) override;
  void unmap(uint64_t addr, uint64_t len) override;
  void protect(uint64_t addr, uint64_t len, arch::Prot prot) override;
  void remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) override;
  void advise(uint64_t addr, uint64_t len, int advice) override;
  Result<void> sync() override;
  Result<std::unique_ptr<UserSpace>> dup(arch::thread_struct& parent,
                                         arch::thread_struct& child) override;

  size_t copy_in(void* to, uint64_t from, size_t n) override;
  size_t copy_out(uint64_t to, const void* from, size_t n) override;
  Result<uint32_t> cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) override;
  size_t force_copy_out(uint64_t to, const void* from, size_t n) override;
  uint64_t resident() override;

  // For the test: is the page at addr mapped, and how.
  bool mapped(uint64_t addr) const { return pages_.contains(addr / kPageBytes); }
  arch::Prot prot(uint64_t addr) const;

 private:
  static constexpr uint64_t kPageBytes = 4096;
  using Bytes = std::array<std::byte, kPageBytes>;
  struct Page {
    arch::Prot prot = 0;
    bool shared = false;
    std::shared_ptr<Bytes> bytes;  // made at the first use of a private page
  };

  bool check(uint64_t addr, uint64_t len);
  // The page for an access, or nullptr.
  Page* page(uint64_t addr, arch::Prot need);
  template <class F>
  size_t walk(uint64_t addr, size_t n, arch::Prot need, F f);

  FakeMachine& machine_;
  std::map<uint64_t, Page> pages_;  // by page number
  int error_ = 0;
};

class FakeMachine final : public arch::Machine {
 public:
  using Script = std::function<arch::Trap(arch::thread_struct&, FakeUserSpace&)>;

  FakeMachine();
  ~FakeMachine() override;

  // What run() does; without one, user code dies at once.
  Script script;
  // The next calls of new_space, dup or sync fail with this error, if not 0.
  int fail_new_space = 0, fail_dup = 0, fail_sync = 0;
  unsigned spaces = 0;  // alive
  uint64_t idle_calls = 0;
  // Called when the kernel has nothing to do and no deadline: the test must make something happen.
  std::function<void()> on_idle;

  void advance(uint64_t ns) { now_ns_ += ns; }
  void tick() { tick_ = true; }
  void host_signal(int signal) {
    if (signal_handler_ != nullptr) signal_handler_(signal);
  }
  // A watched descriptor becomes ready; its handler runs at the next poll or idle.
  void ready(int fd, unsigned events) { ready_.emplace_back(fd, events); }

  Result<std::unique_ptr<arch::UserSpace>> new_space(const arch::Isa& isa) override;
  arch::HostFs& hostfs() override { return *hostfs_; }
  uint64_t now(arch::Clock clock) override;
  void random(std::span<std::byte> out) override;
  unsigned cpus() const override { return 1; }
  uint64_t memory_bytes() const override { return 1ULL << 30; }
  uint64_t cpu_time(arch::thread_struct&) override { return 0; }
  void set_deadline(std::optional<uint64_t> when) override { deadline_ = when; }
  void poll() override;
  void idle(std::optional<uint64_t> deadline) override;
  bool tick_pending() override { return std::exchange(tick_, false); }
  Result<void> watch(arch::HostWatch& watch) override;
  void unwatch(arch::HostWatch& watch) override;
  void on_away_stop(AwayHandler) override {}
  void on_host_signal(SignalHandler handler) override { signal_handler_ = handler; }

  // True if the deadline set by the kernel has passed: run() then returns a tick.
  bool deadline_passed() const { return deadline_ && now_ns_ >= *deadline_; }

 private:
  uint64_t now_ns_ = 1'000'000'000;
  uint64_t random_state_ = 0x9e3779b97f4a7c15;
  std::optional<uint64_t> deadline_;
  bool tick_ = false;
  std::vector<arch::HostWatch*> watches_;
  std::vector<std::pair<int, unsigned>> ready_;
  SignalHandler signal_handler_ = nullptr;
  std::unique_ptr<arch::HostFs> hostfs_;
};

}  // namespace um
