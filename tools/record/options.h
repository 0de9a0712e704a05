// The options that `slot190 diff` and `slot190 explore` share, and how they become runs.
#pragma once

#include <string>
#include <vector>

#include "tools/record/run.h"

namespace record {

inline constexpr int kSame = 0, kDifferent = 1, kTrouble = 2;  // as diff(1) has it

struct RunWords {
  tools::BootWords boot;
  std::vector<std::string> profiles;
  std::string input, cpus, seed, seeds, jobs;
  bool json = false;
};
void add_run_options(CLI::App& app, RunWords& words);

// What all runs of the command have in common; no profile yet and no -k.
tools::Parsed<RunSpec> common_spec(const RunWords& words, const std::vector<std::string>& program,
                                   const std::vector<std::string>& env);

// One -k parameter: "A:swi=user-stack" is for one side only.
struct Parameter {
  char side = 0;  // 'A', 'B', or 0: all
  std::string name, value;
};
tools::Parsed<std::vector<Parameter>> parse_parameters(const std::vector<std::string>& words,
                                                       bool sides);

// How many children run at once.
tools::Parsed<size_t> parse_jobs(const std::string& text);
// Complains, and returns kTrouble.
int trouble(std::string_view message);

}  // namespace record
