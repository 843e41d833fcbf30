# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare-metal guests for QEMU's system mode, made here byte by byte, so that what their page tables
say is known beforehand.

A guest is a few instructions that load the registers of paging and then jump to themselves, and
page tables (tables.py).
"""

import json
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest

import support
from tables import Page, X86Tables, rows_of, shown_rows

MULTIARCH = os.environ.get("VMMAP_GDB_MULTIARCH", "gdb-multiarch")

TABLES = 0x200000  # where the tables are in the guests' memory


def need_version(major, minor, what):
    """Skips the test, saying so, where QEMU is older. All its programs come from one source."""
    for program in ("qemu-system-aarch64", "qemu-system-riscv64", "qemu-system-x86_64"):
        if shutil.which(program):
            told = subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True).stdout
            found = re.search(rb"version (\d+)\.(\d+)", told)
            if (int(found[1]), int(found[2])) < (major, minor):
                raise unittest.SkipTest(f"QEMU before {major}.{minor} does not have {what}")
            return


class Machine:
    """A QEMU on a unix socket, stopped before its first instruction; `defaults` is whether it has
    the devices that a user gets who asks for none."""

    trust = ()  # commands by which GDB may read it: none are needed for who is at the other end

    def __init__(self, test, program, *args, blobs=(), name="qemu", defaults=False):
        support.need_qemu(program)
        while os.path.exists(test.path(name + ".socket")):  # another one of the same test
            name += "+"
        self.socket = test.path(name + ".socket")
        self.monitor = test.path(name + ".monitor")
        self.arguments = [program, "-accel", "tcg", "-display", "none", "-S",
                          "-qmp", f"unix:{self.monitor},server,nowait",
                          *([] if defaults else ["-nodefaults"]), *args]
        for number, (address, data, *more) in enumerate(blobs):
            path = test.path(f"{name}.{number}.bin")
            with open(path, "wb") as file:
                file.write(data)
            self.arguments += ["-device", ",".join(
                [f"loader,file={path},addr={address:#x},force-raw=on", *more])]
        self.test = test
        self.process = None

    def cpu_notes(self):
        """The note that tells of several CPUs, if there are."""
        if "-smp" not in self.arguments:
            return []
        count = self.arguments[self.arguments.index("-smp") + 1]
        return [f"The machine has {count} CPUs, which may have different page tables: these are of "
                'the one that is selected ("thread N" selects).']

    def start_on_tcp(self):
        with socket.socket() as listener:  # QEMU gets a port that is free just now
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.socket = self.test.path("pid")
        self.arguments += ["-pidfile", self.socket]
        self.connect = lambda: f"target remote 127.0.0.1:{port}"
        return self.start(f"tcp:127.0.0.1:{port}")

    def start(self, gdb_arguments=None, **popen):
        self.process = self.test.spawn(
            *self.arguments, "-gdb", gdb_arguments or f"unix:{self.socket},server,nowait",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            **popen)
        end = time.monotonic() + support.TIMEOUT
        while not os.path.exists(self.socket):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("qemu does not start: " + " ".join(self.arguments))
            time.sleep(0.02)
        return self

    def connect(self):
        """The gdb command."""
        return f"target remote {self.socket}"

    def ask(self, command):
        """What the monitor answers; not by way of gdb, so it may be long."""
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.settimeout(support.TIMEOUT)
            qmp.connect(self.monitor)
            with qmp.makefile("rw") as file:
                for question in ({"execute": "qmp_capabilities"},
                                 {"execute": "human-monitor-command",
                                  "arguments": {"command-line": command}}):
                    file.write(json.dumps(question))
                    file.flush()
                    answer = {}
                    while "return" not in answer:  # a greeting and events come as well
                        answer = json.loads(file.readline())
        return answer["return"]


class Proxy(threading.Thread):
    """Stands between gdb and a machine on unix sockets, keeps what gdb asks of the monitor, and
    interferes with it: `answer(number)` is told the number of the request, from 1, and returns None
    to let it pass or the reply to give instead. `on_packet` sees all that gdb sends."""

    COMMAND = re.compile(rb"\$qRcmd,([0-9a-f]*)#")

    def __init__(self, test, machine, answer=lambda number: None, tcp=False):
        super().__init__(daemon=True)
        self.machine, self.answer, self.requests = machine, answer, 0
        self.commands = []
        self.on_packet = None
        self.gdb = None  # the connection
        self.trust = (f"set vmmap qemu-pid {machine.process.pid}",)
        self.path = machine.socket + ".proxy"
        self.listener = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
        self.listener.bind(("127.0.0.1", 0) if tcp else self.path)
        self.listener.listen()
        if tcp:
            self.path = "127.0.0.1:%d" % self.listener.getsockname()[1]
        test.addCleanup(self.listener.close)
        self.start()

    def connect(self):
        return f"target remote {self.path}"

    def run(self):
        gdb, _ = self.listener.accept()
        self.gdb = gdb
        with gdb, socket.socket(socket.AF_UNIX) as qemu:
            qemu.connect(self.machine.socket)
            try:
                self.forward(gdb, qemu)
            except OSError:
                pass  # one of them is gone, and then the other is let go

    def forward(self, gdb, qemu):
        while True:
            for end in select.select([gdb, qemu], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is qemu:
                    gdb.sendall(data)
                    continue
                reply = None
                if self.on_packet:
                    self.on_packet(data)
                command = self.COMMAND.search(data)
                if command:
                    self.requests += 1
                    self.commands.append(bytes.fromhex(command[1].decode()).decode())
                    reply = self.answer(self.requests)
                if reply is None:
                    qemu.sendall(data)
                else:
                    gdb.sendall(b"+$" + reply + b"#%02x" % (sum(reply) & 255))


# x86: a multiboot kernel (The Multiboot Specification 0.6.96), entered in protected mode.

X86_CODE = 0x100000
X86_STOP = X86_CODE + 0x100  # the guest ends up here, jumping to itself


def x86_kernel(cr3, cr4, efer, cr0=0x80000011, more=b""):
    """`more` is code to run, with translation on, before the end."""
    header = struct.pack("<8I", 0x1BADB002, 0x10000, -(0x1BADB002 + 0x10000) & 0xffffffff,
                         X86_CODE, X86_CODE, X86_CODE + 0x1000, X86_CODE + 0x1000, X86_CODE + 0x20)
    code = b"\xb8" + struct.pack("<I", cr4) + b"\x0f\x22\xe0"  # mov cr4, eax
    if efer is not None:
        code += (b"\xb9\x80\x00\x00\xc0\x31\xd2\xb8" + struct.pack("<I", efer) + b"\x0f\x30")
    code += b"\xb8" + struct.pack("<I", cr3) + b"\x0f\x22\xd8"
    code += b"\xb8" + struct.pack("<I", cr0) + b"\x0f\x22\xc0" + more
    jump = X86_STOP - (X86_CODE + 0x20 + len(code) + 5)
    code += b"\xe9" + struct.pack("<i", jump)
    image = header + code
    image = (image + bytes(0x100 - len(image)) + b"\xeb\xfe").ljust(0x800, b"\0")
    # Segments of user mode, 0x1b and 0x23, and what LGDT takes.
    image += struct.pack("<5QHI", 0, 0, 0, 0x00cffa000000ffff, 0x00cff2000000ffff, 39,
                         X86_CODE + 0x800)
    return image.ljust(0x1000, b"\0")


# Goes on in user mode: mov esp; lgdt; push SS, ESP, EFLAGS, CS, EIP; iret.
X86_TO_USER = (b"\xbc" + struct.pack("<I", X86_CODE + 0xff0) + b"\x0f\x01\x15" +
               struct.pack("<I", X86_CODE + 0x828) +
               b"".join(b"\x68" + struct.pack("<I", value)
                        for value in (0x23, X86_CODE + 0xff0, 2, 0x1b, X86_STOP)) + b"\xcf")


# AArch64: the CPU starts at the code, in EL1. At the beginning of RAM QEMU puts a device tree.

ARM_CODE = 0x40200000


def words(*values):
    return b"".join(struct.pack("<I", value & 0xffffffff) for value in values)


EL2, EL3 = 0x00040000, 0x00060000  # what makes the name of a register at EL1 one of those, in MSR


AARCH64_STOP = ARM_CODE + 0xf0


def aarch64_kernel(ttbr0, ttbr1, tcr, sctlr=0x30d00801, level=0, hcr=None):
    """Loads the registers, those of EL2 if `level` says so, from behind the code; with `hcr`, which
    sets E2H, the names of EL1's registers mean those of EL2. Ends at AARCH64_STOP."""
    registers = [(ttbr0, 0xd5182000), (ttbr1, 0xd5182020), (tcr, 0xd5182040),
                 (0x000000000044ff00, 0xd518a200), (sctlr, 0xd5181000)]  # ... MAIR, SCTLR
    if hcr is not None:
        registers.insert(0, (hcr, 0xd51c1100))
    code = b""
    for number, (_, move) in enumerate(registers):
        distance = 0x100 + 8 * number - len(code)
        if level and move == 0xd5182020:
            move = 0xd503201f  # nop: TTBR1_EL2 came later
        else:
            move |= level
        code += words(0x58000000 | distance // 4 << 5, move)  # ldr x0, literal; msr REGISTER, x0
    code += words(0xd5033fdf)  # isb, then nops, and b .
    code += words(0xd503201f) * ((0xf0 - len(code)) // 4) + words(0x14000000)
    return (code.ljust(0x100, b"\0") +
            b"".join(struct.pack("<Q", value) for value, _ in registers)).ljust(0x1000, b"\0")


# ARM.

# MCR of TTBR0, TTBR1, TTBCR, DACR and SCTLR from r0; of SCR; CPS to Monitor mode.
ARM_TRANSLATION = (0xee020f10, 0xee020f30, 0xee020f50, 0xee030f10, 0xee010f10)
ARM_SCR, ARM_MONITOR_MODE = 0xee010f11, 0xf1020016


def arm_loads(registers):
    """Loads (value, instruction that takes r0) from behind the code. Ends at 8 bytes for each."""
    code = b""
    for number, (_, move) in enumerate(registers):
        code += words(0xe59f0000 | 0x100 + 4 * number - (len(code) + 8), move)
    code += words(0xeafffffe)
    values = words(*[value for value, _ in registers])
    return (code.ljust(0x100, b"\0") + values).ljust(0x1000, b"\0")


def arm_kernel(ttbr0, ttbr1, ttbcr, dacr, sctlr=0x00c50879):
    return arm_loads([*zip((ttbr0, ttbr1, ttbcr, dacr, sctlr), ARM_TRANSLATION)])


ARM_STOP = ARM_CODE + 40


class MachineTestCase(support.TestCase):
    def run_gdb(self, machine, commands, stop=X86_STOP, setup=(), debugger=support.GDB,
                **options):
        """Connects, lets the guest set itself up, and runs the commands; returns their outputs."""
        before = [machine.connect(), *machine.trust, *setup]
        if stop is not None:
            before += [f"hbreak *{stop:#x}", "continue"]
        support.need(debugger)
        outputs = support.gdb(before + list(commands), timeout=120, debugger=debugger, **options)
        return outputs[len(before):]

    def check_machine(self, machine, pages, stop=X86_STOP, notes=(), wanted=None, **options):
        """The whole map, every field; that every page translates so; and that the stub is as it
        was. `notes` are regular expressions."""
        rows = rows_of(pages)
        samples = [page for number, page in enumerate(pages) if number % (1 + len(pages) // 8) == 0]
        commands = ["vmmap --json"] + [f"vtop {page.virtual + 0x123:#x}" for page in samples]
        commands += [f"monitor gva2gpa {page.virtual + 0x123:#x}" for page in samples]
        outputs = self.run_gdb(machine, commands + ["maintenance packet qqemu.PhyMemMode"], stop,
                               **options)
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), rows)
        wanted = {"target": "qemu-system", "provider": "page-tables", "exact": True,
                  **(wanted or {})}
        self.assertEqual({key: answer[key] for key in wanted}, wanted)
        self.assertEqual(len(answer["notes"]), len(notes), answer["notes"])
        for note, pattern in zip(answer["notes"], notes):
            self.assertRegex(note, pattern)
        for region in answer["regions"]:
            self.assertEqual(region["name"], "[pt_%05x]" % (int(region["start"], 16) >> 12))
            self.assertEqual(region["origin"], "page-table")
            self.assertEqual((region["label"], region["offset"]), ("", None))
            self.assertEqual(int(region["size"], 16),
                             int(region["end"], 16) - int(region["start"], 16))
        for page, vtop, monitor in zip(samples, outputs[1:], outputs[1 + len(samples):]):
            address, physical = page.virtual + 0x123, page.physical + 0x123
            self.assertIn(f"{address:#x} is at physical address {physical:#x}.\n".encode(), vtop)
            self.assertIn(f"user {page.user}, kernel {page.kernel}".encode(), vtop)
            if "r" in page.kernel:
                self.assertIn(b"gpa: %#x" % physical, monitor)  # QEMU's own word, by a read
        self.assertIn(b'received: "0"', outputs[-1])
        return answer


class X86TestCase(MachineTestCase):
    def machine(self, tables, cr4, efer, *args, more=b"", cr3=None, name="qemu", memory="64M",
                blobs=(), **options):
        kernel = self.path(name + ".kernel")
        with open(kernel, "wb") as file:
            file.write(x86_kernel(tables.root if cr3 is None else cr3, cr4, efer, more=more))
        return Machine(self, "qemu-system-x86_64", "-cpu", "max", "-m", memory, "-kernel",
                       kernel, *args, blobs=[tables.blob, *blobs], name=name, **options)

    def long_mode(self, levels=4):
        """Tables with everything in them that can be legal."""
        tables = X86Tables(TABLES, levels)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        # Permissions that differ between levels: a table that takes rights away.
        tables.map(0x40000000, 0x300000, 0x1000, "rwx", "rwx")
        tables.put(tables.table(0x40200000, levels - 2), 1, 0)
        limited = 0x80000000
        tables.table(limited, levels - 1, flags=7)
        entry = tables.get(tables.table(limited, levels - 2), 0)
        tables.put(tables.table(limited, levels - 2), 0, entry & ~2 | 1 << 63)
        tables.map(limited, 0x310000, 0x1000, "rwx", "rwx")
        tables.pages[-1] = Page(limited, 0x310000, 0x1000, "r--", "r--")
        # Pages of each size, next to each other and alone.
        tables.map(0x100000000, 0x40000000, 0x40000000, "rw-", "rw-")
        tables.map(0x140000000, 0x400000, 0x200000, "rw-", "rw-")
        tables.map(0x140200000, 0x600000, 0x200000, "r-x", "r-x")
        # Contiguous, then not, with a hole and another memory type.
        for i, physical in enumerate((0x700000, 0x701000, 0x500000, None, 0x703000, 0x704000)):
            if physical is not None:
                tables.map(0x7fff00000000 + 0x1000 * i, physical, 0x1000, "rw-", "rw-",
                           attributes=3 if i == 5 else 0)
        # The last page of the lower half, the first of the upper, and the very last.
        top = 1 << (11 + 9 * levels)
        tables.map(top - 0x1000, 0x710000, 0x1000, "r--", "r--")
        tables.map(2**64 - top, 0x711000, 0x1000, "r--")
        tables.map(2**64 - 0x1000, 0x712000, 0x1000, "rwx")
        return tables

    def small(self, base=TABLES):
        """A few pages in two places."""
        tables = X86Tables(base, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.map(0x400000, 0x400000, 0x200000, "r-x", "r-x")
        tables.map(0x601000, 0x700000, 0x1000, "rw-", "rw-")
        tables.map(2**64 - 0x1000, 0x701000, 0x1000, "rw-")
        return tables

    def start_small(self, *args, **options):
        tables = self.small()
        return tables, self.machine(tables, 0x20, 0x900, *args, **options).start()
