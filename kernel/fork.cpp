// Making tasks. Linux: kernel/fork.c. do_fork = copy_process (build everything) + make the child
// runnable + the vfork mechanism's wait. A child becomes runnable only when its files, fs, signals, mm
// and registers are in place: the lesson of OS/161's thread_fork.
#include <algorithm>

#include "fs/fs.h"
#include "kernel/fork_hooks.h"
#include "kernel/fork_syscalls.h"
#include "kernel/kthread.h"
#include "kernel/posix_timers.h"
#include "kernel/preempt.h"
#include "kernel/profile.h"
#include "kernel/ptrace.h"
#include "kernel/sched.h"
#include "kernel/sched_policy.h"
#include "kernel/seccomp.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"
#include "mm/nommu.h"
#include "mm/uaccess.h"

namespace {

Result<void> check_flags(uint64_t flags, int exit_signal) {
  if ((flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0) return Err(EINVAL);
  if ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0) return Err(EINVAL);
  if ((flags & CLONE_NEWNS) != 0 && (flags & CLONE_FS) != 0) return Err(EINVAL);
  if ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_CLEAR_SIGHAND) != 0) return Err(EINVAL);
  if ((flags & CLONE_PIDFD) != 0 && (flags & CLONE_DETACHED) != 0) return Err(EINVAL);
  // init has no parent in the namespace that a sibling could be given.
  if ((flags & CLONE_PARENT) != 0 && current->pid == 1) return Err(EINVAL);
  constexpr uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                   CLONE_NEWPID | CLONE_NEWNET;
  // There is one of each and nobody may have another: what a container's guest is told.
  if ((flags & kNamespaces) != 0) return Err(EPERM);
  if (exit_signal < 0 || exit_signal > NSIG) return Err(EINVAL);
  return {};
}

Result<void> check_nproc() {
  const uint64_t limit = current->signal->rlim[RLIMIT_NPROC].cur;
  // Who cannot have that many is not counted.
  if (current->creds.uid == 0 || nr_tasks() < limit) return {};
  uint64_t mine = 0;
  for_each_task([&](task_struct& t) { mine += t.creds.uid == current->creds.uid ? 1 : 0; });
  if (mine >= limit && !capable(CAP_SYS_RESOURCE)) return Err(mechanisms().nproc_errno);
  return {};
}

// The descriptor's number and the word for it, tried before there is a child to take back.
Result<void> check_pidfd_room(uint64_t uaddr) {
  TRY(get_unused_fd(true));
  const user_ptr<int> word(uaddr);
  return put_user(word, TRY(get_user(word)));
}

Ref<task_struct> dup_task_struct(task_struct& orig) {
  Ref<task_struct> p = make_ref<task_struct>();
  p->comm = orig.comm;
  p->isa = orig.isa;
  p->blocked = orig.blocked;
  p->creds = orig.creds;
  p->nice = orig.nice;
  p->policy = orig.policy;
  p->rt_priority = orig.rt_priority;
  p->cpus_allowed = orig.cpus_allowed;
  p->cpu = orig.cpu;
  p->ioprio = orig.ioprio;
  p->personality = orig.personality;
  p->no_new_privs = orig.no_new_privs;
  p->seccomp_mode = orig.seccomp_mode;
  p->seccomp = orig.seccomp;
  p->keep_caps = orig.keep_caps;
  p->timer_slack_ns = orig.timer_slack_ns;
  p->time_ns = orig.time_ns;
  p->time_ns_for_children = orig.time_ns_for_children;
  p->start_time = ktime_get_boottime();
  // A vfork child's own children owe its parent nothing.
  p->flags = (orig.flags & ~(PF_SUPERPRIV | PF_EXITING | PF_KTHREAD | PF_VFORK)) | PF_FORKNOEXEC;
  return p;
}

void copy_files(uint64_t flags, task_struct& p) {
  if (!current->files) return;
  p.files = (flags & CLONE_FILES) != 0 ? current->files : current->files->dup();
}

void copy_fs(uint64_t flags, task_struct& p) {
  if (!current->fs) return;
  p.fs = (flags & CLONE_FS) != 0 ? current->fs : current->fs->dup();
}

void copy_sighand(uint64_t flags, task_struct& p) {
  if ((flags & CLONE_SIGHAND) != 0) {
    p.sighand = current->sighand;
    return;
  }
  p.sighand = make_ref<sighand_struct>();
  p.sighand->action = current->sighand->action;
  if ((flags & CLONE_CLEAR_SIGHAND) != 0)
    for (k_sigaction& a : p.sighand->action)
      if (a.handler != SIG_IGN) a = k_sigaction{};
}

// What the child has in common with its parent or a copy of.
void copy_shared(uint64_t flags, task_struct& p) {
  copy_files(flags, p);
  copy_fs(flags, p);
  if ((flags & CLONE_VM) == 0) p.time_ns = p.time_ns_for_children;
  copy_sighand(flags, p);
}

