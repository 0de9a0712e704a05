// /proc/net. Linux: fs/proc/proc_net.c and a file in each protocol. There is no network but unix
// sockets: the tables have their headings and no lines; net/ replaces "net/unix" by its own.
#include "fs/proc/internal.h"

namespace {

void heading(const char* path, std::string text) {
  proc_create(path, 0444, [text = std::move(text)] { return text + "\n"; });
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

}  // namespace

void proc_net_init() {
  const std::string tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
  const std::string tcp6 = "  sl  local_address                         remote_address                        "
                           "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
  const std::string udp = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
                          "timeout inode ref pointer drops";
  heading("net/dev", "Inter-|   Receive                                                |  Transmit\n"
                     " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
                     "drop fifo colls carrier compressed");
  heading("net/unix", "Num       RefCount Protocol Flags    Type St Inode Path");
  heading("net/tcp", padded(tcp, 149));
  heading("net/tcp6", tcp6);
  heading("net/udp", padded(udp, 127));
  heading("net/udp6", tcp6 + " ref pointer drops");
  heading("net/raw", padded(udp, 127));
  heading("net/arp", "IP address       HW type     Flags       HW address            Mask     Device");
  heading("net/route", padded("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT", 127));
  heading("net/sockstat", "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0");
  heading("net/packet", "sk       RefCnt Type Proto  Iface R Rmem   User   Inode");
  heading("net/netlink", "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode");
  proc_create("net/if_inet6", 0444, [] { return std::string(); });
}
