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

# What two kernels may answer differently is not the tracer's business: only the name is compared.
DIFFERENT = re.compile(r"^(execve|brk|mmap|mmap2|getrandom|readlink|sysinfo|uname|rseq|set_thread_area|mremap|getcwd|getpid|"
                       r"gettid|getppid|newfstatat|fstat64|statx|prlimit64|ugetrlimit|getdents64|set_tid_address)\(")
# Reading the clock may need no call (a vDSO), and under the host's ptrace even an ignored SIGCHLD interrupts a call,
# which then starts again.
LEFT_OUT = re.compile(r"^(clock_gettime(64)?\(|.*= \? ERESTART|--- SIGCHLD)")
PROCESS_CALLS = "fork|vfork|clone|wait4|waitpid|waitid|kill|tgkill"


def pid_free(text):
    """A line without addresses, times and process ids."""
    if DIFFERENT.match(text):
        return text[:text.index("(")] + "(...)"
    text = re.sub(r"0x[0-9a-f]{5,}", "ADDR", text)
    text = re.sub(r"tv_([nu]?)sec=\d+", r"tv_\1sec=T", text)
    text = re.sub(r"/tmp/slot190\.\w+", "/tmp/DIR", text)
    text = re.sub(r"si_pid=\d+|si_[us]time=\d+", "X", text)
    text = re.sub(r"SA_RESTORER\||, sa_restorer=ADDR", "", text)  # i386's C library leaves it out if there is a vDSO
    text = re.sub(r" += ", " = ", text)
    if re.match(f"^({PROCESS_CALLS})\\(", text):
        text = re.sub(r"(?<=[( ])-?\d+(?=[,)])|(?<= = )\d+$", "N", text)
    return text


def normalised(path):
    """Lines by process, in order of appearance; a call that was interrupted in the listing is put together."""
    processes = {}
    for line in open(path, errors="replace"):
        m = re.match(r"^(\d+) +(.*)$", line)
        if m is None:
            continue
        lines, text = processes.setdefault(m[1], []), m[2]
        resumed = re.match(r"^<\.\.\. \w+ resumed>(.*)$", text)
        if resumed and lines and lines[-1].endswith("<unfinished ...>"):
            text = lines.pop()[:-len(" <unfinished ...>")] + resumed[1]
        lines.append(text)
    # How often libc asks for random numbers is chance: mkdtemp draws again when it dislikes one.
    return [(number, pid_free(text)) for number, lines in enumerate(processes.values()) for text in lines
            if not text.startswith("getrandom(")
            if not LEFT_OUT.match(text)]


compared = 0
with tempfile.TemporaryDirectory() as tmp:
    for name in ["hello", "files", "file_stat", "dirs", "execs", "vfork_share"]:
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
