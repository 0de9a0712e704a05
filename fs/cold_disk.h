// The disk of the old kernels. Ours; it stands for the buffer cache after boot. What history's vfork did
// on one CPU depends on whether exec sleeps, and exec slept where a directory or a program had to be
// read. With disk=cold the first look at a name, and the first exec of a file, waits as for a disk with
// a good cache of its own; afterwards both are in memory. Only what comes from the host's files is on
// the disk.
#pragma once

#include <string_view>

struct dentry;
struct inode;

void wait_on_name(const dentry& dir, std::string_view name);
void wait_on_program(const inode& i);
