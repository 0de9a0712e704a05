// What differs between two runs of one program, and where first. Ours.
//
// What counts. A program under an old kernel and under a new one is the same if nothing that it or
// its user could tell is different:
//   output  standard output, standard error, the exit status, hangs
//   calls   and what each task does, for itself: its system calls with arguments and results, its
//           signals, its children, how it ends
//   events  and in which order all of them do it, who sleeps and who wakes whom        (default)
//   all     and where they sleep (wchan), every switch, when zombies appear, what the time is
// Damage (vfork back too early, two tasks on one stack, words overwritten) counts at every level.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tools/record/run.h"

namespace diff {

enum class Level : uint8_t { output, calls, events, all };

// Where two traces part: positions in the events of each side, npos where that side has ended.
struct Divergence {
  size_t a = 0, b = 0;
  static constexpr size_t npos = static_cast<size_t>(-1);
};

struct Comparison {
  bool out = false, err = false, ending = false, damage = false;  // which differ
  std::optional<Divergence> trace;
  bool same() const { return !out && !err && !ending && !damage && !trace; }
};

Comparison compare(const record::Run& a, const record::Run& b, Level level);

// Does this kind of event count at the level?
bool counts(const record::Event& e, Level level);
// Equal keys are equal events.
std::string key(const record::Event& e, Level level);

// Lines that a person reads: one for each event that counts, a call and its result in one if nothing
// came in between.
struct Line {
  size_t event;  // the first it stands for
  int pid;
  std::string text, key;
  bool damage;
};
std::vector<Line> lines(const record::Run& run, Level level, size_t from, size_t count);

// Two lists of lines beside each other: equal ones share a row.
struct Row {
  const Line* a;
  const Line* b;
  bool same;
};
std::vector<Row> align(const std::vector<Line>& a, const std::vector<Line>& b);

}  // namespace diff
