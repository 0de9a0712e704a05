// Descriptors and credentials in messages: see net/scm.h. Linux: net/core/scm.c, net/unix/scm.c.
// Difference: the number of descriptors in flight is limited for the whole system.
#include "net/scm.h"

#include <algorithm>

#include "kernel/sched.h"

namespace {

constexpr size_t kMaxInflight = 1 << 16;
size_t inflight = 0;

bool one_of(uint32_t id, uint32_t a, uint32_t b, uint32_t c) {
  return id == a || id == b || id == c;
}

}  // namespace

ucred_ids current_creds() { return {current->tgid, current->creds.euid, current->creds.egid}; }

Result<void> scm_check_creds(const ucred_ids& c) {
  const cred& me = current->creds;
  const bool pid_ok = c.pid == current->tgid || capable(CAP_SYS_ADMIN);
  const bool uid_ok = one_of(c.uid, me.uid, me.euid, me.suid) || capable(CAP_SETUID);
  const bool gid_ok = one_of(c.gid, me.gid, me.egid, me.sgid) || capable(CAP_SETGID);
  if (!pid_ok || !uid_ok || !gid_ok) return Err(EPERM);
  if (c.pid != current->tgid && find_task_by_pid(c.pid) == nullptr) return Err(ESRCH);
  return {};
}

Result<void> scm_fp_copy(std::span<const int32_t> fds, file_list& to) {
  if (fds.size() > SCM_MAX_FD || to.size() + fds.size() > SCM_MAX_FD) return Err(EINVAL);
  for (const int32_t fd : fds) to.push_back(TRY(fget(fd)));
  return {};
}

std::vector<int32_t> scm_detach_fds(file_list files, size_t room, bool cloexec) {
  std::vector<int32_t> fds;
  for (Ref<file>& f : files) {
    if (fds.size() == room) break;
    const Result<int> fd = fd_install_new(f, cloexec);
    if (!fd) break;
    fds.push_back(*fd);
  }
  scm_fput(std::move(files));
  return fds;
}

void scm_fput(file_list files) {
  static file_list dying;
  static bool running = false;
  for (Ref<file>& f : files) dying.push_back(std::move(f));
  if (running) return;  // a socket died in the loop below; its files take their turn there
  running = true;
  while (!dying.empty()) {
    Ref<file> f = std::move(dying.back());
    dying.pop_back();
  }
  running = false;
}

InflightFiles::~InflightFiles() {
  if (!files_.empty()) scm_fput(detach());
}

Result<InflightFiles> InflightFiles::attach(file_list files) {
  InflightFiles a;
  if (files.empty()) return a;
  if (inflight + files.size() > kMaxInflight) return Err(ETOOMANYREFS);
  inflight += files.size();
  for (Ref<file>& f : files) unix_inflight(*f);
  a.files_ = std::move(files);
  return a;
}

file_list InflightFiles::detach() {
  inflight -= files_.size();
  for (Ref<file>& f : files_) unix_notinflight(*f);
  return std::exchange(files_, {});
}
