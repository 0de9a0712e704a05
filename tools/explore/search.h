// Running a program under many schedules. A schedule is the set of preemption points, by ordinal, at
// which the CPU goes to another task; everything between two points is fixed, so a schedule repeats a
// run exactly. Ours; bounded search after the observation that most races need few preemptions.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/record/run.h"

namespace explore {

using Schedule = std::vector<uint64_t>;  // ordinals, rising

// What can be wrong with a run, the worst first.
enum class Fault : uint8_t { hang, damage, early, dead_object, timeout, status };
inline constexpr size_t kFaults = 6;
std::string_view fault_name(Fault f);  // "deadlock"

struct Point {
  uint64_t ordinal;
  std::string name;
  int pid;
  bool taken, effective;  // taken, and another task did run
};

// One run, without its events.
struct Outcome {
  Schedule schedule;  // the points that were taken and had an effect
  uint64_t seed = 0;
  std::set<Fault> faults;
  std::vector<Point> points;
  std::string ending;
  size_t output = 0;  // a hash of what it printed
};

struct Found {  // the shortest schedule that shows a fault
  Outcome outcome;
  record::RunSpec spec;  // that replays it
};

struct Result {
  std::string label;
  size_t runs = 0, schedules = 0, failing = 0;
  std::array<size_t, kFaults> with{};  // schedules that show each fault
  std::array<std::optional<Found>, kFaults> shortest;
  size_t outcomes = 0;     // different outputs and endings
  size_t untried = 0;      // schedules left when the limit was reached
  std::string bad_ending;  // of a run with Fault::status
};

struct Search {
  record::RunSpec spec;      // profile and parameters
  unsigned preemptions = 2;  // the bound
  size_t seeds = 0;          // not 0: dice instead
  size_t max_runs = 2000;
  size_t jobs = 1;
  int expected_status = 0;
  std::function<void(size_t runs)> progress;
};
tools::Parsed<Result> search(const Search& s);

std::string text(const Schedule& s);  // "3,17"

}  // namespace explore
