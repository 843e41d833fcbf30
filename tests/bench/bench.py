#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's cost beside the floor's and GDB's own, measured in one run.

    cmake --build build --target bench

Each figure is the best of several repetitions. CPU time is the whole process's, user and system;
"elapsed" is the wall clock. Nothing here passes or fails: the figures are for reading.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GDB = os.environ.get("VMMAP_GDB", "gdb")
PLUGIN, GUESTS, FLOOR, MEMORY = (os.environ[f"VMMAP_{name}"]
                                 for name in ("PLUGIN", "GUESTS", "FLOOR", "MEMORY"))
MANY = os.path.join(GUESTS, "many")


def run_gdb(script, *program, remote=False):
    """Runs a script with `inside` in a stopped program; returns what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        results = os.path.join(folder, "results")
        source = os.path.join(folder, "script.py")
        with open(source, "w") as file:
            file.write(f"import sys; sys.path.insert(0, {HERE!r})\nfrom inside import *\n{script}")
        start = ["-ex", "break stop_here", "-ex", "run"]
        if remote:
            start = ["-ex", f"set remotelogfile {results}.remote",
                     "-ex", "target remote | gdbserver --once - " + " ".join(program),
                     "-ex", "break stop_here", "-ex", "continue"]
        args = [GDB, "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex",
                f"jit-reader-load {PLUGIN}", *start, "-ex", f"source {source}",
                *(["-ex", "kill"] if remote else []), "--args", *program]
        done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env={**os.environ, "VMMAP_RESULTS": results})
        if not os.path.exists(results):
            sys.exit(f"gdb wrote no results:\n{done.stderr.decode(errors='replace')}")
        with open(results) as file:
            return json.load(file)


def cpu_of(args):
    """CPU milliseconds of one run of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def report(name, value, unit, ratio=None, beside=""):
    ratio = f"{ratio:8.2f} x {beside}" if ratio is not None else f"{'':8}   {beside}"
    print(f"{name:58} {value:10.2f} {unit:6} {ratio}".rstrip(), flush=True)


def loading():
    plain, loaded = [], []
    for _ in range(40):
        plain.append(cpu_of([GDB, "-nx", "-batch"]))
        loaded.append(cpu_of([GDB, "-nx", "-batch", "-ex", f"jit-reader-load {PLUGIN}"]))
    report("gdb -nx -batch, CPU", min(plain), "ms")
    report("  with the plugin loaded: added CPU", min(loaded) - min(plain), "ms")


def listing(count):
    script = f"""
pid = gdb.selected_inferior().pid
import subprocess
floor = min(float(subprocess.run([{FLOOR!r}, str(pid), "1"], stdout=subprocess.PIPE).stdout)
            for _ in range(9))
write({{"floor": floor, "vmmap": best("vmmap"), "json": best("vmmap --json"),
        "gaps": best("vmmap --gaps"), "kept": best("vmmap", cold=False),
        "gdb": best("info proc mappings", 5),
        "sp": best("vmmap $sp", 50, time.perf_counter), "sp_kept": best("vmmap $sp", 50,
        time.perf_counter, cold=False), "evaluate": best("print $sp", 50, time.perf_counter)}})
"""
    found = run_gdb(script, MANY, str(count))
    floor = found["floor"]
    report(f"{count} mappings: minimal C program, CPU", floor / 1e3, "ms")
    for key, name in (("vmmap", "vmmap, cold, CPU"), ("json", "vmmap --json, cold, CPU"),
                      ("gaps", "vmmap --gaps, cold, CPU"), ("kept", "vmmap, kept map, CPU"),
                      ("gdb", "GDB's info proc mappings, CPU")):
        report(f"  {name}", found[key] / 1e3, "ms", found[key] / floor, "the C program")
    report("  GDB's print $sp, elapsed", found["evaluate"] / 1e3, "ms")
    report("  vmmap $sp, cold, elapsed", found["sp"] / 1e3, "ms", found["sp"] / found["evaluate"],
           "print $sp")
    report("  vmmap $sp, kept map or threads, elapsed", found["sp_kept"] / 1e3, "ms",
           found["sp_kept"] / found["evaluate"], "print $sp")


def threads(program, count):
    """First listings: what GDB reads for it is then read, so that each takes a GDB of its own."""
    script = """
begin = time.process_time()
gdb.execute({!r}, False, True)
write((time.process_time() - begin) * 1e3)
"""
    theirs, ours = (
        min(run_gdb(script.format(command), os.path.join(GUESTS, program), str(count))
            for _ in range(9)) for command in ("thread apply all -q p $sp", "vmmap"))
    report(f"{program}, {count} threads: thread apply all -q p $sp, CPU", theirs, "ms")
    report("  first vmmap, CPU", ours, "ms", ours / theirs, "thread apply")


def memory(count):
    process = subprocess.Popen([MANY, str(count)])
    try:
        subprocess.run(["sleep", "0.3"], check=True)
        found = subprocess.run([MEMORY, str(process.pid)], stdout=subprocess.PIPE, check=True)
    finally:
        process.kill()
        process.wait()
    regions, total = map(int, found.stdout.split())
    report(f"{regions} mappings: allocator's total for the map", total / 1024, "KiB")
    report("  bytes a region", total / regions, "bytes")


def remote(count):
    script = """
import time
write({"gdb": best("info proc mappings", 9, time.perf_counter, to_string=True),
       "vmmap": best("vmmap", 9, time.perf_counter, to_string=True),
       "sp": best("vmmap $sp", 9, time.perf_counter, to_string=True),
       "gdb_packets": packets("info proc mappings"), "vmmap_packets": packets("vmmap"),
       "kept_packets": packets("vmmap", cold=False)})
"""
    found = run_gdb(script, MANY, str(count), remote=True)
    report(f"gdbserver, {count} mappings: info proc mappings, elapsed", found["gdb"] / 1e3, "ms")
    report("  vmmap, cold, elapsed", found["vmmap"] / 1e3, "ms", found["vmmap"] / found["gdb"],
           "info proc mappings")
    report("  packets of info proc mappings", found["gdb_packets"], "")
    report("  packets of vmmap", found["vmmap_packets"], "",
           found["vmmap_packets"] / max(found["gdb_packets"], 1), "info proc mappings")
    report("  packets of vmmap, kept map", found["kept_packets"], "")


if __name__ == "__main__":
    print(subprocess.run([GDB, "--version"], stdout=subprocess.PIPE).stdout.decode().split("\n")[0],
          "on Linux", os.uname().release)
    loading()
    for number in 1000, 60000:
        listing(number)
    for name in "pool", "pool-sanitized":
        if os.path.exists(os.path.join(GUESTS, name)):
            threads(name, 100)
    memory(60000)
    remote(10000)
