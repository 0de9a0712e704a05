"""Who lives in a new time namespace: a fork child, and what a child executes; not a vfork child before that.
(Row B39 of tests/eras/table.md is the vfork itself.)"""
import sys

from slot190 import *

SCRIPT = """
import ctypes, os, subprocess
first = os.readlink("/proc/self/ns/time")
def show(who):
    print(who, *(os.readlink("/proc/self/ns/" + n) == first for n in ("time", "time_for_children")), flush=True)
show("before")
ctypes.CDLL(None).unshare(0x80)  # CLONE_NEWTIME
show("after")
if os.fork() == 0:
    show("child")
    os._exit(0)
os.wait()
now = subprocess.run(["/bin/busybox", "readlink", "/proc/self/ns/time"], stdout=subprocess.PIPE).stdout.decode().strip()
print("executed", now == first)
"""
expect(run("run", sys.executable, "-c", SCRIPT), 0, err="",
       out="before True True\nafter True False\nchild False False\nexecuted False\n")
finish()
