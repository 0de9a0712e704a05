// Opening, reading, writing, hanging up and closing terminals. Linux: drivers/tty/tty_io.c,
// tty_buffer.c. Differences: input is handed to the line discipline at once instead of by a worker;
// utmp-like access times are not kept.
#include <algorithm>
#include <array>

#include "drivers/tty/tty.h"

#include "fs/poll.h"
#include "mm/uaccess.h"

// ---- SleepLock -----------------------------------------------------------------------------------

Result<void> SleepLock::lock(bool nonblock) {
  if (held_) {
    if (nonblock) return Err(EAGAIN);
    TRY(wait_event_interruptible(waiters_, [this] { return !held_; }));
  }
  held_ = true;
  return {};
}

void SleepLock::unlock() {
  held_ = false;
  wake_up(waiters_);
}

// ---- tty_struct ----------------------------------------------------------------------------------

ktermios tty_std_termios() {
  ktermios t{};
  t.c_iflag = ICRNL | IXON;
  t.c_oflag = OPOST | ONLCR;
  t.c_cflag = B38400 | CS8 | CREAD | HUPCL;
  t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  t.c_cc[VINTR] = 003;
  t.c_cc[VQUIT] = 034;
  t.c_cc[VERASE] = 0177;
  t.c_cc[VKILL] = 025;
  t.c_cc[VEOF] = 004;
  t.c_cc[VMIN] = 1;
  t.c_cc[VSTART] = 021;
  t.c_cc[VSTOP] = 023;
  t.c_cc[VSUSP] = 032;
  t.c_cc[VREPRINT] = 022;
  t.c_cc[VDISCARD] = 017;
  t.c_cc[VWERASE] = 027;
  t.c_cc[VLNEXT] = 026;
  t.c_ispeed = t.c_ospeed = 38400;
  return t;
}

tty_struct::tty_struct(uint64_t dev, const ktermios& initial)
    : device(dev), init_termios(initial), termios(initial), ldisc(*this) {
  ldisc.set_termios(nullptr);
}

// Processes hold plain pointers to their terminal.
tty_struct::~tty_struct() {
  for_each_process([this](task_struct& t) {
    if (t.signal && t.signal->tty == this) t.signal->tty = nullptr;
  });
}

void tty_struct::receive(std::span<const uint8_t> bytes) {
  flip_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  flush_to_ldisc();
}

void tty_struct::flush_to_ldisc() {
  if (flushing_) return;
  flushing_ = true;
  while (!flip_.empty()) {
    std::string chunk;
    chunk.swap(flip_);
    const size_t n = ldisc.receive_buf({reinterpret_cast<const uint8_t*>(chunk.data()), chunk.size()});
    if (n < chunk.size()) {
      flip_.insert(0, chunk, n);
      break;
    }
  }
  flushing_ = false;
}

void tty_struct::stop_tty() {
  if (stopped) return;
  stopped = true;
  output_stopped(true);
}

void tty_struct::start_tty() {
  if (!stopped || tco_stopped) return;
  stopped = false;
  output_stopped(false);
  wakeup();
}

void tty_struct::stop_flow(bool stop) {
  if (stop == tco_stopped) return;
  if (stop) {
    tco_stopped = true;
    stop_tty();
  } else {
    tco_stopped = false;
    start_tty();
  }
}

void tty_struct::wakeup() {
  ldisc.process_echoes();
  kill_fasync(fasync, POLL_OUT);
  wake_up_poll(write_wait, POLLOUT | POLLWRNORM);
}

void tty_struct::set_termios(const ktermios& t) {
  const ktermios old = termios;
  termios = t;
  termios_changed(old);
  ldisc.set_termios(&old);
}

void tty_struct::signal_foreground(int sig) {
  if (pgrp != 0) send_pgrp(pgrp, sig);
}

void tty_struct::resize(const tty_winsize& ws) {
  if (ws == winsize) return;
  winsize = ws;
  signal_foreground(SIGWINCH);
}

void tty_struct::flush_input() {
  drop_backlog();
  ldisc.reset_input();
  unthrottle();
  input_flushed();
}

void tty_struct::input_flushed() { tell_packet_reader(TIOCPKT_FLUSHREAD, 0); }

void tty_struct::tell_packet_reader(uint8_t set, uint8_t clear) {
  if (link == nullptr || !link->packet) return;
  pktstatus = static_cast<uint8_t>((pktstatus & ~clear) | set);
  wake_up_poll(link->read_wait, POLLIN | POLLPRI | POLLRDNORM);
}

Result<void> tty_struct::wait_until_sent() {
  wait_queue* drained = drain_queue();
  if (drained == nullptr) return {};
  return wait_event_interruptible(*drained, [this] { return chars_in_buffer() == 0; });
}

// Every open file becomes a dead end, except the system console's; the session loses its terminal.
void tty_struct::vhangup(bool exit_session) {
  Ref<tty_struct> keep(this);
  hupping = true;
  for (auto* f : files)
    if (!f->is_console) f->hung_up = true;
  tty_signal_session_leader(*this, exit_session);
  flush_input();
  ldisc.reset_echo();
  set_termios(init_termios);
  session = pgrp = 0;
  packet = false;
  hangup();
  wake_up_all(write_wait);
  wake_up_all(read_wait);
  hupping = false;
}

