# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Linux kernel with one program of the tests, which says what its processes are."""

import glob
import os
import re
import time
import unittest

import support
from machine import Machine


def cpio_entry(name, mode, data, major=0, minor=0):
    """A file of an initramfs (Documentation/driver-api/early-userspace/buffer-format.rst)."""
    name = name.encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name), 0]
    entry = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    entry += bytes(-len(entry) % 4)
    return entry + data + bytes(-len(data) % 4)


def initramfs(init):
    """One whose only program is this file."""
    with open(init, "rb") as file:
        program = file.read()
    return (cpio_entry("dev", 0o40755, b"") + cpio_entry("dev/console", 0o20600, b"", 5, 1) +
            cpio_entry("init", 0o100755, program) + cpio_entry("TRAILER!!!", 0, b""))


def kernel():
    """The vmlinuz that the build folder has (tests/run.sh fetches it), or a skip."""
    found = sorted(glob.glob(os.environ["VMMAP_BUILD"] + "/linux/boot/vmlinuz-*"))
    if not found:
        raise unittest.SkipTest("there is no Linux kernel in the build folder: tests/run.sh "
                                "fetches one")
    return found[-1]


class Truth:
    """What tests/guests/processes.c has printed."""

    def __init__(self, text):
        self.names, self.parents, self.pages = {}, {}, {}
        maps = {}
        for line in text.replace(b"\r", b"").split(b"\n"):
            word, *rest = line.split(b" ", 2)
            if word == b"process":
                parent, name = rest[1].split(b" ", 1)
                self.names[int(rest[0])] = name.decode()
                self.parents[int(rest[0])] = int(parent)
            elif word == b"maps":
                maps.setdefault(int(rest[0]), []).append(rest[1])
            elif word == b"page":
                address, frame = rest[1].split(b" ")
                self.pages.setdefault(int(rest[0]), []).append(
                    (int(address, 16), int(frame, 16) << 12))
        self.rows = {pid: [row._replace(name=row.name.replace(b"\\012", b"\n"))
                           for row in support.parse_maps(b"\n".join(lines))
                           if row.name != b"[vsyscall]"] for pid, lines in maps.items()}

    def pid(self, name):
        return next(pid for pid, other in self.names.items() if other == name)


def boot(test, image, init, program=("qemu-system-x86_64", "-cpu", "max,la57=off"),
         console="ttyS0", memory="256M"):
    """A machine whose guest has told everything, and its truth."""
    ramdisk, serial = test.path("initramfs"), test.path("serial")
    with open(ramdisk, "wb") as file:
        file.write(initramfs(init))
    machine = Machine(test, *program, "-m", memory, "-smp", "2", "-kernel", image, "-initrd",
                      ramdisk, "-append", f"console={console} quiet", "-no-reboot", "-serial",
                      f"file:{serial}", defaults=True)
    machine.start()
    machine.ask("cont")
    end = time.monotonic() + support.TIMEOUT
    text = b""
    while not re.search(rb"^ready\r?$", text, re.MULTILINE):
        if machine.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the guest does not get ready: {text[-2000:]!r}")
        time.sleep(0.2)
        with open(serial, "rb") as file:
            text = file.read()
    machine.ask("stop")
    test.assertNotIn(b"failed: ", text)
    return machine, Truth(text)
