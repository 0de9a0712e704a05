// A host program at the other end of two pipes, for tools that talk to it line by line.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"

namespace um::os {

class Coprocess {
 public:
  // argv[0] is looked up in PATH. On `cpu` alone, or anywhere if it is negative. Its stderr is kept
  // for complaints().
  static Result<std::unique_ptr<Coprocess>> start(const std::vector<std::string>& argv, int cpu);
  ~Coprocess();  // kills it and its process group
  Coprocess(const Coprocess&) = delete;
  Coprocess& operator=(const Coprocess&) = delete;

  bool write_line(std::string_view line);
  // Without the newline; nothing if it ended, said nothing for so long (ns), or ends no line.
  std::optional<std::string> read_line(uint64_t timeout);
  // Closes its stdin and gives it so long (ns) to end by itself.
  void finish(uint64_t timeout);
  // The last line that it wrote to stderr.
  std::string complaint() const;

 private:
  Coprocess() = default;
  bool reap(bool wait);

  int pid_ = -1, in_ = -1, out_ = -1, err_ = -1;
  std::string buffer_;
};

// The host's `uname -sr`, for the head of a report.
std::string host_name_and_release();
std::string host_machine();

}  // namespace um::os
