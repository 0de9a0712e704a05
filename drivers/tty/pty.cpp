// Pseudo-terminals: two ttys back to back. What is written to the master is typed at the slave, and
// what is written to the slave (echoes included) can be read from the master. Linux:
// drivers/tty/pty.c. Difference: no BSD ptys.
#include <algorithm>

#include "drivers/tty/tty.h"
#include "fs/dcache.h"
#include "fs/devpts.h"
#include "mm/uaccess.h"

namespace {

constexpr unsigned kMasterMajor = 128;
constexpr size_t kBacklog = 12 * 1024;     // input that its reader has no room for

ktermios slave_termios() {
  ktermios t = tty_std_termios();
  t.c_cflag = B38400 | CS8 | CREAD;
  return t;
}
// Raw: whatever the slave writes arrives unchanged.
ktermios master_termios() {
  ktermios t = tty_std_termios();
  t.c_iflag = t.c_oflag = t.c_lflag = 0;
  t.c_cflag = B38400 | CS8 | CREAD;
  return t;
}

bool default_flow(const ktermios& t) {
  return (t.c_iflag & IXON) != 0 && t.c_cc[VSTOP] == 023 && t.c_cc[VSTART] == 021;
}

struct pty_struct : tty_struct {
  using tty_struct::tty_struct;
  bool is_pty() const override { return true; }

  size_t write_room() override {
    if (link == nullptr) return 0;
    const size_t waiting = link->input_backlog();
    return kBacklog - std::min(kBacklog, waiting);
  }
  size_t write(std::span<const uint8_t> bytes) override {
    const auto fits = bytes.first(std::min(bytes.size(), write_room()));
    if (!fits.empty()) link->receive(fits);
    return fits.size();
  }
  // Output that the other end has not read yet is lost.
  void flush_buffer() override {
    if (link == nullptr) return;
    link->drop_backlog();
    tell_packet_reader(TIOCPKT_FLUSHWRITE, 0);
    wakeup();
  }
  void unthrottle() override {
    if (link != nullptr) link->wakeup();
  }
  Result<void> open(tty_file&) override {
    if (other_closed || link == nullptr) return Err(EIO);
    io_error = false;
    link->other_closed = false;
    return {};
  }
  // What both ends do when their last file goes.
  void shut() {
    io_error = true;
    packet = false;
    wake_up_all(read_wait);
    wake_up_all(write_wait);
    if (link == nullptr) return;
    link->other_closed = true;
    wake_up_poll(link->read_wait, 0);
    wake_up_poll(link->write_wait, 0);
  }
};

struct pts_struct : pty_struct {
  using pty_struct::pty_struct;
  bool locked = true;            // until TIOCSPTLCK

  Result<void> open(tty_file& f) override {
    if (locked) return Err(EIO);
    return pty_struct::open(f);
  }
  void close(tty_file&) override {
    if (files.size() == 1) shut();
  }
  void output_stopped(bool stop) override {
    tell_packet_reader(stop ? TIOCPKT_STOP : TIOCPKT_START, stop ? TIOCPKT_START : TIOCPKT_STOP);
  }
  // A remote login wants to know whether it may handle ^S and ^Q itself.
  void termios_changed(const ktermios& old) override {
    termios.c_cflag = (termios.c_cflag & ~static_cast<tcflag_t>(CSIZE | PARENB)) | CS8 | CREAD;
    if (default_flow(old) != default_flow(termios))
      tell_packet_reader(default_flow(termios) ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP, TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
  }
};

struct ptm_struct : pty_struct {
  ptm_struct(uint64_t dev, Ref<pts_struct> s, path root, unsigned n)
      : pty_struct(dev, master_termios()), slave(std::move(s)), devpts(std::move(root)), index(n) {
    link = slave.get();
    slave->link = this;
  }
  // Also when opening the master failed half-way.
  ~ptm_struct() override { detach(); }

  bool is_pty_master() const override { return true; }
  void close(tty_file&) override {
    Ref<pts_struct> keep = slave;
    shut();
    other_closed = true;
    detach();
    keep->vhangup();
  }
  Result<long> ioctl(tty_file& f, unsigned cmd, uint64_t arg) override;

  Ref<pts_struct> slave;         // until the master closes
  path devpts;
  unsigned index;

 private:
  void detach() {
    if (!slave) return;
    super_block& sb = *devpts.dentry->d_inode->sb;
    devpts_pty_kill(sb, index);
    devpts_kill_index(sb, index);
    slave->link = nullptr;
    link = nullptr;
    slave = nullptr;
  }
  Result<long> open_peer(unsigned flags);
  Result<long> signal_slave(int sig);
};

Result<long> ptm_struct::open_peer(unsigned flags) {
  constexpr unsigned kAllowed = O_ACCMODE | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  path p(devpts.mnt, TRY(lookup_dentry(devpts.dentry, std::to_string(index))));
  auto f = TRY(pts_open(p, flags & kAllowed));
  f->f_flags &= ~static_cast<unsigned>(O_CLOEXEC | O_NOCTTY);
  return TRY(fd_install_new(f, (flags & O_CLOEXEC) != 0));
}

Result<long> ptm_struct::signal_slave(int sig) {
  if (sig != SIGINT && sig != SIGQUIT && sig != SIGTSTP) return Err(EINVAL);
  slave->signal_foreground(sig);
  return 0;
}

Result<long> ptm_struct::ioctl(tty_file&, unsigned cmd, uint64_t arg) {
  const auto get = [arg] { return get_user(user_ptr<const int>(arg)); };
  const auto put = [arg](int value) -> Result<long> {
    TRY(put_user(user_ptr<int>(arg), value));
    return 0;
  };
  switch (cmd) {
    case TIOCSPTLCK: slave->locked = TRY(get()) != 0; return 0;
    case TIOCGPTLCK: return put(slave->locked);
    case TIOCGPTN: return put(static_cast<int>(index));
    case TIOCGPTPEER: return open_peer(static_cast<unsigned>(arg));
    case TIOCGPKT: return put(packet);
    case TIOCPKT: {
      const bool on = TRY(get()) != 0;
      if (on && !packet) slave->pktstatus = 0;
      packet = on;
      return 0;
    }
    case TIOCSIG: return signal_slave(static_cast<int>(arg));
    default: return Err(ENOIOCTLCMD);
  }
}

}  // namespace

Result<Ref<file>> ptmx_open(const path& p, unsigned flags) {
  path root = TRY(devpts_acquire(p));
  super_block& sb = *root.dentry->d_inode->sb;
  const unsigned index = TRY(devpts_new_index(sb));
  const uint64_t device = MKDEV(UNIX98_PTY_SLAVE_MAJOR, index);
  auto slave = make_ref<pts_struct>(device, slave_termios());
  auto master = make_ref<ptm_struct>(MKDEV(kMasterMajor, index), slave, root, index);
  devpts_pty_new(sb, index, device, static_cast<tty_struct*>(slave.get()));
  return Ref<file>(TRY(tty_open_file(master, p, flags, false)));
}

Result<Ref<file>> pts_open(const path& p, unsigned flags) {
  Ref<tty_struct> tty(static_cast<tty_struct*>(devpts_get_priv(p)));
  if (!tty) return Err(EIO);
  auto f = TRY(tty_open_file(tty, p, flags, false));
  if ((flags & O_NOCTTY) == 0) tty_open_proc_set_tty(*f);
  return Ref<file>(f);
}
