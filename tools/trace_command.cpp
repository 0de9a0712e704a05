// `slot190 trace`: run a program and print its system calls as strace(1) does, its manners
// included: -e, -c, -C, -S, -o, -s, -T, -r, -t, -y. Our own: --json, --events and --insn.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "fs/fs.h"
#include "kernel/timer.h"
#include "tools/backtrace.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/trace/sink.h"

namespace tools {

namespace {

struct TraceWords {
  std::vector<std::string> expressions;
  std::string output, sort = "time", string_limit;
  bool summary = false, summary_too = false, durations = false, relative = false, paths = false,
       json = false;
  bool events = false, instructions = false, wall = false, failed = false, successful = false, follow = false;
  int clock = 0;
};

void add_trace_options(CLI::App& app, TraceWords& w) {
  const char* what = "What is shown";
  app.add_option("-e,--expr", w.expressions,
                 "trace=SET, signal=SET or status=SET; SET is names, %file %process %network "
                 "%signal %ipc %desc %memory "
                 "%clock %creds, /regex, all, none; ! in front negates")
      ->type_name("EXPR")
      ->expected(1, 1 << 16)
      ->allow_extra_args(false)
      ->group(what);
  app.add_flag("-z,--successful-only", w.successful, "Only calls that succeeded")->group(what);
  app.add_flag("-Z,--failed-only", w.failed, "Only calls that failed")->group(what);
  app.add_flag("--insn", w.instructions, "Also every instruction of moxie programs")->group(what);
  app.add_flag("--events", w.events, "Also what the kernel does: switches, sleeps, wake-ups, forks")
      ->group(what);
  app.add_flag("-f,--follow-forks", w.follow,
               "Children are always traced; accepted for strace's sake")
      ->group(what);

  const char* how = "How";
  app.add_option("-o,--output", w.output, "Write to FILE instead of stderr")
      ->type_name("FILE")
      ->group(how);
  app.add_option("-s,--string-limit", w.string_limit, "Bytes of a string that are shown (32)")
      ->type_name("N")
      ->group(how);
  app.add_flag("-y,--decode-fds", w.paths, "Descriptors with their paths: 3</etc/passwd>")
      ->group(how);
  app.add_flag("-t,--absolute-timestamps", w.clock,
               "Time of day; -tt with microseconds; -ttt seconds since the epoch")
      ->group(how);
  app.add_flag("-r,--relative-timestamps", w.relative, "Time since the line before")->group(how);
  app.add_flag("-T,--syscall-times", w.durations, "Time spent in each call")->group(how);
  app.add_flag("--json", w.json, "One JSON object a line")->group(how);

  const char* table = "Summary";
  app.add_flag("-c,--summary-only", w.summary, "Count instead of printing: calls, errors, time")
      ->group(table);
  app.add_flag("-C,--summary", w.summary_too, "Print, and count too")->group(table);
  app.add_option("-S,--summary-sort-by", w.sort, "time, calls, errors, name, avg-time or nothing")
      ->type_name("KEY")
      ->group(table);
  app.add_flag("--summary-wall-clock", w.wall, "Count elapsed time, not the kernel's CPU time")
      ->group(table);
}

Parsed<trace::TraceOptions> trace_options(const TraceWords& w, const BootOptions& boot,
                                          bool quiet) {
  trace::TraceOptions o;
  for (const std::string& e : w.expressions)
    if (auto r = o.filter.add(e); !r) return std::unexpected(r.error());
  if (w.successful) o.filter.only_successful();
  if (w.failed) o.filter.only_failed();
  if (!trace::Summary::knows_sort(w.sort))
    return std::unexpected(
        fmt::format("-S: '{}' is no column: try -S time, -S calls, -S errors or -S name", w.sort));
  o.sort = w.sort;
  if (!w.string_limit.empty()) {
    auto n = parse_number("-s", w.string_limit, 0, 1 << 20);
    if (!n) return std::unexpected(n.error());
    o.format.string_limit = static_cast<size_t>(*n);
  }
  o.format.fd_paths = w.paths;
  o.format.fd_path = [](int fd) {
    auto f = fget(fd);
    return f ? (*f)->proc_name() : std::string();
  };
  o.print = !w.summary || w.summary_too;
  o.count = w.summary || w.summary_too;
  o.json = w.json;
  o.events = w.events;
  o.instructions = w.instructions;
  o.durations = w.durations;
  o.relative = w.relative;
  o.wall_clock = w.wall;
  o.clock_level = static_cast<unsigned>(std::min(w.clock, 3));
  o.quiet = quiet;
  o.argv = boot.argv;
  o.env_count = boot.env.size();
  if (!w.output.empty()) {
    o.to_file = true;
    o.out = std::fopen(w.output.c_str(), "we");
    if (o.out == nullptr)
      return std::unexpected(fmt::format("cannot write the trace to '{}': {}: try another -o FILE",
                                         w.output, std::strerror(errno)));
  }
  return o;
}

uint64_t cpu_ns() {
  std::timespec ts{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<uint64_t>(ts.tv_sec) * kNsec + static_cast<uint64_t>(ts.tv_nsec);
}

}  // namespace

int trace_command(const Invocation& call) {
  CLI::App app("Runs PROGRAM under the slot190 kernel and prints its system calls as strace does.",
               "trace");
  set_usage(app, "slot190 trace [OPTIONS] [--] PROGRAM [ARGS...]");
  BootWords words;
  TraceWords trace_words;
  add_boot_options(app, words, true);
  add_trace_options(app, trace_words);
  app.footer(R"(examples:
  slot190 trace busybox ls /                    every call, on stderr
  slot190 trace -o log -e trace=%file ./tool    calls that name a file, into a file
  slot190 trace -e trace='!mmap,brk' -e signal=none ./tool
  slot190 trace -c busybox find /etc            a table at the end
  slot190 trace --events -e trace=vfork,execve,exit_group busybox sh -c 'true; true'
  slot190 trace --json ./tool 2>log.jsonl       for programs)");
  auto line = split_line(app, call.words);
  if (!line) return complain(line.error());
  if (auto status = parse_options(app, line->options)) return *status;
  if (line->program.empty() || line->program[0].empty())
    return complain("trace: no program is named: try 'slot190 trace busybox true'");
  auto boot = boot_options(words, line->program, call.env);
  if (!boot) return complain(boot.error());
  auto options = trace_options(trace_words, *boot, words.quiet);
  if (!options) return complain(options.error());
  if (boot->verbose) install_backtrace();

  std::FILE* out = options->out;
  int status;
  {
    trace::Tracer tracer(std::move(*options), {ktime_get_real, ktime_get, cpu_ns});
    trace_sink = &tracer;
    status = start_kernel(*boot);
    trace_sink = nullptr;
    tracer.finish();
  }
  if (out != stderr && std::fclose(out) != 0)
    return complain(fmt::format("the trace in '{}' is not complete: {}", trace_words.output,
                                std::strerror(errno)));
  return status;
}

}  // namespace tools
