// The dentry cache. Linux: include/linux/dcache.h. Children are found through their parent's own
// table (no global hash); a list in order of use keeps the last few thousand names alive when
// nobody refers to them, and everything in use stays as long as it is used.
#pragma once

#include <string_view>

#include "fs/fs.h"

// The cached child or null; no check with the file system.
dentry* d_lookup(dentry& parent, std::string_view name);
// Enters a name. An older dentry of the same name leaves the cache.
Ref<dentry> d_alloc(const Ref<dentry>& parent, std::string_view name, Ref<inode> inode);
Ref<dentry> d_make_root(Ref<inode> inode);
// Out of the cache; who holds it keeps an unlinked dentry.
void d_drop(dentry& d);
// d_drop for `d` and every cached name below it (Linux d_invalidate).
void d_invalidate(dentry& d);
// A rename, after the file system has done its part. `d` takes the name and what was there is
// dropped.
void d_move(dentry& d, const Ref<dentry>& new_parent, std::string_view name);
void d_exchange(dentry& a, dentry& b);
// True if `d` is `ancestor` or below it.
bool is_subdir(const dentry& d, const dentry& ancestor);
// Forgets unused dentries: all of them, or those of one file system (umount).
void shrink_dcache(const super_block* sb = nullptr);
size_t dcache_size();
void set_dcache_limit(size_t dentries);

// A name in a directory: from the cache if it is still good, else from the file system. No
// permission check, no mounts, no symlinks. ENOENT.
Result<Ref<dentry>> lookup_dentry(const Ref<dentry>& dir, std::string_view name);
