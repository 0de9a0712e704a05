"""What the guest may see and change: memory only, --rw, volumes, another root."""
import os
import shutil
import tempfile

from slot190 import *

with tempfile.TemporaryDirectory(dir="/var/tmp") as tmp:
    os.makedirs(f"{tmp}/data")
    path = f"{tmp}/data/file"
    with open(path, "w") as f:
        f.write("original\n")

    def host():
        return open(path).read()

    expect(shell(f"cat {path}"), out="original\n")
    expect(shell(f"echo changed > {path} && cat {path} && echo new > {tmp}/new && rm {path} && ls {tmp}"),
           out="changed\ndata\nnew\n", err="")
    check(host() == "original\n" and os.listdir(tmp) == ["data"], "a write of the guest reached the host")
    expect(shell(f"mv {tmp}/data {tmp}/moved && chmod 0 {tmp}/moved/file && ls {tmp}"), out="moved\n")
    check(os.listdir(tmp) == ["data"], "a rename of the guest reached the host")

    expect(shell("cat /here/file; echo memory > /here/file; cat /here/file", "-v", f"{tmp}/data:/here"), out="original\nmemory\n")
    check(host() == "original\n", "a volume without :rw was written to")
    expect(shell("echo volume > /here/file; echo more > /here/second; rm /here/second", "-v", f"{tmp}/data:/here:rw"), err="")
    check(host() == "volume\n" and os.listdir(f"{tmp}/data") == ["file"], "a :rw volume was not written to")
    expect(shell(f"echo rw > {path}", "--rw"), err="")
    check(host() == "rw\n", "--rw did not write through")
    big = "x" * 100000
    expect(shell(f"cat > {path}", "--rw", stdin=big))
    check(host() == big, "a large write was cut")

    root = f"{tmp}/root"
    os.makedirs(f"{root}/bin")
    shutil.copy(BUSYBOX, f"{root}/bin/busybox")
    expect(run("run", "-r", root, "/bin/busybox", "ls", "/bin"), out="busybox\n", err="")
    expect(run("run", f"--root={root}", "/bin/busybox", "cat", "/etc/passwd"), 1)
    os.symlink("/etc/passwd", f"{root}/escape")
    os.symlink("../../../../../../../../etc/passwd", f"{root}/escape2")
    for name in ["escape", "escape2"]:
        expect(run("run", f"--root={root}", "/bin/busybox", "cat", f"/{name}"), 1, out="")
    expect(run("run", f"--root={root}", "/bin/busybox", "sh", "-c", "busybox ls /proc/self/exe /dev/null"), 0,
           out="/dev/null\n/proc/self/exe\n")
    expect(run("run", f"--root={root}", "/bin/busybox", "touch", "/made"))
    check("made" not in os.listdir(root), "a write under --root reached the host")

# /proc and /dev are the guest kernel's own.
expect(shell("cat /proc/1/comm; echo $$"), out="init\n2\n")
expect(shell("test $(ls -d /proc/[0-9]* | wc -l) -lt 9 && echo few"), out="few\n")
expect(shell("cat /dev/null; head -c 3 /dev/zero | od -An -tx1"), out=" 00 00 00\n")
finish()
