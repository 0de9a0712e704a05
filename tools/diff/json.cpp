// What slot190 diff found, as one JSON object: the sides with all their events, and what differs.
#include "tools/diff/report.h"

namespace diff {

namespace {

nlohmann::ordered_json side_json(const Side& side) {
  const record::Run& run = side.run;
  const record::Findings& f = run.found;
  nlohmann::ordered_json j{{"name", side.label},
                           {"summary", side.summary},
                           {"seed", side.spec.seed},
                           {"command", side.spec.command_line({"run"})},
                           {"ending", record::ending(run)},
                           {"status", run.status},
                           {"stdout", run.out},
                           {"stderr", run.err},
                           {"hangs", f.hangs},
                           {"timed_out", f.timed_out},
                           {"early_returns", f.early_returns},
                           {"two_tasks_on_one_stack", f.two_tasks},
                           {"clobbered_words", f.clobbered_words},
                           {"dead_objects", f.dead_objects}};
  j["parameters"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : side.spec.params) j["parameters"][name] = value;
  j["tasks"] = nlohmann::ordered_json::array();
  for (const Lane& lane : lanes(run)) {
    nlohmann::ordered_json t{{"pid", lane.pid}, {"parent", lane.parent}, {"name", lane.name}};
    t["spans"] = nlohmann::ordered_json::array();
    for (const Span& s : lane.spans)
      t["spans"].push_back({s.from, s.to, state_name(s.state), s.where});
    j["tasks"].push_back(std::move(t));
  }
  j["events"] = nlohmann::ordered_json::array();
  for (const record::Event& e : run.events) j["events"].push_back(record::to_json(e));
  return j;
}

}  // namespace

nlohmann::ordered_json json_report(const Report& r) {
  nlohmann::ordered_json j{{"same", r.found.same()}, {"program", r.sides[0].spec.program}};
  j["differs"] = nlohmann::ordered_json::array();
  auto differs = [&](bool yes, const char* what) {
    if (yes) j["differs"].push_back(what);
  };
  differs(r.found.ending, "ending");
  differs(r.found.out, "stdout");
  differs(r.found.err, "stderr");
  differs(r.found.damage, "damage");
  differs(r.found.trace.has_value(), "trace");
  if (r.found.trace) {
    auto position = [](size_t at, const Side& side) -> nlohmann::ordered_json {
      if (at >= side.run.events.size()) return nullptr;
      return at;
    };
    j["first_difference"] = {{"a", position(r.found.trace->a, r.sides[0])},
                             {"b", position(r.found.trace->b, r.sides[1])}};
  }
  j["seeds"] = r.seeds;
  j["differing_seeds"] = r.differing;
  j["sides"] = {side_json(r.sides[0]), side_json(r.sides[1])};
  return j;
}

}  // namespace diff
