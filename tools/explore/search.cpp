// See search.h. Systematic: breadth first, so the first schedule that fails is a shortest one. A
// schedule is extended only behind its last preemption, so each is tried once; one whose last
// preemption had no effect, because nobody else could run, equals its prefix and is not extended.
#include "tools/explore/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace explore {

using record::Event;
using record::Run;
using tools::Parsed;

namespace {

std::set<Fault> faults_of(const Run& run, int expected_status) {
  std::set<Fault> f;
  const record::Findings& found = run.found;
  if (found.hangs != 0 && run.status == record::kHung) f.insert(Fault::hang);
  if (found.two_tasks != 0 || found.clobbered_words != 0) f.insert(Fault::damage);
  if (found.early_returns != 0) f.insert(Fault::early);
  if (found.dead_objects != 0) f.insert(Fault::dead_object);
  if (found.timed_out) f.insert(Fault::timeout);
  if (run.status != expected_status && !f.contains(Fault::hang) && !found.timed_out)
    f.insert(Fault::status);
  return f;
}

std::vector<Point> points_of(const Run& run) {
  std::vector<Point> list;
  for (size_t i = 0; i < run.events.size(); ++i) {
    const Event& e = run.events[i];
    if (e.kind != Event::preempt) continue;
    const bool switched = i + 1 < run.events.size() &&
                          run.events[i + 1].kind == Event::sched_switch &&
                          run.events[i + 1].pid == e.pid;
    const bool taken = e.other != 0;
    list.push_back({static_cast<uint64_t>(e.value), e.name, e.pid, taken, taken && switched});
  }
  return list;
}

class Searcher {
 public:
  explicit Searcher(const Search& s) : s_(s) {}

  Parsed<Result> go() {
    if (s_.seeds != 0)
      by_seeds();
    else
      systematically();
    if (complaint_.empty() && s_.seeds != 0) shorten();
    if (!complaint_.empty()) return std::unexpected(complaint_);
    result_.outcomes = outputs_.size();
    return result_;
  }

 private:
  record::RunSpec spec_of(const Schedule& schedule, uint64_t seed) const {
    record::RunSpec spec = s_.spec;
    spec.seed = seed;
    spec.set("preempt", text(schedule));
    return spec;
  }

  // Runs them all, at most as many as may still be run; false if that was cut or failed.
  bool run(const std::vector<record::RunSpec>& specs, const std::function<void(Outcome)>& done) {
    const size_t count = std::min(specs.size(), s_.max_runs - std::min(s_.max_runs, result_.runs));
    um::os::run_children(
        count, s_.jobs, [&](size_t i) { return specs[i].child(); },
        [&](size_t i, um::os::ChildOutcome raw) {
          auto run = record::read_run(std::move(raw), specs[i]);
          if (!run) {
            complaint_ = run.error();
            return false;
          }
          Outcome o;
          o.seed = specs[i].seed;
          o.faults = faults_of(*run, s_.expected_status);
          o.points = points_of(*run);
          for (const Point& p : o.points)
            if (p.effective) o.schedule.push_back(p.ordinal);
          o.ending = record::ending(*run);
          o.output = std::hash<std::string>{}(run->out + '\0' + run->err + '\0' + o.ending);
          ++result_.runs;
          if (s_.progress) s_.progress(result_.runs);
          done(std::move(o));
          return true;
        });
    if (count < specs.size()) result_.untried += specs.size() - count;
    return complaint_.empty() && count == specs.size();
  }

  // Counts a schedule that was not counted before.
  void count(const Outcome& o, const record::RunSpec& spec) {
    ++result_.schedules;
    outputs_.insert(o.output);
    if (!o.faults.empty()) ++result_.failing;
    if (o.faults.contains(Fault::status)) result_.bad_ending = o.ending;
    for (Fault f : o.faults) {
      const auto i = static_cast<size_t>(f);
      ++result_.with[i];
      auto& best = result_.shortest[i];
      if (!best || o.schedule.size() < best->outcome.schedule.size()) best = Found{o, spec};
    }
  }

  void systematically() {
    std::vector<Schedule> level{{}};
    for (unsigned depth = 0; depth <= s_.preemptions && !level.empty(); ++depth) {
      std::vector<record::RunSpec> specs;
      for (const Schedule& x : level) specs.push_back(spec_of(x, s_.spec.seed));
      std::vector<Schedule> next;
      size_t i = 0;
      const bool all = run(specs, [&](const Outcome& o) {
        const Schedule& asked = level[i];
        const record::RunSpec& spec = specs[i++];
        // Its last preemption changed nothing: the same run as without it.
        if (!asked.empty() && (o.schedule.empty() || o.schedule.back() != asked.back())) return;
        count(o, spec);
        for (const Point& p : o.points) {
          if (!asked.empty() && p.ordinal <= asked.back()) continue;
          next.push_back(asked);
          next.back().push_back(p.ordinal);
        }
      });
      if (!all) return;
      level = std::move(next);
    }
  }

  void by_seeds() {
    std::vector<record::RunSpec> specs(s_.seeds, s_.spec);
    for (size_t i = 0; i < specs.size(); ++i) specs[i].seed = s_.spec.seed + i;
    size_t i = 0;
    run(specs, [&](const Outcome& o) { count(o, specs[i++]); });
  }

  // A schedule that dice found, without the preemptions that it does not need.
  void shorten() {
    for (size_t f = 0; f < kFaults; ++f) {
      if (!result_.shortest[f]) continue;
      Found& best = *result_.shortest[f];
      best.spec = spec_of(best.outcome.schedule, best.outcome.seed);
      for (bool shorter = true; shorter && complaint_.empty();) {
        shorter = false;
        const Schedule now = best.outcome.schedule;
        std::vector<record::RunSpec> specs;
        for (size_t drop = now.size(); drop-- > 0;) {
          Schedule without = now;
          without.erase(without.begin() + static_cast<long>(drop));
          specs.push_back(spec_of(without, best.outcome.seed));
        }
        const size_t before = result_.runs, limit = s_.max_runs;
        result_.runs = 0;  // these do not count
        s_.max_runs = specs.size();
        size_t i = 0;
        run(specs, [&](Outcome o) {
          const record::RunSpec& spec = specs[i++];
          if (shorter || !o.faults.contains(static_cast<Fault>(f))) return;
          if (o.schedule.size() >= now.size()) return;
          shorter = true;
          best = Found{std::move(o), spec};
        });
        s_.max_runs = limit;
        result_.runs = before;
      }
    }
  }

  Search s_;
  Result result_;
  std::unordered_set<size_t> outputs_;
  std::string complaint_;
};

}  // namespace

std::string_view fault_name(Fault f) {
  switch (f) {
    case Fault::hang: return "deadlock";
    case Fault::damage: return "two tasks on one stack";
    case Fault::early: return "vfork returns early";
    case Fault::dead_object: return "a dead object is touched";
    case Fault::timeout: return "no end in time";
    case Fault::status: return "wrong exit status";
  }
  return {};
}

std::string text(const Schedule& s) { return fmt::format("{}", fmt::join(s, ",")); }

Parsed<Result> search(const Search& s) { return Searcher(s).go(); }

}  // namespace explore
