// What slot190 diff prints: what each side came to, the first difference with what came before and
// after it, a timeline of the tasks that it is about, and how to see each side again.
#include <fmt/format.h>

#include <algorithm>

#include "tools/diff/report.h"

namespace diff {

using record::Event;
using record::Run;

namespace {

constexpr size_t kBefore = 4, kAfter = 12;

// How many columns a UTF-8 text takes, near enough: its characters.
size_t width(std::string_view s) {
  return static_cast<size_t>(std::ranges::count_if(s, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string clean(std::string_view s) {
  std::string text;
  for (unsigned char c : s) text += c < 0x20 || c == 0x7f ? '?' : static_cast<char>(c);
  return text;
}

std::string cut(std::string_view s, size_t columns) {
  std::string text = clean(s);
  if (width(text) > columns) {
    while (width(text) > columns - 1 || (!text.empty() && (text.back() & 0xc0) == 0x80))
      text.pop_back();
    text += "~";
  }
  return text + std::string(columns - std::min(columns, width(text)), ' ');
}

class Printer {
 public:
  Printer(const Report& r, const TextStyle& style)
      : r_(r), style_(style), half_((std::clamp(style.columns, 60U, 220U) - 5) / 2) {}

  std::string print() {
    head();
    table();
    if (r_.found.same()) {
      verdict_same();
      return text_;
    }
    if (r_.found.trace) {
      divergence();
      timeline();
    }
    output_difference();
    overwritten();
    again();
    return text_;
  }

 private:
  const Run& run(size_t i) const { return r_.sides[i].run; }
  std::string paint(std::string_view code, std::string_view s) const {
    return style_.colour ? fmt::format("\033[{}m{}\033[0m", code, s) : std::string(s);
  }
  template <class... T>
  void put(fmt::format_string<T...> form, T&&... args) {
    text_ += fmt::format(form, std::forward<T>(args)...);
  }

  void head() {
    size_t w = std::max(r_.sides[0].label.size(), r_.sides[1].label.size());
    for (size_t i : {0, 1})
      put("{}  {:<{}}  {}\n", paint("1", i == 0 ? "A" : "B"), r_.sides[i].label, w,
          r_.sides[i].summary);
    put("\n");
  }

  void row(std::string_view what, const std::string& a, const std::string& b) {
    const std::string right = a == b ? "same" : b;
    put("{:<26}{:<28}{}\n", what, a, a == b ? paint("2", right) : paint("1;33", right));
  }

  void table() {
    const auto& a = run(0).found;
    const auto& b = run(1).found;
    auto bytes = [](const std::string& s) {
      return s.empty() ? "none" : fmt::format("{} bytes", s.size());
    };
    auto output = [&](std::string_view what, const std::string& x, const std::string& y) {
      const std::string right = x != y && x.size() == y.size() ? bytes(y) + ", others" : bytes(y);
      row(what, bytes(x), right);
    };
    auto number = [&](std::string_view what, size_t x, size_t y) {
      if (x != 0 || y != 0)
        row(what, x == 0 ? "-" : std::to_string(x), y == 0 ? "-" : std::to_string(y));
    };
    put("{}\n", paint("2", fmt::format("{:<26}{:<28}{}", "", "A", "B")));
    row("ends with", record::ending(run(0)), record::ending(run(1)));
    output("standard output", run(0).out, run(1).out);
    output("standard error", run(0).err, run(1).err);
    number("tasks that sleep for ever", a.hangs, b.hangs);
    number("vfork returned too early", a.early_returns, b.early_returns);
    number("two tasks on one stack", a.two_tasks, b.two_tasks);
    number("stack words overwritten", a.clobbered_words, b.clobbered_words);
    number("dead objects touched", a.dead_objects, b.dead_objects);
    row("events", std::to_string(run(0).events.size()), std::to_string(run(1).events.size()));
    if (r_.seeds > 1)
      put("{:<26}{} of {}; shown: seed {}\n", "seeds that differ", r_.differing, r_.seeds,
          r_.sides[0].spec.seed);
    put("\n");
  }

  void verdict_same() { put("{}\n", paint("1;32", "No difference.")); }

  std::string where(size_t side, size_t at) const {
    const char name = side == 0 ? 'A' : 'B';
    if (at >= run(side).events.size()) return fmt::format("the end of {}", name);
    return fmt::format("event {} of {} ({})", at + 1, name,
                       record::seconds(run(side).events[at].time));
  }

  // The position `before` counted lines ahead of `at`.
  size_t step_back(size_t side, size_t at) const {
    const auto& events = run(side).events;
    size_t i = std::min(at, events.size()), left = kBefore;
    while (i > 0 && left > 0) {
      --i;
      // A call and its result share a line.
      if (counts(events[i], std::max(r_.level, Level::calls)) && events[i].kind != Event::ret)
        --left;
    }
    return i;
  }

  // Of two lines that differ only behind what a half has room for: how much of their common beginning
  // is left out, so that the difference shows.
  size_t left_out(const Row& row) const {
    constexpr size_t kPid = 5, kKept = 16;
    if (row.same || row.a == nullptr || row.b == nullptr || row.a->pid != row.b->pid) return 0;
    const std::string &a = row.a->text, &b = row.b->text;
    if (cut(a, half_ - kPid) != cut(b, half_ - kPid)) return 0;
    const auto at = static_cast<size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    size_t from = at - std::min(at, kKept);
    while (from > 0 && (a[from] & 0xc0) == 0x80) --from;
    return from;
  }

  std::string half(const Line* l, bool same, size_t left_out) const {
    if (l == nullptr) return std::string(half_, ' ');
    const std::string s = cut(fmt::format("{:>3}  {}{}", l->pid, left_out != 0 ? "~" : "",
                                          std::string_view(l->text).substr(left_out)),
                              half_);
    return l->damage ? paint("1;31", s) : same ? paint("2", s) : s;
  }

  void divergence() {
    const Divergence& d = *r_.found.trace;
    put("{} {}, {}\n\n", paint("1", "First difference:"), where(0, d.a), where(1, d.b));
    put("{}   {}\n", paint("1", cut("A  " + r_.sides[0].label, half_)),
        paint("1", "B  " + r_.sides[1].label));
    std::array<std::vector<Line>, 2> list;
    for (size_t i : {0, 1})
      list[i] = lines(run(i), r_.level, step_back(i, i == 0 ? d.a : d.b), kBefore + kAfter);
    size_t shown = 0;
    for (const Row& row : align(list[0], list[1])) {
      if (shown++ == kBefore + kAfter + 4) break;
      const char mark = row.same ? ' ' : row.a == nullptr ? '>' : row.b == nullptr ? '<' : '|';
      const size_t out = left_out(row);
      put("{} {} {}\n", half(row.a, row.same, out), paint("1;33", std::string(1, mark)),
          half(row.b, row.same, out));
    }
    put("\n");
  }

  // ---- the timeline -----------------------------------------------------------------------------

  std::string painted(State s) const {
    const std::string c(1, state_letter(s));
    switch (s) {
      case State::user: return paint("30;42", c);
      case State::kernel: return paint("30;44", c);
      case State::disk: return paint("97;41", c);
      case State::sleeping: return paint("30;46", c);
      case State::zombie: return paint("2", c);
      default: return c;
    }
  }

  void lane(const std::vector<Lane>& all, int pid, size_t from, size_t to) {
    const auto it = std::ranges::find(all, pid, &Lane::pid);
    if (it == all.end()) return;
    put("  {} ", cut(fmt::format("{:>3} {}", pid, it->name), 14));
    for (size_t e = from; e < to; ++e) {
      State s = State::none;
      for (const Span& span : it->spans)
        if (span.from <= e && e < span.to) s = span.state;
      text_ += painted(s);
    }
    put("\n");
  }

  void timeline() {
    const std::vector<int> tasks = tasks_concerned(r_);
    if (tasks.empty()) return;
    const size_t room = std::clamp(style_.columns, 60U, 220U) - 18;
    put("{} = user  # kernel  . ready  S D asleep  T stopped  Z zombie; one column an event\n",
        paint("1", "Timeline:"));
    for (size_t i : {0, 1}) {
      const size_t end = run(i).events.size();
      const size_t at = std::min(i == 0 ? r_.found.trace->a : r_.found.trace->b, end);
      const size_t from = at > room / 3 ? at - room / 3 : 0, to = std::min(end, from + room);
      put("{}  {}{}\n", paint("1", i == 0 ? "A" : "B"), std::string(14 + at - from, ' '),
          paint("1;33", "v"));
      const std::vector<Lane> all = lanes(run(i));
      for (int pid : tasks) lane(all, pid, from, to);
    }
    put("\n");
  }

  // ---- outputs, memory --------------------------------------------------------------------------

  void output_difference() {
    auto show = [&](std::string_view what, std::string Run::*stream) {
      const std::string &x = run(0).*stream, &y = run(1).*stream;
      if (x == y) return;
      const size_t at = static_cast<size_t>(std::ranges::mismatch(x, y).in1 - x.begin());
      const size_t line = at == 0                                      ? 0
                          : x.rfind('\n', at - 1) == std::string::npos ? 0
                                                                       : x.rfind('\n', at - 1) + 1;
      put("{} from line {} on:\n", paint("1", what),
          std::count(x.begin(), x.begin() + static_cast<long>(line), '\n') + 1);
      for (size_t i : {0, 1}) {
        std::string_view s = i == 0 ? x : y;
        s.remove_prefix(std::min(line, s.size()));
        for (int n = 0; n < 3; ++n) {
          const std::string_view l = s.substr(0, s.find('\n'));
          if (s.empty()) break;
          put("  {}  {}\n", i == 0 ? "A" : "B", clean(l));
          s.remove_prefix(std::min(s.size(), l.size() + 1));
        }
        if ((i == 0 ? x : y).size() <= line) put("  {}  (nothing)\n", i == 0 ? "A" : "B");
      }
      put("\n");
    };
    show("Standard output", &Run::out);
    show("Standard error", &Run::err);
  }

  void overwritten() {
    constexpr size_t kShown = 6;
    for (size_t i : {0, 1}) {
      size_t shown = 0;
      for (const Event& e : run(i).events) {
        for (const Event::Word& w : e.words) {
          if (shown++ >= kShown) continue;
          if (shown == 1)
            put("{}\n", paint("1", fmt::format("Overwritten under {}:", r_.sides[i].label)));
          put("  {:#x}: {:#x}{} is now {:#x}; on the stack of {}, by {}\n", w.address, w.before,
              w.return_address ? ", a return address," : "", w.after, e.pid, e.other);
        }
      }
      if (shown > kShown) put("  and {} more\n", run(i).found.clobbered_words - kShown);
      if (shown != 0) put("\n");
    }
  }

  void again() {
    put("{}\n", paint("1", "See one side alone:"));
    for (size_t i : {0, 1}) put("  {}\n", r_.sides[i].spec.command_line({"trace", "--events"}));
  }

  const Report& r_;
  TextStyle style_;
  size_t half_;
  std::string text_;
};

int parent_of(const Run& run, int pid) {
  const auto it = run.parents.find(pid);
  return it == run.parents.end() || it->second < 2 ? 0 : it->second;
}

}  // namespace

std::vector<int> tasks_concerned(const Report& r) {
  int pid = 0, other = 0;
  for (const Side& side : r.sides)
    for (const Event& e : side.run.events)
      if (pid == 0 && (e.kind == Event::onestack || e.kind == Event::early))
        pid = e.pid, other = e.other;
  if (pid == 0 && r.found.trace) {
    const auto& events = r.sides[0].run.events;
    const auto& events_b = r.sides[1].run.events;
    const Event* e = r.found.trace->a < events.size()     ? &events[r.found.trace->a]
                     : r.found.trace->b < events_b.size() ? &events_b[r.found.trace->b]
                                                          : nullptr;
    if (e != nullptr) pid = e->pid, other = parent_of(r.sides[0].run, pid);
    if (e != nullptr && other == 0 && e->other > 1) other = e->other;
  }
  if (other == 0 && r.found.trace) {  // the child that it made last before
    const auto& events = r.sides[0].run.events;
    for (size_t i = 0; i < std::min(r.found.trace->a, events.size()); ++i)
      if (events[i].kind == Event::fork && events[i].pid == pid) other = events[i].other;
  }
  std::vector<int> list;
  for (int p : {pid, other})
    if (p > 1) list.push_back(p);
  std::ranges::sort(list);
  return list;
}

std::string text_report(const Report& r, const TextStyle& style) {
  return Printer(r, style).print();
}

}  // namespace diff
