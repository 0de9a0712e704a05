// How strace(1) prints the calls on processes, threads, identities and limits.
#include "lib/uapi.h"
#include "tools/trace/args.h"

namespace trace {

using namespace args;

namespace {

constexpr Arg kWaitStatus = late({[](Call& c, size_t i) -> Text {
  uint32_t s = 0;
  if (c.a[i] == 0) return "NULL";
  return c.ret > 0 && fetch(c.a[i], s) ? "[" + wait_status(s) + "]" : address(c.a[i]);
}});
constexpr Arg kWaitOptions = some<&sym::wait, "W???">;
constexpr Arg kWaitidInfo =
    late({[](Call& c, size_t i) -> Text { return siginfo_at(c.word, c.a[i]); }});
constexpr Arg kWaitidRusage =
    late({[](Call& c, size_t i) -> Text { return rusage_at(c.word, c.a[i]); }});

// ---- clone: strace shows the stack first and names every argument ----

bool has(const Call& c, uint64_t flag) { return (c.a[0] & flag) != 0; }
constexpr size_t tls_at(const Call& c) { return c.word == 4 ? 3 : 4; }
constexpr size_t child_tid_at(const Call& c) { return c.word == 4 ? 4 : 3; }

constexpr Arg kCloneStack{[](Call& c, size_t) -> Text { return "child_stack=" + address(c.a[1]); }};
constexpr Arg kCloneFlags{[](Call& c, size_t) -> Text {
  return "flags=" + clone_flags_text(c.a[0] & ~uint64_t{0xff}, static_cast<int>(c.a[0] & 0xff));
}};
constexpr Arg kCloneRest{[](Call& c, size_t) -> Text {
                           std::string out;
                           auto add = [&](const std::string& t) { out += ", " + t; };
                           if (has(c, CLONE_PARENT_SETTID | CLONE_PIDFD))
                             add("parent_tid=" + (c.failed() ? address(c.a[2]) : int_at(c.a[2])));
                           if (has(c, CLONE_SETTLS)) {
                             uint64_t tls = c.a[tls_at(c)];
                             add("tls=" + (c.word == 4 ? user_desc_at(tls) : address(tls)));
                           }
                           if (has(c, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
                             add("child_tidptr=" + address(c.a[child_tid_at(c)]));
                           return out;
                         },
                         true, true,
                         [](const Call& c) {
                           return has(c, CLONE_PARENT_SETTID | CLONE_PIDFD | CLONE_SETTLS |
                                             CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
                         }};
constexpr Arg kCloneArgs{
    [](Call& c, size_t i) -> Text { return clone_args_at(c.word, c.a[i], c.a[i + 1]); }};
// strace writes what clone3 returned through the struct behind an arrow, before the size.
constexpr Arg kClone3Size{[](Call& c, size_t i) -> Text {
                            uint64_t w[4] = {};
                            std::string out;
                            bool known = !c.failed() && fetch(c.a[0], w) &&
                                         (w[0] & CLONE_PARENT_SETTID) != 0;
                            if (known) out = " => {parent_tid=" + int_at(w[3]) + "}";
                            return out + fmt::format(", {}", c.a[i]);
                          },
                          true, true};

constexpr Arg kRlimit = by_word<rlimit_at>;
constexpr Arg kResource = one<&sym::resource, "RLIMIT_???">;
constexpr Arg kPrctlName = {[](Call& c, size_t i) -> Text { return c_string(c, c.a[i], 15); }};

// prctl: what follows the option depends on it.
bool prctl_shows(const Call& c, bool late_one) {
  switch (c.uint(0)) {
    case 16:
    case 2:
    case 37:
    case 40: return late_one;
    case 3:
    case 7:
    case 21:
    case 27:
    case 30: return false;
    default: return !late_one;
  }
}
constexpr Arg kPrctl2{
    [](Call& c, size_t i) -> Text {
      switch (c.uint(0)) {
        case 1: return signal_name(c.sint(i));
        case 4:
          return c.a[i] == 0   ? "SUID_DUMP_DISABLE"
                 : c.a[i] == 1 ? "SUID_DUMP_USER"
                               : fmt::format("{}", c.a[i]);
        case 15: return c_string(c, c.a[i], 15);
        case 16: return c.failed() ? address(c.a[i]) : c_string(c, c.a[i], 15);
        case 2:
          return c.failed() ? address(c.a[i]) : [&] {
            int32_t sig = 0;
            return fetch(c.a[i], sig) ? "[" + signal_name(sig) + "]" : address(c.a[i]);
          }();
        case 37: return c.failed() ? address(c.a[i]) : int_at(c.a[i]);
        case 8:
        case 36:
        case 38:
        case 41: return fmt::format("{}", c.a[i]);
        default: return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i]);
      }
    },
    false, true, [](const Call& c) { return prctl_shows(c, false) || prctl_shows(c, true); },
    [](const Call& c) { return prctl_shows(c, true); }};
bool prctl_has_more(const Call& c) { return c.uint(0) == 38 || c.uint(0) == 39 || c.uint(0) > 41; }
constexpr Arg kPrctlN = when(prctl_has_more, hex);

constexpr Arg kGroupsIn{
    [](Call& c, size_t i) -> Text { return ints_at(c.a[i], c.a[i - 1], true); }};
constexpr Arg kGroupsOut = late(
    {[](Call& c, size_t i) -> Text { return ints_at(c.a[i], static_cast<size_t>(c.ret), true); }});
constexpr Arg kAffinityOut = late({[](Call& c, size_t i) -> Text {
  std::string out = "[";
  for (long byte = 0; byte < c.ret && byte < 128; ++byte) {
    unsigned char bits = 0;
    if (!fetch(c.a[i] + static_cast<uint64_t>(byte), bits)) return address(c.a[i]);
    for (int b = 0; b < 8; ++b)
      if ((bits >> b & 1) != 0) out += (out.size() > 1 ? " " : "") + std::to_string(byte * 8 + b);
  }
  return out + "]";
}});
constexpr Arg kAffinityIn{[](Call& c, size_t i) -> Text {
  std::string out = "[";
  for (uint64_t byte = 0; byte < std::min<uint64_t>(c.a[i - 1], 128); ++byte) {
    unsigned char bits = 0;
    if (!fetch(c.a[i] + byte, bits)) return address(c.a[i]);
    for (unsigned b = 0; b < 8; ++b)
      if ((bits >> b & 1) != 0) out += (out.size() > 1 ? " " : "") + std::to_string(byte * 8 + b);
  }
  return out + "]";
}};
constexpr Arg kSchedParam{[](Call& c, size_t i) -> Text {
  std::string p = int_at(c.a[i]);
  return c.a[i] == 0 ? "NULL" : p;
}};

constexpr Arg kSetThreadArea{[](Call& c, size_t i) -> Text { return user_desc_at(c.a[i]); }};
void thread_area_aux(Call& c) {
  int32_t entry = 0;
  if (fetch(c.a[0], entry)) c.aux = fmt::format("entry_number={}", entry);
}
void prctl_aux(Call& c) {
  if (c.uint(0) == 3) c.aux = c.ret == 1 ? "SUID_DUMP_USER" : c.ret == 0 ? "SUID_DUMP_DISABLE" : "";
}
constexpr Arg kArchPrctlAddress{
    [](Call& c, size_t i) -> Text {
      if (c.uint(0) != 0x1003 && c.uint(0) != 0x1004) return address(c.a[i]);
      uint64_t v = 0;
      return !c.failed() && fetch(c.a[i], v) ? fmt::format("[{:#x}]", v) : address(c.a[i]);
    },
    false, true, nullptr, [](const Call& c) { return c.uint(0) == 0x1003 || c.uint(0) == 0x1004; }};
constexpr Arg kMembarrier = one<&sym::membarrier, "MEMBARRIER_CMD_???">;

// clang-format off
constexpr CallFormat kCalls[] = {
    {"fork", kProcess, {}},
    {"vfork", kProcess, {}},
    {"clone", kProcess, {kCloneStack, kCloneFlags, kCloneRest}, Returns::decimal, nullptr, true},
    {"clone3", kProcess, {kCloneArgs, kClone3Size}, Returns::decimal, nullptr, true},
    {"execve", kProcess | kFile, {path, argv, envp}},
    {"execveat", kProcess | kFile | kDesc, {dirfd, path, argv, envp, some<&sym::at, "AT_???">}},
    {"exit", kProcess, {sint}, Returns::nothing},
    {"exit_group", kProcess, {sint}, Returns::nothing},
    {"wait4", kProcess, {pid, kWaitStatus, kWaitOptions, rusage}},
    {"waitpid", kProcess, {pid, kWaitStatus, kWaitOptions}},
    {"waitid", kProcess, {one<&sym::idtype, "P_???">, pid, kWaitidInfo, kWaitOptions, kWaitidRusage}},
    {"set_tid_address", 0, {ptr}},
    {"set_robust_list", 0, {ptr, size}},
    {"get_robust_list", 0, {pid, late(ptr), late(ptr)}},
    {"rseq", 0, {ptr, hex0, some<&sym::rseq, "RSEQ_FLAG_???">, hex0}},
    {"getpid", kPure, {}},
    {"gettid", kPure, {}},
    {"getppid", kPure, {}},
    {"getuid", kCreds | kPure, {}},
    {"geteuid", kCreds | kPure, {}},
    {"getgid", kCreds | kPure, {}},
    {"getegid", kCreds | kPure, {}},
    {"getuid32", kCreds | kPure, {}},
    {"geteuid32", kCreds | kPure, {}},
    {"getgid32", kCreds | kPure, {}},
    {"getegid32", kCreds | kPure, {}},
    {"setuid", kCreds, {id}},
    {"setgid", kCreds, {id}},
    {"setuid32", kCreds, {id}},
    {"setgid32", kCreds, {id}},
    {"setreuid", kCreds, {id, id}},
    {"setregid", kCreds, {id, id}},
    {"setreuid32", kCreds, {id, id}},
    {"setregid32", kCreds, {id, id}},
    {"setresuid", kCreds, {id, id, id}},
    {"setresgid", kCreds, {id, id, id}},
    {"setresuid32", kCreds, {id, id, id}},
    {"setresgid32", kCreds, {id, id, id}},
    {"setfsuid", kCreds, {id}},
    {"setfsgid", kCreds, {id}},
    {"getresuid", kCreds, {uint_out, uint_out, uint_out}},
    {"getresgid", kCreds, {uint_out, uint_out, uint_out}},
    {"getresuid32", kCreds, {uint_out, uint_out, uint_out}},
    {"getresgid32", kCreds, {uint_out, uint_out, uint_out}},
    {"getgroups", kCreds, {sint, kGroupsOut}},
    {"getgroups32", kCreds, {sint, kGroupsOut}},
    {"setgroups", kCreds, {sint, kGroupsIn}},
    {"setgroups32", kCreds, {sint, kGroupsIn}},
    {"setpgid", 0, {pid, pid}},
    {"getpgid", 0, {pid}},
    {"getpgrp", kPure, {}},
    {"setsid", 0, {}},
    {"getsid", 0, {pid}},
    {"getrlimit", 0, {kResource, late(kRlimit)}},
    {"ugetrlimit", 0, {kResource, late(kRlimit)}},
    {"setrlimit", 0, {kResource, kRlimit}},
    {"prlimit64", 0, {pid, kResource, wide<rlimit_at>, late(wide<rlimit_at>)}},
    {"getrusage", 0, {one<&sym::rusage_who, "RUSAGE_???">, late(by_word<rusage_at>)}},
    {"times", 0, {late(by_word<tms_at>)}},
    {"getpriority", 0, {one<&sym::priority_which, "PRIO_???">, sint}},
    {"setpriority", 0, {one<&sym::priority_which, "PRIO_???">, sint, sint}},
    {"nice", 0, {sint}},
    {"sched_yield", 0, {}},
    {"sched_getaffinity", 0, {pid, size, kAffinityOut}},
    {"sched_setaffinity", 0, {pid, size, kAffinityIn}},
    {"sched_getparam", 0, {pid, late(kSchedParam)}},
    {"sched_setparam", 0, {pid, kSchedParam}},
    {"sched_getscheduler", 0, {pid}},
    {"sched_setscheduler", 0, {pid, one<&sym::sched_policy, "SCHED_???">, kSchedParam}},
    {"sched_get_priority_max", 0, {one<&sym::sched_policy, "SCHED_???">}},
    {"sched_get_priority_min", 0, {one<&sym::sched_policy, "SCHED_???">}},
    {"getcpu", 0, {late(uint_out), late(uint_out), ptr}},
    {"prctl", kCreds, {one<&sym::prctl, "PR_???">, kPrctl2, kPrctlN, kPrctlN, kPrctlN}, Returns::decimal, prctl_aux},
    {"arch_prctl", kProcess, {one<&sym::arch_prctl, "ARCH_???">, kArchPrctlAddress}},
    {"set_thread_area", 0, {kSetThreadArea}, Returns::decimal, thread_area_aux},
    {"get_thread_area", 0, {late_even_failed(kSetThreadArea)}},
    {"personality", 0, {one<&sym::personality, "PER_???">}},
    {"unshare", kProcess, {some<&sym::clone, "CLONE_???">}},
    {"membarrier", 0, {kMembarrier, hex}},
    {"uname", 0, {late(fixed<utsname_at>)}},
    {"sethostname", 0, {buf, size}},
    {"setdomainname", 0, {buf, size}},
    {"sysinfo", 0, {late(by_word<sysinfo_at>)}},
    {"pidfd_open", kDesc, {pid, hex}, Returns::fd},
    {"pidfd_send_signal", kDesc | kSignal | kProcess, {fd, signum, fixed<int_at>, hex}},
};
// clang-format on

}  // namespace

Table process_calls() { return kCalls; }

}  // namespace trace
