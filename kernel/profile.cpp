// The profiles, and the choice of one. Ours; history has no such file.
#include "kernel/profile.h"

#include <array>
#include <cerrno>
#include <random>

#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/utsname.h"

namespace {

constexpr std::string_view kDefault = "linux-6";
Mechanisms in_force;
std::mt19937_64 dice;

const std::array kProfiles{
    Profile{"patch-1999", "2.2.0-pre5 with the patch of 8 January 1999", "2.2.0-pre5-vfork", vfork_patch_1999, ENOMEM},
    Profile{"linux-2.2.0-pre6", "the patch as merged, wake-up moved to mmput", "2.2.0-pre6", vfork_pre6, ENOMEM},
    Profile{"linux-2.2.0-pre7", "semaphore, up in mmput", "2.2.0-pre7", vfork_pre7, ENOMEM},
    Profile{"linux-2.2.0-pre8", "slot 190 empty, clone(CLONE_VFORK) only", "2.2.0-pre8", vfork_pre8, ENOMEM},
    Profile{"linux-2.2", "2.2.0 to 2.4.6: semaphore, up in mm_release", "2.2.0", vfork_semaphore, ENOMEM},
    Profile{"linux-2.4", "2.4.7 to 3.3: completion held by the child", "2.4.7", vfork_completion, EAGAIN},
    Profile{"linux-6", "3.4 to today: killable completion", "6.1.0-slot190", vfork_killable, EAGAIN},
};

template <class Range>
std::string names(const Range& range, auto name_of) {
  std::string list;
  for (const auto& x : range) list.append(list.empty() ? "" : ", ").append(name_of(x));
  return list;
}

std::string complain(std::string_view what, const std::string& value, const std::string& choices) {
  return "there is no " + std::string(what) + " '" + value + "'; there are: " + choices;
}

std::string set_one(const std::string& key, const std::string& value) {
  if (key == "profile") {
    in_force.profile = find_profile(value);
    if (in_force.profile == nullptr) return complain(key, value, names(kProfiles, [](const Profile& p) { return p.name; }));
    set_vfork_mechanism(in_force.profile->vfork());
    set_utsname_release(in_force.profile->release);
  } else if (key == "vfork") {
    VforkMechanism* m = find_vfork_mechanism(value);
    if (m == nullptr) return complain(key, value, names(vfork_mechanisms(), [](VforkMechanism* x) { return x->name(); }));
    set_vfork_mechanism(*m);
  } else if (key == "clone-vfork") {
    if (value != "honoured" && value != "ignored") return complain(key, value, "honoured, ignored");
    in_force.clone_vfork_honoured = value == "honoured";
  } else if (key == "cpus") {
    if (value != "1" && value != "2") return complain(key, value, "1, 2");
    in_force.cpus = value == "2" ? 2 : 1;
  } else {
    return complain("kernel parameter", key, "profile, vfork, clone-vfork, cpus");
  }
  return {};
}

}  // namespace

std::span<const Profile> profiles() { return kProfiles; }

const Profile* find_profile(std::string_view name) {
  for (const Profile& p : kProfiles)
    if (p.name == name) return &p;
  return nullptr;
}

const Mechanisms& mechanisms() {
  if (in_force.profile == nullptr) in_force.profile = find_profile(kDefault);
  return in_force;
}

std::string set_mechanisms(const std::map<std::string, std::string>& parameters, uint64_t seed) {
  dice.seed(seed);
  // The profile first: single mechanisms override it, in whatever order they were given.
  if (auto p = parameters.find("profile"); p != parameters.end())
    if (std::string trouble = set_one(p->first, p->second); !trouble.empty()) return trouble;
  for (const auto& [key, value] : parameters) {
    if (key == "profile") continue;
    if (std::string trouble = set_one(key, value); !trouble.empty()) return trouble;
  }
  return {};
}

void preemption_point(std::string_view where) {
  if (in_force.cpus < 2 || (dice() & 1) == 0) return;
  trace_event(TraceEvent::sleep, current->pid, 0, where);
  schedule();
}
