// See stub_pool.h. Killing and reaping a stub costs 20 us plus 9 us per MiB that it holds, so it is
// done when nobody waits for it.
#include "arch/um/stub_pool.h"

#include <algorithm>

#include "arch/um/os-Linux/clock.h"
#include "arch/um/os-Linux/cpu.h"
#include "arch/um/os-Linux/ptrace.h"

namespace um {
namespace {

// A stub with at most this much mapped is emptied at its next use, together with the first
// mappings.
constexpr uint64_t kEmptyLaterBytes = 16ULL << 20;
// From here on it pays to let a dying stub move to an idle CPU.
constexpr uint64_t kDieElsewhereBytes = 64ULL << 20;
constexpr size_t kMaxDying = 32;

}  // namespace

StubPool::~StubPool() {
  for (Stub& s : all_)
    if (s.pid > 0) kill(s, 0);
  for (int pid : dying_)
    while (os::wait_stop(pid).kind != os::Stop::gone) {
    }
}

Stub* StubPool::adopt(int pid) {
  Stub* s;
  if (unused_.empty()) {
    s = &all_.emplace_back();
  } else {
    s = unused_.back();
    unused_.pop_back();
  }
  *s = Stub{};
  s->pid = pid;
  s->unborn = true;
  return s;
}

Result<Stub*> StubPool::take() {
  if (!idle_.empty()) {
    Stub* s = idle_.back();
    idle_.pop_back();
    return s;
  }
  return adopt(TRY(zygote_.clone()));
}

void StubPool::bind_all(const std::vector<int>& cpus) {
  for (const Stub& s : all_)
    if (s.pid > 0 && !s.away) os::bind_cpus(s.pid, cpus);
}

void StubPool::empty(Stub& stub) {
  zygote_.pages().calls()[0] = os::call_munmap(0, kTaskSize);
  if (os::run_calls(stub.pid, 1).error != 0) stub.pid = 0;
  stub.full = false;
}

// One that has been here before is worth more than a fork child's: the host's caches know it, and
// its statm is open. So the last place is kept for such, and a shell loop execs in the same stub
// again and again.
void StubPool::put(Stub& stub, uint64_t bytes) {
  if (stub.pid == 0) return recycle(stub);
  const size_t room = stub.pooled || max_idle_ < 2 ? max_idle_ : max_idle_ - 1;
  if (stub.away || stub.unborn || idle_.size() >= room) return kill(stub, bytes);
  stub.space = nullptr;
  stub.regs_owner = stub.fp_owner = nullptr;
  stub.contention = 0;
  stub.full = stub.pooled = true;
  if (bytes > kEmptyLaterBytes) empty(stub);
  if (stub.pid == 0) return recycle(stub);
  idle_.push_back(&stub);
}

void StubPool::kill(Stub& stub, uint64_t bytes) {
  if (stub.pid > 0) {
    if (bytes > kDieElsewhereBytes && all_cpus_.size() > 1) os::bind_cpus(stub.pid, all_cpus_);
    os::kill_stub(stub.pid);
    dying_.push_back(stub.pid);
  }
  recycle(stub);
  if (dying_.size() <= kMaxDying) return;
  reap();
  while (dying_.size() > kMaxDying) {
    while (os::wait_stop(dying_.front()).kind != os::Stop::gone) {
    }
    dying_.erase(dying_.begin());
  }
}

void StubPool::forget(Stub& stub) { recycle(stub); }

void StubPool::recycle(Stub& stub) {
  os::close_file(stub.statm);
  stub = Stub{};
  unused_.push_back(&stub);
}

void StubPool::reap() {
  std::erase_if(dying_, [](int pid) {
    os::Stop stop;
    return os::poll_stop(pid, stop) && stop.kind == os::Stop::gone;
  });
}

void StubPool::empty_idle() {
  for (Stub* s : idle_)
    if (s->full) empty(*s);
  std::erase_if(idle_, [this](Stub* s) {
    if (s->pid != 0) return false;
    recycle(*s);
    return true;
  });
}

}  // namespace um
