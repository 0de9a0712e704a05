// The two x86 guest architectures: how registers become system calls and back. Linux: arch/x86/
// entry/common.c, kernel/process.c, kernel/process_64.c.
#include <cpuid.h>

#include <cstring>

#include "arch/x86/era_table.h"
#include "arch/x86/process.h"
#include "arch/x86/ptrace.h"
#include "arch/x86/signal.h"
#include "arch/x86/tables.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr long kRestartSyscall64 = 219, kRestartSyscall32 = 0;
constexpr size_t kUserRegs = 27;  // words of x86-64's user_regs_struct
constexpr uint64_t kTrapBytes = 2;  // both `syscall` and `int $0x80` are two bytes long

uint64_t cpuid_features() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 ? d : 0;
}

class X86Isa : public arch::Isa {
 public:
  uint64_t hwcap() const override {
    static const uint64_t features = cpuid_features();
    return features;
  }
  const syscall_entry& syscall(const arch::SyscallArgs& args) const override {
    const Mechanisms& m = mechanisms();
    if (m.strict_table && !era_has_call(m.table, args.word, args.nr)) return sys_call_table[NR_syscalls];
    return args.word == 4 ? ia32_sys_call_table[args.nr] : sys_call_table[args.nr];
  }
  uint32_t audit_arch(unsigned word) const override {
    constexpr uint32_t kAuditI386 = 0x40000003, kAuditX86_64 = 0xc000003e;
    return word == 4 ? kAuditI386 : kAuditX86_64;
  }
  void set_return(arch::thread_struct& t, long value) const override {
    pt_regs& regs = task_pt_regs(t);
    const uint64_t ax = ia32_gate(regs) && word_bytes() == 4 ? static_cast<uint32_t>(value) : static_cast<uint64_t>(value);
    regs.ax = ax;
    t.ret_dirty = true;
  }
  long get_return(const arch::thread_struct& t) const override {
    const pt_regs& regs = task_pt_regs(t);
    return word_bytes() == 4 ? static_cast<int32_t>(regs.ax) : static_cast<long>(regs.ax);
  }
  arch::SyscallArgs syscall_args(const arch::thread_struct& t) const override {
    const pt_regs& r = task_pt_regs(t);
    if (!ia32_gate(r)) return {r.orig_ax, {r.di, r.si, r.dx, r.r10, r.r8, r.r9}, 8};
    const auto low = [](uint64_t x) { return static_cast<uint64_t>(static_cast<uint32_t>(x)); };
    return {low(r.orig_ax), {low(r.bx), low(r.cx), low(r.dx), low(r.si), low(r.di), low(r.bp)}, 4};
  }
  void restart(arch::thread_struct& t, bool restart_block) const override {
    pt_regs& r = task_pt_regs(t);
    r.ax = !restart_block ? r.orig_ax : static_cast<uint64_t>(ia32_gate(r) ? kRestartSyscall32 : kRestartSyscall64);
    r.ip -= kTrapBytes;
    t.regs_dirty = true;
  }
  bool in_syscall(const arch::thread_struct& t) const override {
    return static_cast<int64_t>(task_pt_regs(t).orig_ax) >= 0;
  }
  void clear_syscall(arch::thread_struct& t) const override { task_pt_regs(t).orig_ax = ~0ULL; }
  void set_single_step(arch::thread_struct& t, bool on) const override {
    constexpr uint64_t kTrapFlag = 0x100;
    pt_regs& r = task_pt_regs(t);
    const uint64_t flags = on ? r.flags | kTrapFlag : r.flags & ~kTrapFlag;
    if (flags == r.flags) return;
    r.flags = flags;
    t.regs_dirty = true;
  }
  uint64_t pc(const arch::thread_struct& t) const override { return task_pt_regs(t).ip; }
  bool set_pc(arch::thread_struct& t, uint64_t pc) const override {
    task_pt_regs(t).ip = pc;
    return t.regs_dirty = true;
  }
  uint64_t sp(const arch::thread_struct& t) const override { return task_pt_regs(t).sp; }
  uint64_t fp(const arch::thread_struct& t) const override { return task_pt_regs(t).bp; }

  Result<void> copy_thread(const task_struct& parent, task_struct& child, const arch::CopyThread& how) const override {
    arch::thread_struct& from = const_cast<task_struct&>(parent).thread;
    arch::thread_struct& to = child.thread;
    to.regs = from.regs;
    to.tls = from.tls;
    to.regs_dirty = true;
    pt_regs& regs = task_pt_regs(to);
    regs.ax = 0;
    regs.orig_ax = ~0ULL;
    if (how.usp != 0) regs.sp = how.usp;
    if (how.set_tls) TRY(set_tls(to, how.tls));
    if (how.shares_mm) {
      // A space that is copied brings its floating-point state along; a shared one does not.
      TRY(parent.mm->space->fetch_fp(from));
      to.fp = from.fp;
      to.fp_valid = to.fp_dirty = true;
    }
    return {};
  }

