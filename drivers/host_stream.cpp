// See host_stream.h. A pipe is opened a second time through /proc with O_NONBLOCK: that flag belongs
// to an open file description, and the one that we inherited is shared with the user's shell. Where a
// second opening is impossible (sockets), at most PIPE_BUF bytes are written when poll() reports
// room; the kernel can then block only if another process fills the pipe in between.
#include "drivers/host_stream.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "drivers/console.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

constexpr size_t kChunk = 64 * 1024;
constexpr unsigned kInEvents = POLLIN | POLLPRI | POLLRDHUP;

bool release_stdio = false;

arch::HostFs& host() { return arch::machine().hostfs(); }

// Puts /dev/null where the descriptor was: the lowest free number is the one just closed.
void retire_host_fd(int fd) {
  static std::vector<arch::HostFile> parked;
  { arch::HostFile closing(fd); }
  if (auto null = host().open(arch::HostFs::kCwd, "/dev/null", O_RDWR, 0)) parked.push_back(std::move(*null));
}

struct StreamSuper : super_block {
  StreamSuper() { type = "hoststream"; }
  Result<kstatfs> statfs() override { return kstatfs{.type = PIPEFS_MAGIC}; }
};

struct StreamRoot : inode {
  explicit StreamRoot(super_block& s) : inode(s) { mode = S_IFDIR | 0500; }
};

struct StreamInode : inode {
  StreamInode(super_block& s, Ref<HostPort> p) : inode(s), port(std::move(p)) {
    const auto& st = port->initial_stat();
    ino = st.ino;
    mode = st.mode;
    nlink = st.nlink;
    size = st.size;
    rdev = st.rdev;
    atime = st.atime, mtime = st.mtime, ctime = st.ctime;
  }
  Result<Ref<file>> open(const path& p, unsigned flags) override;
  Result<void> getattr(kstat& st) override;
  Result<void> setattr(const iattr& attr) override;
  // The descriptor was handed to us: what it allows is the only limit, see open().
  Result<void> permission(int) override { return {}; }

  Ref<HostPort> port;
};

class StreamFile : public file {
 public:
  StreamFile(const path& p, unsigned flags, Ref<HostPort> port) : file(p, flags), port_(std::move(port)) {}

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  bool seekable() const override { return port_->is_regular(); }
  Result<uint64_t> llseek(int64_t offset, int whence) override;
  unsigned poll(poll_table* pt) override;
  Result<arch::Backing> mmap(uint64_t offset, uint64_t len, bool shared, bool shared_write) override;
  Result<void> fsync() override { return port_->is_regular() ? port_->sync() : Err(EINVAL); }
  Result<void> truncate(uint64_t size) override;
  std::string proc_name() const override { return port_->name(); }

 private:
  // A position that is not the file's own comes from pread or pwrite.
  bool is_positioned(const uint64_t& pos) const { return port_->is_regular() && &pos != &f_pos; }
  Result<void> wait_for(unsigned event);

  Ref<HostPort> port_;
};

// A place outside every tree. The mount is never destroyed: files may outlive static objects.
path stream_path(const Ref<HostPort>& port) {
  static vfsmount& mnt = [] -> vfsmount& {
    static auto& keep = *new Ref<vfsmount>(make_ref<vfsmount>());
    keep->sb = make_ref<StreamSuper>();
    keep->root = make_ref<dentry>("", nullptr, make_ref<StreamRoot>(*keep->sb));
    return *keep;
  }();
  return path(Ref<vfsmount>(&mnt), make_ref<dentry>("", nullptr, make_ref<StreamInode>(*mnt.sb, port)));
}

}  // namespace

void console_release_stdio(bool on) { release_stdio = on; }

// ---- HostPort ------------------------------------------------------------------------------------

Result<Ref<HostPort>> HostPort::make(int fd) {
  Ref<HostPort> port(new HostPort(fd));
  port->stat_ = TRY(host().stat(fd, ""));
  port->find_access();
  const uint32_t type = port->stat_.mode & S_IFMT;
  if (type == S_IFIFO || (type == S_IFCHR && host().isatty(fd))) port->reopen_nonblocking();
  return port;
}

HostPort::~HostPort() {
  arch::machine().unwatch(in_);
  arch::machine().unwatch(out_);
  if (release_stdio && given_to_guest && fd_ < 2) retire_host_fd(fd_);
}

