#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts pay: functions, conditions of breakpoints, Python's objects, differences.

    cmake --build build --target bench-scripts

Each figure is the best of several repetitions in one run. Nothing here passes or fails.
"""

import os
import subprocess

from bench import FLOOR, GUESTS, MANY, report, run_gdb

LOOKUPS = """
import time
class Empty(gdb.Function):
    invoke = callable  # a function of C that does next to nothing
Empty("bench_empty")
def each(expression, count=5000):
    found = []
    for _ in range(7):
        begin = time.process_time()
        for _ in range(count):
            gdb.parse_and_eval(expression)
        found.append((time.process_time() - begin) / count)
    return min(found) * 1e6
gdb.execute("vmmap", False, True)
write({name: each(name) for name in ("$sp", "$bench_empty($sp)", "$vmmap_mapped($sp)",
                                      "$vmmap_perms($sp)", '$base("libc")')})
"""

OBJECTS = f"""
import subprocess, time, vmmap
pid = str(gdb.selected_inferior().pid)
def cpu(function, count=9):
    found = []
    for _ in range(count):
        gdb.execute("stepi", False, True)
        begin = time.process_time()
        function()
        found.append(time.process_time() - begin)
    return min(found) * 1e6
def read():
    vmmap.maps(address=0)
vmmap.maps()
write({{"floor": min(float(subprocess.run([{FLOOR!r}, pid, "1"], stdout=subprocess.PIPE).stdout)
                    for _ in range(9)),
       "read": cpu(read), "maps": cpu(vmmap.maps), "diff": cpu(vmmap.diff),
       "command": cpu(lambda: gdb.execute("vmmap --diff", False, True)),
       "fields": cpu(lambda: [(m.start, m.end, m.permissions, m.backing_file)
                              for m in vmmap.maps()])}})
"""

CONDITION = """
import time
gdb.execute("set confirm off")
def run(condition):
    gdb.execute("delete")
    gdb.execute("break hit if " + condition)
    gdb.execute("break stop_here")
    begin = time.perf_counter()
    gdb.execute("run", False, True)
    return time.perf_counter() - begin
found = {}
for name, condition in (("plain", "0"), ("empty", "$sp == 0"), ("mapped", "!$vmmap_mapped($sp)")):
    found[name] = min(run(condition) for _ in range(3))
write(found)
"""


def main():
    found = run_gdb(LOOKUPS, MANY, "60000")
    empty = found.pop("$bench_empty($sp)")
    report("60000 mappings, kept: an empty C function, CPU", empty, "µs")
    for name, value in found.items():
        report(f"  {name}", value, "µs", None, f"{value - empty:+.1f} µs beyond it")
    found = run_gdb(OBJECTS, MANY, "60000")
    report("60000 mappings: minimal C program, CPU", found["floor"] / 1e3, "ms")
    for key, name in (("read", "the map without objects, CPU"), ("maps", "vmmap.maps(), CPU"),
                      ("fields", "vmmap.maps() and four fields of each, CPU")):
        report(f"  {name}", found[key] / 1e3, "ms", found[key] / found["floor"], "the C program")
    for key, name in (("diff", "vmmap.diff(), CPU"), ("command", "vmmap --diff, CPU")):
        report(f"  {name}", found[key] / 1e3, "ms", found[key] / found["read"], "the map")
    found = run_gdb(CONDITION, os.path.join(GUESTS, "hits"), "10000")
    report("10000 hits, condition 0, elapsed", found["plain"] * 1e3, "ms")
    report("  condition $sp == 0", found["empty"] * 1e3, "ms", found["empty"] / found["plain"],
           "condition 0")
    report("  condition !$vmmap_mapped($sp)", found["mapped"] * 1e3, "ms",
           found["mapped"] / found["plain"], "condition 0")


if __name__ == "__main__":
    print(subprocess.run([os.environ.get("VMMAP_GDB", "gdb"), "--version"],
                         stdout=subprocess.PIPE).stdout.decode().split("\n")[0])
    main()