 protected:
  static bool ia32_gate(const pt_regs& r) { return r.entry_ia32 != 0; }
  virtual Result<void> set_tls(arch::thread_struct& t, uint64_t tls) const = 0;
  // What user mode may set in eflags: the arithmetic flags, TF, DF, RF, AC.
  static uint64_t user_flags(uint64_t old, uint64_t wanted) {
    constexpr uint64_t kSettable = 0x54dd5 | 0x200;
    return (old & ~kSettable) | (wanted & kSettable) | 0x200;
  }
  static pt_regs& fresh_regs(task_struct& task, uint64_t entry, uint64_t sp) {
    arch::thread_struct& t = task.thread;
    // A tracer sees which system call started the program.
    const uint64_t orig_ax = task_pt_regs(t).orig_ax;
    t.regs.fill(0);
    t.tls = {};
    t.fp_valid = t.fp_dirty = false;
    t.regs_dirty = true;
    pt_regs& r = task_pt_regs(t);
    r.ip = entry;
    r.sp = sp;
    r.flags = 0x200;
    r.ss = kUserDs;
    r.orig_ax = orig_ax;
    return r;
  }
};

class X86_64Isa final : public X86Isa {
 public:
  std::string_view name() const override { return "x86_64"; }
  std::string_view machine() const override { return "x86_64"; }
  std::string_view platform() const override { return "x86_64"; }
  unsigned word_bytes() const override { return 8; }
  uint64_t task_size() const override { return 0x7fffffff0000; }
  uint64_t stack_top() const override { return 0x7ffffffef000; }
  uint64_t mmap_base() const override { return 0x7ffff7fff000; }
  uint64_t elf_dyn_base() const override { return 0x555555554000; }
  void arch_auxv(std::vector<std::pair<uint64_t, uint64_t>>& auxv) const override {
    if (const uint64_t vdso = arch::machine().vdso_address()) auxv.emplace_back(AT_SYSINFO_EHDR, vdso);
    auxv.emplace_back(AT_MINSIGSTKSZ, 3632);
  }

  void start_thread(task_struct& task, uint64_t entry, uint64_t sp) const override {
    fresh_regs(task, entry, sp).cs = kUserCs;
  }
  Result<void> setup_frame(task_struct& task, int signal, const k_sigaction& action, const kernel_siginfo& info,
                           uint64_t oldmask) const override {
    return x86_setup_frame64(task, signal, action, info, oldmask);
  }
  std::vector<std::byte> user_regs(const arch::thread_struct& t) const override {
    const auto* raw = reinterpret_cast<const std::byte*>(t.regs.data());
    return {raw, raw + kUserRegs * sizeof(uint64_t)};
  }
  Result<void> set_user_regs(arch::thread_struct& t, std::span<const std::byte> regs) const override {
    if (regs.size() != kUserRegs * sizeof(uint64_t)) return Err(EIO);
    pt_regs now = task_pt_regs(t);
    pt_regs& r = task_pt_regs(t);
    std::memcpy(t.regs.data(), regs.data(), regs.size());
    if (r.fs_base >= task_size() || r.gs_base >= task_size() || r.ip >= task_size()) {
      r = now;
      return Err(EIO);
    }
    r.cs = kUserCs;
    r.ss = kUserDs;
    r.ds = now.ds, r.es = now.es, r.fs = now.fs, r.gs = now.gs;
    r.flags = user_flags(now.flags, r.flags);
    t.regs_dirty = true;
    return {};
  }
  std::vector<std::pair<std::string_view, uint64_t>> registers(const arch::thread_struct& t) const override {
    const pt_regs& r = task_pt_regs(t);
    return {{"rip", r.ip}, {"rsp", r.sp}, {"rbp", r.bp}, {"rax", r.ax}, {"rbx", r.bx}, {"rcx", r.cx}, {"rdx", r.dx},
            {"rsi", r.si}, {"rdi", r.di}, {"r8", r.r8}, {"r9", r.r9}, {"r10", r.r10}, {"r11", r.r11}, {"r12", r.r12},
            {"r13", r.r13}, {"r14", r.r14}, {"r15", r.r15}, {"eflags", r.flags}, {"fs_base", r.fs_base}, {"gs_base", r.gs_base}};
  }

