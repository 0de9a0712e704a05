// See run.h.
#include "tools/record/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "tools/trace/symbols.h"

namespace record {

namespace {

constexpr std::array<std::string_view, Event::end + 1> kKinds = {
    "call",    "ret",    "sleep", "wake",     "switch",  "fork",    "exec",
    "exit",    "zombie", "reap",  "send",     "signal",  "settled", "stop",
    "preempt", "hang",   "early", "onestack", "clobber", "dead",    "end"};

}  // namespace

// ---- how to make it -----------------------------------------------------------------------------

void RunSpec::set(std::string_view name, std::string_view value) {
  std::erase_if(params, [&](const auto& p) { return p.first == name; });
  params.emplace_back(name, value);
}

std::string RunSpec::param(std::string_view name) const {
  for (const auto& [key, value] : params)
    if (key == name) return value;
  return {};
}

std::vector<std::string> RunSpec::words(std::initializer_list<std::string_view> verb) const {
  std::vector<std::string> w(verb.begin(), verb.end());
  w.insert(w.end(), {"--time=virtual", fmt::format("--seed={}", seed)});
  if (!timeout.empty()) w.push_back("--timeout=" + timeout);
  w.insert(w.end(), boot.begin(), boot.end());
  for (const auto& [key, value] : params) {
    w.emplace_back("-k");
    w.push_back(key + "=" + value);
  }
  return w;
}

um::os::ChildCommand RunSpec::child() const {
  um::os::ChildCommand c;
  c.words = words({"run"});
  c.words.push_back(fmt::format("--record={}", um::os::kRecordFd));
  c.words.emplace_back("--");
  c.words.insert(c.words.end(), program.begin(), program.end());
  c.record = true;
  c.env = env;
  c.input = input;
  return c;
}

std::string RunSpec::command_line(std::initializer_list<std::string_view> verb) const {
  std::string line = "slot190";
  for (const std::string& w : words(verb)) line += " " + shell_quoted(w);
  line += " --";
  for (const std::string& w : program) line += " " + shell_quoted(w);
  line += " <" + shell_quoted(input);
  return line;
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kPlain = "%+,-./:=@_";
  const bool plain = !word.empty() && std::ranges::all_of(word, [&](unsigned char c) {
    return std::isalnum(c) != 0 || kPlain.contains(static_cast<char>(c));
  });
  if (plain) return std::string(word);
  std::string text = "'";
  for (char c : word) c == '\'' ? text += "'\\''" : text += c;
  return text + "'";
}

std::string seconds(uint64_t ns) {
  return fmt::format("{}.{:06} s", ns / 1'000'000'000, ns % 1'000'000'000 / 1000);
}

// ---- what happened ------------------------------------------------------------------------------

std::string_view kind_name(Event::Kind kind) { return kKinds[kind]; }

std::string describe(const Event& e) {
  switch (e.kind) {
    case Event::call: return fmt::format("{}({}", e.name, e.text);
    case Event::ret:
      return e.text.empty() ? fmt::format("{} = {}", e.name, e.result)
                            : fmt::format("{} ... {}) = {}", e.name, e.text, e.result);
    case Event::sleep:
      return fmt::format("sleeps, state {}{}{}", e.name, e.text.empty() ? "" : ", in ", e.text);
    case Event::wake:
      return e.other == 0 ? "is woken by a timer or a device"
                          : fmt::format("is woken by {}", e.other);
    case Event::sched_switch: return fmt::format("is left in state {} for {}", e.name, e.other);
    case Event::fork: return fmt::format("{} makes {}", e.name, e.other);
    case Event::exec: return fmt::format("has become {}", e.name);
    case Event::exit: return e.name;
    case Event::zombie: return "is a zombie";
    case Event::reap: return fmt::format("takes away the zombie {}", e.other);
    case Event::send: return fmt::format("sends {} to {}", e.name, e.other);
    case Event::signal:
    case Event::settled: return fmt::format("{} {}", e.name, e.text);
    case Event::stop: return fmt::format("is stopped by {}", e.name);
    case Event::preempt:
      return fmt::format("point {} ({}){}", e.value, e.name, e.other != 0 ? ": preempted" : "");
    case Event::hang:
      return fmt::format("sleeps for ever{}{}", e.name.empty() ? "" : " in ", e.name);
    case Event::early:
      return fmt::format("returns from vfork, but {} has neither exec'd nor exited", e.other);
    case Event::onestack: return fmt::format("two tasks on one stack: it and {}", e.other);
    case Event::clobber: {
      if (!e.name.empty())
        return fmt::format("the frame that it returns through is overwritten: {}", e.name);
      const bool code = std::ranges::any_of(e.words, &Event::Word::return_address);
      return fmt::format("{} word{} of its stack overwritten by {}{}", e.value,
                         e.value == 1 ? "" : "s", e.other, code ? ", a return address too" : "");
    }
    case Event::dead: return fmt::format("touches {}, whose stack frame is gone", e.name);
    case Event::end: return fmt::format("the system halts with status {}", e.value);
  }
  return {};
}

nlohmann::ordered_json to_json(const Event& e) {
  nlohmann::ordered_json j{{"time", e.time}, {"event", kind_name(e.kind)}, {"pid", e.pid}};
  if (e.other != 0) j["other"] = e.other;
  if (e.value != 0) j["value"] = e.value;
  if (!e.name.empty()) j["name"] = e.name;
  if (!e.text.empty()) j["text"] = e.text;
  if (!e.result.empty()) j["result"] = e.result;
  for (const Event::Word& w : e.words)
    j["words"].push_back({{"address", fmt::format("{:#x}", w.address)},
                          {"before", fmt::format("{:#x}", w.before)},
                          {"after", fmt::format("{:#x}", w.after)},
                          {"return_address", w.return_address}});
  return j;
}

namespace {

std::optional<Event> parse_event(const std::string& line) {
  const auto j = nlohmann::json::parse(line, nullptr, false);
  if (!j.is_object()) return {};
  const auto kind = std::ranges::find(kKinds, j.value("k", ""));
  if (kind == kKinds.end()) return {};
  Event e;
  e.kind = static_cast<Event::Kind>(kind - kKinds.begin());
  e.time = j.value("t", uint64_t{0});
  e.pid = j.value("p", 0);
  e.other = j.value("o", 0);
  e.value = j.value("v", 0L);
  e.name = j.value("n", "");
  e.text = j.value("x", "");
  e.result = j.value("r", "");
  if (j.contains("words"))
    for (const auto& w : j["words"]) e.words.push_back({w[0], w[1], w[2], w[3]});
  return e;
}

void note(Run& run, const Event& e) {
  Findings& f = run.found;
  switch (e.kind) {
    case Event::fork:
      run.parents[e.other] = e.pid;
      run.names[e.other] = e.text;
      break;
    case Event::exec: run.names[e.pid] = e.text; break;
    case Event::hang: ++f.hangs; break;
    case Event::early: ++f.early_returns; break;
    case Event::onestack: ++f.two_tasks; break;
    case Event::clobber: f.clobbered_words += static_cast<size_t>(e.value); break;
    case Event::dead: ++f.dead_objects; break;
    default: break;
  }
}

}  // namespace

tools::Parsed<Run> read_run(um::os::ChildOutcome outcome, const RunSpec& spec) {
  if (!outcome.trouble.empty()) return std::unexpected(outcome.trouble);
  const std::string again = spec.command_line({"run"});
  if (outcome.too_slow)
    return std::unexpected(fmt::format("a run took more than {} seconds and was killed: {}",
                                       um::os::kWallSeconds, again));
  Run run;
  run.status = outcome.status;
  run.out = std::move(outcome.out);
  run.err = std::move(outcome.err);
  bool complete = false;
  std::istringstream lines(outcome.record);
  for (std::string line; std::getline(lines, line);) {
    auto e = parse_event(line);
    if (!e) return std::unexpected("a run's record cannot be read: " + again);
    complete = e->kind == Event::end;
    if (complete) break;
    note(run, *e);
    run.events.push_back(std::move(*e));
  }
  run.found.timed_out = run.status == kTimedOut;
  if (complete && !run.events.empty()) return run;
  // It did not boot, and has said why.
  constexpr std::string_view kOurs = "slot190: ";
  std::string why = run.err.substr(0, run.err.find('\n'));
  if (why.starts_with(kOurs)) why.erase(0, kOurs.size());
  if (why.empty())
    why = fmt::format("a run ended with status {} before its record did", run.status);
  return std::unexpected(why);
}

std::string ending(const Run& run) {
  if (run.found.hangs != 0) return "hangs";
  if (run.found.timed_out) return "did not end in time";
  if (run.status > 128 && run.status <= 128 + 64)
    return "killed by " + trace::signal_name(run.status - 128);
  return fmt::format("exit status {}", run.status);
}

}  // namespace record
