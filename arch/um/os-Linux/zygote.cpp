// Starts and prepares the zygote. User-mode Linux's start_userspace() execs one stub per address
// space; this does it once, at boot, and clones afterwards: 40 us instead of 1 to 2 ms.
#include "arch/um/os-Linux/zygote.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/memfd.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>

#include <linux/ptrace.h>

#include "arch/um/os-Linux/guest_memory.h"
#include "arch/um/os-Linux/ptrace.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace um::os {
namespace {

// The descriptors that the zygote starts with.
constexpr int kStubPagesFd = 0, kStubSocket = 1, kStubExec = 2;
constexpr rlim_t kStubFiles = 4096;

// ---- the image ----

constexpr uint64_t kImageBase = 0x400000;
constexpr unsigned char kImageCode[] = {
    0xb8, 34,   0,    0, 0,  // 0  mov $SYS_pause, %eax
    0x0f, 0x05,              // 5  syscall
    0xeb, 0xf7,              // 7  jmp 0
    0x0f, 0x05, 0xcc,        // 9  syscall; int3   (run_bare's gadget)
    0xcd, 0x80, 0xcc,        // 12 int $0x80; int3 (try_int80)
    0x0f, 0x34, 0xcc,        // 15 sysenter; int3
};
constexpr uint64_t kBareOffset = 9, kInt80Offset = 12, kSysenterOffset = 15;

struct Image {
  Elf64_Ehdr ehdr;
  Elf64_Phdr load;
  Elf64_Phdr stack;
  unsigned char code[sizeof kImageCode];
};
constexpr uint64_t kCode = kImageBase + offsetof(Image, code);

Image make_image() {
  Image m{};
  std::memcpy(m.ehdr.e_ident, ELFMAG, SELFMAG);
  m.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
  m.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
  m.ehdr.e_ident[EI_VERSION] = EV_CURRENT;
  m.ehdr.e_type = ET_EXEC;
  m.ehdr.e_machine = EM_X86_64;
  m.ehdr.e_version = EV_CURRENT;
  m.ehdr.e_entry = kCode;
  m.ehdr.e_phoff = offsetof(Image, load);
  m.ehdr.e_ehsize = sizeof(Elf64_Ehdr);
  m.ehdr.e_phentsize = sizeof(Elf64_Phdr);
  m.ehdr.e_phnum = 2;
  m.load = {PT_LOAD, PF_R | PF_X, 0, kImageBase, kImageBase, sizeof m, sizeof m, kPage};
  // Without this header old hosts make every readable page executable.
  m.stack = {PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16};
  std::memcpy(m.code, kImageCode, sizeof kImageCode);
  return m;
}

int make_exec_file() {
  int fd = ::memfd_create("slot190-stub", MFD_CLOEXEC | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = ::memfd_create("slot190-stub", MFD_CLOEXEC);
  if (fd < 0) return -1;
  const Image image = make_image();
  if (::write(fd, &image, sizeof image) != static_cast<ssize_t>(sizeof image)) {
    ::close(fd);
    return -1;
  }
  return fd;
}

std::string why(const char* what, int error) {
  return std::string(what) + ": " + std::strerror(error);
}

// In the vfork child: only host calls from here to execveat.
[[noreturn]] void become_stub(const int (&fds)[3], pid_t parent) {
  // Its own session: no signal of the terminal reaches it.
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent || ::chdir("/") < 0) ::_exit(1);
  // First out of the way of one another, then into place.
  int high[3];
  for (int i = 0; i < 3; ++i)
    if ((high[i] = ::fcntl(fds[i], F_DUPFD, 16)) < 0) ::_exit(1);
  for (int i = 0; i < 3; ++i)
    if (::dup2(high[i], i) < 0) ::_exit(1);
  ::fcntl(kStubExec, F_SETFD, FD_CLOEXEC);
  if (::syscall(SYS_close_range, 3U, ~0U, 0U) < 0)
    for (int i = 3; i < 65536; ++i) ::close(i);
  char name[] = "slot190-stub";
  char* argv[] = {name, nullptr};
  char* envp[] = {nullptr};
  ::syscall(SYS_execveat, kStubExec, "", argv, envp, AT_EMPTY_PATH);
  ::_exit(errno);
}

// vfork: the kernel process may be large or sanitized; nothing of it is copied. A function of its
// own, so that nobody's locals live across the double return.
[[gnu::noinline]] pid_t vfork_stub(const int (&fds)[3], pid_t self) {
  const pid_t child = ::vfork();
  if (child == 0) become_stub(fds, self);
  return child;
}

void limit_stub(pid_t pid) {
  const rlimit none{0, 0};
  ::prlimit(pid, RLIMIT_CORE, &none, nullptr);
  rlimit files{};
  if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &files) == 0 && files.rlim_cur < kStubFiles) {
    files.rlim_cur = std::min(files.rlim_max, kStubFiles);
    ::prlimit(pid, RLIMIT_NOFILE, &files, nullptr);
  }
}

