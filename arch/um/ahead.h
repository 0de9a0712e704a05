// Running ahead: where a program has gone from one system call to the next within a few instructions
// before, they are executed here (ahead_cpu.h) and its stub is not resumed. The guest cannot tell: what
// it does is the same, instruction by instruction, and all that it stores is in its memory before
// anybody else could look. What is here: which places of programs are worth it, and the copies of pages.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "arch/arch.h"
#include "arch/um/ahead_cpu.h"
#include "arch/um/os-Linux/guest_memory.h"

namespace um {

class HostSpace;

// Where it has gained something, nowhere, or at each system call (for tests: it costs more than it
// gains).
enum class Ahead : uint8_t { on, off, always };

// Remembers for places of programs (instruction pointer, stack pointer, so that a C library's one
// system call counts for each of its callers) how it went: whether the next call was near, and whether
// it was worth it to begin there, with no page here yet. Each failure doubles the number of times that
// a place is left alone. To begin with, only those are tried that come again after few other calls:
// what gains is loops.
class AheadPlaces {
 public:
  class Patience {
   public:
    bool now() { return wait_ == 0 || --wait_ == 0; }  // to be asked once each time
    bool soon() const { return wait_ <= 1; }
    bool proved() const { return proved_; }  // it went well the last time
    void went(bool well);

   private:
    uint16_t wait_ = 0;
    uint8_t failures_ = 0;
    bool proved_ = false;
  };
  struct Place {
    uint32_t tag = 0;
    uint32_t last = 0;  // when it was come by, in calls
    uint8_t soon_again = 0;
    Patience near, beginning;
    bool loops() const { return soon_again >= kLoops; }
  };
  // Whether the call's result was 0 counts too: the two sides of a fork go different ways.
  Place& at(uint64_t ip, uint64_t sp, bool zero);

  void come_by(Place& place);
  // Trying things out may cost a hundredth of all stops, and some of what was gained.
  bool may_begin(Place& place) {
    return place.loops() && (credit_ > 0 || place.beginning.proved()) && place.beginning.now();
  }
  // Whether may_begin() would be true if it were asked now.
  bool likely(const Place& place) const {
    return place.loops() && (credit_ > 0 || place.beginning.proved()) && place.beginning.soon();
  }
  void earn(int64_t ns) { credit_ = std::clamp(credit_ + ns, -kMostDebt, kMostCredit); }

 private:
  static constexpr int64_t kMostCredit = 1'000'000, kMostDebt = 50'000;
  static constexpr uint8_t kLoops = 3;
  int64_t credit_ = -10'000;  // some hundred stops before anything is tried: the first time costs most
  uint32_t calls_ = 0;
  std::array<Place, 1024> places_{};
};

// The copies of one space's pages. They are the memory itself for as long as nothing of the space
// runs on a real CPU: everybody who reads or writes it comes by here first. What is shared with other
// spaces is not copied but used where it is.
class AheadPages final : public AheadMemory {
 public:
  explicit AheadPages(AheadKnown& known) : cpu_(*this, known) {}  // bytes_ stays as it is
  AheadPages(const AheadPages&) = delete;
  // For another space.
  void begin(HostSpace& space);
  // The space is no more.
  void end();

  bool paid() const { return paid_; }  // the last way that was gone
  bool loses() const;  // what it costs is more than what it saves, and goes on to be
  bool under_way() const { return start_ != nullptr; }
  // Up to `most` instructions of the thread, from `place`.
  AheadCpu::End run(arch::thread_struct& thread, AheadPlaces::Place& place, unsigned most);

  AheadPage* page(uint64_t address, AheadPage::Right right) override;
  uint8_t* fxsave() override;
  AheadVectors vectors(bool all) override;
  os::VdsoFunction function(uint64_t address) override;
  bool clock(int id, int64_t& seconds, int64_t& nanoseconds) override;

  // The kernel's own copies, to and from what is here. False: nothing was copied, it is not (all) here.
  bool read(void* to, uint64_t from, size_t n);
  bool write(uint64_t to, const void* from, size_t n);
  // What was written is the guest's again; of these addresses at least.
  void write_back();
  void write_back(uint64_t address, uint64_t len);
  // Nothing of these addresses stays here.
  void drop(uint64_t address, uint64_t len);
  // The space is about to run on a real CPU, which may write what is writable.
  void leave();
  // A file was written, perhaps one that a page is of.
  void drop_files();
  // The same memory under another name: a fork child begins with what its parent has here.
  void take_from(const AheadPages& parent);

 private:
  static constexpr size_t kPages = 48;
  static_assert(kPages <= os::kMostPieces);

  void judge();
  bool fetch_fp();
  static bool overlaps(const AheadPage& page, uint64_t address, uint64_t len);
  bool have(uint64_t address, size_t n, AheadPage::Right right);
  uint8_t* here(uint64_t address);
  void forget(AheadPage& page);
  AheadPage& victim();

  HostSpace* space_ = nullptr;
  AheadCpu cpu_;
  arch::thread_struct* thread_ = nullptr;
  uint64_t file_changes_ = 0;
  // Since the last leave(): where it began, what it cost and what it saved, in ns.
  AheadPlaces::Place* start_ = nullptr;
  uint64_t cost_ = 0, saved_ = 0;
  bool paid_ = false;
  uint64_t clock_ = 0;
  std::array<uint64_t, kPages> used_{};  // by clock_, when it was asked for
  std::array<bool, kPages> of_file_{};
  std::array<bool, kPages> shared_{};  // its bytes are a window (shared_windows.h), not a copy
  std::array<AheadPage, kPages> pages_;  // without their bytes: all are looked through often
  alignas(64) std::array<std::array<uint8_t, kPage>, kPages> bytes_;
};

}  // namespace um
