// GoogleTest for files that include kernel headers. Its port header drags in the host's <signal.h>,
// <sys/stat.h> and <sys/wait.h>, whose names lib/uapi.h declares in its own words; the kernel's are
// wanted here, so the host's are passed over. Include this last.
#pragma once

#include "lib/uapi.h"

// arch/x86/abi.h has the name that <cxxabi.h> gives to the demangler.
#define GTEST_HAS_CXXABI_H_ 0
#define _SIGNAL_H 1
#define _SYS_STAT_H 1
#define _SYS_WAIT_H 1
// clang-format off: these depend on the order.
#include <bits/types.h>
#include <bits/types/struct_timespec.h>
#include <bits/struct_stat.h>
// clang-format on
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
extern "C" int stat(const char* path, struct stat* buf) noexcept;

#include <gtest/gtest.h>
