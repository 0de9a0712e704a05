// The command line before the guest's own words, and the options that every booting command has.
// Ours alone; the manners are those of env(1), strace(1), docker and QEMU. CLI11 holds the options,
// does the GNU spelling and prints the help; values stay text until here, so that every complaint
// is ours.
#include "tools/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>

namespace tools {

namespace fs = std::filesystem;

namespace {

std::unexpected<Complaint> wrong(Complaint text) { return std::unexpected(std::move(text)); }

// A decimal with a unit from `units`; the scale of the unit multiplies it.
struct Unit {
  std::string_view name;
  double scale;
};
std::optional<double> scaled(std::string_view text, std::initializer_list<Unit> units) {
  double value = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || !std::isfinite(value) || value < 0) return {};
  std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Unit& u : units) {
    bool same = std::ranges::equal(rest, u.name, [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) ==
             std::tolower(static_cast<unsigned char>(b));
    });
    if (same) return value * u.scale < 9.2e18 ? std::optional(value * u.scale) : std::nullopt;
  }
  return {};
}

}  // namespace

Parsed<uint64_t> parse_number(std::string_view option, std::string_view text, uint64_t low,
                              uint64_t high) {
  uint64_t value = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return wrong(fmt::format("{}: '{}' is not a number from {} to {}: try {}={}", option, text, low,
                             high, option, std::max<uint64_t>(low, 1)));
  return value;
}

Parsed<uint64_t> parse_size(std::string_view option, std::string_view text) {
  constexpr double K = 1024;
  auto v = scaled(text, {{"", 1},
                         {"B", 1},
                         {"K", K},
                         {"KiB", K},
                         {"M", K * K},
                         {"MiB", K * K},
                         {"G", K * K * K},
                         {"GiB", K * K * K},
                         {"T", K * K * K * K}});
  if (!v || *v < 1)
    return wrong(
        fmt::format("{}: '{}' is not a size: try {}=512M or {}=2G", option, text, option, option));
  return static_cast<uint64_t>(*v);
}

Parsed<uint64_t> parse_duration(std::string_view option, std::string_view text) {
  auto v = scaled(
      text,
      {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"m", 60e9}, {"h", 3600e9}});
  if (!v || *v < 1)
    return wrong(
        fmt::format("{}: '{}' is not a time: try {}=10s or {}=1.5m", option, text, option, option));
  return static_cast<uint64_t>(*v);
}

Parsed<BootOptions::Volume> parse_volume(std::string_view text) {
  BootOptions::Volume volume;
  std::string_view rest = text;
  if (rest.ends_with(":rw")) {
    volume.rw = true;
    rest.remove_suffix(3);
  } else if (rest.ends_with(":ro")) {
    rest.remove_suffix(3);
  }
  size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == rest.size())
    return wrong(fmt::format(
        "--volume: '{}' does not name two directories: try --volume /home/me/data:/data or "
        "--volume ./out:/out:rw",
        text));
  volume.host = rest.substr(0, colon);
  volume.guest = rest.substr(colon + 1);
  if (volume.guest.front() != '/')
    return wrong(fmt::format(
        "--volume: the guest's place '{}' must be an absolute path: try --volume {}:/{}",
        volume.guest, volume.host, volume.guest));
  std::error_code ec;
  if (!fs::exists(volume.host, ec))
    return wrong(fmt::format(
        "--volume: there is no '{}' on the host: try an existing file or directory before the ':'",
        volume.host));
  return volume;
}

// ---- the line -----------------------------------------------------------------------------------

