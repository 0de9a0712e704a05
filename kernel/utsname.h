// The names of the system: what uname(2), sethostname(2) and /proc/sys/kernel show. Linux:
// include/linux/utsname.h, kernel/utsname.c. There is one name space.
#pragma once

#include <string>
#include <string_view>

inline constexpr size_t kUtsLen = 64;  // __NEW_UTS_LEN

std::string_view utsname_sysname();  // "Linux"
std::string_view utsname_nodename();
std::string_view utsname_release();
std::string_view utsname_version();
std::string_view utsname_domainname();
// As the current task sees its machine: PER_LINUX32 makes x86_64 an i686.
std::string_view utsname_machine();

// Cut to kUtsLen bytes. Release and version are a profile's or the command line's.
void set_utsname_nodename(std::string_view name);
void set_utsname_domainname(std::string_view name);
void set_utsname_release(std::string_view release);
void set_utsname_version(std::string_view version);
