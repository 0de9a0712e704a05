// A descriptor of the host as a guest's open file: pipes, sockets, regular files and odd devices that
// slot190 inherited as standard input, output or error. Ours. Nothing blocks the kernel: a transfer
// happens only when the host says it can, and otherwise the task sleeps while the machine watches.
#pragma once

#include "fs/fs.h"

// The host's side of one descriptor, shared by every guest file on it.
class HostPort : public RefCounted<HostPort> {
 public:
  // `fd` stays the property of whoever started us. EBADF if it is closed.
  static Result<Ref<HostPort>> make(int fd);
  HostPort(const HostPort&) = delete;
  HostPort& operator=(const HostPort&) = delete;
  ~HostPort();

  unsigned access() const { return access_; }          // O_RDONLY, O_WRONLY or O_RDWR, with O_APPEND
  bool is_regular() const { return (stat_.mode & S_IFMT) == S_IFREG; }
  const arch::HostStat& initial_stat() const { return stat_; }
  Result<arch::HostStat> stat() const;
  std::string name() const;                            // as /proc/PID/fd shows it

  // What can be done now, POLL* bits; arms the watch for what cannot, so that `queue` will be woken.
  unsigned ready(unsigned events);
  // One transfer; EAGAIN when the host has no data or no room.
  Result<size_t> read(std::span<std::byte> to);
  Result<size_t> write(std::span<const std::byte> from);
  Result<size_t> pread(std::span<std::byte> to, uint64_t pos);
  Result<size_t> pwrite(std::span<const std::byte> from, uint64_t pos);
  Result<uint64_t> seek(int64_t offset, int whence);
  Result<void> sync();
  Result<void> truncate(uint64_t size);
  int host_fd() const { return fd_; }

  wait_queue queue;
  bool given_to_guest = false;                         // the guest's last close may be the host's, too

 private:
  explicit HostPort(int fd);
  void set_up(arch::HostWatch& watch, unsigned events, unsigned key);
  void find_access();
  void reopen_nonblocking();
  int io_fd() const { return own_ ? own_.fd() : fd_; }
  void rearm_for_waiters(unsigned events);

  int fd_;
  arch::HostFile own_;       // a second, non-blocking opening of the same pipe or terminal, if possible
  arch::HostStat stat_;
  unsigned access_ = 0;
  arch::HostWatch in_, out_;
};

// A guest file on a port; `flags` are the guest's O_* with an access mode that the port allows.
Result<Ref<file>> open_host_stream(const Ref<HostPort>& port);
