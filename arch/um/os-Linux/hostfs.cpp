// HostFs on system calls: one each, retried when a signal interrupts it. User-mode Linux's
// hostfs_user.c is its model; paths there are absolute, here they are relative to a directory
// descriptor, so that a guest's path walk cannot leave the tree that it was given.
#include "arch/um/os-Linux/hostfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>

#include "arch/file_changes.h"

namespace arch {

HostFile::~HostFile() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

}  // namespace arch

namespace um::os {
namespace {

using arch::HostDirent;
using arch::HostFile;
using arch::HostStat;
using arch::HostStatfs;

// Calls f until no signal interrupts it.
template <class F>
auto retry(F f) -> Result<decltype(f())> {
  for (;;) {
    const auto r = f();
    if (r >= 0) return r;
    if (errno != EINTR) return Err(errno);
  }
}

template <class F>
Result<void> done(F f) {
  TRY(retry(f));
  return {};
}

int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000LL + t.tv_nsec; }

timespec to_timespec(int64_t ns) {
  int64_t seconds = ns / 1'000'000'000, rest = ns % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  return {static_cast<time_t>(seconds), static_cast<long>(rest)};
}

HostStat to_stat(const struct stat& st) {
  HostStat s;
  s.dev = st.st_dev;
  s.ino = st.st_ino;
  s.nlink = st.st_nlink;
  s.size = static_cast<uint64_t>(st.st_size);
  s.blocks = static_cast<uint64_t>(st.st_blocks);
  s.blksize = static_cast<uint64_t>(st.st_blksize);
  s.rdev = st.st_rdev;
  s.mode = st.st_mode;
  s.uid = st.st_uid;
  s.gid = st.st_gid;
  s.atime = nanoseconds(st.st_atim);
  s.mtime = nanoseconds(st.st_mtim);
  s.ctime = nanoseconds(st.st_ctim);
  return s;
}

// "" with a directory descriptor means that descriptor itself. Descriptors opened with O_PATH take
// no f*(2) call, so calls that have no *at form with AT_EMPTY_PATH go through /proc.
std::string self_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

class LinuxHostFs final : public arch::HostFs {
 public:
  ~LinuxHostFs() override;

  Result<HostFile> open(int dir, const std::string& path, unsigned flags, unsigned mode) override {
    return HostFile(TRY(retry([&] {
      return ::openat(dir, path.c_str(), static_cast<int>(flags) | O_CLOEXEC | O_NOCTTY, mode);
    })));
  }

  Result<HostStat> stat(int dir, const std::string& path) override {
    struct stat st {};
    const int flags = AT_SYMLINK_NOFOLLOW | (path.empty() ? AT_EMPTY_PATH : 0);
    TRY(retry([&] { return ::fstatat(dir, path.c_str(), &st, flags); }));
    return to_stat(st);
  }

  Result<std::string> readlink(int dir, const std::string& path) override {
    char target[4096];
    const auto n =
        TRY(retry([&] { return ::readlinkat(dir, path.c_str(), target, sizeof target); }));
    return std::string(target, static_cast<size_t>(n));
  }

  Result<std::vector<HostDirent>> readdir(int fd) override;

  Result<size_t> pread(int fd, std::span<std::byte> to, uint64_t offset) override {
    return static_cast<size_t>(
        TRY(retry([&] { return ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset)); })));
  }
  Result<size_t> pwrite(int fd, std::span<const std::byte> from, uint64_t offset) override {
    return static_cast<size_t>(TRY(
        retry([&] { return ::pwrite(fd, from.data(), from.size(), static_cast<off_t>(offset)); })));
  }
  Result<size_t> read(int fd, std::span<std::byte> to) override {
    return static_cast<size_t>(TRY(retry([&] { return ::read(fd, to.data(), to.size()); })));
  }
  Result<size_t> write(int fd, std::span<const std::byte> from) override {
    return static_cast<size_t>(TRY(retry([&] { return ::write(fd, from.data(), from.size()); })));
  }

  unsigned poll(int fd, unsigned events) override {
    pollfd p{fd, static_cast<short>(events), 0};
    const auto n = retry([&] { return ::poll(&p, 1, 0); });
    return n && *n > 0 ? static_cast<unsigned short>(p.revents) : 0;
  }

  Result<void> truncate(int fd, uint64_t size) override {
    ++arch::file_changes;
    return done([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
  }
  Result<void> allocate(int fd, int mode, uint64_t offset, uint64_t len) override {
    ++arch::file_changes;
    return done(
        [&] { return ::fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(len)); });
  }
  Result<uint64_t> seek(int fd, int64_t offset, int whence) override {
    return static_cast<uint64_t>(TRY(retry([&] { return ::lseek(fd, offset, whence); })));
  }
  Result<void> sync(int fd) override {
    return done([&] { return ::fsync(fd); });
  }

  Result<void> mkdir(int dir, const std::string& path, unsigned mode) override {
    return done([&] { return ::mkdirat(dir, path.c_str(), mode); });
  }
  Result<void> mknod(int dir, const std::string& path, unsigned mode, uint64_t dev) override {
    return done([&] { return ::mknodat(dir, path.c_str(), mode, dev); });
  }
  Result<void> unlink(int dir, const std::string& path, bool directory) override {
    return done([&] { return ::unlinkat(dir, path.c_str(), directory ? AT_REMOVEDIR : 0); });
  }
  Result<void> rename(int from_dir, const std::string& from, int to_dir, const std::string& to,
                      unsigned flags) override {
    return done([&] { return ::renameat2(from_dir, from.c_str(), to_dir, to.c_str(), flags); });
  }
  Result<void> link(int from_dir, const std::string& from, int to_dir,
                    const std::string& to) override {
    // An unnamed source (an open file) is linked through /proc: AT_EMPTY_PATH wants a capability.
    if (from.empty())
      return done([&] {
        return ::linkat(AT_FDCWD, self_path(from_dir).c_str(), to_dir, to.c_str(),
                        AT_SYMLINK_FOLLOW);
      });
    return done([&] { return ::linkat(from_dir, from.c_str(), to_dir, to.c_str(), 0); });
  }
  Result<void> symlink(const std::string& target, int dir, const std::string& path) override {
    return done([&] { return ::symlinkat(target.c_str(), dir, path.c_str()); });
  }
  Result<void> chmod(int dir, const std::string& path, unsigned mode) override;
  Result<void> chown(int dir, const std::string& path, uint32_t uid, uint32_t gid) override {
    const int flags = AT_SYMLINK_NOFOLLOW | (path.empty() ? AT_EMPTY_PATH : 0);
    return done([&] { return ::fchownat(dir, path.c_str(), uid, gid, flags); });
  }
  Result<void> utimens(int dir, const std::string& path, int64_t atime, int64_t mtime) override {
    const timespec times[2] = {to_timespec(atime), to_timespec(mtime)};
    if (path.empty())
      return done([&] { return ::utimensat(AT_FDCWD, self_path(dir).c_str(), times, 0); });
    return done([&] { return ::utimensat(dir, path.c_str(), times, AT_SYMLINK_NOFOLLOW); });
  }
  Result<HostStatfs> statfs(int fd) override;

  Result<HostFile> memfd(const char* name) override {
    return HostFile(
        TRY(retry([&] { return ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); })));
  }

  bool isatty(int fd) override { return ::isatty(fd) == 1; }
  Result<WinSize> window_size(int fd) override;
  Result<void> set_raw(int fd, bool raw) override;
  bool is_readable_kind(int fd) override {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_WRONLY && (flags & O_PATH) == 0;
  }

 private:
  std::map<int, termios> cooked_;  // how a terminal was before the first set_raw
};