namespace {

// Does this word after -v read as HOST:GUEST? A path with a colon, as no plain program name has.
bool looks_like_volume(const std::string& word) {
  return word.find(':') != std::string::npos && word.find('/') != std::string::npos &&
         word.front() != '-';
}

std::unexpected<Complaint> unknown_option(const CLI::App& app, std::string_view word) {
  std::vector<std::string> names;
  for (const CLI::Option* o : app.get_options())
    for (const std::string& l : o->get_lnames()) names.push_back("--" + l);
  std::vector<std::string_view> views(names.begin(), names.end());
  std::string_view near =
      word.starts_with("--") ? nearest(word.substr(0, word.find('=')), views) : "";
  std::string help = fmt::format("'slot190 {} --help'", app.get_name());
  if (!near.empty())
    return wrong(fmt::format("there is no option {}: try {} or {}", word, near, help));
  return wrong(fmt::format("there is no option {}: try {}", word, help));
}

// Appends the option at words[i] in a form that leaves CLI11 nothing to guess (--name or
// --name=value) and returns how many words it took, 1 or 2.
Parsed<size_t> take_option(const CLI::App& app, const std::vector<std::string>& words, size_t i,
                           std::vector<std::string>& out) {
  const std::string& w = words[i];
  auto takes_value = [](const CLI::Option* o) { return o->get_items_expected_min() > 0; };
  auto spelt = [](const CLI::Option* o) { return "--" + o->get_lnames().front(); };
  auto next_word = [&](const CLI::Option* o, std::string_view name) -> Parsed<size_t> {
    if (i + 1 >= words.size() || words[i + 1].empty())
      return wrong(fmt::format("{} needs a value: try 'slot190 {} --help'", name, app.get_name()));
    out.push_back(spelt(o) + "=" + words[i + 1]);
    return 2;
  };
  if (w.starts_with("--")) {
    size_t eq = w.find('=');
    std::string name = w.substr(0, eq);
    const CLI::Option* o = app.get_option_no_throw(name);
    if (o == nullptr) return unknown_option(app, name);
    if (takes_value(o) && eq == std::string::npos) return next_word(o, name);
    if (!takes_value(o) && eq != std::string::npos)
      return wrong(fmt::format("{} takes no value: try {} alone", name, name));
    if (eq + 1 == w.size())
      return wrong(fmt::format("{} needs a value: try 'slot190 {} --help'", name, app.get_name()));
    out.push_back(w);
    return 1;
  }
  for (size_t c = 1; c < w.size(); ++c) {  // a cluster such as -qr DIR
    std::string name{'-', w[c]};
    const CLI::Option* o = app.get_option_no_throw(name);
    if (o == nullptr) return unknown_option(app, name);
    if (!takes_value(o)) {
      out.push_back(spelt(o));
      continue;
    }
    if (c + 1 == w.size()) return next_word(o, name);
    out.push_back(spelt(o) + "=" + w.substr(c + 1));
    return 1;
  }
  return 1;
}

}  // namespace

Parsed<SplitLine> split_line(const CLI::App& app, const std::vector<std::string>& words) {
  SplitLine out;
  size_t i = 0;
  while (i < words.size()) {
    const std::string& w = words[i];
    if (w == "--") {
      ++i;
      break;
    }
    if (w.size() < 2 || w[0] != '-') break;
    if (w == "-v" && i + 1 < words.size() && looks_like_volume(words[i + 1])) {
      out.options.push_back("--volume=" + words[i + 1]);
      i += 2;
      continue;
    }
    auto n = take_option(app, words, i, out.options);
    if (!n) return std::unexpected(n.error());
    i += *n;
  }
  out.program.assign(words.begin() + static_cast<long>(i), words.end());
  return out;
}

namespace {

class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    for (size_t at; (at = text.find("\n\n\n")) != std::string::npos;) text.erase(at, 1);
    return text;
  }
  std::string make_usage(const CLI::App*, std::string) const override {
    return "usage: " + usage_ + "\n";
  }

 private:
  std::string usage_;
};

}  // namespace

void set_usage(CLI::App& app, std::string usage) {
  app.formatter(std::make_shared<HelpFormatter>(std::move(usage)));
}

