// What the three System V objects share: keys, identifiers, permissions. Linux: ipc/util.h. One IPC
// namespace. An identifier is an index and a sequence number, so that an old one does not name a
// new object.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/sched.h"
#include "lib/ref.h"
#include "lib/result.h"

inline constexpr int IPC_PRIVATE = 0, IPC_CREAT = 01000, IPC_EXCL = 02000, IPC_NOWAIT = 04000;
inline constexpr int IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3, IPC_64 = 0x100;

struct kern_ipc_perm : RefCounted<kern_ipc_perm> {
  virtual ~kern_ipc_perm() = default;
  int key = 0, id = -1;
  uint32_t uid = 0, gid = 0, cuid = 0, cgid = 0, mode = 0;
  uint16_t seq = 0;
  bool deleted = false;
};

// What IPC_SET takes and IPC_STAT gives.
struct ipc_perm_info {
  int key = 0;
  uint32_t uid = 0, gid = 0, cuid = 0, cgid = 0, mode = 0;
  uint16_t seq = 0;
};

void ipc_init_owner(kern_ipc_perm& p, int key, int flags);
// `flags`: permission bits wanted (S_IRUGO, S_IWUGO in one triple or all). EACCES.
Result<void> ipcperms(const kern_ipc_perm& p, unsigned flags);
Result<void> ipc_owner(const kern_ipc_perm& p);  // IPC_SET, IPC_RMID: EPERM
void ipc_update_perm(kern_ipc_perm& p, const ipc_perm_info& from);
ipc_perm_info ipc_info(const kern_ipc_perm& p);
int64_t ipc_seconds();  // CLOCK_REALTIME

template <class T>
class ipc_ids {
 public:
  static constexpr int kIndexBits = 15;

  // EINVAL; EIDRM for an old identifier.
  Result<Ref<T>> obtain(int id) const {
    if (id < 0) return Err(EINVAL);
    Ref<T> p = TRY(at_index(id & ((1 << kIndexBits) - 1)));
    if (p->id != id) return Err(EIDRM);
    return p;
  }
  // The STAT commands take an index, or an identifier of which only the index counts.
  Result<Ref<T>> at_index(int index) const {
    if (index < 0) return Err(EINVAL);
    index &= (1 << kIndexBits) - 1;
    if (static_cast<size_t>(index) >= slots_.size() || !slots_[static_cast<size_t>(index)])
      return Err(EINVAL);
    return slots_[static_cast<size_t>(index)];
  }
  T* find_key(int key) const {
    for (const Ref<T>& p : slots_)
      if (p && p->key == key) return p.get();
    return nullptr;
  }
  // Gives it an identifier; ENOSPC when `limit` objects exist.
  Result<int> add(const Ref<T>& p, size_t limit) {
    if (used_ >= limit) return Err(ENOSPC);
    size_t index = 0;
    while (index < slots_.size() && slots_[index]) ++index;
    if (index == slots_.size()) slots_.emplace_back();
    slots_[index] = p;
    ++used_;
    seq_ = static_cast<uint16_t>((seq_ + 1) & 0x7fff);
    p->seq = seq_;
    return p->id = (seq_ << kIndexBits) | static_cast<int>(index);
  }
  void remove(T& p) {
    p.deleted = true;
    --used_;
    slots_[static_cast<size_t>(p.id & ((1 << kIndexBits) - 1))].reset();
    while (!slots_.empty() && !slots_.back()) slots_.pop_back();
  }
  size_t used() const { return used_; }
  int max_index() const { return slots_.empty() ? 0 : static_cast<int>(slots_.size()) - 1; }
  template <class F>
  void for_each(F f) const {
    for (size_t i = 0; i < slots_.size(); ++i)
      if (const Ref<T> p = slots_[i]) f(*p);
  }

 private:
  std::vector<Ref<T>> slots_;
  size_t used_ = 0;
  uint16_t seq_ = 0;
};

// The *get calls. make() -> Result<Ref<T>> builds a new object; check(T&) -> Result<void> sees
// whether an existing one will do.
template <class T, class Make, class Check>
Result<long> ipcget(ipc_ids<T>& ids, int key, int flags, size_t limit, Make make, Check check) {
  T* found = key == IPC_PRIVATE ? nullptr : ids.find_key(key);
  if (found != nullptr) {
    if ((flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0) return Err(EEXIST);
    TRY(check(*found));
    TRY(ipcperms(*found, static_cast<unsigned>(flags)));
    return found->id;
  }
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return Err(ENOENT);
  const Ref<T> p = TRY(make());
  ipc_init_owner(*p, key, flags);
  return TRY(ids.add(p, limit));
}
