// What each task of a run is doing at each moment, worked out from its events. A moment is one event:
// under virtual time most things take no time, so time is shown as order. Ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/record/run.h"

namespace diff {

enum class State : uint8_t { none, ready, user, kernel, sleeping, disk, stopped, zombie };
// One character for terminals, a word for pages.
char state_letter(State s);
std::string_view state_name(State s);

struct Span {
  size_t from, to;  // events; `to` is the first that is no longer part of it
  State state;
  std::string where;  // of a sleep: wchan; of the kernel: the system call
};

struct Lane {
  int pid = 0, parent = 0;
  std::string name;
  std::vector<Span> spans;
};

// By pid; the idle task and kernel threads are left out.
std::vector<Lane> lanes(const record::Run& run);

}  // namespace diff
