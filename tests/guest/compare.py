#!/usr/bin/env python3
"""Runs one guest program on the host and under slot190; transcripts and exit statuses must agree.

usage: compare.py SLOT190 PROGRAM [IMAGE]
IMAGE is the same program built for an ISA that the host does not have; it must say the same.
Exit status 0 if they agree, 1 if not, 77 (skipped) if the host has no such programs (no 32-bit code).
"""
import difflib
import errno
import subprocess
import sys
import tempfile

slot190, program = sys.argv[1:3]
images = [program, *sys.argv[3:]]
# Its own program twice: as usual, and with each way between two system calls tried in the kernel process.
runs = [(image, []) for image in images] + [(program, ["--ahead=always"])]
environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C", "TRANSCRIPT": "yes"}


def run(command):
    """Output goes to a file, not a pipe: a process that lives on must not keep us waiting."""
    with tempfile.TemporaryFile() as out:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                env=environment).returncode
        out.seek(0)
        text = out.read().decode("utf-8", "backslashreplace").splitlines(keepends=True)
    return text, 128 - status if status < 0 else status


arguments = ["one", "two words"] if len(images) == 1 else []
try:
    native, native_status = run([program, *arguments])
except OSError as error:
    print(f"the host cannot run {program}: {error}")
    sys.exit(77 if error.errno == errno.ENOEXEC else 1)  # a host without 32-bit programs skips
if not native:
    print("the program printed nothing on the host: there is nothing to compare")
agree = bool(native)
for image, options in runs:
    what = " ".join(["slot190", *options, image])
    guest, guest_status = run([slot190, "run", *options, "--", image, *arguments])
    sys.stdout.writelines(difflib.unified_diff(native, guest, "native", what))
    if native_status != guest_status:
        print(f"exit status: native {native_status}, {what} {guest_status}")
    agree = agree and native == guest and native_status == guest_status
sys.exit(0 if agree else 1)
