// Unix-domain sockets: names, connections, life and death. Linux: net/unix/af_unix.c. Data transfer
// is in net/unix_stream.cpp and net/unix_dgram.cpp. Differences: no out-of-band byte; the hash of
// abstract names is a map; names are bytes of a little-endian sockaddr.
#include "net/af_unix.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>

#include "fs/namei.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

constexpr size_t kFamilySize = 2, kSunPathMax = 108;
constexpr size_t kSomaxconn = 4096;
const sockaddr_bytes& unnamed() {
  static const sockaddr_bytes& name = *new sockaddr_bytes("\1\0", kFamilySize);
  return name;
}

// Abstract names, per socket type as in Linux.
using abstract_key = std::pair<int, sockaddr_bytes>;
std::map<abstract_key, unix_sock*>& abstract_names() {
  static auto& names = *new std::map<abstract_key, unix_sock*>;
  return names;
}

bool is_path(const sockaddr_bytes& name) {
  return name.size() > kFamilySize && name[kFamilySize] != '\0';
}
// The path in a name that unix_mkname made: without family and NUL.
std::string_view path_of(const sockaddr_bytes& name) {
  return std::string_view(name).substr(kFamilySize, name.size() - kFamilySize - 1);
}

// What Linux charges for a message: a small one lies in one kmalloc block with its header, the rest
// of a big one in pages.
size_t skb_truesize(size_t size) {
  constexpr size_t kSkbuff = 256, kSharedInfo = 320, kHeadMax = kPageSize;
  if (size + kSharedInfo <= kHeadMax) return std::bit_ceil(size + kSharedInfo) + kSkbuff;
  return page_align(size) + kSharedInfo + kSkbuff;
}

}  // namespace

sk_buff::sk_buff(Ref<unix_sock> from, size_t n)
    : owner(std::move(from)),
      bytes(n != 0 ? std::make_unique_for_overwrite<std::byte[]>(n) : nullptr),
      size(n),
      truesize(skb_truesize(n)) {
  owner->sk_wmem_alloc += truesize;
}

sk_buff::~sk_buff() {
  owner->sk_wmem_alloc -= truesize;
  owner->write_space();
}

unix_sock::~unix_sock() = default;

unix_sock::list& unix_sock::all() {
  static auto& sockets = *new list;
  return sockets;
}

Result<sockaddr_bytes> unix_mkname(const sockaddr_bytes& name) {
  if (name.size() <= kFamilySize || name.size() > kFamilySize + kSunPathMax) return Err(EINVAL);
  if (name.compare(0, kFamilySize, unnamed()) != 0) return Err(EINVAL);
  if (!is_path(name)) return name;
  // A path ends at its NUL, which counts, whether the guest gave it or not.
  sockaddr_bytes path = name.substr(0, name.find('\0', kFamilySize));
  path.push_back('\0');
  return path;
}

Result<Ref<unix_sock>> unix_find_other(const sockaddr_bytes& name, int type) {
  if (!is_path(name)) {
    const auto at = abstract_names().find({type, name});
    if (at == abstract_names().end()) return Err(ECONNREFUSED);
    return Ref<unix_sock>(at->second);
  }
  const path p = TRY(user_path_at(AT_FDCWD, path_of(name), LOOKUP_FOLLOW));
  inode& i = *p.dentry->d_inode;
  TRY(inode_permission(i, MAY_WRITE));
  if ((i.mode & S_IFMT) != S_IFSOCK || i.socket == nullptr) return Err(ECONNREFUSED);
  Ref<unix_sock> other(static_cast<unix_sock*>(i.socket));
  if (other->sk_type != type) return Err(EPROTOTYPE);
  return other;
}

Result<Ref<sock>> unix_create(int type, int protocol) {
  if (protocol != 0 && protocol != AF_UNIX) return Err(EPROTONOSUPPORT);
  if (type == SOCK_RAW) type = SOCK_DGRAM;  // 1990s programs believed that they are the same
  if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
    return Err(ESOCKTNOSUPPORT);
  return Ref<sock>(make_ref<unix_sock>(type));
}

