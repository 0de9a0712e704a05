// Semaphore sets: see ipc/sem.h. Linux: ipc/sem.c. As there, the operations of a sleeper are done
// for him by whoever makes them possible, in the order of arrival. Differences: undo lists belong
// to the process (all of its threads), whatever CLONE_SYSVSEM said.
#include "ipc/sem.h"

#include <algorithm>
#include <list>
#include <unordered_map>
#include <unordered_set>

#include "kernel/fork_hooks.h"
#include "kernel/wait.h"

namespace {

constexpr size_t kMaxArrays = 32000, kMaxPerArray = 32000;  // SEMMNI, SEMMSL
constexpr size_t kMaxTotal = 8 << 20;                       // semaphores in the system
constexpr int kSemaem = SEMVMX;                             // the largest adjustment
size_t total_sems = 0;

struct sem {
  int semval = 0, sempid = 0;
};

// One sleeper.
struct sem_queue {
  std::span<const sembuf> sops;
  signal_struct* owner;
  int pid;
  const sembuf* blocking = nullptr;
  std::optional<int> status;  // 0 or an errno once it is over
  wait_queue wait;

  void finish(int s) {
    status = s;
    wake_up(wait);
  }
};

using undo_list = std::vector<int16_t>;
std::unordered_set<const signal_struct*>& undo_owners() {
  static auto& set = *new std::unordered_set<const signal_struct*>;
  return set;
}

struct sem_array : kern_ipc_perm {
  explicit sem_array(size_t n) : sems(n) { total_sems += n; }
  ~sem_array() override { total_sems -= sems.size(); }

  std::vector<sem> sems;
  std::list<sem_queue*> pending;
  std::unordered_map<const signal_struct*, undo_list> undo;
  int64_t otime = 0, ctime = ipc_seconds();

  semid_info info() const { return {ipc_info(*this), otime, ctime, sems.size()}; }
  void clear_undo(size_t num) {
    for (auto& [owner, adj] : undo) adj[num] = 0;
  }
  int perform(sem_queue& q);
  void update_queue();
};

ipc_ids<sem_array>& ids() {
  static auto& all = *new ipc_ids<sem_array>;
  return all;
}

constexpr int kWouldBlock = -1;

// All operations or none: 0, an errno, or kWouldBlock with q.blocking set.
int sem_array::perform(sem_queue& q) {
  undo_list* adj = nullptr;
  if (const auto u = undo.find(q.owner); u != undo.end()) adj = &u->second;
  int error = 0;
  size_t done = 0;
  for (; done < q.sops.size(); ++done) {
    const sembuf& op = q.sops[done];
    sem& s = sems[op.sem_num];
    const int result = s.semval + op.sem_op;
    if ((op.sem_op == 0 && s.semval != 0) || result < 0) {
      q.blocking = &op;
      error = (op.sem_flg & IPC_NOWAIT) != 0 ? EAGAIN : kWouldBlock;
      break;
    }
    if (result > SEMVMX) {
      error = ERANGE;
      break;
    }
    if ((op.sem_flg & SEM_UNDO) != 0) {
      const int after = (*adj)[op.sem_num] - op.sem_op;
      if (after < -kSemaem - 1 || after > kSemaem) {
        error = ERANGE;
        break;
      }
      (*adj)[op.sem_num] = static_cast<int16_t>(after);
    }
    s.semval = result;
  }
  if (error == 0) {
    for (const sembuf& op : q.sops) sems[op.sem_num].sempid = q.pid;
    otime = ipc_seconds();
    return 0;
  }
  while (done-- != 0) {
    const sembuf& op = q.sops[done];
    sems[op.sem_num].semval -= op.sem_op;
    if ((op.sem_flg & SEM_UNDO) != 0)
      (*adj)[op.sem_num] = static_cast<int16_t>((*adj)[op.sem_num] + op.sem_op);
  }
  return error;
}

// Something changed: completes every sleeper that can go on now, from the first again after each.
void sem_array::update_queue() {
  for (auto it = pending.begin(); it != pending.end();) {
    sem_queue& q = **it;
    const int result = perform(q);
    if (result == kWouldBlock) {
      ++it;
      continue;
    }
    pending.erase(it);
    q.finish(result);
    it = pending.begin();
  }
}

bool alters(const sembuf& op) { return op.sem_op != 0; }

Result<void> check_num(const sem_array& a, int num) {
  if (num < 0 || static_cast<size_t>(num) >= a.sems.size()) return Err(EINVAL);
  return {};
}

}  // namespace

Result<long> do_semget(int key, int nsems, int flags) {
  if (nsems < 0 || static_cast<size_t>(nsems) > kMaxPerArray) return Err(EINVAL);
  const auto n = static_cast<size_t>(nsems);
  return ipcget(
      ids(), key, flags, kMaxArrays,
      [n]() -> Result<Ref<sem_array>> {
        if (n == 0) return Err(EINVAL);
        if (total_sems + n > kMaxTotal) return Err(ENOSPC);
        return make_ref<sem_array>(n);
      },
      [n](sem_array& a) -> Result<void> {
        if (n > a.sems.size()) return Err(EINVAL);
        return {};
      });
}

