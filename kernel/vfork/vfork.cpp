// Which vfork is in force, and the list of all.
#include "kernel/vfork/vfork.h"

#include <array>

namespace {
VforkMechanism* in_force = nullptr;
}

VforkMechanism& vfork_mechanism() { return in_force != nullptr ? *in_force : vfork_killable(); }
void set_vfork_mechanism(VforkMechanism& mechanism) { in_force = &mechanism; }

std::span<VforkMechanism* const> vfork_mechanisms() {
  static const std::array<VforkMechanism*, 7> all{&vfork_patch_1999(), &vfork_pre6(),       &vfork_pre7(),    &vfork_pre8(),
                                                  &vfork_semaphore(),  &vfork_completion(), &vfork_killable()};
  return all;
}

VforkMechanism* find_vfork_mechanism(std::string_view name) {
  for (VforkMechanism* m : vfork_mechanisms())
    if (m->name() == name) return m;
  return nullptr;
}
