"""slot190 trace: strace's manners."""
import json
import os
import re
import tempfile

from slot190 import *

TRUE = [BUSYBOX, "true"]
lines = expect(run("trace", *TRUE), 0, out="").err.splitlines()
check(lines[0].startswith('execve("/bin/busybox", ["/bin/busybox", "true"], 0x'), f"first line: {lines[0]}")
check(lines[-2:] == ["exit_group(0)                           = ?", "+++ exited with 0 +++"], f"last lines: {lines[-2:]}")
call = re.compile(r"^[a-z_0-9]+\(.*\) += (\?|-?\d+|0x[0-9a-f]+)( [A-Z]+ \(.*\)| \(.*\))?$")
for line in lines[:-1]:
    check(call.match(line) is not None, f"no strace line: {line}")
    if len(line.split(" = ")[0]) < 39:
        check(line.index("= ") >= 40, f"not aligned: {line}")


def calls(*options, program=TRUE):
    found = []
    for line in run("trace", *options, *program).err.splitlines():
        m = re.match(r"^(?:\[pid +\d+\] )?([a-z_0-9]+)\(", line)
        if m:
            found.append(m[1])
    return found


CAT = [BUSYBOX, "cat", "/etc/hostname"]
HEAD = [BUSYBOX, "head", "-n1", "/etc/hostname"]
check(set(calls("-e", "trace=read,write", program=HEAD)) == {"read", "write"}, "-e trace=read,write")
check(set(calls("-e", "write")) == set(), "-e write")
check("open" in "".join(calls("-e", "trace=%file", program=CAT)), "-e trace=%file")
check(set(calls("-e", "trace=%memory")) <= {"brk", "mmap", "munmap", "mprotect", "mremap", "madvise"}, "-e trace=%memory")
check(not {"brk", "mmap", "mprotect"} & set(calls("-e", "trace=!%memory")), "-e trace=!%memory")
check(set(calls("-e", "trace=none")) == set(), "-e trace=none")
check(set(calls("-e", "trace=/^exit")) == {"exit_group"}, "-e trace=/^exit")
check(set(calls("-e", "trace=?nonexistent,brk")) == {"brk"}, "-e trace=?nonexistent")
check("execve" in calls("-e", "trace=process"), "-e trace=process")

failed = run("trace", "-Z", BUSYBOX, "cat", "/no/such").err
check('"/no/such"' in failed and "= -1 ENOENT (No such file or directory)" in failed, f"-Z: {failed}")
for line in failed.splitlines():
    check("= -1 E" in line or line.startswith(("+++", "---", "cat: ")), f"-Z shows {line}")
check("ENOENT" not in run("trace", "-z", BUSYBOX, "cat", "/no/such").err, "-z shows a failure")

# Signals and statuses.
err = expect(run("trace", "-e", "trace=none", BUSYBOX, "sh", "-c", "kill -TERM $$"), 143).err
check(re.search(r"^--- SIGTERM \{si_signo=SIGTERM, si_code=SI_USER, si_pid=\d+, si_uid=0\} ---$", err, re.M) is not None, err)
check(err.splitlines()[-1] == "+++ killed by SIGTERM +++", err)
err = run("trace", "-e", "trace=none", "-e", "signal=none", BUSYBOX, "sh", "-c", "kill -TERM $$").err
check("---" not in err, f"-e signal=none: {err}")
check("+++" not in run("trace", "-q", "-e", "trace=none", *TRUE).err, "-q")

# Several processes: [pid N], unfinished and resumed.
err = run("trace", "-e", "trace=process", BUSYBOX, "sh", "-c", "/bin/busybox true; exit 3").err
for part in ["[pid ", "<unfinished ...>", " resumed>", "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]", "--- SIGCHLD {si_signo=SIGCHLD, "
             "si_code=CLD_EXITED, si_pid=", "+++ exited with 3 +++"]:
    check(part in err, f"expected {part!r} in\n{err}")

# -s, -T, -t, -r, -y.
err = run("trace", "-s", "4", "-e", "trace=write", BUSYBOX, "echo", "0123456789").err
check('write(1, "0123"..., 11)' in err, f"-s: {err}")
check(re.search(r"= 0 <\d+\.\d{6}>$", run("trace", "-T", "-e", "brk", *TRUE).err, re.M) is not None or
      re.search(r"= 0x[0-9a-f]+ <\d+\.\d{6}>$", run("trace", "-T", "-e", "brk", *TRUE).err, re.M) is not None, "-T")
check(re.search(r"^\d\d:\d\d:\d\d brk\(", run("trace", "-t", "-e", "brk", *TRUE).err, re.M) is not None, "-t")
check(re.search(r"^\d\d:\d\d:\d\d\.\d{6} brk\(", run("trace", "-tt", "-e", "brk", *TRUE).err, re.M) is not None, "-tt")
check(re.search(r"^\d{9,}\.\d{6} brk\(", run("trace", "-ttt", "-e", "brk", *TRUE).err, re.M) is not None, "-ttt")
check(re.search(r"^ +\d+\.\d{6} brk\(", run("trace", "-r", "-e", "brk", *TRUE).err, re.M) is not None, "-r")
check("3</etc/hostname>" in run("trace", "-y", *CAT).err, "-y")

# -o, -c, -C, -S.
with tempfile.TemporaryDirectory() as tmp:
    log = os.path.join(tmp, "log")
    expect(run("trace", "-o", log, BUSYBOX, "echo", "x"), 0, out="x\n", err="")
    text = open(log).read()
    check(re.match(r"^\d+ +execve\(", text) is not None and text.endswith("+++ exited with 0 +++\n"), f"-o: {text}")
    expect(run("trace", "-co", log, "-S", "calls", *CAT), 0, err="")
    table = open(log).read().splitlines()
    check(table[0] == "% time     seconds  usecs/call     calls    errors syscall", f"-c: {table}")
    check(table[-1].endswith(" total"), f"-c: {table}")
    counts = [int(row.split()[3]) for row in table[2:-2]]
    check(counts == sorted(counts, reverse=True), f"-S calls: {counts}")
    check(sum(counts) == int(table[-1].split()[3]), "-c: the total is not the sum")
err = run("trace", "-C", *TRUE).err
check("exit_group(0)" in err and "% time" in err, "-C")

# --json, --events.
names = []
for line in run("trace", "--json", BUSYBOX, "sh", "-c", "/bin/busybox true").err.splitlines():
    event = json.loads(line)
    if event["type"] == "syscall":
        names.append(event["name"])
        check({"pid", "args", "ret", "time", "duration"} <= event.keys(), line)
check("write" not in names and "rt_sigaction" in names, f"--json: {names}")
err = run("trace", "--events", "-e", "trace=none", BUSYBOX, "sh", "-c", "/bin/busybox true").err
for part in ["*** sched: switch ", "*** fork: ", " wakes "]:
    check(part in err, f"--events lacks {part!r}:\n{err}")

expect(run("trace", "/no/such/program"), 127)
expect(run("trace", "-e", "trace=none", BUSYBOX, "sh", "-c", "exit 9"), 9)
finish()
