// The ptrace engine: what all address spaces of the machine share, and the way a stub is run. Here
// is the hot path: one guest system call costs four host calls (POKEUSER of the result, SYSEMU,
// waitpid, GETREGS) and nothing else; or none at all where the way to it is run ahead (ahead.h).
#pragma once

#include <optional>
#include <vector>

#include "arch/arch.h"
#include "arch/um/ahead.h"
#include "arch/um/backing_cache.h"
#include "arch/um/event_loop.h"
#include "arch/um/os-Linux/ptrace.h"
#include "arch/um/os-Linux/zygote.h"
#include "arch/um/shared_windows.h"
#include "arch/um/stub.h"
#include "arch/um/stub_pool.h"

namespace um {

// Words of thread_struct::regs past the host's user_regs_struct.
inline constexpr size_t kRegEntry = 27;  // 0: syscall instruction, 1: i386 entry

class Engine {
 public:
  struct Config {
    size_t pool = 8;
    bool virtual_time = false;
    Ahead ahead = Ahead::on;
    uint64_t huge_from = ~0ULL;   // anonymous mappings of so many bytes ask for huge pages
    std::vector<int> home_cpus;   // where the kernel and its stubs run; empty: not bound
    std::vector<int> other_cpus;  // where run_away goes
  };
  Engine(os::Zygote& zygote, const Config& config);

  os::Zygote& zygote() { return zygote_; }
  StubPool& pool() { return pool_; }
  BackingCache& backings() { return backings_; }
  EventLoop& events() { return events_; }
  uint64_t huge_from() const { return config_.huge_from; }

  // Waits for a new stub's first stop; false if it died.
  bool born(Stub& stub);
  // Makes the stub hold the thread's state, storing only what it does not hold yet. A trap if that
  // cannot be (registers that no CPU would take, or a dead stub). `here`: go() follows at once.
  std::optional<arch::Trap> load(Stub& stub, arch::thread_struct& thread, bool here);
  // Runs what is loaded until it traps.
  arch::Trap go(Stub& stub, arch::thread_struct& thread);

  // The thread's floating-point state into thread.fp.
  bool save_fp(Stub& stub, arch::thread_struct& thread);

  Result<void> go_away(Stub& stub, arch::thread_struct& thread);
  arch::Trap collect(Stub& stub, arch::thread_struct& thread);
  // Stops an away stub for the kernel's own use; resume_borrowed undoes it.
  bool borrow(Stub& stub);
  void give_back(Stub& stub);
  // The stub is no longer away (it was collected, or it is about to be killed).
  void not_away(Stub& stub);
  // Looks which away stubs have stopped and tells the kernel.
  void check_away();
  bool any_away() const { return !away_.empty(); }

  // No thread of any space runs on another CPU: what is read stays true.
  bool may_run_ahead() const { return config_.ahead != Ahead::off && away_.empty(); }
  bool always_ahead() const { return config_.ahead == Ahead::always; }
  AheadPlaces& places() { return places_; }
  SharedWindows& windows() { return windows_; }
  std::unique_ptr<AheadPages> take_pages(HostSpace& space);  // nullptr: no memory
  void put_pages(HostSpace& space, std::unique_ptr<AheadPages> pages);
  uint64_t sysenter_landing() const { return sysenter_landing_; }
  void on_away_stop(arch::Machine::AwayHandler handler) { on_away_ = handler; }

  // The kernel has moved: so do all stubs.
  void move_home(const std::vector<int>& home, const std::vector<int>& others);
  // The stub that ran last.
  int last_pid() const { return last_pid_; }

  // See Machine::enable_sysenter.
  bool enable_sysenter(uint32_t landing);

  // The stub turned out to be dead; its process has been reaped.
  void mark_dead(Stub& stub);
  // It refuses what no living stub refuses.
  arch::Trap lost(Stub& stub);

 private:
  bool load_fp(Stub& stub, arch::thread_struct& thread, bool here);
  const std::vector<std::byte>& fp_image(const arch::thread_struct& thread) const;
  void load_tls(Stub& stub, const arch::thread_struct& thread);
  Result<void> store_regs(Stub& stub, const arch::thread_struct& thread);
  // The stub stopped (or never ran) before the fp gadget was through: thread.regs still hold.
  void unstage(Stub& stub, arch::thread_struct& thread);
  bool stopped_in_gadget(Stub& stub, arch::thread_struct& thread, os::Stop stop, arch::Trap& trap);
  // What a stop means. false: nothing to the guest; resume.
  bool decode(Stub& stub, arch::thread_struct& thread, os::Stop stop, arch::Trap& trap);
  // Makes `trap` say so if the stub has died in between.
  void fetch_regs(Stub& stub, arch::thread_struct& thread, arch::Trap& trap);

  os::Zygote& zygote_;
  Config config_;
  StubPool pool_;
  BackingCache backings_;
  EventLoop events_;
  AheadPlaces places_;
  SharedWindows windows_;
  std::optional<AheadKnown> known_;  // half a megabyte, once somebody runs ahead
  std::vector<std::unique_ptr<AheadPages>> pages_;  // nobody's
  std::vector<HostSpace*> ahead_;                   // who has some, the oldest first
  // Where the host shows a sysenter stop, and where the guest goes on.
  uint64_t sysenter_stop_ = 0, sysenter_landing_ = 0;
  int last_pid_ = 0;
  std::vector<Stub*> away_;
  arch::Machine::AwayHandler on_away_ = nullptr;
};

}  // namespace um
