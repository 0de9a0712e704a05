// Restartable sequences. Linux: kernel/rseq.c (6.1: the area has 32 bytes). The kernel's promise is
// that a thread which was interrupted inside a critical section never finishes it: it continues at
// the section's abort handler. All interruptions come through rseq_handle_notify_resume.
#include "kernel/rseq.h"

#include <array>

#include "kernel/sched.h"
#include "kernel/syscalls.h"

namespace {

// Layout of the user's struct rseq and struct rseq_cs; the same on every ABI.
constexpr uint64_t kAreaSize = 32, kRseqCsField = 8;
constexpr uint32_t kUninitialized = ~0U;
struct rseq_cs {
  uint32_t version, flags;
  uint64_t start_ip, post_commit_offset, abort_ip;
};
struct cpu_fields {
  uint32_t cpu_id_start, cpu_id;
};

Result<void> put_cpu(uint64_t area, uint32_t start, uint32_t id) {
  return put_user(user_ptr<cpu_fields>(area), {start, id});
}

// A host call less on nearly every switch: the number seldom changes.
Result<void> tell_cpu(task_struct& t) {
  if (t.rseq_cpu == t.cpu) return {};
  TRY(put_cpu(t.rseq, t.cpu, t.cpu));
  t.rseq_cpu = t.cpu;
  return {};
}

Result<rseq_cs> read_section(const task_struct& t, uint64_t at) {
  const uint64_t top = t.isa->task_size();
  const rseq_cs cs = TRY(get_user(user_ptr<rseq_cs>(at)));
  const uint64_t end = cs.start_ip + cs.post_commit_offset;
  if (cs.start_ip >= top || end >= top || cs.abort_ip >= top || end < cs.start_ip)
    return Err(EINVAL);
  if (cs.version > 0) return Err(EINVAL);
  if (cs.abort_ip - cs.start_ip < cs.post_commit_offset)
    return Err(EINVAL);  // abort inside the section
  // A signature in front of the handler keeps attackers from using any address as one.
  const uint32_t found = TRY(get_user(user_ptr<uint32_t>(cs.abort_ip - sizeof(uint32_t))));
  if (found != static_cast<uint32_t>(t.rseq_sig)) return Err(EINVAL);
  return cs;
}

Result<void> leave_section(task_struct& t) {
  const uint64_t at = TRY(get_user(user_ptr<uint64_t>(t.rseq + kRseqCsField)));
  if (at == 0) return {};
  const rseq_cs cs = TRY(read_section(t, at));
  // Lazily cleared by the program: an old pointer only says that a section was left.
  TRY(put_user(user_ptr<uint64_t>(t.rseq + kRseqCsField), 0));
  if (t.isa->pc(t.thread) - cs.start_ip >= cs.post_commit_offset) return {};
  if (!t.isa->set_pc(t.thread, cs.abort_ip)) return Err(ENOSYS);
  return {};
}

Result<void> unregister(uint64_t area, uint32_t len, uint32_t sig) {
  task_struct& t = *current;
  if (t.rseq == 0 || t.rseq != area || len != t.rseq_len) return Err(EINVAL);
  if (t.rseq_sig != sig) return Err(EPERM);
  TRY(put_cpu(area, 0, kUninitialized));
  t.rseq = t.rseq_len = t.rseq_sig = 0;
  return {};
}

}  // namespace

void rseq_handle_notify_resume(task_struct& t) {
  if (t.rseq == 0 || (t.flags & PF_EXITING) != 0) return;
  if (leave_section(t) && tell_cpu(t)) return;
  kernel_siginfo info;
  info.si_signo = SIGSEGV;
  info.si_code = SI_KERNEL;
  (void)force_sig(t, info);
}

void rseq_slept(task_struct& t) {
  if (tell_cpu(t)) return;
  kernel_siginfo info;
  info.si_signo = SIGSEGV;
  info.si_code = SI_KERNEL;
  (void)force_sig(t, info);
}

SyscallResult sys_rseq(user_ptr<void> rseq, uint32_t len, int flags, uint32_t sig) {
  constexpr int kUnregister = 1;
  task_struct& t = *current;
  if ((flags & kUnregister) != 0) {
    if ((flags & ~kUnregister) != 0) return Err(EINVAL);
    TRY(unregister(rseq.addr, len, sig));
    return 0;
  }
  if (flags != 0) return Err(EINVAL);
  if (t.rseq != 0) {
    if (t.rseq != rseq.addr || t.rseq_len != len) return Err(EINVAL);
    return Err(t.rseq_sig != sig ? EPERM : EBUSY);
  }
  if (rseq.addr % kAreaSize != 0 || len != kAreaSize) return Err(EINVAL);
  TRY(put_cpu(rseq.addr, t.cpu, t.cpu));
  t.rseq_cpu = t.cpu;
  t.rseq = rseq.addr;
  t.rseq_len = len;
  t.rseq_sig = sig;
  return 0;
}
