"""slot190 bench: what it prints, its JSON, its exit statuses. No figure is asserted, only that it is one."""
import csv
import io
import json
import select
import signal

from slot190 import *

QUICK = ["--quick", "--rounds=1", "--quiet"]


def wrong(*args, has):
    outcome = run("bench", *args)
    expect(outcome, 125, out="", err_has=[has, "try "])
    if len(outcome.err.splitlines()) != 1:
        fail(outcome, "expected one line")


wrong(has="no suite is named")
wrong("nonsense", has="there is no suite 'nonsense'")
wrong("files", "syscalls", has="one word too many")
wrong("--case", "nonsense", has="there is no case")
wrong("files", "--mem=x", has="is not a number")
wrong("files", "--isa=mips", has="neither x86_64 nor i386")
wrong("files", "--cpu=4000", has="no CPU that we may use")
wrong("files", "--json", "--csv", has="exclude one another")
wrong("files", "--guests=/", has="not in /")
wrong("files", "--peer", "/no/such/launcher {}", has="there is no program")
wrong("files", "--from=/no/such/file", has="cannot read")
wrong("files", "--from=/bin/busybox", has="is no report")
for limit in ["fork", "fork=", "fork=x", "fork=nan", "fork=inf", "nonsense=1", "fork@x=1"]:
    wrong("files", "--fail-above", limit, has="--fail-above")
wrong("--html", "", "--case", "getpid", has="--html needs a value")
wrong("--case", "nonsense", "files", "--quick", has="there is no case")  # options on both sides of the suite
for name in ["native", "slot190"]:
    wrong("files", "--peer", name + "=env {}", has=f"there is a '{name}' already")
wrong("files", "--peer", "env {}", "--peer", "env {}", has="there is a 'env' already")
# Before anything is measured, not after an hour of it.
wrong("files", "--fail-above", "fork=2", has="not among what is measured")
wrong("fork-vs-vfork", "--mem=1", "--fail-above", "fork@64=2", has="not among what is measured")
wrong("files", "--html=/no/such/page", has="cannot write '/no/such/page'")
wrong("files", "--svg=/no/such/chart", has="cannot write '/no/such/chart'")
wrong("files", "--cpus=0", has="--cpus: '0' is not a number from 1")
expect(run("bench", "--case", "getpid", "-k", "vfork=nonsense"), 125, out="", err_has=["slot190: there is no vfork 'nonsense'"])

expect(run("bench", "--help"), out_has=["usage: slot190 bench", "--fail-above", "--peer"], err="")
expect(run("bench", "--list"), out_has=["fork", "getpid_asleep", "create"], err="")

