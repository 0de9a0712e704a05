// The three definitions of swi; see swi.h. $r1 to $r5 are lost in a system call under each of them: the
// port's way out skips them. Ours leaves zero there, so that nothing of the kernel shows.
#include "arch/moxie/kernel/swi.h"

namespace moxie {

namespace {

// Common to all: cause and number for the handler, and what a restart needs.
void begin(pt_regs& r, uint32_t number) {
  r.orig_r0 = r.cpu.r[kR0];
  r.cpu.sreg[kSregCause] = kCauseSwi;
  r.cpu.sreg[kSregSwi] = number;
  r.cpu.sreg[kSregReturn] = r.cpu.pc;
  r.frame = 0;
  r.in_trap = r.in_syscall = 1;
  r.keep_all = 0;
}

void end(pt_regs& r) {
  if (!r.keep_all)
    for (unsigned n = kR0 + 1; n < kR6; ++n) r.cpu.r[n] = 0;
  r.frame = 0;
  r.in_trap = r.keep_all = 0;
}

// As jsra: chain slot, return address and old $fp on the current stack, 12 bytes; the handler changes
// stacks afterwards and the way back is a plain ret. Whoever runs on that stack meanwhile, a vfork child,
// writes over the frame.
class UserStack final : public SwiDefinition {
 public:
  std::string_view name() const override { return "user-stack"; }
  uint32_t frame_bytes() const override { return kFrame; }
  bool enter(Bus& bus, pt_regs& r, uint32_t number) const override {
    const uint32_t frame = r.cpu.r[kSp] - kFrame;
    if (!bus.store(frame + 4, r.cpu.pc) || !bus.store(frame, r.cpu.r[kFp])) return false;
    begin(r, number);
    r.frame = frame;
    return true;
  }
  bool leave(Bus& bus, pt_regs& r) const override {
    const auto fp = bus.load(r.frame), pc = bus.load(r.frame + 4);
    if (!fp || !pc) return false;
    r.cpu.r[kFp] = *fp;
    r.cpu.r[kSp] = r.frame + kFrame;
    r.cpu.pc = *pc;
    end(r);
    return true;
  }
  void store_frame(Bus& bus, const pt_regs& r) const override {
    (void)bus.store(r.frame, r.cpu.r[kFp]);
    (void)bus.store(r.frame + 4, r.cpu.pc);
  }
  // A vfork child returns through the parent's very frame; one with a stack of its own gets a copy there.
  void copy_frame(Bus& bus, pt_regs& child, uint32_t usp) const override {
    if (usp == 0) return;
    child.cpu.r[kSp] = usp;
    child.frame = usp - kFrame;
    store_frame(bus, child);
  }

 private:
  static constexpr uint32_t kFrame = 12;
};

// The kernel stack of special register 4 at once: 16 bytes there, nothing on the user's.
class KernelStack final : public SwiDefinition {
 public:
  std::string_view name() const override { return "kernel-stack"; }
  uint32_t frame_bytes() const override { return kFrame; }
  bool enter(Bus& bus, pt_regs& r, uint32_t number) const override {
    begin(r, number);
    r.frame = r.ksp - kFrame;
    store_frame(bus, r);
    return true;
  }
  bool leave(Bus& bus, pt_regs& r) const override {
    const auto fp = bus.load(r.frame), pc = bus.load(r.frame + 4), sp = bus.load(r.frame + 12);
    if (!fp || !pc || !sp) return false;
    r.cpu.r[kFp] = *fp;
    r.cpu.r[kSp] = *sp;
    r.cpu.pc = *pc;
    end(r);
    return true;
  }
  void store_frame(Bus& bus, const pt_regs& r) const override {
    (void)bus.store(r.frame + 12, r.cpu.r[kSp]);
    (void)bus.store(r.frame + 8, 0);  // the chain slot
    (void)bus.store(r.frame + 4, r.cpu.pc);
    (void)bus.store(r.frame, r.cpu.r[kFp]);
  }
  void copy_frame(Bus& bus, pt_regs& child, uint32_t usp) const override {
    if (usp != 0) child.cpu.r[kSp] = usp;
    child.frame = child.ksp - kFrame;
    store_frame(bus, child);
  }

 private:
  static constexpr uint32_t kFrame = 16;
};

// Nothing is pushed; the handler saves what it needs.
class InRegisters final : public SwiDefinition {
 public:
  std::string_view name() const override { return "registers"; }
  bool enter(Bus&, pt_regs& r, uint32_t number) const override {
    begin(r, number);
    return true;
  }
  bool leave(Bus&, pt_regs& r) const override {
    end(r);
    return true;
  }
  void store_frame(Bus&, const pt_regs&) const override {}
  void copy_frame(Bus&, pt_regs& child, uint32_t usp) const override {
    if (usp != 0) child.cpu.r[kSp] = usp;
  }
};

}  // namespace

const SwiDefinition& swi_definition(Swi which) {
  static const UserStack user_stack;
  static const KernelStack kernel_stack;
  static const InRegisters registers;
  switch (which) {
    case Swi::user_stack: return user_stack;
    case Swi::registers: return registers;
    case Swi::kernel_stack: break;
  }
  return kernel_stack;
}

}  // namespace moxie
