// The table of subcommands, the complaint that each may make, and `help` and `version`. Ours alone.
#include "tools/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <utility>

namespace tools {

namespace {

constexpr std::array kCommands = {
    Command{"run", run_command, "run a program under the slot190 kernel"},
    Command{"trace", trace_command, "run it and print its system calls as strace does"},
    Command{"boot", boot_command, "boot with a program of yours as pid 1"},
    Command{"diff", diff_command, "run it under two kernels of history and show where they part"},
    Command{"explore", explore_command, "run it under every interleaving of two CPUs"},
    Command{"profiles", profiles_command, "list the kernels of history and what they are made of"},
    Command{"bench", bench_command, "measure process creation, calls and files beside native"},
    Command{"eras", eras_command, "run the table of differences between the kernels of history"},
    Command{"doctor", doctor_command, "say what this host allows and what it does not"},
    Command{"help", help_command, "this text, or the help of one command"},
    Command{"version", version_command, "print the version"},
};

constexpr std::string_view kOverview =
    R"(slot190: a Linux kernel, retold, that runs as one ordinary process.
It boots in a few milliseconds, runs unmodified static i386 and x86-64 Linux programs on its own
system calls, and ends when your program ends.

usage: slot190 COMMAND [OPTIONS] [--] PROGRAM [ARGS...]
       slot190 [OPTIONS] PROGRAM [ARGS...]           the same as 'slot190 run'

commands:
{}
try these:
  slot190 run /bin/busybox sh              a shell; your files are there, changes stay in memory
  slot190 run -v ./out:/out:rw PROGRAM     let the program write to ./out, and to nothing else
  slot190 run --mem=256M --timeout=10s P   with limits
  slot190 trace -e trace=process busybox sh -c 'ls | wc -l'
  slot190 trace -c PROGRAM                 which system calls, how many, how dear
  slot190 diff -p patch-1999 -p linux-6 P  where a kernel of 1999 and one of today part
  slot190 doctor                           if something does not work

exit status: the program's own; 128+n if signal n ended it; 124 after --timeout; 125 if slot190
itself failed; 126 if the program cannot be executed; 127 if it was not found.

'slot190 COMMAND --help' has the options of a command; slot190(1) has everything.
)";

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = std::exchange(row[j], best);
    }
  }
  return row.back();
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  auto it = std::ranges::find(kCommands, name, &Command::name);
  return it == kCommands.end() ? nullptr : &*it;
}

int complain(std::string_view message) {
  std::fflush(stdout);
  fmt::print(stderr, "slot190: {}\n", message);
  return kOurFailure;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  size_t best_distance = 3;
  for (std::string_view k : known) {
    size_t d = edit_distance(word, k);
    if (d < best_distance) best = k, best_distance = d;
  }
  return best;
}

int help_command(const Invocation& call) {
  if (!call.words.empty() && call.words[0].front() != '-') {
    const Command* c = find_command(call.words[0]);
    if (c == nullptr)
      return complain(fmt::format("there is no command '{}': try 'slot190 help'", call.words[0]));
    if (c->run != help_command && c->run != version_command) return c->run({{"--help"}, call.env});
  }
  std::string list;
  for (const Command& c : kCommands) list += fmt::format("  {:<9} {}\n", c.name, c.summary);
  fmt::print(fmt::runtime(kOverview), list);
  return kOk;
}

int version_command(const Invocation&) {
  fmt::print("slot190 {}\n", SLOT190_VERSION);  // CMakeLists.txt
  return kOk;
}

}  // namespace tools
