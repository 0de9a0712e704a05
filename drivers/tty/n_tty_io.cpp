// The reading half of the line discipline, and the sleeping parts of read(2), write(2) and poll(2).
// Linux: drivers/tty/n_tty.c (n_tty_read, n_tty_write, n_tty_poll, canon_copy_from_read_buf).
#include <algorithm>

#include "drivers/tty/n_tty.h"
#include "drivers/tty/tty.h"
#include "kernel/timer.h"

namespace {

constexpr uint64_t kTenth = kNsec / 10;    // VTIME counts tenths of a second
constexpr size_t kWakeupChars = 256;       // less than this waiting to go out: writable

}  // namespace

bool n_tty::input_available(bool polling) const {
  if (icanon_) return canon_ != tail_;
  const bool minimum = polling && tty_.cc(VTIME) == 0 && tty_.cc(VMIN) != 0;
  return read_cnt() >= (minimum ? tty_.cc(VMIN) : 1U);
}

// An end-of-file mark is no character.
size_t n_tty::inq() const {
  if (!icanon_) return read_cnt();
  size_t n = canon_ - tail_;
  for (size_t i = tail_; i != canon_; ++i)
    if (eol_[i % kBufSize] && at(i, kDisabledChar)) --n;
  return n;
}

n_tty::Taken n_tty::take(std::span<uint8_t> to) {
  if (icanon_) return take_line(to);
  const size_t n = std::min(to.size(), read_cnt());
  for (size_t i = 0; i < n; ++i) to[i] = buf_[tail_++ % kBufSize];
  return {n, false};
}

n_tty::Taken n_tty::take_line(std::span<uint8_t> to) {
  size_t n = 0;
  while (n < to.size() && tail_ != canon_) {
    const size_t i = tail_++ % kBufSize;
    const bool end = eol_[i];
    eol_.reset(i);
    if (!end || buf_[i] != kDisabledChar) to[n++] = buf_[i];
    if (end) return {n, true};
  }
  if (n == to.size()) skip_eof();
  return {n, true};
}

// The reader's buffer was filled exactly by the text before a ^D. That mark ended this read; the next
// one must not take it for end of file.
void n_tty::skip_eof() {
  const size_t i = tail_ % kBufSize;
  if (tail_ == canon_ || !eol_[i] || buf_[i] != kDisabledChar) return;
  eol_.reset(i);
  ++tail_;
}

bool n_tty::packet_status_pending() const {
  return tty_.packet && tty_.link != nullptr && tty_.link->pktstatus != 0;
}

Result<size_t> n_tty::read(std::span<uint8_t> to, bool nonblock, const bool& hung_up) {
  if (to.empty()) return 0;
  TRY(tty_.atomic_read.lock(nonblock));
  size_t minimum = 0, n = 0;
  uint64_t between = 0;                   // the time that may pass between two characters
  std::optional<uint64_t> deadline;
  if (!icanon_) {
    minimum = std::max<size_t>(tty_.cc(VMIN), 1);
    between = tty_.cc(VMIN) != 0 ? tty_.cc(VTIME) * kTenth : 0;
    if (tty_.cc(VMIN) == 0) deadline = tty_.cc(VTIME) != 0 ? ktime_get() + tty_.cc(VTIME) * kTenth : 0;
  }
  const auto available = [&] {
    return packet_status_pending() || input_available(false) || tty_.other_closed || hung_up || tty_.hupping;
  };
  int error = 0;
  while (n < to.size()) {
    if (packet_status_pending()) {
      if (n != 0) break;
      to[n++] = std::exchange(tty_.link->pktstatus, 0);
      break;
    }
    if (!input_available(false)) {
      if (tty_.other_closed) {
        error = EIO;
        break;
      }
      if (hung_up || tty_.hupping || deadline == 0) break;
      if (nonblock) {
        error = EAGAIN;
        break;
      }
      tty_.wants_input();
      const auto end = wait_event_state(tty_.read_wait, TASK_INTERRUPTIBLE, deadline, available);
      if (end == WaitEnd::signal) error = ERESTARTSYS;
      if (end != WaitEnd::ready) break;
      continue;
    }
    if (tty_.packet && n == 0) to[n++] = TIOCPKT_DATA;
    const auto taken = take(to.subspan(n));
    n += taken.n;
    tty_.flush_to_ldisc();
    tty_.unthrottle();
    if (taken.done || n >= minimum) break;
    if (between != 0) deadline = ktime_get() + between;
  }
  tty_.atomic_read.unlock();
  if (n == 0 && error != 0) return Err(error);
  return n;
}

Result<size_t> n_tty::write(std::span<const uint8_t> from, bool nonblock, const bool& hung_up) {
  process_echoes();
  size_t n = 0;
  int error = 0;
  const auto gone = [&] { return hung_up || tty_.io_error || (tty_.is_pty() && tty_.link == nullptr); };
  while (!from.empty()) {
    if (gone()) {
      error = EIO;
      break;
    }
    const size_t used = output(from);
    n += used;
    from = from.subspan(used);
    if (from.empty()) break;
    if (used != 0) continue;
    if (nonblock) {
      error = EAGAIN;
      break;
    }
    // A tab or a newline may need more room than there is: what counts is that the room grew.
    const size_t room = tty_.room();
    const auto end = wait_event_state(tty_.write_wait, TASK_INTERRUPTIBLE, {},
                                      [&] { return gone() || tty_.room() > room; });
    if (end == WaitEnd::signal) {
      error = ERESTARTSYS;
      break;
    }
  }
  if (n == 0 && error != 0) return Err(error);
  return n;
}

unsigned n_tty::poll_mask() const {
  unsigned mask = 0;
  if (input_available(true)) mask |= POLLIN | POLLRDNORM;
  if (packet_status_pending()) mask |= POLLPRI | POLLIN | POLLRDNORM;
  if (tty_.other_closed) mask |= POLLHUP;
  if (tty_.chars_in_buffer() < kWakeupChars && tty_.room() > 0) mask |= POLLOUT | POLLWRNORM;
  return mask;
}
