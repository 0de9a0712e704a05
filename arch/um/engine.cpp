// The engine's hot path and lazy state. Compare arch/um/os-Linux/skas/process.c userspace(), which
// copies all registers, floating point too, in both directions at every trap.
#include "arch/um/engine.h"

#include <algorithm>
#include <cstring>

#include "arch/um/host_space.h"
#include "arch/um/os-Linux/clock.h"
#include "arch/um/os-Linux/cpu.h"
#include "arch/um/os-Linux/guest_memory.h"
#include "lib/uapi.h"

namespace um {
namespace {

using arch::thread_struct;
using arch::Trap;

// The i386 flag word of struct user_desc for an empty slot: read_exec_only, seg_not_present.
constexpr uint32_t kEmptyDesc = 0x28;

constexpr Trap kDied{.kind = Trap::died};

Trap segv() { return {.kind = Trap::fault, .signal = SIGSEGV, .code = SI_KERNEL, .trapno = 13}; }

// si_code and signal say which exception it was; the error code of a page fault is not to be had
// from the host, so it is what a read would give.
void describe_fault(Trap& trap) {
  switch (trap.signal) {
    case SIGSEGV:
      trap.trapno = trap.code == SI_KERNEL ? 13 : 14;
      trap.error_code = trap.code == SEGV_ACCERR ? 5 : trap.code == SEGV_MAPERR ? 4 : 0;
      break;
    case SIGBUS:
      trap.trapno = trap.code == BUS_ADRALN ? 17 : 14;
      trap.error_code = trap.trapno == 14 ? 4 : 0;
      break;
    case SIGFPE:
      trap.trapno = trap.code == FPE_INTDIV ? 0 : trap.code == FPE_INTOVF ? 4 : 16;
      break;
    case SIGILL: trap.trapno = 6; break;
    case SIGTRAP: trap.trapno = trap.code == SI_KERNEL ? 3 : 1; break;
  }
}

}  // namespace

Engine::Engine(os::Zygote& zygote, const Config& config)
    : zygote_(zygote),
      config_(config),
      pool_(zygote, config.pool),
      backings_(zygote),
      events_(config.virtual_time) {
  std::vector<int> all = config.home_cpus;
  all.insert(all.end(), config.other_cpus.begin(), config.other_cpus.end());
  pool_.set_all_cpus(std::move(all));
}

// Some virtual machines make an interrupt in user code cost 9 us, others 1.4: then sysenter gains
// nothing over what its stop costs us more (a POKEUSER of rip).
bool Engine::enable_sysenter(uint32_t landing) {
  constexpr uint64_t kDearInt80Ns = 2500;
  if (sysenter_landing_ != 0) return landing == sysenter_landing_;
  if (zygote_.try_int80() == 0 || os::int80_cost() < kDearInt80Ns) return false;
  sysenter_stop_ = zygote_.try_sysenter();
  if (sysenter_stop_ == 0) return false;
  sysenter_landing_ = landing;
  return true;
}

void Engine::move_home(const std::vector<int>& home, const std::vector<int>& others) {
  config_.home_cpus = home;
  if (!config_.other_cpus.empty()) config_.other_cpus = others;
  os::bind_cpus(zygote_.pid(), home);
  pool_.bind_all(home);
}

void Engine::mark_dead(Stub& stub) {
  stub.pid = 0;
  stub.fp_staged = false;
  stub.regs_owner = stub.fp_owner = nullptr;
}

Trap Engine::lost(Stub& stub) {
  os::kill_stub_and_reap(stub.pid);
  mark_dead(stub);
  return kDied;
}

std::unique_ptr<AheadPages> Engine::take_pages(HostSpace& space) {
  if (!known_) {
    void* zeros = os::zeros(AheadKnown::kBytes);
    if (zeros == nullptr) {
      config_.ahead = Ahead::off;
      return nullptr;
    }
    known_.emplace(zeros);
  }
  constexpr size_t kMostHolders = 64;  // 200 KiB each
  if (ahead_.size() >= kMostHolders) ahead_.front()->release_ahead();
  ahead_.push_back(&space);
  std::unique_ptr<AheadPages> pages;
  if (pages_.empty()) {
    pages = std::make_unique<AheadPages>(*known_);
  } else {
    pages = std::move(pages_.back());
    pages_.pop_back();
  }
  pages->begin(space);
  return pages;
}

void Engine::put_pages(HostSpace& space, std::unique_ptr<AheadPages> pages) {
  constexpr size_t kKeep = 8;
  std::erase(ahead_, &space);
  pages->end();
  if (pages_.size() < kKeep) pages_.push_back(std::move(pages));
}

bool Engine::born(Stub& stub) {
  if (!stub.unborn) return stub.pid != 0;
  stub.unborn = false;
  for (;;) {
    const os::Stop stop = os::wait_stop(stub.pid);
    if (stop.kind == os::Stop::interrupted) return true;
    if (stop.kind == os::Stop::gone) {
      mark_dead(stub);
      return false;
    }
    os::resume_cont(stub.pid);
  }
}

// ---- loading a thread ----

bool Engine::save_fp(Stub& stub, thread_struct& thread) {
  if (thread.fp_valid) return true;
  thread.fp_valid = os::get_fp(stub.pid, thread.fp);
  return thread.fp_valid;
}

const std::vector<std::byte>& Engine::fp_image(const thread_struct& thread) const {
  const bool has_image = (thread.fp_valid || thread.fp_dirty) && !thread.fp.empty();
  return has_image ? thread.fp : zygote_.initial_fp();
}

// Not ==, which compares std::byte one at a time: 2 us for an XSAVE image, a tenth of a vfork.
static bool same_bytes(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

bool Engine::load_fp(Stub& stub, thread_struct& thread, bool here) {
  // The same space's other stub may hold it; another space's state belongs to the program before
  // exec.
  if (auto* old = static_cast<Stub*>(thread.engine);
      old != nullptr && old != &stub && old->fp_owner == &thread) {
    if (old->space == stub.space) save_fp(*old, thread);
    old->fp_owner = nullptr;
    if (old->regs_owner == &thread) old->regs_owner = nullptr;
  }
  const std::vector<std::byte>* held = nullptr;
  if (thread_struct* owner = stub.fp_owner; owner != nullptr && owner != &thread) {
    save_fp(stub, *owner);
    // What the host holds is exactly this image: a vfork child's copy of it needs no load.
    if (!owner->fp_dirty) held = &owner->fp;
  }
  const std::vector<std::byte>& want = fp_image(thread);
  stub.fp_owner = nullptr;
  if (held == nullptr || !same_bytes(*held, want)) {
    constexpr uint64_t kTrapFlag = 0x100;  // would step through the gadget
    const uint64_t cs = thread.regs[os::kCs];
    stub.fp_staged = here && away_.empty() && want.size() == zygote_.initial_fp().size() &&
                     os::fp_gadget_fits(want.size()) &&
                     (thread.regs[os::kEflags] & kTrapFlag) == 0 &&
                     (cs == os::kUserCs64 || cs == os::kUserCs32);
    if (stub.fp_staged) {
      // The image stays the truth until the gadget is through; an absent one means the initial
      // state.
      thread.fp_valid = thread.fp_dirty = &want == &thread.fp;
      stub.regs_owner = nullptr;
      stub.fp_owner = &thread;
      return true;
    }
    if (!os::set_fp(stub.pid, want)) return false;  // an image that no CPU would take
  }
  stub.fp_owner = &thread;
  thread.fp_dirty = false;
  return true;
}

void Engine::unstage(Stub& stub, thread_struct& thread) {
  stub.fp_staged = false;
  stub.fp_owner = stub.regs_owner = nullptr;
  thread.regs_dirty = true;
  os::wipe_fp(zygote_.pages(), zygote_.initial_fp().size());
}

void Engine::load_tls(Stub& stub, const thread_struct& thread) {
  for (unsigned i = 0; i < stub.tls.size(); ++i) {
    const arch::TlsDesc& want = thread.tls[i];
    if (stub.tls[i] == want) continue;
    const bool empty = want.entry_number == 0;
    os::set_tls(stub.pid, kTlsEntryMin + i, empty ? 0 : want.base_addr, empty ? 0 : want.limit,
                empty ? kEmptyDesc : want.flags);
    stub.tls[i] = want;
  }
}

// What the host holds for another thread, and has not been told otherwise, differs from what this
// one wants in the return value alone: the first run of a vfork child.
static bool differs_in_rax_only(const thread_struct& held, const uint64_t* want) {
  if (held.regs_dirty) return false;
  for (size_t i = 0; i < os::kRegWords; ++i)
    if (held.regs[i] != want[i] && i != os::kRax && i != os::kOrigRax) return false;
  return true;
}

Result<void> Engine::store_regs(Stub& stub, const thread_struct& thread) {
  uint64_t words[os::kRegWords];
  std::copy_n(thread.regs.begin(), os::kRegWords, words);
  words[os::kOrigRax] = ~0ULL;  // the host must not restart the call that it skipped
  if (words[os::kCs] == os::kUserCs32) {
    // In 32-bit code a segment base is its descriptor's; SETREGS takes it from the base fields.
    auto base = [&](os::Reg selector, os::Reg base) {
      const uint64_t entry = words[selector] >> 3;
      if (entry >= kTlsEntryMin && entry < kTlsEntryMin + thread.tls.size())
        words[base] = thread.tls[entry - kTlsEntryMin].base_addr;
    };
    base(os::kFs, os::kFsBase);
    base(os::kGs, os::kGsBase);
  }
  if (stub.fp_staged) {
    const auto& image = fp_image(thread);
    os::stage_fp(zygote_.pages(), image.data(), image.size(), words);
  } else if (stub.regs_owner != nullptr && differs_in_rax_only(*stub.regs_owner, words)) {
    // A third of the price; a dead stub tells of itself when it is run.
    os::poke_reg(stub.pid, os::kRax, words[os::kRax]);
    return {};
  }
  return os::set_regs(stub.pid, words);
}

std::optional<Trap> Engine::load(Stub& stub, thread_struct& thread, bool here) {
  if (stub.unborn && !born(stub)) return kDied;
  if (stub.pid == 0) return kDied;
  if (stub.fp_owner != &thread || thread.fp_dirty)
    if (!load_fp(stub, thread, here)) return os::peek_reg(stub.pid, os::kRip) ? segv() : lost(stub);
  if (stub.tls != thread.tls) load_tls(stub, thread);
  if (stub.regs_owner != &thread || thread.regs_dirty) {
    if (const auto stored = store_regs(stub, thread); !stored) {
      if (stub.fp_staged) unstage(stub, thread);
      stub.regs_owner = nullptr;
      return stored.error() == ESRCH ? lost(stub) : segv();
    }
    stub.regs_owner = &thread;
    thread.engine = &stub;
  } else if (thread.ret_dirty) {
    os::poke_reg(stub.pid, os::kRax, thread.regs[os::kRax]);
  }
  thread.regs_dirty = thread.ret_dirty = false;
  return std::nullopt;
}

// ---- running ----

void Engine::fetch_regs(Stub& stub, thread_struct& thread, Trap& trap) {
  if (!os::get_regs(stub.pid, thread.regs.data())) {
    trap = lost(stub);
    return;
  }
  const auto& r = thread.regs;
  if (trap.kind != Trap::syscall) {
    thread.regs[os::kOrigRax] = ~0ULL;
    thread.regs[kRegEntry] = r[os::kCs] == os::kUserCs32;
  } else if (r[os::kCs] == os::kUserCs32) {
    thread.regs[kRegEntry] = 1;
    if (r[os::kRip] == sysenter_stop_ && sysenter_landing_ != 0) {
      // The host would return into a 32-bit vDSO, which a 64-bit stub does not have.
      thread.regs[os::kRip] = sysenter_landing_;
      os::poke_reg(stub.pid, os::kRip, sysenter_landing_);
    }
  } else if (zygote_.rcx_tells() && r[os::kRcx] == r[os::kRip] && r[os::kR11] == r[os::kEflags]) {
    // The `syscall` instruction leaves rip and the flags there. `int $0x80` from 64-bit code leaves
    // them alone; a guest that fakes them gets the other table, and harms itself only.
    thread.regs[kRegEntry] = 0;
  } else {
    thread.regs[kRegEntry] = os::entered_by_i386(stub.pid);
  }
}

bool Engine::decode(Stub& stub, thread_struct& thread, os::Stop stop, Trap& trap) {
  switch (stop.kind) {
    case os::Stop::syscall:
      trap = {.kind = Trap::syscall};
      fetch_regs(stub, thread, trap);
      return true;
    case os::Stop::interrupted:
      trap = {.kind = Trap::tick};
      fetch_regs(stub, thread, trap);
      return true;
    case os::Stop::stopped: return false;
    case os::Stop::gone:
      mark_dead(stub);
      trap = kDied;
      return true;
    case os::Stop::signal: break;
  }
  switch (stop.sig) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP: {
      const os::SigInfo info = os::get_siginfo(stub.pid);
      if (info.code <= 0) return false;  // kill(1) from outside
      trap = {.kind = Trap::fault, .signal = stop.sig, .code = info.code, .address = info.address};
      describe_fault(trap);
      fetch_regs(stub, thread, trap);
      return true;
    }
    default: return false;
  }
}

bool Engine::stopped_in_gadget(Stub& stub, thread_struct& thread, os::Stop stop, Trap& trap) {
  if (stop.kind != os::Stop::interrupted && stop.kind != os::Stop::signal) return false;
  const auto rip = os::peek_reg(stub.pid, os::kRip);
  if (!rip || !os::in_fp_gadget(*rip)) return false;
  if (stop.kind == os::Stop::signal) {
    if (stop.sig != SIGSEGV || os::get_siginfo(stub.pid).code <= 0) return false;
    trap = segv();  // an image, or an address to go on at, that no CPU would take
  }
  unstage(stub, thread);
  return true;
}

Trap Engine::go(Stub& stub, thread_struct& thread) {
  auto& state = os::signal_state;
  Trap trap{.kind = Trap::tick};
  const bool due = events_.before_run();
  state.running = last_pid_ = stub.pid;
  // From here on a handler interrupts the stub itself; one that came before has left the flag.
  if (due || state.kick) {
    state.kick = false;
    state.tick = false;
    state.running = 0;
    thread.regs[os::kOrigRax] = ~0ULL;
    if (stub.fp_staged) unstage(stub, thread);
    return trap;
  }
  if (!stub.fp_staged) thread.fp_valid = false;
  for (;;) {
    os::resume_sysemu(stub.pid);  // fails only if it is dead, which the wait reports
    const os::Stop stop = os::wait_stop(stub.pid);
    if (stop.kind == os::Stop::syscall) {
      trap.kind = Trap::syscall;
      fetch_regs(stub, thread, trap);
      break;
    }
    if (stub.fp_staged && stopped_in_gadget(stub, thread, stop, trap)) break;
    if (decode(stub, thread, stop, trap)) break;
  }
  if (stub.fp_staged) {
    stub.fp_staged = false;
    thread.fp_valid = thread.fp_dirty = false;
    os::wipe_fp(zygote_.pages(), zygote_.initial_fp().size());
  }
  state.kick = false;
  state.running = 0;
  events_.after_run();
  if (trap.kind == Trap::tick) {
    state.tick = false;  // the trap itself says it
    trap.address = events_.note_tick();
  }
  return trap;
}

}  // namespace um
