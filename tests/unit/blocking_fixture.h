// Tasks that really sleep and wake: each runs a function on a kernel stack of its own, under the
// real scheduler and virtual time. Nobody ever enters user mode, so a signal ends a sleep and stays
// pending.
#pragma once

#include <functional>

#include "tests/unit/fs_fixture.h"

namespace test {

// With nothing to run and no timer, nobody will ever wake anybody.
class StillMachine final : public HostedMachine {
 public:
  bool deadlock = false;
  void idle(std::optional<uint64_t> deadline) override {
    if (deadline) return NoMachine::idle(deadline);
    deadlock = true;
    halt_system(1);
  }
};

class BlockingTest : public FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    arch::set_machine(&still_);
  }
  void TearDown() override {
    for (task_struct* t : workers_) {
      t->files = nullptr;
      t->fs = nullptr;
    }
    FsTest::TearDown();
  }

  // A process that shares the test's descriptors and will run `body`.
  task_struct* spawn(std::function<void()> body) {
    task_struct* t = add_process(init_);
    t->files = self_->files;
    t->fs = self_->fs;
    bodies_.push_back(std::make_unique<Body>(Body{this, std::move(body)}));
    t->stack = std::make_unique<Fiber>(&entry, bodies_.back().get());
    workers_.push_back(t);
    return t;
  }
  // Runs all of them to their end; once a test.
  void run() {
    remaining_ = workers_.size();
    for (task_struct* t : workers_) wake_up_new_task(*t);
    current = init_task;
    cpu_idle();
    current = self_;
    EXPECT_FALSE(still_.deadlock) << remaining_ << " tasks sleep for ever";
  }

  // Guest memory of the current task.
  static constexpr uint64_t kUser = FlatSpace::kBase;
  template <class T>
  static T peek(uint64_t addr) {
    return space(*current).peek<T>(addr);
  }
  template <class T>
  static void poke(uint64_t addr, const T& value) {
    space(*current).poke(addr, value);
  }

  StillMachine still_;

 private:
  struct Body {
    BlockingTest* test;
    std::function<void()> work;
  };
  [[noreturn]] static void entry(void* arg) {
    auto* b = static_cast<Body*>(arg);
    b->work();
    if (--b->test->remaining_ == 0) halt_system(0);
    for (;;) {
      current->state = TASK_UNINTERRUPTIBLE;
      schedule();
    }
  }
  size_t remaining_ = 0;
  std::vector<task_struct*> workers_;
  std::vector<std::unique_ptr<Body>> bodies_;
};

}  // namespace test
