// What start_kernel needs from the floors that it brings together.
#pragma once

#include <expected>
#include <string>

#include "arch/arch.h"
#include "init/main.h"

// The machine made of host processes; an error is one sentence for the user. Lives until the process
// ends: tasks refer to it to the last.
std::expected<arch::Machine*, std::string> boot_machine(const BootOptions& options);
// Connects the hooks of kernel/fork_hooks.h and its like to their owners.
void kernel_hooks_init();
[[noreturn]] void schedule_forever();
