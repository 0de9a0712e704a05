// The moxie guest architecture: how registers become system calls and back. Linux port: arch/moxie.
// Number in $r6, arguments in $r0 to $r5, result or -errno in $r0.
#include "arch/moxie/moxie.h"

#include <array>
#include <cstring>

#include "arch/moxie/kernel/space.h"
#include "arch/moxie/kernel/traps.h"
#include "arch/moxie/process.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace moxie {

namespace {

constexpr size_t kUserRegs = 17;  // $fp, $sp, $r0 to $r13, pc
constexpr uint64_t kRestartSyscall = 0;

class MoxieIsa final : public arch::Isa {
 public:
  std::string_view name() const override { return "moxie"; }
  std::string_view machine() const override { return "moxie"; }
  std::string_view platform() const override { return "moxie"; }
  unsigned word_bytes() const override { return 4; }
  bool big_endian() const override { return true; }
  bool has_mmu() const override { return false; }
  Result<std::unique_ptr<arch::UserSpace>> new_space() const override {
    return std::make_unique<MoxieSpace>(*TRY(power_up()));
  }
  uint64_t task_size() const override { return options().memory; }
  // Memory places programs, stacks and mappings, not the ISA.
  uint64_t stack_top() const override { return 0; }
  uint64_t mmap_base() const override { return 0; }
  uint64_t elf_dyn_base() const override { return 0; }
  uint64_t hwcap() const override { return 0; }

  arch::SyscallArgs syscall_args(const arch::thread_struct& t) const override {
    const pt_regs& p = task_pt_regs(t);
    const auto& r = p.cpu.r;
    const uint64_t nr = p.restart_block ? kRestartSyscall : r[kR6];
    return {nr, {r[kR0], r[kR0 + 1], r[kR0 + 2], r[kR0 + 3], r[kR0 + 4], r[kR0 + 5]}, 4};
  }
  const syscall_entry& syscall(const arch::SyscallArgs& args) const override {
    return sys_call_table[args.nr];
  }
  uint32_t audit_arch(unsigned) const override { return kElfMachine; }
  void set_return(arch::thread_struct& t, long value) const override {
    task_pt_regs(t).cpu.r[kR0] = static_cast<uint32_t>(value);
    task_pt_regs(t).restart_block = 0;
  }
  long get_return(const arch::thread_struct& t) const override {
    return static_cast<int32_t>(task_pt_regs(t).cpu.r[kR0]);
  }
  void start_thread(task_struct& task, uint64_t entry, uint64_t sp) const override {
    moxie::start_thread(task, entry, sp);
  }
  Result<void> copy_thread(const task_struct& parent, task_struct& child,
                           const arch::CopyThread& how) const override {
    return moxie::copy_thread(parent, child, how);
  }
  Result<void> setup_frame(task_struct& task, int signal, const k_sigaction& action,
                           const kernel_siginfo& info, uint64_t oldmask) const override {
    return moxie::setup_frame(task, signal, action, info, oldmask);
  }
  // $r6 is the program's own and stays; that restart_syscall is meant is remembered beside it.
  void restart(arch::thread_struct& t, bool restart_block) const override {
    pt_regs& r = task_pt_regs(t);
    r.cpu.r[kR0] = r.orig_r0;
    r.cpu.pc -= kSwiBytes;
    r.restart_block = restart_block ? 1 : 0;
    r.keep_all = 1;
    into_frame(r);
  }
  bool in_syscall(const arch::thread_struct& t) const override {
    return task_pt_regs(t).in_syscall != 0;
  }
  void clear_syscall(arch::thread_struct& t) const override { task_pt_regs(t).in_syscall = 0; }

  std::vector<std::byte> user_regs(const arch::thread_struct& t) const override {
    std::vector<std::byte> out(kUserRegs * 4);
    const Registers& cpu = task_pt_regs(t).cpu;
    for (size_t n = 0; n < 16; ++n) store_be32(out.data() + 4 * n, cpu.r[n]);
    store_be32(out.data() + 64, cpu.pc);
    return out;
  }
  Result<void> set_user_regs(arch::thread_struct& t,
                             std::span<const std::byte> regs) const override {
    if (regs.size() != kUserRegs * 4) return Err(EIO);
    pt_regs& r = task_pt_regs(t);
    for (size_t n = 0; n < 16; ++n) r.cpu.r[n] = load_be32(regs.data() + 4 * n);
    r.cpu.pc = load_be32(regs.data() + 64);
    r.in_trap = 0;  // the tracer's registers are what counts, not the frame's
    return {};
  }
  void set_single_step(arch::thread_struct& t, bool on) const override {
    task_pt_regs(t).single_step = on ? 1 : 0;
  }

  uint64_t pc(const arch::thread_struct& t) const override { return task_pt_regs(t).cpu.pc; }
  bool set_pc(arch::thread_struct& t, uint64_t pc) const override {
    pt_regs& r = task_pt_regs(t);
    r.cpu.pc = static_cast<uint32_t>(pc);
    into_frame(r);
    return true;
  }
  uint64_t sp(const arch::thread_struct& t) const override { return task_pt_regs(t).cpu.r[kSp]; }
  uint64_t fp(const arch::thread_struct& t) const override { return task_pt_regs(t).cpu.r[kFp]; }
  std::string describe(const task_struct& task) const override { return describe_task(task); }
  std::vector<std::pair<std::string_view, uint64_t>> registers(
      const arch::thread_struct& t) const override {
    const Registers& cpu = task_pt_regs(t).cpu;
    std::vector<std::pair<std::string_view, uint64_t>> out{{"pc", cpu.pc}};
    for (unsigned n = 0; n < 16; ++n) out.emplace_back(register_name(n), cpu.r[n]);
    return out;
  }

 private:
  // Both are called for the running task alone.
  static void into_frame(const pt_regs& r) {
    if (r.in_trap && current->mm) swi().store_frame(space_of(*current->mm->space), r);
  }
};

}  // namespace

}  // namespace moxie

const arch::Isa& moxie_isa() {
  static const moxie::MoxieIsa isa;
  return isa;
}
