// The program's entry: finds the subcommand and hands over. `slot190 PROGRAM` is `slot190 run
// PROGRAM`. Ours alone.
#include <exception>

#include "tools/commands.h"

namespace {

int dispatch(tools::Invocation call) {
  auto& words = call.words;
  if (words.empty())
    return tools::complain("nothing to run: try 'slot190 run /bin/busybox sh' or 'slot190 --help'");
  const std::string first = words[0];
  if (first == "-h" || first == "--help") return tools::help_command({{}, call.env});
  if (first == "-V" || first == "--version") return tools::version_command(call);
  if (const tools::Command* c = tools::find_command(first)) {
    words.erase(words.begin());
    return c->run(call);
  }
  return tools::run_command(call);
}

}  // namespace

int main(int argc, char** argv, char** envp) {
  try {
    tools::Invocation call;
    call.words.assign(argv + 1, argv + argc);
    for (char** e = envp; *e != nullptr; ++e) call.env.emplace_back(*e);
    return dispatch(std::move(call));
  } catch (const std::exception& e) {
    return tools::complain(e.what());
  }
}
