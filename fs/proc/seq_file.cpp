// Text files of procfs. Linux: fs/seq_file.c makes the text piecewise; ours makes all of it at a read
// from position 0, so one pass over a file is one consistent picture.
#include "fs/proc/internal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <utility>

std::string strprintf(const char* format, ...) {
  // Nearly all is a line: written at once, and not measured before.
  std::array<char, 256> line;
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  const int n = std::vsnprintf(line.data(), line.size(), format, args);
  va_end(args);
  std::string text(line.data(), std::clamp<size_t>(std::max(n, 0), 0, line.size() - 1));
  if (static_cast<size_t>(std::max(n, 0)) >= line.size()) {
    text.resize(static_cast<size_t>(n));
    std::vsnprintf(text.data(), text.size() + 1, format, again);
  }
  va_end(again);
  return text;
}

Result<int64_t> parse_number(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n";
  const size_t from = text.find_first_not_of(kBlank);
  if (from == text.npos) return Err(EINVAL);
  text = text.substr(from, text.find_last_not_of(kBlank) - from + 1);
  if (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return Err(EINVAL);
  return value;
}

namespace {

struct seq_file final : file {
  seq_file(path p, unsigned flags, seq_show show, proc_store store)
      : file(std::move(p), flags), show_(std::move(show)), store_(std::move(store)) {}

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override {
    if (!show_) return Err(EIO);
    if (pos == 0 || !filled_) {
      text_ = TRY(show_());
      filled_ = true;
    }
    if (pos >= text_.size()) return 0;
    const size_t done = to.copy_to(text_.data() + pos, std::min<size_t>(text_.size() - pos, to.count()));
    if (done == 0 && to.count() != 0) return Err(EFAULT);
    pos += done;
    return done;
  }

  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override {
    if (!store_) return Err(EIO);
    if (from.count() > kPageSize) return Err(EINVAL);
    std::string text(from.count(), '\0');
    if (from.copy_from(text.data(), text.size()) != text.size()) return Err(EFAULT);
    TRY(store_(text));
    pos += text.size();
    return text.size();
  }

  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    if (whence != SEEK_SET && whence != SEEK_CUR) return Err(EINVAL);
    return file::llseek(offset, whence);
  }

 private:
  seq_show show_;
  proc_store store_;
  std::string text_;
  bool filled_ = false;
};

}  // namespace

Ref<file> seq_open(path p, unsigned flags, seq_show show, proc_store store) {
  return make_ref<seq_file>(std::move(p), flags, std::move(show), std::move(store));
}
