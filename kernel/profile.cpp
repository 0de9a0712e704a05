// The profiles, and what of them is in force. Ours; history has no such file. Sources of the facts:
// each mechanism's own file, and for the flags of clone(2) include/linux/sched.h of the release.
#include "kernel/profile.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "kernel/params.h"
#include "kernel/preempt.h"
#include "kernel/utsname.h"
#include "lib/uapi.h"

namespace {

constexpr uint64_t kFlags2_2_0_pre5 = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PTRACE;
constexpr uint64_t kFlags2_2_0 = kFlags2_2_0_pre5 | CLONE_VFORK;
constexpr uint64_t kFlags2_4_7 = kFlags2_2_0 | CLONE_PARENT | CLONE_THREAD;
constexpr uint64_t kFlags6 = ~0ULL;

constexpr Mechanisms before_2_2_0(VforkMechanism& (*vfork)(), CallTable table) {
  return {.vfork = vfork,
          .nproc_errno = ENOMEM,
          .clone_flags = kFlags2_2_0_pre5,
          .reaping = Reaping::parent,
          .shared_core = SharedCore::refused,
          .thread_exec = ThreadExec::leaves,
          .wake_preempts = WakePreempts::no,
          .sched = SchedDesign::goodness,
          .ptrace_options = PtraceOptions::none,
          .disk = Disk::cold,
          .table = table};
}
constexpr Mechanisms with_flags(Mechanisms m, uint64_t flags) {
  m.clone_flags = flags;
  return m;
}
constexpr Mechanisms linux_2_2 = with_flags(before_2_2_0(vfork_semaphore, CallTable::v2_2_0), kFlags2_2_0);
constexpr Mechanisms linux_2_4 = [] {
  Mechanisms m = with_flags(linux_2_2, kFlags2_4_7);
  m.vfork = vfork_completion;
  m.nproc_errno = EAGAIN;
  m.table = CallTable::v2_4_7;
  return m;
}();
constexpr Mechanisms linux_6{.vfork = vfork_killable,
                             .nproc_errno = EAGAIN,
                             .clone_flags = kFlags6,
                             .reaping = Reaping::at_once,
                             .shared_core = SharedCore::written,
                             .thread_exec = ThreadExec::kills,
                             .wake_preempts = WakePreempts::yes,
                             .sched = SchedDesign::fair,
                             .ptrace_options = PtraceOptions::all,
                             .disk = Disk::warm,
                             .table = CallTable::v6};

constexpr std::array kProfiles{
    Profile{"patch-1999", "2.2.0-pre5 with the patch of 8 January 1999", "2.2.0-pre5-vfork",
            before_2_2_0(vfork_patch_1999, CallTable::v2_2_0)},
    Profile{"linux-2.2.0-pre6", "the patch as merged, wake-up moved to mmput", "2.2.0-pre6",
            before_2_2_0(vfork_pre6, CallTable::v2_2_0)},
    Profile{"linux-2.2.0-pre7", "semaphore, up in mmput", "2.2.0-pre7",
            before_2_2_0(vfork_pre7, CallTable::v2_2_0)},
    Profile{"linux-2.2.0-pre8", "slot 190 empty, clone(CLONE_VFORK) only", "2.2.0-pre8",
            with_flags(before_2_2_0(vfork_pre8, CallTable::v2_2_0_pre8), kFlags2_2_0)},
    Profile{"linux-2.2", "2.2.0 to 2.4.6: semaphore, up in mm_release", "2.2.0", linux_2_2},
    Profile{"linux-2.4", "2.4.7 to 3.3: completion held by the child", "2.4.7", linux_2_4},
    Profile{"linux-6", "3.4 to today: killable completion", "6.1.0-slot190", linux_6},
};
constexpr std::string_view kDefault = "linux-6";

struct InForce {
  const Profile* profile = find_profile(kDefault);
  Mechanisms mechanisms = profile->mechanisms;
};
InForce& in_force() {
  static InForce now;
  return now;
}

// Takes the eras' mechanisms and keeps what was asked for by hand, which no profile names.
void take_profile(const Profile* p) {
  in_force().profile = p;
  in_force().mechanisms = p->mechanisms;
  set_vfork_mechanism(p->mechanisms.vfork());
  set_utsname_release(p->release);
}

KernelParameter profile_parameter() {
  std::vector<Choice<const Profile*>> choices;
  for (const Profile& p : kProfiles) choices.push_back({p.name, p.summary, &p});
  return choice_parameter<const Profile*>("profile", "a kernel of history: all of its mechanisms at once",
                                          choices, take_profile);
}

KernelParameter vfork_parameter() {
  std::vector<Choice<VforkMechanism*>> choices;
  for (VforkMechanism* m : vfork_mechanisms()) choices.push_back({m->name(), m->summary(), m});
  return choice_parameter<VforkMechanism*>("vfork", "how a vfork parent waits and who wakes it", choices,
                                           [](VforkMechanism* m) { set_vfork_mechanism(*m); });
}

template <class T>
KernelParameter field(std::string_view name, std::string_view summary, T Mechanisms::*member,
                      std::vector<Choice<T>> choices) {
  return choice_parameter<T>(name, summary, std::move(choices),
                             [member](T value) { in_force().mechanisms.*member = value; });
}

}  // namespace

