// Terminals: the common part of a console and of both ends of a pseudo-terminal. Linux:
// include/linux/tty.h, drivers/tty/tty_io.c, tty_jobctrl.c, tty_ioctl.c. A driver derives from
// tty_struct and overrides what Linux has in struct tty_operations; the only line discipline is N_TTY.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/tty/n_tty.h"
#include "fs/fasync.h"
#include "fs/fs.h"
#include "kernel/sched.h"
#include "kernel/wait.h"
#include "lib/ref.h"
#include "lib/uapi.h"

struct tty_file;

inline constexpr unsigned TTY_MAJOR = 4, TTYAUX_MAJOR = 5, UNIX98_PTY_SLAVE_MAJOR = 136;
inline constexpr int ENOIOCTLCMD = 515;  // internal: the driver does not know this ioctl

// struct winsize of the wire; every ABI of ours has the same.
struct tty_winsize {
  uint16_t ws_row = 0, ws_col = 0, ws_xpixel = 0, ws_ypixel = 0;
  friend bool operator==(const tty_winsize&, const tty_winsize&) = default;
};

// A lock that is held while its owner sleeps: one reader and one writer of a tty at a time.
class SleepLock {
 public:
  Result<void> lock(bool nonblock);  // EAGAIN or ERESTARTSYS
  void unlock();

 private:
  bool held_ = false;
  wait_queue waiters_;
};

ktermios tty_std_termios();

struct tty_struct : RefCounted<tty_struct> {
  tty_struct(uint64_t device, const ktermios& initial);
  tty_struct(const tty_struct&) = delete;
  tty_struct& operator=(const tty_struct&) = delete;
  virtual ~tty_struct();

  // ---- what a driver provides --------------------------------------------------------------------
  // Takes up to write_room() bytes; never sleeps.
  virtual size_t write(std::span<const uint8_t> bytes) = 0;
  virtual size_t write_room() = 0;
  virtual size_t chars_in_buffer() { return 0; }   // written, but not yet out
  virtual void flush_buffer() {}                   // forgets those
  virtual wait_queue* drain_queue() { return nullptr; }  // woken as chars_in_buffer falls
  virtual void unthrottle() {}                     // input has been read: there is room again
  virtual void output_stopped(bool /*stopped*/) {}
  virtual void termios_changed(const ktermios& /*old*/) {}
  virtual void wants_input() {}                    // somebody reads or waits for input
  virtual void hangup() {}
  virtual Result<void> open(tty_file& /*f*/) { return {}; }
  virtual void close(tty_file& /*f*/) {}           // before the file leaves `files`
  virtual Result<long> ioctl(tty_file& /*f*/, unsigned /*cmd*/, uint64_t /*arg*/) { return Err(ENOIOCTLCMD); }
  virtual void resize(const tty_winsize& ws);
  virtual bool is_pty() const { return false; }
  virtual bool is_pty_master() const { return false; }
  virtual void signal_foreground(int sig);         // to pgrp, if there is one

  // ---- common ------------------------------------------------------------------------------------
  bool i(unsigned flag) const { return (termios.c_iflag & flag) != 0; }
  bool o(unsigned flag) const { return (termios.c_oflag & flag) != 0; }
  bool l(unsigned flag) const { return (termios.c_lflag & flag) != 0; }
  uint8_t cc(unsigned index) const { return termios.c_cc[index]; }

  // Input from the driver. What the line discipline has no room for waits here.
  void receive(std::span<const uint8_t> bytes);
  void flush_to_ldisc();
  size_t input_backlog() const { return flip_.size(); }
  void drop_backlog() { flip_.clear(); }

  void stop_tty();                                 // ^S
  void start_tty();                                // ^Q
  void stop_flow(bool stop);                       // TCOOFF, TCOON
  size_t room() { return stopped ? 0 : write_room(); }
  void wakeup();                                   // there is room for output
  void set_termios(const ktermios& t);
  void flush_input();                              // TCIFLUSH
  void input_flushed();                            // tells a packet mode reader at the other end
  void tell_packet_reader(uint8_t set, uint8_t clear);
  Result<void> wait_until_sent();                  // ERESTARTSYS

  void vhangup(bool exit_session = false);

  const uint64_t device;
  const ktermios init_termios;
  ktermios termios;
  tty_winsize winsize;
  tty_struct* link = nullptr;                      // the other end of a pty
  int pgrp = 0, session = 0;
  bool packet = false;                             // on the master
  uint8_t pktstatus = 0;                           // on the slave, for the master's reader
  bool stopped = false, tco_stopped = false;
  bool io_error = false, other_closed = false, exclusive = false, hupping = false;
  wait_queue read_wait, write_wait;
  SleepLock atomic_read, atomic_write;
  std::vector<tty_file*> files;                    // opened, and not closed
  fasync_struct fasync;
  n_tty ldisc;

 private:
  std::string flip_;
  bool flushing_ = false;
};

// An open terminal.
struct tty_file : file {
  tty_file(const path& p, unsigned flags, Ref<tty_struct> t, bool console);
  ~tty_file() override;

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  Result<long> ioctl(unsigned cmd, uint64_t arg) override;
  unsigned poll(poll_table* pt) override;
  void fasync_changed() override;
  Result<void> fsync() override { return Err(EINVAL); }
  Result<void> truncate(uint64_t) override { return Err(EINVAL); }

  Ref<tty_struct> tty;
  const bool is_console;         // opened as /dev/console: no job control, survives a hang-up
  bool attached = false;         // in tty->files
  bool hung_up = false;
};

// ---- tty_io.cpp ------------------------------------------------------------------------------------
// Opens what majors 4, 5 and 136 name. ENXIO, ENODEV, EIO, EBUSY.
Result<Ref<file>> tty_open(const path& p, unsigned flags, uint64_t rdev);
// Makes an open file of `tty`, checks exclusive mode and asks the driver.
Result<Ref<tty_file>> tty_open_file(const Ref<tty_struct>& tty, const path& p, unsigned flags, bool console);

// ---- tty_jobctrl.cpp -------------------------------------------------------------------------------
// May the current task use `tty` in this way? `sig`: SIGTTIN or SIGTTOU. EIO, or ERESTARTSYS after the
// signal was sent to its group.
Result<void> tty_check_change(tty_struct& tty, int sig = SIGTTOU);
void proc_set_tty(tty_struct& tty);                // becomes current's controlling terminal
// A session leader without a terminal that opens one for reading gets it. `f` was just opened.
void tty_open_proc_set_tty(tty_file& f);
void session_clear_tty(int session);
void tty_signal_session_leader(tty_struct& tty, bool exit_session);
// The session leader `t` exits or gives its terminal up.
void disassociate_ctty(task_struct& t, bool on_exit);
Result<long> tty_jobctrl_ioctl(tty_file& f, tty_struct& real_tty, unsigned cmd, uint64_t arg);

// ---- tty_ioctl.cpp ---------------------------------------------------------------------------------
Result<long> tty_ioctl(tty_file& f, unsigned cmd, uint64_t arg);
Result<long> tty_mode_ioctl(tty_struct& tty, unsigned cmd, uint64_t arg);
Result<long> n_tty_ioctl(tty_struct& tty, unsigned cmd, uint64_t arg);

// ---- pty.cpp ---------------------------------------------------------------------------------------
Result<Ref<file>> ptmx_open(const path& p, unsigned flags);
Result<Ref<file>> pts_open(const path& p, unsigned flags);

// ---- ../console.cpp --------------------------------------------------------------------------------
Ref<tty_struct> console_tty();                     // null if the host gave us no terminal