// ---- names ----------------------------------------------------------------------------

Result<void> unix_sock::autobind() {
  if (!addr.empty()) return {};
  static unsigned next = 0;
  for (unsigned tries = 0; tries <= 0xfffff; ++tries) {
    char text[8];
    std::snprintf(text, sizeof text, "%05x", next = (next + 1) & 0xfffff);
    sockaddr_bytes name = unnamed() + '\0' + text;
    if (!abstract_names().try_emplace({sk_type, name}, this).second) continue;
    addr = std::move(name);
    return {};
  }
  return Err(ENOSPC);
}

Result<void> unix_sock::bind_path(std::string_view name) {
  nameidata nd = TRY(nameidata::start(AT_FDCWD, name, 0));
  TRY(nd.to_parent());
  if (!nd.last_is_name() || nd.lookup_last()) return Err(EADDRINUSE);
  if (nd.trailing_slash()) return Err(ENOENT);
  const uint32_t mode = S_IFSOCK | (S_IRWXU | S_IRWXG | S_IRWXO);
  const path dir = nd.current();
  if (dir.mnt && dir.mnt->read_only()) return Err(EROFS);
  const Ref<dentry> d = TRY(vfs_mknod(dir, nd.last(), mode & ~current->fs->umask, 0));
  where = path(dir.mnt, d);
  d->d_inode->socket = this;
  return {};
}

Result<void> unix_sock::bind(const sockaddr_bytes& given) {
  if (given == unnamed()) return autobind();
  sockaddr_bytes name = TRY(unix_mkname(given));
  if (!addr.empty()) return Err(EINVAL);
  if (is_path(name))
    TRY(bind_path(path_of(name)));
  else if (!abstract_names().try_emplace({sk_type, name}, this).second)
    return Err(EADDRINUSE);
  addr = std::move(name);
  return {};
}

Result<sockaddr_bytes> unix_sock::getname(bool of_peer) {
  if (of_peer && !peer) return Err(ENOTCONN);
  const sockaddr_bytes& name = of_peer ? peer->addr : addr;
  return name.empty() ? unnamed() : name;
}

// ---- connections ----------------------------------------------------------------------

void unix_sock::pair_with(unix_sock& other) {
  peer = &other;
  other.peer = this;
  sk_peercred = other.sk_peercred = current_creds();
  sk_state = other.sk_state = SockState::established;
}

Result<void> unix_sock::listen(int backlog) {
  if (!connection_based()) return Err(EOPNOTSUPP);
  if (addr.empty()) return Err(EINVAL);
  if (sk_state == SockState::established) return Err(EINVAL);
  const size_t limit = std::min<size_t>(static_cast<unsigned>(backlog), kSomaxconn);
  if (limit > max_ack_backlog) peer_wait.wake(TASK_NORMAL, 0);
  max_ack_backlog = limit;
  sk_state = SockState::listening;
  sk_peercred = current_creds();  // what those who connect will see
  return {};
}

Result<void> unix_sock::connect(const sockaddr_bytes& name, bool nonblock) {
  return connection_based() ? connect_stream(name, nonblock) : connect_dgram(name);
}