std::optional<int> parse_options(CLI::App& app, std::vector<std::string> options) {
  std::ranges::reverse(options);  // CLI11 takes them last first
  try {
    app.parse(std::move(options));
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return kOk;
  } catch (const CLI::ParseError& e) {
    return complain(fmt::format("{}: try 'slot190 {} --help'", e.what(), app.get_name()));
  }
  return {};
}

// ---- boot options -------------------------------------------------------------------------------

std::vector<std::string> boot_arguments(const BootWords& w) {
  std::vector<std::string> list;
  auto one = [&](const char* name, const std::string& value) {
    if (!value.empty()) list.push_back(fmt::format("{}={}", name, value));
  };
  auto many = [&](const char* name, const std::vector<std::string>& values) {
    for (const std::string& v : values) one(name, v);
  };
  auto flag = [&](const char* name, bool on) {
    if (on) list.emplace_back(name);
  };
  one("--root", w.root);
  flag("--rw", w.rw);
  many("--volume", w.volumes);
  one("--cwd", w.cwd);
  flag("--clear-env", w.clear_env);
  many("--env", w.env);
  one("--user", w.user);
  one("--hostname", w.hostname);
  flag("--strict-table", w.strict_table);
  one("--mem", w.mem);
  one("--max-tasks", w.max_tasks);
  one("--cpu", w.cpu);
  one("--thp", w.thp);
  one("--ahead", w.ahead);
  return list;
}

