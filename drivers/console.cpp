// See console.h. Linux: arch/um/drivers/line.c and fd.c are closest. The host terminal in raw mode
// passes every key; the guest's own line discipline makes lines and signals of them. Output waits in a
// queue of ours while the host terminal is slow, and none of it is dropped unless the guest asks.
#include "drivers/console.h"

#include <algorithm>
#include <array>
#include <string>

#include "drivers/host_stream.h"
#include "drivers/tty/tty.h"
#include "fs/anon_inode.h"
#include "kernel/printk.h"

namespace {

constexpr size_t kOutMax = 16 * 1024;
constexpr size_t kInMax = 64 * 1024;       // typed ahead of a guest that does not read

arch::HostFs& host() { return arch::machine().hostfs(); }

class ConsoleTty final : public tty_struct {
 public:
  ConsoleTty(Ref<HostPort> in, Ref<HostPort> out);

  size_t write(std::span<const uint8_t> bytes) override;
  size_t write_room() override { return kOutMax - std::min(kOutMax, queue_.size()); }
  size_t chars_in_buffer() override { return queue_.size(); }
  void flush_buffer() override { discard(); }
  wait_queue* drain_queue() override { return &drained_; }
  void unthrottle() override;
  void wants_input() override { take(); }

  void take();
  void restore();
  void resume();
  void update_window();
  void flush();
  bool is_raw() const { return raw_; }

 private:
  void append(std::span<const uint8_t> bytes);
  void drain();
  void discard();
  void input_ready();
  void watch_input(bool on);
  static void set_watch(arch::HostWatch& watch, bool& watching, bool on);

  Ref<HostPort> in_, out_;
  arch::HostWatch in_watch_, out_watch_;
  bool watching_in_ = false, watching_out_ = false;
  bool gone_ = false;                      // so is the host terminal
  bool raw_ = false;                       // the host terminal is in raw mode
  bool resume_raw_ = false;                // and will be again after restore()
  std::string queue_;                      // not yet at the host
  wait_queue drained_;
};

ktermios console_termios() {
  ktermios t = tty_std_termios();
  t.c_iflag |= IUTF8;                      // today's terminals
  return t;
}

ConsoleTty::ConsoleTty(Ref<HostPort> in, Ref<HostPort> out)
    : tty_struct(MKDEV(TTY_MAJOR, 1), console_termios()), in_(std::move(in)), out_(std::move(out)) {
  in_watch_.fd = in_->host_fd();
  in_watch_.events = POLLIN;
  in_watch_.handler = [this](unsigned) { input_ready(); };
  out_watch_.fd = out_->host_fd();
  out_watch_.events = POLLOUT;
  out_watch_.handler = [this](unsigned) {
    drain();
    wakeup();
  };
  update_window();
}

void ConsoleTty::set_watch(arch::HostWatch& watch, bool& watching, bool on) {
  if (on == watching) return;
  if (on) watching = arch::machine().watch(watch).has_value();
  else {
    arch::machine().unwatch(watch);
    watching = false;
  }
}

// ---- output --------------------------------------------------------------------------------------

size_t ConsoleTty::write(std::span<const uint8_t> bytes) {
  append(bytes);
  if (!watching_out_) drain();
  return bytes.size();
}

// A host terminal that is not raw makes a return and newline of a newline by itself; the guest's line
// discipline has done so already.
void ConsoleTty::append(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (raw_) {
    queue_ += text;
    return;
  }
  for (const char c : text) {
    if (c == '\n' && queue_.ends_with('\r')) queue_.back() = c;
    else queue_ += c;
  }
}

void ConsoleTty::drain() {
  size_t done = 0;
  bool full = false;
  while (done < queue_.size() && !full) {
    auto n = out_->write(std::as_bytes(std::span(queue_).subspan(done)));
    if (n) done += *n;
    else if (n.error() == EAGAIN) full = true;
    else done = queue_.size();             // the terminal is gone
  }
  queue_.erase(0, done);
  set_watch(out_watch_, watching_out_, full);
  if (queue_.empty()) wake_up_all(drained_);
}

void ConsoleTty::discard() {
  queue_.clear();
  set_watch(out_watch_, watching_out_, false);
  wake_up_all(drained_);
  wakeup();
}

// Past the guest's end: now the host may keep us waiting.
void ConsoleTty::flush() {
  drain();
  while (!queue_.empty() && watching_out_) arch::machine().idle({});
}

// ---- input ---------------------------------------------------------------------------------------

void ConsoleTty::watch_input(bool on) { set_watch(in_watch_, watching_in_, on && !gone_); }

void ConsoleTty::input_ready() {
  std::array<std::byte, 4096> buffer;
  auto n = in_->read(buffer);
  if (!n && n.error() == EAGAIN) return;
  if (!n || *n == 0) {                     // the window was closed
    gone_ = true;
    watch_input(false);
    vhangup();
    return;
  }
  receive({reinterpret_cast<const uint8_t*>(buffer.data()), *n});
  if (input_backlog() >= kInMax) watch_input(false);
}

void ConsoleTty::unthrottle() {
  if (raw_ && input_backlog() < kInMax) watch_input(true);
}

// ---- the host terminal's mode --------------------------------------------------------------------

void ConsoleTty::take() {
  if (!raw_) {
    if (!host().set_raw(in_->host_fd(), true)) return;
    raw_ = true;
  }
  if (input_backlog() < kInMax) watch_input(true);
}

void ConsoleTty::restore() {
  flush();
  resume_raw_ = raw_;
  if (!raw_) return;
  watch_input(false);
  static_cast<void>(host().set_raw(in_->host_fd(), false));
  raw_ = false;
}

void ConsoleTty::resume() {
  if (std::exchange(resume_raw_, false)) take();
  update_window();
}

void ConsoleTty::update_window() {
  if (auto ws = host().window_size(out_->host_fd()))
    resize({ws->rows, ws->cols, ws->xpixel, ws->ypixel});
}

// ---- standard input, output and error ------------------------------------------------------------

ConsoleTty* console = nullptr;             // never destroyed: guests refer to it to the last

// The guest's path of the terminal. Without a /dev the descriptor has no name, but works.
path console_path(uint64_t device) {
  if (auto p = user_path_at(AT_FDCWD, "/dev/tty1", LOOKUP_FOLLOW))
    if (p->dentry->d_inode->rdev == device) {
      p->dentry->d_inode->uid = current->creds.uid;  // as login(1) does
      return *p;
    }
  path p = new_pseudo_path(PseudoFs::anon_inodefs, S_IFCHR | 0620);
  p.dentry->d_inode->rdev = device;
  return p;
}

// A host's null device behaves best as the guest's own.
Result<Ref<file>> open_stream(const Ref<HostPort>& port) {
  const auto& st = port->initial_stat();
  if ((st.mode & S_IFMT) == S_IFCHR && st.rdev == MKDEV(1, 3))
    if (auto null = do_open(AT_FDCWD, "/dev/null", port->access() & O_ACCMODE, 0)) return null;
  return open_host_stream(port);
}

}  // namespace

