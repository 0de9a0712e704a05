// The guest programs as benchmarks: implementation x memory x CPUs. Each iteration asks the waiting
// guest for one batch and takes the time that the guest measured.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/um/os-Linux/coprocess.h"
#include "kernel/vfork/vfork.h"

namespace {

struct Way {
  std::string name;
  std::vector<std::string> options;
  bool native = false;
};

void run_guest(benchmark::State& state, const Way& way, const std::string& question, int cpus,
               long mem) {
  std::vector<std::string> argv;
  if (!way.native) {
    argv = {SLOT190_PROGRAM, "run", fmt::format("--cpus={}", cpus)};
    argv.insert(argv.end(), way.options.begin(), way.options.end());
  }
  argv.insert(argv.end(), {SLOT190_GUEST, "serve"});
  // One CPU: pinned to it, as `slot190 bench` does.
  auto program = um::os::Coprocess::start(argv, cpus == 1 ? 0 : -1);
  constexpr uint64_t kPatience = 120'000'000'000;
  if (!program || !(*program)->read_line(kPatience)) {
    state.SkipWithError("the guest does not start");
    return;
  }
  for (auto _ : state) {
    (*program)->write_line(fmt::format("{} mem={} ms=1 batches=1", question, mem));
    auto line = (*program)->read_line(kPatience);
    auto answer = nlohmann::json::parse(line.value_or(""), nullptr, false);
    if (!answer.is_object() || !answer.contains("ns")) {
      state.SkipWithError("the guest failed");
      break;
    }
    state.SetIterationTime(answer["ns"][0].get<double>() * 1e-9);
  }
  (*program)->finish(1'000'000'000);
}

void add(const Way& way, const std::string& question) {
  for (int cpus : {1, 2}) {
    if (way.native && cpus == 2) continue;
    for (long mem : {0, 1, 8, 64, 256, 1024})
      benchmark::RegisterBenchmark(
          fmt::format("{}/{}/mem:{}/cpus:{}", question, way.name, mem, cpus).c_str(),
          [=](benchmark::State& state) { run_guest(state, way, question, cpus, mem); })
          ->UseManualTime()
          ->Iterations(15)
          ->Unit(benchmark::kMicrosecond);
  }
}

[[maybe_unused]] const bool registered = [] {
  for (const char* question : {"fork", "fork_exec"}) {
    add({"native", {}, true}, question);
    add({"slot190", {}}, question);
    add({"thp", {"--thp=always"}}, question);
  }
  for (const char* question : {"vfork", "vfork_exec"}) {
    add({"native", {}, true}, question);
    for (VforkMechanism* m : vfork_mechanisms())
      if (m->has_sys_vfork()) {
        std::string name(m->name());
        add({name, {"-k", "vfork=" + name}}, question);
      }
  }
  return true;
}();

}  // namespace
