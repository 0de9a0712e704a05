// The plain halves of the System V IPC calls. Linux: ipc/*.c.
#include "ipc/syscalls.h"

#include "ipc/mqueue_abi.h"
#include "ipc/msg.h"
#include "ipc/shm.h"
#include "mm/user_order.h"

SyscallResult sys_msgget(int key, int flags) { return do_msgget(key, flags); }
SyscallResult sys_semget(int key, int nsems, int flags) { return do_semget(key, nsems, flags); }
SyscallResult sys_shmget(int key, size_arg size, int flags) { return do_shmget(key, size, flags); }

SyscallResult semop_user(int id, user_ptr<const sembuf> sops, uint32_t count,
                         std::optional<uint64_t> timeout) {
  if (count < 1 || id < 0) return Err(EINVAL);
  if (count > SEMOPM) return Err(E2BIG);
  std::vector<sembuf> ops = TRY(get_user_array(sops, count));
  for (sembuf& op : ops)
    op = fields_in_user_order(op, &sembuf::sem_num, &sembuf::sem_op, &sembuf::sem_flg);
  TRY(do_semop(id, ops, timeout));
  return 0;
}

SyscallResult sys_semop(int id, user_ptr<const sembuf> sops, uint32_t count) {
  return semop_user(id, sops, count, {});
}

SyscallResult sys_shmat(int id, ulong_t addr, int flags) {
  return static_cast<long>(TRY(do_shmat(id, addr, flags)));
}

SyscallResult sys_shmdt(ulong_t addr) {
  TRY(do_shmdt(addr));
  return 0;
}

SyscallResult sys_mq_unlink(user_str name) {
  TRY(do_mq_unlink(TRY(getname(name))));
  return 0;
}
