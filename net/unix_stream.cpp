// Data through stream sockets. Linux: unix_stream_sendmsg, unix_stream_read_generic of
// net/unix/af_unix.c.
#include <algorithm>

#include "kernel/sched.h"
#include "net/af_unix.h"

namespace {

constexpr size_t kMaxPiece = 32 * 1024;  // of a long write, each with a buffer of its own

}  // namespace

Result<size_t> unix_sock::stream_sendmsg(kernel_msghdr& msg, unsigned flags) {
  if (!msg.name.empty()) return Err(sk_state == SockState::established ? EISCONN : EOPNOTSUPP);
  if (!peer) return Err(ENOTCONN);
  const Ref<unix_sock> other = peer;
  InflightFiles files = TRY(InflightFiles::attach(std::move(msg.scm.files)));
  sock_timeo timeo(sk_sndtimeo, (flags & MSG_DONTWAIT) != 0);
  const size_t len = msg.iter.count();
  size_t sent = 0;
  std::optional<Errno> error;
  if ((sk_shutdown & SEND_SHUTDOWN) != 0) error = Errno{EPIPE};
  while (sent < len && !error) {
    if (const Result<void> room = wait_for_wmem(timeo); !room) {
      error = room.error();
      break;
    }
    const size_t n = std::min({len - sent, sk_sndbuf / 2 - 64, kMaxPiece});
    auto skb = std::make_unique<sk_buff>(Ref<unix_sock>(this), n);
    if (msg.iter.copy_from(skb->bytes.get(), n) != n) {
      error = Errno{EFAULT};
    } else if (other->sk_dead || (other->sk_shutdown & RCV_SHUTDOWN) != 0) {
      error = Errno{EPIPE};
    } else {
      skb->creds = msg.scm.creds;
      skb->files = std::move(files);  // with the first bytes
      other->queue.push_back(std::move(skb));
      other->data_ready();
      sent += n;
    }
  }
  if (sent != 0 || !error) return sent;
  if (*error == EPIPE && (flags & MSG_NOSIGNAL) == 0)
    (void)send_signal(*current, make_siginfo(SIGPIPE, SI_USER), true);
  return std::unexpected(*error);
}

Result<size_t> unix_sock::stream_recvmsg(kernel_msghdr& msg, unsigned flags) {
  if (sk_state != SockState::established) return Err(EINVAL);
  const bool peek = (flags & MSG_PEEK) != 0;
  sock_timeo timeo(sk_rcvtimeo, (flags & MSG_DONTWAIT) != 0);
  const size_t size = msg.iter.count();
  const size_t target =
      (flags & MSG_WAITALL) != 0 ? size : std::max<size_t>(1, std::min<size_t>(size, sk_rcvlowat));
  size_t copied = 0, index = 0;  // index: how far a peek has looked
  size_t skip = peek && sk_peek_off > 0 ? static_cast<size_t>(sk_peek_off) : 0;
  bool named = false;
  while (msg.iter.count() != 0) {
    while (index < queue.size() && skip >= queue[index]->len()) skip -= queue[index++]->len();
    if (index >= queue.size()) {
      if (copied >= target) break;
      if (const Result<void> e = sock_error(); !e) {
        if (copied == 0) return std::unexpected(e.error());
        break;
      }
      if ((sk_shutdown & RCV_SHUTDOWN) != 0) break;
      const size_t seen = index;
      const Result<void> more = timeo.wait(sk_wait, POLLIN, false, [&] {
        return queue.size() > seen || sk_err != 0 || (sk_shutdown & RCV_SHUTDOWN) != 0;
      });
      if (!more) {
        if (copied == 0) return std::unexpected(more.error());
        break;
      }
      // Another thread may have read meanwhile; then a peek looks from the start of what is left.
      index = std::min(index, queue.size());
      continue;
    }
    sk_buff& skb = *queue[index];
    // Bytes of different senders are not mixed where the receiver asks who sent them.
    if (named && sk_passcred && skb.creds != msg.scm.creds) break;
    if (!named) {
      note_creds(msg, skb);
      note_name(msg, skb);
      named = true;
    }
    const size_t chunk = std::min(skb.len() - skip, msg.iter.count());
    const size_t n = msg.iter.copy_to(skb.data() + skip, chunk);
    if (n < chunk) {  // all of what was sent at once, or none
      msg.iter.revert(n);
      if (copied == 0) return Err(EFAULT);
      break;
    }
    copied += n;
    const bool has_files = !skb.files.empty();
    if (peek) {
      if (has_files) msg.scm.files = skb.files.peek();
      peek_off_moved(n, true);
      skip += n;
      if (has_files) break;
      continue;
    }
    skb.consumed += n;
    peek_off_moved(n, false);
    if (has_files) msg.scm.files = skb.files.detach();
    if (skb.len() != 0) break;
    queue.pop_front();
    if (has_files) break;
  }
  return copied;
}
