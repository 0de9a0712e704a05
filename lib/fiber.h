// Fiber: one kernel stack. A task that calls schedule() deep inside a system call is suspended where
// it stands and returns from that call later: no callbacks, no state machines. Ours, not Linux's;
// what Linux does in switch_to().
#pragma once

#include <cstddef>

// Where the machine gets kernel stacks from; pages with a guard below. Set once at boot (arch/um),
// because lib/ may not talk to the host. Sizes in bytes.
struct StackSource {
  void* (*allocate)(std::size_t size);
  void (*release)(void* base, std::size_t size);
};

class Fiber {
 public:
  static constexpr std::size_t kStackSize = 128 * 1024;

  using Entry = void (*)(void* arg);

  // The fiber that stands for the host thread's own stack (the boot or idle context).
  Fiber() = default;
  // A new stack that will run entry(arg) at its first switch_to(). entry never returns.
  Fiber(Entry entry, void* arg);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves the running fiber `from` and continues this one. Returns when somebody switches back.
  void switch_from(Fiber& from);
  // As switch_from, for a fiber that will never run again.
  [[noreturn]] void switch_from_dying(Fiber& from);

  static void set_stack_source(StackSource source);

 private:
  struct Jump;
  friend struct Jump;

  void* stack_ = nullptr;    // lowest usable address; nullptr for the host thread's own
  void* context_ = nullptr;  // boost::context fcontext_t while suspended
  Entry entry_ = nullptr;
  void* arg_ = nullptr;
  // sanitizer bookkeeping; unused otherwise
  void* fake_stack_ = nullptr;
  const void* bottom_ = nullptr;
  std::size_t size_ = 0;
};
