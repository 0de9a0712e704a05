// Vectors, messages, socket addresses, poll sets: what strace(1) shows of input and output.
#include <fmt/format.h>

#include <cstring>

#include "arch/x86/abi.h"
#include "lib/uapi.h"
#include "tools/trace/structs.h"
#include "tools/trace/symbols.h"

namespace trace {

namespace {

struct Iovec {
  uint64_t base, len;
};
bool fetch_iovec(unsigned word, uint64_t at, size_t i, Iovec& v) {
  v = {};
  return fetch_word(at + i * 2 * word, &v.base, word) && fetch_word(at + i * 2 * word + word, &v.len, word);
}

std::string join(std::string out, const std::string& next) {
  if (out.back() != '[' && out.back() != '{') out += ", ";
  return out + next;
}

}  // namespace

std::string iovecs_at(const Call& c, uint64_t at, uint64_t count, uint64_t bytes) {
  if (at == 0) return "NULL";
  std::string out = "[";
  for (uint64_t i = 0; i < count; ++i) {
    Iovec v;
    if (!fetch_iovec(c.word, at, i, v)) return i == 0 ? address(at) : out + ", ...]";
    if (i == c.options.string_limit) return join(out, "...]");
    uint64_t shown = std::min(v.len, bytes);
    bytes -= shown;
    out = join(out, fmt::format("{{iov_base={}, iov_len={}}}", buffer(c, v.base, shown), v.len));
  }
  return out + "]";
}

std::string sockaddr_at(const Call& c, uint64_t at, uint64_t len) {
  if (at == 0) return "NULL";
  unsigned char raw[128] = {};
  uint64_t n = std::min<uint64_t>(len, sizeof raw);
  if (n < 2 || !fetch(at, raw, n)) return address(at);
  uint16_t family;
  std::memcpy(&family, raw, 2);
  std::string head = fmt::format("{{sa_family={}", one_of(sym::domain, family, "AF_???"));
  auto u16be = [&](size_t i) { return raw[i] << 8 | raw[i + 1]; };
  (void)c;
  if (family == 1) {
    if (n == 2) return head + "}";
    std::string_view path(reinterpret_cast<char*>(raw) + 2, n - 2);
    if (path[0] == 0) return head + ", sun_path=@" + c_quoted(path.substr(1)) + "}";
    return head + ", sun_path=" + c_quoted(path.substr(0, std::min(path.size(), path.find('\0')))) +
           "}";
  }
  if (family == 2 && n >= 8)
    return fmt::format("{}, sin_port=htons({}), sin_addr=inet_addr(\"{}.{}.{}.{}\")}}", head,
                       u16be(2), raw[4], raw[5], raw[6], raw[7]);
  if (n > 2) head += ", sa_data=" + c_quoted({reinterpret_cast<char*>(raw) + 2, n - 2});
  return head + "}";
}

namespace {

template <class A>
std::string control_text(uint64_t at, uint64_t len) {
  using cmsghdr = typename A::cmsghdr;
  std::string out = "[";
  for (uint64_t pos = 0; pos + sizeof(cmsghdr) <= len;) {
    cmsghdr h;
    if (!fetch(at + pos, h) || h.cmsg_len < sizeof h || pos + h.cmsg_len > len) break;
    std::string data;
    uint64_t payload = h.cmsg_len - sizeof h;
    if (h.cmsg_level == 1 && h.cmsg_type == 1) {
      data = ", cmsg_data=" + ints_at(at + pos + sizeof h, payload / 4, false);
    } else if (h.cmsg_level == 1 && h.cmsg_type == 2 && payload >= sizeof(abi::ucred)) {
      abi::ucred u{};
      fetch(at + pos + sizeof h, u);
      data = fmt::format(", cmsg_data={{pid={}, uid={}, gid={}}}", u.pid, u.uid, u.gid);
    }
    const char* type = h.cmsg_level == 1 && h.cmsg_type == 1   ? "SCM_RIGHTS"
                       : h.cmsg_level == 1 && h.cmsg_type == 2 ? "SCM_CREDENTIALS"
                                                               : nullptr;
    out = join(out,
               fmt::format("{{cmsg_len={}, cmsg_level={}, cmsg_type={}{}}}", uint64_t(h.cmsg_len),
                           one_of(sym::sol, static_cast<uint32_t>(h.cmsg_level), "SOL_???"),
                           type != nullptr ? type : fmt::format("{:#x}", h.cmsg_type), data));
    pos += (h.cmsg_len + sizeof(typename A::uword) - 1) & ~(sizeof(typename A::uword) - 1);
  }
  return out + "]";
}

template <class A>
std::string msghdr_text(const Call& c, uint64_t at, uint64_t bytes) {
  typename A::msghdr m;
  if (!fetch(at, m)) return address(at);
  std::string out =
      fmt::format("{{msg_name={}, msg_namelen={}, msg_iov={}, msg_iovlen={}",
                  sockaddr_at(c, m.msg_name, static_cast<uint64_t>(m.msg_namelen)), m.msg_namelen,
                  iovecs_at(c, m.msg_iov, m.msg_iovlen, bytes), m.msg_iovlen);
  if (m.msg_controllen != 0)
    out += ", msg_control=" +
           (m.msg_control == 0 ? "NULL" : control_text<A>(m.msg_control, m.msg_controllen));
  return out + fmt::format(", msg_controllen={}, msg_flags={}}}", m.msg_controllen,
                           flags(sym::msg, m.msg_flags, "MSG_???"));
}

}  // namespace

std::string msghdr_at(const Call& c, uint64_t at, uint64_t bytes) {
  if (at == 0) return "NULL";
  return c.word == 4 ? msghdr_text<I386Abi>(c, at, bytes) : msghdr_text<X86_64Abi>(c, at, bytes);
}

// ---- poll, select, epoll ------------------------------------------------------------------------

std::string pollfds_at(const Call& c, uint64_t at, uint64_t n) {
  if (at == 0) return "NULL";
  std::string out = "[";
  for (uint64_t i = 0; i < n; ++i) {
    abi::pollfd p;
    if (!fetch(at + i * sizeof p, p)) return i == 0 ? address(at) : out + ", ...]";
    if (i == c.options.string_limit) return join(out, "...]");
    out = join(
        out, p.fd < 0 ? fmt::format("{{fd={}}}", p.fd)
                      : fmt::format("{{fd={}, events={}}}", fd_text(c, p.fd),
                                    flags(sym::poll, static_cast<uint16_t>(p.events), "POLL???")));
  }
  return out + "]";
}

std::string revents_at(const Call& c, uint64_t at, uint64_t n) {
  std::string out = "[";
  for (uint64_t i = 0; i < n; ++i) {
    abi::pollfd p;
    if (!fetch(at + i * sizeof p, p)) break;
    if (p.revents == 0) continue;
    out = join(out, fmt::format("{{fd={}, revents={}}}", fd_text(c, p.fd),
                                flags(sym::poll, static_cast<uint16_t>(p.revents), "POLL???")));
  }
  return out + "]";
}

std::string fdset_at(const Call& c, uint64_t at, uint64_t n) {
  if (at == 0) return "NULL";
  n = std::min<uint64_t>(n, 1024);
  unsigned char bits[128] = {};
  if (!fetch(at, bits, (n + 8 * c.word - 1) / (8 * c.word) * c.word)) return address(at);
  std::string out = "[";
  for (uint64_t fd = 0; fd < n; ++fd)
    if ((bits[fd / 8] >> (fd % 8) & 1) != 0)
      out += (out.size() > 1 ? " " : "") + fd_text(c, static_cast<int>(fd));
  return out + "]";
}

std::string epoll_event_at(uint64_t at) {
  if (at == 0) return "NULL";
  abi::epoll_event e;
  if (!fetch(at, e)) return address(at);
  return fmt::format("{{events={}, data={{u32={}, u64={}}}}}",
                     flags(sym::epoll_events, uint32_t(e.events), "EPOLL???"),
                     static_cast<uint32_t>(e.data), uint64_t(e.data));
}

std::string epoll_events_at(uint64_t at, long n) {
  std::string out = "[";
  for (long i = 0; i < n; ++i)
    out = join(out, epoll_event_at(at + static_cast<uint64_t>(i) * sizeof(abi::epoll_event)));
  return out + "]";
}

}  // namespace trace
