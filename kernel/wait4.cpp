// wait4, waitpid and waitid. Linux: kernel/exit.c. A parent sleeps on its group's wait_chldexit; each
// look goes over the children of every thread of the group unless __WNOTHREAD.
#include "kernel/wait4.h"

#include <algorithm>

#include "kernel/ptrace.h"

namespace {

bool is_clone_child(const task_struct& c) { return c.exit_signal != SIGCHLD; }

bool eligible(const task_struct& c, wait_for which, int id, unsigned options) {
  if (which == wait_for::pid && c.pid != id) return false;
  if (which == wait_for::pgrp && c.signal->pgrp != id) return false;
  if ((options & __WALL) != 0) return true;
  return is_clone_child(c) == ((options & __WCLONE) != 0);
}

void add(rusage_acct& to, const rusage_acct& from) {
  to.utime += from.utime;
  to.stime += from.stime;
  to.minflt += from.minflt;
  to.majflt += from.majflt;
  to.nvcsw += from.nvcsw;
  to.nivcsw += from.nivcsw;
  to.maxrss = std::max(to.maxrss, from.maxrss);
}

wait_result wait_zombie(task_struct& c, unsigned options) {
  wait_result r;
  r.pid = c.pid;
  r.status = c.exit_code;
  r.uid = c.creds.uid;
  r.si_code = (c.exit_code & 0x7f) == 0 ? CLD_EXITED : (c.exit_code & 0x80) != 0 ? CLD_DUMPED : CLD_KILLED;
  r.si_status = (c.exit_code & 0x7f) == 0 ? c.exit_code >> 8 & 0xff : c.exit_code & 0x7f;
  r.usage = c.acct;
  add(r.usage, c.signal->acct);
  add(r.usage, c.signal->cacct);
  if ((options & WNOWAIT) != 0) return r;
  if (c.ptrace.on && c.p_opptr != c.p_pptr) {
    // The tracer has seen it; now the real parent may.
    ptrace_unlink(c);
    if (c.is_group_leader() && !do_notify_parent(c, c.exit_signal)) return r;
  } else if (c.is_group_leader()) {
    add(current->signal->cacct, r.usage);
  }
  // As 2.2's release() did while the zombie still had a CPU; it is this waiter's from here on.
  c.exit_state = EXIT_DEAD;
  wait_task_inactive(c);
  release_task(c);
  return r;
}

std::optional<wait_result> look_at(task_struct& c, unsigned options) {
  wait_result r;
  r.pid = c.pid;
  r.uid = c.creds.uid;
  if (c.exit_state == EXIT_ZOMBIE) {
    if ((options & WEXITED) == 0 || (c.is_group_leader() && c.signal->nr_threads > 1)) return {};
    return wait_zombie(c, options);
  }
  if (c.exit_state != 0) return {};
  if (c.ptrace.on) {
    if (c.state != TASK_TRACED || c.ptrace.code == 0 || c.ptrace.reported) return {};
    if ((options & WNOWAIT) == 0) c.ptrace.reported = true;
    r.status = c.ptrace.code << 8 | 0x7f;
    r.si_code = CLD_TRAPPED;
    r.si_status = c.ptrace.code;
    r.usage = c.acct;
    return r;
  }
  signal_struct& s = *c.signal;
  if ((options & WSTOPPED) != 0 && s.group_stop_sig != 0 && s.group_stop_count == 0 && !s.stop_reported) {
    if ((options & WNOWAIT) == 0) s.stop_reported = true;
    r.status = s.group_stop_sig << 8 | 0x7f;
    r.si_code = CLD_STOPPED;
    r.si_status = s.group_stop_sig;
    r.usage = c.acct;
    return r;
  }
  if ((options & WCONTINUED) != 0 && s.cont_pending) {
    if ((options & WNOWAIT) == 0) s.cont_pending = false;
    r.status = 0xffff;
    r.si_code = CLD_CONTINUED;
    r.si_status = SIGCONT;
    r.usage = c.acct;
    return r;
  }
  return {};
}

}  // namespace

Result<wait_result> do_wait(wait_for which, int id, unsigned options) {
  wait_result found;
  bool any = false;
  // True if this child is what is waited for, and says something.
  auto consider = [&](task_struct& c) {
    if (!c.ptrace.on && !c.is_group_leader()) return false;
    if (!eligible(c, which, id, c.ptrace.on ? options | __WALL : options)) return false;
    any = true;
    auto r = look_at(c, options);
    if (r) found = *r;
    return r.has_value();
  };
  auto look = [&] {
    any = false;
    if (which == wait_for::pid) {
      // One child of a thousand: not by way of the others (do_wait_pid, since 5.12).
      task_struct* c = find_task_by_pid(id);
      const task_struct* parent = c != nullptr ? c->p_pptr : nullptr;
      if (parent != nullptr && parent->signal == current->signal &&
          (parent == current || (options & __WNOTHREAD) == 0) && consider(*c))
        return true;
    } else {
      // Whoever changes these lists while we look has an answer, and the walk ends there.
      for (task_struct* t : current->signal->threads) {
        if (t != current && (options & __WNOTHREAD) != 0) continue;
        for (task_struct* c : t->children)
          if (consider(*c)) return true;
      }
    }
    // A child that somebody else traces is still a child to wait for.
    if (!any && anybody_traced())
      for_each_task([&](task_struct& c) {
        if (c.ptrace.on && c.p_opptr->signal == current->signal && c.is_group_leader() && eligible(c, which, id, options))
          any = true;
      });
    return !any || (options & WNOHANG) != 0;
  };
  TRY(wait_event_interruptible(current->signal->wait_chldexit, look));
  if (found.pid == 0 && !any) return Err(ECHILD);
  return found;
}
