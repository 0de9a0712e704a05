// The receiving half of the line discipline: special characters, signals, line editing. Linux:
// drivers/tty/n_tty.c (n_tty_receive_*, eraser, isig). See n_tty.h for the differences.
#include "drivers/tty/n_tty.h"

#include "drivers/tty/ctype.h"
#include "drivers/tty/tty.h"

namespace {

// Does `c` play the role `index` of c_cc? A role with the disabled character is played by none.
bool plays(const tty_struct& tty, unsigned index, uint8_t c) { return c != kDisabledChar && tty.cc(index) == c; }

}  // namespace

bool n_tty::is_continuation(uint8_t c) const { return tty_.i(IUTF8) && (c & 0xc0) == 0x80; }

// ---- input ---------------------------------------------------------------------------------------

// One byte stays free for the end of a line. A line that is too long keeps losing its last byte to the
// next one, so that editing keys and the newline still work.
size_t n_tty::receive_buf(std::span<const uint8_t> in) {
  size_t taken = 0;
  for (const uint8_t c : in) {
    if (read_cnt() >= kBufSize - 1) {
      if (!icanon_ || canon_ != tail_) break;
      if (read_cnt() >= kBufSize) --head_;
    }
    receive_char(c);
    ++taken;
  }
  if (!echo_.empty()) process_echoes();
  if (!icanon_ && read_cnt() != 0) {
    kill_fasync(tty_.fasync, POLL_IN);
    wake_up_poll(tty_.read_wait, POLLIN | POLLRDNORM);
  }
  return taken;
}

void n_tty::receive_char(uint8_t c) {
  if (tty_.i(ISTRIP)) c &= 0x7f;
  if (tty_.i(IUCLC) && tty_.l(IEXTEN)) c = latin1::to_lower(c);
  if (lnext_) {
    lnext_ = false;
    restart_if_any();
    ordinary_char(c, true);
    return;
  }
  if (tty_.i(IXON) && flow_control(c)) return;
  if (tty_.l(ISIG) && signal_char(c)) return;
  restart_if_any();
  // In raw mode a newline that was typed as such is echoed as ^J; one made from a return moves on.
  bool literal = c == '\n';
  if (c == '\r') {
    if (tty_.i(IGNCR)) return;
    if (tty_.i(ICRNL)) c = '\n';
  } else if (c == '\n' && tty_.i(INLCR)) {
    c = '\r';
  }
  if (icanon_ && canonical_char(c)) return;
  ordinary_char(c, literal);
}

bool n_tty::flow_control(uint8_t c) {
  if (plays(tty_, VSTART, c)) {
    tty_.start_tty();
    process_echoes();
    return true;
  }
  if (!plays(tty_, VSTOP, c)) return false;
  tty_.stop_tty();
  return true;
}

// IXANY: any key undoes ^S.
void n_tty::restart_if_any() {
  if (tty_.stopped && !tty_.tco_stopped && tty_.i(IXON) && tty_.i(IXANY)) tty_.start_tty();
}

bool n_tty::signal_char(uint8_t c) {
  if (plays(tty_, VINTR, c)) isig(SIGINT, c);
  else if (plays(tty_, VQUIT, c)) isig(SIGQUIT, c);
  else if (plays(tty_, VSUSP, c)) isig(SIGTSTP, c);
  else return false;
  return true;
}

// Without NOFLSH a signal also empties both queues, echoes that are not out yet included.
void n_tty::isig(int signal, uint8_t c) {
  tty_.signal_foreground(signal);
  if (!tty_.l(NOFLSH)) {
    reset_echo();
    tty_.flush_buffer();
    reset_input();
    tty_.input_flushed();
  }
  if (tty_.i(IXON)) tty_.start_tty();
  if (tty_.l(ECHO)) {
    echo_char(c);
    commit_echoes();
  } else {
    process_echoes();
  }
}

void n_tty::ordinary_char(uint8_t c, bool literal) {
  if (tty_.l(ECHO)) {
    finish_erasing();
    if (c == '\n' && !literal) {
      echo_raw('\n');
    } else {
      echo_first_column();
      echo_char(c);
    }
    commit_echoes();
  }
  if (c == 0xff && tty_.i(PARMRK) && read_cnt() < kBufSize - 1) put(c);
  put(c);
}

// True if `c` has been dealt with.
bool n_tty::canonical_char(uint8_t c) {
  const bool extended = tty_.l(IEXTEN);
  if (plays(tty_, VERASE, c) || plays(tty_, VKILL, c) || (extended && plays(tty_, VWERASE, c))) {
    eraser(c);
    commit_echoes();
    return true;
  }
  if (extended && plays(tty_, VLNEXT, c)) {
    lnext_ = true;
    if (tty_.l(ECHO)) {
      finish_erasing();
      if (tty_.l(ECHOCTL)) {
        echo_raw('^');
        echo_raw('\b');
        commit_echoes();
      }
    }
    return true;
  }
  if (extended && tty_.l(ECHO) && plays(tty_, VREPRINT, c)) {
    finish_erasing();
    echo_char(c);
    reprint();
    return true;
  }
  if (c == '\n') {
    if (tty_.l(ECHO) || tty_.l(ECHONL)) {
      echo_raw('\n');
      commit_echoes();
    }
    end_line(c);
    return true;
  }
  if (plays(tty_, VEOF, c)) {
    end_line(kDisabledChar);
    return true;
  }
  if (plays(tty_, VEOL, c) || (extended && plays(tty_, VEOL2, c))) {
    if (tty_.l(ECHO)) {
      echo_first_column();
      echo_char(c);
      commit_echoes();
    }
    if (c == 0xff && tty_.i(PARMRK) && read_cnt() < kBufSize - 1) put(c);
    end_line(c);
    return true;
  }
  return false;
}

