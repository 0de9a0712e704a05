// -e: which calls, signals and outcomes a trace shows.
#pragma once

#include <bitset>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

class Filter {
 public:
  // One -e expression as strace(1) takes it: [trace=]SET, signal=SET, status=SET, quiet=..., with
  // SET a list of names, %classes, /regular expressions/, all or none, negated by a leading '!'.
  std::expected<void, std::string> add(std::string_view expression);

  bool wants_call(std::string_view name) const;
  bool wants_signal(int sig) const { return signals_[static_cast<size_t>(sig & 127)]; }
  bool wants_result(bool failed, bool finished) const;
  void only_successful() {
    status_successful_ = true;
    status_failed_ = status_unfinished_ = false;
  }
  void only_failed() {
    status_failed_ = true;
    status_successful_ = status_unfinished_ = false;
  }
  bool filters_results() const {
    return !(status_successful_ && status_failed_ && status_unfinished_);
  }
  bool quiet_exit() const { return quiet_exit_; }

 private:
  std::expected<void, std::string> set_trace(std::string_view set);
  std::expected<void, std::string> set_signal(std::string_view set);
  std::expected<void, std::string> set_status(std::string_view set);
  std::expected<void, std::string> set_quiet(std::string_view set);

  std::vector<std::function<bool(std::string_view)>> tests_;  // any of them; empty: nothing
  bool all_calls_ = true, negated_ = false;
  std::bitset<128> signals_ = std::bitset<128>().set();
  bool status_successful_ = true, status_failed_ = true, status_unfinished_ = true;
  bool quiet_exit_ = false;
};

}  // namespace trace
