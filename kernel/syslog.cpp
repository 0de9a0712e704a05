// syslog(2): reading the kernel's messages, as dmesg and klogd do. Linux: kernel/printk/printk.c
// (do_syslog). Difference: the console level is remembered and means nothing, the sink is the
// user's.
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/syscalls.h"

namespace {

struct reader {
  uint64_t seq = 0;      // next record of action READ
  uint64_t offset = 0;   // bytes of it that were read already
  uint64_t cleared = 0;  // READ_ALL starts here
  int console_level = 7;
};

reader& state() {
  static reader r;
  return r;
}

// "<level>[time] text\n"
std::string wire_form(const log_record& r) {
  return "<" + std::to_string(r.level) + ">" + r.line() + "\n";
}

void catch_up(reader& r) {
  if (r.seq >= log_first_seq()) return;
  r.seq = log_first_seq();
  r.offset = 0;
}

Result<long> read_new(user_ptr<char> buf, int len) {
  reader& r = state();
  TRY(wait_event_interruptible(log_wait(), [&] { return r.seq < log_next_seq(); }));
  catch_up(r);
  std::string text;
  while (r.seq < log_next_seq() && text.size() < static_cast<size_t>(len)) {
    const std::string line = wire_form(*log_at(r.seq));
    const std::string part = line.substr(r.offset, static_cast<size_t>(len) - text.size());
    text += part;
    r.offset += part.size();
    if (r.offset < line.size()) break;
    ++r.seq;
    r.offset = 0;
  }
  TRY(copy_to_user(buf.addr, text.data(), text.size()));
  return static_cast<long>(text.size());
}

// The newest whole lines that fit.
Result<long> read_all(user_ptr<char> buf, int len, bool clear) {
  reader& r = state();
  uint64_t seq = log_next_seq();
  std::string text;
  while (seq > std::max(log_first_seq(), r.cleared)) {
    std::string line = wire_form(*log_at(seq - 1));
    if (text.size() + line.size() > static_cast<size_t>(len)) break;
    text.insert(0, line);
    --seq;
  }
  TRY(copy_to_user(buf.addr, text.data(), text.size()));
  if (clear) r.cleared = log_next_seq();
  return static_cast<long>(text.size());
}

long unread_bytes() {
  reader& r = state();
  catch_up(r);
  size_t n = 0;
  for (uint64_t seq = r.seq; seq < log_next_seq(); ++seq) n += wire_form(*log_at(seq)).size();
  return static_cast<long>(n - r.offset);
}

}  // namespace

SyscallResult sys_syslog(int type, user_ptr<char> buf, int len) {
  enum : int {
    kClose,
    kOpen,
    kRead,
    kReadAll,
    kReadClear,
    kClear,
    kConsoleOff,
    kConsoleOn,
    kConsoleLevel,
    kSizeUnread,
    kSizeBuffer,
  };
  constexpr long kBufferBytes = 128 * 1024;
  // Reading what there is and asking for its size is for everybody.
  if (type != kReadAll && type != kSizeBuffer && !capable(CAP_SYSLOG) && !capable(CAP_SYS_ADMIN))
    return Err(EPERM);
  switch (type) {
    case kClose:
    case kOpen: return 0;
    case kRead:
    case kReadAll:
    case kReadClear:
      if (!buf || len < 0) return Err(EINVAL);
      if (len == 0) return 0;
      if (!access_ok(buf.addr, static_cast<uint64_t>(len))) return Err(EFAULT);
      return type == kRead ? read_new(buf, len) : read_all(buf, len, type == kReadClear);
    case kClear: state().cleared = log_next_seq(); return 0;
    case kConsoleOff:
    case kConsoleOn: return 0;
    case kConsoleLevel:
      if (len < 1 || len > 8) return Err(EINVAL);
      state().console_level = len;
      return 0;
    case kSizeUnread: return unread_bytes();
    case kSizeBuffer: return kBufferBytes;
    default: return Err(EINVAL);
  }
}