Ref<tty_struct> console_tty() { return Ref<tty_struct>(console); }

void console_init() {
  std::array<bool, 3> tty{};
  for (int fd = 0; fd < 3; ++fd) tty[static_cast<size_t>(fd)] = host().isatty(fd);
  const int in = tty[0] ? 0 : tty[1] ? 1 : 2;
  const int out = tty[1] ? 1 : tty[2] ? 2 : 0;
  if (!tty[0] && !tty[1] && !tty[2]) return;
  auto in_port = HostPort::make(in), out_port = HostPort::make(out);
  if (!in_port || !out_port) return;
  console = new ConsoleTty(*in_port, *out_port);
  intrusive_ptr_add_ref(static_cast<tty_struct*>(console));
  if (panic_hook == nullptr) panic_hook = console_restore;
}

Result<void> console_open_stdio(files_struct& files) {
  if (files.fd.size() < 3) files.fd.resize(3);
  Ref<file> shared;                        // one description for all, as a shell has it
  for (int fd = 0; fd < 3; ++fd) {
    auto port = HostPort::make(fd);
    if (!port && port.error() == EBADF) continue;
    if (!port) return std::unexpected(port.error());
    auto& slot = files.fd[static_cast<size_t>(fd)];
    if (console == nullptr || !host().isatty(fd)) {
      slot.file = TRY(open_stream(*port));
      continue;
    }
    const unsigned access = (*port)->access() & O_ACCMODE;
    if (!shared || (shared->f_flags & O_ACCMODE) != access) {
      const path p = console_path(console->device);
      shared = TRY(tty_open_file(console_tty(), p, access, false));
    }
    slot.file = shared;
  }
  return {};
}

bool console_is_tty() { return console != nullptr; }
bool console_is_raw() { return console != nullptr && console->is_raw(); }
void console_restore() {
  if (console != nullptr) console->restore();
}
void console_resume() {
  if (console != nullptr) console->resume();
}
void console_resized() {
  if (console != nullptr) console->update_window();
}
void console_flush() {
  if (console != nullptr) console->flush();
}

bool console_signal(int signal) {
  if (console == nullptr || console->session == 0) return false;
  if (signal == SIGHUP) {
    console->vhangup();
    return true;
  }
  if (console->pgrp == 0 || !pgrp_exists(console->pgrp)) return false;
  console->signal_foreground(signal);
  return true;
}
