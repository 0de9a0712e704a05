// A kernel without a machine for the tests of signals, timers and futexes: time stands still, tasks
// are made by hand, and an address space that is one block of bytes. Nothing is scheduled.
#pragma once

#include <cstring>
#include <vector>

#include "arch/x86/tables.h"
#include "fs/fs.h"
#include "kernel/posix_timers.h"
#include "kernel/sched.h"
#include "mm/mm.h"
#include "tests/unit/gtest.h"

namespace test {

// Guest memory from kBase, everything else faults.
class FlatSpace : public arch::UserSpace {
 public:
  static constexpr uint64_t kBase = 0x100000;
  static constexpr uint64_t kSize = 0x40000;

  std::vector<std::byte> bytes = std::vector<std::byte>(kSize);
  std::vector<std::byte> fp;  // what fetch_fp finds in the hardware
  int interrupts = 0;

  template <class T>
  T peek(uint64_t addr) const {
    T v;
    EXPECT_TRUE(contains(addr, sizeof v));
    std::memcpy(&v, bytes.data() + (addr - kBase), sizeof v);
    return v;
  }
  template <class T>
  void poke(uint64_t addr, const T& v) {
    ASSERT_TRUE(contains(addr, sizeof v));
    std::memcpy(bytes.data() + (addr - kBase), &v, sizeof v);
  }

  arch::Trap run(arch::thread_struct&) override { return {arch::Trap::died}; }
  Result<void> run_away(arch::thread_struct&) override { return Err(EAGAIN); }
  arch::Trap collect(arch::thread_struct&) override { return {arch::Trap::died}; }
  void interrupt(arch::thread_struct&) override { ++interrupts; }
  Result<void> fetch_fp(arch::thread_struct& t) override {
    t.fp = fp;
    t.fp_valid = true;
    return {};
  }
  void drop_thread(arch::thread_struct&) override {}
  void map(uint64_t, uint64_t, arch::Prot, const arch::Backing&) override {}
  void unmap(uint64_t, uint64_t) override {}
  void protect(uint64_t, uint64_t, arch::Prot) override {}
  void remap(uint64_t, uint64_t, uint64_t, uint64_t) override {}
  void advise(uint64_t, uint64_t, int) override {}
  Result<void> sync() override { return {}; }
  Result<std::unique_ptr<arch::UserSpace>> dup(arch::thread_struct&,
                                               arch::thread_struct&) override {
    return Err(ENOMEM);
  }
  size_t copy_in(void* to, uint64_t from, size_t n) override {
    if (!contains(from, n)) return n;
    std::memcpy(to, bytes.data() + (from - kBase), n);
    return 0;
  }
  size_t copy_out(uint64_t to, const void* from, size_t n) override {
    if (!contains(to, n)) return n;
    std::memcpy(bytes.data() + (to - kBase), from, n);
    return 0;
  }
  Result<uint32_t> cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) override {
    if (!contains(addr, 4)) return Err(EFAULT);
    const auto found = peek<uint32_t>(addr);
    if (found == expected) poke(addr, desired);
    return found;
  }
  size_t force_copy_out(uint64_t to, const void* from, size_t n) override {
    return copy_out(to, from, n);
  }
  uint64_t resident() override { return kSize; }

 private:
  static bool contains(uint64_t addr, uint64_t n) {
    return addr >= kBase && n <= kSize && addr - kBase <= kSize - n;
  }
};

