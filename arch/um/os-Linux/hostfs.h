// The host's files for fs/hostfs, the console and ramfs's page store (arch/host.h).
#pragma once

#include <memory>

#include "arch/host.h"

namespace um::os {

std::unique_ptr<arch::HostFs> make_hostfs();

}  // namespace um::os
