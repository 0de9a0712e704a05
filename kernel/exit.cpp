// Ending tasks. Linux: kernel/exit.c (wait4 has kernel/wait4.cpp to itself). The order of what becomes
// visible is the modern one: the memory is let go first (and a vfork parent woken), then files are
// closed, then the zombie appears and the parent is told.
#include <algorithm>

#include "fs/fs.h"
#include "kernel/fork_hooks.h"
#include "kernel/posix_timers.h"
#include "kernel/preempt.h"
#include "kernel/profile.h"
#include "kernel/ptrace.h"
#include "kernel/sched.h"
#include "kernel/sched_charge.h"
#include "kernel/trace.h"
#include "kernel/tty_hooks.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"

namespace {

void exit_mm() {
  task_struct& t = *current;
  if (!t.mm) return;
  mm_release(t, t.mm.get());
  t.acct.maxrss = std::max(t.acct.maxrss, t.mm->space->resident());
  t.mm->space->drop_thread(t.thread);
  vfork_mechanism().mm_put(t);
  mmput(std::move(t.mm));
}

void exit_files() {
  if (!current->files) return;
  Ref<files_struct> files = std::move(current->files);
  // The table may be shared; the last user closes the files, in order.
  if (files->use_count() == 1) close_files(*files, *current);
}

// Who adopts orphans: a living thread of the same group, else the nearest subreaper, else init.
task_struct* find_new_reaper(task_struct& father) {
  for (task_struct* t : father.signal->threads)
    if (t != &father && (t->flags & PF_EXITING) == 0) return t;
  for (task_struct* a = father.p_opptr; a != nullptr && a->pid > 1; a = a->p_opptr)
    if (a->signal->is_child_subreaper)
      for (task_struct* t : a->signal->threads)
        if ((t->flags & PF_EXITING) == 0) return t;
  return child_reaper();
}

void reparent(task_struct& t, task_struct& father, task_struct* reaper) {
  if (t.p_opptr != &father || &t == &father) return;
  t.p_opptr = reaper;
  if (t.p_pptr != &father) return;
  t.p_pptr = reaper;
  std::erase(father.children, &t);
  if (!t.is_group_leader()) return;
  if (reaper == nullptr) return;
  reaper->children.push_back(&t);
  if (t.pdeath_signal != 0) {
    kernel_siginfo info;
    info.si_signo = t.pdeath_signal;
    info.si_code = SI_USER;
    info.pid = father.pid;
    (void)send_signal(t, info, false);
  }
  if (reaper->signal == father.signal) return;
  t.exit_signal = SIGCHLD;
  if (t.exit_state == EXIT_ZOMBIE && t.signal->nr_threads == 1 && do_notify_parent(t, t.exit_signal)) release_task(t);
  else kill_orphaned_pgrp(t, &father);
}

void forget_original_parent(task_struct& father) {
  if (father.children.empty() && !anybody_traced()) return;  // no walk up a long chain for a reaper
  task_struct* reaper = find_new_reaper(father);
  // A tracer has taken over children, maybe of this father: only a look at everybody finds them.
  if (anybody_traced()) return for_each_task([&](task_struct& t) { reparent(t, father, reaper); });
  // Processes are on their parent's list; each has its threads. What is released stays valid here.
  std::vector<Ref<task_struct>> orphans;
  for (task_struct* child : father.children)
    for (task_struct* t : child->signal->threads) orphans.emplace_back(t);
  for (const Ref<task_struct>& t : orphans) reparent(*t, father, reaper);
}

void account_dead_thread(task_struct& t) {
  rusage_acct& to = t.signal->acct;
  to.utime += t.acct.utime;
  to.stime += t.acct.stime;
  to.minflt += t.acct.minflt;
  to.nvcsw += t.acct.nvcsw;
  to.nivcsw += t.acct.nivcsw;
  to.maxrss = std::max(to.maxrss, t.acct.maxrss);
}

// The zombie appears and whoever waits is told.
void exit_notify(task_struct& t) {
  exit_ptrace(t);
  forget_original_parent(t);
  const bool group_dead = t.signal->nr_threads == 1 || std::ranges::all_of(t.signal->threads, [&](task_struct* x) {
    return x == &t || x->exit_state != 0;
  });
  if (group_dead && t.p_opptr != nullptr) kill_orphaned_pgrp(*t.group_leader, nullptr);
  t.exit_state = EXIT_ZOMBIE;
  trace_event(TraceEvent::exit, t.pid, 0, {}, t.exit_code);
  // A thread that execs waits for its leader to be a zombie.
  if (t.signal->group_exec_task != nullptr) wake_up_process(*t.signal->group_exec_task);
  vfork_mechanism().exit_notified(t);
  preemption_point("exit: zombie, parent not yet told");
  bool autoreap = false;
  if (t.is_group_leader()) {
    // A leader whose threads live on is a zombie that nobody can wait for yet.
    if (t.signal->nr_threads == 1) autoreap = do_notify_parent(t, t.exit_signal);
  } else {
    // A traced thread's tracer is told, and reaps it.
    autoreap = !t.ptrace.on || do_notify_parent(t, SIGCHLD);
  }
  if (t.exit_state == EXIT_DEAD) return;  // on a second CPU somebody has waited for it meanwhile
  if (autoreap) {
    t.exit_state = EXIT_DEAD;
    sched_hold_dying(t);
    release_task(t);
  }
}

}  // namespace

