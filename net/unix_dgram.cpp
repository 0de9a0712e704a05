// Datagrams and packets. Linux: unix_dgram_sendmsg, __unix_dgram_recvmsg of net/unix/af_unix.c.
#include <algorithm>

#include "kernel/sched.h"
#include "net/af_unix.h"

namespace {

// A socket with a peer hears only from that peer.
bool may_send(const unix_sock& from, const unix_sock& to) {
  return !to.peer || to.peer.get() == &from;
}

}  // namespace

Result<void> unix_sock::connect_dgram(const sockaddr_bytes& given) {
  if (given.size() < 2) return Err(EINVAL);
  Ref<unix_sock> other;
  if (given[0] != 0 || given[1] != 0) {  // AF_UNSPEC disconnects
    const sockaddr_bytes name = TRY(unix_mkname(given));
    if (sk_passcred) TRY(autobind());
    other = TRY(unix_find_other(name, sk_type));
    if (!may_send(*this, *other)) return Err(EPERM);
  }
  const Ref<unix_sock> old = std::exchange(peer, other);
  sk_state = other ? SockState::established : SockState::closed;
  if (other) other->sk_state = SockState::established;
  if (!old || old == other) return {};
  // What the old peer sent is not for us any more, and it is told if it still thinks that we talk.
  if (!queue.empty()) {
    queue.clear();
    peer_wait.wake(TASK_NORMAL, 0);
    if (!old->sk_dead && old->peer.get() == this) {
      old->sk_err = ECONNRESET;
      old->state_change();
    }
  }
  old->sk_state = SockState::closed;
  return {};
}

Result<size_t> unix_sock::dgram_sendmsg(kernel_msghdr& msg, unsigned flags) {
  sockaddr_bytes name;
  if (!msg.name.empty()) name = TRY(unix_mkname(msg.name));
  Ref<unix_sock> other = peer;
  if (name.empty() && !other) return Err(ENOTCONN);
  if (sk_passcred) TRY(autobind());
  const size_t len = msg.iter.count();
  if (len > sk_sndbuf - 32) return Err(EMSGSIZE);
  sock_timeo timeo(sk_sndtimeo, (flags & MSG_DONTWAIT) != 0);
  TRY(wait_for_wmem(timeo));
  auto skb = std::make_unique<sk_buff>(Ref<unix_sock>(this), len);
  if (len != 0 && msg.iter.copy_from(skb->bytes.get(), len) != len) return Err(EFAULT);
  skb->creds = msg.scm.creds;
  skb->files = TRY(InflightFiles::attach(std::move(msg.scm.files)));
  for (;;) {
    if (!name.empty()) other = TRY(unix_find_other(name, sk_type));
    if (!may_send(*this, *other)) return Err(EPERM);
    if (other->sk_dead) {
      if (peer == other) {
        peer.reset();
        if (sk_type == SOCK_DGRAM) sk_state = SockState::closed;
        return Err(ECONNREFUSED);
      }
      if (name.empty()) return Err(ECONNRESET);
      continue;  // the name leads elsewhere by now, or nowhere
    }
    if ((other->sk_shutdown & RCV_SHUTDOWN) != 0) return Err(EPIPE);
    if (other.get() == this || other->peer.get() == this || !other->recvq_full()) break;
    TRY(timeo.wait(other->peer_wait, POLLOUT, true, [&] {
      return other->sk_dead || !other->recvq_full() || (other->sk_shutdown & RCV_SHUTDOWN) != 0;
    }));
  }
  other->queue.push_back(std::move(skb));
  other->data_ready();
  return len;
}

Result<size_t> unix_sock::dgram_recvmsg(kernel_msghdr& msg, unsigned flags) {
  const bool peek = (flags & MSG_PEEK) != 0;
  size_t index = 0, skip = 0;
  auto find = [&] {
    index = 0;
    skip = peek && sk_peek_off > 0 ? static_cast<size_t>(sk_peek_off) : 0;
    for (; index < queue.size(); ++index) {
      const size_t n = queue[index]->len();
      if (skip < n || (skip == 0 && n == 0)) break;
      skip -= n;
    }
    return index < queue.size();
  };
  TRY(sock_error());
  if (!find()) {
    const auto closed = [this] { return (sk_shutdown & RCV_SHUTDOWN) != 0; };
    // After a shutdown there will be no more; only a datagram socket that may not wait says EAGAIN.
    if (closed() && sk_type == SOCK_DGRAM && (flags & MSG_DONTWAIT) != 0) return Err(EAGAIN);
    sock_timeo timeo(sk_rcvtimeo, (flags & MSG_DONTWAIT) != 0);
    TRY(timeo.wait(sk_wait, POLLIN, true, [&] { return find() || sk_err != 0 || closed(); }));
    TRY(sock_error());
    if (!find()) return 0;
  }
  std::unique_ptr<sk_buff> taken;
  if (!peek) {
    taken = std::move(queue[index]);
    queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  }
  sk_buff& skb = peek ? *queue[index] : *taken;
  wake_up_poll(peer_wait, POLLOUT | POLLWRNORM | POLLWRBAND);
  note_name(msg, skb);
  note_creds(msg, skb);
  const size_t rest = skb.len() - skip;
  const size_t n = std::min(rest, msg.iter.count());
  if (n < rest) msg.flags |= MSG_TRUNC;
  if (n != 0 && msg.iter.copy_to(skb.data() + skip, n) != n) return Err(EFAULT);
  if (peek) {
    msg.scm.files = skb.files.peek();
    peek_off_moved(n, true);
  } else {
    msg.scm.files = skb.files.detach();
    peek_off_moved(skb.len(), false);
  }
  return (flags & MSG_TRUNC) != 0 ? rest : n;
}
