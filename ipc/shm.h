// Shared memory segments. Linux: ipc/shm.c. The system calls are in ipc/ipc_abi.h.
#pragma once

#include <functional>

#include "ipc/util.h"

enum : int {
  SHM_RDONLY = 010000,
  SHM_RND = 020000,
  SHM_REMAP = 040000,
  SHM_EXEC = 0100000,
  SHM_LOCK = 11,
  SHM_UNLOCK = 12,
  SHM_STAT = 13,
  SHM_INFO = 14,
  SHM_STAT_ANY = 15,
  SHM_HUGETLB = 04000,
  SHM_NORESERVE = 010000,
  SHM_DEST = 01000,
  SHM_LOCKED = 02000,
};
inline constexpr uint64_t SHMMNI = 4096;

struct shmid_info {
  ipc_perm_info perm;
  uint64_t segsz = 0, nattch = 0;
  int64_t atime = 0, dtime = 0, ctime = 0;
  int cpid = 0, lpid = 0;
};
struct shm_usage {
  int used_ids = 0;
  uint64_t shm_tot = 0, shm_rss = 0;  // pages
};

Result<long> do_shmget(int key, uint64_t size, int flags);
Result<uint64_t> do_shmat(int id, uint64_t addr, int flags);
Result<void> do_shmdt(uint64_t addr);
Result<long> shmctl_stat(int id, int cmd, shmid_info& info);
Result<void> shmctl_set(int id, const ipc_perm_info& perm);
Result<void> shmctl_rmid(int id);
Result<void> shmctl_lock(int id, bool lock);
int shm_max_index();
shm_usage shm_total();
void for_each_shm(const std::function<void(int id, const shmid_info&)>& f);