void release_task(task_struct& t) {
  Ref<task_struct> keep(&t);
  trace_event(TraceEvent::reap, current->pid, t.pid);
  account_dead_thread(t);
  signal_struct& s = *t.signal;
  t.exit_state = EXIT_DEAD;
  if (t.ptrace.on) ptrace_unlink(t);
  task_struct* leader = t.group_leader;
  std::erase(s.threads, &t);
  s.nr_threads = static_cast<unsigned>(s.threads.size());
  if (t.p_pptr != nullptr) std::erase(t.p_pptr->children, &t);
  detach_pid(t);
  if (proc_flush_pid_hook != nullptr) proc_flush_pid_hook(t.pid);
  sched_dead(t);
  if (s.group_exec_task != nullptr && s.group_exec_task != &t) wake_up_process(*s.group_exec_task);
  // The last other thread is gone: now the leader's death can be told.
  if (&t != leader && s.nr_threads == 1 && leader->exit_state == EXIT_ZOMBIE && s.group_exec_task == nullptr &&
      do_notify_parent(*leader, leader->exit_signal))
    release_task(*leader);
}

void do_exit(long code) {
  task_struct& t = *current;
  ptrace_event(PTRACE_EVENT_EXIT, static_cast<uint64_t>(code));
  exit_signals(t);
  t.exit_code = static_cast<int>(code);
  if (trace_sink != nullptr) trace_sink->task_exit(t, code);
  const bool group_dead = std::ranges::all_of(t.signal->threads, [&](task_struct* x) {
    return x == &t || (x->flags & PF_EXITING) != 0;
  });
  if (group_dead) {
    del_timer(t.signal->real_timer.timer);
    t.signal->timers.reset();
    if (t.signal->group_exit) t.group_leader->exit_code = t.signal->group_exit_code;
  }
  exit_mm();
  // A parent that has its memory back may run before the files are closed: on a second CPU, or where
  // the wake-up asked for it.
  preemption_point("exit: memory let go, files open");
  cond_resched();
  if (group_dead && exit_sem_hook != nullptr) exit_sem_hook(*t.signal);
  exit_files();
  t.fs.reset();
  preemption_point("exit: files closed, not yet a zombie");
  if (group_dead && t.signal->leader && disassociate_ctty_hook != nullptr) disassociate_ctty_hook(t, true);
  if (t.pid == 1 && t.is_group_leader()) {
    halt_system((code & 0x7f) != 0 ? 128 + static_cast<int>(code & 0x7f) : static_cast<int>(code >> 8 & 0xff));
  }
  exit_notify(t);
  schedule_dead();
}

void zap_other_threads(task_struct& t) {
  t.signal->group_stop_count = 0;
  for (task_struct* other : std::vector(t.signal->threads)) {
    if (other == &t || other->exit_state != 0) continue;
    other->pending.signal |= sigmask(SIGKILL);
    other->sigpending_flag = true;
    if (other->on_cpu_away)
      other->mm->space->interrupt(other->thread);
    else
      try_to_wake_up(*other, TASK_INTERRUPTIBLE | TASK_WAKEKILL | TASK_STOPPED | TASK_TRACED);
  }
}

