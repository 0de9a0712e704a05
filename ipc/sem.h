// Semaphore sets. Linux: ipc/sem.c. The system calls are in ipc/ipc_abi.h.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "ipc/util.h"

enum : int {
  GETPID = 11,
  GETVAL = 12,
  GETALL = 13,
  GETNCNT = 14,
  GETZCNT = 15,
  SETVAL = 16,
  SETALL = 17,
  SEM_STAT = 18,
  SEM_INFO = 19,
  SEM_STAT_ANY = 20,
  SEM_UNDO = 0x1000,
};
inline constexpr int SEMVMX = 32767;
inline constexpr unsigned SEMOPM = 500;

struct sembuf {  // the same in every ABI
  uint16_t sem_num;
  int16_t sem_op, sem_flg;
};
struct semid_info {
  ipc_perm_info perm;
  int64_t otime = 0, ctime = 0;
  uint64_t nsems = 0;
};
struct seminfo {
  int semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

Result<long> do_semget(int key, int nsems, int flags);
// `timeout`: ns from now.
Result<void> do_semop(int id, std::span<const sembuf> sops, std::optional<uint64_t> timeout);
Result<long> semctl_stat(int id, int cmd, semid_info& info);
Result<void> semctl_set(int id, const ipc_perm_info& perm);
Result<void> semctl_rmid(int id);
Result<long> semctl_get(int id, int num, int cmd);  // GETVAL, GETPID, GETNCNT, GETZCNT
Result<void> semctl_setval(int id, int num, int value);
Result<std::vector<uint16_t>> semctl_getall(int id);
Result<size_t> semctl_nsems(int id);  // for SETALL; EACCES as SETALL would
Result<void> semctl_setall(int id, std::span<const uint16_t> values);
long semctl_info(int cmd, seminfo& info);
void for_each_sem_array(const std::function<void(int id, const semid_info&)>& f);
// The process is gone: its SEM_UNDO adjustments are applied.
void exit_sem(signal_struct& s);
void sem_init();  // lets do_exit know exit_sem
