// A terminal without a wire: what the line discipline writes can be looked at, and signals to the
// foreground group are noted instead of sent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/tty/tty.h"
#include "tests/unit/gtest.h"

namespace test {

struct WireTty : tty_struct {
  explicit WireTty(ktermios t = tty_std_termios()) : tty_struct(MKDEV(4, 64), t) {}

  size_t write(std::span<const uint8_t> bytes) override {
    EXPECT_LE(bytes.size(), space);
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    space -= bytes.size();
    return bytes.size();
  }
  size_t write_room() override { return space; }
  void signal_foreground(int sig) override { signals.push_back(sig); }

  void type(std::string_view s) { receive({reinterpret_cast<const uint8_t*>(s.data()), s.size()}); }
  // One read that does not wait. "EAGAIN" and the like for errors.
  std::string take(size_t n = 4096) {
    const bool hung_up = false;
    std::vector<uint8_t> buffer(n);
    auto got = ldisc.read(buffer, true, hung_up);
    if (!got) return got.error() == EAGAIN ? "EAGAIN" : "error " + std::to_string(got.error().value);
    return std::string(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(*got));
  }
  // Bytes written, or a negative errno.
  long print(std::string_view s) {
    const bool hung_up = false;
    auto n = ldisc.write({reinterpret_cast<const uint8_t*>(s.data()), s.size()}, true, hung_up);
    return n ? static_cast<long>(*n) : -n.error().value;
  }
  std::string shown() { return std::exchange(out, {}); }

  std::string out;
  size_t space = 1 << 20;
  std::vector<int> signals;
};

}  // namespace test