struct Area {
  uint64_t start = 0, end = 0;
};

// The host's [vvar*] and [vdso] mappings of a process; they must move as one block because the code
// reaches its data relative to itself.
struct VdsoAreas {
  std::vector<Area> parts;
  uint64_t code = 0;
};

VdsoAreas find_vdso(pid_t pid) {
  VdsoAreas found;
  const std::string path = "/proc/" + std::to_string(pid) + "/maps";
  FILE* f = std::fopen(path.c_str(), "re");
  if (f == nullptr) return found;
  char line[512];
  while (std::fgets(line, sizeof line, f) != nullptr) {
    unsigned long start = 0, end = 0;
    if (std::sscanf(line, "%lx-%lx", &start, &end) != 2) continue;
    const bool vvar = std::strstr(line, "[vvar") != nullptr;
    const bool vdso = std::strstr(line, "[vdso]") != nullptr;
    if (vvar || vdso) found.parts.push_back({start, end});
    if (vdso) found.code = start;
  }
  std::fclose(f);
  return found;
}

}  // namespace

// ---- life ----

Zygote::~Zygote() {
  if (pid_ > 0) kill_stub_and_reap(pid_);
  if (socket_ >= 0) ::close(socket_);
}

std::expected<void, std::string> Zygote::start(const Config& config) {
  if (auto made = pages_.create(); !made)
    return std::unexpected(why("cannot create the stubs' memory file", made.error().value));
  if (auto up = spawn(); !up) return up;
  if (auto ok = probe(); !ok) return ok;
  const auto filter = seccomp_program(config.host_time);
  if (!filter)
    return std::unexpected(
        why("cannot make a seccomp filter (is it forbidden here?)", filter.error().value));
  if (auto built = build(config, *filter); !built)
    return std::unexpected(why("cannot prepare the stub process", built.error().value));
  pages_.close_fd();
  return {};
}

std::expected<void, std::string> Zygote::spawn() {
  const int exec = make_exec_file();
  if (exec < 0) return std::unexpected(why("cannot create the stub program", errno));
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0) {
    const int error = errno;
    ::close(exec);
    return std::unexpected(why("cannot create a socket pair", error));
  }
  socket_ = pair[0];
  const int fds[3] = {pages_.fd(), pair[1], exec};
  const pid_t child = vfork_stub(fds, ::getpid());
  const int error = errno;
  ::close(exec);
  ::close(pair[1]);
  if (child < 0) return std::unexpected(why("cannot start a process", error));

  if (::syscall(SYS_ptrace, PTRACE_SEIZE, child, 0UL,
                static_cast<unsigned long>(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0) {
    const int refused = errno;
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, __WALL);
    if (refused == ESRCH || WIFEXITED(status))
      return std::unexpected(
          "cannot execute the stub program (is executing memory files forbidden?)");
    return std::unexpected(why("cannot trace a child process (ptrace is forbidden here)", refused));
  }
  pid_ = child;
  interrupt(pid_);
  Stop stop;
  while ((stop = wait_stop(pid_)).kind != Stop::interrupted) {
    if (stop.kind == Stop::gone) {
      pid_ = -1;
      return std::unexpected(
          "cannot execute the stub program (is executing memory files forbidden?)");
    }
    resume_cont(pid_);
  }
  limit_stub(pid_);
  return {};
}

