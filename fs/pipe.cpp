// Pipes and FIFOs as files: sleeping, waking, EPIPE, poll, open of a FIFO. Linux: fs/pipe.c.
// Wake-ups are Linux's since 5.5: readers are woken when the pipe stops being empty and writers
// when it stops being full, one sleeper at a time, who passes the news on. Differences: no per-user
// limits; the times of a nameless pipe's inode stand still.
#include "fs/pipe.h"

#include <bit>

#include "fs/anon_inode.h"
#include "fs/pipe_syscalls.h"
#include "fs/poll.h"
#include "kernel/sched.h"

namespace {

constexpr size_t kPipeMaxSize = 1 << 20;  // /proc/sys/fs/pipe-max-size
constexpr size_t kPipeHardLimit = 16
                                  << 20;  // ours, for the privileged: kernel memory is real memory
constexpr unsigned kInKey = POLLIN | POLLRDNORM;
constexpr unsigned kOutKey = POLLOUT | POLLWRNORM;

bool is_pipefs(const path& p) { return p.mnt && p.mnt->sb->type == "pipefs"; }

void touch_fifo(const pipe_file& f, bool write) {
  if (f.anonymous) return;
  inode& i = *f.f_path.dentry->d_inode;
  const int64_t now = current_time_ns();
  if (write)
    i.mtime = i.ctime = now;
  else
    i.atime = now;
}

// The smallest ring that holds `size` bytes, in slots; 0 if there is none.
unsigned round_pipe_slots(uint64_t size) {
  if (size > 1ULL << 31) return 0;
  return static_cast<unsigned>(std::bit_ceil(std::max<uint64_t>(size, kPageSize)) >> kPageShift);
}

}  // namespace

pipe_file::pipe_file(path p, unsigned flags, Ref<pipe_inode_info> i)
    : file(std::move(p), flags), pipe(std::move(i)), anonymous(is_pipefs(f_path)) {
  ++pipe->files;
  if (readable()) {
    ++pipe->readers;
    ++pipe->r_counter;
  }
  if (writable()) {
    ++pipe->writers;
    ++pipe->w_counter;
  }
}

pipe_file::~pipe_file() {
  fasync_remove(*this, pipe->fasync_readers);
  fasync_remove(*this, pipe->fasync_writers);
  if (readable()) --pipe->readers;
  if (writable()) --pipe->writers;
  if ((pipe->readers == 0) != (pipe->writers == 0)) {
    pipe->rd_wait.wake(TASK_NORMAL, 0, kInKey | POLLERR | POLLHUP);
    pipe->wr_wait.wake(TASK_NORMAL, 0, kOutKey | POLLERR | POLLHUP);
    kill_fasync(pipe->fasync_readers, POLL_IN);
    kill_fasync(pipe->fasync_writers, POLL_OUT);
  }
  inode& i = *f_path.dentry->d_inode;
  if (--pipe->files == 0 && i.pipe == pipe) i.pipe.reset();
}

void pipe_file::wake_readers() {
  wake_up_poll(pipe->rd_wait, kInKey);
  kill_fasync(pipe->fasync_readers, POLL_IN);
}

void pipe_file::wake_writers() {
  wake_up_poll(pipe->wr_wait, kOutKey);
  kill_fasync(pipe->fasync_writers, POLL_OUT);
}

Result<bool> pipe_file::wait_readable(bool nonblock) {
  pipe_inode_info& p = *pipe;
  if (!p.empty()) return true;
  if (p.writers == 0) return false;
  if (nonblock) return Err(EAGAIN);
  TRY(wait_event_interruptible_exclusive(p.rd_wait, [&] { return !p.empty() || p.writers == 0; }));
  return !p.empty();
}

