// The interface between the two halves of the program: above it a kernel that knows tasks, files and
// memory maps; below it the machine that it runs on. Two axes that are never mixed:
//   Isa       one guest architecture: registers, system-call table, ABI, signal frames, ELF ids
//   Machine   how user code runs and what the host grants: address spaces, clocks, events, host files
// kernel/, mm/ and fs/ include this file and nothing else of arch/.
#pragma once

#include <array>
#include <cstdint>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arch/host.h"
#include "lib/result.h"

struct task_struct;
struct k_sigaction;
struct kernel_siginfo;
struct syscall_entry;

namespace arch {

// ---- user mode -----------------------------------------------------------------------------------

// One i386 TLS descriptor (struct user_desc), as set_thread_area stores it.
struct TlsDesc {
  uint32_t entry_number = 0, base_addr = 0, limit = 0, flags = 0;
  friend bool operator==(const TlsDesc&, const TlsDesc&) = default;
};

// What a CPU holds for one task. The registers are those at kernel entry; their layout belongs to
// the ISA (x86: the host's user_regs_struct, see arch/x86/ptrace.h; moxie: its own pt_regs) and the
// engine that loads them. Nobody else looks inside.
struct thread_struct {
  alignas(16) std::array<uint64_t, 32> regs{};
  bool regs_dirty = true;       // anything but the return register changed since the last stop
  bool ret_dirty = false;       // the return register changed
  // Floating-point image (XSAVE layout). Lazy: valid only after UserSpace::fetch_fp or when the
  // task last left a stub to another task.
  std::vector<std::byte> fp;
  bool fp_valid = false;        // fp holds this task's state
  bool fp_dirty = false;        // fp must be loaded before the task next runs
  std::array<TlsDesc, 3> tls{};
  void* engine = nullptr;       // the engine's own note (which stub holds this thread)
};

// Why user code stopped.
struct Trap {
  enum Kind : uint8_t {
    syscall,    // a system call; Isa::syscall_args() says which
    fault,      // signal/code/address/trapno/error_code describe an exception
    tick,       // the clock or an interrupt(); user code is stopped
    died,       // the host killed the stub under us (out of memory, kill -9 from outside)
  } kind;
  int signal = 0;               // the guest signal that a fault means (SIGSEGV ...)
  int code = 0;                 // its si_code
  uint64_t address = 0;         // its si_addr; of a tick: ns that user code which never traps used up
                                // (virtual time only: nothing else makes that time pass)
  uint32_t trapno = 0, error_code = 0;  // as an x86 signal frame wants them
};

// Page protection, Linux's PROT_ bits.
using Prot = unsigned;

// What stands behind a mapping. fd < 0: anonymous memory.
struct Backing {
  int host_fd = -1;             // a host descriptor of the kernel process (HostFile::fd())
  uint64_t key = 0;             // identifies the host file: the machine caches what it passed to stubs
  uint64_t offset = 0;          // bytes
  bool shared = false;
  bool noreserve = false;
};

// What the guest may do with a page, as mm/ knows it, and who else sees what it holds.
struct PageKind {
  Prot prot = 0;                // 0: nothing is mapped there
  bool shared = false;          // other address spaces too
  bool file = false;            // a file's contents, until it is written
  Backing backing;              // of shared memory that this machine alone has, if it reaches so far
};
using PageKindOf = PageKind (*)(void* context, uint64_t address);

// What an MMU (or none) and a CPU do for one mm. Addresses are guest addresses, lengths whole pages
// except in copy_*. Mapping operations are queued and take effect, all in one resume of the stub, at
// sync(), run() or dup(); sync() returns the first error of the queue.
class UserSpace {
 public:
  virtual ~UserSpace() = default;

