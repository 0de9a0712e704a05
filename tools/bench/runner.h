// Runs cases under several launchers at once: every launcher keeps one guest program waiting for
// requests, and a round puts one request to each in turn (A B A B ...), so that whatever disturbs
// the machine disturbs all of them alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/bench/cases.h"
#include "tools/bench/results.h"
#include "tools/commands.h"

namespace tools::bench {

struct Launcher {
  Implementation what;
  std::vector<std::string> argv;       // `{}` stands for the program, or it goes to the end
  std::vector<std::string> arguments;  // in front of `serve`
  std::string words;                   // added to each request
  std::string program;                 // instead of the plan's
  // Only these cases; empty: all.
  std::vector<std::string_view> only;
  bool memory_only = false;  // measures only what depends on memory
};

struct Plan {
  std::vector<Launcher> launchers;
  std::vector<const Case*> cases;
  std::vector<long> sizes;
  std::string program;  // the guest program, bench.ISA
  int cpu = -1;
  long rounds = 7, batches = 3;
  double milliseconds = 2;
  std::function<void(const std::string&)> progress;
};

// Adds rows (and warnings) to `results`.
Parsed<void> run_plan(const Plan& plan, Results& results);

}  // namespace tools::bench