Result<void> pipe_file::wait_writable(bool nonblock) {
  pipe_inode_info& p = *pipe;
  if (p.readers != 0 && p.full()) {
    if (nonblock) return Err(EAGAIN);
    TRY(wait_event_interruptible_exclusive(p.wr_wait, [&] { return !p.full() || p.readers == 0; }));
  }
  if (p.readers == 0) {
    (void)send_signal(*current, make_siginfo(SIGPIPE, SI_USER), true);
    return Err(EPIPE);
  }
  return {};
}

Result<size_t> pipe_file::read_iter(iov_iter& to, uint64_t&) {
  if (to.count() == 0) return 0;
  pipe_inode_info& p = *pipe;
  const bool slept = p.empty();
  const Result<bool> ready = wait_readable(nonblocking());
  if (!ready) return std::unexpected(ready.error());
  if (!*ready) return 0;
  const bool was_full = p.full();
  bool packet_end = false;
  const Result<size_t> n = p.take(to, packet_end);
  if (was_full && !p.full()) wake_writers();
  if (slept && !p.empty()) wake_up_poll(p.rd_wait, kInKey);  // the next sleeper may have some too
  if (n && *n != 0) touch_fifo(*this, false);
  return n;
}

Result<size_t> pipe_file::write_iter(iov_iter& from, uint64_t&) {
  if (from.count() == 0) return 0;
  pipe_inode_info& p = *pipe;
  bool tell = false, slept = false;
  size_t done = p.readers == 0 ? 0 : TRY(p.merge(from, packetized()));
  std::optional<Errno> error;
  while (from.count() != 0) {
    slept |= p.full();
    if (const Result<void> room = wait_writable(nonblocking()); !room) {
      error = room.error();
      break;
    }
    tell |= p.empty();
    const Result<size_t> n = p.append(from, packetized());
    if (!n) {
      error = n.error();
      break;
    }
    done += *n;
    // About to sleep for more room: those who make it must know that there is data.
    if (from.count() != 0 && tell && !nonblocking() && p.full()) {
      wake_readers();
      tell = false;
    }
  }
  tell |= p.poll_usage && done != 0;
  if (tell && !p.empty()) wake_readers();
  if (slept && !p.full()) wake_up_poll(p.wr_wait, kOutKey);
  if (done != 0) touch_fifo(*this, true);
  if (done == 0 && error) return std::unexpected(*error);
  return done;
}

Result<long> pipe_file::ioctl(unsigned cmd, uint64_t arg) {
  if (cmd != FIONREAD) return Err(ENOTTY);
  TRY(put_user(user_ptr<int>(arg), static_cast<int>(pipe->bytes())));
  return 0;
}

Result<long> pipe_file::fcntl(unsigned cmd, uint64_t arg) {
  pipe_inode_info& p = *pipe;
  if (cmd == F_GETPIPE_SZ) return static_cast<long>(p.slots() * kPageSize);
  if (cmd != F_SETPIPE_SZ) return file::fcntl(cmd, arg);
  const unsigned slots = round_pipe_slots(arg);
  if (slots == 0) return Err(EINVAL);
  if (slots > p.slots() && slots * kPageSize > kPipeMaxSize && !capable(CAP_SYS_RESOURCE))
    return Err(EPERM);
  if (slots * kPageSize > kPipeHardLimit) return Err(ENOMEM);
  const bool was_full = p.full();
  TRY(p.resize(slots));
  if (was_full && !p.full()) wake_writers();
  return static_cast<long>(slots * kPageSize);
}

unsigned pipe_file::poll(poll_table* pt) {
  pipe_inode_info& p = *pipe;
  p.poll_usage = true;
  if (readable()) poll_wait(*this, p.rd_wait, pt);
  if (writable()) poll_wait(*this, p.wr_wait, pt);
  unsigned mask = 0;
  if (readable()) {
    if (!p.empty()) mask |= kInKey;
    if (p.writers == 0 && f_version != p.w_counter) mask |= POLLHUP;
  }
  if (writable()) {
    if (!p.full()) mask |= kOutKey;
    if (p.readers == 0) mask |= POLLERR;  // for FIFOs too, unlike other Unices
  }
  return mask;
}

