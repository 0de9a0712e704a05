// What can be mounted: one factory per file system of this folder. Linux: the file_system_type
// structures of fs/*/super.c. ramfs has its own header, fs/ramfs/ramfs.h.
#pragma once

#include <string>

#include "fs/fs.h"

// A host directory. Files of the user who runs the kernel appear as owned by uid 0. Errors: what the
// host says about `host_dir`; ENOTDIR if it is no directory.
Result<Ref<super_block>> hostfs_mount(std::string host_dir, bool read_write);

// A writable view of a hostfs: every change stays in memory. `lower` must come from hostfs_mount()
// and is never written (EINVAL otherwise).
Result<Ref<super_block>> overlay_mount(Ref<super_block> lower);

Result<Ref<super_block>> proc_mount();
Result<Ref<super_block>> sysfs_mount();
// Lets mount(2) make these two (the host's files are never for a guest to mount) and fills them. Once
// at boot.
void proc_root_init();
