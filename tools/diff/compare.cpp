// See compare.h.
#include "tools/diff/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace diff {

using record::Event;
using record::Run;

namespace {

bool is_damage(const Event& e) {
  return e.kind == Event::early || e.kind == Event::onestack || e.kind == Event::clobber ||
         e.kind == Event::dead || e.kind == Event::hang;
}

// The events that count, as positions.
std::vector<size_t> counted(const Run& run, Level level) {
  std::vector<size_t> list;
  for (size_t i = 0; i < run.events.size(); ++i)
    if (counts(run.events[i], level)) list.push_back(i);
  return list;
}

std::optional<Divergence> first_difference(const Run& a, const Run& b, Level level,
                                           const std::vector<size_t>& in_a,
                                           const std::vector<size_t>& in_b) {
  const size_t n = std::min(in_a.size(), in_b.size());
  for (size_t i = 0; i < n; ++i) {
    const Event &x = a.events[in_a[i]], &y = b.events[in_b[i]];
    if (x.kind != y.kind || x.pid != y.pid || key(x, level) != key(y, level))
      return Divergence{in_a[i], in_b[i]};
  }
  if (in_a.size() == in_b.size()) return {};
  return Divergence{n < in_a.size() ? in_a[n] : Divergence::npos,
                    n < in_b.size() ? in_b[n] : Divergence::npos};
}

std::map<int, std::vector<size_t>> by_task(const Run& run, Level level) {
  std::map<int, std::vector<size_t>> tasks;
  for (size_t i : counted(run, level)) tasks[run.events[i].pid].push_back(i);
  return tasks;
}

// Each task for itself; of the places where one parts, that which comes first.
std::optional<Divergence> first_in_any_task(const Run& a, const Run& b, Level level) {
  auto tasks_a = by_task(a, level), tasks_b = by_task(b, level);
  std::set<int> pids;
  for (const auto& [pid, list] : tasks_a) pids.insert(pid);
  for (const auto& [pid, list] : tasks_b) pids.insert(pid);
  std::optional<Divergence> first;
  for (int pid : pids) {
    auto d = first_difference(a, b, level, tasks_a[pid], tasks_b[pid]);
    if (d && (!first || std::min(d->a, d->b) < std::min(first->a, first->b))) first = d;
  }
  return first;
}

// Lines that only one side has share rows with those that only the other has.
std::vector<Row> pair_up(const std::vector<Row>& rows) {
  std::vector<Row> paired;
  for (size_t i = 0; i < rows.size();) {
    if (rows[i].same) {
      paired.push_back(rows[i++]);
      continue;
    }
    std::vector<const Line*> left, right;
    for (; i < rows.size() && !rows[i].same; ++i) {
      if (rows[i].a != nullptr) left.push_back(rows[i].a);
      if (rows[i].b != nullptr) right.push_back(rows[i].b);
    }
    for (size_t k = 0; k < std::max(left.size(), right.size()); ++k)
      paired.push_back(
          {k < left.size() ? left[k] : nullptr, k < right.size() ? right[k] : nullptr, false});
  }
  return paired;
}

bool same_damage(const record::Findings& a, const record::Findings& b) {
  return a.hangs == b.hangs && a.early_returns == b.early_returns && a.two_tasks == b.two_tasks &&
         a.clobbered_words == b.clobbered_words && a.dead_objects == b.dead_objects;
}

}  // namespace

bool counts(const Event& e, Level level) {
  if (is_damage(e)) return true;
  switch (e.kind) {
    case Event::call:
    case Event::ret:
    case Event::fork:
    case Event::exec:
    case Event::exit:
    case Event::signal:
    case Event::stop: return level >= Level::calls;
    case Event::sleep:
    case Event::wake:
    case Event::reap:
    case Event::settled: return level >= Level::events;
    case Event::sched_switch:
    case Event::zombie:
    case Event::send: return level == Level::all;
    // A choice of the schedule, not something that the program did.
    default: return false;
  }
}

std::string key(const Event& e, Level level) {
  std::string text = fmt::format("{} {} {}", record::kind_name(e.kind), e.pid, e.name);
  switch (e.kind) {
    // Every kernel has its own names for the places where its tasks sleep.
    case Event::sleep: break;
    case Event::clobber: break;
    default: text += fmt::format(" {} {} {} {}", e.other, e.value, e.text, e.result); break;
  }
  if (level == Level::all)
    text += fmt::format(" {} {}", e.time, e.kind == Event::sleep ? e.text : "");
  return text;
}

Comparison compare(const Run& a, const Run& b, Level level) {
  Comparison c;
  c.out = a.out != b.out;
  c.err = a.err != b.err;
  c.ending = record::ending(a) != record::ending(b);
  c.damage = !same_damage(a.found, b.found);
  if (level == Level::calls)
    c.trace = first_in_any_task(a, b, level);
  else
    c.trace = first_difference(a, b, level, counted(a, level), counted(b, level));
  return c;
}

std::vector<Line> lines(const Run& run, Level level, size_t from, size_t count) {
  std::vector<Line> list;
  const auto& events = run.events;
  // At the level of outputs there is little to show; what led there is still of interest.
  const Level shown = std::max(level, Level::calls);
  for (size_t i = from; i < events.size() && list.size() < count; ++i) {
    const Event& e = events[i];
    if (!counts(e, shown)) continue;
    Line line{i, e.pid, record::describe(e), key(e, shown), is_damage(e)};
    if (e.kind == Event::call) {
      const bool back =
          i + 1 < events.size() && events[i + 1].kind == Event::ret && events[i + 1].pid == e.pid;
      if (!back && line.text.ends_with(", ")) line.text.resize(line.text.size() - 2);
      line.text +=
          back ? fmt::format("{}) = {}", events[i + 1].text, events[i + 1].result) : " ...";
      if (back) line.key += key(events[++i], shown);
    }
    list.push_back(std::move(line));
  }
  return list;
}

std::vector<Row> align(const std::vector<Line>& a, const std::vector<Line>& b) {
  // The longest common subsequence; the lists are short.
  std::vector<std::vector<size_t>> best(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = a.size(); i-- > 0;)
    for (size_t j = b.size(); j-- > 0;)
      best[i][j] =
          a[i].key == b[j].key ? best[i + 1][j + 1] + 1 : std::max(best[i + 1][j], best[i][j + 1]);
  std::vector<Row> rows;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i].key == b[j].key) {
      rows.push_back({&a[i++], &b[j++], true});
    } else if (j == b.size() || (i < a.size() && best[i + 1][j] >= best[i][j + 1])) {
      rows.push_back({&a[i++], nullptr, false});
    } else {
      rows.push_back({nullptr, &b[j++], false});
    }
  }
  return pair_up(rows);
}

}  // namespace diff
