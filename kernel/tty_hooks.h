// What the core asks of the terminals, which live two floors up in drivers/tty. Linux calls the
// functions directly (drivers/tty/tty_jobctrl.c, include/linux/tty.h); here the drivers set these
// pointers at boot and without terminals they stay null.
//
// What each caller does:
//   exit (last thread of a group)  disassociate_ctty(*current, true)
//   setsid                         clear_ctty(*signal): a new session has no terminal
//   vhangup(2)                     vhangup_hook
//   /proc/PID/stat                 task_tty_nr, task_tty_pgrp
#pragma once

#include <cstdint>

#include "kernel/sched.h"

inline void (*disassociate_ctty_hook)(task_struct& t, bool on_exit) = nullptr;
inline void (*vhangup_hook)(task_struct& t) = nullptr;
inline uint64_t (*tty_dev_hook)(const tty_struct& tty) = nullptr;
inline int (*tty_pgrp_hook)(const tty_struct& tty) = nullptr;

inline void disassociate_ctty_if_any(task_struct& t, bool on_exit) {
  if (disassociate_ctty_hook != nullptr) disassociate_ctty_hook(t, on_exit);
}
inline void clear_ctty(signal_struct& s) {
  s.tty = nullptr;
  s.tty_old_pgrp = 0;
}
// Field 7 of /proc/PID/stat: the terminal's device number, 0 without one.
inline uint64_t task_tty_nr(const task_struct& t) {
  const auto* s = t.signal.get();
  return s != nullptr && s->tty != nullptr && tty_dev_hook != nullptr ? tty_dev_hook(*s->tty) : 0;
}
// Field 8: its foreground process group, -1 without a terminal.
inline int task_tty_pgrp(const task_struct& t) {
  const auto* s = t.signal.get();
  return s != nullptr && s->tty != nullptr && tty_pgrp_hook != nullptr ? tty_pgrp_hook(*s->tty) : -1;
}
