// Sessions, process groups and their terminal. Linux: drivers/tty/tty_jobctrl.c.
#include "drivers/tty/tty.h"

#include "mm/uaccess.h"

namespace {

constexpr int kCapSysAdmin = 21;

int session_of_pgrp(int pgrp) {
  int session = -1;
  for_each_in_pgrp(pgrp, [&](task_struct& t) { session = t.signal->session; });
  return session;
}

}  // namespace

Result<void> tty_check_change(tty_struct& tty, int sig) {
  auto& mine = *current->signal;
  if (mine.tty != &tty || tty.pgrp == 0 || mine.pgrp == tty.pgrp) return {};
  if (is_ignored(*current, sig)) {
    if (sig == SIGTTIN) return Err(EIO);
    return {};
  }
  // Nobody could continue a stopped group that has no parent in its session.
  if (is_orphaned_pgrp(mine.pgrp)) return Err(EIO);
  send_pgrp(mine.pgrp, sig);
  current->sigpending_flag = true;
  return Err(ERESTARTSYS);
}

void proc_set_tty(tty_struct& tty) {
  auto& mine = *current->signal;
  tty.pgrp = mine.pgrp;
  tty.session = mine.session;
  mine.tty = &tty;
  mine.tty_old_pgrp = 0;
}

// Only for who may read: a descriptor for writing alone must not give power over the session.
void tty_open_proc_set_tty(tty_file& f) {
  const auto& mine = *current->signal;
  if (mine.leader && mine.tty == nullptr && f.tty->session == 0 && f.readable()) proc_set_tty(*f.tty);
}

void session_clear_tty(int session) {
  for_each_process([session](task_struct& t) {
    if (t.signal && t.signal->session == session) t.signal->tty = nullptr;
  });
}

// The line is gone. The session loses its terminal and its leader hears of it; with `exit_session`
// the foreground group does, too. The leader remembers that group for its own end.
void tty_signal_session_leader(tty_struct& tty, bool exit_session) {
  const int pgrp = tty.pgrp;
  if (tty.session != 0) {
    for_each_process([&](task_struct& t) {
      if (!t.signal || t.signal->session != tty.session) return;
      if (t.signal->tty == &tty) t.signal->tty = nullptr;
      if (!t.signal->leader) return;
      send_group(t, SIGHUP);
      send_group(t, SIGCONT);
      if (pgrp != 0) t.signal->tty_old_pgrp = pgrp;
    });
  }
  if (exit_session && pgrp != 0) send_pgrp(pgrp, SIGHUP);
}

void disassociate_ctty(task_struct& t, bool on_exit) {
  auto& mine = *t.signal;
  if (!mine.leader) return;
  const int old_pgrp = std::exchange(mine.tty_old_pgrp, 0);
  if (mine.tty == nullptr) {
    if (on_exit && old_pgrp != 0) {
      send_pgrp(old_pgrp, SIGHUP);
      send_pgrp(old_pgrp, SIGCONT);
    }
    return;
  }
  Ref<tty_struct> tty(mine.tty);
  if (on_exit && !tty->is_pty()) {
    tty->vhangup(true);
    mine.tty_old_pgrp = 0;
  } else if (tty->pgrp != 0) {
    send_pgrp(tty->pgrp, SIGHUP);
    if (!on_exit) send_pgrp(tty->pgrp, SIGCONT);
  }
  tty->session = tty->pgrp = 0;
  session_clear_tty(mine.session);
}

// ---- ioctls --------------------------------------------------------------------------------------

namespace {

Result<long> tiocsctty(tty_file& f, tty_struct& tty, bool steal) {
  auto& mine = *current->signal;
  if (mine.leader && tty.session != 0 && mine.session == tty.session) return 0;
  if (!mine.leader || mine.tty != nullptr) return Err(EPERM);
  if (tty.session != 0) {
    if (!steal || !capable(kCapSysAdmin)) return Err(EPERM);
    session_clear_tty(tty.session);
  }
  if (!f.readable() && !capable(kCapSysAdmin)) return Err(EPERM);
  proc_set_tty(tty);
  return 0;
}

Result<long> tiocspgrp(tty_struct& tty, uint64_t arg) {
  if (auto allowed = tty_check_change(tty); !allowed)
    return Err(allowed.error() == EIO ? ENOTTY : allowed.error().value);
  const int pgrp = TRY(get_user(user_ptr<const int>(arg)));
  if (pgrp < 0) return Err(EINVAL);
  const auto& mine = *current->signal;
  if (mine.tty != &tty || tty.session != mine.session) return Err(ENOTTY);
  if (!pgrp_exists(pgrp)) return Err(ESRCH);
  if (session_of_pgrp(pgrp) != mine.session) return Err(EPERM);
  tty.pgrp = pgrp;
  return 0;
}

}  // namespace

// The master of a pty may ask about its slave's session; everybody else only about their own.
Result<long> tty_jobctrl_ioctl(tty_file& f, tty_struct& tty, unsigned cmd, uint64_t arg) {
  const bool own = f.tty.get() == &tty;
  switch (cmd) {
    case TIOCNOTTY:
      if (current->signal->tty != f.tty.get()) return Err(ENOTTY);
      disassociate_ctty(*current, false);
      current->signal->tty = nullptr;
      return 0;
    case TIOCSCTTY:
      return tiocsctty(f, tty, arg == 1);
    case TIOCGPGRP:
      if (own && current->signal->tty != &tty) return Err(ENOTTY);
      TRY(put_user(user_ptr<int>(arg), tty.pgrp));
      return 0;
    case TIOCSPGRP:
      return tiocspgrp(tty, arg);
    case TIOCGSID:
      if ((own && current->signal->tty != &tty) || tty.session == 0) return Err(ENOTTY);
      TRY(put_user(user_ptr<int>(arg), tty.session));
      return 0;
    default:
      return Err(ENOIOCTLCMD);
  }
}
