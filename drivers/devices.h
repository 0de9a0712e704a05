// The character devices as a whole: registering their majors with the VFS and filling /dev. Linux:
// drivers/char/mem.c and drivers/base (devtmpfs) do these two jobs.
#pragma once

#include "fs/fs.h"

// Majors 1 (memory), 4 and 5 (terminals), 136 (pty slaves), and the terminal hooks of kernel/tty_hooks.h.
// Call once at boot, before any process exists.
void chrdev_init();

// Creates the usual nodes, links and folders below `dev_dir` and mounts a devpts on its pts/. A name
// that exists already is left alone.
Result<void> populate_dev(const path& dev_dir);
// Only the last part of that.
Result<void> mount_devpts(const path& dev_dir);

// drivers/char/mem.cpp
Result<Ref<file>> memory_open(const path& p, unsigned flags, uint64_t rdev);
