// `slot190 profiles`: the kernels of history and every mechanism that can be chosen by hand. Ours alone.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kernel/params.h"
#include "kernel/profile.h"
#include "tools/commands.h"
#include "tools/options.h"

namespace tools {

namespace {

void print_json() {
  nlohmann::ordered_json j;
  for (const Profile& p : profiles())
    j["profiles"].push_back({{"name", p.name},
                             {"summary", p.summary},
                             {"release", p.release},
                             {"vfork", p.mechanisms.vfork().name()}});
  for (const KernelParameter& p : kernel_parameters()) {
    nlohmann::ordered_json one{{"name", p.name}, {"summary", p.summary}};
    for (const auto& v : p.values) one["values"].push_back({{"name", v.name}, {"summary", v.summary}});
    if (p.values.empty()) one["form"] = p.form;
    j["parameters"].push_back(one);
  }
  fmt::print("{}\n", j.dump(2));
}

void print_text() {
  fmt::print("profiles (-k profile=NAME, or --profile NAME):\n");
  for (const Profile& p : profiles())
    fmt::print("  {:<18} {:<46} vfork={}\n", p.name, p.summary, p.mechanisms.vfork().name());
  fmt::print("\nsingle mechanisms (-k NAME=VALUE overrides what the profile says):\n");
  for (const KernelParameter& p : kernel_parameters()) {
    if (p.name == "profile") continue;
    fmt::print("  {:<18} {}\n", p.name, p.summary);
    if (p.values.empty()) fmt::print("    {}={}\n", p.name, p.form);
    for (const auto& v : p.values) fmt::print("    {:<16} {}\n", v.name, v.summary);
  }
}

}  // namespace

int profiles_command(const Invocation& call) {
  CLI::App app("Lists the kernels of history and the mechanisms that they are made of.", "profiles");
  set_usage(app, "slot190 profiles [--json]");
  bool json = false;
  app.set_help_flag("-h,--help", "Show this help");
  app.add_flag("--json", json, "For machines");
  app.footer(R"(examples:
  slot190 run --profile patch-1999 busybox sh          the first vfork, and what comes of it
  slot190 run -k vfork=semaphore -k cpus=2 --seed 7 ./prog
  slot190 run --profile linux-2.2 --strict-table ./prog)");
  if (auto status = parse_options(app, call.words)) return *status;
  register_profile_parameters();
  json ? print_json() : print_text();
  return kOk;
}

}  // namespace tools