void pipe_file::fasync_changed() {
  if (readable()) fasync_helper(*this, pipe->fasync_readers);
  if (writable()) fasync_helper(*this, pipe->fasync_writers);
}

std::string pipe_file::proc_name() const {
  return anonymous ? pseudo_name("pipe", *f_path.dentry->d_inode) : file::proc_name();
}

namespace {

// An open of a FIFO waits for somebody to come to the other end, even if he is gone again by now.
Result<void> wait_for_partner(pipe_inode_info& p, const uint64_t& counter) {
  return wait_event_interruptible(p.rd_wait, [&, was = counter] { return counter != was; });
}

}  // namespace

Result<Ref<file>> fifo_open(inode& i, const path& p, unsigned flags) {
  // A nameless pipe is opened again through /proc/PID/fd and has no rendezvous.
  const bool is_pipe = is_pipefs(p);
  const unsigned mode = flags & O_ACCMODE;
  if (mode == 3) return Err(EINVAL);
  if (!i.pipe) i.pipe = make_ref<pipe_inode_info>();
  const Ref<pipe_inode_info> pipe = i.pipe;
  const bool nonblock = (flags & O_NONBLOCK) != 0;
  if (mode == O_WRONLY && !is_pipe && nonblock && pipe->readers == 0) {
    if (pipe->files == 0) i.pipe.reset();
    return Err(ENXIO);
  }
  Ref<pipe_file> f = make_ref<pipe_file>(p, flags, pipe);
  const bool first = mode == O_RDONLY   ? pipe->readers == 1
                     : mode == O_WRONLY ? pipe->writers == 1
                                        : pipe->readers == 1 || pipe->writers == 1;
  if (first) pipe->rd_wait.wake(TASK_INTERRUPTIBLE, 0);  // a partner may wait in its open
  if (!is_pipe && mode == O_RDONLY && pipe->writers == 0) {
    if (nonblock)
      f->f_version = pipe->w_counter;  // no hang-up before the first writer
    else
      TRY(wait_for_partner(*pipe, pipe->w_counter));
  }
  if (!is_pipe && mode == O_WRONLY && pipe->readers == 0)
    TRY(wait_for_partner(*pipe, pipe->r_counter));
  return Ref<file>(std::move(f));
}

pipe_pair create_pipe_files(unsigned flags) {
  const path p = new_pseudo_path(PseudoFs::pipefs, S_IFIFO | 0600);
  const Ref<pipe_inode_info> pipe = p.dentry->d_inode->pipe = make_ref<pipe_inode_info>();
  const unsigned kept = flags & (O_NONBLOCK | O_DIRECT);
  pipe_pair pair;
  pair.read_end = make_ref<pipe_file>(p, O_RDONLY | (kept & O_NONBLOCK), pipe);
  pair.write_end = make_ref<pipe_file>(p, O_WRONLY | kept, pipe);
  return pair;
}

SyscallResult sys_pipe(user_ptr<int> fds) { return sys_pipe2(fds, 0); }

SyscallResult sys_pipe2(user_ptr<int> fds, open_flags_t flags) {
  const auto bits = static_cast<unsigned>(flags.value);
  if ((bits & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT | O_EXCL)) != 0) return Err(EINVAL);
  if ((bits & O_EXCL) != 0) return Err(ENOPKG);  // a notification pipe
  pipe_pair pair = create_pipe_files(bits);
  const bool cloexec = (bits & O_CLOEXEC) != 0;
  const int r = TRY(fd_install_new(std::move(pair.read_end), cloexec));
  const Result<int> w = fd_install_new(std::move(pair.write_end), cloexec);
  if (!w) {
    (void)close_fd(r);
    return std::unexpected(w.error());
  }
  const std::array<int, 2> out{r, *w};
  if (const auto copied = put_user_array<int>(fds, out); !copied) {
    (void)close_fd(r);
    (void)close_fd(*w);
    return std::unexpected(copied.error());
  }
  return 0;
}