Result<void> unix_sock::connect_stream(const sockaddr_bytes& given, bool nonblock) {
  const sockaddr_bytes name = TRY(unix_mkname(given));
  if (sk_passcred) TRY(autobind());
  if (sk_state == SockState::established) return Err(EISCONN);
  sock_timeo timeo(sk_sndtimeo, nonblock);
  Ref<unix_sock> other;
  for (;;) {
    other = TRY(unix_find_other(name, sk_type));
    auto refuses = [&] {
      return other->sk_dead || other->sk_state != SockState::listening ||
             (other->sk_shutdown & RCV_SHUTDOWN) != 0;
    };
    if (refuses()) return Err(ECONNREFUSED);
    if (!other->recvq_full()) break;
    TRY(timeo.wait(other->peer_wait, POLLOUT, true,
                   [&] { return refuses() || !other->recvq_full(); }));
  }
  // The socket may have been connected by another thread while this one slept.
  if (sk_state == SockState::established) return Err(EISCONN);
  if (sk_state != SockState::closed) return Err(EINVAL);
  // The other end exists at once and waits in the listener's queue: data may flow before accept(2).
  const Ref<unix_sock> fresh = make_ref<unix_sock>(sk_type);
  fresh->pair_with(*this);
  sk_peercred = other->sk_peercred;
  fresh->addr = other->addr;
  auto request = std::make_unique<sk_buff>(fresh, 0);
  other->queue.push_back(std::move(request));
  other->data_ready();
  return {};
}

Result<Ref<sock>> unix_sock::accept(bool nonblock) {
  if (!connection_based()) return Err(EOPNOTSUPP);
  if (sk_state != SockState::listening) return Err(EINVAL);
  sock_timeo timeo(sk_rcvtimeo, nonblock);
  TRY(timeo.wait(sk_wait, POLLIN, true,
                 [&] { return !queue.empty() || (sk_shutdown & RCV_SHUTDOWN) != 0; }));
  if (queue.empty()) return Err(EINVAL);
  const std::unique_ptr<sk_buff> request = std::move(queue.front());
  queue.pop_front();
  wake_up_poll(peer_wait, POLLOUT | POLLWRNORM | POLLWRBAND);
  return Ref<sock>(request->owner);
}

Result<void> unix_sock::shutdown(int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return Err(EINVAL);
  const auto mode = static_cast<unsigned>(how) + 1;
  sk_shutdown |= mode;
  const Ref<unix_sock> other = peer;
  state_change();
  peer_wait.wake(TASK_NORMAL, 0);
  if (!other || !connection_based()) return {};
  unsigned theirs = 0;
  if ((mode & RCV_SHUTDOWN) != 0) theirs |= SEND_SHUTDOWN;
  if ((mode & SEND_SHUTDOWN) != 0) theirs |= RCV_SHUTDOWN;
  other->sk_shutdown |= theirs;
  other->state_change();
  if (theirs == SHUTDOWN_MASK)
    kill_fasync(other->sk_fasync, POLL_HUP);
  else if ((theirs & RCV_SHUTDOWN) != 0)
    kill_fasync(other->sk_fasync, POLL_IN);
  return {};
}

void unix_sock::peer_gone(bool reset) {
  sk_shutdown = SHUTDOWN_MASK;
  if (reset) sk_err = ECONNRESET;
  state_change();
  kill_fasync(sk_fasync, POLL_HUP);
}

void unix_sock::release() {
  if (sk_dead) return;
  const Ref<unix_sock> keep(this);
  sk_dead = true;
  const bool never_accepted = sk_file == nullptr;
  const bool was_listening = sk_state == SockState::listening;
  sk_file = nullptr;
  if (where) {
    if (where.dentry->d_inode->socket == this) where.dentry->d_inode->socket = nullptr;
    where = path();
  } else if (!addr.empty()) {
    const auto at = abstract_names().find({sk_type, addr});
    if (at != abstract_names().end() && at->second == this) abstract_names().erase(at);
  }
  sk_state = SockState::closed;
  sk_shutdown = SHUTDOWN_MASK;
  peer_wait.wake(TASK_NORMAL, 0);
  // Who closes with unread data tells the peer that it was lost.
  if (const Ref<unix_sock> other = std::exchange(peer, nullptr); other && connection_based())
    other->peer_gone(!queue.empty() || never_accepted);
  for (auto dying = std::exchange(queue, {}); !dying.empty(); dying.pop_front())
    if (was_listening) dying.front()->owner->release();
  unix_gc();
}

// ---- readiness ------------------------------------------------------------------------

