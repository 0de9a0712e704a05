// The other launchers that can run the same guest program, and the conditions of a run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/results.h"
#include "tools/bench/runner.h"

namespace tools::bench {

// The first of the host's PATH, or "".
std::string find_program(std::string_view name);
// What is installed here and can run programs of this architecture.
std::vector<Launcher> known_peers(std::string_view isa);
// [NAME=]COMMAND, words separated by spaces.
Parsed<Launcher> parse_peer(const std::string& text);

// Fills host, CPU, date and load, and warns about what makes figures worse or different.
void note_conditions(Results& results);
double load_average();
// MemAvailable of the host in MiB.
long available_memory();

}  // namespace tools::bench
