// Child host processes for the tools that run this program many times (slot190 diff, explore,
// eras). What a child writes goes to memory files, so that nobody has to read while it runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace um::os {

inline constexpr int kRecordFd = 3;
inline constexpr unsigned kWallSeconds = 120;

struct ChildCommand {
  std::vector<std::string> words;        // of this very program, its name not among them
  std::vector<std::string> env;          // all of it
  std::string input = "/dev/null";       // its standard input
  bool record = false;                   // it writes a third stream, to kRecordFd
  unsigned wall_seconds = kWallSeconds;  // then it is killed
};

struct ChildOutcome {
  int status = 0;         // as a shell has it: 128+n if signal n ended it
  bool too_slow = false;  // it was killed after its `wall_seconds`
  std::string trouble;    // not empty: it could not be started
  std::string out, err, record;
};

// Runs `count` children, at most `at_once` at a time, and hands each outcome to `done`, in order.
// When `done` says no, no further ones are started and those that run are killed.
void run_children(size_t count, size_t at_once, const std::function<ChildCommand(size_t)>& command,
                  const std::function<bool(size_t, ChildOutcome)>& done);

}  // namespace um::os