class NoMachine : public arch::Machine {
 public:
  Result<std::unique_ptr<arch::UserSpace>> new_space(const arch::Isa&) override {
    return Err(ENOMEM);
  }
  arch::HostFs& hostfs() override { std::abort(); }
  uint64_t now(arch::Clock clock) override {
    return arch::is_wall_clock(clock) ? kEpoch + clock_ : clock_;
  }
  void advance(uint64_t ns) { clock_ += ns; }
  void random(std::span<std::byte> out) override { std::ranges::fill(out, std::byte{4}); }
  unsigned cpus() const override { return 1; }
  uint64_t memory_bytes() const override { return 1 << 30; }
  uint64_t cpu_time(arch::thread_struct&) override { return 0; }
  void set_deadline(std::optional<uint64_t>) override {}
  void poll() override {}
  // With nothing else to do, time jumps to the next timer.
  void idle(std::optional<uint64_t> deadline) override {
    if (deadline && *deadline > clock_) clock_ = *deadline;
  }
  bool tick_pending() override { return false; }
  Result<void> watch(arch::HostWatch&) override { return {}; }
  void unwatch(arch::HostWatch&) override {}
  void on_away_stop(AwayHandler) override {}
  void on_host_signal(SignalHandler) override {}

 private:
  static constexpr uint64_t kEpoch = 915'753'600 * kNsec;
  uint64_t clock_ = kNsec;
};

class KernelTest : public testing::Test {
 protected:
  void SetUp() override {
    arch::set_machine(&machine_);
    sched_init();
    init_ = add_process(nullptr);  // pid 1
    self_ = add_process(init_);
    current = self_;
  }
  void TearDown() override {
    current = init_task;
    for (auto it = tasks_.rbegin(); it != tasks_.rend(); ++it) {
      sched_dead(**it);
      detach_pid(**it);
    }
    for (auto& t : tasks_) {
      t->signal->threads.clear();
      t->mm.reset();
    }
    tasks_.clear();
  }

  task_struct* add_process(task_struct* parent, const arch::Isa& isa = x86_64_isa()) {
    Ref<task_struct> t = make(isa);
    t->tgid = t->pid;
    t->group_leader = t.get();
    t->exit_signal = SIGCHLD;
    t->p_pptr = t->p_opptr = parent;
    t->sighand = make_ref<sighand_struct>();
    t->signal = make_ref<signal_struct>();
    t->signal->tgid = t->tgid;
    t->signal->pgrp = parent != nullptr ? parent->signal->pgrp : t->pid;
    t->signal->session = parent != nullptr ? parent->signal->session : t->pid;
    if (parent != nullptr) parent->children.push_back(t.get());
    t->mm = make_ref<mm_struct>(isa);
    t->mm->space = std::make_unique<FlatSpace>();
    join(t);
    return t.get();
  }
  task_struct* add_thread(task_struct* leader) {
    Ref<task_struct> t = make(*leader->isa);
    t->tgid = leader->tgid;
    t->group_leader = leader;
    t->exit_signal = -1;
    t->p_pptr = t->p_opptr = leader->p_pptr;
    t->sighand = leader->sighand;
    t->signal = leader->signal;
    t->mm = leader->mm;
    join(t);
    return t.get();
  }
  void advance(uint64_t ns) {
    machine_.advance(ns);
    run_timers();
  }
  static FlatSpace& space(task_struct& t) { return static_cast<FlatSpace&>(*t.mm->space); }
  static void handle(task_struct& t, int sig, uint64_t handler, uint64_t flags = 0) {
    (*t.sighand)[sig] = {handler, flags, 0, 0};
  }
  static int take(task_struct& t, kernel_siginfo* info = nullptr) {
    kernel_siginfo scratch;
    return dequeue_signal(t, t.blocked, info != nullptr ? *info : scratch);
  }

  static constexpr uint64_t kHandler = 0x400000;
  NoMachine machine_;
  task_struct* init_ = nullptr;
  task_struct* self_ = nullptr;

 private:
  Ref<task_struct> make(const arch::Isa& isa) {
    Ref<task_struct> t = make_ref<task_struct>();
    t->pid = ++next_pid_;
    t->isa = &isa;
    t->state = TASK_INTERRUPTIBLE;
    return t;
  }
  void join(const Ref<task_struct>& t) {
    attach_pid(*t);
    t->signal->threads.push_back(t.get());
    t->signal->nr_threads = static_cast<unsigned>(t->signal->threads.size());
    tasks_.push_back(t);
  }
  int next_pid_ = 0;
  std::vector<Ref<task_struct>> tasks_;
};

}  // namespace test
