// The collector for unix sockets in flight. Linux: net/unix/garbage.c, in the form that it had up
// to 6.9. A socket sent over a unix socket and then closed lives on in a message. If the message
// waits in the queue of a socket that itself lives only in messages, nobody can ever receive it.
// Candidates are the sockets whose every reference is a message; those that messages from outside
// the candidates refer to, and what they can reach, are kept; the others' messages are dropped. It
// runs when sockets are closed, the less often the more are in flight, so that a close costs the
// same however many there are.
#include <unordered_set>
#include <vector>

#include "net/af_unix.h"

namespace {

using sock_set = std::unordered_set<unix_sock*>;
sock_set& inflight_socks() {
  static auto& set = *new sock_set;
  return set;
}

unix_sock* unix_get_socket(file& f) {
  auto* s = dynamic_cast<socket_file*>(&f);
  return s != nullptr && s->sk->sk_family == AF_UNIX ? static_cast<unix_sock*>(s->sk.get())
                                                     : nullptr;
}

// Every message in the socket's queue and, for a listener, in those of the connections not
// accepted.
template <class F>
void scan_messages(unix_sock& u, F visit) {
  for (auto& skb : u.queue) {
    visit(*skb);
    if (u.sk_state == SockState::listening && skb->owner.get() != &u)
      scan_messages(*skb->owner, visit);
  }
}
template <class F>
void scan_children(unix_sock& u, F visit) {
  scan_messages(u, [&](sk_buff& skb) {
    for (const Ref<file>& f : skb.files.peek())
      if (unix_sock* child = unix_get_socket(*f)) visit(*child);
  });
}

void mark_reachable(std::vector<unix_sock*> todo, const sock_set& candidates) {
  while (!todo.empty()) {
    unix_sock& u = *todo.back();
    todo.pop_back();
    scan_children(u, [&](unix_sock& child) {
      if (child.gc_reachable || !candidates.contains(&child)) return;
      child.gc_reachable = true;
      todo.push_back(&child);
    });
  }
}

}  // namespace

void unix_inflight(file& f) {
  if (unix_sock* u = unix_get_socket(f); u != nullptr && u->inflight++ == 0)
    inflight_socks().insert(u);
}

void unix_notinflight(file& f) {
  if (unix_sock* u = unix_get_socket(f); u != nullptr && --u->inflight == 0)
    inflight_socks().erase(u);
}

void unix_gc() {
  static bool running = false;
  static size_t closed = 0;
  if (running || inflight_socks().empty()) return;
  constexpr size_t kShare = 2;
  if (++closed < inflight_socks().size() / kShare) return;
  closed = 0;
  sock_set candidates;
  for (unix_sock* u : inflight_socks()) {
    if (u->sk_file == nullptr || u->sk_file->use_count() != u->inflight) continue;
    u->gc_external = u->inflight;
    u->gc_reachable = false;
    candidates.insert(u);
  }
  for (unix_sock* u : candidates)
    scan_children(*u, [&](unix_sock& child) {
      if (candidates.contains(&child)) --child.gc_external;
    });
  std::vector<unix_sock*> roots;
  for (unix_sock* u : candidates) {
    if (u->gc_external == 0) continue;
    u->gc_reachable = true;
    roots.push_back(u);
  }
  mark_reachable(std::move(roots), candidates);
  file_list hitlist;
  for (unix_sock* u : candidates) {
    if (u->gc_reachable) continue;
    scan_messages(*u, [&](sk_buff& skb) {
      for (Ref<file>& f : skb.files.detach()) hitlist.push_back(std::move(f));
    });
  }
  running = true;
  scm_fput(std::move(hitlist));
  running = false;
}