// fork-order=early, the mistake of OS/161's students: the child is runnable while its descriptors and
// signal handlers are still missing. On one CPU nothing happens; on two it may run first, without files.
void start_incomplete(uint64_t flags, task_struct& p) {
  p.files = make_ref<files_struct>();
  p.fs = current->fs->dup();
  p.sighand = make_ref<sighand_struct>();
  wake_up_new_task(p);
  preemption_point("fork: child runnable, its files missing");
  if ((p.flags & PF_EXITING) == 0 && p.exit_state == 0) copy_shared(flags, p);
}

bool runs_already(const task_struct& child) {
  return mechanisms().fork_order == ForkOrder::early && !child.is_kthread();
}

void copy_signal(uint64_t flags, task_struct& p) {
  if ((flags & CLONE_THREAD) != 0) {
    p.signal = current->signal;
  } else {
    p.signal = make_ref<signal_struct>();
    signal_struct& s = *p.signal;
    s.tgid = p.pid;
    s.pgrp = current->signal->pgrp;
    s.session = current->signal->session;
    s.tty = current->signal->tty;
    s.rlim = current->signal->rlim;
    s.oom_score_adj = current->signal->oom_score_adj;
  }
}

// CLONE_VM shares the space, and the child starts with the parent's floating-point state, which it
// must be given by hand; a copied space comes with it in the new stub's own registers.
Result<void> copy_mm(uint64_t flags, task_struct& p) {
  if (!current->mm) return {};
  if ((flags & CLONE_VM) != 0) {
    p.mm = current->mm;
    ++p.mm->mm_users;
    return {};
  }
  auto copy = dup_mm(*current, p);
  if (!copy) {
    // The half-made copy went through mmput(), which woke a vfork parent in 2.2.0-pre6 and -pre7.
    vfork_mechanism().mm_put(*current);
    return std::unexpected(copy.error());
  }
  p.mm = std::move(*copy);
  return {};
}

void link_parent(uint64_t flags, task_struct& p, int exit_signal) {
  if ((flags & CLONE_THREAD) != 0) {
    p.group_leader = current->group_leader;
    p.tgid = current->tgid;
    p.exit_signal = -1;
  } else {
    p.group_leader = &p;
    p.tgid = p.pid;
    p.exit_signal = (flags & CLONE_PARENT) != 0 ? current->group_leader->exit_signal : exit_signal;
  }
  if ((flags & (CLONE_PARENT | CLONE_THREAD)) != 0)
    p.p_opptr = current->p_opptr;
  else
    p.p_opptr = current;
  p.p_pptr = p.p_opptr;
  p.signal->threads.push_back(&p);
  p.signal->nr_threads = static_cast<unsigned>(p.signal->threads.size());
  if ((flags & CLONE_THREAD) == 0) p.p_pptr->children.push_back(&p);
}

std::string_view fork_name(const kernel_clone_args& args) {
  if (args.fn != nullptr) return "kernel_thread";
  if ((args.flags & CLONE_VFORK) != 0) return "vfork";
  return args.flags == 0 ? "fork" : "clone";
}

unsigned fork_event(const kernel_clone_args& args) {
  if ((args.flags & CLONE_VFORK) != 0) return PTRACE_EVENT_VFORK;
  return args.exit_signal != SIGCHLD ? PTRACE_EVENT_CLONE : PTRACE_EVENT_FORK;
}

void task_entry(void*) { ret_from_fork(); }

}  // namespace