Result<void> do_semop(int id, std::span<const sembuf> sops, std::optional<uint64_t> timeout) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  for (const sembuf& op : sops)
    if (op.sem_num >= a->sems.size()) return Err(EFBIG);
  const bool alter = std::ranges::any_of(sops, alters);
  TRY(ipcperms(*a, alter ? 0222 : 0444));
  sem_queue q{sops, current->signal.get(), current->tgid};
  if (std::ranges::any_of(sops, [](const sembuf& op) { return (op.sem_flg & SEM_UNDO) != 0; })) {
    undo_list& adj = a->undo[q.owner];
    adj.resize(a->sems.size());
    undo_owners().insert(q.owner);
  }
  const int result = a->perform(q);
  if (result == 0) {
    if (alter) a->update_queue();
    return {};
  }
  if (result != kWouldBlock) return Err(result);
  if (timeout && *timeout == 0) return Err(EAGAIN);
  a->pending.push_back(&q);
  std::optional<uint64_t> deadline;
  if (timeout) deadline = ktime_get() + *timeout;
  const WaitEnd end =
      wait_event_state(q.wait, TASK_INTERRUPTIBLE, deadline, [&] { return q.status.has_value(); });
  if (q.status) {
    if (*q.status != 0) return Err(*q.status);
    return {};
  }
  std::erase(a->pending, &q);
  return Err(end == WaitEnd::timeout ? EAGAIN : EINTR);
}

Result<long> semctl_stat(int id, int cmd, semid_info& info) {
  const Ref<sem_array> a = TRY(cmd == IPC_STAT ? ids().obtain(id) : ids().at_index(id));
  if (cmd != SEM_STAT_ANY) TRY(ipcperms(*a, 0444));
  info = a->info();
  return cmd == IPC_STAT ? 0 : a->id;
}

Result<void> semctl_set(int id, const ipc_perm_info& perm) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipc_owner(*a));
  ipc_update_perm(*a, perm);
  a->ctime = ipc_seconds();
  return {};
}

Result<void> semctl_rmid(int id) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipc_owner(*a));
  ids().remove(*a);
  for (sem_queue* q : std::exchange(a->pending, {})) q->finish(EIDRM);
  return {};
}

Result<long> semctl_get(int id, int num, int cmd) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipcperms(*a, 0444));
  TRY(check_num(*a, num));
  const sem& s = a->sems[static_cast<size_t>(num)];
  if (cmd == GETVAL) return s.semval;
  if (cmd == GETPID) return s.sempid;
  return std::ranges::count_if(a->pending, [&](const sem_queue* q) {
    return q->blocking->sem_num == num &&
           (cmd == GETZCNT ? q->blocking->sem_op == 0 : q->blocking->sem_op < 0);
  });
}

Result<void> semctl_setval(int id, int num, int value) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(check_num(*a, num));
  TRY(ipcperms(*a, 0222));
  if (value < 0 || value > SEMVMX) return Err(ERANGE);
  const auto n = static_cast<size_t>(num);
  a->clear_undo(n);
  a->sems[n] = {value, current->tgid};
  a->ctime = ipc_seconds();
  a->update_queue();
  return {};
}

Result<std::vector<uint16_t>> semctl_getall(int id) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipcperms(*a, 0444));
  std::vector<uint16_t> values;
  for (const sem& s : a->sems) values.push_back(static_cast<uint16_t>(s.semval));
  return values;
}

Result<size_t> semctl_nsems(int id) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipcperms(*a, 0222));
  return a->sems.size();
}

Result<void> semctl_setall(int id, std::span<const uint16_t> values) {
  const Ref<sem_array> a = TRY(ids().obtain(id));
  TRY(ipcperms(*a, 0222));
  if (values.size() != a->sems.size()) return Err(EINVAL);
  if (std::ranges::any_of(values, [](uint16_t v) { return v > SEMVMX; })) return Err(ERANGE);
  for (size_t i = 0; i < values.size(); ++i) {
    a->sems[i] = {values[i], current->tgid};
    a->clear_undo(i);
  }
  a->ctime = ipc_seconds();
  a->update_queue();
  return {};
}

long semctl_info(int cmd, seminfo& info) {
  constexpr int kMni = static_cast<int>(kMaxArrays), kMsl = static_cast<int>(kMaxPerArray);
  constexpr int kMns = kMni * kMsl;
  info = {kMns, kMni,   kMns,   kMns, kMsl, static_cast<int>(SEMOPM), static_cast<int>(SEMOPM),
          20,   SEMVMX, kSemaem};
  if (cmd == SEM_INFO) {
    info.semusz = static_cast<int>(ids().used());
    info.semaem = static_cast<int>(total_sems);
  }
  return ids().max_index();
}

void for_each_sem_array(const std::function<void(int id, const semid_info&)>& f) {
  ids().for_each([&](sem_array& a) { f(a.id, a.info()); });
}

void exit_sem(signal_struct& s) {
  if (undo_owners().erase(&s) == 0) return;
  ids().for_each([&](sem_array& a) {
    const auto u = a.undo.find(&s);
    if (u == a.undo.end()) return;
    const undo_list adj = std::move(u->second);
    a.undo.erase(u);
    for (size_t i = 0; i < adj.size(); ++i) {
      if (adj[i] == 0) continue;
      a.sems[i] = {std::clamp(a.sems[i].semval + adj[i], 0, SEMVMX), s.tgid};
    }
    a.otime = ipc_seconds();
    a.update_queue();
  });
}

void sem_init() { exit_sem_hook = exit_sem; }
