// The output half of the line discipline: echoing, and the processing that OPOST asks for. Both need
// to know the column where the cursor is. Linux: drivers/tty/n_tty.c (do_output_char,
// __process_echoes, echo_*).
#include <algorithm>

#include "drivers/tty/ctype.h"
#include "drivers/tty/n_tty.h"
#include "drivers/tty/tty.h"

// ---- what to echo --------------------------------------------------------------------------------

void n_tty::echo_char(uint8_t c) {
  const bool caret = tty_.l(ECHOCTL) && latin1::is_cntrl(c) && c != '\t';
  echo_.push_back({caret ? EchoOp::caret : EchoOp::byte, c});
}

// Where the line starts on the screen is known only when its first character is echoed.
void n_tty::echo_first_column() {
  if (canon_ == head_) echo_.push_back({EchoOp::set_canon_column});
}

void n_tty::finish_erasing() {
  if (!erasing_) return;
  echo_raw('/');
  erasing_ = false;
}

// Echoes go out when a batch of input has been dealt with, or when many have gathered.
void n_tty::commit_echoes() {
  constexpr size_t kWatermark = 256;
  if (echo_.size() >= kWatermark) process_echoes();
}

void n_tty::process_echoes() {
  size_t room = tty_.room();
  std::string out;
  while (!echo_.empty() && run_echo(echo_.front(), room, out)) echo_.pop_front();
  if (!out.empty()) tty_.write({reinterpret_cast<const uint8_t*>(out.data()), out.size()});
  // Nobody reads the echoes: forget the oldest.
  while (echo_.size() > kEchoMax) echo_.pop_front();
}

// False if there is no room for it.
bool n_tty::run_echo(const EchoOp& op, size_t& room, std::string& out) {
  switch (op.kind) {
    case EchoOp::byte:
      if (tty_.o(OPOST)) return output_char(op.value, room, out);
      if (room == 0) return false;
      out.push_back(static_cast<char>(op.value));
      --room;
      return true;
    case EchoOp::caret:
      if (room < 2) return false;
      out.push_back('^');
      out.push_back(static_cast<char>(op.value ^ 0100));
      column_ += 2;
      room -= 2;
      return true;
    case EchoOp::erase_tab: {
      const unsigned columns = op.value + (op.after_tab ? 0 : canon_column_);
      const unsigned back = 8 - (columns & 7);
      if (room < back) return false;
      out.append(back, '\b');
      column_ -= std::min(column_, back);
      room -= back;
      return true;
    }
    case EchoOp::set_canon_column:
      canon_column_ = column_;
      return true;
    case EchoOp::move_back_column:
      if (column_ > 0) --column_;
      return true;
  }
  return true;
}

// ---- OPOST ---------------------------------------------------------------------------------------

bool n_tty::output_char(uint8_t c, size_t& room, std::string& out) {
  if (room == 0) return false;
  switch (c) {
    case '\n':
      if (tty_.o(ONLRET)) column_ = 0;
      if (tty_.o(ONLCR)) {
        if (room < 2) return false;
        out += "\r\n";
        column_ = canon_column_ = 0;
        room -= 2;
        return true;
      }
      canon_column_ = column_;
      break;
    case '\r':
      if (tty_.o(ONOCR) && column_ == 0) return true;
      if (tty_.o(OCRNL)) {
        c = '\n';
        if (tty_.o(ONLRET)) column_ = canon_column_ = 0;
      } else {
        column_ = canon_column_ = 0;
      }
      break;
    case '\t': {
      const unsigned width = 8 - (column_ & 7);
      if ((tty_.termios.c_oflag & TABDLY) == XTABS) {
        if (room < width) return false;
        out.append(width, ' ');
        column_ += width;
        room -= width;
        return true;
      }
      column_ += width;
      break;
    }
    case '\b':
      if (column_ > 0) --column_;
      break;
    default:
      output_printable(c);
      break;
  }
  out.push_back(static_cast<char>(c));
  --room;
  return true;
}

void n_tty::output_printable(uint8_t& c) {
  if (latin1::is_cntrl(c)) return;
  if (tty_.o(OLCUC)) c = latin1::to_upper(c);
  if (!is_continuation(c)) ++column_;
}

size_t n_tty::output(std::span<const uint8_t> in) {
  size_t room = tty_.room();
  if (!tty_.o(OPOST)) {
    const auto fits = in.first(std::min(room, in.size()));
    return fits.empty() ? 0 : tty_.write(fits);
  }
  std::string out;
  size_t used = 0;
  while (used < in.size() && output_char(in[used], room, out)) ++used;
  if (!out.empty()) tty_.write({reinterpret_cast<const uint8_t*>(out.data()), out.size()});
  return used;
}
