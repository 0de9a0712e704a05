// Presets, each as its manual starts one program on the host's files; and what of the host's state a
// reader must know to believe a figure. Ours alone.
#include "tools/bench/peers.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "arch/um/os-Linux/coprocess.h"

namespace tools::bench {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string w; in >> w;) words.push_back(w);
  return words;
}

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// The value of "key : value" in a /proc file.
std::string field(const std::string& path, std::string_view key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) {
      size_t at = line.find(':');
      at = line.find_first_not_of(" \t", at + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  return {};
}

struct Preset {
  const char* name;
  const char* program;
  const char* rest;
  bool i386;
  const char* as_init;
};
constexpr Preset kPresets[] = {
    // user-mode-linux(7): the host's files by hostfs, our program as init, the console on stdio.
    {"UML", "linux.uml",
     "mem=3G rootfstype=hostfs root=/dev/root rootflags=/ ro quiet con=null con0=fd:0,fd:1 "
     "init={} --",
     false, "init"},
    // `runsc do`: the host's files, no container engine.
    {"gVisor", "runsc", "--network=none --ignore-cgroups do {}", false, nullptr},
    {"PRoot", "proot", "{}", true, nullptr},
    {"qemu-user", "qemu-x86_64-static", "{}", false, nullptr},
    {"qemu-user", "qemu-i386-static", "{}", true, nullptr},
};

}  // namespace

std::string find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream in(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string dir; std::getline(in, dir, ':');) {
    fs::path candidate = fs::path(dir) / name;
    std::error_code ec;
    auto perms = fs::status(candidate, ec).permissions();
    if (!ec && fs::is_regular_file(candidate, ec) &&
        (perms & fs::perms::owner_exec) != fs::perms::none)
      return candidate;
  }
  return {};
}

std::vector<Launcher> known_peers(std::string_view isa) {
  std::vector<Launcher> out;
  for (const Preset& p : kPresets) {
    bool qemu = std::string_view(p.name) == "qemu-user";
    if (isa == "i386" ? !p.i386 : qemu && p.i386) continue;
    if (find_program(p.program).empty()) continue;
    Launcher l;
    std::string command = fmt::format("{} {}", p.program, p.rest);
    l.what = {p.name, command, "peer"};
    l.argv = words_of(command);
    if (p.as_init != nullptr) l.arguments.push_back(p.as_init);
    out.push_back(std::move(l));
  }
  return out;
}

Parsed<Launcher> parse_peer(const std::string& text) {
  size_t eq = text.find('='), space = text.find(' ');
  bool named = eq != std::string::npos && (space == std::string::npos || eq < space) && eq > 0;
  std::string command = named ? text.substr(eq + 1) : text;
  Launcher l;
  l.argv = words_of(command);
  if (l.argv.empty())
    return std::unexpected(
        fmt::format("--peer: '{}' is no command: try --peer 'PRoot=proot {{}}'", text));
  if (find_program(l.argv[0]).empty() && !fs::exists(l.argv[0]))
    return std::unexpected(fmt::format(
        "--peer: there is no program '{}': try --peer NAME=/path/to/launcher", l.argv[0]));
  l.what = {named ? text.substr(0, eq) : fs::path(l.argv[0]).filename().string(), command, "peer"};
  return l;
}

double load_average() { return std::atof(first_line("/proc/loadavg").c_str()); }

long available_memory() { return std::atol(field("/proc/meminfo", "MemAvailable").c_str()) / 1024; }

void note_conditions(Results& r) {
  std::time_t now = std::time(nullptr);
  char date[64];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", std::localtime(&now));
  r.date = date;
  r.host = um::os::host_name_and_release();
  r.cpu_model = field("/proc/cpuinfo", "model name");
  r.load_before = load_average();
  if (r.load_before > 0.5)
    r.warnings.push_back(
        fmt::format("load: {:.1f} before the run; other work disturbs it: believe the ratios more "
                    "than the times",
                    r.load_before));
  int cpu = r.cpu < 0 ? 0 : r.cpu;
  std::string governor =
      first_line(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", cpu));
  if (!governor.empty() && governor != "performance")
    r.warnings.push_back(
        fmt::format("frequency: the governor is '{}'; figures move with the clock: try "
                    "'performance'",
                    governor));
  std::string thp = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
  if (thp.find("[always]") != std::string::npos)
    r.warnings.push_back(
        "huge pages: the host gives them to everybody (transparent_hugepage/enabled is 'always'): "
        "'fork' of much memory is cheap in every row");
  if (thp.find("[never]") != std::string::npos)
    r.warnings.push_back("huge pages: the host forbids them: the thp rows equal the plain ones");
  if (field("/proc/cpuinfo", "flags").find("hypervisor") != std::string::npos)
    r.warnings.push_back(
        "machine: virtual; page faults and process switches cost more than on iron");
#ifdef __SANITIZE_ADDRESS__
  r.warnings.push_back("build: this slot190 carries the address sanitizer");
#endif
#ifndef __OPTIMIZE__
  r.warnings.push_back("build: this slot190 is not optimised");
#endif
}

}  // namespace tools::bench
