// What the kernel may ask of the host's files, terminals and descriptors. fs/hostfs, the console and
// ramfs's page store are built on it; arch/um/os-Linux implements it. No host type appears here.
// Part of arch/arch.h; include that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/result.h"

namespace arch {

// struct stat in a form that no C library has a say in. Times in nanoseconds since the epoch.
struct HostStat {
  uint64_t dev = 0, ino = 0, nlink = 0, size = 0, blocks = 0, blksize = 0, rdev = 0;
  uint32_t mode = 0, uid = 0, gid = 0;
  int64_t atime = 0, mtime = 0, ctime = 0;
};

struct HostDirent {
  std::string name;
  uint64_t ino = 0;
  unsigned type = 0;  // DT_*
};

struct HostStatfs {
  uint64_t type = 0, bsize = 0, blocks = 0, bfree = 0, bavail = 0, files = 0, ffree = 0, namelen = 0;
};

// A descriptor of the host, owned. All calls return host errors as Errno; sizes and offsets in bytes.
class HostFile {
 public:
  HostFile() = default;
  explicit HostFile(int fd, bool owned = true) : fd_(fd), owned_(owned) {}
  HostFile(HostFile&& o) noexcept : fd_(std::exchange(o.fd_, -1)), owned_(o.owned_) {}
  HostFile& operator=(HostFile&& o) noexcept {
    std::swap(fd_, o.fd_);
    std::swap(owned_, o.owned_);
    return *this;
  }
  ~HostFile();

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
  bool owned_ = true;
};

// A host descriptor in the event loop. `events` and the handler's argument are POLL* bits.
struct HostWatch {
  int fd = -1;
  unsigned events = 0;
  std::function<void(unsigned ready)> handler;
};

class HostFs {
 public:
  virtual ~HostFs() = default;

  // `dir` is a host directory descriptor or kCwd; paths are host paths. Never follow a final
  // symlink unless the name says so: the guest's own path walk does that.
  static constexpr int kCwd = -100;
  virtual Result<HostFile> open(int dir, const std::string& path, unsigned linux_flags, unsigned mode) = 0;
  virtual Result<HostStat> stat(int dir, const std::string& path) = 0;   // lstat; "" with dir = fstat
  virtual Result<std::string> readlink(int dir, const std::string& path) = 0;
  virtual Result<std::vector<HostDirent>> readdir(int fd) = 0;           // from the start, without . and ..
  virtual Result<size_t> pread(int fd, std::span<std::byte> to, uint64_t offset) = 0;
  virtual Result<size_t> pwrite(int fd, std::span<const std::byte> from, uint64_t offset) = 0;
  // Without an offset: pipes, terminals, sockets. May block: ask poll() first.
  virtual Result<size_t> read(int fd, std::span<std::byte> to) = 0;
  virtual Result<size_t> write(int fd, std::span<const std::byte> from) = 0;
  virtual unsigned poll(int fd, unsigned events) = 0;                    // POLL* bits ready now
  virtual Result<void> truncate(int fd, uint64_t size) = 0;
  virtual Result<void> allocate(int fd, int mode, uint64_t offset, uint64_t len) = 0;
  virtual Result<uint64_t> seek(int fd, int64_t offset, int whence) = 0; // SEEK_DATA, SEEK_HOLE
  virtual Result<void> sync(int fd) = 0;

  virtual Result<void> mkdir(int dir, const std::string& path, unsigned mode) = 0;
  virtual Result<void> mknod(int dir, const std::string& path, unsigned mode, uint64_t dev) = 0;
  virtual Result<void> unlink(int dir, const std::string& path, bool directory) = 0;
  virtual Result<void> rename(int from_dir, const std::string& from, int to_dir, const std::string& to,
                              unsigned flags) = 0;
  virtual Result<void> link(int from_dir, const std::string& from, int to_dir, const std::string& to) = 0;
  virtual Result<void> symlink(const std::string& target, int dir, const std::string& path) = 0;
  virtual Result<void> chmod(int dir, const std::string& path, unsigned mode) = 0;
  virtual Result<void> chown(int dir, const std::string& path, uint32_t uid, uint32_t gid) = 0;
  // Times in ns since the epoch.
  virtual Result<void> utimens(int dir, const std::string& path, int64_t atime, int64_t mtime) = 0;
  virtual Result<HostStatfs> statfs(int fd) = 0;

  // Anonymous file whose pages can be mapped by guests; and a view of it in the kernel.
  virtual Result<HostFile> memfd(const char* name) = 0;

  // Terminals. Attributes are Linux's struct termios (kernel layout), opaque here.
  virtual bool isatty(int fd) = 0;
  struct WinSize { uint16_t rows = 0, cols = 0, xpixel = 0, ypixel = 0; };
  virtual Result<WinSize> window_size(int fd) = 0;
  virtual Result<void> set_raw(int fd, bool raw) = 0;  // raw, or back as it was at the first call
  virtual bool is_readable_kind(int fd) = 0;           // false if fd is closed or write-only
};

}  // namespace arch
