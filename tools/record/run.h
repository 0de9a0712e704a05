// One recorded run: how to make it (RunSpec), what happened in it (Run, Event), and what a reader
// should know at once (its Findings). Written by recorder.cpp, one JSON object a line:
//   t  virtual time in ns   k  kind   p  pid   o  the other task   v  a number
//   n  a name               x  more text       r  a result         words  changed words of a stack
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arch/um/os-Linux/child.h"
#include "tools/options.h"

namespace record {

inline constexpr int kHung = 123, kTimedOut = 124;  // exit statuses of `slot190 run`

struct RunSpec {
  std::vector<std::string> boot;  // boot options that are the same for all runs
  std::vector<std::pair<std::string, std::string>> params;  // -k, in order; a later one wins
  uint64_t seed = 1;
  std::string timeout;  // of virtual time
  std::vector<std::string> program, env;
  std::string input = "/dev/null";

  void set(std::string_view name, std::string_view value);  // -k NAME=VALUE
  std::string param(std::string_view name) const;           // "" if it is not set
  um::os::ChildCommand child() const;
  // What a user types to see the run again: `slot190 VERB ...`
  // ({"trace", "--events"}), quoted for the shell.
  std::string command_line(std::initializer_list<std::string_view> verb) const;

 private:
  std::vector<std::string> words(std::initializer_list<std::string_view> verb) const;
};

struct Event {
  enum Kind : uint8_t {
    call,          // name(text
    ret,           // name; text: arguments that the call filled in; result
    sleep,         // name: state, text: wchan
    wake,          // other: the waker, 0 none
    sched_switch,  // to other; name: the state it is left in
    fork,          // made other; name: how, text: the child's comm; value: thread group of a thread
    exec,          // name: the file, text: comm
    exit,          // name: "exited with 0"
    zombie,
    reap,      // took the zombie of other
    send,      // signal `name` to other
    signal,    // signal `name` takes effect; text: siginfo
    settled,   // the same as it is sent
    stop,      // stopped by signal `name`
    preempt,   // point `name`, ordinal value, taken if other is 1
    hang,      // sleeps for ever in `name`
    early,     // vfork has returned while other had neither exec'd nor exited
    onestack,  // runs user code on the stack that other uses
    clobber,   // other changed `value` words of its live stack
    dead,      // touched `name`, whose owner's stack frame is gone
    end,       // value: the kernel's exit status
  };
  struct Word {
    uint64_t address, before, after;
    bool return_address;
  };
  uint64_t time = 0;
  Kind kind = end;
  int pid = 0, other = 0;
  long value = 0;
  std::string name, text, result;
  std::vector<Word> words;
};
std::string_view kind_name(Event::Kind kind);
// What happened, for a person; without the pid that it happened to.
std::string describe(const Event& e);
nlohmann::ordered_json to_json(const Event& e);

// What went wrong in a run, counted.
struct Findings {
  size_t hangs = 0, early_returns = 0, two_tasks = 0, clobbered_words = 0, dead_objects = 0;
  bool timed_out = false;
};

struct Run {
  int status = 0;
  std::string out, err;
  std::vector<Event> events;
  std::map<int, std::string> names;  // pid -> comm, the last one
  std::map<int, int> parents;        // pid -> who made it
  Findings found;
};

// Reads what a child has left. A complaint if the run itself did not come about.
tools::Parsed<Run> read_run(um::os::ChildOutcome outcome, const RunSpec& spec);

// "exit status 3", "killed by SIGSEGV", "hangs", "did not end in time".
std::string ending(const Run& run);
// "'it''s'" for a shell, if it needs quoting.
std::string shell_quoted(std::string_view word);
std::string seconds(uint64_t ns);  // "0.150 s"

}  // namespace record