Result<Ref<task_struct>> copy_process(const kernel_clone_args& args) {
  uint64_t flags = args.flags;
  if ((flags & CLONE_VFORK) != 0 && vfork_mechanism().by_parent_link()) flags &= ~static_cast<uint64_t>(CLONE_PARENT);
  TRY(check_flags(flags, args.exit_signal));
  // Before there is a task or a pid: without an MMU no copy of the memory can be shown at one address.
  if ((flags & CLONE_VM) == 0 && args.fn == nullptr && current->mm) TRY(check_nommu_fork(*current->mm));
  if ((flags & CLONE_THREAD) != 0 && current->signal->group_exit) return Err(EAGAIN);
  TRY(check_nproc());
  if ((flags & CLONE_PIDFD) != 0) TRY(check_pidfd_room(args.pidfd));
  kernel_thread_request callback = take_kernel_thread_request();
  if (args.fn != nullptr) callback = {args.fn, args.fn_arg};
  const bool early = mechanisms().fork_order == ForkOrder::early && callback.fn == nullptr;
  Ref<task_struct> p = dup_task_struct(*current);
  p->pid = args.idle ? 0 : TRY(alloc_pid());
  sched_fork(*p);
  copy_signal(flags, *p);
  if (!early) copy_shared(flags, *p);
  if (callback.fn != nullptr) {
    p->flags |= PF_KTHREAD;
    p->kthread_fn = callback.fn;
    p->kthread_arg = callback.arg;
  } else {
    TRY(copy_mm(flags, *p));
    const arch::CopyThread how{args.usp, (flags & CLONE_SETTLS) != 0, args.tls, (flags & CLONE_VM) != 0};
    if (auto copied = p->isa->copy_thread(*current, *p, how); !copied) {
      if (p->mm) {
        vfork_mechanism().mm_put(*current);
        mmput(std::move(p->mm));
      }
      return std::unexpected(copied.error());
    }
  }
  if ((flags & CLONE_CHILD_SETTID) != 0) p->set_child_tid = args.child_tid;
  if ((flags & CLONE_CHILD_CLEARTID) != 0) p->clear_child_tid = args.child_tid;
  // The alternate stack is the parent's business unless the memory is a copy or lent for a vfork.
  if ((flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) p->sas = current->sas;
  if ((flags & CLONE_VM) == 0) {
    p->rseq = current->rseq;
    p->rseq_len = current->rseq_len;
    p->rseq_sig = current->rseq_sig;
    p->rseq_cpu = current->rseq_cpu;
  }
  p->stack = std::make_unique<Fiber>(&task_entry, nullptr);
  if (args.idle) {
    p->group_leader = p.get();
    p->p_pptr = p->p_opptr = current;
    return p;
  }
  attach_pid(*p);
  link_parent(flags, *p, args.exit_signal);
  if (early) start_incomplete(flags, *p);
  return p;
}

Result<long> do_fork(const kernel_clone_args& args) {
  Ref<task_struct> p = TRY(copy_process(args));
  const int pid = p->pid;
  trace_event(TraceEvent::fork, current->pid, pid, fork_name(args));
  if ((args.flags & CLONE_PARENT_SETTID) != 0)
    (void)put_user(user_ptr<int>(args.parent_tid), pid);
  if ((args.flags & CLONE_PIDFD) != 0 && pidfd_install_hook != nullptr) {
    if (auto fd = pidfd_install_hook(*p)) (void)put_user(user_ptr<int>(args.pidfd), *fd);
  }
  const unsigned event = fork_event(args);
  const bool untraced = (args.flags & CLONE_UNTRACED) != 0;
  if (!untraced) ptrace_init_task(*p, event);
  if ((args.flags & CLONE_VFORK) != 0) {
    vfork_mechanism().wake_child_and_wait(std::move(p));
    ptrace_event(PTRACE_EVENT_VFORK_DONE, static_cast<uint64_t>(pid));
  } else {
    if (!runs_already(*p)) wake_up_new_task(*p);
    preemption_point("fork: child runnable, parent awake");
    if (!untraced) ptrace_event(event, static_cast<uint64_t>(pid));
  }
  return pid;
}

// Before 2.2.0-pre8 a program's CLONE_VFORK meant nothing. Today's libcs need it, so unless strict
// history is asked for it gets that kernel's own vfork wait.
SyscallResult fork_for_user(kernel_clone_args args) {
  VforkMechanism& mechanism = vfork_mechanism();
  args.flags = known_clone_flags(args.flags);
  const bool unknown = (args.flags & CLONE_VFORK) != 0 && !mechanism.clone_vfork();
  const bool honoured = mechanisms().clone_vfork_honoured;
  if (unknown && !(honoured && (mechanism.vfork_flags() & CLONE_VFORK) != 0))
    args.flags &= ~static_cast<uint64_t>(CLONE_VFORK);
  const long child = TRY(do_fork(args));
  if (unknown && honoured) mechanism.vfork_returns(static_cast<int>(child));
  return child;
}

void start_vfork_child(task_struct& child) {
  const int pid = child.pid;
  if (!runs_already(child)) wake_up_new_task(child);
  // On a second CPU the child may exec or exit before its parent gets to sleep.
  preemption_point("vfork: child runnable, parent awake");
  ptrace_event(PTRACE_EVENT_VFORK, static_cast<uint64_t>(pid));
}

void mm_release(task_struct& t, mm_struct* /*mm*/) {
  if (exit_robust_list_hook != nullptr) exit_robust_list_hook(t);
  if (t.clear_child_tid != 0) {
    // Nobody is told when the memory has no other user (kernel/fork.c: mm_users > 1).
    if (t.mm && t.mm->mm_users > 1) {
      (void)put_user(user_ptr<uint32_t>(t.clear_child_tid), 0);
      if (futex_wake_hook != nullptr) futex_wake_hook(t.clear_child_tid);
    }
    t.clear_child_tid = 0;
  }
  // 3.5 moved this behind the cleared tid: on return from vfork the word is known to be 0.
  vfork_mechanism().mm_released(t);
}

bool capable(int cap) { return (current->creds.cap_effective >> cap & 1) != 0; }

bool in_group_p(uint32_t gid) {
  const cred& c = current->creds;
  return c.fsgid == gid || std::find(c.groups.begin(), c.groups.end(), gid) != c.groups.end();
}
