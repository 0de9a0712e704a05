// What the kernel itself costs, without a guest: switching kernel stacks, waking a sleeper, reaching
// a handler through the table, walking a path, changing the VMA tree, copying from user memory.
#include "arch/x86/tables.h"
#include "bench/lab.h"
#include "fs/stat.h"
#include "kernel/wait.h"
#include "lib/fiber.h"
#include "mm/uaccess.h"

namespace {

Fiber* home;
Fiber* other;

[[noreturn]] void bounce(void*) {
  for (;;) home->switch_from(*other);
}

void fiber_switch(benchmark::State& state) {
  Fiber here, there(bounce, nullptr);
  home = &here;
  other = &there;
  for (auto _ : state) there.switch_from(here);  // there and back
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(fiber_switch);

// Two tasks that wake one another, with as many others asleep on queues of their own.
void wait_queue_wake(benchmark::State& state) {
  bench::Lab lab;
  wait_queue ping, pong, never;
  bool ball = false, over = false;
  for (int64_t i = 0; i < state.range(0); ++i)
    lab.spawn([&] { wait_event(never, [&] { return over; }); });
  lab.spawn([&] {
    while (!over) {
      wait_event(ping, [&] { return ball || over; });
      ball = false;
      wake_up(pong);
    }
  });
  lab.spawn([&] {
    for (auto _ : state) {
      ball = true;
      wake_up(ping);
      wait_event(pong, [&] { return !ball; });
    }
    over = true;
    wake_up_all(ping);
    wake_up_all(never);
  });
  lab.run();
}
BENCHMARK(wait_queue_wake)->Arg(0)->Arg(1000);

void table_dispatch(benchmark::State& state) {
  bench::Lab lab;
  arch::SyscallArgs args{};
  args.nr = 39;  // getpid
  args.word = 8;
  for (auto _ : state) {
    const syscall_entry& entry = lab.self().isa->syscall(args);
    benchmark::DoNotOptimize(entry.call(args));
  }
}
BENCHMARK(table_dispatch);

void path_walk(benchmark::State& state) {
  bench::Lab lab;
  std::string name;
  for (int64_t i = 0; i < state.range(0); ++i) {
    name += "/d";
    (void)do_mkdirat(AT_FDCWD, name, 0755);
  }
  lab.write_file(name + "/file", "x");
  name += "/file";
  for (auto _ : state) benchmark::DoNotOptimize(do_statx(AT_FDCWD, name, 0, 0x7ff));
}
BENCHMARK(path_walk)->Arg(0)->Arg(1)->Arg(8);

// mmap and munmap of a page between `n` other areas, no two of which touch.
void vma_map_unmap(benchmark::State& state) {
  bench::Lab lab;
  mm_struct& mm = *lab.self().mm;
  constexpr uint64_t kBase = 0x10000000;
  for (int64_t i = 0; i < state.range(0); ++i)
    (void)do_mmap(mm, nullptr, kBase + static_cast<uint64_t>(i) * 2 * 4096, 4096, PROT_READ,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
  for (auto _ : state) {
    auto at = do_mmap(mm, nullptr, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
    if (!at || !do_munmap(mm, *at, 4096)) state.SkipWithError("mmap failed");
  }
}
BENCHMARK(vma_map_unmap)->Arg(0)->Arg(100)->Arg(10000);

void copy_from_user_bytes(benchmark::State& state) {
  bench::Lab lab;
  std::vector<std::byte> to(static_cast<size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(copy_from_user(to.data(), bench::Lab::kUser, to.size()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(copy_from_user_bytes)->Arg(8)->Arg(4096);

}  // namespace
