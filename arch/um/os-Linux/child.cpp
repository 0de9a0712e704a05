// See child.h. A child dies with this process, and is waited for through its pidfd.
#include "arch/um/os-Linux/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "arch/um/os-Linux/clock.h"

namespace um::os {
namespace {

struct Running {
  pid_t pid = -1;
  int pidfd = -1;
  uint64_t deadline = 0;                 // monotonic ns
  std::array<int, 3> files{-1, -1, -1};  // what becomes its descriptors 1, 2 and, perhaps, 3
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& w : words) list.push_back(const_cast<char*>(w.c_str()));
  list.push_back(nullptr);
  return list;
}

// Between fork and exec: plain system calls only.
[[noreturn]] void become(const Running& r, int input, char* const* argv, char* const* env) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(input, 0);
  ::dup2(r.files[0], 1);
  ::dup2(r.files[1], 2);
  const bool record = r.files[2] >= 0;
  if (record) ::dup2(r.files[2], kRecordFd);
  ::close_range(record ? kRecordFd + 1 : kRecordFd, ~0U, 0);
  ::execve("/proc/self/exe", argv, env);
  ::_exit(127);
}

std::string start(const ChildCommand& command, Running& r) {
  // High descriptors: those of the child itself are 0 to 3.
  const auto lift = [](int fd) {
    const int high = fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
    if (fd >= 0) ::close(fd);
    return high;
  };
  // No third file for nothing: hundreds of children should fit into the usual 1024 descriptors.
  for (size_t i = 0; i < (command.record ? 3 : 2); ++i) {
    r.files[i] = lift(::memfd_create("slot190", MFD_CLOEXEC));
    if (r.files[i] < 0) return std::string("cannot make a memory file: ") + std::strerror(errno);
  }
  const int input = lift(::open(command.input.c_str(), O_RDONLY | O_CLOEXEC));
  if (input < 0) return "cannot read '" + command.input + "': " + std::strerror(errno);
  std::vector<std::string> words = command.words;
  words.insert(words.begin(), "slot190");
  const std::vector<char*> argv = pointers(words), env = pointers(command.env);
  r.deadline = now_monotonic() + command.wall_seconds * 1'000'000'000ULL;
  r.pid = ::fork();
  if (r.pid == 0) become(r, input, argv.data(), env.data());
  const int error = errno;
  ::close(input);
  if (r.pid < 0) return std::string("cannot start a process: ") + std::strerror(error);
  r.pidfd = static_cast<int>(::syscall(SYS_pidfd_open, r.pid, 0));
  return {};
}

std::string contents(int fd) {
  if (fd < 0) return {};
  const off_t size = ::lseek(fd, 0, SEEK_END);
  std::string text(size > 0 ? static_cast<size_t>(size) : 0, '\0');
  size_t got = 0;
  while (got < text.size()) {
    const ssize_t n = ::pread(fd, text.data() + got, text.size() - got, static_cast<off_t>(got));
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  text.resize(got);
  return text;
}

ChildOutcome collect(Running& r, bool too_slow) {
  int status = 0;
  while (::waitpid(r.pid, &status, 0) < 0 && errno == EINTR) continue;
  ChildOutcome o;
  o.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  o.too_slow = too_slow;
  o.out = contents(r.files[0]);
  o.err = contents(r.files[1]);
  o.record = contents(r.files[2]);
  return o;
}

void forget(Running& r) {
  for (int& fd : r.files) close_file(fd);
  close_file(r.pidfd);
}

// Waits until one of them is over or has run too long; its number.
size_t wait_for_one(std::map<size_t, Running>& running, bool& too_slow) {
  for (;;) {
    std::vector<pollfd> polled;
    std::vector<size_t> numbers;
    uint64_t deadline = ~0ULL;
    for (const auto& [i, r] : running) {
      if (r.pidfd < 0) return i;  // a host without pidfds: waitpid will wait
      polled.push_back({r.pidfd, POLLIN, 0});
      numbers.push_back(i);
      deadline = std::min(deadline, r.deadline);
    }
    const uint64_t now = now_monotonic();
    const uint64_t left = deadline > now ? (deadline - now) / 1'000'000 + 1 : 0;
    ::poll(polled.data(), polled.size(), static_cast<int>(left));
    for (size_t k = 0; k < polled.size(); ++k)
      if (polled[k].revents != 0) return numbers[k];
    for (auto& [i, r] : running) {
      if (now_monotonic() < r.deadline) continue;
      ::kill(r.pid, SIGKILL);
      too_slow = true;
      return i;
    }
  }
}

}  // namespace

void run_children(size_t count, size_t at_once, const std::function<ChildCommand(size_t)>& command,
                  const std::function<bool(size_t, ChildOutcome)>& done) {
  std::map<size_t, Running> running;
  std::map<size_t, ChildOutcome> early;  // over before one that started sooner
  size_t next = 0, told = 0;
  bool go_on = true;
  while (go_on && told < count) {
    while (next < count && running.size() < at_once) {
      Running r;
      if (std::string trouble = start(command(next), r); !trouble.empty()) {
        early[next].trouble = std::move(trouble);
        forget(r);
      } else {
        running[next] = r;
      }
      ++next;
    }
    if (!early.contains(told)) {
      bool too_slow = false;
      const size_t i = wait_for_one(running, too_slow);
      early[i] = collect(running[i], too_slow);
      forget(running[i]);
      running.erase(i);
    }
    for (auto it = early.find(told); go_on && it != early.end(); it = early.find(told)) {
      go_on = done(told++, std::move(it->second));
      early.erase(it);
    }
  }
  for (auto& [i, r] : running) {
    ::kill(r.pid, SIGKILL);
    (void)collect(r, false);
    forget(r);
  }
}

}  // namespace um::os
