// System V IPC calls whose structures depend on the ABI, and i386's ipc(2), the one door to all of
// them until 5.1. Linux: ipc/*.c, ipc/syscall.c, ipc/compat.c. Only the IPC_64 forms; the 16-bit
// ones of before 2.4 answer EINVAL.
#pragma once

#include <boost/endian/arithmetic.hpp>

#include <algorithm>
#include <cstring>

#include "ipc/msg.h"
#include "ipc/shm.h"
#include "ipc/syscalls.h"
#include "kernel/time_abi.h"
#include "mm/user_order.h"

namespace abi_ipc {

// Wire forms by word (uapi/asm/{ipc,msg,sem,shm}buf.h of x86 and asm-generic).
template <class W>
struct wire;
template <>
struct wire<uint64_t> {
  struct perm {
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;
    uint16_t seq, pad;
    uint64_t unused[2];
  };
  struct msqid {
    perm p;
    int64_t stime, rtime, ctime;
    uint64_t cbytes, qnum, qbytes;
    int32_t lspid, lrpid;
    uint64_t unused[2];
  };
  struct semid {
    perm p;
    int64_t otime;
    uint64_t unused1;
    int64_t ctime;
    uint64_t unused2, nsems, unused3, unused4;
  };
  struct shmid {
    perm p;
    uint64_t segsz;
    int64_t atime, dtime, ctime;
    int32_t cpid, lpid;
    uint64_t nattch, unused[2];
  };
};
// On 32-bit machines the times came to have a high half where padding was.
template <class Perm, class U, class S>
struct wire32 {
  using perm = Perm;
  struct msqid {
    perm p;
    U stime, stime_high, rtime, rtime_high, ctime, ctime_high, cbytes, qnum, qbytes;
    S lspid, lrpid;
    U unused[2];
  };
  struct semid {
    perm p;
    U otime, otime_high, ctime, ctime_high, nsems, unused[2];
  };
  struct shmid {
    perm p;
    U segsz, atime, atime_high, dtime, dtime_high, ctime, ctime_high;
    S cpid, lpid;
    U nattch, unused[2];
  };
};
struct i386_perm {
  int32_t key;
  uint32_t uid, gid, cuid, cgid;
  uint16_t mode, pad1, seq, pad2;
  uint32_t unused[2];
};
template <>
struct wire<uint32_t> : wire32<i386_perm, uint32_t, int32_t> {};
// asm-generic, big-endian: the mode is a whole word.
struct be32_perm {
  boost::endian::big_int32_t key;
  boost::endian::big_uint32_t uid, gid, cuid, cgid, mode;
  boost::endian::big_uint16_t seq, pad;
  boost::endian::big_uint32_t unused[2];
};
template <>
struct wire<boost::endian::big_uint32_t>
    : wire32<be32_perm, boost::endian::big_uint32_t, boost::endian::big_int32_t> {};
static_assert(sizeof(wire<uint64_t>::perm) == 48 && sizeof(wire<uint32_t>::perm) == 36);
static_assert(sizeof(wire<boost::endian::big_uint32_t>::perm) == 36);
static_assert(sizeof(wire<uint64_t>::msqid) == 120 && sizeof(wire<uint32_t>::msqid) == 88);
static_assert(sizeof(wire<uint64_t>::semid) == 104 && sizeof(wire<uint32_t>::semid) == 64);
static_assert(sizeof(wire<uint64_t>::shmid) == 112 && sizeof(wire<uint32_t>::shmid) == 84);
template <class W>
struct shminfo64 {
  W shmmax, shmmin, shmmni, shmseg, shmall, unused[4];
};
template <class W>
struct shm_info {
  int32_t used_ids;
  W shm_tot, shm_rss, shm_swp, swap_attempts, swap_successes;
};

template <class P>
P to_wire(const ipc_perm_info& i) {
  P p{};
  p.key = i.key;
  p.uid = i.uid;
  p.gid = i.gid;
  p.cuid = i.cuid;
  p.cgid = i.cgid;
  p.mode = static_cast<decltype(p.mode)>(i.mode);
  p.seq = i.seq;
  return p;
}
template <class P>
ipc_perm_info from_wire(const P& p) {
  ipc_perm_info i;
  i.uid = p.uid;
  i.gid = p.gid;
  i.mode = p.mode;
  return i;
}

// Seconds: one field, or two halves on a 32-bit ABI.
#define ABI_IPC_TIME(to, field, value)                                               \
  do {                                                                               \
    (to).field = static_cast<decltype((to).field)>(value);                           \
    if constexpr (requires { (to).field##_high; })                                   \
      (to).field##_high = static_cast<uint32_t>(static_cast<uint64_t>(value) >> 32); \
  } while (false)

template <class M>
M to_wire(const msqid_info& i) {
  M m{};
  m.p = to_wire<decltype(m.p)>(i.perm);
  ABI_IPC_TIME(m, stime, i.stime);
  ABI_IPC_TIME(m, rtime, i.rtime);
  ABI_IPC_TIME(m, ctime, i.ctime);
  m.cbytes = static_cast<decltype(m.cbytes)>(i.cbytes);
  m.qnum = static_cast<decltype(m.qnum)>(i.qnum);
  m.qbytes = static_cast<decltype(m.qbytes)>(i.qbytes);
  m.lspid = i.lspid;
  m.lrpid = i.lrpid;
  return m;
}
template <class S>
S to_wire(const semid_info& i) {
  S s{};
  s.p = to_wire<decltype(s.p)>(i.perm);
  ABI_IPC_TIME(s, otime, i.otime);
  ABI_IPC_TIME(s, ctime, i.ctime);
  s.nsems = static_cast<decltype(s.nsems)>(i.nsems);
  return s;
}
template <class S>
S to_wire(const shmid_info& i) {
  S s{};
  s.p = to_wire<decltype(s.p)>(i.perm);
  s.segsz = static_cast<decltype(s.segsz)>(i.segsz);
  ABI_IPC_TIME(s, atime, i.atime);
  ABI_IPC_TIME(s, dtime, i.dtime);
  ABI_IPC_TIME(s, ctime, i.ctime);
  s.cpid = i.cpid;
  s.lpid = i.lpid;
  s.nattch = static_cast<decltype(s.nattch)>(i.nattch);
  return s;
}
#undef ABI_IPC_TIME

}  // namespace abi_ipc

// ---- messages -------------------------------------------------------------------------

// A message in user memory: a long, then the text.
template <class Abi>
SyscallResult sys_msgsnd(int id, user_ptr<const void> msgp, slong size, int flags) {
  using S = typename Abi::sword;
  const S type = TRY(get_user(msgp.as<const S>()));
  if (size < 0 || static_cast<uint64_t>(size.value) > MSGMAX || id < 0) return Err(EINVAL);
  if (type < 1) return Err(EINVAL);
  std::vector<std::byte> text(static_cast<size_t>(size.value));
  TRY(copy_from_user(text.data(), msgp.addr + sizeof(S), text.size()));
  TRY(do_msgsnd(id, type, std::move(text), flags));
  return 0;
}

template <class Abi>
SyscallResult sys_msgrcv(int id, user_ptr<void> msgp, slong room, slong type, int flags) {
  using S = typename Abi::sword;
  if (id < 0 || room < 0) return Err(EINVAL);
  return do_msgrcv(id, static_cast<uint64_t>(room.value), type, flags,
                   [msgp](int64_t t, std::span<const std::byte> text) -> Result<void> {
                     TRY(put_user(msgp.as<S>(), static_cast<S>(t)));
                     return copy_to_user(msgp.addr + sizeof(S), text.data(), text.size());
                   });
}

template <class Abi>
SyscallResult sys_msgctl(int id, int cmd, user_ptr<void> buf) {
  using wire = typename abi_ipc::wire<typename Abi::uword>::msqid;
  cmd &= ~IPC_64;
  if (id < 0 || cmd < 0) return Err(EINVAL);
  switch (cmd) {
    case IPC_INFO:
    case MSG_INFO: {
      msginfo info;
      const long most = msgctl_info(cmd, info);
      info = fields_in_user_order(info, &msginfo::msgpool, &msginfo::msgmap, &msginfo::msgmax,
                                  &msginfo::msgmnb, &msginfo::msgmni, &msginfo::msgssz,
                                  &msginfo::msgtql, &msginfo::msgseg);
      TRY(put_user(buf.as<msginfo>(), info));
      return most;
    }
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY: {
      msqid_info info;
      const long r = TRY(msgctl_stat(id, cmd, info));
      TRY(put_user(buf.as<wire>(), abi_ipc::to_wire<wire>(info)));
      return r;
    }
    case IPC_SET: {
      const wire w = TRY(get_user(buf.as<const wire>()));
      TRY(msgctl_set(id, abi_ipc::from_wire(w.p), w.qbytes));
      return 0;
    }
    case IPC_RMID: TRY(msgctl_rmid(id)); return 0;
    default: return Err(EINVAL);
  }
}

// ---- semaphores -----------------------------------------------------------------------

template <class Timespec>
SyscallResult sys_semtimedop(int id, user_ptr<const sembuf> sops, uint32_t count,
                             user_ptr<const Timespec> timeout) {
  std::optional<uint64_t> ns;
  if (timeout) ns = TRY(detail::get_timespec(timeout));
  return semop_user(id, sops, count, ns);
}

// The fourth argument is a number or an address, as the command wants it.
template <class Abi>
SyscallResult sys_semctl(int id, int num, int cmd, ulong_t arg) {
  using wire = typename abi_ipc::wire<typename Abi::uword>::semid;
  cmd &= ~IPC_64;
  if (id < 0) return Err(EINVAL);
  switch (cmd) {
    case IPC_INFO:
    case SEM_INFO: {
      seminfo info;
      const long most = semctl_info(cmd, info);
      info = fields_in_user_order(info, &seminfo::semmap, &seminfo::semmni, &seminfo::semmns,
                                  &seminfo::semmnu, &seminfo::semmsl, &seminfo::semopm,
                                  &seminfo::semume, &seminfo::semusz, &seminfo::semvmx,
                                  &seminfo::semaem);
      TRY(put_user(user_ptr<seminfo>(arg), info));
      return most;
    }
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      semid_info info;
      const long r = TRY(semctl_stat(id, cmd, info));
      TRY(put_user(user_ptr<wire>(arg), abi_ipc::to_wire<wire>(info)));
      return r;
    }
    case GETALL: {
      const std::vector<uint16_t> values = TRY(semctl_getall(id));
      TRY(put_user_array<uint16_t>(user_ptr<uint16_t>(arg), values));
      return 0;
    }
    case SETALL: {
      const size_t n = TRY(semctl_nsems(id));
      const std::vector<uint16_t> values = TRY(get_user_array(user_ptr<const uint16_t>(arg), n));
      TRY(semctl_setall(id, values));
      return 0;
    }
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT: return semctl_get(id, num, cmd);
    case SETVAL: TRY(semctl_setval(id, num, static_cast<int>(arg.value))); return 0;
    case IPC_SET:
      TRY(semctl_set(id, abi_ipc::from_wire(TRY(get_user(user_ptr<const wire>(arg))).p)));
      return 0;
    case IPC_RMID: TRY(semctl_rmid(id)); return 0;
    default: return Err(EINVAL);
  }
}

// ---- shared memory --------------------------------------------------------------------

template <class Abi>
SyscallResult sys_shmctl(int id, int cmd, user_ptr<void> buf) {
  using W = typename Abi::uword;
  using wire = typename abi_ipc::wire<W>::shmid;
  cmd &= ~IPC_64;
  if (id < 0 || cmd < 0) return Err(EINVAL);
  switch (cmd) {
    case IPC_INFO: {
      constexpr uint64_t kAll = sizeof(W) == 8 ? UINT64_MAX : UINT32_MAX;
      const auto most = static_cast<W>(kAll - (1U << 24));
      TRY(put_user(buf.as<abi_ipc::shminfo64<W>>(),
                   {most, static_cast<W>(1), static_cast<W>(SHMMNI), static_cast<W>(SHMMNI), most, {}}));
      return shm_max_index();
    }
    case SHM_INFO: {
      const shm_usage u = shm_total();
      TRY(put_user(buf.as<abi_ipc::shm_info<W>>(),
                   {in_user_order(u.used_ids), static_cast<W>(u.shm_tot), static_cast<W>(u.shm_rss),
                    W{}, W{}, W{}}));
      return shm_max_index();
    }
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY: {
      shmid_info info;
      const long r = TRY(shmctl_stat(id, cmd, info));
      TRY(put_user(buf.as<wire>(), abi_ipc::to_wire<wire>(info)));
      return r;
    }
    case IPC_SET:
      TRY(shmctl_set(id, abi_ipc::from_wire(TRY(get_user(buf.as<const wire>())).p)));
      return 0;
    case IPC_RMID: TRY(shmctl_rmid(id)); return 0;
    case SHM_LOCK:
    case SHM_UNLOCK: TRY(shmctl_lock(id, cmd == SHM_LOCK)); return 0;
    default: return Err(EINVAL);
  }
}

// ---- ipc(2) ---------------------------------------------------------------------------

template <class Abi>
SyscallResult sys_ipc(uint32_t call, int first, ulong_t second, ulong_t third, ulong_t ptr,
                      slong fifth) {
  using W = typename Abi::uword;
  using S = typename Abi::sword;
  const uint32_t version = call >> 16;
  const int i2 = static_cast<int>(second.value), i3 = static_cast<int>(third.value);
  // Commands with a structure must mean the present one.
  auto modern = [](int cmd) {
    const int plain = cmd & ~IPC_64;
    return (cmd & IPC_64) != 0 || (plain != IPC_STAT && plain != IPC_SET);
  };
  const user_ptr<const sembuf> sops(ptr);
  switch (call & 0xffff) {
    case 1: return semop_user(first, sops, static_cast<uint32_t>(second.value), {});
    case 2: return sys_semget(first, i2, i3);
    case 3: {
      if (ptr == 0 || !modern(i3)) return Err(EINVAL);
      return sys_semctl<Abi>(first, i2, i3, {TRY(get_user(user_ptr<const W>(ptr)))});
    }
    case 4:
      return sys_semtimedop<typename Abi::timespec>(
          first, sops, static_cast<uint32_t>(second.value),
          user_ptr<const typename Abi::timespec>(static_cast<W>(fifth.value)));
    case 11:
      return sys_msgsnd<Abi>(first, user_ptr<const void>(ptr), {static_cast<S>(second.value)}, i3);
    case 12: {
      if (version != 0)
        return sys_msgrcv<Abi>(first, user_ptr<void>(ptr), {static_cast<S>(second.value)}, fifth,
                               i3);
      struct ipc_kludge {
        W msgp;
        S msgtyp;
      };
      if (ptr == 0) return Err(EINVAL);
      const ipc_kludge k = TRY(get_user(user_ptr<const ipc_kludge>(ptr)));
      return sys_msgrcv<Abi>(first, user_ptr<void>(k.msgp), {static_cast<S>(second.value)},
                             {k.msgtyp}, i3);
    }
    case 13: return sys_msgget(first, i2);
    case 14: return modern(i2) ? sys_msgctl<Abi>(first, i2, user_ptr<void>(ptr)) : Err(EINVAL);
    case 21: {
      if (version == 1) return Err(EINVAL);
      const uint64_t at = TRY(do_shmat(first, ptr, i2));
      TRY(put_user(user_ptr<W>(third), static_cast<W>(at)));
      return 0;
    }
    case 22: return sys_shmdt(ptr);
    case 23: return sys_shmget(first, {second.value}, i3);
    case 24: return modern(i2) ? sys_shmctl<Abi>(first, i2, user_ptr<void>(ptr)) : Err(EINVAL);
    default: return Err(ENOSYS);
  }
}
