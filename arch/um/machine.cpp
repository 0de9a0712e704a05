// See machine.h. Glue: the parts are Engine (stubs), EventLoop (time, signals, descriptors) and the
// host files of os-Linux.
#include "arch/um/machine.h"

#include <algorithm>
#include <random>

#include "arch/um/engine.h"
#include "arch/um/home_cpu.h"
#include "arch/um/host_space.h"
#include "arch/um/os-Linux/clock.h"
#include "arch/um/os-Linux/cpu.h"
#include "arch/um/os-Linux/hostfs.h"
#include "arch/um/os-Linux/signals.h"
#include "lib/fiber.h"

namespace um {
namespace {

constexpr uint64_t kHugePage = 2ULL << 20;
// Copying the page tables of so much memory takes the host about a millisecond, a fork without them a
// tenth of that.
constexpr uint64_t kLargeMapping = 32ULL << 20;

class UmMachine final : public arch::Machine {
 public:
  explicit UmMachine(const Options& options)
      : options_(options), home_(options.cpu), random_(options.seed) {}
  ~UmMachine() override;

  std::expected<void, std::string> start();

  Result<std::unique_ptr<arch::UserSpace>> new_space(const arch::Isa& isa) override;
  arch::HostFs& hostfs() override { return *hostfs_; }
  uint64_t vdso_address() const override { return zygote_.vdso(); }
  void memory_barrier() override {
    if (engine_->any_away()) os::memory_barrier();
  }
  bool enable_sysenter(uint32_t landing) override { return engine_->enable_sysenter(landing); }
  void forget_backing(uint64_t key) override {
    engine_->windows().forget(key);
    engine_->backings().forget(key);
  }

  uint64_t now(arch::Clock clock) override { return events().now(clock); }
  bool virtual_time() const override { return options_.virtual_time; }
  void random(std::span<std::byte> out) override;
  unsigned cpus() const override { return cpus_; }
  uint64_t memory_bytes() const override { return os::memory_bytes(); }
  uint64_t cpu_time(arch::thread_struct& thread) override;
  void user_code_ran(uint64_t ns) override { events().pass(ns); }

  void set_deadline(std::optional<uint64_t> when) override { events().set_deadline(when); }
  void poll() override;
  void idle(std::optional<uint64_t> deadline) override;
  bool tick_pending() override { return events().tick_pending(); }

  Result<void> watch(arch::HostWatch& watch) override { return events().watch(watch); }
  void unwatch(arch::HostWatch& watch) override { events().unwatch(watch); }
  bool watching() const override { return engine_->events().watching(); }

  void on_away_stop(AwayHandler handler) override { engine_->on_away_stop(handler); }
  void on_host_signal(SignalHandler handler) override { events().on_host_signal(handler); }

 private:
  EventLoop& events() { return engine_->events(); }
  void chores();

  Options options_;
  HomeCpu home_;
  unsigned cpus_ = 1;
  std::mt19937_64 random_;
  std::unique_ptr<arch::HostFs> hostfs_;
  os::Zygote zygote_;
  std::unique_ptr<Engine> engine_;  // after the zygote: its stubs die first
};

UmMachine::~UmMachine() {
  engine_.reset();
  os::uninstall_signals();
  home_.leave();
}

std::expected<void, std::string> UmMachine::start() {
  Engine::Config config;
  config.pool = options_.pool;
  config.ahead = options_.ahead;
  config.virtual_time = options_.virtual_time;
  if (options_.thp == Thp::always) config.huge_from = kHugePage;
  if (options_.thp == Thp::large) config.huge_from = kLargeMapping;
  if (!home_.settle()) return std::unexpected("cannot run on CPU " + std::to_string(options_.cpu));
  cpus_ = static_cast<unsigned>(home_.allowed().size());
  if (options_.cpus != 0) cpus_ = std::min(cpus_, options_.cpus);
  if (options_.virtual_time) cpus_ = 1;
  config.home_cpus = home_.home();
  if (cpus_ > 1) config.other_cpus = home_.others();
  const os::Zygote::Config zygote{.thp_never = options_.thp == Thp::never,
                                  .host_time = !options_.virtual_time};
  if (auto up = zygote_.start(zygote); !up) return up;
  engine_ = std::make_unique<Engine>(zygote_, config);
  if (!os::install_signals()) return std::unexpected("cannot install signal handlers and a timer");
  hostfs_ = os::make_hostfs();
  Fiber::set_stack_source({os::allocate_stack, os::release_stack});
  return {};
}

Result<std::unique_ptr<arch::UserSpace>> UmMachine::new_space(const arch::Isa&) {
  // One kind of stub carries every guest of the x86 family: i386 code runs in it with cs=0x23.
  Stub* stub = TRY(engine_->pool().take());
  return std::make_unique<HostSpace>(*engine_, *stub, 0);
}

void UmMachine::random(std::span<std::byte> out) {
  if (!options_.virtual_time) return os::random_bytes(out);
  for (std::byte& b : out) b = static_cast<std::byte>(random_());
}

// A stub's own clock: exact for a thread that has a stub to itself, shared otherwise. Keeping it
// per thread would cost a host call at every change of thread.
uint64_t UmMachine::cpu_time(arch::thread_struct& thread) {
  const auto* s = static_cast<Stub*>(thread.engine);
  return s != nullptr && s->regs_owner == &thread && s->pid != 0 ? os::cpu_time(s->pid) : 0;
}

void UmMachine::poll() {
  events().dispatch(false, std::nullopt, engine_->any_away());
  engine_->check_away();
  chores();
}

// What nobody waits for.
void UmMachine::chores() {
  engine_->pool().reap();
  if (home_.reconsider(os::now_monotonic(), engine_->last_pid()))
    engine_->move_home(home_.home(), home_.others());
}

void UmMachine::idle(std::optional<uint64_t> deadline) {
  chores();
  engine_->pool().empty_idle();
  engine_->backings().close_forgotten();
  events().dispatch(true, deadline, engine_->any_away());
  engine_->check_away();
}

}  // namespace

std::expected<std::unique_ptr<arch::Machine>, std::string> make_machine(const Options& options) {
  auto machine = std::make_unique<UmMachine>(options);
  if (auto up = machine->start(); !up) return std::unexpected(up.error());
  return machine;
}

}  // namespace um
