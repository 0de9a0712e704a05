// A profile is a kernel of history: one mechanism for each thing that history changed, chosen once at
// boot. fork, exec and exit never ask for a version; they use what stands here. Facts: the table of
// observable differences that Documentation/history.md summarises.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "kernel/vfork/vfork.h"

struct Profile {
  std::string_view name;
  std::string_view summary;
  std::string_view release;         // uname -r
  VforkMechanism& (*vfork)();
  int nproc_errno;                  // RLIMIT_NPROC reached: ENOMEM in 2.2.0, EAGAIN later
};
std::span<const Profile> profiles();
const Profile* find_profile(std::string_view name);

// What is in force.
struct Mechanisms {
  const Profile* profile = nullptr;
  bool clone_vfork_honoured = true; // false: CLONE_VFORK means nothing where the kernel did not know it
  unsigned cpus = 1;                // 2: the scheduler may take the named preemption points
};
const Mechanisms& mechanisms();

// Applies boot parameters: profile=, vfork=, clone-vfork=honoured|ignored, cpus=1|2. Empty on success,
// else one sentence for the user that lists what there is.
std::string set_mechanisms(const std::map<std::string, std::string>& parameters, uint64_t seed);

// A place where a second CPU could have run another task between two statements of the kernel. With
// cpus=2 the seed decides whether it does.
void preemption_point(std::string_view where);
