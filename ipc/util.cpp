// Permissions of System V objects: see ipc/util.h. Linux: ipc/util.c.
#include "ipc/util.h"

#include "kernel/timer.h"

constexpr uint32_t kAccessBits = 0777;

void ipc_init_owner(kern_ipc_perm& p, int key, int flags) {
  p.key = key;
  p.mode = static_cast<uint32_t>(flags) & kAccessBits;
  p.uid = p.cuid = current->creds.euid;
  p.gid = p.cgid = current->creds.egid;
}

Result<void> ipcperms(const kern_ipc_perm& p, unsigned flags) {
  const unsigned wanted = flags >> 6 | flags >> 3 | flags;
  unsigned granted = p.mode;
  const uint32_t euid = current->creds.euid;
  if (euid == p.cuid || euid == p.uid)
    granted >>= 6;
  else if (in_group_p(p.cgid) || in_group_p(p.gid))
    granted >>= 3;
  if ((wanted & ~granted & 7) != 0 && !capable(CAP_IPC_OWNER)) return Err(EACCES);
  return {};
}

Result<void> ipc_owner(const kern_ipc_perm& p) {
  const uint32_t euid = current->creds.euid;
  if (euid == p.cuid || euid == p.uid || capable(CAP_SYS_ADMIN)) return {};
  return Err(EPERM);
}

void ipc_update_perm(kern_ipc_perm& p, const ipc_perm_info& from) {
  p.uid = from.uid;
  p.gid = from.gid;
  p.mode = (p.mode & ~kAccessBits) | (from.mode & kAccessBits);
}

ipc_perm_info ipc_info(const kern_ipc_perm& p) {
  return {p.key, p.uid, p.gid, p.cuid, p.cgid, p.mode, p.seq};
}

int64_t ipc_seconds() { return static_cast<int64_t>(ktime_get_real() / kNsec); }
