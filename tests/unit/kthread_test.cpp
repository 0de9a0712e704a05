// Kernel threads in both designs: the invariants of process creation that no program can see.
#include "kernel/kthread.h"

#include "kernel/params.h"
#include "kernel/profile.h"
#include "tests/unit/blocking_fixture.h"

namespace {

// The fixture numbers its processes by hand; the end of a thread with number 1 would halt the system.
void skip_low_pids() {
  while (*alloc_pid() < 100) continue;
}

class Kthread : public test::BlockingTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    BlockingTest::SetUp();
    skip_low_pids();
    register_profile_parameters();
    ASSERT_EQ(parse_parameters({{"kthread", GetParam()}}), "");
  }
  void TearDown() override {
    EXPECT_EQ(parse_parameters({{"kthread", "callback"}}), "");
    BlockingTest::TearDown();
  }
  // Lets the others run until the newest child is over; its exit code as wait4 has it.
  static int outcome() {
    Ref<task_struct> t(current->children.back());
    while (t->exit_state == 0) schedule();
    return t->exit_code;
  }
};

TEST_P(Kthread, ACallbackThatReturnsWithoutAProgramExits) {
  spawn([] {
    static int seen;
    seen = 0;
    auto pid = kernel_thread(
        [](void* arg) {
          *static_cast<int*>(arg) = current->pid;
          EXPECT_TRUE(current->is_kthread());
          EXPECT_FALSE(current->mm);
          return 7;
        },
        &seen, SIGCHLD);
    ASSERT_TRUE(pid);
    EXPECT_EQ(seen, 0) << "the thread runs when its parent gives way, not before";
    EXPECT_EQ(outcome(), 7 << 8);
    EXPECT_EQ(seen, current->children.back()->pid);
  });
  run();
}

TEST_P(Kthread, AFailedExecLeavesAKernelThread) {
  spawn([] {
    auto pid = kernel_thread(
        [](void*) {
          const auto done = kernel_execve("/no/such/program", {"x"}, {});
          EXPECT_FALSE(done);
          EXPECT_EQ(done.error(), ENOENT);
          EXPECT_TRUE(current->is_kthread());
          EXPECT_FALSE(current->mm);
          EXPECT_FALSE(current->kernel_ds);
          return 3;
        },
        nullptr, SIGCHLD);
    ASSERT_TRUE(pid);
    EXPECT_EQ(outcome(), 3 << 8);
  });
  run();
}

INSTANTIATE_TEST_SUITE_P(BothDesigns, Kthread, ::testing::Values("callback", "trap"),
                         [](const auto& info) { return std::string(info.param); });

class ForkIdle : public test::BlockingTest {};

TEST_F(ForkIdle, IsNobodysChildAndNeverRunnable) {
  skip_low_pids();
  spawn([] {
    const unsigned running = nr_running(), tasks = nr_tasks();
    const auto idle = fork_idle();
    ASSERT_TRUE(idle);
    EXPECT_EQ((*idle)->pid, 0);
    EXPECT_EQ(nr_running(), running);
    EXPECT_EQ(nr_tasks(), tasks);
    EXPECT_FALSE((*idle)->run_hook::is_linked());
    EXPECT_TRUE(current->children.empty());
    const auto next = kernel_thread([](void*) { return 0; }, nullptr, 0);
    ASSERT_TRUE(next);
    Ref<task_struct> t(current->children.back());
    while (t->exit_state == 0) schedule();
    EXPECT_EQ(t->exit_code, 0);
  });
  run();
}

}  // namespace
