// What `slot190 bench` can measure: the cases, in the order of the reports, and the suites that they
// make up. The programs themselves are bench/guest.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace tools::bench {

struct Case {
  std::string_view name;   // of the guest's question
  std::string_view suite;  // fork-vs-vfork, syscalls, files
  bool memory;             // measured at each memory size
  std::string_view title;
};

std::span<const Case> cases();
const Case* find_case(std::string_view name);
std::span<const std::string_view> suites();  // `all` too
bool in_suite(const Case& c, std::string_view suite);
// What the mechanisms of history differ in.
bool uses_vfork(const Case& c);

}  // namespace tools::bench
