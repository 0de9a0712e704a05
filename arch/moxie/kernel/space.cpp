// See space.h: running, copying, owning. What fork makes of a space is in fork_space.cpp.
#include "arch/moxie/kernel/space.h"

#include <algorithm>
#include <cstring>

#include "arch/moxie/kernel/frame_guard.h"
#include "kernel/sched.h"
#include "kernel/sched_charge.h"
#include "lib/uapi.h"
#include "mm/mm.h"

namespace moxie {

namespace {

using arch::Trap;

// The clock and the host are looked at this often, in instructions.
constexpr uint64_t kPoll = 1U << 20;
constexpr uint32_t kKernelStack = 8192;  // the port's THREAD_SIZE
// Virtual time: an instruction takes a nanosecond, a system call what it takes elsewhere.
constexpr uint64_t kSyscallNs = 1000;
constexpr uint64_t kBaseRegisterNull = 0x40;  // where the data of base-register programs begins

Trap fault(int signal, int code, uint32_t address, bool write = false) {
  Trap t{.kind = Trap::fault, .signal = signal, .code = code, .address = address};
  t.error_code = write ? 2 : 0;
  return t;
}

}  // namespace

MoxieSpace::Extent::~Extent() { board.pages.free(start, len); }

MoxieSpace::~MoxieSpace() {
  for (Region& r : regions_) let_go(r);
}

// ---- running ----------------------------------------------------------------------------------------

Trap MoxieSpace::run(arch::thread_struct& thread) {
  pt_regs& r = task_pt_regs(thread);
  come_home();
  FrameGuard::resume();
  if (r.in_trap) {
    FrameGuard::check(*this, thread);
    if (!swi().leave(*this, r)) return fault(SIGSEGV, SEGV_MAPERR, r.frame);
  }
  r.cpu.reloc_start = window_.start;
  r.cpu.reloc_len = window_.len;
  r.cpu.reloc_delta = window_.delta;
  r.cpu.sreg[kSregKsp] = r.ksp;
  user_code_charge = 1;
  for (;;) {
    if (board_.until_poll == 0) {
      board_.until_poll = kPoll;
      return Trap{.kind = Trap::tick};
    }
    uint64_t granted = board_.until_poll;
    if (current->slice > user_code_charge) granted = std::min(granted, current->slice - user_code_charge);
    if (r.single_step) granted = 1;
    uint64_t left = granted;
    const Stop stop = board_.engine->run(r.cpu, left);
    board_.until_poll -= granted - left;
    user_code_charge += granted - left;
    arch::machine().user_code_ran(granted - left);
    if (auto trap = trap_of(stop, thread)) return *trap;
  }
}

std::optional<Trap> MoxieSpace::trap_of(const Stop& stop, arch::thread_struct& thread) {
  pt_regs& r = task_pt_regs(thread);
  switch (stop.kind) {
    case Stop::swi:
      // The port's handler returns at once from any other number.
      if (stop.number != kLinuxSwi) return {};
      arch::machine().user_code_ran(kSyscallNs);
      board_.until_poll -= std::min(board_.until_poll, kSyscallNs);
      FrameGuard::swi_push(*this, r);
      if (!swi().enter(*this, r, stop.number)) {
        r.cpu.pc -= kSwiBytes;
        return fault(SIGSEGV, SEGV_MAPERR, r.cpu.r[kSp], true);
      }
      if (current->mm->mm_users > 1) FrameGuard::guard_frame(*this, thread, current->pid);
      return Trap{.kind = Trap::syscall};
    case Stop::divide: return fault(SIGFPE, FPE_INTDIV, r.cpu.pc);
    case Stop::illegal: return fault(SIGILL, ILL_ILLOPC, r.cpu.pc);
    case Stop::bus_error: return fault(SIGSEGV, SEGV_MAPERR, stop.address, stop.write);
    case Stop::misaligned: return fault(SIGBUS, BUS_ADRALN, stop.address, stop.write);
    case Stop::brk: return fault(SIGTRAP, TRAP_BRKPT, r.cpu.pc);
    case Stop::budget:
      if (r.single_step) return fault(SIGTRAP, TRAP_TRACE, r.cpu.pc);
      break;
    case Stop::interrupted: break;
  }
  return Trap{.kind = Trap::tick};
}

void MoxieSpace::drop_thread(arch::thread_struct& thread) {
  pt_regs& r = task_pt_regs(thread);
  FrameGuard::drop(thread);
  if (r.ksp != 0) board_.pages.free(r.ksp - kKernelStack, kKernelStack);
  r.ksp = 0;
}

Result<void> MoxieSpace::give_kernel_stack(arch::thread_struct& thread) {
  pt_regs& r = task_pt_regs(thread);
  r.ksp = 0;
  r.ksp = static_cast<uint32_t>(TRY(board_.pages.alloc(kKernelStack))) + kKernelStack;
  return {};
}

// ---- memory -----------------------------------------------------------------------------------------

Result<uint32_t> MoxieSpace::take(uint32_t len) {
  const auto addr = static_cast<uint32_t>(TRY(board_.pages.alloc(len)));
  std::memset(board_.memory->base() + addr, 0, len);
  board_.engine->invalidate(addr, len);
  return addr;
}

Result<uint64_t> MoxieSpace::allocate(uint64_t bytes, uint64_t at) {
  if (bytes > board_.memory->size()) return Err(ENOMEM);
  const auto len = static_cast<uint32_t>(page_align(bytes));
  uint32_t addr = static_cast<uint32_t>(at);
  if (at == 0) {
    addr = TRY(take(len));
  } else {
    TRY(board_.pages.alloc_at(at, len));
    std::memset(board_.memory->base() + addr, 0, len);
    board_.engine->invalidate(addr, len);
  }
  regions_.push_back({std::make_shared<Extent>(board_, addr, len, this)});
  return addr;
}

Result<uint64_t> MoxieSpace::share(std::shared_ptr<void>& memory, uint64_t bytes) {
  if (!memory) {
    if (bytes > board_.memory->size()) return Err(ENOMEM);
    const auto len = static_cast<uint32_t>(page_align(bytes));
    auto fresh = std::make_shared<Extent>(board_, TRY(take(len)), len, nullptr);
    fresh->shared = true;
    memory = std::move(fresh);
  }
  auto extent = std::static_pointer_cast<Extent>(memory);
  if (region_of(*extent) != nullptr) return Err(EINVAL);
  regions_.push_back({extent});
  return extent->start;
}

void MoxieSpace::let_go(Region& region) {
  if (region.shadow != 0)
    board_.pages.free(region.shadow, region.home->len);
  else if (region.home->here == this)
    region.home->here = nullptr;
  region.home.reset();
}

// Part of a region that nobody shares is given back; what is left of it becomes regions of their own.
void MoxieSpace::shrink(Region& region, uint32_t addr, uint32_t end, std::vector<Region>& rest) {
  Extent& e = *region.home;
  const uint32_t e_end = e.start + e.len;
  const uint32_t from = std::max(addr, e.start), to = std::min(end, e_end);
  if (from > e.start)
    rest.push_back({std::make_shared<Extent>(board_, e.start, from - e.start, this)});
  if (to < e_end) rest.push_back({std::make_shared<Extent>(board_, to, e_end - to, this)});
  e.start = from;
  e.len = to - from;
  region.home.reset();
}

void MoxieSpace::unmap(uint64_t addr, uint64_t len) {
  const auto start = static_cast<uint32_t>(addr);
  const auto end = static_cast<uint32_t>(addr + page_align(len));
  std::vector<Region> rest;
  for (Region& r : regions_) {
    const Extent& e = *r.home;
    if (e.start >= end || e.start + e.len <= start) continue;
    // Addresses of a relocated copy are not where its memory is; it goes as a whole, at the end.
    if (start - window_.start < window_.len) continue;
    // What a base register reaches stays in one piece; munmap leaves a hole for the next mmap.
    if (data_len_ != 0 && e.start == data_start_) continue;
    if (start <= e.start && e.start + e.len <= end)
      let_go(r);
    else if (r.home.use_count() == 1 && r.shadow == 0)
      shrink(r, start, end, rest);
  }
  std::erase_if(regions_, [](const Region& r) { return !r.home; });
  regions_.insert(regions_.end(), rest.begin(), rest.end());
}

uint64_t MoxieSpace::resident() {
  uint64_t sum = 0;
  for (const Region& r : regions_) sum += r.home->len;
  return sum;
}

void MoxieSpace::set_data_base(uint64_t start, uint64_t len, uint64_t base) {
  data_start_ = static_cast<uint32_t>(start);
  data_len_ = static_cast<uint32_t>(len);
  base_ = static_cast<uint32_t>(base);
}

// ---- copying ----------------------------------------------------------------------------------------

uint32_t MoxieSpace::physical(uint32_t addr) const {
  return addr - window_.start < window_.len ? addr + window_.delta : addr;
}

// Calls f(physical bytes, done) piece by piece; returns how many bytes are in memory.
template <class F>
size_t MoxieSpace::walk(uint32_t addr, size_t n, F f) {
  come_home();
  size_t done = 0;
  while (done < n) {
    const auto at = static_cast<uint32_t>(addr + done);
    size_t piece = std::min<size_t>(n - done, UINT32_MAX - at + uint64_t{1});
    const bool inside = at - window_.start < window_.len;
    if (inside) piece = std::min<size_t>(piece, window_.start + window_.len - at);
    if (!inside && window_.len != 0 && at < window_.start)
      piece = std::min<size_t>(piece, window_.start - at);
    const uint32_t where = physical(at);
    const size_t size = board_.memory->size();
    if (where >= size) break;
    piece = std::min(piece, size - where);
    const std::span<std::byte> bytes = board_.memory->at(where, piece);
    if (bytes.empty()) break;
    f(where, bytes, done);
    done += piece;
  }
  return done;
}

bool MoxieSpace::read(uint32_t addr, std::span<std::byte> to) {
  return walk(addr, to.size(), [&](uint32_t, std::span<std::byte> bytes, size_t done) {
           std::memcpy(to.data() + done, bytes.data(), bytes.size());
         }) == to.size();
}

bool MoxieSpace::write(uint32_t addr, std::span<const std::byte> from) {
  return walk(addr, from.size(), [&](uint32_t where, std::span<std::byte> bytes, size_t done) {
           std::memcpy(bytes.data(), from.data() + done, bytes.size());
           board_.engine->invalidate(where, bytes.size());
         }) == from.size();
}

// An offset this small is a null pointer's, in a program that counts from its base.
bool MoxieSpace::nowhere(uint64_t addr) const {
  return addr > UINT32_MAX || (base_ != 0 && addr < kBaseRegisterNull);
}

size_t MoxieSpace::copy_in(void* to, uint64_t from, size_t n) {
  if (nowhere(from)) return n;
  const auto addr = static_cast<uint32_t>(from + base_);
  return n - walk(addr, n, [&](uint32_t, std::span<std::byte> bytes, size_t done) {
           std::memcpy(static_cast<std::byte*>(to) + done, bytes.data(), bytes.size());
         });
}

size_t MoxieSpace::copy_out(uint64_t to, const void* from, size_t n) {
  if (nowhere(to)) return n;
  const auto addr = static_cast<uint32_t>(to + base_);
  return n - walk(addr, n, [&](uint32_t where, std::span<std::byte> bytes, size_t done) {
           FrameGuard::kernel_copy(where, bytes.size());
           std::memcpy(bytes.data(), static_cast<const std::byte*>(from) + done, bytes.size());
           board_.engine->invalidate(where, bytes.size());
         });
}

std::optional<uint32_t> MoxieSpace::load(uint32_t addr) {
  std::byte word[4];
  if (!read(addr, word)) return {};
  return load_be32(word);
}

bool MoxieSpace::store(uint32_t addr, uint32_t value) {
  std::byte word[4];
  store_be32(word, value);
  return write(addr, word);
}

Result<uint32_t> MoxieSpace::cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) {
  if (addr > UINT32_MAX) return Err(EFAULT);
  const auto at = static_cast<uint32_t>(addr + base_);
  // Futexes know the byte order; here a word is what lies in memory.
  uint32_t found = 0;
  if (!read(at, std::as_writable_bytes(std::span(&found, 1)))) return Err(EFAULT);
  if (found == expected && !write(at, std::as_bytes(std::span(&desired, 1)))) return Err(EFAULT);
  return found;
}

}  // namespace moxie