std::span<const Profile> profiles() { return kProfiles; }

const Profile* find_profile(std::string_view name) {
  const auto p = std::ranges::find(kProfiles, name, &Profile::name);
  return p == kProfiles.end() ? nullptr : &*p;
}

const Mechanisms& mechanisms() { return in_force().mechanisms; }
const Profile& profile() { return *in_force().profile; }

void register_profile_parameters() {
  using M = Mechanisms;
  register_parameters({
      profile_parameter(),
      vfork_parameter(),
      field<bool>("clone-vfork", "CLONE_VFORK where the kernel did not know it", &M::clone_vfork_honoured,
                  {{"honoured", "the kernel's own vfork wait: today's posix_spawn works", true},
                   {"ignored", "no meaning, as it was: the parent does not wait", false}}),
      field<bool>("clone-flags", "other flags of clone that the kernel did not know", &M::strict_clone_flags,
                  {{"needed", "those that today's libcs need are kept", false},
                   {"era", "none is kept", true}}),
      field<bool>("table", "the system-call table", &M::strict_table,
                  {{"all", "newer calls work too, so that today's programs run", false},
                   {"era", "ENOSYS for what the kernel lacked (also --strict-table)", true}}),
      field<Reaping>("reaping", "who reaps a child when SIGCHLD is ignored", &M::reaping,
                     {{"parent", "the parent, when it next handles signals (to 2.4)", Reaping::parent},
                      {"at-once", "the exiting child itself (2.6)", Reaping::at_once}}),
      field<SharedCore>("shared-core", "a core dump while others use the memory", &M::shared_core,
                        {{"refused", "no core (to 2.4)", SharedCore::refused},
                         {"kills", "everybody who uses it is killed (2.5.47 to 5.15)", SharedCore::kills},
                         {"written", "a core, nobody else notices (5.16)", SharedCore::written}}),
      field<ThreadExec>("thread-exec", "exec by one thread of many", &M::thread_exec,
                        {{"leaves", "it becomes a process of its own (2.4)", ThreadExec::leaves},
                         {"kills", "the other threads die (2.6)", ThreadExec::kills}}),
      field<WakePreempts>("wake-preempts", "a woken vfork parent and its exiting child",
                          &M::wake_preempts,
                          {{"no", "the child goes on until it is dead (no kernel preemption)", WakePreempts::no},
                           {"yes", "the parent runs before the child closes its files", WakePreempts::yes}}),
      field<SchedDesign>("sched", "who runs next", &M::sched,
                         {{"goodness", "the best of the queue by ticks left (2.2, 2.4)", SchedDesign::goodness},
                          {"fair", "who had less of the CPU goes first", SchedDesign::fair}}),
      field<PtraceOptions>("ptrace-options", "PTRACE_SETOPTIONS and the events it asks for", &M::ptrace_options,
                           {{"none", "no such request (to 2.4)", PtraceOptions::none},
                            {"all", "vfork, vfork-done, exec, exit ... (2.5.46)", PtraceOptions::all}}),
      field<Disk>("disk", "names and programs that are looked up for the first time", &M::disk,
                  {{"warm", "are in memory", Disk::warm},
                   {"cold", "are read from a disk: the caller sleeps, and others run meanwhile", Disk::cold}}),
      field<int>("nproc-errno", "the error at RLIMIT_NPROC", &M::nproc_errno,
                 {{"ENOMEM", "2.2.0", ENOMEM}, {"EAGAIN", "later", EAGAIN}}),
      field<ForkOrder>("fork-order", "when a fork child becomes runnable", &M::fork_order,
                       {{"complete", "when its files, signals and registers are in place", ForkOrder::complete},
                        {"early", "before: the mistake that OS/161's students make", ForkOrder::early}}),
      field<KthreadDesign>("kthread", "how the kernel makes its own threads and starts init", &M::kthread,
                           {{"callback", "a function in copy_thread, kernel_execve returns (2012)",
                             KthreadDesign::callback},
                            {"trap", "clone, execve and exit through its own system-call table",
                             KthreadDesign::trap}}),
      field<bool>("racy-flags", "the flag word that signals and prctl share", &M::racy_flags,
                  {{"off", "each its own word", false},
                   {"on", "read, changed and written back: a signal in between is lost", true}}),
      field<unsigned>("cpus", "the machine", &M::cpus,
                      {{"1", "kernel code is never preempted", 1}, {"2", "preemption points may be taken", 2}}),
      preempt_parameter(),
  });
}

uint64_t known_clone_flags(uint64_t flags) {
  const Mechanisms& m = mechanisms();
  uint64_t known = m.clone_flags | CLONE_VFORK;  // that one is the vfork mechanism's business
  if (!m.strict_clone_flags) {
    known |= CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_PIDFD;
    // Threads would not end: pthread_join sleeps on the word that CLONE_CHILD_CLEARTID clears.
    if ((flags & CLONE_THREAD) != 0) known |= CLONE_THREAD | CLONE_CHILD_CLEARTID | CLONE_SYSVSEM;
  }
  return flags & known;
}
