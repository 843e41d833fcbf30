#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and packets of each way to the map of a program under qemu-user.

    cmake --build build --target bench-qemu-user

VMMAP_QEMU_USER names the folder of the qemu-user programs, default: those of PATH. Each time is the
best of several, by the wall clock; the packets are those that GDB sends. Nothing passes or fails.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GDB = os.environ.get("VMMAP_GDB_MULTIARCH", "gdb-multiarch")
PLUGIN, GUESTS = (os.environ[f"VMMAP_{name}"] for name in ("PLUGIN", "GUESTS"))
FOLDER = os.environ.get("VMMAP_QEMU_USER", "")
ROOTS = {"x86_64": "", "aarch64": "/usr/aarch64-linux-gnu", "arm": "/usr/arm-linux-gnueabihf"}

SCRIPT = f"""
import sys; sys.path.insert(0, {HERE!r})
from inside import *

def forget():
    # The guest can not be stepped for ever; that a setting changes drops the kept map as well.
    gdb.execute("set vmmap qemu-pid 2147483647")
    gdb.execute("vmmap 0", False, True)
    gdb.execute("set vmmap qemu-pid auto")

def elapsed():
    forget()
    begin = time.perf_counter()
    gdb.execute("vmmap", False, True)
    return time.perf_counter() - begin

def mark():
    # In the log of packets, which is complete only once GDB has ended.
    gdb.execute("maintenance packet qMark", False, True)

def run_between_marks():
    forget()
    mark()
    gdb.execute("vmmap", False, True)
    mark()

found = {{}}
gdb.execute("set vmmap labels off")
for way in "vfile", "host", "probe", "full":
    gdb.execute("set vmmap qemu-user " + way)
    answer = json.loads(gdb.execute("vmmap --json", False, True))
    if answer["regions"]:
        found[way] = [len(answer["regions"]), min(elapsed() for _ in range(9)) * 1e3]
        run_between_marks()
write(found)
"""


def run(architecture, log):
    """The results of the script, and what GDB sent while it counted if there is to be a log of it,
    which makes all slower."""
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(GUESTS, f"qemu_map-{architecture}-pie")
        socket, results = os.path.join(folder, "socket"), os.path.join(folder, "results")
        script = os.path.join(folder, "script.py")
        with open(script, "w") as file:
            file.write(SCRIPT)
        root = ROOTS[architecture]
        qemu = subprocess.Popen([os.path.join(FOLDER, "qemu-" + architecture),
                                 *(["-L", root] if root else []), "-g", socket, program,
                                 os.path.join(folder, "truth")], stderr=subprocess.DEVNULL)
        try:
            while not os.path.exists(socket) and qemu.poll() is None:
                time.sleep(0.01)
            done = subprocess.run(
                [GDB, "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex",
                 f"jit-reader-load {PLUGIN}", "-ex", f"file {program}", "-ex",
                 f"set sysroot {root}",
                 *(["-ex", f"set remotelogfile {results}.remote"] * log), "-ex",
                 f"target remote {socket}", "-ex", "break mapped", "-ex", "continue", "-ex",
                 f"source {script}", "-ex", "kill"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env={**os.environ, "VMMAP_RESULTS": results}, check=False)
            if not os.path.exists(results):
                sys.exit(f"gdb wrote no results:\n{done.stderr.decode(errors='replace')}")
            with open(results) as file:
                found = json.load(file)
            if not log:
                return found, b""
            with open(results + ".remote", "rb") as file:
                return found, file.read()
        finally:
            qemu.kill()
            qemu.wait()


def count_packets(log):
    """Each packet is on a line of what was written, perhaps after an acknowledgement."""
    return sum(line.count(b"$") for line in log.split(b"\n") if line.startswith(b"w "))


def measure(architecture):
    found, _ = run(architecture, False)
    _, log = run(architecture, True)
    for way, part in zip(found, log.split(b"$qMark#")[1::2]):
        found[way].append(count_packets(part))
    return found


if __name__ == "__main__":
    for architecture_ in ROOTS:
        qemu_ = os.path.join(FOLDER, "qemu-" + architecture_)
        program_ = os.path.join(GUESTS, f"qemu_map-{architecture_}-pie")
        if not shutil.which(qemu_) or not os.path.exists(program_):
            print(f"qemu-{architecture_}: it or its guest is not there")
            continue
        version = subprocess.run([qemu_, "--version"], stdout=subprocess.PIPE, check=True).stdout
        print(version.decode().split("\n")[0])
        for way_, (rows, milliseconds, count) in measure(architecture_).items():
            print(f"  {way_:6} {rows:4} rows {milliseconds:9.2f} ms {count:6} packets",
                  flush=True)
