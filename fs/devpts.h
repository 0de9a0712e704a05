// The file system of /dev/pts: one node per open pseudo-terminal, and ptmx. Linux: fs/devpts/inode.c,
// include/linux/devpts_fs.h. Every mount is an instance of its own. The nodes point at the drivers'
// terminals, which this floor does not know: they are passed through as plain addresses.
#pragma once

#include <string_view>

#include "fs/fs.h"

// The factory for register_filesystem(). Options: uid=, gid=, mode=, ptmxmode= (octal), max=.
Result<Ref<super_block>> devpts_mount(std::string_view source, unsigned flags, std::string_view data);

// The root of the instance that an opened ptmx belongs to: the one that the node lies in or, for a
// node elsewhere, the one mounted on "pts" beside it. ENODEV.
Result<path> devpts_acquire(const path& ptmx);
// The lowest free number; ENOSPC. It stays taken until devpts_kill_index().
Result<unsigned> devpts_new_index(super_block& sb);
void devpts_kill_index(super_block& sb, unsigned index);
// The slave's node appears, owned by the current task's user, and disappears.
void devpts_pty_new(super_block& sb, unsigned index, uint64_t device, void* tty);
void devpts_pty_kill(super_block& sb, unsigned index);
// What devpts_pty_new stored; null if the path is no live slave of a devpts.
void* devpts_get_priv(const path& p);