// One SYSEMU stop, to see that the host has it and what it leaves in rcx.
std::expected<void, std::string> Zygote::probe() {
  uint64_t regs[kRegWords] = {};
  if (!get_regs(pid_, regs)) return std::unexpected("the stub process died");
  regs[kRip] = kCode + kBareOffset;
  regs[kRax] = SYS_getppid;
  regs[kRcx] = 0;
  regs[kOrigRax] = ~0ULL;
  if (!set_regs(pid_, regs) || !resume_sysemu(pid_))
    return std::unexpected("this host has no PTRACE_SYSEMU");
  Stop stop = wait_stop(pid_);
  while (stop.kind == Stop::signal && stop.sig != SIGTRAP && stop.sig != SIGSEGV &&
         resume_sysemu(pid_))
    stop = wait_stop(pid_);
  if (stop.kind != Stop::syscall || !get_regs(pid_, regs))
    return std::unexpected("PTRACE_SYSEMU does not stop at system calls on this host");
  rcx_tells_ = regs[kRcx] == regs[kRip];
  if (!get_fp(pid_, initial_fp_))
    return std::unexpected("cannot read floating-point registers through ptrace");
  return {};
}

// ---- preparation ----

Result<void> Zygote::move_vdso(std::vector<Call>& calls, bool keep) {
  const VdsoAreas areas = find_vdso(pid_);
  if (areas.parts.empty()) return {};
  const uint64_t low = areas.parts.front().start, high = areas.parts.back().end;
  if (!keep || areas.code == 0 || high - low > kScratchPage - kVdsoArea) {
    for (const Area& a : areas.parts) calls.push_back(call_munmap(a.start, a.end - a.start));
    return {};
  }
  auto move = [&](uint64_t from, uint64_t to) {
    for (const Area& a : areas.parts) {
      const uint64_t at = a.start - low, size = a.end - a.start;
      calls.push_back(call_mremap(from + at, size, to + at, size));
    }
  };
  // mremap refuses to move a mapping onto itself; the host may have placed it at the very top.
  constexpr uint64_t kAside = 0x10000000;
  const bool overlaps = high > kVdsoArea;
  if (overlaps) move(low, kAside);
  move(overlaps ? kAside : low, kVdsoArea);
  vdso_ = kVdsoArea + (areas.code - low);
  return {};
}

Result<void> Zygote::build(const Config& config, std::span<const std::byte> program) {
  const uint64_t gadget = kCode + kBareOffset;
  // The vDSO leaves first: it may lie where the code page goes.
  std::vector<Call> calls;
  TRY(move_vdso(calls, config.host_time));
  for (const Call& c : calls) TRY(run_bare(pid_, gadget, c));
  calls.clear();

  auto page = [&](uint64_t at, uint64_t size, unsigned prot, uint64_t offset) {
    return run_bare(pid_, gadget, call_mmap(at, size, prot, true, false, kStubPagesFd, offset));
  };
  TRY(page(kScratchPage, kPage, PROT_READ | PROT_WRITE, StubPages::kScratchOffset));
  TRY(page(kDataPages, kDataSize, PROT_READ, StubPages::kDataOffset));
  TRY(page(kCodePage, kPage, PROT_READ | PROT_EXEC, StubPages::kCodeOffset));

  const uint64_t vdso_end = vdso_ == 0 ? kVdsoArea : 0;
  calls.push_back(call_munmap(0, kTaskSize));
  if (vdso_end != 0) calls.push_back(call_munmap(kVdsoArea, kScratchPage - kVdsoArea));
  // The scratch page is the zygote's alone.
  calls.push_back(call_madvise(kScratchPage, kPage, MADV_DONTFORK));
  calls.push_back(call_close(kStubPagesFd));
  if (config.thp_never) calls.push_back({SYS_prctl, {PR_SET_THP_DISABLE, 1}, 1});
  calls.push_back({SYS_prctl, {PR_SET_NO_NEW_PRIVS, 1}, 0});

  std::byte* scratch = pages_.scratch();
  sock_fprog prog{};
  prog.len = static_cast<unsigned short>(program.size() / sizeof(sock_filter));
  // The stub's view of the program that follows the header.
  prog.filter = reinterpret_cast<sock_filter*>(kScratchPage + sizeof prog);
  if (sizeof prog + program.size() > kPage) return Err(E2BIG);
  std::memcpy(scratch, &prog, sizeof prog);
  std::memcpy(scratch + sizeof prog, program.data(), program.size());
  calls.push_back(
      {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, kScratchPage}, 0});

  std::memcpy(pages_.calls(), calls.data(), calls.size() * sizeof(Call));
  const Outcome outcome = run_calls(pid_, calls.size());
  if (outcome.error != 0) return Err(outcome.error);
  return {};
}

