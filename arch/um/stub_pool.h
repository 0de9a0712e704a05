// Empty stubs in stock, stubs that are dying, and the memory that Stub objects live in. A fork
// child that execs leaves its copy here, so a shell loop needs no clone of the zygote after the
// first rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "arch/um/os-Linux/zygote.h"
#include "arch/um/stub.h"
#include "lib/result.h"

namespace um {

class StubPool {
 public:
  StubPool(os::Zygote& zygote, size_t max_idle) : zygote_(zygote), max_idle_(max_idle) {}
  ~StubPool();  // kills and reaps all of them
  StubPool(const StubPool&) = delete;
  StubPool& operator=(const StubPool&) = delete;

  // CPUs that a large stub may die on.
  void set_all_cpus(std::vector<int> cpus) { all_cpus_ = std::move(cpus); }

  // Binds all that do not run elsewhere.
  void bind_all(const std::vector<int>& cpus);

  // An idle stub (perhaps `full`) or a new clone of the zygote.
  Result<Stub*> take();
  // A Stub object for a host process that exists already and will stop for the first time.
  Stub* adopt(int pid);
  // No space uses it any more; `bytes` is about how much is mapped.
  void put(Stub& stub, uint64_t bytes);
  // Kills it without waiting; reap() or a later kill collects it.
  void kill(Stub& stub, uint64_t bytes);
  // It died by itself and has been reaped.
  void forget(Stub& stub);
  // Collects the dead, without blocking.
  void reap();
  // Empties the idle stubs that are still full: for when nothing else is to do.
  void empty_idle();

 private:
  void empty(Stub& stub);
  void recycle(Stub& stub);

  os::Zygote& zygote_;
  size_t max_idle_;
  std::vector<int> all_cpus_;
  std::deque<Stub> all_;       // addresses stay valid: threads keep pointers as a hint
  std::vector<Stub*> unused_;  // objects without a process
  std::vector<Stub*> idle_;
  std::vector<int> dying_;
};

}  // namespace um
