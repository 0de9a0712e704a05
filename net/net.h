// What the rest of the kernel calls when it starts.
#pragma once

void unix_proc_init();  // /proc/net/unix
