# SPDX-License-Identifier: GPL-3.0-or-later
"""Bare-metal guests for QEMU's system mode, made here byte by byte, so that what their page tables
say is known beforehand.

A guest is a few instructions that load the registers of paging and then jump to themselves, and
page tables that a builder below has written from a list of mappings. The rows that must come out
are computed from that list, never from the tables.
"""

import collections
import json
import os
import re
import select
import socket
import struct
import subprocess
import threading
import time
import unittest

import support

MULTIARCH = os.environ.get("VMMAP_GDB_MULTIARCH", "gdb-multiarch")

TABLES = 0x200000  # where the tables are in the guests' memory

# A mapping: `user` and `kernel` are what each may do ("rwx", "r--", ...); `size` is the page's.
Page = collections.namedtuple("Page", "virtual physical size user kernel attributes",
                              defaults=(0,))

# A row as it must be shown. `physical` and `page_size` are None where the row has no single one.
Row = collections.namedtuple("Row", "start end perms user kernel physical page_size")


def rows_of(pages):
    """The rows for these pages: neighbours that agree are one."""
    rows = []
    last = None
    for page in sorted(pages):
        same = (last is not None and rows[-1].end == page.virtual and
                (last.user, last.kernel, last.attributes) ==
                (page.user, page.kernel, page.attributes))
        if same:
            row = rows[-1]
            joined = (row.physical is not None and
                      row.physical + (row.end - row.start) == page.physical)
            rows[-1] = row._replace(
                end=page.virtual + page.size, physical=row.physical if joined else None,
                page_size=row.page_size if row.page_size == page.size else None)
        else:
            perms = page.user + "u" if page.user != "---" else page.kernel + "k"
            rows.append(Row(page.virtual, page.virtual + page.size, perms, page.user, page.kernel,
                            page.physical, page.size))
        last = page
    return rows


def shown_rows(answer):
    """The same of a JSON answer."""
    def number(text):
        return None if text is None else int(text, 16)
    return [Row(int(r["start"], 16), int(r["end"], 16), r["perms"], r["user"], r["kernel"],
                number(r.get("physical")), number(r.get("page_size"))) for r in answer["regions"]]


class Tables:
    """Page tables in the making: memory from `base` on, tables taken one after the other."""

    def __init__(self, base, page=0x1000, entry_size=8):
        self.base, self.page, self.entry_size = base, page, entry_size
        self.memory = bytearray()

    def new(self, size=None, align=None):
        align = align or self.page
        self.memory += bytes(-(self.base + len(self.memory)) % align)
        at = self.base + len(self.memory)
        self.memory += bytes(size or self.page)
        return at

    def put(self, table, index, value):
        struct.pack_into("<Q" if self.entry_size == 8 else "<I", self.memory,
                         table - self.base + index * self.entry_size, value)

    def get(self, table, index):
        return struct.unpack_from("<Q" if self.entry_size == 8 else "<I", self.memory,
                                  table - self.base + index * self.entry_size)[0]