// Only the host's /proc knows how a descriptor was opened. Without it, guess from what can be read.
void HostPort::find_access() {
  access_ = host().is_readable_kind(fd_) ? O_RDWR : O_WRONLY;
  auto info = host().open(arch::HostFs::kCwd, "/proc/self/fdinfo/" + std::to_string(fd_), O_RDONLY, 0);
  if (!info) return;
  std::array<char, 512> text;
  auto n = host().read(info->fd(), std::as_writable_bytes(std::span(text)));
  if (!n) return;
  const std::string_view all(text.data(), *n);
  constexpr std::string_view kKey = "flags:\t";
  const size_t at = all.find(kKey);
  if (at == std::string_view::npos) return;
  unsigned flags = 0;
  const char* first = all.data() + at + kKey.size();
  if (std::from_chars(first, all.data() + all.size(), flags, 8).ec == std::errc())
    access_ = flags & (O_ACCMODE | O_APPEND);
}

void HostPort::reopen_nonblocking() {
  const std::string name = "/proc/self/fd/" + std::to_string(fd_);
  const unsigned flags = (access_ & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  if (auto again = host().open(arch::HostFs::kCwd, name, flags, 0)) own_ = std::move(*again);
}

Result<arch::HostStat> HostPort::stat() const { return host().stat(fd_, ""); }

std::string HostPort::name() const {
  return host().readlink(arch::HostFs::kCwd, "/proc/self/fd/" + std::to_string(fd_))
      .value_or("hoststream:[" + std::to_string(fd_) + "]");
}

HostPort::HostPort(int fd) : fd_(fd) {
  set_up(in_, kInEvents, POLLIN | POLLRDNORM | POLLPRI | POLLERR | POLLHUP);
  set_up(out_, POLLOUT, POLLOUT | POLLWRNORM | POLLERR | POLLHUP);
}

// The machine reports as long as a descriptor is ready, so a watch lives until its first report; who
// finds the descriptor not ready again arms it again. Readiness is always asked of the inherited
// descriptor: a pipe opened anew does not report a hang-up that came before.
void HostPort::set_up(arch::HostWatch& watch, unsigned events, unsigned key) {
  watch.fd = fd_;
  watch.events = events;
  watch.handler = [this, &watch, key](unsigned) {
    arch::machine().unwatch(watch);
    queue.wake(TASK_NORMAL, 1, key);
  };
}

unsigned HostPort::ready(unsigned events) {
  if (is_regular()) return events & (POLLIN | POLLOUT);
  const unsigned got = host().poll(fd_, events);
  if ((events & POLLIN) != 0 && (got & (POLLIN | POLLHUP | POLLERR)) == 0) static_cast<void>(arch::machine().watch(in_));
  if ((events & POLLOUT) != 0 && (got & (POLLOUT | POLLHUP | POLLERR)) == 0) static_cast<void>(arch::machine().watch(out_));
  return got;
}

// An edge-triggered epoll waits without asking again.
void HostPort::rearm_for_waiters(unsigned events) {
  if (queue.active()) ready(events);
}

Result<size_t> HostPort::read(std::span<std::byte> to) {
  if (!own_ && !is_regular() && host().poll(fd_, POLLIN) == 0) return Err(EAGAIN);
  auto n = host().read(io_fd(), to);
  if (!is_regular()) rearm_for_waiters(POLLIN);
  return n;
}

Result<size_t> HostPort::write(std::span<const std::byte> from) {
  if (!own_ && !is_regular()) {
    if (host().poll(fd_, POLLOUT) == 0) return Err(EAGAIN);
    from = from.first(std::min<size_t>(from.size(), PIPE_BUF));
  }
  auto n = host().write(io_fd(), from);
  if (!is_regular()) rearm_for_waiters(POLLOUT);
  return n;
}

Result<size_t> HostPort::pread(std::span<std::byte> to, uint64_t pos) { return host().pread(fd_, to, pos); }
Result<size_t> HostPort::pwrite(std::span<const std::byte> from, uint64_t pos) {
  return host().pwrite(fd_, from, pos);
}
Result<uint64_t> HostPort::seek(int64_t offset, int whence) { return host().seek(fd_, offset, whence); }
Result<void> HostPort::sync() { return host().sync(fd_); }
Result<void> HostPort::truncate(uint64_t size) { return host().truncate(fd_, size); }

// ---- the guest's inode and file ------------------------------------------------------------------

namespace {

// Opened again through /proc/self/fd or /dev/stdin.
Result<Ref<file>> StreamInode::open(const path& p, unsigned flags) {
  const unsigned have = port->access() & O_ACCMODE;
  const unsigned want = flags & O_ACCMODE;
  if (have != O_RDWR && want != have) return Err(EACCES);
  return Ref<file>(new StreamFile(p, flags, port));
}

Result<void> StreamInode::getattr(kstat& st) {
  const auto now = TRY(port->stat());
  st.dev = sb->dev;
  st.ino = now.ino, st.nlink = now.nlink, st.mode = now.mode, st.rdev = now.rdev;
  st.size = now.size, st.blocks = now.blocks, st.blksize = static_cast<uint32_t>(now.blksize);
  st.atime = now.atime, st.mtime = now.mtime, st.ctime = now.ctime;
  st.uid = uid, st.gid = gid;
  return {};
}

// Owners and modes are the host's; what the guest sets on a pipe it would not see again anyway.
Result<void> StreamInode::setattr(const iattr& attr) {
  if ((attr.valid & ATTR_SIZE) != 0) return port->truncate(attr.size);
  if ((attr.valid & (ATTR_MODE | ATTR_UID | ATTR_GID)) != 0) return Err(EPERM);
  return {};
}

Result<void> StreamFile::wait_for(unsigned event) {
  return wait_event_interruptible(port_->queue, [&] { return port_->ready(event) != 0; });
}

Result<size_t> StreamFile::read_iter(iov_iter& to, uint64_t& pos) {
  const size_t want = std::min(to.count(), kChunk);
  if (want == 0) return 0;
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(want);
  const std::span bytes(buffer.get(), want);
  for (;;) {
    auto got = is_positioned(pos) ? port_->pread(bytes, pos) : port_->read(bytes);
    if (got) {
      const size_t moved = to.copy_to(buffer.get(), *got);
      if (moved == 0 && *got != 0) return Err(EFAULT);
      pos += moved;
      return moved;
    }
    if (got.error() != EAGAIN || port_->is_regular()) return got;
    if (nonblocking()) return Err(EAGAIN);
    TRY(wait_for(POLLIN));
  }
}

Result<size_t> StreamFile::write_iter(iov_iter& from, uint64_t& pos) {
  // O_APPEND that the guest has set later: the host's description does not know of it.
  if (port_->is_regular() && (f_flags & ~port_->access() & O_APPEND) != 0) TRY(port_->seek(0, SEEK_END));
  size_t done = 0;
  const auto end_with = [&](int error) -> Result<size_t> {
    if (done != 0) return done;
    return Err(error);
  };
  auto buffer = std::make_unique_for_overwrite<std::byte[]>(std::min(from.count(), kChunk));
  while (from.count() != 0) {
    const size_t want = from.copy_from(buffer.get(), std::min(from.count(), kChunk));
    if (want == 0) return end_with(EFAULT);
    const std::span<const std::byte> bytes(buffer.get(), want);
    auto put = is_positioned(pos) ? port_->pwrite(bytes, pos) : port_->write(bytes);
    from.revert(want - put.value_or(0));
    if (put) {
      done += *put;
      pos += *put;
      if (*put == 0) return done;
      continue;
    }
    if (put.error() == EPIPE)
      static_cast<void>(send_signal(*current, make_siginfo(SIGPIPE, SI_USER), true));
    if (put.error() != EAGAIN || port_->is_regular()) return end_with(put.error().value);
    if (nonblocking()) return end_with(EAGAIN);
    if (auto waited = wait_for(POLLOUT); !waited) return end_with(waited.error().value);
  }
  return done;
}

Result<uint64_t> StreamFile::llseek(int64_t offset, int whence) {
  if (!port_->is_regular()) return Err(ESPIPE);
  return f_pos = TRY(port_->seek(offset, whence));
}

unsigned StreamFile::poll(poll_table* pt) {
  poll_wait(*this, port_->queue, pt);
  const unsigned asked = (readable() ? POLLIN : 0) | (writable() ? POLLOUT : 0);
  unsigned got = port_->ready(asked);
  if ((got & POLLIN) != 0) got |= POLLRDNORM;
  if ((got & POLLOUT) != 0) got |= POLLWRNORM;
  return got;
}

Result<arch::Backing> StreamFile::mmap(uint64_t offset, uint64_t, bool shared, bool shared_write) {
  if (!port_->is_regular()) return Err(ENODEV);
  if (shared_write && (port_->access() & O_ACCMODE) != O_RDWR) return Err(EACCES);
  // Key 0: the machine must not remember the descriptor, its file may change under the number.
  return arch::Backing{.host_fd = port_->host_fd(), .key = 0, .offset = offset, .shared = shared};
}

Result<void> StreamFile::truncate(uint64_t size) {
  if (!port_->is_regular()) return Err(EINVAL);
  return port_->truncate(size);
}

}  // namespace

Result<Ref<file>> open_host_stream(const Ref<HostPort>& port) {
  port->given_to_guest = true;
  return Ref<file>(new StreamFile(stream_path(port), port->access(), port));
}
