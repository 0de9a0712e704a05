// Files that no directory holds: pipes, sockets, epoll, eventfd and their kind. Linux:
// fs/anon_inodes.c, and the pipefs and sockfs of fs/pipe.c and net/socket.c. Pipes and sockets have
// an inode each; the others share one, as in Linux.
#pragma once

#include <string>

#include "fs/fs.h"

enum class PseudoFs : uint8_t { anon_inodefs, pipefs, sockfs };

// A fresh inode (owned by the current task's fsuid and fsgid) and its nameless dentry.
path new_pseudo_path(PseudoFs which, uint32_t mode);
// The inode that all anonymous files share.
const path& anon_inode_path();

// A file on the shared inode, shown as "anon_inode:NAME" in /proc/PID/fd.
struct anon_file : file {
  anon_file(const char* name, unsigned flags) : file(anon_inode_path(), flags), name_(name) {}
  std::string proc_name() const override { return std::string("anon_inode:") + name_; }

 private:
  const char* name_;
};

// "pipe:[1234]": what /proc/PID/fd shows for an object with an inode of its own.
std::string pseudo_name(const char* kind, const inode& i);