void n_tty::end_line(uint8_t c) {
  eol_.set(head_ % kBufSize);
  put(c);
  canon_ = head_;
  kill_fasync(tty_.fasync, POLL_IN);
  wake_up_poll(tty_.read_wait, POLLIN | POLLRDNORM);
}

// ---- editing -------------------------------------------------------------------------------------

void n_tty::eraser(uint8_t c) {
  if (head_ == canon_) return;
  const bool single = plays(tty_, VERASE, c);
  const bool word = !single && plays(tty_, VWERASE, c);
  // A line is killed at once if nobody sees it go.
  if (!single && !word && !(tty_.l(ECHO) && tty_.l(ECHOK) && tty_.l(ECHOKE) && tty_.l(ECHOE))) {
    kill_line();
    return;
  }
  bool seen_word = false;
  while (head_ != canon_ && erase_one(word, !single, seen_word)) {
  }
  if (head_ == canon_ && tty_.l(ECHO)) finish_erasing();
}

void n_tty::kill_line() {
  head_ = canon_;
  if (!tty_.l(ECHO)) return;
  finish_erasing();
  echo_char(tty_.cc(VKILL));
  if (tty_.l(ECHOK)) echo_raw('\n');
}

// Takes the last character off the line. False: that was the last one to take.
bool n_tty::erase_one(bool word, bool whole_line, bool& seen_word) {
  size_t start = head_;
  uint8_t c;
  do {
    c = buf_[--start % kBufSize];
  } while (is_continuation(c) && start != canon_);
  if (is_continuation(c)) return false;  // never half a character
  if (word) {
    if (latin1::is_alnum(c) || c == '_') seen_word = true;
    else if (seen_word) return false;
  }
  const size_t count = head_ - start;
  head_ = start;
  if (tty_.l(ECHO)) echo_erased(c, start, count, !whole_line);
  return whole_line;
}

void n_tty::echo_erased(uint8_t c, size_t at, size_t count, bool single) {
  if (tty_.l(ECHOPRT)) {
    if (!erasing_) {
      echo_raw('\\');
      erasing_ = true;
    }
    echo_char(c);
    for (size_t i = 1; i < count; ++i) {  // the rest of a multibyte character
      echo_raw(buf_[(at + i) % kBufSize]);
      echo_.push_back({EchoOp::move_back_column});
    }
  } else if (single && !tty_.l(ECHOE)) {
    echo_char(tty_.cc(VERASE));
  } else if (c == '\t') {
    bool after_tab = false;
    const unsigned columns = columns_before(at, after_tab);
    echo_.push_back({EchoOp::erase_tab, static_cast<uint8_t>(columns & 7), after_tab});
  } else {
    const int width = !latin1::is_cntrl(c) ? 1 : tty_.l(ECHOCTL) ? 2 : 0;
    for (int i = 0; i < width; ++i) {
      echo_raw('\b');
      echo_raw(' ');
      echo_raw('\b');
    }
  }
}

// Columns that the characters before position `at` take, back to a tab or the start of the line.
unsigned n_tty::columns_before(size_t at, bool& after_tab) const {
  unsigned columns = 0;
  while (at != canon_) {
    const uint8_t c = buf_[--at % kBufSize];
    if (c == '\t') {
      after_tab = true;
      break;
    }
    if (latin1::is_cntrl(c)) columns += tty_.l(ECHOCTL) ? 2 : 0;
    else if (!is_continuation(c)) ++columns;
  }
  return columns;
}

void n_tty::reprint() {
  echo_raw('\n');
  for (size_t i = canon_; i != head_; ++i) echo_char(buf_[i % kBufSize]);
  commit_echoes();
}

// ---- modes ---------------------------------------------------------------------------------------

// What was typed in the other mode stays readable: entering canonical mode makes one line of it.
void n_tty::set_termios(const ktermios* old) {
  icanon_ = tty_.l(ICANON);
  if (old == nullptr || ((old->c_lflag ^ tty_.termios.c_lflag) & ICANON) != 0) {
    eol_.reset();
    if (!icanon_ || head_ == tail_) {
      canon_ = tail_;
    } else {
      eol_.set((head_ - 1) % kBufSize);
      canon_ = head_;
    }
    erasing_ = lnext_ = false;
  }
  if (old == nullptr) return;  // the tty is being made
  // A ^S that nobody could undo any more.
  if (!tty_.i(IXON) && (old->c_iflag & IXON) != 0 && !tty_.tco_stopped) tty_.start_tty();
  tty_.wakeup();
  wake_up_poll(tty_.read_wait, POLLIN | POLLRDNORM);
}

void n_tty::reset_input() {
  head_ = canon_ = tail_ = 0;
  eol_.reset();
  erasing_ = lnext_ = false;
}

void n_tty::reset_echo() { echo_.clear(); }
