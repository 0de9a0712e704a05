// Child host processes for the tools that run this program many times (slot190 diff, explore). What
// a child writes goes to memory files, so that nobody has to read while it runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace um::os {

struct ChildCommand {
  std::vector<std::string> words;  // of this very program, its name not among them
  std::vector<std::string> env;
  std::string input = "/dev/null";  // its standard input
};

// The descriptor that a child may write a third stream to.
inline constexpr int kRecordFd = 3;

struct ChildOutcome {
  int status = 0;         // as a shell has it: 128+n if signal n ended it
  bool too_slow = false;  // it was killed after `kWallSeconds`
  std::string trouble;    // not empty: it could not be started
  std::string out, err, record;
};
inline constexpr int kWallSeconds = 120;

// Runs `count` children, at most `at_once` at a time, and hands each outcome to `done`, in order.
// When `done` says no, no further ones are started and those that run are killed.
void run_children(size_t count, size_t at_once, const std::function<ChildCommand(size_t)>& command,
                  const std::function<bool(size_t, ChildOutcome)>& done);

}  // namespace um::os
