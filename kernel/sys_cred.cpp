// User and group ids, supplementary groups, capabilities. Linux: kernel/sys.c, kernel/groups.c,
// kernel/capability.c, security/commoncap.c, kernel/ptrace.c (ptrace_may_access). Differences:
// credentials are values in the task, changed in place; there are no user name spaces.
#include <algorithm>

#include "kernel/cred.h"
#include "kernel/sys_abi.h"
#include "kernel/syscalls.h"
#include "mm/mm.h"

namespace {

constexpr uint32_t kNoId = ~0U;
constexpr int kMaxGroups = 65536;
constexpr unsigned kNoSetuidFixup = 1U << 2;  // SECBIT_NO_SETUID_FIXUP

// What remains to be done when the effective identity changed.
void committed(const cred& old) {
  const cred& c = current->creds;
  if (old.euid != c.euid || old.egid != c.egid || old.fsuid != c.fsuid || old.fsgid != c.fsgid) {
    if (current->mm) current->mm->dumpable = false;
    current->pdeath_signal = 0;
  }
}

void commit_uids(const cred& old) {
  cap_emulate_setxuid(*current, old);
  committed(old);
}

bool is_any_uid(const cred& c, uint32_t id) { return id == c.uid || id == c.euid || id == c.suid; }
bool is_any_gid(const cred& c, uint32_t id) { return id == c.gid || id == c.egid || id == c.sgid; }

}  // namespace

bool ptrace_may_access(const task_struct& t) {
  if (t.group_leader == current->group_leader) return true;
  const cred &me = current->creds, &other = t.creds;
  const bool same = me.uid == other.euid && me.uid == other.suid && me.uid == other.uid &&
                    me.gid == other.egid && me.gid == other.sgid && me.gid == other.gid;
  if (!same && !capable(CAP_SYS_PTRACE)) return false;
  if (t.mm && !t.mm->dumpable && !capable(CAP_SYS_PTRACE)) return false;
  return (other.cap_permitted & ~me.cap_permitted & kAllCaps) == 0 || capable(CAP_SYS_PTRACE);
}

void cap_emulate_setxuid(task_struct& t, const cred& old) {
  constexpr uint64_t kFsCaps = 1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE |
                               1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_FOWNER |
                               1ULL << CAP_FSETID | 1ULL << CAP_LINUX_IMMUTABLE |
                               1ULL << CAP_MKNOD | 1ULL << CAP_MAC_OVERRIDE;
  cred& c = t.creds;
  if ((c.securebits & kNoSetuidFixup) != 0) return;
  const bool had_root = old.uid == 0 || old.euid == 0 || old.suid == 0;
  const bool has_root = c.uid == 0 || c.euid == 0 || c.suid == 0;
  if (had_root && !has_root) {
    if (!t.keep_caps) c.cap_permitted = c.cap_effective = 0;
    c.cap_ambient = 0;
  }
  if (old.euid == 0 && c.euid != 0) c.cap_effective = 0;
  if (old.euid != 0 && c.euid == 0) c.cap_effective = c.cap_permitted;
  if (old.fsuid == 0 && c.fsuid != 0) c.cap_effective &= ~kFsCaps;
  if (old.fsuid != 0 && c.fsuid == 0) c.cap_effective |= c.cap_permitted & kFsCaps;
}

SyscallResult sys_getuid() { return current->creds.uid; }
SyscallResult sys_geteuid() { return current->creds.euid; }
SyscallResult sys_getgid() { return current->creds.gid; }
SyscallResult sys_getegid() { return current->creds.egid; }

SyscallResult sys_setuid(kuid_t uid) {
  if (uid == kNoId) return Err(EINVAL);
  cred& c = current->creds;
  const cred old = c;
  if (capable(CAP_SETUID))
    c.uid = c.suid = uid;
  else if (uid != c.uid && uid != c.suid)
    return Err(EPERM);
  c.euid = c.fsuid = uid;
  commit_uids(old);
  return 0;
}

SyscallResult sys_setgid(kgid_t gid) {
  if (gid == kNoId) return Err(EINVAL);
  cred& c = current->creds;
  const cred old = c;
  if (capable(CAP_SETGID))
    c.gid = c.sgid = gid;
  else if (gid != c.gid && gid != c.sgid)
    return Err(EPERM);
  c.egid = c.fsgid = gid;
  committed(old);
  return 0;
}

SyscallResult sys_setreuid(kuid_t ruid, kuid_t euid) {
  cred& c = current->creds;
  const cred old = c;
  const bool may = capable(CAP_SETUID);
  if (ruid != kNoId && !may && ruid != old.uid && ruid != old.euid) return Err(EPERM);
  if (euid != kNoId && !may && !is_any_uid(old, euid)) return Err(EPERM);
  if (ruid != kNoId) c.uid = ruid;
  if (euid != kNoId) c.euid = euid;
  if (ruid != kNoId || (euid != kNoId && euid != old.uid)) c.suid = c.euid;
  c.fsuid = c.euid;
  commit_uids(old);
  return 0;
}

