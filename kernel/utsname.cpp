// uname and the host name. Linux: kernel/utsname.c, kernel/sys.c.
#include "kernel/utsname.h"

#include "kernel/sched.h"
#include "kernel/syscalls.h"

namespace {

struct uts {
  std::string nodename = "slot190";
  std::string release = "6.1.0-slot190";
  std::string version = "#190 Fri Jan 8 1999";  // the day of the patch
  std::string domainname = "(none)";
};

uts& names() {
  static uts n;
  return n;
}

void assign(std::string& to, std::string_view from) { to = from.substr(0, kUtsLen); }

Result<std::string> read_name(user_ptr<const char> name, int len) {
  if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
  if (len < 0 || static_cast<size_t>(len) > kUtsLen) return Err(EINVAL);
  std::string text(static_cast<size_t>(len), '\0');
  TRY(copy_from_user(text.data(), name.addr, text.size()));
  return text.substr(0, text.find('\0'));
}

}  // namespace

std::string_view utsname_sysname() { return "Linux"; }
std::string_view utsname_nodename() { return names().nodename; }
std::string_view utsname_release() { return names().release; }
std::string_view utsname_version() { return names().version; }
std::string_view utsname_domainname() { return names().domainname; }

std::string_view utsname_machine() {
  if (current == nullptr || current->isa == nullptr) return "x86_64";
  const std::string_view machine = current->isa->machine();
  return (current->personality & PER_MASK) == PER_LINUX32 && machine == "x86_64" ? "i686" : machine;
}

void set_utsname_nodename(std::string_view name) { assign(names().nodename, name); }
void set_utsname_domainname(std::string_view name) { assign(names().domainname, name); }
void set_utsname_release(std::string_view release) { assign(names().release, release); }
void set_utsname_version(std::string_view version) { assign(names().version, version); }

SyscallResult sys_sethostname(user_ptr<const char> name, int len) {
  set_utsname_nodename(TRY(read_name(name, len)));
  return 0;
}

SyscallResult sys_setdomainname(user_ptr<const char> name, int len) {
  set_utsname_domainname(TRY(read_name(name, len)));
  return 0;
}
