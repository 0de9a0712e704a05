// Message queues: see ipc/msg.h. Linux: ipc/msg.c. Differences: a receiver takes its message itself
// and is not handed it; a full system (a million messages) answers ENOMEM.
#include "ipc/msg.h"

#include <list>

#include "kernel/wait.h"

namespace {

constexpr uint64_t kDefaultQbytes = 16384;  // MSGMNB
constexpr size_t kMaxQueues = 32000;        // MSGMNI
constexpr size_t kMaxMessages = 1 << 20;
size_t messages = 0;

struct msg_msg {
  msg_msg(int64_t t, std::vector<std::byte> x) : type(t), text(std::move(x)) { ++messages; }
  ~msg_msg() { --messages; }
  msg_msg(const msg_msg&) = delete;
  msg_msg& operator=(const msg_msg&) = delete;
  int64_t type;
  std::vector<std::byte> text;
};

struct msg_queue : kern_ipc_perm {
  std::list<msg_msg> list;
  uint64_t cbytes = 0, qbytes = kDefaultQbytes;
  int64_t stime = 0, rtime = 0, ctime = ipc_seconds();
  int lspid = 0, lrpid = 0;
  wait_queue senders, receivers;

  bool fits(uint64_t size) const { return size + cbytes <= qbytes && list.size() + 1 <= qbytes; }
  msqid_info info() const {
    return {ipc_info(*this), stime, rtime, ctime, cbytes, list.size(), qbytes, lspid, lrpid};
  }
};

ipc_ids<msg_queue>& ids() {
  static auto& all = *new ipc_ids<msg_queue>;
  return all;
}

using message = std::list<msg_msg>::iterator;

// The message that msgrcv's type and flags ask for: the first, the first of a type, the first of
// another type, the lowest up to -type, or the one at an index.
message find_msg(msg_queue& q, int64_t type, int flags) {
  auto it = q.list.begin();
  if ((flags & MSG_COPY) != 0) {
    for (int64_t i = 0; i < type && it != q.list.end(); ++i) ++it;
    return it;
  }
  if (type < 0) {
    const int64_t most = type == INT64_MIN ? INT64_MAX : -type;
    message best = q.list.end();
    for (; it != q.list.end(); ++it)
      if (it->type <= most && (best == q.list.end() || it->type < best->type)) best = it;
    return best;
  }
  if (type == 0) return it;
  const bool except = (flags & MSG_EXCEPT) != 0;
  while (it != q.list.end() && (it->type == type) == except) ++it;
  return it;
}

// EIDRM if the queue went away in the sleep.
template <class Condition>
Result<void> wait_on(msg_queue& q, wait_queue& where, Condition condition) {
  const WaitEnd end =
      wait_event_state(where, TASK_INTERRUPTIBLE, {}, [&] { return q.deleted || condition(); });
  if (q.deleted) return Err(EIDRM);
  if (end == WaitEnd::signal) return Err(ERESTARTNOHAND);
  return {};
}

}  // namespace

Result<long> do_msgget(int key, int flags) {
  return ipcget(
      ids(), key, flags, kMaxQueues, [] { return Result<Ref<msg_queue>>(make_ref<msg_queue>()); },
      [](msg_queue&) { return Result<void>(); });
}

Result<void> do_msgsnd(int id, int64_t type, std::vector<std::byte> text, int flags) {
  if (type < 1) return Err(EINVAL);
  const Ref<msg_queue> q = TRY(ids().obtain(id));
  TRY(ipcperms(*q, 0222));
  const uint64_t size = text.size();
  if (!q->fits(size)) {
    if ((flags & IPC_NOWAIT) != 0) return Err(EAGAIN);
    TRY(wait_on(*q, q->senders, [&] { return q->fits(size); }));
  }
  if (messages >= kMaxMessages) return Err(ENOMEM);
  q->list.emplace_back(type, std::move(text));
  q->cbytes += size;
  q->lspid = current->tgid;
  q->stime = ipc_seconds();
  wake_up_all(q->receivers);
  return {};
}

Result<long> do_msgrcv(int id, uint64_t room, int64_t type, int flags, const msg_store& store) {
  const bool copy = (flags & MSG_COPY) != 0;
  if (copy && ((flags & MSG_EXCEPT) != 0 || (flags & IPC_NOWAIT) == 0)) return Err(EINVAL);
  const Ref<msg_queue> q = TRY(ids().obtain(id));
  TRY(ipcperms(*q, 0444));
  message m = find_msg(*q, type, flags);
  if (m == q->list.end()) {
    if ((flags & IPC_NOWAIT) != 0) return Err(ENOMSG);
    TRY(wait_on(*q, q->receivers, [&] {
      m = find_msg(*q, type, flags);
      return m != q->list.end();
    }));
  }
  if (m->text.size() > room && (flags & MSG_NOERROR) == 0) return Err(E2BIG);
  const size_t n = std::min<uint64_t>(m->text.size(), room);
  if (copy) {
    TRY(store(m->type, std::span(m->text).first(n)));
    return static_cast<long>(n);
  }
  std::list<msg_msg> taken;
  taken.splice(taken.begin(), q->list, m);
  q->cbytes -= m->text.size();
  q->lrpid = current->tgid;
  q->rtime = ipc_seconds();
  wake_up_all(q->senders);
  TRY(store(m->type, std::span(m->text).first(n)));
  return static_cast<long>(n);
}

Result<long> msgctl_stat(int id, int cmd, msqid_info& info) {
  const Ref<msg_queue> q = TRY(cmd == IPC_STAT ? ids().obtain(id) : ids().at_index(id));
  if (cmd != MSG_STAT_ANY) TRY(ipcperms(*q, 0444));
  info = q->info();
  return cmd == IPC_STAT ? 0 : q->id;
}

Result<void> msgctl_set(int id, const ipc_perm_info& perm, uint64_t qbytes) {
  const Ref<msg_queue> q = TRY(ids().obtain(id));
  TRY(ipc_owner(*q));
  if (qbytes > kDefaultQbytes && !capable(CAP_SYS_RESOURCE)) return Err(EPERM);
  ipc_update_perm(*q, perm);
  q->qbytes = qbytes;
  q->ctime = ipc_seconds();
  // Some may have lost their right to wait, others may have room now: everybody looks again.
  wake_up_all(q->receivers);
  wake_up_all(q->senders);
  return {};
}

Result<void> msgctl_rmid(int id) {
  const Ref<msg_queue> q = TRY(ids().obtain(id));
  TRY(ipc_owner(*q));
  ids().remove(*q);
  wake_up_all(q->receivers);
  wake_up_all(q->senders);
  return {};
}

long msgctl_info(int cmd, msginfo& info) {
  constexpr int kMax = static_cast<int>(MSGMAX), kMnb = static_cast<int>(kDefaultQbytes);
  constexpr int kMni = static_cast<int>(kMaxQueues);
  info = {kMni * kMnb / 1024, kMnb, kMax, kMnb, kMni, 16, kMnb, 0xffff};
  if (cmd == MSG_INFO) {
    info.msgpool = static_cast<int>(ids().used());
    info.msgmap = info.msgtql = 0;
    ids().for_each([&](msg_queue& q) {
      info.msgmap += static_cast<int>(q.list.size());
      info.msgtql += static_cast<int>(q.cbytes);
    });
  }
  return ids().max_index();
}

void for_each_msg_queue(const std::function<void(int id, const msqid_info&)>& f) {
  ids().for_each([&](msg_queue& q) { f(q.id, q.info()); });
}