SyscallResult sys_setregid(kgid_t rgid, kgid_t egid) {
  cred& c = current->creds;
  const cred old = c;
  const bool may = capable(CAP_SETGID);
  if (rgid != kNoId && !may && rgid != old.gid && rgid != old.egid) return Err(EPERM);
  if (egid != kNoId && !may && !is_any_gid(old, egid)) return Err(EPERM);
  if (rgid != kNoId) c.gid = rgid;
  if (egid != kNoId) c.egid = egid;
  if (rgid != kNoId || (egid != kNoId && egid != old.gid)) c.sgid = c.egid;
  c.fsgid = c.egid;
  committed(old);
  return 0;
}

SyscallResult sys_setresuid(kuid_t ruid, kuid_t euid, kuid_t suid) {
  cred& c = current->creds;
  const cred old = c;
  if (!capable(CAP_SETUID))
    for (uint32_t id : {ruid.value, euid.value, suid.value})
      if (id != kNoId && !is_any_uid(old, id)) return Err(EPERM);
  if (ruid != kNoId) c.uid = ruid;
  if (euid != kNoId) c.euid = euid;
  if (suid != kNoId) c.suid = suid;
  c.fsuid = c.euid;
  commit_uids(old);
  return 0;
}

SyscallResult sys_setresgid(kgid_t rgid, kgid_t egid, kgid_t sgid) {
  cred& c = current->creds;
  const cred old = c;
  if (!capable(CAP_SETGID))
    for (uint32_t id : {rgid.value, egid.value, sgid.value})
      if (id != kNoId && !is_any_gid(old, id)) return Err(EPERM);
  if (rgid != kNoId) c.gid = rgid;
  if (egid != kNoId) c.egid = egid;
  if (sgid != kNoId) c.sgid = sgid;
  c.fsgid = c.egid;
  committed(old);
  return 0;
}

SyscallResult sys_getresuid(user_ptr<uint32_t> ruid, user_ptr<uint32_t> euid,
                            user_ptr<uint32_t> suid) {
  TRY(put_user(ruid, current->creds.uid));
  TRY(put_user(euid, current->creds.euid));
  TRY(put_user(suid, current->creds.suid));
  return 0;
}

SyscallResult sys_getresgid(user_ptr<uint32_t> rgid, user_ptr<uint32_t> egid,
                            user_ptr<uint32_t> sgid) {
  TRY(put_user(rgid, current->creds.gid));
  TRY(put_user(egid, current->creds.egid));
  TRY(put_user(sgid, current->creds.sgid));
  return 0;
}

// These two never fail: they return the old id, changed or not.
SyscallResult sys_setfsuid(kuid_t uid) {
  cred& c = current->creds;
  const cred old = c;
  if (uid != kNoId && (is_any_uid(c, uid) || uid == c.fsuid || capable(CAP_SETUID))) {
    c.fsuid = uid;
    commit_uids(old);
  }
  return old.fsuid;
}

SyscallResult sys_setfsgid(kgid_t gid) {
  cred& c = current->creds;
  const cred old = c;
  if (gid != kNoId && (is_any_gid(c, gid) || gid == c.fsgid || capable(CAP_SETGID))) {
    c.fsgid = gid;
    committed(old);
  }
  return old.fsgid;
}

Result<size_t> groups_to_copy(int size) {
  const size_t n = current->creds.groups.size();
  if (size < 0 || (size != 0 && n > static_cast<size_t>(size))) return Err(EINVAL);
  return n;
}

Result<void> may_set_groups(int size) {
  if (!capable(CAP_SETGID)) return Err(EPERM);
  if (size < 0 || size > kMaxGroups) return Err(EINVAL);
  return {};
}

void set_groups(std::vector<uint32_t> groups) {
  std::ranges::sort(groups);
  current->creds.groups = std::move(groups);
}

SyscallResult sys_getgroups(int size, user_ptr<uint32_t> list) {
  const size_t n = TRY(groups_to_copy(size));
  if (size != 0 && n != 0) TRY(put_user_array<uint32_t>(list, current->creds.groups));
  return static_cast<long>(n);
}

SyscallResult sys_setgroups(int size, user_ptr<const uint32_t> list) {
  TRY(may_set_groups(size));
  set_groups(TRY(get_user_array(list, static_cast<size_t>(size))));
  return 0;
}

Result<cap_sets> task_caps(int pid) {
  if (pid < 0) return Err(EINVAL);
  const task_struct* t = pid == 0 ? current : find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  const cred& c = t->creds;
  return cap_sets{c.cap_effective & kAllCaps, c.cap_permitted & kAllCaps,
                  c.cap_inheritable & kAllCaps};
}

Result<void> set_task_caps(int pid, cap_sets wanted) {
  if (pid != 0 && pid != current->pid) return Err(EPERM);
  cred& c = current->creds;
  wanted.effective &= kAllCaps;
  wanted.permitted &= kAllCaps;
  wanted.inheritable &= kAllCaps;
  const uint64_t may_inherit = capable(CAP_SETPCAP) ? ~0ULL : c.cap_inheritable | c.cap_permitted;
  if ((wanted.inheritable & ~may_inherit) != 0) return Err(EPERM);
  if ((wanted.inheritable & ~(c.cap_inheritable | c.cap_bset)) != 0) return Err(EPERM);
  if ((wanted.permitted & ~c.cap_permitted) != 0 || (wanted.effective & ~wanted.permitted) != 0)
    return Err(EPERM);
  c.cap_effective = wanted.effective;
  c.cap_permitted = wanted.permitted;
  c.cap_inheritable = wanted.inheritable;
  c.cap_ambient &= wanted.permitted & wanted.inheritable;
  return {};
}
