// See child_process.h.
#include "arch/um/os-Linux/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "arch/um/os-Linux/clock.h"

extern char** environ;

namespace um::os {

namespace {

struct Pipe {
  int read = -1, write = -1;
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_end(read);
    close_end(write);
  }
  bool open() {
    std::array<int, 2> fd{};
    if (::pipe2(fd.data(), O_CLOEXEC) != 0) return false;
    read = fd[0];
    write = fd[1];
    return true;
  }
  static void close_end(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

Result<pid_t> start(std::span<const std::string> argv, const Pipe& out, const Pipe& err) {
  std::vector<char*> words;
  for (const std::string& w : argv) words.push_back(const_cast<char*>(w.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out.write, 1);
  posix_spawn_file_actions_adddup2(&files, err.write, 2);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, words[0], &files, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return Err(failed);
  return pid;
}

// Adds what is there; closes the end when there will be no more.
void drain(int& fd, short events, std::string& to) {
  if (fd < 0 || (events & (POLLIN | POLLHUP | POLLERR)) == 0) return;
  std::array<char, 4096> some{};
  const ssize_t n = ::read(fd, some.data(), some.size());
  if (n > 0)
    to.append(some.data(), static_cast<size_t>(n));
  else if (n == 0 || errno != EINTR)
    Pipe::close_end(fd);
}

}  // namespace

Result<ChildOutput> run_child(std::span<const std::string> argv, uint64_t limit_ns) {
  Pipe out, err;
  if (!out.open() || !err.open()) return Err(errno);
  const pid_t pid = TRY(start(argv, out, err));
  Pipe::close_end(out.write);
  Pipe::close_end(err.write);
  ChildOutput result;
  const uint64_t end = now_monotonic() + limit_ns;
  while (out.read >= 0 || err.read >= 0) {
    const uint64_t now = now_monotonic();
    if (now >= end && !result.timed_out) {
      // Its stubs go with it (PTRACE_O_EXITKILL) and close their ends of the pipes.
      ::kill(pid, SIGKILL);
      result.timed_out = true;
    }
    std::array<pollfd, 2> ends{pollfd{out.read, POLLIN, 0}, pollfd{err.read, POLLIN, 0}};
    const uint64_t wait_ms =
        now >= end ? 1000 : std::min<uint64_t>((end - now) / 1'000'000 + 1, 60'000);
    if (::poll(ends.data(), ends.size(), static_cast<int>(wait_ms)) == 0 && result.timed_out) break;
    drain(out.read, ends[0].revents, result.out);
    drain(err.read, ends[1].revents, result.err);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

std::string own_executable() {
  std::array<char, 4096> path{};
  const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<size_t>(n)) : std::string();
}

unsigned terminal_columns() {
  winsize size{};
  return ::isatty(1) == 1 && ::ioctl(1, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace um::os
