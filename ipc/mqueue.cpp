// POSIX message queues: see ipc/mqueue.h. Linux: ipc/mqueue.c. Differences: no mountable mqueue
// file system, and no SIGEV_THREAD (it wants a netlink socket).
#include "ipc/mqueue.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "fs/anon_inode.h"
#include "fs/poll.h"
#include "kernel/sched.h"

namespace {

constexpr size_t kMaxQueues = 256;
constexpr int64_t kDefaultMax = 10, kDefaultSize = 8192;  // also the limits of the unprivileged
constexpr int64_t kHardMax = 65536, kHardSize = 16 << 20;
constexpr unsigned kPrioMax = 32768;
enum : int { SIGEV_SIGNAL = 0, SIGEV_NONE = 1 };

struct mqueue_inode_info : RefCounted<mqueue_inode_info> {
  mq_attributes attr;
  uint64_t bytes = 0;
  path where;
  // Highest priority first, first come first served within one.
  std::multimap<unsigned, std::vector<std::byte>, std::greater<>> messages;
  wait_queue senders, receivers, pollers;
  unsigned waiting_receivers = 0;
  // who wants to be told of the first message
  Ref<signal_struct> notify_owner;
  mq_notification notify;

  bool full() const { return static_cast<int64_t>(messages.size()) >= attr.maxmsg; }
  void tell();
};

std::map<std::string, Ref<mqueue_inode_info>, std::less<>>& names() {
  static auto& all = *new std::map<std::string, Ref<mqueue_inode_info>, std::less<>>;
  return all;
}

// The one notification that was asked for.
void mqueue_inode_info::tell() {
  const Ref<signal_struct> owner = std::exchange(notify_owner, nullptr);
  if (!owner || owner->threads.empty() || notify.notify != SIGEV_SIGNAL || notify.signo == 0)
    return;
  kernel_siginfo info;
  info.si_signo = notify.signo;
  info.si_code = SI_MESGQ;
  info.pid = current->tgid;
  info.uid = current->creds.uid;
  info.value = notify.value;
  (void)send_signal(*owner->threads.front(), info, false);
}

struct mq_file final : file {
  mq_file(Ref<mqueue_inode_info> i, unsigned flags, std::string n)
      : file(i->where, flags), info(std::move(i)), name(std::move(n)) {}

  // The state of the queue as text.
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override {
    char text[80];
    uint64_t bytes = 0;
    for (const auto& [priority, m] : info->messages) bytes += m.size();
    const int owner = info->notify_owner ? info->notify_owner->tgid : 0;
    const int len = std::snprintf(
        text, sizeof text, "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
        static_cast<unsigned long>(bytes), owner != 0 ? info->notify.notify : 0,
        owner != 0 && info->notify.notify == SIGEV_SIGNAL ? info->notify.signo : 0, owner);
    if (pos >= static_cast<uint64_t>(len)) return 0;
    const size_t want = std::min(to.count(), static_cast<size_t>(len) - pos);
    const size_t n = to.copy_to(text + pos, want);
    if (n == 0 && want != 0) return Err(EFAULT);
    pos += n;
    return n;
  }
  unsigned poll(poll_table* pt) override {
    poll_wait(*this, info->pollers, pt);
    unsigned mask = 0;
    if (!info->messages.empty()) mask |= POLLIN | POLLRDNORM;
    if (!info->full()) mask |= POLLOUT | POLLWRNORM;
    return mask;
  }
  void flush(task_struct& closer) override {
    if (info->notify_owner == closer.signal) info->notify_owner = nullptr;
  }
  std::string proc_name() const override { return "/" + name; }

