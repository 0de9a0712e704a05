// Unix-domain sockets. Linux: include/net/af_unix.h. Three kinds in one class, as there: stream and
// seqpacket have connections, dgram may have a peer.
#pragma once

#include <boost/intrusive/list.hpp>
#include <deque>
#include <memory>

#include "net/socket.h"

struct unix_sock;

// A message on its way; its memory is charged to the sender until it is gone.
struct sk_buff {
  sk_buff(Ref<unix_sock> from, size_t size);
  ~sk_buff();
  sk_buff(const sk_buff&) = delete;
  sk_buff& operator=(const sk_buff&) = delete;

  size_t len() const { return size - consumed; }
  const std::byte* data() const { return bytes.get() + consumed; }

  Ref<unix_sock> owner;  // the sender; for a connection request the new socket
  std::unique_ptr<std::byte[]> bytes;
  size_t size, consumed = 0;
  ucred_ids creds;
  InflightFiles files;
  size_t truesize;
};

using unix_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct unix_sock final : sock, unix_hook {
  explicit unix_sock(int type) : sock(AF_UNIX, type) { all().push_back(*this); }
  ~unix_sock() override;
  // Every socket that exists, oldest first (/proc/net/unix).
  using list = boost::intrusive::list<unix_sock, boost::intrusive::base_hook<unix_hook>,
                                      boost::intrusive::constant_time_size<false>>;
  static list& all();

  void release() override;
  Result<void> bind(const sockaddr_bytes& name) override;
  Result<void> connect(const sockaddr_bytes& name, bool nonblock) override;
  Result<void> listen(int backlog) override;
  Result<Ref<sock>> accept(bool nonblock) override;
  Result<void> shutdown(int how) override;
  Result<sockaddr_bytes> getname(bool peer) override;
  Result<size_t> sendmsg(kernel_msghdr& msg, unsigned flags) override;
  Result<size_t> recvmsg(kernel_msghdr& msg, unsigned flags) override;
  unsigned poll(file& f, poll_table* pt) override;
  Result<long> ioctl(unsigned cmd, uint64_t arg) override;

  bool connection_based() const { return sk_type == SOCK_STREAM || sk_type == SOCK_SEQPACKET; }
  bool recvq_full() const { return queue.size() > max_ack_backlog; }
  void pair_with(unix_sock& other);
  Result<void> autobind();
  // Room in the send buffer for one more message. EPIPE, EAGAIN, ERESTARTSYS, the pending error.
  Result<void> wait_for_wmem(sock_timeo& timeo);
  void note_name(kernel_msghdr& msg, const sk_buff& skb) const;
  void note_creds(kernel_msghdr& msg, const sk_buff& skb) const;
  void peek_off_moved(size_t n, bool forward);

  sockaddr_bytes addr;  // where it is bound, family included; empty: unbound
  path where;           // the inode of a bound path
  Ref<unix_sock> peer;
  std::deque<std::unique_ptr<sk_buff>> queue;
  size_t max_ack_backlog = 10;  // net.unix.max_dgram_qlen; listen(2)'s for a listener
  wait_queue peer_wait;         // those who wait for room in our queue
  // for the collector
  size_t inflight = 0, gc_external = 0;
  bool gc_reachable = false;

 private:
  Result<void> bind_path(std::string_view name);
  Result<void> connect_dgram(const sockaddr_bytes& name);
  Result<void> connect_stream(const sockaddr_bytes& name, bool nonblock);
  Result<size_t> stream_sendmsg(kernel_msghdr& msg, unsigned flags);
  Result<size_t> dgram_sendmsg(kernel_msghdr& msg, unsigned flags);
  Result<size_t> stream_recvmsg(kernel_msghdr& msg, unsigned flags);
  Result<size_t> dgram_recvmsg(kernel_msghdr& msg, unsigned flags);
  void peer_gone(bool reset);
};

// By name, for a socket of this kind. ECONNREFUSED, EPROTOTYPE, errors of the path walk.
Result<Ref<unix_sock>> unix_find_other(const sockaddr_bytes& name, int type);
// The name that counts of what the guest gave: cut at the NUL of a path. EINVAL.
Result<sockaddr_bytes> unix_mkname(const sockaddr_bytes& name);
Result<Ref<sock>> unix_create(int type, int protocol);
