// Rules of credentials, process groups, limits, priorities and kernel messages: what needs tasks
// but neither memory nor a machine.
#include <set>
#include <vector>

#include "fs/fs.h"
#include "kernel/cred.h"
#include "kernel/printk.h"
#include "kernel/resource.h"
#include "kernel/sched.h"
#include "kernel/sched_policy.h"
#include "kernel/sys_abi.h"
#include "kernel/syscalls.h"
#include "kernel/utsname.h"
#include "mm/mm.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/gtest.h"

namespace {

int error_of(const SyscallResult& r) { return r ? 0 : r.error().value; }
template <class T>
int error_of(const Result<T>& r) {
  return r ? 0 : r.error().value;
}

class Sys : public testing::Test {
 protected:
  FakeMachine machine;  // printk stamps its lines with the machine's clock

  Sys() {
    parent = add(100, nullptr);
    current = parent.get();
    child = add(101, parent.get());
    child->flags |= PF_FORKNOEXEC;
    stranger = add(200, nullptr);
    stranger->signal->pgrp = stranger->signal->session = 200;
  }
  ~Sys() override {
    for (const Ref<task_struct>& t : {parent, child, stranger}) detach_pid(*t);
    current = nullptr;
  }
  Ref<task_struct> add(int pid, task_struct* up) {
    Ref<task_struct> t = make_ref<task_struct>();
    t->pid = t->tgid = pid;
    t->group_leader = t.get();
    t->p_opptr = t->p_pptr = up;
    t->signal = make_ref<signal_struct>();
    t->signal->tgid = pid;
    t->signal->pgrp = t->signal->session = 100;
    t->signal->rlim[RLIMIT_NICE] = t->signal->rlim[RLIMIT_RTPRIO] = {0, 0};
    t->signal->threads.push_back(t.get());
    attach_pid(*t);
    return t;
  }
  void become(uint32_t uid) { EXPECT_EQ(error_of(sys_setresuid(uid, uid, uid)), 0); }

