// A host whose descriptors are scripts: terminals, pipes and files in memory, for the console and the
// streams. Nothing is ready unless the test says so, and watches fire when the test looks.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/signal_fixture.h"

namespace test {

struct HostEnd {
  uint32_t mode = S_IFIFO | 0600;
  unsigned flags = O_RDWR;
  bool tty = false;
  std::string input;         // what a read will find
  bool eof = false;          // and after it
  std::string output;        // what has been written
  size_t room = 1 << 20;     // before a write would block
  bool broken = false;       // nobody reads
  size_t offset = 0;         // of a regular file, whose content is `output`
  int raw = 0;               // 1 raw, -1 put back
};

class ScriptedHostFs : public arch::HostFs {
 public:
  std::map<int, HostEnd> ends;
  std::map<int, int> again;  // second openings
  bool proc = true;          // /proc/self/fd can be opened
  WinSize window{24, 80, 0, 0};

  HostEnd* end(int fd) {
    if (auto it = again.find(fd); it != again.end()) fd = it->second;
    auto it = ends.find(fd);
    return it == ends.end() ? nullptr : &it->second;
  }

  Result<arch::HostFile> open(int, const std::string& path, unsigned, unsigned) override {
    const int fd = path.starts_with("/proc/self/fd") ? std::stoi(path.substr(path.rfind('/') + 1)) : -1;
    if (!proc || end(fd) == nullptr) return Err(ENOENT);
    const int made = 100 + static_cast<int>(again.size() + infos_.size());
    if (path.starts_with("/proc/self/fdinfo/")) {
      char text[64];
      std::snprintf(text, sizeof text, "pos:\t0\nflags:\t0%o\nmnt_id:\t1\n", end(fd)->flags);
      infos_[made] = text;
    } else {
      again[made] = fd;
    }
    return arch::HostFile(made, false);
  }
  Result<arch::HostStat> stat(int dir, const std::string&) override {
    if (end(dir) == nullptr) return Err(EBADF);
    arch::HostStat st;
    st.mode = end(dir)->mode;
    st.ino = 7;
    st.size = end(dir)->output.size();
    return st;
  }
  Result<std::string> readlink(int, const std::string&) override { return "pipe:[7]"; }
  Result<size_t> read(int fd, std::span<std::byte> to) override {
    std::string* from = nullptr;
    if (auto it = infos_.find(fd); it != infos_.end()) from = &it->second;
    HostEnd* e = end(fd);
    if (from == nullptr && e == nullptr) return Err(EBADF);
    if (from == nullptr && (e->mode & S_IFMT) == S_IFREG) return read_file(*e, to);
    if (from == nullptr) from = &e->input;
    if (from->empty() && e != nullptr && !e->eof) return Err(EAGAIN);
    const size_t n = std::min(from->size(), to.size());
    std::memcpy(to.data(), from->data(), n);
    from->erase(0, n);
    return n;
  }
  Result<size_t> write(int fd, std::span<const std::byte> from) override {
    HostEnd* e = end(fd);
    if (e == nullptr) return Err(EBADF);
    if (e->broken) return Err(EPIPE);
    if (e->room == 0) return Err(EAGAIN);
    const size_t n = std::min(e->room, from.size());
    e->output.append(reinterpret_cast<const char*>(from.data()), n);
    e->room -= n;
    return n;
  }
  unsigned poll(int fd, unsigned events) override {
    HostEnd* e = end(fd);
    if (e == nullptr) return POLLNVAL;
    unsigned ready = 0;
    if (!e->input.empty()) ready |= POLLIN;
    if (e->eof) ready |= POLLHUP;
    if (e->broken) ready |= POLLERR;
    if (e->room != 0) ready |= POLLOUT;
    return ready & (events | POLLHUP | POLLERR);
  }
  Result<uint64_t> seek(int fd, int64_t offset, int whence) override {
    HostEnd* e = end(fd);
    if (whence == SEEK_SET) e->offset = static_cast<size_t>(offset);
    else e->offset += static_cast<size_t>(offset);
    return e->offset;
  }
  Result<size_t> pread(int fd, std::span<std::byte> to, uint64_t offset) override {
    HostEnd copy = *end(fd);
    copy.offset = offset;
    return read_file(copy, to);
  }
  bool isatty(int fd) override { return end(fd) != nullptr && end(fd)->tty; }
  Result<WinSize> window_size(int) override { return window; }
  Result<void> set_raw(int fd, bool raw) override {
    end(fd)->raw = raw ? 1 : -1;
    return {};
  }
  bool is_readable_kind(int fd) override { return end(fd) != nullptr && (end(fd)->flags & O_ACCMODE) != O_WRONLY; }

  Result<std::vector<arch::HostDirent>> readdir(int) override { return Err(ENOTDIR); }
  Result<size_t> pwrite(int, std::span<const std::byte>, uint64_t) override { return Err(ESPIPE); }
  Result<void> truncate(int, uint64_t) override { return Err(EINVAL); }
  Result<void> allocate(int, int, uint64_t, uint64_t) override { return Err(ENODEV); }
  Result<void> sync(int) override { return Err(EINVAL); }
  Result<void> mkdir(int, const std::string&, unsigned) override { return Err(EROFS); }
  Result<void> mknod(int, const std::string&, unsigned, uint64_t) override { return Err(EROFS); }
  Result<void> unlink(int, const std::string&, bool) override { return Err(EROFS); }
  Result<void> rename(int, const std::string&, int, const std::string&, unsigned) override { return Err(EROFS); }
  Result<void> link(int, const std::string&, int, const std::string&) override { return Err(EROFS); }
  Result<void> symlink(const std::string&, int, const std::string&) override { return Err(EROFS); }
  Result<void> chmod(int, const std::string&, unsigned) override { return Err(EROFS); }
  Result<void> chown(int, const std::string&, uint32_t, uint32_t) override { return Err(EROFS); }
  Result<void> utimens(int, const std::string&, int64_t, int64_t) override { return Err(EROFS); }
  Result<arch::HostStatfs> statfs(int) override { return arch::HostStatfs{}; }
  Result<arch::HostFile> memfd(const char*) override { return Err(ENOMEM); }

 private:
  static Result<size_t> read_file(HostEnd& e, std::span<std::byte> to) {
    const size_t n = std::min(to.size(), e.output.size() - std::min(e.output.size(), e.offset));
    std::memcpy(to.data(), e.output.data() + e.offset, n);
    e.offset += n;
    return n;
  }
  std::map<int, std::string> infos_;
};

class StreamMachine : public NoMachine {
 public:
  ScriptedHostFs fs;
  std::vector<arch::HostWatch*> watches;

  arch::HostFs& hostfs() override { return fs; }
  Result<void> watch(arch::HostWatch& w) override {
    if (std::ranges::find(watches, &w) == watches.end()) watches.push_back(&w);
    return {};
  }
  void unwatch(arch::HostWatch& w) override { std::erase(watches, &w); }
  // What the event loop does when the kernel is idle. How many handlers ran.
  int look() {
    int ran = 0;
    for (auto* w : std::vector(watches)) {
      if (std::ranges::find(watches, w) == watches.end()) continue;
      if (const unsigned ready = fs.poll(w->fd, w->events); ready != 0) {
        w->handler(ready);
        ++ran;
      }
    }
    return ran;
  }
  void idle(std::optional<uint64_t>) override {
    fs.ends.at(1).room = 1 << 20;
    look();
  }
};

}  // namespace test
