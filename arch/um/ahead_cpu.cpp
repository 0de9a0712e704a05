// AheadCpu: fetching, operands, arithmetic, and the loop. The instructions are in ahead_one_byte.cpp,
// ahead_two_bytes.cpp and ahead_sse*.cpp. What an instruction does is the vendors' manuals' (volume 2);
// tests/unit/ahead_cpu_test.cpp asks the real CPU.
#include "arch/um/ahead_cpu.h"

#include "arch/um/ahead_step.h"

namespace um {

// Not to be traced, alignment unchecked, segments the flat ones. No instruction here changes that.
bool AheadStep::ordinary() const {
  constexpr uint64_t kTrap = 0x100, kAlignmentCheck = 0x40000;
  if (flag(kTrap | kAlignmentCheck)) return false;
  return wide || (regs[os::kCs] == os::kUserCs32 && regs[os::kSs] == os::kUserSs &&
                  regs[os::kDs] == os::kUserSs && regs[os::kEs] == os::kUserSs);
}

// ---- the next instruction ----

// Known from the last time, or taken apart now.
inline bool AheadStep::fetch() {
  const uint64_t where = regs[os::kRip], inside = where % kPage;
  if (code == nullptr || code->address != where - inside) {
    if (at(where, 1, AheadPage::kExecute) == nullptr) return false;
    code = cpu.tlb_[where / kPage % cpu.tlb_.size()];
  }
  const AheadInsn& mine = cpu.known_.at(where | mode);
  if (mine.rip != (where | mode) || mine.serial != code->serial) return fetch_anew();
  static_cast<AheadInsn&>(*this) = mine;
  return true;
}

// All bytes that it could have, or none: an instruction that ends a mapping runs on the real CPU.
bool AheadStep::fetch_anew() {
  const uint64_t where = regs[os::kRip], inside = where % kPage;
  const uint8_t* bytes = code->bytes + inside;
  uint32_t serial = code->serial != 0 ? code->serial : kNotKept;
  std::array<uint8_t, kLongest> window{};
  if (inside > kPage - kLongest) {
    const auto room = static_cast<unsigned>(kPage - inside);
    std::memcpy(window.data(), bytes, room);
    const uint8_t* there = at(where + room, kLongest - room, AheadPage::kExecute);
    if (there == nullptr) return false;
    std::memcpy(window.data() + room, there, kLongest - room);
    bytes = window.data();
    serial = kNotKept;
  }
  AheadInsn& mine = cpu.known_.at(where | mode);
  mine = decode(bytes, wide);
  ++cpu.decoded_;
  mine.rip = where | mode;
  mine.serial = serial;
  mine.handler = handler_of(mine);
  static_cast<AheadInsn&>(*this) = mine;
  return true;
}

// What a function of the vDSO does, and its return. The registers that a call may change keep what they
// had; a place for the answer that cannot be had here is the real function's business.
AheadStep::Outcome AheadStep::function() {
  const uint64_t where = regs[os::kRip];
  if (!wide || where < kTaskSize) return unknown;
  const os::VdsoFunction which = cpu.memory_.function(where);
  const bool is_clock = which == os::VdsoFunction::clock_gettime;
  const bool is_time = which == os::VdsoFunction::time;
  const uint8_t* stack = which == os::VdsoFunction::none ? nullptr : top();
  if (stack == nullptr) return unknown;
  const uint64_t back = load(stack, 8), to = regs[is_clock ? os::kRsi : os::kRdi];
  const bool zone = which == os::VdsoFunction::gettimeofday && regs[os::kRsi] != 0;
  if (zone || !reachable(back)) return unknown;

  constexpr int kRealtime = 0, kRealtimeCoarse = 5;  // time() may be a tick behind
  const int id = is_clock  ? static_cast<int>(regs[os::kRdi])
                 : is_time ? kRealtimeCoarse
                           : kRealtime;
  int64_t seconds = 0, fraction = 0;
  if (!cpu.memory_.clock(id, seconds, fraction)) return unknown;
  if (!is_clock) fraction /= 1000;
  if (to != 0 || is_clock) {
    uint8_t* m = at(to, is_time ? 8 : 16, AheadPage::kWrite);
    if (m == nullptr) return unknown;
    store(m, 8, static_cast<uint64_t>(seconds));
    if (!is_time) store(m + 8, 8, static_cast<uint64_t>(fraction));
  }
  regs[os::kRax] = is_time ? static_cast<uint64_t>(seconds) : 0;
  regs[os::kRsp] += 8;
  next = back;
  return done;
}

AheadCpu::End AheadCpu::run(uint64_t* regs, uint32_t gs_base, unsigned most) {
  AheadStep step(*this, regs, gs_base);
  fxsave_ = nullptr;
  vectors_ = {};
  executed_ = decoded_ = 0;
  if (!step.ordinary()) return unknown;
  auto outcome = AheadStep::done;
  unsigned n = 0;
  for (; n < most; ++n) {
    if (step.fetch()) [[likely]] {
      step.next = step.behind();
      outcome = step.handler(step);
    } else {
      outcome = step.function();
    }
    if (outcome == AheadStep::unknown) break;
    regs[os::kRip] = step.next;
    if (outcome != AheadStep::done) break;
  }
  executed_ = n;
  switch (outcome) {
    case AheadStep::unknown: return unknown;
    case AheadStep::syscall: return syscall;
    case AheadStep::int80: return int80;
    case AheadStep::sysenter: return sysenter;
    default: return budget;
  }
}

}  // namespace um