class Machine:
    """A QEMU on a unix socket, stopped before its first instruction; `defaults` is whether it has
    the devices that a user gets who asks for none."""

    def __init__(self, test, program, *args, blobs=(), name="qemu", defaults=False):
        support.need(program)
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
    to let it pass or the reply to give instead."""

    COMMAND = re.compile(rb"\$qRcmd,([0-9a-f]*)#")

    def __init__(self, test, machine, answer=lambda number: None):
        super().__init__(daemon=True)
        self.machine, self.answer, self.requests = machine, answer, 0
        self.commands = []
        self.path = test.path("proxy.socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        test.addCleanup(self.listener.close)
        self.start()

    def connect(self):
        return f"target remote {self.path}"

    def run(self):
        gdb, _ = self.listener.accept()
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


class X86Tables(Tables):
    """4-level, 5-level and PAE tables."""

    ACCESS = {"r--": 1 << 63, "r-x": 0, "rw-": 1 << 63 | 2, "rwx": 2}

    def __init__(self, base, levels):
        super().__init__(base)
        self.levels = levels
        self.pages = []
        self.root = self.new()

    def table(self, virtual, depth, flags=7):
        """The table that depth `depth` of the way to an address points into; made if missing."""
        at = self.root
        for level in range(self.levels - 1, self.levels - 1 - depth, -1):
            index = virtual >> (12 + 9 * level) & 511
            entry = self.get(at, index)
            if not entry:
                entry = self.new() | (1 if self.levels == 3 and level == 2 else flags)
                self.put(at, index, entry)
            at = entry & 0xffffffffff000
        return at

    def map(self, virtual, physical, size, kernel, user="---", flags=7, attributes=0):
        """A page; `flags` are those of tables that have to be made."""
        shift = size.bit_length() - 1
        level = (shift - 12) // 9
        entry = physical | 1 | self.ACCESS[kernel] | (4 if user != "---" else 0)
        entry |= (attributes & 3) << 3 | (0x80 if level else 0)
        self.put(self.table(virtual, self.levels - 1 - level, flags),
                 virtual >> shift & 511, entry)
        self.pages.append(Page(virtual, physical, size, user, kernel, attributes))


class X86Tables32(Tables):
    """Two levels of 32-bit entries, with 4 MiB pages."""

    def __init__(self, base):
        super().__init__(base, entry_size=4)
        self.pages = []
        self.root = self.new()

    def map(self, virtual, physical, size, kernel, user="---"):
        entry = physical | 1 | (2 if "w" in kernel else 0) | (4 if user != "---" else 0)
        self.pages.append(Page(virtual, physical, size, user, kernel))
        if size == 0x400000:
            # PSE-36: bits 39:32 of the address are bits 20:13 of the entry.
            self.put(self.root, virtual >> 22, entry & 0xffffffff | physical >> 32 << 13 | 0x80)
            return
        if not self.get(self.root, virtual >> 22):
            self.put(self.root, virtual >> 22, self.new() | 7)
        self.put(self.get(self.root, virtual >> 22) & ~0xfff, virtual >> 12 & 1023, entry)


# AArch64: the CPU starts at the code, in EL1. At the beginning of RAM QEMU puts a device tree.

ARM_CODE = 0x40200000


def words(*values):
    return b"".join(struct.pack("<I", value & 0xffffffff) for value in values)


EL2 = 0x00040000  # what makes the name of a register at EL1 one at EL2, in MSR


def aarch64_kernel(ttbr0, ttbr1, tcr, sctlr=0x30d00801, level=0):
    """Loads the registers, those of EL2 if `level` says so, from behind the code; ends at
    AARCH64_STOP."""
    registers = [(ttbr0, 0xd5182000), (ttbr1, 0xd5182020), (tcr, 0xd5182040),
                 (0x000000000044ff00, 0xd518a200), (sctlr, 0xd5181000)]  # ... MAIR, SCTLR
    code = b""
    for number, (_, move) in enumerate(registers):
        distance = 0x100 + 8 * number - len(code)
        if level and move == 0xd5182020:
            move = 0xd503201f  # nop: TTBR1_EL2 came later
        else:
            move |= level
        code += words(0x58000000 | distance // 4 << 5, move)  # ldr x0, literal; msr REGISTER, x0
    code += words(0xd5033fdf, 0x14000000)  # isb; b .
    return (code.ljust(0x100, b"\0") +
            b"".join(struct.pack("<Q", value) for value, _ in registers)).ljust(0x1000, b"\0")


AARCH64_STOP = ARM_CODE + 44


class Aarch64Tables(Tables):
    """Both halves of stage 1 with any granule; a half has `bits` of address."""

    ACCESS = {  # AP[2:1], UXN, PXN of what user and kernel may do (table D8-60)
        ("---", "rw-"): (0, 1, 1), ("---", "rwx"): (0, 1, 0), ("rw-", "rw-"): (1, 1, 1),
        ("rwx", "rw-"): (1, 0, 1), ("---", "r--"): (2, 1, 1), ("---", "r-x"): (2, 1, 0),
        ("r--", "r--"): (3, 1, 1), ("r-x", "r--"): (3, 0, 1), ("r-x", "r-x"): (3, 0, 0),
        ("r--", "r-x"): (3, 1, 0), ("--x", "rw-"): (0, 0, 1),
    }

    def __init__(self, base, shift, bits):
        super().__init__(base, page=1 << shift)
        self.shift, self.bits, self.index_bits = shift, bits, shift - 3
        self.pages = []
        self.depths = -(-(bits - shift) // self.index_bits)
        self.roots = [self.new(), self.new()]

    def table(self, virtual, depth, flags=0):
        at = self.roots[virtual >> 63]
        inside = virtual & (1 << self.bits) - 1
        for level in range(self.depths - 1, self.depths - 1 - depth, -1):
            index = inside >> (self.shift + self.index_bits * level)
            index &= (1 << self.index_bits) - 1
            entry = self.get(at, index)
            if not entry:
                entry = self.new() | 3 | flags
                self.put(at, index, entry)
            at = entry & 0xfffffffff000 & -self.page
        return at

    def map(self, virtual, physical, size, kernel, user="---", attributes=1):
        size_shift = size.bit_length() - 1
        level = (size_shift - self.shift) // self.index_bits
        ap, uxn, pxn = self.ACCESS[(user, kernel)]
        entry = physical | 1 | (0 if level else 2) | attributes << 2 | ap << 6 | 1 << 10
        entry |= 3 << 8 | uxn << 54 | pxn << 53
        inside = virtual & (1 << self.bits) - 1
        self.put(self.table(virtual, self.depths - 1 - level),
                 inside >> size_shift & (1 << self.index_bits) - 1, entry)
        self.pages.append(Page(virtual, physical, size, user, kernel, attributes))


# ARM with short descriptors.

def arm_kernel(ttbr0, ttbr1, ttbcr, dacr, sctlr=0x00c50879):
    registers = [(ttbr0, 0xee020f10), (ttbr1, 0xee020f30), (ttbcr, 0xee020f50),
                 (dacr, 0xee030f10), (sctlr, 0xee010f10)]
    code = b""
    for number, (_, move) in enumerate(registers):
        code += words(0xe59f0000 | 0x100 + 4 * number - (len(code) + 8), move)
    code += words(0xeafffffe)
    return (code.ljust(0x100, b"\0") + words(*[value for value, _ in registers])).ljust(0x1000,
                                                                                       b"\0")


ARM_STOP = ARM_CODE + 40


class ArmTables(Tables):
    """Short descriptors: sections, supersections, large and small pages."""

    AP = {("---", "rw"): 1, ("r", "rw"): 2, ("rw", "rw"): 3, ("---", "r"): 5, ("r", "r"): 7}

    def __init__(self, base):
        super().__init__(base, entry_size=4)
        self.pages = []
        self.root = self.new(0x4000, 0x4000)

    def rights(self, user, kernel):
        ap = self.AP[("---" if user == "---" else user.replace("-", "").replace("x", ""),
                      kernel.replace("-", "").replace("x", ""))]
        executable = "x" in user or "x" in kernel
        return ap >> 2, ap & 3, 0 if executable else 1

    def map(self, virtual, physical, size, kernel, user="---"):
        ap2, ap, xn = self.rights(user, kernel)
        index = virtual >> 20
        self.pages.append(Page(virtual, physical, size, user, kernel))
        if size >= 0x100000:
            entry = physical | 2 | xn << 4 | ap << 10 | ap2 << 15 | (1 << 18 if size > 0x100000 else 0)
            for i in range(16 if size > 0x100000 else 1):
                self.put(self.root, index + i, entry)
            return
        if not self.get(self.root, index):
            self.put(self.root, index, self.new(0x400, 0x400) | 1)
        table = self.get(self.root, index) & ~0x3ff
        if size == 0x10000:
            for i in range(16):
                self.put(table, (virtual >> 12 & 255) + i,
                         physical | 1 | xn << 15 | ap << 4 | ap2 << 9)
        else:
            self.put(table, virtual >> 12 & 255, physical | 2 | xn | ap << 4 | ap2 << 9)


# RISC-V: registers are written by gdb, so there is no code.

class RiscvTables(Tables):
    """Sv32, Sv39, Sv48, Sv57."""

    def __init__(self, base, levels):
        super().__init__(base, entry_size=4 if levels == 2 else 8)
        self.levels = levels
        self.index_bits = 10 if levels == 2 else 9
        self.pages = []
        self.root = self.new()

    @property
    def satp(self):
        mode = 1 << 31 if self.levels == 2 else (self.levels + 5) << 60
        return mode | self.root >> 12

    def table(self, virtual, depth):
        at = self.root
        for level in range(self.levels - 1, self.levels - 1 - depth, -1):
            index = virtual >> (12 + self.index_bits * level) & (1 << self.index_bits) - 1
            entry = self.get(at, index)
            if not entry:
                entry = self.new() >> 2 | 1
                self.put(at, index, entry)
            at = entry >> 10 << 12
        return at

    def map(self, virtual, physical, size, kernel, user="---"):
        level = (size.bit_length() - 1 - 12) // self.index_bits
        access = user if user != "---" else kernel
        bits = sum(bit for letter, bit in zip(access, (2, 4, 8)) if letter != "-")
        entry = physical >> 2 | 0xc1 | bits | (16 if user != "---" else 0)
        shift = 12 + self.index_bits * level
        self.put(self.table(virtual, self.levels - 1 - level),
                 virtual >> shift & (1 << self.index_bits) - 1, entry)
        self.pages.append(Page(virtual, physical, size, user, kernel))


class MachineTestCase(support.TestCase):
    def run_gdb(self, machine, commands, stop=X86_STOP, setup=(), debugger=support.GDB,
                **options):
        """Connects, lets the guest set itself up, and runs the commands; returns their outputs."""
        before = [machine.connect(), *setup]
        if stop is not None:
            before += [f"hbreak *{stop:#x}", "continue"]
        support.need(debugger)
        outputs = support.gdb(before + list(commands), timeout=120, debugger=debugger, **options)
        return outputs[len(before):]

    def check_machine(self, machine, pages, stop=X86_STOP, notes=(), wanted=None, **options):
        """The whole map, every field; that every page translates so; and that the stub is as it
        was."""
        rows = rows_of(pages)
        samples = [page for number, page in enumerate(pages) if number % (1 + len(pages) // 8) == 0]
        commands = ["vmmap --json"] + [f"vtop {page.virtual + 0x123:#x}" for page in samples]
        commands += [f"monitor gva2gpa {page.virtual + 0x123:#x}" for page in samples]
        outputs = self.run_gdb(machine, commands + ["maintenance packet qqemu.PhyMemMode"], stop,
                               **options)
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), rows)
        wanted = {"target": "qemu-system", "provider": "page-tables", "exact": True, **(wanted or {})}
        self.assertEqual({key: answer[key] for key in wanted}, wanted)
        self.assertEqual(answer["notes"], list(notes))
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
    def machine(self, tables, cr4, efer, *args, more=b"", cr3=None, name="qemu", memory=64,
                **options):
        kernel = self.path(name + ".kernel")
        with open(kernel, "wb") as file:
            file.write(x86_kernel(tables.root if cr3 is None else cr3, cr4, efer, more=more))
        return Machine(self, "qemu-system-x86_64", "-cpu", "max", "-m", str(memory), "-kernel",
                       kernel, *args, blobs=[(tables.base, bytes(tables.memory))], name=name,
                       **options)

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

    def start_small(self, **options):
        tables = self.small()
        return tables, self.machine(tables, 0x20, 0x900, **options).start()
