// AheadCpu: fetching, operands, arithmetic, and the loop. The instructions are in ahead_one_byte.cpp,
// ahead_two_bytes.cpp and ahead_sse.cpp. What an instruction does is the vendors' manuals' (volume 2);
// tests/unit/ahead_cpu_test.cpp asks the real CPU.
#include "arch/um/ahead_cpu.h"

#include "arch/um/ahead_step.h"

namespace um {

AheadCpu::End AheadCpu::run(uint64_t* regs, uint32_t gs_base, unsigned most) {
  AheadStep step(*this, regs, gs_base);
  executed_ = 0;
  xmm_ = nullptr;
  if (!step.ordinary()) return unknown;
  for (; executed_ < most; ++executed_) {
    if (!step.fetch()) return unknown;
    switch (step.execute()) {
      case AheadStep::done: break;
      case AheadStep::unknown: return unknown;
      case AheadStep::syscall: return syscall;
      case AheadStep::int80: return int80;
      case AheadStep::sysenter: return sysenter;
    }
  }
  return budget;
}

// Not to be traced, alignment unchecked, segments the flat ones. No instruction here changes that.
bool AheadStep::ordinary() const {
  constexpr uint64_t kTrap = 0x100, kAlignmentCheck = 0x40000;
  if (flag(kTrap | kAlignmentCheck)) return false;
  return wide || (regs[os::kCs] == os::kUserCs32 && regs[os::kSs] == os::kUserSs &&
                  regs[os::kDs] == os::kUserSs && regs[os::kEs] == os::kUserSs);
}

// ---- taking an instruction apart ----

// All bytes that an instruction could have, or none: one that ends a mapping runs on the real CPU.
bool AheadStep::fetch() {
  rip = regs[os::kRip];
  const uint64_t inside = rip % kPage;
  if (inside <= kPage - kLongest) {
    if (code == nullptr || code->address != rip - inside) {
      if (at(rip, 1, AheadPage::kExecute) == nullptr) return false;
      code = cpu.tlb_[rip / kPage % cpu.tlb_.size()];
    }
    start = code->bytes + inside;
    return true;
  }
  const auto room = static_cast<unsigned>(kPage - inside);
  const uint8_t* here = at(rip, room, AheadPage::kExecute);
  if (here == nullptr) return false;
  std::memcpy(window.data(), here, room);
  const uint8_t* there = at(rip + room, kLongest - room, AheadPage::kExecute);
  if (there == nullptr) return false;
  std::memcpy(window.data() + room, there, kLongest - room);
  start = window.data();
  return true;
}

static constexpr auto kIsPrefix = [] {
  std::array<bool, 256> is{};
  for (const int b : {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3})
    is[b] = true;
  return is;
}();

AheadStep::Outcome AheadStep::execute() {
  p = start;
  rex = 0;
  jumps = narrow = rep = repne = lock = from_rip = false;
  segment = flat;
  mod = 3;
  bool padding = false;                  // 67: compilers make a call longer with it
  constexpr unsigned kMostPrefixes = 4;  // with the longest rest still inside the window
  for (unsigned n = 1; kIsPrefix[*p]; ++n) {
    if (n > kMostPrefixes) return unknown;
    const uint8_t b = *p;
    if (b == 0x66)
      narrow = true;
    else if (b == 0xf3)
      rep = true;
    else if (b == 0xf2)
      repne = true;
    else if (b == 0xf0)
      lock = true;
    else if (b == 0x64)
      segment = fs;
    else if (b == 0x65)
      segment = gs;
    else if (b == 0x67)
      padding = true;
    else if (!wide)  // the last one counts; in 64-bit code these are empty
      segment = b == 0x2e ? cs : flat;
    ++p;
  }
  const bool many = p - start == kMostPrefixes;
  if (wide && (*p & 0xf0) == 0x40) rex = *p++;
  if (segment == fs && !wide) return unknown;
  const uint8_t op = *p++;
  if (wide && (op & 0xf0) == 0x40) return unknown;  // a second REX
  const bool two = op == 0x0f;
  if (padding && op != 0xe8) return unknown;
  if (many && !two) return unknown;  // these could be longer than the 15 bytes that there may be
  const uint8_t second = two ? *p++ : 0;
  if (lock && !lockable(two, two ? second : op)) return unknown;
  const Outcome outcome = two ? two_bytes(second) : one_byte(op);
  if (outcome != unknown) regs[os::kRip] = jumps ? jump : behind();
  return outcome;
}

// Those that take the prefix, with a memory operand; the others are undefined instructions.
bool AheadStep::lockable(bool two, uint8_t op) const {
  const unsigned form = (*p >> 3) & 7;
  if ((*p >> 6) == 3) return false;
  if (two) {
    if (op == 0xba) return form >= 5;
    return op == 0xab || op == 0xb3 || op == 0xbb || op == 0xb0 || op == 0xb1 || op == 0xc0 ||
           op == 0xc1;
  }
  if (op < 0x38) return (op & 7) < 2;
  if (op == 0x80 || op == 0x81 || op == 0x83) return form != 7;
  if (op == 0xf6 || op == 0xf7) return form == 2 || form == 3;
  if (op == 0xfe || op == 0xff) return form < 2;
  return op == 0x86 || op == 0x87;
}

void AheadStep::modrm() {
  const uint8_t b = *p++;
  mod = b >> 6;
  reg = ((b >> 3) & 7u) | ((rex & 4) != 0 ? 8 : 0);
  rm = b & 7;
  from_rip = false;
  if (mod == 3) {
    rm |= (rex & 1) != 0 ? 8 : 0;
    return;
  }
  uint64_t address = 0;
  bool no_base = false;
  unsigned base = rm;
  if (rm == 4) {
    const uint8_t sib = *p++;
    const unsigned index = ((sib >> 3) & 7u) | ((rex & 2) != 0 ? 8 : 0);
    base = sib & 7;
    no_base = base == 5 && mod == 0;
    if (index != 4) address = whole(index) << (sib >> 6);
  } else if (rm == 5 && mod == 0) {
    no_base = true;
    from_rip = wide;
  }
  if (!no_base) address += whole(base | ((rex & 1) != 0 ? 8 : 0));
  if (mod == 1) address += immediate(1);
  if (mod == 2 || no_base) address += immediate(4);
  offset = address;
}

// ---- operands ----

// ---- arithmetic ----

// inc and dec leave the carry alone.
uint64_t AheadStep::count_by_one(uint64_t a, bool down, unsigned size) const {
  const uint64_t carry = flags() & kCf;
  const uint64_t r = alu(down ? 5 : 0, a, 1, size);
  set_flags(kCf, carry);
  return r;
}

bool AheadStep::condition(uint8_t cc) const {
  bool yes = false;
  switch ((cc >> 1) & 7) {
    case 0: yes = flag(kOf); break;
    case 1: yes = flag(kCf); break;
    case 2: yes = flag(kZf); break;
    case 3: yes = flag(kCf | kZf); break;
    case 4: yes = flag(kSf); break;
    case 5: yes = flag(kPf); break;
    case 6: yes = flag(kSf) != flag(kOf); break;
    case 7: yes = flag(kZf) || flag(kSf) != flag(kOf); break;
  }
  return yes != ((cc & 1) != 0);
}

}  // namespace um
