// See lanes.h.
#include "tools/diff/lanes.h"

#include <array>
#include <map>

namespace diff {

using record::Event;

namespace {

struct Entry {
  char letter;
  std::string_view name;
};
constexpr std::array<Entry, 8> kStates = {{{' ', "none"},
                                           {'.', "ready"},
                                           {'=', "user"},
                                           {'#', "kernel"},
                                           {'S', "sleeping"},
                                           {'D', "uninterruptible"},
                                           {'T', "stopped"},
                                           {'Z', "zombie"}}};

constexpr std::string_view kInitsExec = "exec by init";

State left_in(std::string_view letter) {
  if (letter == "S") return State::sleeping;
  if (letter == "D") return State::disk;
  if (letter == "T") return State::stopped;
  return letter == "Z" ? State::zombie : State::ready;
}

class Builder {
 public:
  explicit Builder(const record::Run& run) : run_(run) {}

  std::vector<Lane> build() {
    for (at_ = 0; at_ < run_.events.size(); ++at_) step(run_.events[at_]);
    std::vector<Lane> list;
    for (auto& [pid, task] : tasks_) {
      change(pid, State::none, {});
      if (auto name = run_.names.find(pid); name != run_.names.end()) task.lane.name = name->second;
      task.lane.pid = pid;
      list.push_back(std::move(task.lane));
    }
    return list;
  }

 private:
  struct Task {
    Lane lane;
    std::string call;       // that it is in
    std::string sleeps_in;  // what it said before it went to sleep
  };

  // The state of a task that has the CPU.
  void running(int pid) {
    Task& t = tasks_[pid];
    change(pid, t.call.empty() ? State::user : State::kernel, t.call);
  }

  void change(int pid, State state, std::string where) {
    std::vector<Span>& spans = tasks_[pid].lane.spans;
    if (!spans.empty() && spans.back().state == state && spans.back().where == where) return;
    if (!spans.empty()) {
      spans.back().to = at_;
      if (spans.back().from == at_) spans.pop_back();
    }
    if (state != State::none) spans.push_back({at_, at_, state, std::move(where)});
  }

  void step(const Event& e) {
    if (e.kind == Event::fork && e.other > 1) {
      tasks_[e.other].lane.parent = e.pid;
      if (e.name == "kernel_thread") tasks_[e.other].call = kInitsExec;
      change(e.other, State::ready, {});
    }
    if (e.kind == Event::sched_switch) {
      if (known(e.pid))
        change(e.pid, left_in(e.name), e.name == "R" ? "" : tasks_[e.pid].sleeps_in);
      if (known(e.other)) running(e.other);
      return;
    }
    if (e.kind == Event::reap && known(e.other)) change(e.other, State::none, {});
    if (!known(e.pid)) return;
    Task& t = tasks_[e.pid];
    switch (e.kind) {
      case Event::call:
        t.call = e.name;
        running(e.pid);
        break;
      case Event::ret:
        t.call.clear();
        running(e.pid);
        break;
      case Event::exec:
        // The first program's exec is the kernel's own: no call returns from it.
        if (t.call != kInitsExec) break;
        t.call.clear();
        running(e.pid);
        break;
      case Event::exit:
        t.call = "exit";
        running(e.pid);
        break;
      case Event::sleep: t.sleeps_in = e.text; break;
      case Event::wake: change(e.pid, State::ready, {}); break;
      case Event::zombie: change(e.pid, State::zombie, {}); break;
      default: break;
    }
  }

  // Pid 0 idles, pid 1 is the built-in init.
  bool known(int pid) { return pid > 1 && tasks_.contains(pid); }

  const record::Run& run_;
  std::map<int, Task> tasks_;
  size_t at_ = 0;
};

}  // namespace

char state_letter(State s) { return kStates[static_cast<size_t>(s)].letter; }
std::string_view state_name(State s) { return kStates[static_cast<size_t>(s)].name; }

std::vector<Lane> lanes(const record::Run& run) { return Builder(run).build(); }

}  // namespace diff