  // Runs user code of `thread` until it stops. The registers are in thread.regs afterwards.
  virtual Trap run(thread_struct& thread) = 0;
  // Lets `thread` run on another host CPU and returns at once (only after a Trap::tick). When it
  // stops, the machine calls the handler of Machine::on_away_stop(); then collect() gives the trap.
  virtual Result<void> run_away(thread_struct& thread) = 0;
  virtual Trap collect(thread_struct& thread) = 0;
  // Makes a thread that is away stop soon.
  virtual void interrupt(thread_struct& thread) = 0;
  // How to ask the kernel for a page's kind. Without it a space is never looked into ahead of time.
  virtual void describe_pages(PageKindOf /*how*/, void* /*context*/) {}
  // Brings thread.fp up to date (signal frames, ptrace, core dumps, clone into the same space).
  virtual Result<void> fetch_fp(thread_struct& thread) = 0;
  // The task is gone: forget what the engine holds for it.
  virtual void drop_thread(thread_struct& thread) = 0;

  virtual void map(uint64_t addr, uint64_t len, Prot prot, const Backing& backing) = 0;
  virtual void unmap(uint64_t addr, uint64_t len) = 0;
  virtual void protect(uint64_t addr, uint64_t len, Prot prot) = 0;
  // Moves pages, contents and all; may overlap nothing. Grows or shrinks as mremap(2) does.
  virtual void remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) = 0;
  virtual void advise(uint64_t addr, uint64_t len, int advice) = 0;  // madvise(2) numbers
  virtual Result<void> sync() = 0;

  // A copy-on-write copy for fork. `parent` is the thread that forks, `child` gets the copy's FP.
  virtual Result<std::unique_ptr<UserSpace>> dup(thread_struct& parent, thread_struct& child) = 0;

  // Copy between the kernel and guest memory. Return the bytes NOT copied, 0 is success. They honour
  // the protection of the pages as the guest's own loads and stores would.
  virtual size_t copy_in(void* to, uint64_t from, size_t n) = 0;
  virtual size_t copy_out(uint64_t to, const void* from, size_t n) = 0;
  // Atomically: if the u32 at addr equals `expected`, store `desired`. Returns the value found, or
  // EFAULT. Used by futex operations and the robust list.
  virtual Result<uint32_t> cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) = 0;
  // Writes through page protection (ptrace POKEDATA); bytes not copied.
  virtual size_t force_copy_out(uint64_t to, const void* from, size_t n) = 0;
  // Resident pages of the space, in bytes (0 if unknown).
  virtual uint64_t resident() = 0;

  // ---- without an MMU (Isa::has_mmu() is false): the space does not choose addresses, it is given them.
  // Takes contiguous zeroed memory, where it is free or at a given place; unmap() gives it back, whole
  // or in part. ENOMEM.
  virtual Result<uint64_t> allocate(uint64_t bytes, uint64_t at = 0);
  // Memory that several spaces have, all at its own address. The first call makes it, zeroed; it is there
  // as long as a space or somebody else holds `memory`. unmap() lets go of it. ENOMEM; EINVAL if this
  // space has it already.
  virtual Result<uint64_t> share(std::shared_ptr<void>& memory, uint64_t bytes);
  // Makes what the base register reaches longer. Where there is no room the whole of it moves (see
  // moved()) and the registers of `thread`, the only one, with it; or, if it may not, ENOMEM. Answers by
  // how much it moved.
  virtual Result<uint64_t> extend_data(thread_struct& thread, uint64_t bytes, bool may_move);
  // The program reaches its data, [start, start + len), through a base register: its pointers are
  // offsets from `base`, and those that system calls get are taken so.
  virtual void set_data_base(uint64_t /*start*/, uint64_t /*len*/, uint64_t /*base*/) {}
  virtual uint64_t data_bytes() const { return 0; }  // len
  // Of a copy made by dup(): what was at `addr` in the original is here in the copy.
  virtual uint64_t moved(uint64_t addr) const { return addr; }
  // What a program calls this address: programs of the base-register ABI count from their base.
  virtual uint64_t user_view(uint64_t addr) const { return addr; }
};

// ---- one guest architecture ----------------------------------------------------------------------

struct SyscallArgs {
  uint64_t nr;
  std::array<uint64_t, 6> a;
  unsigned word;  // bytes of the gate's word: int $0x80 in a 64-bit task is an i386 call
};

