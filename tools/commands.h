// The subcommands of slot190 and what they share: exit codes, messages, the table of commands. The
// exit codes are those of env(1), timeout(1) and docker.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "init/main.h"

namespace tools {

inline constexpr int kOk = 0;
inline constexpr int kOurFailure = 125;

// One invocation: the words after the subcommand and the environment that the user has.
struct Invocation {
  std::vector<std::string> words;
  std::vector<std::string> env;
};

// An error for the user: one sentence that says what is wrong and what to try.
using Complaint = std::string;
template <class T>
using Parsed = std::expected<T, Complaint>;

// "slot190: MESSAGE" on stderr; returns kOurFailure.
int complain(std::string_view message);
// The command-line word most like `word`, or "" if none is near (edit distance 2).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

int run_command(const Invocation& call);     // run PROGRAM ARGS...
int boot_command(const Invocation& call);    // boot --init=PATH
int trace_command(const Invocation& call);   // trace PROGRAM ARGS...
int profiles_command(const Invocation& call); // the kernels of history
int bench_command(const Invocation& call);   // measure beside native and others
int eras_command(const Invocation& call);    // the table of differences
int doctor_command(const Invocation& call);  // what this host allows
int diff_command(const Invocation& call);    // one program under two kernels
int explore_command(const Invocation& call);  // ... under every interleaving
int help_command(const Invocation& call);
int version_command(const Invocation& call);

struct Command {
  std::string_view name;
  int (*run)(const Invocation&);
  std::string_view summary;
};
std::span<const Command> commands();
const Command* find_command(std::string_view name);

}  // namespace tools