void add_boot_options(CLI::App& app, BootWords& w, bool tracing) {
  app.set_help_flag("-h,--help", "Show this help");
  auto one = [&](const char* name, std::string& to, const char* help, const char* type) {
    return app.add_option(name, to, help)
        ->type_name(type)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  auto many = [&](const char* name, std::vector<std::string>& to, const char* help,
                  const char* type) {
    return app.add_option(name, to, help)
        ->type_name(type)
        ->expected(1, 1 << 16)
        ->allow_extra_args(false);
  };
  const char* files = "Files";
  one(tracing ? "--root" : "-r,--root", w.root,
      "The guest's / is this directory (default: the host's /)", "DIR")
      ->group(files);
  app.add_flag("--rw", w.rw, "The guest's writes reach the host (default: they stay in memory)")
      ->group(files);
  many("--volume", w.volumes, "Show HOST at GUEST; writes stay in memory unless :rw; also -v",
       "HOST:GUEST[:rw]")
      ->group(files);
  one("-w,--cwd", w.cwd, "Start in this directory of the guest", "DIR")->group(files);

  const char* guest = "Guest";
  many("-E,--env", w.env, "Set a variable, or remove it when there is no '='", "NAME[=VALUE]")
      ->group(guest);
  app.add_flag("-i,--clear-env", w.clear_env, "Start with an empty environment")->group(guest);
  one("-u,--user", w.user, "User and group inside the guest (default: 0:0)", "UID[:GID]")
      ->group(guest);
  one("--hostname", w.hostname, "The guest's host name", "NAME")->group(guest);
  const char* history = "History ('slot190 profiles' lists what there is)";
  one("--profile", w.profile, "Be this kernel of history (default: linux-6)", "NAME")->group(history);
  many("-k,--append", w.params, "A kernel parameter: one mechanism by hand", "NAME=VALUE")->group(history);
  app.add_flag("--strict-table", w.strict_table, "ENOSYS for calls that the kernel did not have")
      ->group(history);

  const char* limits = "Limits and time";
  one("--mem", w.mem, "Memory that all guest programs together may use", "SIZE")->group(limits);
  one("--max-tasks", w.max_tasks, "Tasks that may exist at once", "N")->group(limits);
  one("--timeout", w.timeout, "End everything after this time; exit status 124", "TIME")
      ->group(limits);
  one("--time", w.time, "host: the real clock; virtual: sleeps take no time, runs repeat",
      "host|virtual")
      ->group(limits);
  one("--seed", w.seed, "Seed of the guest's randomness, for runs that repeat", "N")->group(limits);

  const char* machine = "Machine";
  one("--cpus", w.cpus, "Host CPUs that guest programs may use", "N")->group(machine);
  one("--cpu", w.cpu, "Home CPU of the kernel: auto, none, or its number", "PIN")->group(machine);
  one("--ahead", w.ahead,
      "on: a program that is a few instructions from its next system call gets there in the kernel "
      "process; off: every call is a stop of its host process; always: tries it at every call",
      "MODE")
      ->group(machine);
  one("--thp", w.thp,
      "Huge pages: large (mappings of 32 MiB and more ask for them), always (all from 2 MiB on), "
      "host (none asks), never",
      "MODE")
      ->group(machine);

  app.add_flag("-v,--verbose", w.verbose,
               "Kernel messages on stderr; backtrace of a program that crashes");
  app.add_flag("-q,--quiet", w.quiet, "No remarks, only results and errors");
}

namespace {

Parsed<void> set_environment(BootOptions& o, const BootWords& w,
                             const std::vector<std::string>& env) {
  o.clear_env = w.clear_env;
  if (!w.clear_env) o.env = env;
  for (const std::string& e : w.env) {
    size_t eq = e.find('=');
    if (eq == 0 || e.empty())
      return wrong(fmt::format("--env: '{}' has no name: try -E NAME=VALUE", e));
    std::string key = e.substr(0, eq) + '=';
    std::erase_if(o.env, [&](const std::string& x) { return x.starts_with(key); });
    if (eq != std::string::npos) o.env.push_back(e);
  }
  return {};
}

Parsed<void> add_kernel_param(BootOptions& o, const std::string& name, const std::string& value) {
  const auto [at, added] = o.kernel_params.emplace(name, value);
  if (!added && at->second != value)
    return wrong(fmt::format("{} is given twice, as '{}' and as '{}': try one of them", name, at->second, value));
  return {};
}

Parsed<void> set_kernel_params(BootOptions& o, const BootWords& w) {
  for (const std::string& line : w.params) {  // several in one word, as a boot loader's append line
    std::string_view rest = line;
    while (!rest.empty()) {
      std::string_view p = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), p.size() + 1));
      if (p.empty()) continue;
      size_t eq = p.find('=');
      if (eq == std::string_view::npos || eq == 0)
        return wrong(fmt::format("-k: '{}' is not NAME=VALUE: try -k vfork=killable", p));
      if (auto r = add_kernel_param(o, std::string(p.substr(0, eq)), std::string(p.substr(eq + 1))); !r) return r;
    }
  }
  if (!w.profile.empty())
    if (auto r = add_kernel_param(o, "profile", w.profile); !r) return r;
  if (w.strict_table)
    if (auto r = add_kernel_param(o, "table", "era"); !r) return r;
  if (o.kernel_params.contains("preempt") && o.kernel_params["cpus"] != "2")
    return wrong("-k preempt: only a machine with two CPUs has preemption points: try -k cpus=2 with it");
  return {};
}

Parsed<void> set_user(BootOptions& o, const std::string& text) {
  if (text.empty()) return {};
  size_t colon = text.find(':');
  auto uid = parse_number("--user", text.substr(0, colon), 0, 0xfffffffeULL);
  if (!uid) return std::unexpected(uid.error());
  auto gid = colon == std::string::npos
                 ? uid
                 : parse_number("--user", text.substr(colon + 1), 0, 0xfffffffeULL);
  if (!gid) return std::unexpected(gid.error());
  o.uid = static_cast<uint32_t>(*uid);
  o.gid = static_cast<uint32_t>(*gid);
  return {};
}

Parsed<void> set_choice(std::string& to, std::string_view option, const std::string& text,
                        std::initializer_list<std::string_view> allowed) {
  if (text.empty()) return {};
  if (std::ranges::find(allowed, text) == allowed.end())
    return wrong(fmt::format("{}: '{}' is none of {}: try {}={}", option, text,
                             fmt::join(allowed, ", "), option, *allowed.begin()));
  to = text;
  return {};
}

