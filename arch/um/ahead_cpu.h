// A small x86 CPU for the few instructions between two system calls. A stop of a stub costs 4 us, and
// many programs ask again after thirty instructions; this executes those here, on copies of the pages
// that they touch, and the stub is not resumed at all. It knows the integer instructions, SSE
// and SSE2 of i386 and x86-64 user code, what C libraries' string functions take of AVX2, AVX-512 and
// BMI, and nothing else: at the first one that it does not know, cannot fetch or may not touch
// memory for, it stops in front of it, and the real CPU goes on there. So a fault, a trap, a division
// by zero or an odd instruction is never imitated. The clocks' functions in the vDSO count as one
// instruction each: their code reads what this process has at another place. arch/um/ahead.h says when
// it is tried.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "arch/um/ahead_insn.h"
#include "arch/um/layout.h"
#include "arch/um/os-Linux/vdso.h"

namespace um {

// A copy of one page of guest memory. What was written and is not yet the guest's: [from, to).
struct AheadPage {
  static constexpr uint64_t kNowhere = ~0ULL;
  enum Right : uint8_t { kRead = 1, kWrite = 2, kExecute = 4 };  // PROT_ bits

  uint64_t address = kNowhere;
  uint8_t rights = 0;
  uint16_t dirty_from = kPage, dirty_to = 0;
  uint8_t* bytes = nullptr;  // kPage of them
  // Another number whenever they may be others; 0: they may be at any time.
  uint32_t serial = 0;

  void filled(bool steady) { serial = steady ? next_serial() : 0; }
  // `size` bytes from `inside` on are others now.
  void written(uint64_t inside, uint64_t size) {
    dirty_from = static_cast<uint16_t>(std::min<uint64_t>(dirty_from, inside));
    dirty_to = static_cast<uint16_t>(std::max<uint64_t>(dirty_to, inside + size));
    if (serial != 0 && (rights & kExecute) != 0) serial = next_serial();
  }

 private:
  static uint32_t next_serial() {
    static uint32_t last = 0;
    if (++last == AheadInsn::kNotKept) last = 1;
    return last;
  }
};

// Where the registers of the vector extensions lie in an XSAVE image; nullptr: not to be had.
struct AheadVectors {
  uint8_t* xmm = nullptr;       // 16 bytes of each of the first 16
  uint8_t* ymm = nullptr;       // and the 16 behind these
  uint8_t* zmm_high = nullptr;  // and the 32 behind these; nullptr if all are zero
  uint8_t* masks = nullptr;     // k0 to k7, 8 bytes each
  uint8_t* zmm16 = nullptr;     // 64 bytes of each of the other 16
};

// What the CPU asks for.
class AheadMemory {
 public:
  virtual ~AheadMemory() = default;
  // The copy of the page at `address`, which may be used for `right` then; nullptr: it must not be
  // touched here. The last two pages asked for stay where they are.
  virtual AheadPage* page(uint64_t address, AheadPage::Right right) = 0;
  // The thread's own FXSAVE image, 512 bytes with MXCSR at 24 and xmm0 from 160 on; nullptr if it
  // cannot be had.
  virtual uint8_t* fxsave() = 0;
  // In the same image; the masks and the other 16 registers if `all`.
  virtual AheadVectors vectors(bool /*all*/) { return {}; }
  // Which function begins at an address beyond the user's.
  virtual os::VdsoFunction function(uint64_t /*address*/) { return os::VdsoFunction::none; }
  // The time by a clock of that number; false: it takes a system call to know.
  virtual bool clock(int /*id*/, int64_t& /*seconds*/, int64_t& /*nanoseconds*/) { return false; }
};

// The instructions that were taken apart, of all memories: pages have different serial numbers. Zeros are
// none.
class AheadKnown {
 public:
  static constexpr size_t kMost = 8192;  // what a thread's start and end execute is 1,300
  static constexpr size_t kBytes = kMost * sizeof(AheadInsn);

  explicit AheadKnown(void* zeros) : insns_(static_cast<AheadInsn*>(zeros)) {}
  // Where one of that address and mode (its tag) would be.
  AheadInsn& at(uint64_t tag) { return insns_[(tag ^ tag >> 13) % kMost]; }

 private:
  AheadInsn* insns_;
};

class AheadCpu {
 public:
  enum End : uint8_t {
    syscall,   // rip is behind a `syscall`
    int80,     // rip is behind an `int $0x80`
    sysenter,  // rip is behind a `sysenter`
    unknown,   // rip is at an instruction that is not executed here
    budget,    // as many instructions as were allowed have been executed
  };

  AheadCpu(AheadMemory& memory, AheadKnown& known) : memory_(memory), known_(known) {}

  // Executes up to `most` instructions from where the registers are, user_regs_struct's words.
  // `gs_base` is what gs means in 32-bit code (a TLS descriptor's); in 64-bit code the words say it.
  End run(uint64_t* regs, uint32_t gs_base, unsigned most);
  unsigned executed() const { return executed_; }
  unsigned decoded() const { return decoded_; }  // of these, how many were not known
  // Pages that memory_ gave are not its any more.
  void forget() { tlb_.fill(nullptr); }

 private:
  friend struct AheadStep;
  AheadMemory& memory_;
  AheadKnown& known_;
  unsigned executed_ = 0, decoded_ = 0;
  uint8_t* fxsave_ = nullptr;         // since the first instruction of a run that used it
  AheadVectors vectors_;              // likewise
  std::array<AheadPage*, 32> tlb_{};  // by page number; an entry is checked at each use
};

}  // namespace um
