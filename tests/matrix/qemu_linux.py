#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares vmmap with QEMU's own view of a real Linux, and measures it.

    tests/matrix/qemu_linux.py build/plugin/vmmap.so KERNEL x86_64|aarch64|riscv64 [--cpu CPU]
                               [-- KERNEL-PARAMETER...]

KERNEL is a vmlinuz, such as that of Debian's linux-image-cloud-amd64 (apt-get download, dpkg -x).
It is
booted under `-accel tcg` with 256 MiB and one static program. Needs qemu-system-*, strace, a C
compiler for the architecture and a gdb that knows it. Not part of ctest: it takes some 20 seconds.
"""

import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from linux_layout import compare_names

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../bench", HERE + "/../e2e"]

from linux_guest import initramfs  # noqa: E402
from remote_log import sent_packets  # noqa: E402
MACHINES = {
    "x86_64": (["qemu-system-x86_64"], "max,la57=off", "gcc", "gdb", "ttyS0"),
    "aarch64": (["qemu-system-aarch64", "-M", "virt"], "cortex-a57",
                "aarch64-linux-gnu-gcc", "gdb-multiarch", "ttyAMA0"),
    "riscv64": (["qemu-system-riscv64", "-M", "virt"], "rv64",
                "riscv64-linux-gnu-gcc", "gdb-multiarch", "ttyS0"),
}


def make_initramfs(path, compiler):
    program = path + ".init"
    subprocess.run([compiler, "-static", "-O1", "-o", program, HERE + "/linux_init.c"], check=True)
    with open(path, "wb") as file:
        file.write(initramfs(program))


class Monitor:
    """QEMU's monitor on a socket of its own, where long answers hang nobody."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.read()

    def read(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError("the monitor is closed")
            text += data
        return text.decode()

    def ask(self, command):
        self.socket.sendall(command.encode() + b"\n")
        return self.read().split("\n", 1)[1].rsplit("(qemu) ", 1)[0]

    def translate(self, address):
        found = re.match(r"gpa: (?:0x)?([0-9a-f]+)", self.ask(f"gva2gpa {address:#x}"))
        return int(found[1], 16) if found else None


def wait_for(path, text, process, seconds=180):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        if os.path.exists(path):
            with open(path, "rb") as file:
                if text in file.read():
                    return
        time.sleep(0.2)
    raise SystemExit(f"the guest did not get to {text!r}; see {path}")


def merged(rows, key):
    """Neighbours that agree in `key` as one (start, end, key)."""
    result = []
    for row in rows:
        if result and result[-1][1] == row["start"] and result[-1][2] == key(row):
            result[-1] = (result[-1][0], row["end"], key(row))
        else:
            result.append((row["start"], row["end"], key(row)))
    return result


def info_mem(monitor):
    rows = []
    for line in monitor.ask("info mem").splitlines():
        found = re.fullmatch(r"([0-9a-f]+)-[0-9a-f]+ ([0-9a-f]+) ([u-])r([w-])\s*", line)
        if found:
            start, size = int(found[1], 16), int(found[2], 16)
            rows.append((start, start + size, found[3] + found[4]))
    return rows


def register(monitor, name):
    return int(re.search(name + "=([0-9a-f]+)", monitor.ask("info registers"))[1], 16)


def compare_samples(monitor, rows, readable):
    """Addresses in rows translate as the rows say, those between them do not."""
    noise = random.Random(1)
    inside = outside = 0
    for row, following in zip(rows, rows[1:] + [None]):
        samples = {row["start"], row["end"] - 1}
        samples |= {noise.randrange(row["start"], row["end"]) for _ in range(3)}
        for address in samples:
            physical = monitor.translate(address)
            if not readable(row):
                continue
            if physical is None:
                raise SystemExit(f"{address:#x} is listed but does not translate")
            if "physical" in row:
                wanted = int(row["physical"], 16) + address - row["start"]
                if physical != wanted:
                    raise SystemExit(f"{address:#x} is at {physical:#x}, not {wanted:#x}")
            inside += 1
        if following and following["start"] > row["end"]:
            for address in (row["end"], following["start"] - 1,
                            noise.randrange(row["end"], following["start"])):
                if monitor.translate(address) is not None:
                    raise SystemExit(f"{address:#x} translates but is not listed")
                outside += 1
    return inside, outside


# Each run begins without a kept map: changing a setting that chooses a source drops it.
MEASURE = """
python
import time, gdb
def measure(way, other, command, runs):
    times = []
    for _ in range(runs):
        gdb.execute("set vmmap phys-via " + other)
        gdb.execute("vtop $pc", to_string=True)
        gdb.execute("set vmmap phys-via " + way)
        start = time.perf_counter()
        gdb.execute(command, to_string=True)
        times.append(time.perf_counter() - start)
    times.sort()
    print("@@@%-9s %-10s median %.2f ms, best %.2f ms" %
          (way, command, times[runs // 2] * 1e3, times[0] * 1e3))
gdb.execute("vtop $pc", to_string=True)
start = time.perf_counter()
gdb.execute("vmmap", to_string=True)
print("@@@first vmmap of the connection: %.2f ms" % ((time.perf_counter() - start) * 1e3))
for way, other, runs in (("proc-mem", "packet", 20), ("packet", "proc-mem", 3),
                         ("monitor", "proc-mem", 3)):
    for command in "vmmap", "vmmap $pc", "vtop $pc":
        measure(way, other, command, runs)
end
"""


def run_gdb(gdb, plugin, socket_path, commands, before=(), tracer=()):
    arguments = [*tracer, gdb, "-nx", "-q", "-batch"]
    for command in [f"jit-reader-load {plugin}", *before, f"target remote {socket_path}",
                    *commands]:
        arguments += ["-ex", command]
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=300, check=False).stdout.decode()