unsigned unix_sock::poll(file& f, poll_table* pt) {
  poll_wait(f, sk_wait, pt);
  unsigned mask = 0;
  if (sk_err != 0) mask |= POLLERR;
  if (sk_shutdown == SHUTDOWN_MASK) mask |= POLLHUP;
  if ((sk_shutdown & RCV_SHUTDOWN) != 0) mask |= POLLRDHUP | POLLIN | POLLRDNORM;
  if (!queue.empty()) mask |= POLLIN | POLLRDNORM;
  if (connection_based() && sk_state == SockState::closed) mask |= POLLHUP;
  bool room = writable();
  // An unconnected receiver may be slow: a datagram socket also waits for room in its peer's queue.
  if (!connection_based() && peer && peer->peer.get() != this) {
    poll_wait(f, peer->peer_wait, pt);
    if (peer->recvq_full()) room = false;
  }
  if (room)
    mask |= POLLOUT | POLLWRNORM | POLLWRBAND;
  else
    sk_nospace = true;
  return mask;
}

Result<long> unix_sock::ioctl(unsigned cmd, uint64_t arg) {
  long value = 0;
  switch (cmd) {
    case FIONREAD:
      if (sk_state == SockState::listening) return Err(EINVAL);
      if (connection_based()) {
        for (const auto& skb : queue) value += static_cast<long>(skb->len());
      } else if (!queue.empty()) {
        value = static_cast<long>(queue.front()->len());
      }
      break;
    case TIOCOUTQ: value = static_cast<long>(sk_wmem_alloc); break;
    default: return Err(ENOTTY);
  }
  TRY(put_user(user_ptr<int>(arg), static_cast<int>(value)));
  return 0;
}

// ---- what both kinds of transfer need -------------------------------------------------

Result<void> unix_sock::wait_for_wmem(sock_timeo& timeo) {
  auto failed = [this] { return sk_err != 0 || (sk_shutdown & SEND_SHUTDOWN) != 0; };
  const bool full = sk_wmem_alloc >= sk_sndbuf;
  if (full && !failed()) {
    sk_nospace = true;
    TRY(timeo.wait(sk_wait, POLLOUT, false, [&] { return sk_wmem_alloc < sk_sndbuf || failed(); }));
  }
  TRY(sock_error());
  if ((sk_shutdown & SEND_SHUTDOWN) != 0) return Err(EPIPE);
  return {};
}

void unix_sock::note_name(kernel_msghdr& msg, const sk_buff& skb) const {
  msg.name = skb.owner->addr;
}

void unix_sock::note_creds(kernel_msghdr& msg, const sk_buff& skb) const {
  msg.scm.creds = skb.creds;
  msg.scm.has_creds = sk_passcred;
}

void unix_sock::peek_off_moved(size_t n, bool forward) {
  if (sk_peek_off < 0) return;
  if (forward)
    sk_peek_off += static_cast<int>(n);
  else
    sk_peek_off = std::max(0, sk_peek_off - static_cast<int>(n));
}

Result<size_t> unix_sock::sendmsg(kernel_msghdr& msg, unsigned flags) {
  if ((flags & MSG_OOB) != 0) return Err(EOPNOTSUPP);
  if (sk_type == SOCK_STREAM) return stream_sendmsg(msg, flags);
  if (sk_type == SOCK_SEQPACKET) {
    TRY(sock_error());
    if (sk_state != SockState::established) return Err(ENOTCONN);
    msg.name.clear();
  }
  return dgram_sendmsg(msg, flags);
}

Result<size_t> unix_sock::recvmsg(kernel_msghdr& msg, unsigned flags) {
  if ((flags & MSG_OOB) != 0) return Err(EOPNOTSUPP);
  if (sk_type == SOCK_STREAM) return stream_recvmsg(msg, flags);
  if (sk_type == SOCK_SEQPACKET && sk_state != SockState::established) return Err(ENOTCONN);
  return dgram_recvmsg(msg, flags);
}
