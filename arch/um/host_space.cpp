// See host_space.h: which thread runs on which stub, fork, and guest memory. The queue of mapping
// operations is in host_space_map.cpp.
#include "arch/um/host_space.h"

#include <algorithm>

#include "arch/um/layout.h"
#include "arch/um/os-Linux/clock.h"
#include "arch/um/os-Linux/guest_memory.h"
#include "lib/uapi.h"

namespace um {
namespace {

using arch::thread_struct;
using arch::Trap;

// Two threads may take turns on one stub this often before the second gets its own. A vfork child
// that comes and goes never counts.
constexpr unsigned kMaxContention = 4;
constexpr size_t kMaxStubs = 32;

}  // namespace

HostSpace::HostSpace(Engine& engine, Stub& stub, uint64_t bytes) : engine_(engine), bytes_(bytes) {
  stub.space = this;
  stubs_.push_back(&stub);
  if (stub.full) {
    stub.full = false;
    push(os::call_munmap(0, kTaskSize));
  }
}

HostSpace::~HostSpace() {
  if (ahead_ != nullptr) engine_.put_pages(*this, std::move(ahead_));
  engine_.backings().release(pins_);
  for (size_t i = stubs_.size(); i-- > 0;) {
    Stub& s = *stubs_[i];
    const bool runs = s.away;
    engine_.not_away(s);
    if (s.pid == 0)
      engine_.pool().forget(s);
    else if (i == 0 && !runs)
      engine_.pool().put(s, bytes_);
    else
      engine_.pool().kill(s, i == 0 ? bytes_ : 0);
  }
}

// ---- threads and stubs ----

Stub* HostSpace::holder(const thread_struct& thread) const {
  auto* s = static_cast<Stub*>(thread.engine);
  if (s == nullptr || s->space != this) return nullptr;
  return s->regs_owner == &thread || s->fp_owner == &thread ? s : nullptr;
}

Stub* HostSpace::stub_for(thread_struct& thread) {
  if (Stub* s = holder(thread); s != nullptr && s->pid != 0) return s;
  Stub* shared = nullptr;
  for (Stub* s : stubs_) {
    if (s->pid == 0 || s->away) continue;
    if (s->regs_owner == nullptr && s->fp_owner == nullptr) return s;
    if (shared == nullptr || s == thread.engine) shared = s;
  }
  if (shared != nullptr) {
    const bool returns = thread.engine == shared;
    if (returns) ++shared->contention;
    if (shared->contention < kMaxContention || stubs_.size() >= kMaxStubs) return shared;
  }
  if (Stub* fresh = add_stub(); fresh != nullptr) return fresh;
  return shared;
}

Stub* HostSpace::add_stub() {
  Hand hand(*this);
  if (!hand) return nullptr;
  engine_.zygote().pages().calls()[0] = os::call_clone(true);
  (*hand).regs_owner = nullptr;
  const auto pid = os::run_calls_result((*hand).pid, 1);
  if (!pid) return nullptr;
  Stub* s = engine_.pool().adopt(static_cast<int>(*pid));
  s->space = this;
  s->tls = (*hand).tls;
  stubs_.push_back(s);
  return s;
}

int HostSpace::memory_pid() const {
  for (const Stub* s : stubs_)
    if (s->pid != 0) return s->pid;
  return 0;
}

HostSpace::Hand::Hand(HostSpace& space) : engine_(space.engine_) {
  for (Stub* s : space.stubs_) {
    if (s->away || !engine_.born(*s)) continue;
    if (stub_ == nullptr || s->regs_owner == nullptr) stub_ = s;
  }
  if (stub_ != nullptr) return;
  for (Stub* s : space.stubs_) {
    if (s->pid == 0 || !engine_.borrow(*s)) continue;
    stub_ = s;
    borrowed_ = true;
    return;
  }
}

HostSpace::Hand::~Hand() {
  if (stub_ == nullptr) return;
  stub_->regs_owner = nullptr;
  if (borrowed_) engine_.give_back(*stub_);
}

Trap HostSpace::run(thread_struct& thread) {
  if (queue_.size() >= os::kMaxCalls) settle();
  if (const auto trap = run_ahead(thread)) return *trap;
  settle();
  error_ = 0;
  leave_ahead();
  Stub* s = stub_for(thread);
  if (s == nullptr) return {.kind = Trap::died};
  if (auto trap = engine_.load(*s, thread, true)) return *trap;
  return engine_.go(*s, thread);
}

Result<void> HostSpace::run_away(thread_struct& thread) {
  settle();
  leave_ahead();
  Stub* s = stub_for(thread);
  if (s == nullptr) return Err(ESRCH);
  return engine_.go_away(*s, thread);
}

Trap HostSpace::collect(thread_struct& thread) {
  auto* s = static_cast<Stub*>(thread.engine);
  if (s == nullptr || s->away_thread != &thread) return {.kind = Trap::died};
  return engine_.collect(*s, thread);
}

void HostSpace::interrupt(thread_struct& thread) {
  auto* s = static_cast<Stub*>(thread.engine);
  if (s == nullptr || s->away_thread != &thread || s->has_trap) return;
  s->interrupt_wanted = true;
  os::interrupt(s->pid);
}

Result<void> HostSpace::fetch_fp(thread_struct& thread) {
  if (thread.fp_valid) return {};
  Stub* s = holder(thread);
  if (s != nullptr && s->fp_owner == &thread && !s->away) {
    if (engine_.born(*s) && engine_.save_fp(*s, thread)) return {};
    return Err(ESRCH);
  }
  // It has not run yet: the state that it will start with.
  thread.fp = engine_.zygote().initial_fp();
  thread.fp_valid = true;
  return {};
}

void HostSpace::drop_thread(thread_struct& thread) {
  auto* s = static_cast<Stub*>(thread.engine);
  thread.engine = nullptr;
  if (s == nullptr) return;
  if (s->away_thread == &thread) engine_.collect(*s, thread);
  if (s->regs_owner == &thread) s->regs_owner = nullptr;
  if (s->fp_owner == &thread) s->fp_owner = nullptr;
}

// ---- fork ----

Result<std::unique_ptr<arch::UserSpace>> HostSpace::dup(thread_struct& parent,
                                                        thread_struct& child) {
  Stub* s = stub_for(parent);
  if (s == nullptr || !engine_.born(*s)) return Err(ENOMEM);
  const bool in_hardware = s->fp_owner == &parent && !parent.fp_dirty;
  TRY(sync());
  if (ahead_ != nullptr) ahead_->write_back();
  engine_.zygote().pages().calls()[0] = os::call_clone(false);
  s->regs_owner = nullptr;
  const auto pid = os::run_calls_result(s->pid, 1);
  if (!pid) return Err(pid.error() == ESRCH ? ENOMEM : pid.error().value);

  Stub& copy = *engine_.pool().adopt(static_cast<int>(*pid));
  copy.tls = s->tls;
  auto space = std::make_unique<HostSpace>(engine_, copy, bytes_);
  space->resident_ = resident();  // one look at the parent serves many short-lived children
  space->resident_at_ = resident_at_;
  child.engine = &copy;
  child.regs_dirty = true;
  const auto& regs = parent.regs;
  if (ahead_ != nullptr &&
      engine_.places().likely(engine_.places().at(regs[os::kRip], regs[os::kRsp], true))) {
    space->ahead_ = engine_.take_pages(*space);
    if (ahead_ != nullptr) space->ahead_->take_from(*ahead_);  // there are only so many
  }
  if (in_hardware) {
    copy.fp_owner = &child;
    child.fp_valid = child.fp_dirty = false;
  } else {
    child.fp = parent.fp;
    child.fp_valid = child.fp_dirty = !child.fp.empty();
  }
  return space;
}

// ---- guest memory ----

namespace {
// Bytes of [addr, addr+n) below the end of user addresses.
size_t clip(uint64_t addr, size_t n) {
  return addr >= kTaskSize ? 0 : static_cast<size_t>(std::min<uint64_t>(n, kTaskSize - addr));
}
}  // namespace

// What is here has nothing to do with the queue: what it is about was dropped.
size_t HostSpace::copy_in(void* to, uint64_t from, size_t n) {
  const size_t m = clip(from, n);
  if (m == 0) return n;
  if (ahead_ != nullptr) {
    if (ahead_->read(to, from, n)) return 0;
    ahead_->write_back(from, m);
  }
  settle();
  return n - m + os::read_memory(memory_pid(), to, from, m);
}

size_t HostSpace::copy_out(uint64_t to, const void* from, size_t n) {
  const size_t m = clip(to, n);
  if (m == 0) return n;
  if (ahead_ != nullptr) {
    if (ahead_->write(to, from, n)) return 0;
    changes(to, m);
  }
  settle();
  return n - m + os::write_memory(memory_pid(), to, from, m);
}

size_t HostSpace::force_copy_out(uint64_t to, const void* from, size_t n) {
  settle();
  const size_t m = clip(to, n);
  if (m == 0) return n;
  changes(to, m);
  return n - m + os::force_write_memory(memory_pid(), to, from, m);
}

Result<uint32_t> HostSpace::cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) {
  if (clip(addr, 4) != 4 || addr % 4 != 0) return Err(EFAULT);
  if (engine_.any_away()) {
    settle();
    changes(addr, sizeof expected);
    Hand hand(*this);
    if (!hand) return Err(EFAULT);
    return os::run_cmpxchg((*hand).pid, addr, expected, desired);
  }
  // No guest code runs anywhere: two plain copies are atomic. They cost a fifth of the above.
  uint32_t found = 0;
  if (copy_in(&found, addr, sizeof found) != 0) return Err(EFAULT);
  if (found != expected) return found;
  if (copy_out(addr, &desired, sizeof desired) != 0) return Err(EFAULT);
  return found;
}

// Asked at every exit, so the answer may be a little old, and a fork child begins with its
// parent's.
uint64_t HostSpace::resident() {
  constexpr uint64_t kFreshNs = 10'000'000;
  const uint64_t now = os::now_monotonic();
  if (now - resident_at_ < kFreshNs) return resident_;
  resident_at_ = now;
  resident_ = 0;
  for (Stub* s : stubs_) {
    if (s->pid == 0) continue;
    resident_ = os::resident_bytes(s->pid, s->statm, s->pooled);
    break;
  }
  return resident_;
}

}  // namespace um
