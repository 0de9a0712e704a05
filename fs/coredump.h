// Core files. Linux: fs/coredump.c, fs/binfmt_elf.c (elf_core_dump).
#pragma once

struct task_struct;

// The current task dies of `sig`, a signal that dumps core: writes "core" to its current directory if
// its limits and the profile's rule about shared memory allow it. True if a core was written (the 0x80
// of an exit status).
bool do_coredump(int sig);