  Ref<task_struct> parent, child, stranger;
};

TEST_F(Sys, RootDropsAndKeepsCapabilities) {
  EXPECT_EQ(error_of(sys_setresuid(0, 1000, 0)), 0);
  EXPECT_FALSE(capable(CAP_SYS_ADMIN));
  EXPECT_EQ(error_of(sys_setresuid(-1, 0, -1)), 0);
  EXPECT_TRUE(capable(CAP_SYS_ADMIN));
  become(1000);
  EXPECT_EQ(parent->creds.cap_permitted, 0U);
  EXPECT_EQ(error_of(sys_setuid(0)), EPERM);
  EXPECT_EQ(error_of(sys_setuid(1000)), 0);
  EXPECT_EQ(error_of(sys_setuid(-1)), EINVAL);
  EXPECT_EQ(*sys_setfsuid(0), 1000);
  EXPECT_EQ(*sys_setfsuid(1000), 1000);
}

TEST_F(Sys, KeepCaps) {
  EXPECT_EQ(error_of(sys_prctl(PR_SET_KEEPCAPS, {1}, {}, {}, {})), 0);
  become(1000);
  EXPECT_FALSE(capable(CAP_SYS_ADMIN));
  EXPECT_EQ(error_of(set_task_caps(0, {kAllCaps, kAllCaps, 0})), 0);
  EXPECT_TRUE(capable(CAP_SYS_ADMIN));
}

TEST_F(Sys, SetreuidSavesTheEffectiveId) {
  EXPECT_EQ(error_of(sys_setreuid(1000, 1001)), 0);
  EXPECT_EQ(parent->creds.suid, 1001U);
  EXPECT_EQ(error_of(sys_setreuid(1001, 1000)), 0);
  EXPECT_EQ(parent->creds.uid, 1001U);
  EXPECT_EQ(error_of(sys_setreuid(-1, 0)), EPERM);
}

TEST_F(Sys, SixteenBitIds) {
  parent->creds.uid = 70000;
  EXPECT_EQ(*sys_getuid16(), 65534);
  EXPECT_EQ(error_of(sys_setresuid16(0xffff, 5, 0xffff)), 0);
  EXPECT_EQ(parent->creds.uid, 70000U);
  EXPECT_EQ(parent->creds.euid, 5U);
}

TEST_F(Sys, ProcessGroups) {
  EXPECT_EQ(error_of(sys_setpgid(101, 0)), 0);
  EXPECT_EQ(*sys_getpgid(101), 101);
  EXPECT_EQ(error_of(sys_setpgid(101, 100)), 0);
  child->flags &= ~PF_FORKNOEXEC;
  EXPECT_EQ(error_of(sys_setpgid(101, 101)), EACCES);
  EXPECT_EQ(error_of(sys_setpgid(200, 200)), ESRCH);
  EXPECT_EQ(error_of(sys_setpgid(0, 200)), EPERM);
  EXPECT_EQ(error_of(sys_setpgid(0, -1)), EINVAL);
  EXPECT_EQ(error_of(sys_setpgid(999, 0)), ESRCH);
  EXPECT_EQ(error_of(sys_setsid()), EPERM);  // leads its group
  current = child.get();
  EXPECT_EQ(*sys_setsid(), 101);
  EXPECT_EQ(*sys_getsid(0), 101);
  EXPECT_EQ(error_of(sys_setpgid(0, 0)), EPERM);
  EXPECT_EQ(error_of(sys_setsid()), EPERM);
}

TEST_F(Sys, GroupsAreTheirMembers) {
  auto members = [](int pgrp) {
    std::vector<int> pids;
    for_each_in_pgrp(pgrp, [&](task_struct& t) { pids.push_back(t.pid); });
    return pids;
  };
  EXPECT_EQ(members(100), (std::vector{100, 101}));
  EXPECT_EQ(error_of(sys_setpgid(101, 0)), 0);
  EXPECT_EQ(members(100), std::vector{100});
  EXPECT_EQ(members(101), std::vector{101});
  // Whoever has gone is no member, though somebody still looks at what is left.
  detach_pid(*child);
  EXPECT_TRUE(members(101).empty());
  EXPECT_FALSE(pgrp_exists(101));
  attach_pid(*child);
  EXPECT_TRUE(pgrp_exists(101));
  for (int none : {0, -1, 999, 1 << 30}) EXPECT_TRUE(members(none).empty());
  // One may end another, or move it, while the group is walked.
  EXPECT_EQ(error_of(sys_setpgid(101, 100)), 0);
  int seen = 0;
  for_each_in_pgrp(100, [&](task_struct&) {
    ++seen;
    child->signal->pgrp = 101;
  });
  EXPECT_EQ(seen, 1);
}

TEST_F(Sys, NumbersInUseAreNotHandedOut) {
  std::set<int> given;
  for (int i = 0; i < 32768; ++i) (void)alloc_pid();  // they begin again
  child->signal->pgrp = 20000;
  child->signal->session = 20001;
  for (int i = 0; i < 32768; ++i) given.insert(alloc_pid().value_or(-1));
  for (int taken : {-1, 0, 20000, 20001}) EXPECT_FALSE(given.contains(taken)) << taken;
  EXPECT_TRUE(given.contains(20002));
  child->signal->pgrp = child->signal->session = 100;
  given.clear();
  for (int i = 0; i < 32768; ++i) given.insert(alloc_pid().value_or(-1));
  EXPECT_TRUE(given.contains(20000));
  EXPECT_TRUE(given.contains(20001));
}

TEST_F(Sys, Limits) {
  const rlimit_pair low{10, 20}, high{10, 30}, wrong{3, 2}, zero{0, 5};
  EXPECT_EQ(error_of(do_prlimit(0, RLIMIT_NPROC, &low)), 0);
  EXPECT_EQ(error_of(do_prlimit(0, RLIMIT_NPROC, &wrong)), EINVAL);
  EXPECT_EQ(error_of(do_prlimit(0, RLIM_NLIMITS, nullptr)), EINVAL);
  EXPECT_EQ(error_of(do_prlimit(0, RLIMIT_CPU, &zero)), 0);
  EXPECT_EQ(do_prlimit(0, RLIMIT_CPU, nullptr)->cur, 1U);
  become(1000);
  EXPECT_EQ(error_of(do_prlimit(0, RLIMIT_NPROC, &high)), EPERM);
  EXPECT_EQ(error_of(do_prlimit(200, RLIMIT_NPROC, nullptr)), EPERM);
  EXPECT_EQ(error_of(do_prlimit(999, RLIMIT_NPROC, nullptr)), ESRCH);
}

TEST_F(Sys, Priorities) {
  EXPECT_EQ(*sys_getpriority(0, 0), 20);
  EXPECT_EQ(error_of(sys_setpriority(0, 101, 5)), 0);
  EXPECT_EQ(*sys_getpriority(0, 101), 15);
  EXPECT_EQ(*sys_getpriority(1, 100), 20);
  become(1000);
  EXPECT_EQ(error_of(sys_setpriority(0, 101, 6)), EPERM);
  EXPECT_EQ(error_of(sys_nice(3)), 0);
  EXPECT_EQ(error_of(sys_nice(-1)), EPERM);
  EXPECT_EQ(error_of(sys_setpriority(0, 0, 1)), EACCES);
  EXPECT_EQ(error_of(sys_setpriority(0, 999, 1)), ESRCH);
  EXPECT_EQ(error_of(sys_getpriority(3, 0)), EINVAL);
}

TEST_F(Sys, Policies) {
  EXPECT_EQ(error_of(set_scheduler(0, SCHED_FIFO, 0)), EINVAL);
  EXPECT_EQ(error_of(set_scheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, 10)), 0);
  EXPECT_EQ(*sys_sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
  child->policy = parent->policy;
  child->rt_priority = parent->rt_priority;
  sched_fork(*child);
  EXPECT_EQ(child->policy, SCHED_NORMAL);
  EXPECT_EQ(child->rt_priority, 0);
  EXPECT_EQ(error_of(set_scheduler(0, 42, 0)), EINVAL);
  EXPECT_EQ(*sys_sched_get_priority_max(SCHED_RR), 99);
  EXPECT_EQ(*sys_sched_get_priority_min(SCHED_NORMAL), 0);
  become(1000);
  child->policy = SCHED_NORMAL;
  EXPECT_EQ(error_of(set_scheduler(101, SCHED_RR, 1)), EPERM);
}

TEST_F(Sys, PtraceAccess) {
  EXPECT_TRUE(ptrace_may_access(*stranger));
  become(1000);
  EXPECT_FALSE(ptrace_may_access(*stranger));
  EXPECT_TRUE(ptrace_may_access(*parent));
}

TEST_F(Sys, MessagesGoRound) {
  const uint64_t first = log_next_seq();
  for (int i = 0; i < 1500; ++i) printk_level(4, "line %d\n", i);
  EXPECT_EQ(log_next_seq(), first + 1500);
  EXPECT_EQ(log_first_seq(), first + 500);
  EXPECT_EQ(log_at(first), nullptr);
  EXPECT_EQ(log_at(first + 1499)->text, "line 1499");
  log_record r{0, 12 * kNsec + 345'678'901, 6, "hello"};
  EXPECT_EQ(r.line(), "[   12.345678] hello");
}

TEST_F(Sys, Names) {
  set_utsname_nodename(std::string(80, 'n'));
  EXPECT_EQ(utsname_nodename().size(), kUtsLen);
  set_utsname_nodename("slot190");
  EXPECT_EQ(utsname_sysname(), "Linux");
}

}  // namespace
