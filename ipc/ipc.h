// What the rest of the kernel calls when it starts.
#pragma once

void ipc_proc_init();  // /proc/sysvipc
