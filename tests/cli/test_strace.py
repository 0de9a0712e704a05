"""The same guest program under strace on the host and under slot190 trace: the same lines, but for
addresses, process ids and times."""
import os
import re
import shutil
import subprocess
import tempfile

from slot190 import *

if shutil.which("strace") is None:
    print("skipped: there is no strace")
    sys.exit(77)

# What two kernels may answer differently: not the tracer's business.
DIFFERENT = re.compile(r"^(execve|brk|mmap|mmap2|getrandom|readlink|sysinfo|uname|rseq|set_thread_area|mremap|getcwd|clock_.*|"
                       r"getpid|gettid|getppid|newfstatat|fstat64|statx|prlimit64|ugetrlimit|getdents64)\(")


def normalised(path):
    """Lines by process, in order of appearance; a call that was interrupted in the listing is put together."""
    processes, order, pids = {}, {}, {}
    for line in open(path, errors="replace"):
        m = re.match(r"^(\d+) +(.*)$", line)
        if m is None:
            continue
        pid, text = m[1], m[2]
        order.setdefault(pid, len(order))
        lines = processes.setdefault(pid, [])
        resumed = re.match(r"^<\.\.\. \w+ resumed>(.*)$", text)
        if resumed and lines and lines[-1].endswith("<unfinished ...>"):
            text = lines.pop()[:-len(" <unfinished ...>")] + resumed[1]
        lines.append(text)
    result = []
    for pid, lines in processes.items():
        for text in lines:
            if DIFFERENT.match(text):
                text = text[:text.index("(")] + "(...)"
            text = re.sub(r"\b(" + "|".join(order) + r")\b", "PID", text) if int(pid) > 300 else re.sub(
                r"(?<=si_pid=)\d+|(?<=kill\()\d+|(?<=wait4\()\d+|(?<=set_tid_address\().*|(?<=, )\d+(?=, SIG)", "PID", text)
            text = re.sub(r"si_pid=\d+", "si_pid=PID", text)
            text = re.sub(r"(?<=kill\()\d+(, \d+)?", "PID", text)
            text = re.sub(r"(?<=wait4\()\d+", "PID", text)
            text = re.sub(r"(?<=waitpid\()\d+", "PID", text)
            text = re.sub(r"(?<=waitid\(P_PID, )\d+", "PID", text)
            text = re.sub(r"set_tid_address\(.*", "set_tid_address", text)
            text = re.sub(r"(v?fork|clone|wait4|waitpid)(\(.*\)) += \d+$", r"\1\2 = PID", text)
            text = re.sub(r"(v?fork|clone|wait4|waitpid)(\(.*\)) += PID$", r"\1\2 = PID", text)
            text = re.sub(r"0x[0-9a-f]{5,}", "ADDR", text)
            text = re.sub(r"tv_([nu]?)sec=\d+", r"tv_\1sec=T", text)
            text = re.sub(r"/tmp/slot190\.\w+", "/tmp/DIR", text)
            text = re.sub(r"si_utime=\d+, si_stime=\d+", "si_utime=T", text)
            text = re.sub(r" += ", " = ", text)
            result.append((order[pid], text))
    return result


compared = 0
with tempfile.TemporaryDirectory() as tmp:
    for name in ["hello", "files", "pipes", "execs", "sigchld", "vfork_share"]:
        for bits in ["64", "32"]:
            program = os.path.join(GUESTS, f"{name}.{bits}")
            native, guest = os.path.join(tmp, "native"), os.path.join(tmp, "guest")
            traced = subprocess.run(["strace", "-f", "-o", native, program], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if not os.path.exists(native) or "execve" not in open(native).readline():
                continue  # the host does not let strace work, or cannot run the program
            run("trace", "-o", guest, program)
            a, b = normalised(native), normalised(guest)
            compared += 1
            for x, y in zip(a, b):
                if x != y:
                    check(False, f"{name}.{bits}:\n  strace:  {x[0]} {x[1]}\n  slot190: {y[0]} {y[1]}")
                    break
            else:
                check(len(a) == len(b), f"{name}.{bits}: {len(a)} lines of strace, {len(b)} of slot190")
if compared == 0:
    print("skipped: strace traced nothing here")
    sys.exit(77)
finish()