def count_once(gdb, plugin, folder, way, commands):
    """Packets and reads of physical memory of a whole session, whatever for."""
    log, trace = folder + "/packets", folder + "/trace"
    run_gdb(gdb, plugin, folder + "/gdb", commands, [f"set remotelogfile {log}"],
            # The log is written a character at a time: strace must not stop gdb at each.
            ["strace", "-f", "--seccomp-bpf", "-y", "-e", "trace=pread64", "-o", trace])
    with open(log, "rb") as file:
        packets = sent_packets(file.read())
    with open(trace, "rb") as file:
        preads = re.findall(rb"pread64\(\d+</proc/\d+/mem>", file.read())
    reads = {"proc-mem": preads,
             "packet": [packet for packet in packets if re.fullmatch(rb"m[0-9a-f]+,800", packet)],
             "monitor": [packet for packet in packets
                         if packet.startswith(b"qRcmd," + b"xp /".hex().encode())]}
    return len(packets), len(reads[way])


def count(gdb, plugin, folder):
    """What each command costs beyond what the session does without it: the stub has been recognised
    before, the kernel found and the registers read. A change of the way drops the map."""
    def difference(way, before, command):
        base = count_once(gdb, plugin, folder, way, before)
        found = count_once(gdb, plugin, folder, way, [*before, command])
        return f"{found[0] - base[0]} packets, {found[1] - base[1]} reads of physical memory"

    print("first vmmap          ", difference("proc-mem", ["vtop $pc"], "vmmap"))
    for way in "proc-mem", "packet", "monitor":
        before = ["vmmap", f"set vmmap phys-via {way}", "vtop $pc"]
        for command in "vmmap", "vmmap $pc", "vtop $pc":
            print(f"{way:9} {command:10}", difference(way, before, command))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plugin", type=os.path.abspath)
    parser.add_argument("kernel")
    parser.add_argument("architecture", choices=MACHINES)
    parser.add_argument("--cpu")
    parser.add_argument("parameters", nargs="*")
    options = parser.parse_intermixed_args()
    architecture = options.architecture
    qemu, cpu, compiler, gdb, console = MACHINES[architecture]
    folder = tempfile.mkdtemp(prefix="vmmap-linux-")
    make_initramfs(folder + "/initramfs", compiler)
    arguments = [*qemu, "-cpu", options.cpu or cpu, "-accel", "tcg", "-m", "256",
                 "-display", "none", "-no-reboot",
                 "-kernel", options.kernel, "-initrd", folder + "/initramfs",
                 "-append", " ".join([f"console={console} panic=-1 quiet", *options.parameters]),
                 "-serial", f"file:{folder}/serial",
                 "-monitor", f"unix:{folder}/monitor,server,nowait",
                 "-gdb", f"unix:{folder}/gdb,server,nowait"]
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    try:
        compare(process, folder, gdb, options.plugin, architecture)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def compare(process, folder, gdb, plugin, architecture):
    wait_for(folder + "/serial", b"vmmap-guest-is-ready", process)
    monitor = Monitor(folder + "/monitor")
    monitor.ask("stop")  # and it stays stopped when gdb leaves: -S is not needed
    script = folder + "/measure.gdb"
    with open(script, "w") as file:
        file.write(MEASURE)
    json_path = folder + "/map.json"
    output = run_gdb(gdb, plugin, folder + "/gdb", ["print $pc", "vtop $pc", f"source {script}",
                                                    f"pipe vmmap --json | cat > {json_path}"])
    start, *parts = output.split("@@@")
    print(start[-1500:])
    print("".join(parts))
    count(gdb, plugin, folder)
    with open(json_path) as file:
        answer = json.load(file)
    monitor.ask("stop")
    rows = answer["regions"]
    for row in rows:
        row["start"], row["end"] = int(row["start"], 16), int(row["end"], 16)
    print(len(rows), "rows, exact:", answer["exact"], "notes:", answer["notes"])
    # With LA57 `info mem` takes minutes and shows nothing (QEMU 7.2).
    if architecture == "x86_64" and not register(monitor, "CR4") >> 12 & 1:
        def key(row):
            return ("u" if row["user"] != "---" else "-") + ("w" if "w" in row["kernel"] else "-")
        own, theirs = merged(rows, key), info_mem(monitor)
        if own != theirs:
            only = [f"{a[0]:x}-{a[1]:x} {a[2]}" for a in set(own) ^ set(theirs)]
            raise SystemExit("info mem differs: " + "; ".join(sorted(only)[:10]))
        print("info mem agrees:", len(theirs), "rows")
    pan = architecture == "aarch64" and register(monitor, "PSTATE") >> 22 & 1
    inside, outside = compare_samples(
        monitor, rows, lambda row: "r" in row["kernel"] and not (pan and "r" in row["user"]))
    print("gva2gpa agrees:", inside, "addresses that are mapped,", outside, "that are not")
    confirmed, fixed, nameless = compare_names(folder + "/serial", architecture, rows)
    print("/proc/kcore agrees:", confirmed, "names,", fixed, "are of areas that it does not list,",
          nameless, "rows have none")


if __name__ == "__main__":
    main()
