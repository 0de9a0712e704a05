"""A terminal is a real terminal: line editing, job control, keys, window size, and it is left as it was."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

from slot190 import *

LIMIT = 30


class Terminal:
    """slot190 on a pseudo terminal of its own."""

    def __init__(self, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="PROMPT> ", TERM="vt100", ENV="")
            os.execv(SLOT190, [SLOT190, *args])
        self.seen = ""
        self.status = None

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_some(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern):
        """Reads until the pattern has come; what was before it is done with."""
        deadline = time.monotonic() + LIMIT
        while True:
            m = re.search(pattern, self.seen)
            if m:
                self.seen = self.seen[m.end():]
                return m
            if not self.read_some(deadline):
                check(False, f"terminal: waited for {pattern!r}, have {self.seen!r}")
                finish()

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        deadline = time.monotonic() + LIMIT
        while self.read_some(deadline):
            pass
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


t = Terminal("run", BUSYBOX, "sh", "-i")
t.expect("PROMPT> ")
t.type("echo one$((1+1))three\n")
t.expect("one2three\r\n.*PROMPT> ")
t.type("tty; test -t 0 && echo terminal\n")
t.expect(r"/dev/(console|tty\S*|pts/\d+)\r\nterminal\r\n")
t.expect("PROMPT> ")

# Ctrl-C ends the job, not the shell. The job says when it runs: until then the shell edits the line itself.
t.type("sh -c 'echo start\"\"ed; sleep 1000; true'\n")
t.expect("started\r\n")
t.type("echo not read yet\x15")  # and Ctrl-U clears what was typed ahead
t.type("\x03")
t.expect("PROMPT> ")
t.type("echo status $?\n")
t.expect("status 130\r\n")
t.expect("PROMPT> ")

# Ctrl-Z stops it; jobs, fg and bg know it.
t.type("sh -c 'echo start\"\"ed; exec cat'\n")
t.expect("started\r\n")
t.type("echoed by cat\n")
t.expect("echoed by cat\r\nechoed by cat\r\n")
t.type("\x1a")
t.expect("Stopped")
t.expect("PROMPT> ")
t.type("jobs\n")
t.expect("Stopped.*exec cat")
t.expect("PROMPT> ")
t.type("fg\n")
t.expect('exec cat[\'"]?\r\n')
t.type("back again\n")
t.expect("back again\r\nback again\r\n")
t.type("\x04")
t.expect("PROMPT> ")
t.type("sleep 1000 &\n")
t.expect("PROMPT> ")
t.type("kill %1; wait; echo waited\n")
t.expect("waited\r\n")
t.expect("PROMPT> ")

# A background job that reads is stopped.
t.type("cat &\n")
t.expect("PROMPT> ")
t.type("jobs\n")
t.expect("PROMPT> ")
t.type("kill -9 %1; wait; echo gone\n")
t.expect("gone\r\n")
t.expect("PROMPT> ")

# The window.
t.resize(33, 99)
t.type("stty size\n")
t.expect("33 99\r\n")
# A shell that edits a line has a handler of its own; one that waits runs the trap.
t.type("sh -c 'trap \"kill \\$!; echo WINCH seen; exit\" WINCH; sleep 1000 & echo tr\"\"apped; wait'\n")
t.expect("trapped\r\n")
t.resize(40, 100)
t.expect("WINCH seen\r\n")
t.expect("PROMPT> ")
t.type("stty size\n")
t.expect("40 100\r\n")

# Raw programs: vi starts, edits, writes, and gives the screen back.
t.type("cd /tmp; vi edited\n")
t.expect("- edited")  # its status line; what was typed before would be flushed
t.type("ihello from vi")
t.expect("hello from vi")
t.type("\x1b")  # alone: with more behind it, it would be a function key
t.expect("- edited")
t.type(":wq\n")
t.expect("PROMPT> ")
t.type("cat edited\n")
t.expect("hello from vi\r\n")
t.expect("PROMPT> ")
before = termios.tcgetattr(t.fd)
t.type("stty -a | head -n 1\n")
t.expect("rows 40; columns 100")
t.expect("PROMPT> ")
t.type("exit 5\n")
check(t.end() == 5, "exit 5 from an interactive shell")

# The user's terminal is put back as it was, whatever the program did and however it ends.
for script, status in [("stty raw -echo; exit 3", 3), ("stty raw -echo; kill -KILL $$", 137)]:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)
        os.execv(SLOT190, [SLOT190, "run", BUSYBOX, "sh", "-c", script])
    _, code = os.waitpid(pid, 0)
    check(os.waitstatus_to_exitcode(code) == status, f"{script}: status {os.waitstatus_to_exitcode(code)}")
    after = termios.tcgetattr(slave)
    check(before == after, f"{script}: the terminal was left as {after}, was {before}")
    os.close(master)
    os.close(slave)

# The terminal goes away: the guest gets SIGHUP and everything ends.
t = Terminal("run", BUSYBOX, "sh", "-c", "trap 'exit 9' HUP; echo ready; while :; do sleep 1000 & wait; done")
t.expect("ready")
os.close(t.fd)
_, code = os.waitpid(t.pid, 0)
check(os.waitstatus_to_exitcode(code) in (9, 129, -1), f"hang-up: status {os.waitstatus_to_exitcode(code)}")
finish()
