// A host process that is no stub: a program that is run to its end and listened to. The commands that
// boot many kernels start this executable again, a kernel a process.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lib/result.h"

namespace um::os {

struct ChildOutput {
  int status = 0;          // as a shell has it: the exit status, or 128 + the signal
  bool timed_out = false;  // killed when the limit was over
  std::string out, err;
};

// argv[0] is the path of the program. Standard input is empty. The errno of what could not be started.
// May be called from several threads at once.
Result<ChildOutput> run_child(std::span<const std::string> argv, uint64_t limit_ns);

// The path of the running executable; empty if the host does not say.
std::string own_executable();
// Columns of the terminal that standard output is, or 0 if it is none.
unsigned terminal_columns();

}  // namespace um::os
