// Files of /proc and /sys that do not belong to a task: anybody adds one with a line. Linux:
// include/linux/proc_fs.h.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/result.h"

using proc_show = std::function<std::string()>;                  // the whole text
using proc_store = std::function<Result<void>(std::string_view)>;  // one write(2)

// Adds (or replaces) /proc/PATH with permission bits `mode`; directories on the way are made. Works
// before and after procfs is mounted.
void proc_create(std::string_view path, uint32_t mode, proc_show show, proc_store store = {});
// The same below /sys.
void sysfs_create(std::string_view path, uint32_t mode, proc_show show, proc_store store = {});
void proc_symlink(std::string_view path, std::function<std::string()> target);
void proc_mkdir(std::string_view path);

// What /proc/cmdline shows; set at boot.
std::string& saved_command_line();
