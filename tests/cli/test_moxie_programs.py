"""moxie programs: both formats and their variants, arguments, signals, faults, the shell, mixed pipelines."""
import tempfile

from moxie import *

# ---- formats -----------------------------------------------------------------------------------------
HELLO = "hello from moxie\nargument 1: a\nargument 2: b c\n"
for name in ["hello.flt", "hello.elf", "hello.gz.flt", "hello.gzdata.flt", "hello.v2.flt", "hello.old.elf"]:
    expect(image(name, "a", "b c"), 42, out=HELLO, err="")
for name in ["hello.flt", "hello.elf", "hello.gz.flt"]:
    expect(image(name, k=["swi=user-stack"]), 42, out="hello from moxie\n", err="")
    expect(image(name, k=["swi=registers"]), 42, out="hello from moxie\n", err="")
for name in ["args.flt", "args.elf"]:
    expect(image(name, "x", "y z", ""), 4, err="",
           out=f"argv[0]={name}\nargv[1]=x\nargv[2]=y z\nargv[3]=\nenvp[0]=PATH={ENV['PATH']}\nenvp[1]=HOME=/home\nHOME is /home\n")
many = [f"{'long' * 10}-{i}" for i in range(200)]  # more than the stack in the header
expect(image("echo.flt", *many), 0, out=" ".join(many) + "\n", err="")

with tempfile.TemporaryDirectory(dir="/var/tmp") as tmp:
    good = {n: open(f"{IMAGES}/hello.{n}", "rb").read() for n in ["flt", "gz.flt", "elf"]}
    bad = {"short.flt": good["flt"][:70], "version.flt": good["flt"][:7] + b"\x05" + good["flt"][8:],
           "packed.flt": good["gz.flt"][:-40], "short.elf": good["elf"][:300],
           "entry.flt": good["flt"][:8] + b"\x00\xff\x00\x00" + good["flt"][12:]}
    for name, content in bad.items():
        with open(f"{tmp}/{name}", "wb") as f:
            f.write(content)
        os.chmod(f"{tmp}/{name}", 0o755)
        outcome = run("run", f"{tmp}/{name}")
        check(outcome.status == 126 and outcome.out == "" and outcome.err.count("\n") == 1,
              f"{name}: status {outcome.status}, out {outcome.out!r}, err {outcome.err!r}")

# ---- signals and faults --------------------------------------------------------------------------------
for name in ["sigtest.flt", "sigtest.elf"]:
    for swi in ["kernel-stack", "registers"]:
        outcome = expect(image(name, k=[f"swi={swi}"]), 0, err="")
        check(outcome.out.count("ok: ") == 14 and "FAILED" not in outcome.out, f"{name}, {swi}: {outcome.out}")
FATAL = {"divide": 8, "illegal": 4, "load": 11, "store": 11, "fetch": 11, "odd": 7, "misaligned": 7, "brk": 5, "stack": 11}
for how, sig in FATAL.items():
    expect(image("crash.elf", how), 128 + sig, out="")
expect(image("crash.flt", "swi"), 0, out="still here, 1\n")

# ---- a shell without fork ------------------------------------------------------------------------------
for name in ["sh.flt", "sh.elf"]:
    expect(sh("echo.flt one | cat.elf | wc.flt", name=name), 0, out="1 1 4\n", err="")
expect(sh('echo.flt $1 "$2" \'$2\' $# "${0}x"; exit 3', "self", "a", "b  c"), 3, out="a b  c $2 2 selfx\n")
expect(sh("X=5; Y=\"$X-${X}x\"; echo.flt $Y; Z=1 args.flt | grep Z=; echo.flt [$Z]", env={**ENV, "Q": "1"}),
       out="5-5x\nenvp[5]=Z=1\n[]\n", err="")
expect(sh("true && echo.flt yes || echo.flt no; false && echo.flt yes || echo.flt no; ! true; echo.flt $?"), out="yes\nno\n1\n")
expect(sh("hello.flt > /dev/null; echo.flt $?; nosuch; echo.flt $?; crash.flt divide; echo.flt $?"),
       out="42\n127\n136\n", err_has="sh: nosuch: not found")
expect(sh("cd /tmp; echo.flt b > f; echo.flt a >> f; sort.flt < f; cat.flt f none 2> e; echo.flt $?; cat.flt e; cat.flt none 2>&1 | wc.flt"),
       out="a\nb\nb\na\n1\ncat: none: No such file or directory\n1 7 37\n", err="")
expect(sh("cd /tmp; mkdir d; cd d; echo.flt 12345 > z; echo.flt > a; echo.flt > .h; ls.flt; ls.flt -a; ls.flt -l z; wc.flt a z"),
       out="a\nz\n.\n..\n.h\na\nz\n100644  1       6 z\n1 0 1 a\n1 1 6 z\n2 1 7 total\n", err="")
expect(sh("echo.flt a; echo.flt 'b"), 2, out="a\n", err="sh: quotes: not closed\n")
expect(sh("cat.flt <"), 2, out="", err="sh: redirection: to where?\n")
expect(sh("echo.flt a; > /tmp/made; ls.flt /tmp/made; | cat.flt"), 2, out="a\n/tmp/made\n", err="sh: a command: is missing\n")
# A background job lives while the shell goes on: it waits for what the shell only then makes.
expect(sh("cd /tmp; mkfifo p; cat.flt p & echo.flt started > /dev/null; echo.flt through > p; wait $!; echo.flt $?"), out="through\n0\n", err="")
expect(sh("hello.flt & wait $!; echo.flt $?"), out="hello from moxie\n42\n")
expect(sh("X=kept; X=gone | cat.flt; echo.flt $X; cd / | cat.flt; exec echo.flt end"), out="kept\nend\n", err="")
expect(image("sh.flt", stdin="echo.flt first\ncat.flt\nnot a command\n"), out="first\nnot a command\n", err="")

# ---- both machines in one pipeline ---------------------------------------------------------------------
expect(sh("busybox seq 1 20 | sort.flt -n -r | busybox head -n 2 | cat.elf | busybox tr 12 ab"), out="b0\na9\n", err="")
expect(shell(f"seq 1 2000 | {IMAGES}/cat.flt | {IMAGES}/sort.elf -n | tail -n 1; {IMAGES}/hello.flt; echo $?"),
       out="2000\nhello from moxie\n42\n", err="")
text = "".join(f"{i * 7919 % 1000} line\n" for i in range(3000))
expect(run("run", BUSYBOX, "sh", "-c", f"{IMAGES}/sort.flt -n | busybox sort -n -c && echo in order", stdin=text), out="in order\n")
expect(run("run", BUSYBOX, "sh", "-c", f"{IMAGES}/cat.flt | busybox wc -c", stdin=text * 20), out=f"{len(text) * 20}\n")
# The reader goes away: SIGPIPE ends the writer on the other architecture.
expect(sh("busybox yes | cat.flt | busybox head -n 1"), out="y\n", err="")

# ---- the same result however it is run ------------------------------------------------------------------
for name in ["bench.flt", "bench.elf"]:
    expect(image(name), out="loop 6adf917a\ncall a9fa1140\n", err="")
expect(image("bench.elf", k=["moxie-engine=interp"]), out="loop 6adf917a\ncall a9fa1140\n", err="")

# ---- memory ends somewhere --------------------------------------------------------------------------------
expect(image("hello.flt", k=["moxie-mem=256K"]), 42, out="hello from moxie\n")
finish()