void do_group_exit(int code) {
  signal_struct& s = *current->signal;
  if (s.group_exit) {
    code = s.group_exit_code;
  } else if (s.nr_threads > 1) {
    s.group_exit = true;
    s.group_exit_code = code;
    zap_other_threads(*current);
  }
  do_exit(code);
}

namespace {

// A thread group in 2.4 was little more than a common tgid: a thread that execs leaves it and is a
// process of its own, with its own number, a child of the leader that was. The others live on.
void leave_thread_group(task_struct& t) {
  Ref<signal_struct> old = t.signal;
  std::erase(old->threads, &t);
  old->nr_threads = static_cast<unsigned>(old->threads.size());
  task_struct& heir = *old->threads.front();
  if (t.is_group_leader()) {
    // The rest goes on under its oldest member.
    heir.exit_signal = t.exit_signal;
    for (task_struct* other : old->threads) {
      other->group_leader = &heir;
      other->tgid = heir.pid;
    }
    old->tgid = heir.pid;
    heir.p_pptr->children.push_back(&heir);
  } else {
    t.p_opptr = t.p_pptr = &heir;
    heir.children.push_back(&t);
  }
  Ref<signal_struct> own = make_ref<signal_struct>();
  own->tgid = t.tgid = t.pid;
  own->pgrp = old->pgrp;
  own->session = old->session;
  own->tty = old->tty;
  own->rlim = old->rlim;
  own->threads = {&t};
  own->nr_threads = 1;
  t.signal = own;
  t.group_leader = &t;
  t.exit_signal = SIGCHLD;
}

}  // namespace

// exec by one thread of many: the others die; the caller takes over the leader's identity.
Result<void> de_thread(task_struct& t) {
  if (t.signal->nr_threads > 1 && mechanisms().thread_exec == ThreadExec::leaves) leave_thread_group(t);
  signal_struct& s = *t.signal;
  if (s.nr_threads > 1) {
    if (s.group_exit || s.group_exec_task != nullptr) return Err(EAGAIN);
    s.group_exec_task = &t;
    zap_other_threads(t);
    task_struct* leader = t.group_leader;
    auto others_gone = [&] {
      return std::ranges::all_of(s.threads, [&](task_struct* x) {
        return x == &t || (x == leader && x->exit_state == EXIT_ZOMBIE);
      });
    };
    while (!others_gone()) {
      t.state = TASK_KILLABLE;
      schedule();
      if (fatal_signal_pending(t)) {
        s.group_exec_task = nullptr;
        return Err(EAGAIN);
      }
    }
    s.group_exec_task = nullptr;
    if (leader != &t) {
      Ref<task_struct> old(leader), self(&t);
      detach_pid(*leader);
      detach_pid(t);
      std::swap(leader->pid, t.pid);
      attach_pid(t);
      attach_pid(*leader);
      t.group_leader = &t;
      leader->group_leader = &t;
      t.exit_signal = leader->exit_signal;
      t.p_pptr = leader->p_pptr;
      t.p_opptr = leader->p_opptr;
      t.start_time = leader->start_time;
      std::ranges::replace(t.p_pptr->children, leader, &t);
      for_each_task([&](task_struct& c) {
        if (c.p_opptr == leader) c.p_opptr = &t;
        if (c.p_pptr == leader) {
          c.p_pptr = &t;
          if (c.is_group_leader()) t.children.push_back(&c);
        }
      });
      leader->children.clear();
      leader->exit_signal = -1;
      release_task(*leader);
    }
  }
  s.group_stop_count = 0;
  // Handlers shared with another process (CLONE_SIGHAND without CLONE_THREAD) stay the other's.
  if (t.sighand->use_count() > 1) {
    Ref<sighand_struct> own = make_ref<sighand_struct>();
    own->action = t.sighand->action;
    t.sighand = own;
  }
  return {};
}

uint64_t task_utime(task_struct& t) {
  if (t.on_cpu_away) account_away_time();
  return t.acct.utime;
}
uint64_t task_stime(task_struct& t) { return t.acct.stime; }
