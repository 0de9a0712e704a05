// A host program at the other end of two pipes: spawned in a process group of its own, pinned before
// it starts, dead with us. Ours alone.
#include "arch/um/os-Linux/coprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <utility>

#include "arch/um/os-Linux/clock.h"

namespace um::os {

namespace {

constexpr size_t kLongestLine = 1 << 20;

// The process groups of those that live. A signal that ends us must end these too: what a launcher
// has started beside the program does not die with the launcher.
constexpr size_t kMostGroups = 64;
std::array<std::atomic<int>, kMostGroups> living;

void end_all(int sig) {
  for (const std::atomic<int>& group : living)
    if (int pid = group.load(); pid != 0) kill(-pid, SIGKILL);
  raise(sig);  // SA_RESETHAND: now it does what it did
}

void end_all_when_signalled() {
  static bool done = false;
  if (std::exchange(done, true)) return;
  struct sigaction action = {}, before;
  action.sa_handler = end_all;
  action.sa_flags = SA_RESETHAND;
  for (int sig : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    if (sigaction(sig, nullptr, &before) == 0 && before.sa_handler == SIG_DFL)
      sigaction(sig, &action, nullptr);
}

void remember(int from, int to) {
  for (std::atomic<int>& group : living)
    if (int expected = from; group.compare_exchange_strong(expected, to)) return;
}

void close_if_open(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

[[noreturn]] void become(char* const* argv, int in, int out, int err, int cpu) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  signal(SIGPIPE, SIG_DFL);
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  execvp(argv[0], argv);
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<Coprocess>> Coprocess::start(const std::vector<std::string>& words,
                                                    int cpu) {
  end_all_when_signalled();
  signal(SIGPIPE, SIG_IGN);  // a program that ended shows as a failed write
  std::unique_ptr<Coprocess> p(new Coprocess);
  int to[2], from[2];
  p->err_ = memfd_create("stderr", MFD_CLOEXEC);
  if (p->err_ < 0 || pipe2(to, O_CLOEXEC) != 0) return Err(errno);
  p->in_ = to[1];
  if (pipe2(from, O_CLOEXEC) != 0) {
    close(to[0]);
    return Err(errno);
  }
  p->out_ = from[0];
  std::vector<char*> argv;
  for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  int pid = fork();
  if (pid == 0) become(argv.data(), to[0], from[1], p->err_, cpu);
  int error = errno;
  close(to[0]);
  close(from[1]);
  if (pid < 0) return Err(error);
  setpgid(pid, pid);  // the child does it too: whoever comes first
  p->pid_ = pid;
  remember(0, pid);
  return p;
}

Coprocess::~Coprocess() {
  close_if_open(in_);
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    reap(true);
  }
  close_if_open(out_);
  close_if_open(err_);
}

bool Coprocess::reap(bool wait) {
  if (pid_ < 0) return true;
  int status;
  int r = waitpid(pid_, &status, wait ? 0 : WNOHANG);
  if (r == 0 || (r < 0 && errno == EINTR)) return false;
  kill(-pid_, SIGKILL);  // what it left behind in its group
  remember(pid_, 0);
  pid_ = -1;
  return true;
}

bool Coprocess::write_line(std::string_view line) {
  std::string text(line);
  text += '\n';
  return write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<std::string> Coprocess::read_line(uint64_t timeout) {
  const uint64_t deadline = now_monotonic() + timeout;
  for (;;) {
    if (size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    uint64_t now = now_monotonic();
    if (now >= deadline || buffer_.size() > kLongestLine) return {};
    pollfd entry{out_, POLLIN, 0};
    int r = poll(&entry, 1, static_cast<int>((deadline - now) / 1'000'000 + 1));
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return {};
    char chunk[4096];
    ssize_t n = read(out_, chunk, sizeof chunk);
    if (n <= 0) return {};
    buffer_.append(chunk, static_cast<size_t>(n));
  }
}

void Coprocess::finish(uint64_t timeout) {
  close_if_open(in_);
  const uint64_t deadline = now_monotonic() + timeout;
  while (!reap(false) && now_monotonic() < deadline) poll(nullptr, 0, 2);
}

std::string Coprocess::complaint() const {
  off_t size = lseek(err_, 0, SEEK_END);
  off_t from = size > 400 ? size - 400 : 0;
  std::string text(static_cast<size_t>(size - from), '\0');
  if (pread(err_, text.data(), text.size(), from) < 0) return {};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  // It goes to a terminal: no control sequences of a stranger.
  std::ranges::replace_if(
      text, [](char c) { return c >= 0 && c < ' ' && c != '\t'; }, '?');
  return text;
}

std::string host_name_and_release() {
  utsname u{};
  uname(&u);
  return std::string(u.sysname) + " " + u.release;
}

std::string host_machine() {
  utsname u{};
  uname(&u);
  return u.machine;
}

}  // namespace um::os