// How execve starts a program (Linux start_thread) and what clone asks of copy_thread.
struct CopyThread {
  uint64_t usp = 0;              // 0 keeps the parent's stack pointer
  bool set_tls = false;
  uint64_t tls = 0;
  bool shares_mm = false;        // CLONE_VM: floating point is copied through thread.fp
};

class Isa {
 public:
  virtual ~Isa() = default;

  virtual std::string_view name() const = 0;       // "i386", "x86_64", "moxie"
  virtual std::string_view machine() const = 0;    // uname -m
  virtual unsigned word_bytes() const = 0;
  virtual bool big_endian() const { return false; }
  virtual bool has_mmu() const { return true; }
  // An empty address space; the machine's own unless the ISA brings its CPU along.
  virtual Result<std::unique_ptr<UserSpace>> new_space() const;
  virtual uint64_t task_size() const = 0;          // first address that is not the user's
  virtual uint64_t stack_top() const = 0;
  virtual uint64_t mmap_base() const = 0;          // mappings are placed downwards from here
  virtual uint64_t elf_dyn_base() const = 0;       // where a static-PIE program goes
  virtual uint64_t hwcap() const = 0;
  virtual std::string_view platform() const = 0;   // AT_PLATFORM
  // Further auxiliary vector entries of this ISA (AT_SYSINFO_EHDR ...); pairs of type and value.
  virtual void arch_auxv(std::vector<std::pair<uint64_t, uint64_t>>& /*auxv*/) const {}
  // Maps what every program of this ISA gets besides its own image (a vDSO); queued in `space`.
  virtual void map_extras(UserSpace& /*space*/) const {}

  // The system-call table and what stands in the registers.
  virtual SyscallArgs syscall_args(const thread_struct& thread) const = 0;
  virtual const syscall_entry& syscall(const SyscallArgs& args) const = 0;
  // AUDIT_ARCH_* of a gate with this word (seccomp filters, PTRACE_GET_SYSCALL_INFO).
  virtual uint32_t audit_arch(unsigned /*word*/) const { return 0; }
  virtual void set_return(thread_struct& thread, long value) const = 0;
  virtual long get_return(const thread_struct& thread) const = 0;

  virtual void start_thread(task_struct& task, uint64_t entry, uint64_t sp) const = 0;
  // Fills the child's registers: the parent's, return value 0 (Linux copy_thread). Kernel threads
  // have no user registers yet and get none.
  virtual Result<void> copy_thread(const task_struct& parent, task_struct& child,
                                   const CopyThread& how) const = 0;

  // Builds the signal frame on the user stack and points the registers at the handler.
  virtual Result<void> setup_frame(task_struct& task, int signal, const k_sigaction& action,
                                   const kernel_siginfo& info, uint64_t oldmask) const = 0;
  // A system call returned -ERESTART*: back up over the trap instruction so that it runs again;
  // with restart_syscall's number if `restart_block`.
  virtual void restart(thread_struct& thread, bool restart_block) const = 0;
  // True if the last stop was a system call (and so a restart is possible); clear_syscall() says
  // that it has been dealt with.
  virtual bool in_syscall(const thread_struct& thread) const = 0;
  virtual void clear_syscall(thread_struct& thread) const = 0;

  // Registers as this ABI's ptrace(2) and core files lay them out (struct user_regs_struct). Setting
  // forces user-mode selectors and flags.
  virtual std::vector<std::byte> user_regs(const thread_struct& thread) const = 0;
  virtual Result<void> set_user_regs(thread_struct& thread, std::span<const std::byte> regs) const = 0;
  virtual void set_single_step(thread_struct& thread, bool on) const = 0;

  virtual uint64_t pc(const thread_struct& thread) const = 0;
  // Moves the instruction pointer (an rseq abort). False if this ISA cannot.
  virtual bool set_pc(thread_struct& /*thread*/, uint64_t /*pc*/) const { return false; }
  virtual uint64_t sp(const thread_struct& thread) const = 0;
  virtual uint64_t fp(const thread_struct& thread) const = 0;  // frame pointer
  // What an oops of the current task says besides its registers: the frame chain, the code around pc.
  virtual std::string describe(const task_struct& /*task*/) const { return {}; }
  // Register names and values in the order that an oops prints them.
  virtual std::vector<std::pair<std::string_view, uint64_t>> registers(
      const thread_struct& thread) const = 0;
};

