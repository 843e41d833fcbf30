#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the first inputs of fuzz_linux, fuzz_linux_banner and fuzz_vmcoreinfo into corpus/.

Run it after the layout of an input has changed (paging_input.h, fuzz_linux.c)."""

import os
import struct

FOLD, AARCH64, RISCV = 1, 2, 4

BANNER = (b"Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian "
          b"12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP\n")

# Of Debian's kernels, the lines that matter and a few of the others.
ARM_6_12 = b"""OSRELEASE=6.12.107+deb13-cloud-arm64
PAGESIZE=4096
NUMBER(VMALLOC_START)=0xffff800080000000
SYMBOL(vmemmap)=ffffff1a60000000
NUMBER(VA_BITS)=52
NUMBER(MODULES_VADDR)=0xffff800000000000
NUMBER(MODULES_END)=0xffff800080000000
NUMBER(VMALLOC_END)=0xfffffdffbf800000
NUMBER(VMEMMAP_START)=0xffffc1ffc0000000
NUMBER(VMEMMAP_END)=0xffffffffc0000000
NUMBER(PHYS_OFFSET)=0xfff0b95800000000
"""
ARM_6_1 = b"""OSRELEASE=6.1.0-56-cloud-arm64
NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129
NUMBER(VA_BITS)=48
NUMBER(MODULES_VADDR)=0xffff800000000000
NUMBER(MODULES_END)=0xffff800008000000
NUMBER(VMALLOC_START)=0xffff800008000000
NUMBER(VMALLOC_END)=0xfffffbfff0000000
NUMBER(VMEMMAP_START)=0xfffffc0000000000
NUMBER(VMEMMAP_END)=0xfffffe0000000000
NUMBER(PHYS_OFFSET)=0xffffccdf40000000
"""
RISCV_6_12 = b"""OSRELEASE=6.12.107+deb13-riscv64
NUMBER(VMALLOC_START)=0xff20000000000000
NUMBER(phys_ram_base)=2147483648
NUMBER(VMALLOC_END)=0xff60000000000000
NUMBER(VA_BITS)=57
NUMBER(VMEMMAP_START)=0xff1c000000000000
NUMBER(VMEMMAP_END)=0xff20000000000000
NUMBER(MODULES_VADDR)=0xffffffff01e6b000
NUMBER(MODULES_END)=0xffffffff80000000
"""


def write(target, name, data):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


class Memory:
    """Physical memory from 0 on, and page tables in it: from 0x1000 on, of 512 entries of 8
    bytes."""

    def __init__(self, levels, table_entry):
        self.bytes = bytearray(0x10000)
        self.levels, self.table_entry = levels, table_entry
        self.next, self.tables = 0x2000, {}  # tables by where the entry is that points to them

    def put(self, at, *values):
        struct.pack_into(f"<{len(values)}Q", self.bytes, at, *values)

    def text(self, at, text):
        self.bytes[at:at + len(text)] = text

    def map(self, virtual, entry, level=0):
        """An entry that maps, at a level counted from 0, the smallest pages."""
        table = 0x1000
        for depth in range(self.levels - 1, level, -1):
            at = table + 8 * (virtual >> 12 + 9 * depth & 511)
            table = self.tables.get(at) or self.new(at)
        self.put(table + 8 * (virtual >> 12 + 9 * level & 511), entry)

    def new(self, at):
        self.tables[at], self.next = self.next, self.next + 0x1000
        self.put(at, self.table_entry(self.tables[at]))
        return self.tables[at]


def linux(name, flags, registers, code, places, memory):
    head = struct.pack("<BQ", flags, 1) + struct.pack("<12Q", *registers, code, *places)
    write("linux", name, head + bytes(memory.bytes).rstrip(b"\0"))


def x86():
    text, nx = 0xffffffffba400000, 1 << 63
    for name, levels, bases, order in (
            ("x86", 4, (0xffff8992c0000000, 0xffffce5700000000, 0xfffff3cf80000000), 1),
            ("x86-descending", 4, (0xffff8992c0000000, 0xffffce5700000000, 0xfffff3cf80000000), -1),
            ("x86-default", 4, (0xffff888000000000, 0xffffc90000000000, 0xffffea0000000000), 1),
            ("x86-5-levels", 5, (0xff11000000000000, 0xffa0000000000000, 0xffd4000000000000), 1),
            ("x86-5-levels-top", 5, (0xff21b4c000000000, 0xffa1800080000000, 0xfffffd0040000000),
             1)):
        memory = Memory(levels, lambda at: at | 7)
        memory.map(text, 0xb000 | 1)
        memory.map(text + 0x1000, 0xc000 | 1 | nx)
        memory.map(text + 0x2000, 0xd000 | 3 | nx)
        memory.map(bases[0], 0x83 | nx, 2)  # 1 GiB
        memory.text(0xc010, BANNER)
        memory.put(0xc800, *bases[::order])
        variables = (0, 0, 0) if name == "x86-default" else tuple(
            text + 0x1800 + 8 * (number if order == 1 else 2 - number) for number in range(3))
        linux(name, 0, (0x80010001, 0x1000, 0x1020 if levels == 5 else 0x20, 0xd00), 0,
              (text + 0x1010, *variables, 0, text, text + 0x3000), memory)
        if name == "x86":
            linux("x86-folded", FOLD, (0x80010001, 0x1000, 0x20, 0xd00), 0, (0,) * 7, memory)


def image(name, flags, registers, memory, text, data, info, leaf):
    memory.map(text, leaf(0xb000, "rx"))
    memory.map(text + 0x1000, leaf(0xc000, "rw"))
    memory.map(data, leaf(0xe000, "rw"))
    memory.put(0xc100, data, len(info), data + 0x1000)
    memory.put(0xc200, text, text + 0xfff, 0, text + 0x1800, 0, text + 0x1f00)
    memory.text(0xe000, info)
    linux(name, flags, registers, text + 0x800,
          (0, 0, 0, 0, text + 0x1100, text, text + 0x1f00), memory)


def aarch64():
    def leaf(physical, access):
        return physical | 3 | 1 << 10 | (1 << 7 if access == "rx" else 3 << 53)

    for name, text, data, info in (
            ("aarch64-6.12", 0xffffaf0fafe00000, 0xffff46a840c00000, ARM_6_12),
            ("aarch64-6.1", 0xffffc00c7c600000, 0xffff332100c00000, ARM_6_1),
            ("aarch64-little", 0xffffc00c7c600000, 0xffff332100c00000, b"OSRELEASE=5.10.0\n")):
        image(name, AARCH64, (1, 16 | 16 << 16 | 1 << 31 | 5 << 32, 0, 0x1000),
              Memory(4, lambda at: at | 3), text, data, info, leaf)


def riscv():
    def leaf(physical, access):
        return physical >> 2 | 0xc3 | (8 if access == "rx" else 4)

    for name, levels, text, data in (
            ("riscv-sv57", 5, 0xffffffff80000000, 0xff60000000c00000),
            ("riscv-sv39", 3, 0xffffffff80000000, 0xffffffd800c00000)):
        image(name, RISCV, ((levels + 5) << 60 | 1, 0, 0, 0),
              Memory(levels, lambda at: at >> 2 | 1), text, data, RISCV_6_12, leaf)


def texts():
    write("vmcoreinfo", "aarch64-6.12", ARM_6_12)
    write("vmcoreinfo", "aarch64-6.1", ARM_6_1)
    write("vmcoreinfo", "riscv-6.12", RISCV_6_12)
    write("vmcoreinfo", "cut", ARM_6_1[:-9])
    write("vmcoreinfo", "odd", b"OSRELEASE=\nNUMBER(VA_BITS)=-1\nNUMBER(VA_BITS)=0x\nNUMBER()=7\n"
                               b"NUMBER(phys_ram_base)=18446744073709551616\n\n\0NUMBER(VA_BITS)=4")
    write("linux_banner", "debian-6.1", bytes(3) + BANNER)
    write("linux_banner", "format", b"Linux version %s (%s)\n\0Linux version 6.1 (a@b)")
    write("linux_banner", "twice", b"Linux version Linux version 5.10 (@)")
    write("linux_banner", "one-in-another",
          b"Linux version 6.1 Linux version 6.2 (a@b)Linux version 6.3(")
    write("linux_banner", "cut", b"Linux version 6.12.107+deb13-cloud-arm64 (debian-kernel@lists")


x86()
aarch64()
riscv()
texts()
