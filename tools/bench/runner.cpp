// The rounds. A launcher whose program ends or falls silent loses the case, gets a fresh program and
// goes on with the next. Ours alone.
#include "tools/bench/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "arch/um/os-Linux/coprocess.h"

namespace tools::bench {

namespace {

using um::os::Coprocess;
using json = nlohmann::json;

constexpr uint64_t kSecond = 1'000'000'000;

// What a launcher may say of its own before an answer: boot messages, the guest kernel's remarks.
constexpr int kMostRemarks = 10'000;

struct Answer {
  std::vector<double> ns;
  long n = 0;
  std::string error;
};

// A launcher is anybody's program, and may print anything: nothing if this is no answer.
std::optional<Answer> answer_of(const std::string& text) {
  json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return {};
  if (auto error = in.find("error"); error != in.end() && error->is_string() && *error != "")
    return Answer{{}, 0, *error};
  auto ns = in.find("ns"), n = in.find("n");
  auto cost = [](const json& x) { return x.is_number() && is_figure(x.get<double>()); };
  if (ns == in.end() || !ns->is_array() || ns->empty() || !std::ranges::all_of(*ns, cost))
    return {};
  return Answer{*ns, n != in.end() && n->is_number_integer() ? n->get<long>() : 0, {}};
}

class Session {
 public:
  Session(const Launcher& launcher, const Plan& plan) : launcher_(launcher), plan_(plan) {}

  const Launcher& launcher() const { return launcher_; }

  // Starts the program if none waits; an empty string or what is wrong.
  std::string start() {
    if (program_ != nullptr) return {};
    std::vector<std::string> argv;
    const std::string& program = launcher_.program.empty() ? plan_.program : launcher_.program;
    bool placed = false;
    for (const std::string& w : launcher_.argv) {
      size_t at = w.find("{}");
      placed = placed || at != std::string::npos;
      argv.push_back(at == std::string::npos ? w : std::string(w).replace(at, 2, program));
    }
    if (!placed) argv.push_back(program);
    argv.insert(argv.end(), launcher_.arguments.begin(), launcher_.arguments.end());
    argv.push_back("serve");
    auto started = Coprocess::start(argv, plan_.cpu);
    if (!started) return "cannot start " + argv[0];
    program_ = std::move(*started);
    // Boot messages may come first.
    auto ready = [](const std::string& line) { return line.starts_with("{\"ready\""); };
    if (hear(60 * kSecond, ready)) return {};
    return give_up("it does not answer");
  }

  Answer request(const std::string& line) {
    if (std::string why = start(); !why.empty()) return {{}, 0, why};
    std::optional<Answer> answer;
    auto answers = [&](const std::string& text) { return (answer = answer_of(text)).has_value(); };
    if (program_->write_line(line) && hear(120 * kSecond, answers)) return *answer;
    return {{}, 0, give_up("the guest ended or fell silent")};
  }

  void finish() {
    if (program_ == nullptr) return;
    program_->write_line("quit");
    program_->finish(10 * kSecond);
    program_.reset();
  }

 private:
  // Reads on until a line that `wanted` takes; false if the program ends, is silent for too long, or
  // talks without an end.
  template <class Wanted>
  bool hear(uint64_t patience, Wanted wanted) {
    for (int i = 0; i < kMostRemarks; ++i) {
      auto line = program_->read_line(patience);
      if (!line) return false;
      if (wanted(*line)) return true;
    }
    return false;
  }

  // The program is of no use any more: what it complained of, or else `why`.
  std::string give_up(std::string why) {
    std::string complaint = program_->complaint();
    program_.reset();
    return complaint.empty() ? why : complaint;
  }