// ELF machine (and class) -> Isa, or nullptr if this build has no such guest.
const Isa* isa_for_elf(unsigned e_machine, unsigned e_class);
const Isa* isa_by_name(std::string_view name);
// The ISA of bFLT files, which do not name one.
const Isa* isa_for_flat();

// ---- the machine ---------------------------------------------------------------------------------

enum class Clock : uint8_t {
  realtime, monotonic, boottime, tai, monotonic_raw,
  realtime_coarse, monotonic_coarse,  // as of the last tick
};
// Those that count from 1970.
constexpr bool is_wall_clock(Clock c) {
  return c == Clock::realtime || c == Clock::realtime_coarse || c == Clock::tai;
}

class Machine {
 public:
  virtual ~Machine() = default;

  // An empty address space, from the pool.
  virtual Result<std::unique_ptr<UserSpace>> new_space(const Isa& isa) = 0;
  virtual HostFs& hostfs() = 0;
  // Asks for the fast i386 entry: programs may enter with the convention of Linux's __kernel_vsyscall
  // (push %ecx, %edx, %ebp; mov %esp,%ebp; sysenter), traps show them past it, at `landing`, where the
  // three registers are popped again. False if `int $0x80` is as good or all that there is.
  virtual bool enable_sysenter(uint32_t /*landing*/) { return false; }
  // The file behind Backing::key is gone: the machine must not keep it open.
  virtual void forget_backing(uint64_t /*key*/) {}

  virtual uint64_t now(Clock clock) = 0;           // nanoseconds
  // The clock is ours: it jumps to the next timer when nothing runs (--time=virtual).
  virtual bool virtual_time() const { return false; }
  virtual void random(std::span<std::byte> out) = 0;
  virtual unsigned cpus() const = 0;               // host CPUs that user code may use
  virtual uint64_t memory_bytes() const = 0;       // the host's memory
  // User code has run inside the kernel process (an emulated CPU) and used up `ns`: nothing else makes
  // virtual time pass meanwhile.
  virtual void user_code_ran(uint64_t /*ns*/) {}
  // Where every address space has the host's vDSO, 0 if nowhere (virtual time).
  virtual uint64_t vdso_address() const { return 0; }
  // A full barrier on every host CPU that may run guest threads now (membarrier). With one CPU there
  // is nothing to do.
  virtual void memory_barrier() {}
  virtual uint64_t cpu_time(thread_struct& thread) = 0;  // ns of host CPU used by user code so far

  // Events. The machine interrupts run() with Trap::tick at the deadline (monotonic ns) or when a
  // watched descriptor may be ready; poll() then calls the watches' handlers. idle() waits until
  // there is something to do or the deadline has come, and calls the handlers.
  virtual void set_deadline(std::optional<uint64_t> when) = 0;
  virtual void poll() = 0;
  virtual void idle(std::optional<uint64_t> deadline) = 0;
  // True once since the last call if something may have happened while user code ran (cheap: a flag).
  virtual bool tick_pending() = 0;

  // Calls handler when the descriptor has one of `events` (POLLIN ...); level triggered until
  // unwatched. Handlers run in kernel context, on the idle or the current fiber.
  virtual Result<void> watch(HostWatch& watch) = 0;
  virtual void unwatch(HostWatch& watch) = 0;
  // Is any descriptor watched, so that the host can still wake somebody?
  virtual bool watching() const { return true; }

  using AwayHandler = void (*)(thread_struct& thread);
  virtual void on_away_stop(AwayHandler handler) = 0;
  // Signals that the slot190 process itself receives (SIGINT, SIGTERM, SIGHUP, SIGWINCH ...).
  using SignalHandler = void (*)(int signal);
  virtual void on_host_signal(SignalHandler handler) = 0;
};

// Set once at boot.
Machine& machine();
void set_machine(Machine* machine);

}  // namespace arch