LinuxHostFs::~LinuxHostFs() {
  for (const auto& [fd, attributes] : cooked_) ::tcsetattr(fd, TCSADRAIN, &attributes);
}

Result<std::vector<HostDirent>> LinuxHostFs::readdir(int fd) {
  // struct linux_dirent64 by offset: the C library's DIR would take the descriptor over.
  constexpr size_t kIno = 0, kLength = 16, kType = 18, kName = 19;
  std::vector<HostDirent> entries;
  TRY(retry([&] { return ::lseek(fd, 0, SEEK_SET); }));
  alignas(8) char buffer[32768];
  for (;;) {
    const long n = TRY(retry([&] { return ::syscall(SYS_getdents64, fd, buffer, sizeof buffer); }));
    if (n == 0) return entries;
    for (long at = 0; at < n;) {
      const char* e = buffer + at;
      unsigned short length;
      __builtin_memcpy(&length, e + kLength, sizeof length);
      HostDirent d;
      __builtin_memcpy(&d.ino, e + kIno, sizeof d.ino);
      d.type = static_cast<unsigned char>(e[kType]);
      d.name = e + kName;
      if (d.name != "." && d.name != "..") entries.push_back(std::move(d));
      at += length;
    }
  }
}

Result<void> LinuxHostFs::chmod(int dir, const std::string& path, unsigned mode) {
  if (path.empty()) return done([&] { return ::chmod(self_path(dir).c_str(), mode); });
  // fchmodat(2) follows symlinks; Linux has no permission bits on one, so the answer is its own.
  struct stat st {};
  TRY(retry([&] { return ::fstatat(dir, path.c_str(), &st, AT_SYMLINK_NOFOLLOW); }));
  if (S_ISLNK(st.st_mode)) return Err(EOPNOTSUPP);
  return done([&] { return ::fchmodat(dir, path.c_str(), mode, 0); });
}

Result<HostStatfs> LinuxHostFs::statfs(int fd) {
  struct statfs st {};
  TRY(retry([&] { return ::fstatfs(fd, &st); }));
  HostStatfs s;
  s.type = static_cast<uint64_t>(st.f_type);
  s.bsize = static_cast<uint64_t>(st.f_bsize);
  s.blocks = st.f_blocks;
  s.bfree = st.f_bfree;
  s.bavail = st.f_bavail;
  s.files = st.f_files;
  s.ffree = st.f_ffree;
  s.namelen = static_cast<uint64_t>(st.f_namelen);
  return s;
}

Result<arch::HostFs::WinSize> LinuxHostFs::window_size(int fd) {
  winsize w{};
  TRY(retry([&] { return ::ioctl(fd, TIOCGWINSZ, &w); }));
  return WinSize{w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel};
}

Result<void> LinuxHostFs::set_raw(int fd, bool raw) {
  termios now{};
  TRY(retry([&] { return ::tcgetattr(fd, &now); }));
  const auto known = cooked_.find(fd);
  if (!raw) {
    if (known == cooked_.end()) return {};
    return done([&] { return ::tcsetattr(fd, TCSADRAIN, &known->second); });
  }
  if (known == cooked_.end()) cooked_.emplace(fd, now);
  ::cfmakeraw(&now);
  return done([&] { return ::tcsetattr(fd, TCSADRAIN, &now); });
}

}  // namespace

std::unique_ptr<arch::HostFs> make_hostfs() { return std::make_unique<LinuxHostFs>(); }

}  // namespace um::os