  const Launcher& launcher_;
  const Plan& plan_;
  std::unique_ptr<Coprocess> program_;
};

// One session's samples of one case.
struct Samples {
  Session* session;
  std::vector<double> all, per_round;
  long n = 0;
  std::string error;
};

Row make_row(const Samples& s, const Samples* native, const Case& c, long mem) {
  Row row;
  row.implementation = s.session->launcher().what.name;
  row.case_name = c.name;
  row.mem = mem;
  row.error = s.error;
  if (!s.error.empty()) return row;
  row.iterations = s.n;
  row.batches = s.all.size();
  row.median = quantile(s.all, 0.5);
  row.p10 = quantile(s.all, 0.1);
  row.p90 = quantile(s.all, 0.9);
  row.minimum = quantile(s.all, 0);
  if (native == nullptr || !native->error.empty() || native == &s) return row;
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(s.per_round.size(), native->per_round.size()); ++i)
    ratios.push_back(s.per_round[i] / native->per_round[i]);
  row.ratio = quantile(ratios, 0.5);
  row.ratio_p10 = quantile(ratios, 0.1);
  row.ratio_p90 = quantile(ratios, 0.9);
  return row;
}

bool takes_part(const Launcher& l, const Case& c) {
  return (l.only.empty() || std::ranges::find(l.only, c.name) != l.only.end()) &&
         (!l.memory_only || c.memory);
}

void run_case(const Plan& plan, std::vector<Session>& sessions, const Case& c, long mem,
              Results& results) {
  std::vector<Samples> samples;
  for (Session& s : sessions)
    if (takes_part(s.launcher(), c)) samples.push_back({&s, {}, {}, 0, {}});
  for (long round = 0; round < plan.rounds; ++round) {
    for (Samples& s : samples) {
      if (!s.error.empty()) continue;
      Answer a = s.session->request(fmt::format("{} mem={} ms={} batches={} {}", c.name, mem,
                                                plan.milliseconds, plan.batches,
                                                s.session->launcher().words));
      s.error = a.error;
      s.n = a.n;
      if (!a.error.empty() || a.ns.empty()) continue;
      s.per_round.push_back(quantile(a.ns, 0.5));
      s.all.insert(s.all.end(), a.ns.begin(), a.ns.end());
    }
  }
  const Samples* native = nullptr;
  for (const Samples& s : samples)
    if (s.session->launcher().what.name == "native") native = &s;
  for (const Samples& s : samples)
    if (results.find(s.session->launcher().what.name, c.name, mem) == nullptr)
      results.rows.push_back(make_row(s, native, c, mem));
}

// Launchers that run together, in the same rounds.
Parsed<void> run_together(const Plan& plan, const std::vector<const Launcher*>& launchers,
                          bool mechanisms, Results& results) {
  std::vector<Session> sessions;
  for (const Launcher* l : launchers) sessions.emplace_back(*l, plan);
  for (Session& s : sessions) {
    std::string why = s.start();
    if (why.empty()) continue;
    // Our own words about a wrong option need none around them.
    constexpr std::string_view kOurs = "slot190: ";
    if (s.launcher().what.name == "slot190" && why.starts_with(kOurs))
      return std::unexpected(why.substr(kOurs.size()));
    std::string text =
        fmt::format("{} cannot run the guest program: {}", s.launcher().what.name, why);
    if (s.launcher().what.name == "native" || s.launcher().what.name == "slot190")
      return std::unexpected(text + ": try 'slot190 doctor'");
    results.warnings.push_back(text);
  }
  auto step = [&](const Case& c, long mem) {
    if (mechanisms && !uses_vfork(c)) return;
    if (plan.progress)
      plan.progress(c.memory ? fmt::format("{}, {}", c.title, size_text(mem))
                             : std::string(c.title));
    run_case(plan, sessions, c, mem, results);
  };
  for (const Case* c : plan.cases)
    if (!c->memory) step(*c, 0);
  // The size is the outer loop: the programs keep what they have touched from case to case.
  for (long mem : plan.sizes)
    for (const Case* c : plan.cases)
      if (c->memory) step(*c, mem);
  for (Session& s : sessions) s.finish();
  return {};
}

}  // namespace

Parsed<void> run_plan(const Plan& plan, Results& results) {
  // The mechanisms after the rest, beside a native of their own: all at once would need too much
  // memory.
  std::vector<const Launcher*> first, second;
  for (const Launcher& l : plan.launchers) {
    if (l.what.group != "mechanism") first.push_back(&l);
    if (l.what.group == "mechanism" || l.what.name == "native") second.push_back(&l);
  }
  if (auto done = run_together(plan, first, false, results); !done || second.size() < 2)
    return done;
  return run_together(plan, second, true, results);
}

}  // namespace tools::bench
