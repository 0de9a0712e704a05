// The tree of mounts. Linux: fs/mount.h, fs/namespace.c. One namespace for everybody.
#pragma once

#include "fs/fs.h"

// The mount on `d` as seen through `parent`, or null.
vfsmount* lookup_mnt(const vfsmount& parent, const dentry& d);
// Down to the top of what is mounted here.
void follow_mounts(path& p);
// From the root of a mount to where it is mounted, as often as needed; false at the root of all.
bool follow_up(path& p);
// A mount that is in no tree: kernel-internal file systems.
Ref<vfsmount> kern_mount(Ref<super_block> sb);
// EROFS if changes through this path are not possible.
Result<void> mnt_want_write(const path& p);

// The kinds of mount(2) beyond do_mount(). No permission checks.
Result<void> do_bind_mount(const path& from, const path& where, bool recursive);
Result<void> do_remount(const path& where, unsigned flags);
Result<void> do_move_mount(const path& from, const path& where);
Result<void> do_pivot_root(const path& new_root, const path& put_old);
// Whether anything is mounted on this dentry: rmdir and rename answer EBUSY.
inline bool d_mountpoint(const dentry& d) { return d.d_mounted != nullptr; }