  Ref<mqueue_inode_info> info;
  std::string name;
};

Result<Ref<mq_file>> mq_fget(int fd) {
  const Ref<file> f = TRY(fget_data(fd));
  auto* m = dynamic_cast<mq_file*>(f.get());
  if (m == nullptr) return Err(EBADF);
  return Ref<mq_file>(m);
}

Result<void> check_name(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return Err(EACCES);
  if (name.empty()) return Err(ENOENT);
  if (name.size() > 255) return Err(ENAMETOOLONG);
  return {};
}

Result<void> check_attr(const mq_attributes& a) {
  const bool privileged = capable(CAP_SYS_RESOURCE);
  if (a.maxmsg <= 0 || a.msgsize <= 0) return Err(EINVAL);
  if (a.maxmsg > (privileged ? kHardMax : kDefaultMax) ||
      a.msgsize > (privileged ? kHardSize : kDefaultSize))
    return Err(EINVAL);
  return {};
}

// What the queues of this user may hold, against RLIMIT_MSGQUEUE and a bound of ours.
Result<uint64_t> charge(const mq_attributes& a) {
  constexpr uint64_t kPerMessage = 48 + 48, kMost = 64 << 20;
  const uint64_t bytes =
      static_cast<uint64_t>(a.maxmsg) * (static_cast<uint64_t>(a.msgsize) + kPerMessage);
  uint64_t total = bytes;
  for (const auto& [name, q] : names())
    if (q->where.dentry->d_inode->uid == current->creds.fsuid) total += q->bytes;
  if (total > std::min(current->signal->rlim[RLIMIT_MSGQUEUE].cur, kMost)) return Err(EMFILE);
  return bytes;
}

Result<Ref<mqueue_inode_info>> mq_create(std::string_view name, uint32_t mode,
                                         const mq_attributes* attr) {
  Ref<mqueue_inode_info> q = make_ref<mqueue_inode_info>();
  q->attr.maxmsg = kDefaultMax;
  q->attr.msgsize = kDefaultSize;
  if (attr != nullptr) {
    TRY(check_attr(*attr));
    q->attr.maxmsg = attr->maxmsg;
    q->attr.msgsize = attr->msgsize;
  }
  if (names().size() >= kMaxQueues && !capable(CAP_SYS_RESOURCE)) return Err(ENOSPC);
  q->bytes = TRY(charge(q->attr));
  q->where =
      new_pseudo_path(PseudoFs::anon_inodefs, S_IFREG | (mode & ~current->fs->umask & 07777));
  names().emplace(name, q);
  return q;
}

Result<void> check_open(const mqueue_inode_info& q, unsigned access) {
  if (access == 3) return Err(EINVAL);
  const int mask = access == O_RDONLY   ? MAY_READ
                   : access == O_WRONLY ? MAY_WRITE
                                        : MAY_READ | MAY_WRITE;
  return inode_permission(*q.where.dentry->d_inode, mask);
}

std::optional<uint64_t> monotonic(std::optional<uint64_t> real) {
  if (!real) return {};
  const uint64_t now = ktime_get_real(), mono = ktime_get();
  return *real > now ? mono + (*real - now) : mono;
}

template <class Condition>
Result<void> wait_on(mq_file& f, wait_queue& q, std::optional<uint64_t> deadline, Condition ready) {
  if (ready()) return {};
  if (f.nonblocking()) return Err(EAGAIN);
  wait_queue_entry e(current);
  e.exclusive = true;
  switch (wait_event_with(q, e, TASK_INTERRUPTIBLE, monotonic(deadline), ready)) {
    case WaitEnd::ready: return {};
    case WaitEnd::timeout: return Err(ETIMEDOUT);
    case WaitEnd::signal: break;
  }
  return Err(ERESTARTSYS);
}

}  // namespace

