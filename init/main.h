// What the command line asks of the kernel: the boot options, and start_kernel. Linux: init/main.c
// and Documentation/admin-guide/kernel-parameters.txt. Ours: there is no boot loader, so the
// options come as a struct, already checked for form; what they name (files, volumes) is checked at
// boot.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

struct BootOptions {
  // The program, as execvp(3) would take it, run as the child of the built-in init.
  std::vector<std::string> argv;
  // --init=PATH: this program becomes pid 1 in place of the built-in init; argv is its own.
  std::optional<std::string> init;

  // Files. Without rw the guest's writes stay in memory, whatever the root is.
  struct Volume {
    std::string host, guest;
    bool rw = false;
  };
  std::string root = "/";
  bool rw = false;
  std::vector<Volume> volumes;
  std::string cwd;  // empty: the user's own, or "/" if the guest cannot see it

  std::vector<std::string> env;  // the guest's whole environment, NAME=VALUE
  bool clear_env = false;        // it was not inherited: do not add to it

  // The machine.
  unsigned cpus = 0;             // 0: as many as the host lets us use
  std::string cpu_pin = "auto";  // "auto", "none" or the number of a host CPU
  std::string thp = "large";     // "host", "large", "always", "never"
  std::string ahead = "on";      // "on", "off", "always"
  uint64_t mem_bytes = 0;        // 0: no limit
  unsigned max_tasks = 0;        // 0: no limit but the pid space
  bool virtual_time = false;
  uint64_t seed = 0;  // 0: randomness is the host's

  // What the guest sees of itself.
  std::string hostname;  // empty: "slot190"
  uint32_t uid = 0, gid = 0;

  std::map<std::string, std::string> kernel_params;  // -k name=value
  bool verbose = false;                              // kernel messages on stderr
  uint64_t timeout_ns = 0;                           // wall-clock limit of the whole run; 0: none
};

// Boots, runs, and returns the exit status for the shell: the program's own, 128+n if signal n
// ended it, 126 not executable, 127 not found, 124 timed out; 125 for a failure of ours, with one
// line about it on stderr. Call it once.
int start_kernel(const BootOptions& options);
