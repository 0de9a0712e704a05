// The 16-bit user and group ids of i386's first system calls. Linux: kernel/uid16.c. An id that
// does not fit shows as 65534, and 65535 means "leave it" where -1 does.
#include "kernel/sched.h"
#include "kernel/sys_abi.h"
#include "kernel/syscalls.h"

namespace {

constexpr uint16_t kOverflowId = 65534;

uint16_t high2low(uint32_t id) { return id > 0xffff ? kOverflowId : static_cast<uint16_t>(id); }
uint32_t low2high(uint32_t id) { return (id & 0xffff) == 0xffff ? ~0U : id & 0xffff; }

SyscallResult lowered(SyscallResult id) {
  if (!id) return id;
  return high2low(static_cast<uint32_t>(*id));
}

}  // namespace

SyscallResult sys_getuid16() { return high2low(current->creds.uid); }
SyscallResult sys_geteuid16() { return high2low(current->creds.euid); }
SyscallResult sys_getgid16() { return high2low(current->creds.gid); }
SyscallResult sys_getegid16() { return high2low(current->creds.egid); }
SyscallResult sys_setuid16(kuid_t uid) { return sys_setuid(low2high(uid)); }
SyscallResult sys_setgid16(kgid_t gid) { return sys_setgid(low2high(gid)); }
SyscallResult sys_setreuid16(kuid_t ruid, kuid_t euid) {
  return sys_setreuid(low2high(ruid), low2high(euid));
}
SyscallResult sys_setregid16(kgid_t rgid, kgid_t egid) {
  return sys_setregid(low2high(rgid), low2high(egid));
}
SyscallResult sys_setresuid16(kuid_t ruid, kuid_t euid, kuid_t suid) {
  return sys_setresuid(low2high(ruid), low2high(euid), low2high(suid));
}
SyscallResult sys_setresgid16(kgid_t rgid, kgid_t egid, kgid_t sgid) {
  return sys_setresgid(low2high(rgid), low2high(egid), low2high(sgid));
}
SyscallResult sys_setfsuid16(kuid_t uid) { return lowered(sys_setfsuid(low2high(uid))); }
SyscallResult sys_setfsgid16(kgid_t gid) { return lowered(sys_setfsgid(low2high(gid))); }

SyscallResult sys_getresuid16(user_ptr<uint16_t> ruid, user_ptr<uint16_t> euid,
                              user_ptr<uint16_t> suid) {
  TRY(put_user(ruid, high2low(current->creds.uid)));
  TRY(put_user(euid, high2low(current->creds.euid)));
  TRY(put_user(suid, high2low(current->creds.suid)));
  return 0;
}

SyscallResult sys_getresgid16(user_ptr<uint16_t> rgid, user_ptr<uint16_t> egid,
                              user_ptr<uint16_t> sgid) {
  TRY(put_user(rgid, high2low(current->creds.gid)));
  TRY(put_user(egid, high2low(current->creds.egid)));
  TRY(put_user(sgid, high2low(current->creds.sgid)));
  return 0;
}

SyscallResult sys_getgroups16(int size, user_ptr<uint16_t> list) {
  const size_t n = TRY(groups_to_copy(size));
  if (size == 0 || n == 0) return static_cast<long>(n);
  std::vector<uint16_t> low;
  for (uint32_t gid : current->creds.groups) low.push_back(high2low(gid));
  TRY(put_user_array<uint16_t>(list, low));
  return static_cast<long>(n);
}

SyscallResult sys_setgroups16(int size, user_ptr<const uint16_t> list) {
  TRY(may_set_groups(size));
  std::vector<uint32_t> groups;
  for (uint16_t gid : TRY(get_user_array(list, static_cast<size_t>(size))))
    groups.push_back(low2high(gid));
  set_groups(std::move(groups));
  return 0;
}