Parsed<void> set_files(BootOptions& o, const BootWords& w) {
  std::error_code ec;
  if (!w.root.empty()) {
    if (!fs::exists(w.root, ec))
      return wrong(fmt::format("--root: there is no '{}': try an existing directory", w.root));
    if (!fs::is_directory(w.root, ec))
      return wrong(
          fmt::format("--root: '{}' is not a directory: try the directory that "
                      "holds bin, etc and lib",
                      w.root));
    o.root = fs::absolute(w.root, ec).lexically_normal();
  }
  o.rw = w.rw;
  for (const std::string& v : w.volumes) {
    auto volume = parse_volume(v);
    if (!volume) return std::unexpected(volume.error());
    o.volumes.push_back(*volume);
  }
  if (!w.cwd.empty() && w.cwd.front() != '/')
    return wrong(fmt::format("--cwd: '{}' is not an absolute path: try --cwd=/{}", w.cwd, w.cwd));
  o.cwd = w.cwd;
  return {};
}

Parsed<void> set_machine(BootOptions& o, const BootWords& w) {
  if (!w.cpus.empty()) {
    auto n = parse_number("--cpus", w.cpus, 1, 64);
    if (!n) return std::unexpected(n.error());
    o.cpus = static_cast<unsigned>(*n);
  }
  if (!w.cpu.empty() && w.cpu != "auto" && w.cpu != "none") {
    auto n = parse_number("--cpu", w.cpu, 0, 4095);
    if (!n)
      return wrong(
          fmt::format("--cpu: '{}' is no CPU: try --cpu=auto, --cpu=none or --cpu=0", w.cpu));
  }
  if (!w.cpu.empty()) o.cpu_pin = w.cpu;
  if (auto r = set_choice(o.ahead, "--ahead", w.ahead, {"on", "off", "always"}); !r) return r;
  return set_choice(o.thp, "--thp", w.thp, {"large", "always", "host", "never"});
}

Parsed<void> set_limits(BootOptions& o, const BootWords& w) {
  // Each: an empty text leaves the default.
  auto take = [](const std::string& text, auto parse, auto& to) -> Parsed<void> {
    if (text.empty()) return {};
    Parsed<uint64_t> v = parse(text);
    if (!v) return std::unexpected(v.error());
    to = static_cast<std::remove_reference_t<decltype(to)>>(*v);
    return {};
  };
  auto number = [](std::string_view option, uint64_t low, uint64_t high) {
    return [=](const std::string& t) { return parse_number(option, t, low, high); };
  };
  if (auto r = take(
          w.mem, [](const std::string& t) { return parse_size("--mem", t); }, o.mem_bytes);
      !r)
    return r;
  if (auto r = take(w.max_tasks, number("--max-tasks", 1, 4'194'304), o.max_tasks); !r) return r;
  if (auto r = take(
          w.timeout, [](const std::string& t) { return parse_duration("--timeout", t); },
          o.timeout_ns);
      !r)
    return r;
  if (auto r = take(w.seed, number("--seed", 0, ~0ULL), o.seed); !r) return r;
  std::string time = "host";
  if (auto r = set_choice(time, "--time", w.time, {"host", "virtual"}); !r) return r;
  o.virtual_time = time == "virtual";
  return {};
}

}  // namespace

Parsed<BootOptions> boot_options(const BootWords& w, const std::vector<std::string>& program,
                                 const std::vector<std::string>& env) {
  BootOptions o;
  o.argv = program;
  if (!w.init.empty()) o.init = w.init;
  o.verbose = w.verbose && !w.quiet;
  if (w.hostname.size() > 64)
    return wrong("--hostname: a host name has at most 64 characters: try a shorter one");
  o.hostname = w.hostname;
  for (auto step : {set_files(o, w), set_environment(o, w, env), set_kernel_params(o, w),
                    set_user(o, w.user), set_machine(o, w), set_limits(o, w)})
    if (!step) return std::unexpected(step.error());
  return o;
}

}  // namespace tools