Result<int> Zygote::clone() {
  pages_.calls()[0] = call_clone(false);
  return static_cast<int>(TRY(run_calls_result(pid_, 1)));
}

// ---- descriptors ----

namespace {
// What recvmsg reads and writes in the scratch page; addresses are the zygote's.
struct Mail {
  msghdr msg;
  iovec iov;
  char byte;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};
}  // namespace

Result<int> Zygote::pass(int host_fd, const std::vector<int>& first) {
  auto* mail = reinterpret_cast<Mail*>(pages_.scratch());
  std::memset(mail, 0, sizeof *mail);
  char byte = 0;
  iovec iov{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr out{};
  out.msg_iov = &iov;
  out.msg_iovlen = 1;
  out.msg_control = control;
  out.msg_controllen = sizeof control;
  cmsghdr* c = CMSG_FIRSTHDR(&out);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(c), &host_fd, sizeof host_fd);
  if (::sendmsg(socket_, &out, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return Err(errno);

  auto there = [](size_t offset) { return reinterpret_cast<void*>(kScratchPage + offset); };
  mail->iov = {there(offsetof(Mail, byte)), 1};
  mail->msg.msg_iov = static_cast<iovec*>(there(offsetof(Mail, iov)));
  mail->msg.msg_iovlen = 1;
  mail->msg.msg_control = there(offsetof(Mail, control));
  mail->msg.msg_controllen = sizeof mail->control;
  const size_t closes = std::min(first.size(), kMaxCalls - 1);
  for (size_t i = 0; i < closes; ++i) pages_.calls()[i] = call_close(first[i]);
  pages_.calls()[closes] = call_recvmsg(kStubSocket, kScratchPage + offsetof(Mail, msg));
  const Outcome outcome = run_calls(pid_, closes + 1);
  if (outcome.error != 0) return Err(outcome.error);

  cmsghdr head;
  std::memcpy(&head, mail->control, sizeof head);
  if (mail->msg.msg_controllen < CMSG_LEN(sizeof(int)) || head.cmsg_type != SCM_RIGHTS)
    return Err(EMFILE);
  int fd = -1;
  std::memcpy(&fd, mail->control + CMSG_LEN(0), sizeof fd);
  return fd;
}

void Zygote::close(const std::vector<int>& fds) {
  for (size_t done = 0; done < fds.size();) {
    const size_t n = std::min(fds.size() - done, kMaxCalls);
    for (size_t i = 0; i < n; ++i) pages_.calls()[i] = call_close(fds[done + i]);
    run_calls(pid_, n);
    done += n;
  }
}

uint64_t Zygote::try_int80() { return try_ia32(kInt80Offset); }
uint64_t Zygote::try_sysenter() { return try_ia32(kSysenterOffset); }

uint64_t Zygote::try_ia32(uint64_t code_offset) {
  auto stub = clone();
  if (!stub) return 0;
  const int pid = *stub;
  uint64_t stopped_at = 0;
  uint64_t regs[kRegWords] = {};
  regs[kRip] = kImageBase + code_offset;
  regs[kRsp] = regs[kRbp] =
      kImageBase + 1024;  // sysenter's convention: %ebp points to a saved %ebp
  regs[kCs] = kUserCs32;
  regs[kSs] = regs[kDs] = regs[kEs] = kUserSs;
  regs[kEflags] = 0x202;
  regs[kRax] = 20;
  regs[kOrigRax] = ~0ULL;
  // Stubs have no memory below 4 GiB any more.
  pages_.calls()[0] =
      call_mmap(kImageBase, kPage, PROT_READ | PROT_WRITE | PROT_EXEC, false, false, -1, 0);
  if (wait_stop(pid).kind == Stop::interrupted && run_calls(pid, 1).error == 0 &&
      write_memory(pid, kImageBase, kImageCode, sizeof kImageCode) == 0 && set_regs(pid, regs) &&
      resume_sysemu(pid) && wait_stop(pid).kind == Stop::syscall && entered_by_i386(pid) &&
      get_regs(pid, regs))
    stopped_at = regs[kRip];
  kill_stub_and_reap(pid);
  return stopped_at;
}

}  // namespace um::os