with tempfile.TemporaryDirectory() as folder:
    def there(name):
        return os.path.join(folder, name)

    # Every kind of row: memory sizes, huge pages, a peer (the host itself, by way of env).
    outcome = run("bench", "--case", "vfork", "--case", "getpid", "--mem=0,2", "--json", *QUICK, "--peer",
                  "other=env {}", "--html", there("page.html"), "--svg", there("chart.svg"))
    expect(outcome, 0)
    report = json.loads(outcome.out or "{}")
    check({"date", "load_avg", "warnings", "implementations"} <= set(report.get("context", {})), "context lacks fields")
    rows = {b["name"]: b for b in report.get("benchmarks", [])}
    for name in ["getpid/mem:0/native", "getpid/mem:0/slot190", "getpid/mem:0/other", "vfork/mem:0/slot190",
                 "vfork/mem:2/slot190, thp", "vfork/mem:2/slot190, small pages", "getpid/mem:0/slot190, stops",
                 "vfork/mem:2/native, thp"]:
        row = rows.get(name)
        check(row is not None, f"no row {name}")
        if row is None:
            continue
        check(row["real_time"] > 0 and row["time_unit"] == "ns" and row["run_type"] == "iteration", f"{name}: {row}")
        check("error_occurred" not in row, f"{name}: {row.get('error_message')}")
        check(row["p10"] <= row["real_time"] <= row["p90"], f"{name}: median outside its spread")
        check(("ratio" in row) == (row["implementation"] != "native"), f"{name}: ratio")
    with open(there("page.html")) as page, open(there("chart.svg")) as chart:
        html, svg = page.read(), chart.read()
        check("prefers-color-scheme" in svg and svg.startswith("<svg "), "no chart")
        check(svg.strip() in html, "the page lacks the chart")
        check("src=" not in html and "href=" not in html, "the page is not self-contained")

    # A report from a file is the report of that run.
    with open(there("run.json"), "w") as f:
        f.write(outcome.out)
    again = ["bench", "all", "--from", there("run.json")]
    check(json.loads(run(*again, "--json").out) == report, "--from changes the JSON")
    expect(run(*again, "--csv"), out_has=["case,mem_mib,implementation", "\nvfork,2,slot190,"], err="")
    expect(run(*again, "--markdown"), out_has=["### syscalls", "| getpid |"], err="")
    expect(run(*again), out_has=["native", "vfork + _exit + wait, 2 MiB"], err="")

    # Limits: none can be as low as 0.000001, none as high as a million; what was not measured fails.
    table = list(csv.reader(io.StringIO(run(*again, "--csv").out)))
    check(all(len(line) == len(table[0]) for line in table), "CSV: a name with a comma is two fields")
    check("slot190, thp" in [line[2] for line in table], "CSV: no row of slot190, thp")
    expect(run(*again, "--csv", "--fail-above", "getpid=1000000", "--fail-above", "vfork@2=1e6"), 0, err="")
    expect(run(*again, "--csv", "--fail-above", "getpid=0.000001"), 1, err_has="above 1e-06")
    expect(run(*again, "--csv", "--fail-above", "vfork@2=0.000001"), 1, err_has="vfork at 2 MiB")
    expect(run(*again, "--csv", "--fail-above", "fork=5"), 1, err_has="was not measured")
    expect(run(*again, "--html", "/no/such/dir/x.html"), 125, err_has="cannot write")

    # A report that nobody gets is no success; the files are written all the same.
    for report_format in ["--json", "--csv", "--markdown", "-q"]:
        with open("/dev/full", "w") as full:
            lost = subprocess.run([SLOT190, *again, report_format, "--html", there("kept.html")], stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        check(lost.returncode == 125 and "cannot write all of the report to stdout: try " in lost.stderr,
              f"{report_format} to a full device: {lost.returncode} {lost.stderr}")
        check(os.path.exists(there("kept.html")), "no page beside the lost report")

    # A picture of what there is; an empty file is none.
    expect(run("bench", "syscalls", "--from", there("run.json"), "--csv", "--svg", there("calls.svg")), 0, err="")
    check(open(there("calls.svg")).read().startswith("<svg "), "no chart of the system calls")
    wrong_run = run("bench", "files", "--from", there("run.json"), "--csv", "--svg", there("files.svg"))
    expect(wrong_run, 125, err_has=["nothing of files was measured", "try "])
    expect(run("bench", "--case", "getpid", "--no-nommu", *QUICK, "--svg", there("one.svg")), 0, err="")
    check(open(there("one.svg")).read().startswith("<svg "), "no chart of one case")

    # Figures that nobody can have measured are no report.
    for field, value in [("real_time", 1e308), ("real_time", 0), ("p90", -1), ("mem_mib", -7), ("mem_mib", 1e300),
                         ("ratio", 1e300), ("implementation", 5), ("p10", None)]:
        broken = json.loads(outcome.out)
        broken["benchmarks"][-1][field] = value
        with open(there("broken.json"), "w") as f:
            json.dump(broken, f)
        wrong("all", "--from", there("broken.json"), "--html", there("broken.html"), has="is no report")

    # A launcher that runs nothing is a warning and a row of errors, not a failure.
    outcome = run("bench", "--case", "getpid", "--json", *QUICK, "--peer", "false")
    expect(outcome, 0)
    context = json.loads(outcome.out or '{"context":{"warnings":[]}}')["context"]
    check(any("false cannot run" in w for w in context["warnings"]), "no warning about the broken peer")

# So is one that prints whatever it likes: the others' rows are not lost for it, and it is not heard for ever.
with tempfile.TemporaryDirectory() as folder:
    def launcher(name, text):
        place = os.path.join(folder, name)
        with open(place, "w") as f:
            f.write("#!/bin/busybox sh\n" + text)
        os.chmod(place, 0o755)
        return ["--peer", f"{name}={place}"]

    peers = launcher("chatter", "exec /bin/busybox yes") + launcher("endless", "exec /bin/busybox cat /dev/zero")
    peers += launcher("bytes", "printf 'a\\033[31mb \\377\\n' >&2; exit 1")
    answers = {"words": '{"error":5}', "text": '{"ns":"x"}', "empty": '{"ns":[]}', "nothing": '{"ns":[0]}', "below": '{"ns":[-1]}', "above": '{"ns":[1e308]}',
               "deep": '{"ns":[[1]]}', "silent": '{"error":""}'}
    for name, answer in answers.items():
        peers += launcher(name, f"echo '{{\"ready\":1}}'; while read line; do echo '{answer}'; exit; done")
    outcome = run("bench", "--case", "getpid", "--json", "--no-nommu", *QUICK, *peers)
    expect(outcome, 0, err="")
    report = json.loads(outcome.out or '{"context":{"warnings":[]},"benchmarks":[]}')
    rows = {b["implementation"]: b for b in report["benchmarks"]}
    check(rows.get("slot190", {}).get("real_time", 0) > 0, "the row of slot190 is lost")
    for name in ["chatter", "endless", "bytes", *answers]:
        check(rows.get(name, {}).get("error_occurred", False), f"{name} counts as measured: {rows.get(name)}")
    check("\x1b" not in str(report), "a launcher's control sequences get through")

# ^C leaves nothing behind, not even what a launcher started beside the program: all that hold the FIFO open are gone.
for sig in [signal.SIGINT, signal.SIGTERM]:
    with tempfile.TemporaryDirectory() as folder:
        fifo, script = os.path.join(folder, "fifo"), os.path.join(folder, "helped")
        os.mkfifo(fifo)
        with open(script, "w") as f:
            f.write(f"#!/bin/busybox sh\nexec 3>{fifo}\n/bin/busybox sleep 1000 &\nexec \"$@\"\n")
        os.chmod(script, 0o755)
        bench = subprocess.Popen([SLOT190, "bench", "--case", "getpid", "--rounds=250", "--ms=10000", "--peer", script],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 preexec_fn=lambda: signal.signal(sig, signal.SIG_DFL))
        with open(fifo) as held:
            bench.send_signal(sig)
            check(bench.wait(60) == -sig, f"{sig.name}: exit status {bench.returncode}")
            check(select.select([held], [], [], 60)[0] and held.read() == "", f"{sig.name}: a helper lives on")

# Every case of every suite works under slot190 and natively, for both word sizes.
for isa in ["x86_64", "i386"]:
    outcome = run("bench", "all", "--json", f"--isa={isa}", "--mem=0", "--no-huge", *QUICK)
    expect(outcome, 0)
    for row in json.loads(outcome.out or '{"benchmarks":[]}')["benchmarks"]:
        check("error_occurred" not in row, f"{isa} {row['name']}: {row.get('error_message')}")
finish()