 protected:
  Result<void> set_tls(arch::thread_struct& t, uint64_t tls) const override {
    if (tls >= task_size()) return Err(EPERM);
    task_pt_regs(t).fs_base = tls;
    task_pt_regs(t).fs = 0;
    return {};
  }
};

// i386's user_regs_struct: 17 words in the order of the old pt_regs.
constexpr std::array kIa32Regs{&pt_regs::bx, &pt_regs::cx, &pt_regs::dx, &pt_regs::si,      &pt_regs::di, &pt_regs::bp,
                               &pt_regs::ax, &pt_regs::ds, &pt_regs::es, &pt_regs::fs,      &pt_regs::gs, &pt_regs::orig_ax,
                               &pt_regs::ip, &pt_regs::cs, &pt_regs::flags, &pt_regs::sp, &pt_regs::ss};

class I386Isa final : public X86Isa {
 public:
  std::string_view name() const override { return "i386"; }
  // As a 64-bit kernel tells its 32-bit programs; personality(PER_LINUX32) makes it i686.
  std::string_view machine() const override { return "x86_64"; }
  std::string_view platform() const override { return "i686"; }
  unsigned word_bytes() const override { return 4; }
  uint64_t task_size() const override { return 0xffffe000; }
  uint64_t stack_top() const override { return 0xffffc000; }
  uint64_t mmap_base() const override { return 0xf7ffe000; }
  uint64_t elf_dyn_base() const override { return 0x56555000; }
  void arch_auxv(std::vector<std::pair<uint64_t, uint64_t>>& auxv) const override {
    ia32_arch_auxv(auxv);
    auxv.emplace_back(AT_MINSIGSTKSZ, 2828);
  }
  void map_extras(arch::UserSpace& space) const override { ia32_map_sigpage(space); }

  void start_thread(task_struct& task, uint64_t entry, uint64_t sp) const override {
    pt_regs& r = fresh_regs(task, entry, sp);
    r.cs = kUser32Cs;
    r.ds = r.es = kUserDs;
    r.entry_ia32 = 1;
  }
  Result<void> setup_frame(task_struct& task, int signal, const k_sigaction& action, const kernel_siginfo& info,
                           uint64_t oldmask) const override {
    return x86_setup_frame_ia32(task, signal, action, info, oldmask);
  }
  std::vector<std::byte> user_regs(const arch::thread_struct& t) const override {
    std::vector<std::byte> out(kIa32Regs.size() * 4);
    for (size_t i = 0; i < kIa32Regs.size(); ++i) {
      const auto value = static_cast<uint32_t>(task_pt_regs(t).*kIa32Regs[i]);
      std::memcpy(out.data() + i * 4, &value, 4);
    }
    return out;
  }
  Result<void> set_user_regs(arch::thread_struct& t, std::span<const std::byte> regs) const override {
    if (regs.size() != kIa32Regs.size() * 4) return Err(EIO);
    pt_regs& r = task_pt_regs(t);
    const pt_regs now = r;
    for (size_t i = 0; i < kIa32Regs.size(); ++i) {
      uint32_t value = 0;
      std::memcpy(&value, regs.data() + i * 4, 4);
      r.*kIa32Regs[i] = value;
    }
    r.orig_ax = static_cast<uint64_t>(static_cast<int32_t>(r.orig_ax));
    r.cs = kUser32Cs;
    r.ss = kUserDs;
    r.ds = now.ds, r.es = now.es, r.fs = now.fs, r.gs = now.gs;
    r.flags = user_flags(now.flags, r.flags);
    t.regs_dirty = true;
    return {};
  }
  std::vector<std::pair<std::string_view, uint64_t>> registers(const arch::thread_struct& t) const override {
    const pt_regs& r = task_pt_regs(t);
    return {{"eip", r.ip}, {"esp", r.sp}, {"ebp", r.bp}, {"eax", r.ax}, {"ebx", r.bx}, {"ecx", r.cx}, {"edx", r.dx},
            {"esi", r.si}, {"edi", r.di}, {"eflags", r.flags}, {"gs", r.gs}};
  }

 protected:
  Result<void> set_tls(arch::thread_struct& t, uint64_t tls) const override {
    return do_set_thread_area(t, user_ptr<ia32_user_desc>(tls), false);
  }
};

}  // namespace

const arch::Isa& x86_64_isa() {
  static const X86_64Isa isa;
  return isa;
}
const arch::Isa& i386_isa() {
  static const I386Isa isa;
  return isa;
}