// ---- tty_file ------------------------------------------------------------------------------------

tty_file::tty_file(const path& p, unsigned flags, Ref<tty_struct> t, bool console)
    : file(p, flags), tty(std::move(t)), is_console(console) {}

tty_file::~tty_file() {
  fasync_remove(*this, tty->fasync);
  if (!attached) return;
  tty->close(*this);
  std::erase(tty->files, this);
  // Nobody can open a master again, and a slave waits for its master: only others lose their session.
  if (tty->files.empty() && !tty->is_pty() && tty->session != 0) {
    session_clear_tty(tty->session);
    tty->session = tty->pgrp = 0;
  }
}

Result<Ref<tty_file>> tty_open_file(const Ref<tty_struct>& tty, const path& p, unsigned flags, bool console) {
  constexpr int kCapSysAdmin = 21;
  if (tty->exclusive && !capable(kCapSysAdmin)) return Err(EBUSY);
  auto f = make_ref<tty_file>(p, flags, tty, console);
  TRY(tty->open(*f));
  tty->files.push_back(f.get());
  f->attached = true;
  return f;
}

Result<Ref<file>> tty_open(const path& p, unsigned flags, uint64_t rdev) {
  const unsigned major = MAJOR(rdev), minor = MINOR(rdev);
  if (major == UNIX98_PTY_SLAVE_MAJOR) return pts_open(p, flags);
  if (major == TTYAUX_MAJOR && minor == 2) return ptmx_open(p, flags);
  if (major == TTYAUX_MAJOR && minor == 0) {
    Ref<tty_struct> mine(current->signal->tty);
    if (!mine) return Err(ENXIO);
    return Ref<file>(TRY(tty_open_file(mine, p, flags, false)));
  }
  const bool console = major == TTYAUX_MAJOR && minor == 1;
  if (!console && (major != TTY_MAJOR || minor > 1)) return Err(ENXIO);
  auto tty = console_tty();
  if (!tty) return console ? Err(ENODEV) : Err(ENXIO);
  auto f = TRY(tty_open_file(tty, p, flags, console));
  if (!console && (flags & O_NOCTTY) == 0) tty_open_proc_set_tty(*f);
  return Ref<file>(f);
}

Result<size_t> tty_file::read_iter(iov_iter& to, uint64_t&) {
  if (hung_up) return 0;
  if (tty->io_error) return Err(EIO);
  if (!is_console) TRY(tty_check_change(*tty, SIGTTIN));
  std::array<uint8_t, n_tty::kBufSize> buffer;
  const size_t n = TRY(tty->ldisc.read(std::span(buffer).first(std::min(to.count(), buffer.size())),
                                       nonblocking(), hung_up));
  const size_t moved = to.copy_to(buffer.data(), n);
  if (moved != n) return Err(EFAULT);
  return n;
}

Result<size_t> tty_file::write_iter(iov_iter& from, uint64_t&) {
  if (hung_up || tty->io_error) return Err(EIO);
  if (tty->l(TOSTOP) && !is_console) TRY(tty_check_change(*tty));
  TRY(tty->atomic_write.lock(nonblocking()));
  std::array<uint8_t, 2048> buffer;
  size_t done = 0;
  int error = 0;
  while (from.count() != 0) {
    const size_t want = std::min(from.count(), buffer.size());
    const size_t got = from.copy_from(buffer.data(), want);
    if (got == 0) {
      error = EFAULT;
      break;
    }
    auto n = tty->ldisc.write(std::span(buffer).first(got), nonblocking(), hung_up);
    from.revert(got - n.value_or(0));
    if (!n) {
      error = n.error().value;
      break;
    }
    done += *n;
    if (*n < got) break;
    if (from.count() != 0 && signal_pending(*current)) {
      error = ERESTARTSYS;
      break;
    }
    cond_resched();
  }
  tty->atomic_write.unlock();
  if (done == 0 && error != 0) return Err(error);
  return done;
}

Result<long> tty_file::ioctl(unsigned cmd, uint64_t arg) {
  if (hung_up) return Err(cmd == TIOCSPGRP ? ENOTTY : EIO);
  return tty_ioctl(*this, cmd, arg);
}

unsigned tty_file::poll(poll_table* pt) {
  if (hung_up) return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
  poll_wait(*this, tty->read_wait, pt);
  poll_wait(*this, tty->write_wait, pt);
  if (pt != nullptr && (pt->key & POLLIN) != 0) tty->wants_input();
  return tty->ldisc.poll_mask();
}

// O_ASYNC without F_SETOWN: the foreground group is told, or else who asked.
void tty_file::fasync_changed() {
  if ((f_flags & FASYNC) != 0 && f_owner == 0) f_owner = tty->pgrp != 0 ? -tty->pgrp : current->tgid;
  fasync_helper(*this, tty->fasync);
}
