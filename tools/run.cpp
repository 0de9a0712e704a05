// `slot190 run` and `slot190 boot`: boot the kernel for one program. Ours alone.
#include <fmt/format.h>

#include "tools/backtrace.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/record/recorder.h"

namespace tools {

namespace {

int boot_and_run(const CLI::App& app, const BootWords& words,
                 const std::vector<std::string>& program, const Invocation& call) {
  if (program.empty() && words.init.empty())
    return complain(fmt::format("{}: no program is named: try 'slot190 {} /bin/busybox sh'",
                                app.get_name(), app.get_name()));
  if (!program.empty() && program[0].empty())
    return complain(fmt::format("{}: the program's name is empty: try 'slot190 {} /bin/busybox sh'",
                                app.get_name(), app.get_name()));
  auto options = boot_options(words, program, call.env);
  if (!options) return complain(options.error());
  if (options->verbose) install_backtrace();
  if (!words.record.empty()) return record::run_recorded(*options, words.record);
  return start_kernel(*options);
}

}  // namespace

int run_command(const Invocation& call) {
  CLI::App app("Runs PROGRAM as child of a built-in init under the slot190 kernel.", "run");
  set_usage(app, "slot190 run [OPTIONS] [--] PROGRAM [ARGS...]");
  BootWords words;
  add_boot_options(app, words);
  app.add_option("--record", words.record, "")->group("");  // for diff and explore
  app.footer(R"(examples:
  slot190 run busybox sh                       a shell on your files; what it writes stays in memory
  slot190 run --rw make                        ... and now it may change them
  slot190 run -v ./data:/data -v ./out:/out:rw ./tool /data /out
  slot190 run -E LANG=C -E DISPLAY -w /tmp ./tool
  slot190 run --mem=1G --max-tasks=100 --timeout=30s ./untrusted
  slot190 run --time=virtual sleep 1000        returns at once

-v before a word like DIR:DIR is --volume; before anything else it is --verbose.)");
  auto line = split_line(app, call.words);
  if (!line) return complain(line.error());
  if (auto status = parse_options(app, line->options)) return *status;
  return boot_and_run(app, words, line->program, call);
}

int boot_command(const Invocation& call) {
  CLI::App app("Boots the slot190 kernel with a program of yours as pid 1.", "boot");
  set_usage(app, "slot190 boot [OPTIONS] --init=PROGRAM [--] [ARGS...]");
  BootWords words;
  add_boot_options(app, words);
  app.add_option("--init", words.init, "The program that becomes pid 1")->type_name("PROGRAM");
  app.footer(R"(examples:
  slot190 boot --root=./rootfs --init=/sbin/init
  slot190 boot --init=/bin/busybox sh          the shell is pid 1

The system halts when pid 1 exits; its exit status is slot190's.)");
  auto line = split_line(app, call.words);
  if (!line) return complain(line.error());
  if (auto status = parse_options(app, line->options)) return *status;
  std::vector<std::string> argv = line->program;
  if (words.init.empty() && !argv.empty()) {
    words.init = argv[0];
  } else if (!words.init.empty()) {
    argv.insert(argv.begin(), words.init);
  }
  if (words.init.empty())
    return complain("boot: no init is named: try 'slot190 boot --init=/sbin/init'");
  return boot_and_run(app, words, argv, call);
}

}  // namespace tools
