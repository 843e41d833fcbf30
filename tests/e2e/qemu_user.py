# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the guest programs of tests/guests/qemu_map.c under qemu-user, and reads what they print.

VMMAP_QEMU_USER names the folder of the qemu-user programs to test, default: those of PATH;
VMMAP_GDB_MULTIARCH a GDB for all architectures.
"""

import collections
import os
import re
import subprocess
import unittest

import support

GDB = os.environ.get("VMMAP_GDB_MULTIARCH", "gdb-multiarch")
PAGE = 0x1000
FOLDER = os.environ.get("VMMAP_QEMU_USER", "")

ARCHITECTURES = {
    "x86_64": "",
    "i386": "",
    "aarch64": "/usr/aarch64-linux-gnu",
    "arm": "/usr/arm-linux-gnueabihf",
    "riscv64": "/usr/riscv64-linux-gnu",
    "mips": "/usr/mips-linux-gnu",
    "ppc64": "/usr/powerpc64-linux-gnu",
    "s390x": "/usr/s390x-linux-gnu",
}
VARIANTS = ("pie", "exec", "static", "staticpie")

# A line of the guest's: pages with permissions, where `?` is what it does not know.
Truth = collections.namedtuple("Truth", "kind start end perms what")


def gdb(commands, debugger=GDB, **options):
    support.need(debugger)
    return support.gdb(commands, debugger=debugger, **options)


def qemu(architecture):
    program = os.path.join(FOLDER, "qemu-" + architecture)
    support.need_qemu(program)
    return program


class Guest:
    """A guest that waits for GDB at its first instruction, on a unix socket or a port."""

    def __init__(self, test, architecture, variant="pie", options=(), name="guest", port=None,
                 emulator=None):
        self.program = support.guest(f"qemu_map-{architecture}-{variant}")
        self.root = ARCHITECTURES[architecture]
        self.socket = str(port or test.path(name + ".socket"))
        self.file = test.path(name + ".truth")
        library = ["-L", self.root] if self.root else []
        self.process = test.spawn(emulator or qemu(architecture), *library, *options,
                                  "-g", self.socket, self.program, self.file,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not port:
            while not os.path.exists(self.socket):
                if self.process.poll() is not None:
                    raise AssertionError(f"QEMU ended with {self.process.returncode}")

    def connect(self):
        """The commands that bring the guest to mapped()."""
        address = "localhost:" + self.socket if self.socket.isdigit() else self.socket
        return [f"file {self.program}", f"set sysroot {self.root}", f"target remote {address}",
                "break mapped", "continue"]

    def ask(self, *commands, connect=None, **options):
        """The outputs of these commands in a GDB that has brought the guest to mapped()."""
        before = connect or self.connect()
        return gdb([*before, *commands, "kill"], **options)[len(before):-1]

    def truth(self):
        """What the guest says of its memory: a list of Truth, and the text of its maps file."""
        with open(self.file, "rb") as file:
            lines = file.read().decode().splitlines()
        maps = "".join(line[5:] + "\n" for line in lines if line.startswith("maps "))
        rows = []
        for line in lines:
            if not line.startswith("maps "):
                kind, start, end, perms, what = (line + " ").split(" ", 4)
                rows.append(Truth(kind, int(start, 16), int(end, 16), perms, what.strip()))
        return rows, support.parse_maps(maps.encode())


def pages(rows):
    """Each page of the rows with its row; later rows win."""
    return {page: row for row in rows for page in range(row.start, row.end, PAGE)}


def runs(numbers):
    """Addresses of pages as a list of (start, end), for readable failures."""
    found = []
    for page in sorted(numbers):
        if found and found[-1][1] == page:
            found[-1] = (found[-1][0], page + PAGE)
        else:
            found.append((page, page + PAGE))
    return [(hex(start), hex(end)) for start, end in found]


class QemuUserTestCase(support.TestCase):
    def need_host_way(self, answer):
        """Skips a test of the second way where QEMU serves the map itself."""
        if answer["provider"] == "vfile":
            raise unittest.SkipTest("this QEMU serves the guest's /proc/self/maps")

    def notes_match(self, answer, *patterns):
        """Each pattern is found in the note of the same number, and there are no other notes."""
        self.assertEqual(len(answer["notes"]), len(patterns), answer["notes"])
        for note, pattern in zip(answer["notes"], patterns):
            self.assertRegex(note, pattern)
            self.assertRegex(note, r"^[A-Z0-9].*\.$")

    def assert_perms(self, shown, true, what):
        """Every letter is right or shown as not known."""
        for letter, known, bit in zip(shown, true, "rwxp"):
            if letter != "?":
                self.assertEqual(letter, known, f"{bit} of {what}: {shown} for {true}")


NOTE_NO_VFILE = r"does not serve the guest's /proc/self/maps"
NOTE_HOST = r"derived from the mappings of QEMU itself, process (\d+) .* guest at 0x([0-9a-f]+) in"
NOTE_X = r"QEMU's mappings do not show x"
NOTE_PROBE = r"found by reading the target's memory \((\d+) packets\)"
NOTE_FULL = r"The only row is the whole address space"


def packets(note):
    return int(re.search(r"\((\d+) packets\)", note).group(1))
