// What ioctl(2) can ask of a terminal: modes, flow, queues, window size. Linux: drivers/tty/
// tty_ioctl.c and tty_io.c (tty_ioctl). Modem lines and serial settings answer ENOTTY, as for a
// driver without them; locked modes (TIOCSLCKTRMIOS) and other line disciplines do not exist.
#include "drivers/tty/tty.h"

#include <cstring>

#include "mm/uaccess.h"

namespace {

constexpr int kCapSysAdmin = 21;
constexpr int kNumTty = 0;                 // N_TTY, the number of the only line discipline

// struct termio of the wire (asm-generic/termios.h).
struct wire_termio {
  uint16_t c_iflag, c_oflag, c_cflag, c_lflag;
  uint8_t c_line;
  uint8_t c_cc[8];
};
static_assert(sizeof(wire_termio) == 18 && sizeof(termios) == 36 && sizeof(termios2) == 44);

Result<long> put_int(uint64_t arg, int value) {
  TRY(put_user(user_ptr<int>(arg), value));
  return 0;
}

// ---- speeds --------------------------------------------------------------------------------------

unsigned speed_of(tcflag_t cflag, unsigned other) {
  static constexpr unsigned kOld[] = {0,   50,  75,   110,  134,  150,  200,  300,
                                      600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
  static constexpr unsigned kNew[] = {0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
                                      1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};
  if ((cflag & CBAUD) == BOTHER) return other;
  return (cflag & CBAUDEX) != 0 ? kNew[cflag & 017] : kOld[cflag & 017];
}

// The old calls carry no numbers: they follow from the B... codes.
void speeds_from_codes(ktermios& t) {
  t.c_ospeed = speed_of(t.c_cflag, t.c_ospeed);
  const tcflag_t in = (t.c_cflag >> IBSHIFT) & CBAUD;
  t.c_ispeed = in == 0 ? t.c_ospeed : speed_of(in, t.c_ispeed);
}

// ---- modes ---------------------------------------------------------------------------------------

template <class Wire>
Wire to_wire(const ktermios& k) {
  Wire w{};
  w.c_iflag = in_user_order(k.c_iflag), w.c_oflag = in_user_order(k.c_oflag);
  w.c_cflag = in_user_order(k.c_cflag), w.c_lflag = in_user_order(k.c_lflag);
  w.c_line = k.c_line;
  std::memcpy(w.c_cc, k.c_cc, sizeof w.c_cc);
  if constexpr (requires { w.c_ispeed; })
    w.c_ispeed = in_user_order(k.c_ispeed), w.c_ospeed = in_user_order(k.c_ospeed);
  return w;
}
template <>
wire_termio to_wire(const ktermios& k) {
  wire_termio w{};
  w.c_iflag = in_user_order(static_cast<uint16_t>(k.c_iflag)), w.c_oflag = in_user_order(static_cast<uint16_t>(k.c_oflag));
  w.c_cflag = in_user_order(static_cast<uint16_t>(k.c_cflag)), w.c_lflag = in_user_order(static_cast<uint16_t>(k.c_lflag));
  w.c_line = k.c_line;
  std::memcpy(w.c_cc, k.c_cc, sizeof w.c_cc);
  return w;
}

template <class Wire>
void from_wire(ktermios& k, const Wire& w) {
  k.c_iflag = in_user_order(w.c_iflag), k.c_oflag = in_user_order(w.c_oflag);
  k.c_cflag = in_user_order(w.c_cflag), k.c_lflag = in_user_order(w.c_lflag);
  k.c_line = w.c_line;
  std::memcpy(k.c_cc, w.c_cc, sizeof w.c_cc);
  if constexpr (requires { w.c_ispeed; })
    k.c_ispeed = in_user_order(w.c_ispeed), k.c_ospeed = in_user_order(w.c_ospeed);
}
// The short form leaves the upper halves of the flags as they are.
template <>
void from_wire(ktermios& k, const wire_termio& w) {
  const auto low = [](tcflag_t old, uint16_t value) { return (old & 0xffff0000U) | in_user_order(value); };
  k.c_iflag = low(k.c_iflag, w.c_iflag), k.c_oflag = low(k.c_oflag, w.c_oflag);
  k.c_cflag = low(k.c_cflag, w.c_cflag), k.c_lflag = low(k.c_lflag, w.c_lflag);
  k.c_line = w.c_line;
  std::memcpy(k.c_cc, w.c_cc, sizeof w.c_cc);
}

tty_winsize size_in_user_order(const tty_winsize& s) {
  return {in_user_order(s.ws_row), in_user_order(s.ws_col), in_user_order(s.ws_xpixel), in_user_order(s.ws_ypixel)};
}

template <class Wire>
Result<long> get_modes(const tty_struct& tty, uint64_t arg) {
  TRY(put_user(user_ptr<Wire>(arg), to_wire<Wire>(tty.termios)));
  return 0;
}

enum : unsigned { kNow = 0, kWait = 1, kFlush = 2 };

template <class Wire>
Result<long> set_modes(tty_struct& tty, uint64_t arg, unsigned when) {
  TRY(tty_check_change(tty));
  const auto wire = TRY(get_user(user_ptr<const Wire>(arg)));
  ktermios next = tty.termios;
  from_wire(next, wire);
  speeds_from_codes(next);
  if ((when & kFlush) != 0) tty.flush_input();
  if ((when & kWait) != 0) TRY(tty.wait_until_sent());
  tty.wants_input();
  tty.set_termios(next);
  return 0;
}

// ---- queues and flow -----------------------------------------------------------------------------

Result<long> flow(tty_struct& tty, uint64_t how) {
  TRY(tty_check_change(tty));
  const auto send = [&tty](unsigned index) {
    const uint8_t c = tty.cc(index);
    if (c != kDisabledChar) tty.write({&c, 1});
  };
  switch (how) {
    case TCOOFF: tty.stop_flow(true); return 0;
    case TCOON: tty.stop_flow(false); return 0;
    case TCIOFF: send(VSTOP); return 0;
    case TCION: send(VSTART); return 0;
    default: return Err(EINVAL);
  }
}

Result<long> flush(tty_struct& tty, uint64_t which) {
  TRY(tty_check_change(tty));
  if (which > TCIOFLUSH) return Err(EINVAL);
  if (which != TCOFLUSH) tty.flush_input();
  if (which != TCIFLUSH) {
    tty.ldisc.reset_echo();
    tty.flush_buffer();
  }
  return 0;
}

// Pushes a character into the input as if it had been typed.
Result<long> tiocsti(tty_struct& tty, uint64_t arg) {
  if (current->signal->tty != &tty && !capable(kCapSysAdmin)) return Err(EPERM);
  const auto c = TRY(get_user(user_ptr<const uint8_t>(arg)));
  tty.receive({&c, 1});
  return 0;
}

// These wait for what has been written, and stop a background group.
Result<void> wait_first(tty_struct& tty, unsigned cmd) {
  TRY(tty_check_change(tty));
  if (cmd == TIOCCBRK) return {};
  if (!tty.wait_until_sent()) return Err(EINTR);
  return {};
}

}  // namespace

Result<long> tty_mode_ioctl(tty_struct& any, unsigned cmd, uint64_t arg) {
  tty_struct& tty = any.is_pty_master() && any.link != nullptr ? *any.link : any;
  switch (cmd) {
    case TCGETS: return get_modes<termios>(tty, arg);
    case TCSETS: return set_modes<termios>(tty, arg, kNow);
    case TCSETSW: return set_modes<termios>(tty, arg, kWait);
    case TCSETSF: return set_modes<termios>(tty, arg, kWait | kFlush);
    case TCGETS2: return get_modes<termios2>(tty, arg);
    case TCSETS2: return set_modes<termios2>(tty, arg, kNow);
    case TCSETSW2: return set_modes<termios2>(tty, arg, kWait);
    case TCSETSF2: return set_modes<termios2>(tty, arg, kWait | kFlush);
    case TCGETA: return get_modes<wire_termio>(tty, arg);
    case TCSETA: return set_modes<wire_termio>(tty, arg, kNow);
    case TCSETAW: return set_modes<wire_termio>(tty, arg, kWait);
    case TCSETAF: return set_modes<wire_termio>(tty, arg, kWait | kFlush);
    case TIOCGSOFTCAR: return put_int(arg, (tty.termios.c_cflag & CLOCAL) != 0);
    case TIOCSSOFTCAR: {
      const int on = TRY(get_user(user_ptr<const int>(arg)));
      ktermios next = tty.termios;
      next.c_cflag = on != 0 ? next.c_cflag | CLOCAL : next.c_cflag & ~static_cast<tcflag_t>(CLOCAL);
      tty.set_termios(next);
      return 0;
    }
    default: return Err(ENOTTY);
  }
}

Result<long> n_tty_ioctl(tty_struct& tty, unsigned cmd, uint64_t arg) {
  switch (cmd) {
    case TIOCOUTQ: return put_int(arg, static_cast<int>(tty.chars_in_buffer()));
    case FIONREAD: return put_int(arg, static_cast<int>(tty.ldisc.inq()));
    case TCXONC: return flow(tty, arg);
    case TCFLSH: return flush(tty, arg);
    default: return tty_mode_ioctl(tty, cmd, arg);
  }
}

Result<long> tty_ioctl(tty_file& f, unsigned cmd, uint64_t arg) {
  tty_struct& tty = *f.tty;
  tty_struct& real = tty.is_pty_master() && tty.link != nullptr ? *tty.link : tty;
  switch (cmd) {
    case TIOCSTI: return tiocsti(tty, arg);
    case TIOCGWINSZ:
      TRY(put_user(user_ptr<tty_winsize>(arg), size_in_user_order(real.winsize)));
      return 0;
    case TIOCSWINSZ:
      real.resize(size_in_user_order(TRY(get_user(user_ptr<const tty_winsize>(arg)))));
      return 0;
    case TIOCEXCL: tty.exclusive = true; return 0;
    case TIOCNXCL: tty.exclusive = false; return 0;
    case TIOCGEXCL: return put_int(arg, tty.exclusive);
    case TIOCGETD: return put_int(arg, kNumTty);
    case TIOCSETD:
      TRY(wait_first(tty, cmd));
      if (TRY(get_user(user_ptr<const int>(arg))) != kNumTty) return Err(EINVAL);
      return 0;
    case TIOCVHANGUP:
      if (!capable(kCapSysAdmin)) return Err(EPERM);
      tty.vhangup();
      return 0;
    case TIOCGDEV: return put_int(arg, static_cast<int>(real.device));
    case TIOCSBRK:
    case TIOCCBRK:
    case TCSBRK:
    case TCSBRKP:
      TRY(wait_first(tty, cmd));
      return 0;  // no line, no break
    default: break;
  }
  auto r = tty_jobctrl_ioctl(f, real, cmd, arg);
  if (!r && r.error() == ENOIOCTLCMD) r = tty.ioctl(f, cmd, arg);
  if (!r && r.error() == ENOIOCTLCMD) r = n_tty_ioctl(tty, cmd, arg);
  return r;
}
