#!/usr/bin/env python3
"""Checks who includes whom (Documentation/floors.md): a file includes only from its own floor and those
below; the core knows arch/arch.h alone of arch/; the machine and the guest architectures do not know
each other; only arch/um/os-Linux sees the host's system headers, and lib/uapi.h is the only other file
that sees <linux/...> and <asm/...>.

usage: check_floors.py REPOSITORY
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
ROOMS = ["lib", "arch", "kernel", "mm", "fs", "ipc", "net", "drivers", "init", "tools"]
CORE = {"kernel", "mm", "fs"}
ABOVE_CORE = {"ipc", "net", "drivers"}

# For each room: the rooms whose headers it may include.
MAY = {
    "lib": {"lib"},
    "arch/arch.h": {"lib", "arch"},
    "arch/file_changes.h": {"lib", "arch"},
    "arch/host.h": {"lib", "arch"},
    "arch/pages.h": {"lib", "arch"},
    "arch/*.cpp": {"lib", "arch", "arch/x86", "arch/moxie"},  # the list of guest architectures
    "arch/um": {"lib", "arch", "arch/um"},
    "arch/x86": {"lib", "arch", "arch/x86"} | CORE | ABOVE_CORE,
    "arch/moxie": {"lib", "arch", "arch/moxie"} | CORE | ABOVE_CORE,
    "kernel": {"lib", "arch"} | CORE,
    "mm": {"lib", "arch"} | CORE,
    "fs": {"lib", "arch"} | CORE,
    "ipc": {"lib", "arch"} | CORE | ABOVE_CORE,
    "net": {"lib", "arch"} | CORE | ABOVE_CORE,
    "drivers": {"lib", "arch"} | CORE | ABOVE_CORE,
    "init": {"lib", "arch", "arch/um", "arch/x86", "arch/moxie", "init"} | CORE | ABOVE_CORE,
    "tools": {"lib", "arch", "arch/um", "arch/x86", "arch/moxie", "init", "tools"} | CORE | ABOVE_CORE,
}
# arch/ may use what it serves of the core (kernel/sched.h ...), nothing of files or devices.
MAY["arch/um"] |= {"kernel", "mm"}

# C library headers that talk to the host. <cstdio>, <ctime> and the like are the language's.
HOST = re.compile(
    r"(sys/.*|arpa/.*|net/.*|netinet/.*|unistd|fcntl|signal|csignal|poll|sched|termios|pty|utmp|dirent|pwd|grp|dlfcn|"
    r"pthread|semaphore|mqueue|ucontext|spawn|ftw|glob|wordexp|syslog|aio|utime|seccomp)(\.h)?$")
UAPI = re.compile(r"(linux|asm|asm-generic)/.*")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room(path):
    """The room of a repository path such as arch/um/stub.h."""
    parts = path.split("/")
    if parts[0] != "arch":
        return parts[0]
    if len(parts) == 2 and path.endswith(".cpp"):
        return "arch/*.cpp"
    return path if len(parts) == 2 else "/".join(parts[:2])


findings = []
graph = {}
for top in ROOMS:
    for source in sorted((root / top).rglob("*")):
        if source.suffix not in {".h", ".cpp", ".c", ".S"}:
            continue
        name = source.relative_to(root).as_posix()
        here = room(name)
        graph[name] = []
        for number, line in enumerate(source.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, header = match.groups()
            place = f"{name}:{number}"
            if quote == "<":
                if name.startswith("arch/um/os-Linux/"):
                    continue
                if HOST.match(header):
                    findings.append(f"{place}: <{header}> is the host's; only arch/um/os-Linux includes it")
                if UAPI.match(header) and name != "lib/uapi.h" and not header.startswith("asm/unistd_"):
                    findings.append(f"{place}: <{header}>: take it from lib/uapi.h")
                continue
            if not (root / header).is_file():
                findings.append(f'{place}: "{header}" is no file of ours; include by path from the root')
                continue
            graph[name].append(header)
            there = room(header)
            allowed = MAY.get(here)
            if allowed is None:
                findings.append(f"{place}: {here} is no room that the floors know")
            elif there in {"arch/arch.h", "arch/file_changes.h", "arch/host.h", "arch/pages.h"}:
                if "arch" not in allowed:
                    findings.append(f"{place}: {here} must not know {there}")
            elif there != here and there not in allowed:
                findings.append(f"{place}: {here} must not know {there}")


def find_circle():
    """A circle of headers, or None."""
    state = {}

    def visit(node, trail):
        state[node] = 1
        for target in graph.get(node, []):
            if not target.endswith(".h"):
                continue
            if state.get(target) == 1:
                return trail[trail.index(target):] + [target] if target in trail else [node, target]
            if target not in state:
                circle = visit(target, trail + [target])
                if circle:
                    return circle
        state[node] = 2
        return None

    for node in graph:
        if node.endswith(".h") and node not in state:
            circle = visit(node, [node])
            if circle:
                return circle
    return None


circle = find_circle()
if circle:
    findings.append("headers include in a circle: " + " -> ".join(circle))
if len(graph) < 50:
    findings.append(f"only {len(graph)} files found under {root}: is that the repository?")
print("\n".join(findings) if findings else f"{len(graph)} files, every include in order")
sys.exit(1 if findings else 0)
