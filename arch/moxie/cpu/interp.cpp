// The interpreter.
#include <algorithm>
#include <atomic>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/stepper.h"

namespace moxie {

namespace {

class Interpreter final : public Engine, private StoreWatcher {
 public:
  explicit Interpreter(Memory& memory) : stepper_(memory, *this) {}

  std::string_view name() const override { return "interp"; }
  Stop run(Registers& regs, uint64_t& budget) override;
  void invalidate(uint32_t, size_t) override {}
  void set_observer(Observer* observer) override { stepper_.set_observer(observer); }
  void interrupt() override { interrupted_.store(true, std::memory_order_relaxed); }

 private:
  void stored(uint32_t, unsigned) override {}

  Stepper stepper_;
  std::atomic<bool> interrupted_ = false;
};

Stop Interpreter::run(Registers& regs, uint64_t& budget) {
  while (budget > 0) {
    if (interrupted_.exchange(false, std::memory_order_relaxed)) return {.kind = Stop::interrupted};
    bool executed;
    const std::optional<Stop> stop = stepper_.step(regs, executed);
    budget -= executed;
    if (stop) return *stop;
  }
  return {.kind = Stop::budget};
}

}  // namespace

std::unique_ptr<Engine> make_interpreter(Memory& memory) {
  return std::make_unique<Interpreter>(memory);
}

}  // namespace moxie