Result<int> do_mq_open(std::string_view name, int flags, uint32_t mode, const mq_attributes* attr) {
  TRY(check_name(name));
  const auto bits = static_cast<unsigned>(flags);
  const auto at = names().find(name);
  Ref<mqueue_inode_info> q;
  if (at == names().end()) {
    if ((bits & O_CREAT) == 0) return Err(ENOENT);
    q = TRY(mq_create(name, mode, attr));
  } else {
    if ((bits & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return Err(EEXIST);
    q = at->second;
    TRY(check_open(*q, bits & O_ACCMODE));
  }
  return fd_install_new(make_ref<mq_file>(q, bits & (O_ACCMODE | O_NONBLOCK), std::string(name)),
                        true);  // always close-on-exec
}

Result<void> do_mq_unlink(std::string_view name) {
  TRY(check_name(name));
  const auto at = names().find(name);
  if (at == names().end()) return Err(ENOENT);
  const uint32_t me = current->creds.fsuid;
  if (me != at->second->where.dentry->d_inode->uid && !capable(CAP_FOWNER)) return Err(EACCES);
  names().erase(at);
  return {};
}

Result<void> mq_check_send(int fd, uint64_t len, unsigned priority) {
  if (priority >= kPrioMax) return Err(EINVAL);
  const Ref<mq_file> f = TRY(mq_fget(fd));
  if (!f->writable()) return Err(EBADF);
  if (len > static_cast<uint64_t>(f->info->attr.msgsize)) return Err(EMSGSIZE);
  return {};
}

Result<void> do_mq_send(int fd, std::vector<std::byte> text, unsigned priority,
                        std::optional<uint64_t> deadline) {
  const Ref<mq_file> f = TRY(mq_fget(fd));
  mqueue_inode_info& q = *f->info;
  TRY(wait_on(*f, q.senders, deadline, [&] { return !q.full(); }));
  const bool was_empty = q.messages.empty();
  q.messages.emplace(priority, std::move(text));
  // Nobody is told who could not be the first to read it.
  if (was_empty && q.waiting_receivers == 0) q.tell();
  wake_up(q.receivers);
  wake_up_poll(q.pollers, POLLIN | POLLRDNORM);
  return {};
}

Result<mq_message> do_mq_receive(int fd, uint64_t room, std::optional<uint64_t> deadline) {
  const Ref<mq_file> f = TRY(mq_fget(fd));
  if (!f->readable()) return Err(EBADF);
  mqueue_inode_info& q = *f->info;
  if (room < static_cast<uint64_t>(q.attr.msgsize)) return Err(EMSGSIZE);
  ++q.waiting_receivers;
  const Result<void> waited =
      wait_on(*f, q.receivers, deadline, [&] { return !q.messages.empty(); });
  --q.waiting_receivers;
  if (!waited) return std::unexpected(waited.error());
  const auto first = q.messages.begin();
  mq_message m{first->first, std::move(first->second)};
  q.messages.erase(first);
  wake_up(q.senders);
  wake_up_poll(q.pollers, POLLOUT | POLLWRNORM);
  return m;
}

Result<void> do_mq_notify(int fd, const mq_notification* n) {
  if (n != nullptr) {
    if (n->notify != SIGEV_NONE && n->notify != SIGEV_SIGNAL) return Err(EINVAL);
    if (n->notify == SIGEV_SIGNAL && (n->signo < 0 || n->signo > NSIG)) return Err(EINVAL);
  }
  const Ref<mq_file> f = TRY(mq_fget(fd));
  mqueue_inode_info& q = *f->info;
  if (n == nullptr) {
    if (q.notify_owner == current->signal) q.notify_owner = nullptr;
    return {};
  }
  if (q.notify_owner) return Err(EBUSY);
  q.notify_owner = current->signal;
  q.notify = *n;
  return {};
}

Result<mq_attributes> do_mq_getsetattr(int fd, const mq_attributes* next) {
  if (next != nullptr && (next->flags & ~int64_t{O_NONBLOCK}) != 0) return Err(EINVAL);
  const Ref<mq_file> f = TRY(mq_fget(fd));
  mq_attributes a = f->info->attr;
  a.flags = f->f_flags & O_NONBLOCK;
  a.curmsgs = static_cast<int64_t>(f->info->messages.size());
  if (next != nullptr)
    f->f_flags = (f->f_flags & ~unsigned{O_NONBLOCK}) | static_cast<unsigned>(next->flags);
  return a;
}
