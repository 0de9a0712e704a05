// /proc/net/unix. Linux: unix_seq_show of net/unix/af_unix.c. Addresses of kernel objects are not
// shown; the reference count is that of our object.
#include <cstdio>

#include "fs/proc/proc_fs.h"
#include "net/af_unix.h"

namespace {

std::string line(const unix_sock& u) {
  constexpr unsigned kAcceptCon = 1 << 16;
  const bool listening = u.sk_state == SockState::listening;
  // SS_CONNECTED and SS_UNCONNECTED for a socket with a descriptor, SS_CONNECTING for one in a
  // queue.
  const bool connected = u.sk_state == SockState::established;
  const unsigned state = u.sk_file != nullptr ? (connected ? 3 : 1) : 2;
  char head[96];
  std::snprintf(head, sizeof head, "%016x: %08X %08X %08X %04X %02X %5lu", 0, u.use_count(), 0U,
                listening ? kAcceptCon : 0, static_cast<unsigned>(u.sk_type), state,
                u.sk_file != nullptr ? static_cast<unsigned long>(u.sk_file->f_inode()->ino) : 0UL);
  std::string text = head;
  if (u.addr.size() > 2) {
    text += ' ';
    const bool abstract = u.addr[2] == '\0';
    std::string name = u.addr.substr(2);
    if (!abstract) name.pop_back();
    for (char c : name) text += c == '\0' || c == '\n' ? '@' : c;
  }
  return text + "\n";
}

}  // namespace

void unix_proc_init() {
  proc_create("net/unix", 0444, [] {
    std::string text = "Num       RefCount Protocol Flags    Type St Inode Path\n";
    for (const unix_sock& u : unix_sock::all()) text += line(u);
    return text;
  });
}
