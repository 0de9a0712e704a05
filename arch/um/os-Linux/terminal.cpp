// See terminal.h.
#include "arch/um/os-Linux/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace um::os {

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

unsigned terminal_columns(int fd) {
  winsize w{};
  return ::ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

}  // namespace um::os
