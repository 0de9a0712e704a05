// The guest's terminal or standard streams: descriptors 0, 1 and 2 of the slot190 process. A descriptor
// that is a terminal of the host becomes the guest's console (/dev/tty1, /dev/console), a tty with
// line discipline and job control; any other becomes a stream (drivers/host_stream.h). Linux has no
// such driver; arch/um/drivers/line.c and stdio_console.c come closest.
#pragma once

#include "fs/fs.h"

// Registers the console tty. After machine setup and chrdev_init().
void console_init();
// Installs descriptors 0, 1, 2 in `files`; one that the host has closed stays closed. As after
// O_NOCTTY the console is nobody's controlling terminal yet: that takes TIOCSCTTY.
Result<void> console_open_stdio(files_struct& files);
// True if the host's descriptor 0 or 1 or 2 is a terminal, and so /dev/tty1 exists.
bool console_is_tty();

// The host terminal is put into raw mode when the guest first reads it, waits for it or changes its
// modes; until then it works as the user's shell left it, so that a program which only prints may run
// in the background. Restore before slot190 exits or stops; resume when it continues.
void console_restore();
void console_resume();
// While it is raw, a newline of ours on the host terminal needs a return.
bool console_is_raw();
// The host's window has another size: tells the guest's foreground group (SIGWINCH).
void console_resized();
// A signal that the host terminal made out of a key or a hang-up (SIGINT, SIGQUIT, SIGTSTP, SIGHUP):
// goes to the console's foreground group, or for SIGHUP hangs the console up. False if there is no
// console or nobody in its foreground, and the caller must decide.
bool console_signal(int signal);
// Writes out what guests have printed, even at a slow terminal; for the last moment before exit.
void console_flush();

// When the guest's last reference to standard input or output goes away, close the host's descriptor
// too (in its place /dev/null), so that the other end of a pipe sees it. Off unless asked for: tools
// that still print after the guest has ended want to keep theirs.
void console_release_stdio(bool on);
