// AheadCpu: fetching, operands, arithmetic, and the loop. The instructions are in ahead_one_byte.cpp,
// ahead_two_bytes.cpp and ahead_sse.cpp. What an instruction does is the vendors' manuals' (volume 2);
// tests/unit/ahead_cpu_test.cpp asks the real CPU.
#include "arch/um/ahead_cpu.h"

#include "arch/um/ahead_step.h"

namespace um {

AheadCpu::End AheadCpu::run(uint64_t* regs, uint32_t gs_base, unsigned most) {
  AheadStep step(*this, regs, gs_base);
  executed_ = 0;
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
  const auto room = static_cast<unsigned>(std::min<uint64_t>(window.size(), kPage - rip % kPage));
  const uint8_t* here = at(rip, room, AheadPage::kExecute);
  if (here == nullptr) return false;
  std::memcpy(window.data(), here, room);
  if (room == window.size()) return true;
  const auto rest = static_cast<unsigned>(window.size()) - room;
  const uint8_t* there = at(rip + room, rest, AheadPage::kExecute);
  if (there == nullptr) return false;
  std::memcpy(window.data() + room, there, rest);
  return true;
}

AheadStep::Outcome AheadStep::execute() {
  p = window.data();
  rex = 0;
  jumps = narrow = rep = repne = lock = from_rip = false;
  segment = flat;
  mod = 3;
  bool padding = false;  // 67: compilers make a call longer with it
  constexpr unsigned kMostPrefixes = 4;  // with the longest rest still inside the window
  for (unsigned n = 0;; ++n) {
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
    else if (b != 0x26 && b != 0x2e && b != 0x36 && b != 0x3e)
      break;
    else if (!wide)  // the last one counts; in 64-bit code these are empty
      segment = b == 0x2e ? cs : flat;
    ++p;
  }
  const bool many = p - window.data() == kMostPrefixes;
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

uint64_t& AheadStep::whole(unsigned n) const {
  static constexpr std::array<uint8_t, 16> kWords = {
      os::kRax, os::kRcx, os::kRdx, os::kRbx, os::kRsp, os::kRbp, os::kRsi, os::kRdi,
      os::kR8,  os::kR9,  os::kR10, os::kR11, os::kR12, os::kR13, os::kR14, os::kR15};
  return regs[kWords[n]];
}

uint64_t AheadStep::get_reg(unsigned n, unsigned size) const {
  if (size == 1 && rex == 0 && n >= 4) return (whole(n - 4) >> 8) & 0xff;
  return whole(n) & mask(size);
}

void AheadStep::set_reg(unsigned n, unsigned size, uint64_t v) const {
  if (size >= 4) {
    whole(n) = v & mask(size);
  } else if (size == 1 && rex == 0 && n >= 4) {
    uint64_t& w = whole(n - 4);
    w = (w & ~0xff00ULL) | ((v & 0xff) << 8);
  } else {
    uint64_t& w = whole(n);
    w = (w & ~mask(size)) | (v & mask(size));
  }
}

uint8_t* AheadStep::at(uint64_t address, unsigned size, Right right) {
  const uint64_t inside = address % kPage, base = address - inside;
  if (inside + size > kPage) return nullptr;
  AheadPage*& entry = cpu.tlb_[address / kPage % cpu.tlb_.size()];
  if (entry == nullptr || entry->address != base || (entry->rights & right) == 0) {
    entry = cpu.memory_.page(base, right);
    if (entry == nullptr) return nullptr;
  }
  if (right == AheadPage::kWrite) {
    entry->dirty_from = static_cast<uint16_t>(std::min<uint64_t>(entry->dirty_from, inside));
    entry->dirty_to = static_cast<uint16_t>(std::max<uint64_t>(entry->dirty_to, inside + size));
  }
  return entry->bytes + inside;
}

uint8_t* AheadStep::memory(unsigned size, Right right) {
  if (segment == cs && right == AheadPage::kWrite) return nullptr;  // code is not to be written
  if (segment == gs && !wide && regs[os::kGs] <= 3) return nullptr;  // a null selector
  uint64_t address = effective();
  if (segment == fs) address += regs[os::kFsBase];
  if (segment == gs) address += wide ? regs[os::kGsBase] : gs_base;
  return at(mask_address(address), size, right);
}

bool AheadStep::push(uint64_t v) {
  const uint64_t sp = mask_address(regs[os::kRsp] - word());
  uint8_t* m = at(sp, word(), AheadPage::kWrite);
  if (m == nullptr) return false;
  store(m, word(), v);
  regs[os::kRsp] = sp;
  return true;
}

uint8_t* AheadStep::top() { return at(mask_address(regs[os::kRsp]), word(), AheadPage::kRead); }

// ---- arithmetic ----

uint64_t AheadStep::result_flags(uint64_t r, unsigned size) {
  uint64_t f = 0;
  if ((r & mask(size)) == 0) f |= kZf;
  if ((r & sign(size)) != 0) f |= kSf;
  if (__builtin_parity(static_cast<unsigned>(r & 0xff)) == 0) f |= kPf;
  return f;
}

// add, or, adc, sbb, and, sub, xor, cmp: the order of their numbers in every encoding.
uint64_t AheadStep::alu(unsigned op, uint64_t a, uint64_t b, unsigned size) const {
  const uint64_t m = mask(size), s = sign(size);
  a &= m;
  b &= m;
  const uint64_t carry = (op == 2 || op == 3) && flag(kCf) ? 1 : 0;
  uint64_t r = 0, f = 0;
  switch (op) {
    case 0:
    case 2:
      r = (a + b + carry) & m;
      if (r < a || (carry != 0 && r == a)) f |= kCf;
      if ((~(a ^ b) & (a ^ r) & s) != 0) f |= kOf;
      f |= (a ^ b ^ r) & kAf;
      break;
    case 1: r = a | b; break;
    case 4: r = a & b; break;
    case 6: r = a ^ b; break;
    default:
      r = (a - b - carry) & m;
      if (a < b || (carry != 0 && a == b)) f |= kCf;
      if (((a ^ b) & (a ^ r) & s) != 0) f |= kOf;
      f |= (a ^ b ^ r) & kAf;
      break;
  }
  set_flags(kArithmetic, f | result_flags(r, size));
  return r;
}

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
