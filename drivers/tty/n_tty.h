// The line discipline: what happens to bytes between a terminal and the programs that read and write
// it. Linux: drivers/tty/n_tty.c. Differences: parity and break never happen here (no PARMRK input),
// EXTPROC is ignored, and the echo queue holds tagged operations instead of escaped bytes.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

#include "lib/result.h"
#include "lib/uapi.h"

struct tty_struct;

// An octet that stands for "no such character" in c_cc, and for an end-of-file mark in the input.
inline constexpr uint8_t kDisabledChar = 0;

class n_tty {
 public:
  static constexpr size_t kBufSize = 4096;  // longest line, its end included

  explicit n_tty(tty_struct& tty) : tty_(tty) {}

  // Bytes from the terminal. Answers how many were taken; the rest has no room yet.
  size_t receive_buf(std::span<const uint8_t> in);
  // The modes changed; `old` is null at first. The new ones are in the tty already.
  void set_termios(const ktermios* old);
  // Is there something that read() would return? When polling, VMIN without VTIME counts.
  bool input_available(bool polling) const;
  size_t inq() const;                       // FIONREAD
  void reset_input();                       // forgets what was typed
  void reset_echo();

  // Moves what is there now. Canonical: one line at most; the flag says that the read is complete.
  struct Taken {
    size_t n = 0;
    bool done = false;
  };
  Taken take(std::span<uint8_t> to);

  // The whole of read(2) below the file: VMIN, VTIME, packet mode, sleeping. `hung_up` belongs to the
  // file. The caller has done the job control check.
  Result<size_t> read(std::span<uint8_t> to, bool nonblock, const bool& hung_up);
  // As read; returns what could be written, else an error.
  Result<size_t> write(std::span<const uint8_t> from, bool nonblock, const bool& hung_up);
  unsigned poll_mask() const;               // without the file's hang-up

  // Output processing; answers how many bytes were used up (all, unless the driver has no room).
  size_t output(std::span<const uint8_t> in);
  void process_echoes();                    // after room has appeared

 private:
  struct EchoOp {
    enum Kind : uint8_t { byte, caret, erase_tab, set_canon_column, move_back_column } kind;
    uint8_t value = 0;                      // the byte, or the columns that a tab followed
    bool after_tab = false;
  };
  static constexpr size_t kEchoMax = 3808;  // beyond this the oldest echoes are dropped

  // receive
  void receive_char(uint8_t c);
  bool flow_control(uint8_t c);
  bool signal_char(uint8_t c);
  bool canonical_char(uint8_t c);
  void isig(int signal, uint8_t c);
  void ordinary_char(uint8_t c, bool literal);
  void end_line(uint8_t c);
  void restart_if_any();
  void put(uint8_t c) { buf_[head_++ % kBufSize] = c; }

  // editing
  void eraser(uint8_t c);
  void kill_line();
  bool erase_one(bool word, bool whole_line, bool& seen_word);
  void echo_erased(uint8_t c, size_t at, size_t count, bool single);
  void reprint();
  unsigned columns_before(size_t at, bool& after_tab) const;
  bool is_continuation(uint8_t c) const;

  // echo and output
  void echo_raw(uint8_t c) { echo_.push_back({EchoOp::byte, c}); }
  void echo_char(uint8_t c);
  void echo_first_column();
  void finish_erasing();
  void commit_echoes();
  bool run_echo(const EchoOp& op, size_t& room, std::string& out);
  bool output_char(uint8_t c, size_t& room, std::string& out);
  void output_printable(uint8_t& c);

  // reading
  bool at(size_t i, uint8_t c) const { return buf_[i % kBufSize] == c; }
  Taken take_line(std::span<uint8_t> to);
  void skip_eof();
  size_t read_cnt() const { return head_ - tail_; }
  bool packet_status_pending() const;

  tty_struct& tty_;
  std::array<uint8_t, kBufSize> buf_{};
  std::bitset<kBufSize> eol_;   // these bytes end a line
  // Positions grow without end; tail_ <= canon_ <= head_. What lies before canon_ is complete lines.
  size_t head_ = 0, canon_ = 0, tail_ = 0;
  bool icanon_ = true;
  bool lnext_ = false;          // the next character is taken literally
  bool erasing_ = false;        // between \ and / of ECHOPRT
  std::deque<EchoOp> echo_;
  unsigned column_ = 0, canon_column_ = 0;
};
