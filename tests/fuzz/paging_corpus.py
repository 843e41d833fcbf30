#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the first inputs of the fuzz targets for page tables into corpus/paging_*.

Run it after the layout of an input has changed (paging_input.h, fuzz_paging_*.c)."""

import os
import struct

FOLD = 1


class Memory:
    """Physical memory from 0 on."""

    def __init__(self, size):
        self.bytes = bytearray(size)

    def put(self, width, table, entries):
        for index, value in entries.items():
            struct.pack_into("<I" if width == 4 else "<Q", self.bytes, table + index * width, value)


def write(target, name, flags, registers, memory):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "paging_" + target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        head = struct.pack("<BQ", flags, 0x123456789abcdef) + registers
        file.write(head + memory.bytes.rstrip(b"\0"))


def own(*numbers):
    return sum(2 << number for number in numbers)


def x86():
    def registers(cr4, efer, cr0=0x80010001):
        return struct.pack("<QQQQ", cr0, 0x1000, cr4, efer)

    memory = Memory(0x4000)
    memory.put(4, 0x1000, {0: 0x2007, 1: 0x2003, 2: 0x400087, 3: 0x21e083, 1023: 0x1003})
    memory.put(4, 0x2000, {0: 0x5001, 1: 0x6003, 2: 0x7005, 3: 0x8007, 1023: 0xfffff007})
    write("x86", "32-bit", 0, registers(0x10, 0), memory)
    write("x86", "32-bit-without-pse", 0, registers(0, 0), memory)
    write("x86", "paging-off", 0, registers(0, 0, 1), memory)

    memory = Memory(0x5000)
    memory.put(8, 0x1000, {0: 0x2001, 3: 0x3001})
    memory.put(8, 0x2000, {0: 0x4007, 1: 0x4005 | 1 << 63, 2: 0x600087, 3: 0x602087})
    memory.put(8, 0x4000, {0: 0x5007, 1: 0x6007 | 1 << 63, 2: 0x7007 | 1 << 52})
    memory.put(8, 0x3000, {511: 0x4003})
    write("x86", "pae", 0, registers(0x20, 0x800), memory)

    memory = Memory(0x6000)
    memory.put(8, 0x1000, {0: 0x2007, 255: 0x2005, 256: 0x2007 | 1 << 63, 510: 0x1003, 511: 0x3003})
    memory.put(8, 0x2000, {0: 0x4007, 1: 0x80000087 | 1 << 12, 2: 0x80002087})
    memory.put(8, 0x4000, {1: 0x5003, 2: 0x400087, 3: 0x123456007})
    memory.put(8, 0x5000, {0: 0xa007, 1: 0xb007 | 1 << 63, 2: 1 << 45 | 7, 511: 0xc007})
    memory.put(8, 0x3000, {511: 0x4007})
    write("x86", "4-levels", 0, registers(0x20, 0xd00), memory)
    write("x86", "5-levels", 0, registers(0x1020, 0xd00), memory)
    write("x86", "40-bits-without-nx", own(0), registers(0x20, 0x500), memory)
    write("x86", "folded", FOLD, registers(0x1020, 0xd00), memory)

    memory = Memory(0x5000)
    for table in (0x1000, 0x2000, 0x3000):
        memory.put(8, table, {index: table + 0x1007 for index in range(512)})
    memory.put(8, 0x4000, {index: 0x8007 for index in range(512)})
    write("x86", "shared", 0, registers(0x20, 0xd00), memory)
    memory.put(8, 0x4000, {index: 0x8007 if index & 1 else 0 for index in range(512)})
    write("x86", "exploding", 0, registers(0x20, 0xd00), memory)


def aarch64():
    data = 1 << 10 | 3 << 53
    known, two = 0, 1
    mmfr0 = 6 | 2 << 20 | 1 << 28

    def registers(tcr, sctlr=1, ttbr0=0x1000, ttbr1=0x2000):
        return struct.pack("<QQQQQ", sctlr, tcr, ttbr0, ttbr1, mmfr0)

    def tcr(size, tg0, tg1, ips=5):
        return size | tg0 << 14 | size << 16 | tg1 << 30 | ips << 32

    memory = Memory(0x6000)
    for root in (0x1000, 0x2000):
        memory.put(8, root, {0: 0x3003, 1: 0x3003 | 0xf << 59, 2: root | 3, 3: 0x40000001 | data})
    memory.put(8, 0x3000, {0: 0x4003, 1: 0x80000001 | data, 2: 0x4003 | 1 << 61, 511: 0x999003})
    memory.put(8, 0x4000, {0: 0x5003, 1: 0x400001 | 1 << 10, 3: 0x600001 | data | 0x40})
    memory.put(8, 0x5000, {i: i << 12 | 3 | (i & 15) << 4 | (i & 3) << 53 for i in range(0, 64, 3)})
    for size in (12, 16, 25, 28, 34, 39, 48):
        write("aarch64", f"4k-{size}", own(known, two), registers(tcr(size, 0, 2)), memory)
    write("aarch64", "4k-wide", own(known, two), registers(tcr(12, 0, 2, 6) | 1 << 59), memory)
    write("aarch64", "wxn-hd", own(two), registers(tcr(16, 0, 2) | 3 << 39, 1 << 19 | 1), memory)
    write("aarch64", "el2", own(known), registers(16 | 5 << 16), memory)
    write("aarch64", "off", own(known, two), registers(tcr(16, 0, 2), 0), memory)
    write("aarch64", "big-endian", own(two), registers(tcr(25, 0, 2), 1 << 25 | 1), memory)
    write("aarch64", "folded", FOLD | own(known, two), registers(tcr(16, 0, 2)), memory)

    memory = Memory(0x10000)
    memory.put(8, 0x4000, {0: 0x8003, 1: 0x4003, 2047: 0x2000001 | data})
    memory.put(8, 0x8000, {0: 0xc003, 1: 0x4000001 | data, 7: 0x8003})
    memory.put(8, 0xc000, {0: 0x10003 | data, 2047: 0x14003 | data})
    for size in (16, 17, 28, 39):
        write("aarch64", f"16k-{size}", own(known, two),
              registers(tcr(size, 2, 1), 1, 0x4000, 0x8000), memory)

    memory = Memory(0x10000)
    memory.put(8, 0, {0: 0x3, 1: 0x20000001 | data, 5: 0x3 | 1 << 61, 8191: 0x50003 | data})
    for size in (12, 21, 34):
        write("aarch64", f"64k-{size}", own(known, two), registers(tcr(size, 1, 3, 6), 1, 0, 0),
              memory)


def arm():
    def registers(sctlr, ttbcr, dacr, ttbr0=0x4000, ttbr1=0x8000):
        return struct.pack("<IIIIQQ", sctlr, ttbcr, 0x600, dacr, ttbr0, ttbr1)

    memory = Memory(0xd000)
    for root in (0x4000, 0x8000):
        memory.put(4, root, {0: 0xc001, 1: 0xc025, 2: 0x200c02, 3: 0x30ac03, 4095: 0xc001})
        memory.put(4, root, {index: 0xf45c0d02 | 1 << 18 for index in range(16, 32)})
    memory.put(4, 0xc000, {index: 0x560031 | index << 6 & 0xe00 for index in range(16)})
    memory.put(4, 0xc000, {index: index << 12 | 2 | index << 4 & 0xff0 for index in range(16, 200)})
    write("arm", "short", 0, registers(1, 0, 0x55555555), memory)
    write("arm", "short-split", own(0), registers(1 | 1 << 29, 2, 0xe4e4e4e4), memory)
    write("arm", "short-wxn", 0, registers(1 | 3 << 19, 7, 0x1), memory)
    write("arm", "off", 0, registers(0, 0, 0), memory)

    memory = Memory(0xd000)
    for root in (0x4000, 0x8000):
        memory.put(8, root,
                   {0: 0xc003, 1: 0xc003 | 0xf << 59, 2: 0x80000401, 3: root | 3, 15: 0x401})
    memory.put(8, 0xc000, {0: 0xc003, 1: 0x200401, 2: 0x400481 | 3 << 53, 511: 0x441 | 1 << 39})
    for lower, upper in ((0, 0), (1, 1), (0, 2), (2, 0), (7, 7)):
        write("arm", f"long-{lower}-{upper}", 0,
              registers(1, 1 << 31 | lower | upper << 16, 0), memory)


def riscv():
    def registers(satp):
        return struct.pack("<Q", satp)

    def entry(physical, bits):
        return physical >> 12 << 10 | bits

    memory = Memory(0x4000)
    memory.put(4, 0x1000, {0: entry(0x2000, 1), 1: entry(0x400000, 0xc7), 2: entry(0x1000, 0xf),
                           1023: entry(0x1000, 1)})
    memory.put(4, 0x2000, {index: entry(index << 12, 1 | index & 0x1e) for index in range(32)})
    write("riscv", "sv32", own(0), registers(1 << 31 | 1), memory)
    write("riscv", "off", 0, registers(0), memory)
    write("riscv", "machine-mode", own(1), registers(8 << 60 | 1), memory)

    memory = Memory(0x6000)
    memory.put(8, 0x1000, {0: entry(0x2000, 1), 1: entry(0x1000, 1), 255: entry(0, 0xcf),
                           256: entry(0x2000, 1), 511: entry(0x3000, 1)})
    memory.put(8, 0x2000, {0: entry(0x3000, 1), 1: entry(0x40000000, 0xdf), 5: entry(0x2000, 0x51)})
    memory.put(8, 0x3000, {0: entry(0x4000, 1), 1: entry(0x200000, 0xc7), 511: entry(0x4000, 1)})
    memory.put(8, 0x4000, {index: entry(0x58000, 0xc7 | 1 << 63) for index in range(16)})
    memory.put(8, 0x4000, {index: entry(index << 12, 1 | index & 0x1e | (index & 3) << 61)
                           for index in range(16, 80)})
    for mode, name in ((8, "sv39"), (9, "sv48"), (10, "sv57")):
        write("riscv", name, 0, registers(mode << 60 | 1), memory)
        write("riscv", name + "-folded", FOLD, registers(mode << 60 | 1), memory)
    write("riscv", "without-extensions", own(2, 3), registers(8 << 60 | 1), memory)


def stage2():
    """The second stage is at 0x4000 (16 KiB, for RISC-V and concatenated tables of Arm), the
    guest's tables at guest-physical 0xc000, which is where they are; its first stages: none, x86,
    AArch64 (TTBR), RISC-V (satp)."""
    formats = {"aarch64": 0, "arm": 1, "riscv": 2, "ept": 3, "npt": 4}

    def registers(name, first, root, control=0, id_register=0, first_root=0xc000):
        return struct.pack("<QQQQQ", formats[name] | first << 8, root, control, id_register,
                           first_root)

    def guest(memory):
        """Two levels of x86 and AArch64, from the third and the second on."""
        memory.put(8, 0xc000, {0: 0xd007, 1: 0xd007, 511: 0xc007})
        memory.put(8, 0xd000, {0: 0xe007, 1: 0x40000087, 5: 0x13007})
        memory.put(8, 0xe000, {0: 0xf007, 2: 0x200087})
        memory.put(8, 0xf000, {index: index << 12 | 0x467 for index in range(64)})

    def fill(table, page):
        """Three levels from 0x4000 on; the last maps 64 pages to themselves, some with less rights
        or elsewhere."""
        memory = Memory(0x11000)
        memory.put(8, 0x4000, {0: table(0x8000), 1: page(0x40000000, 7, True), 2: table(0x4000),
                               1023: table(0x8000)})
        memory.put(8, 0x8000, {0: table(0x9000), 1: page(0x200000, 3, True), 7: table(0x7000000)})
        memory.put(8, 0x9000, {index: page(index << 12, 7, False) for index in range(64)})
        memory.put(8, 0x9000, {index: page(index << 13, index & 7, False)
                               for index in range(20, 48)})
        guest(memory)
        return memory

    def arm_page(physical, rights, block):
        return (physical | (1 if block else 3) | (rights & 3) << 6 | 0x43c |
                (0 if rights & 4 else 1 << 54) | (rights & 1) << 53)

    def riscv_page(physical, rights, block):
        del block
        return physical >> 2 | 1 | (rights & 7) << 1 | 0xd0

    memory = fill(lambda table: table | 3, arm_page)
    for first in range(4):
        write("stage2", f"aarch64-{first}", own(1),
              registers("aarch64", first, 0x4000, 24 | 1 << 6 | 2 << 16), memory)
    write("stage2", "aarch64-known", own(0), registers("aarch64", 2, 0x4000, 24 | 1 << 6 | 2 << 16,
                                                       0x122), memory)
    write("stage2", "aarch64-off", own(3), registers("aarch64", 2, 0x4000, 24 | 1 << 6 | 2 << 16),
          memory)
    write("stage2", "aarch64-16k", own(), registers("aarch64", 0, 0x4000, 28 | 1 << 6 | 2 << 14),
          memory)
    write("stage2", "aarch64-wide", own(),
          registers("aarch64", 0, 0x4000, 12 | 3 << 32 | 6 << 16), memory)
    write("stage2", "arm", own(), registers("arm", 0, 0x4000, 8 | 1 << 4 | 1 << 6), memory)
    write("stage2", "arm-folded", FOLD, registers("arm", 1, 0x4000, 1 << 6), memory)
    memory = fill(lambda table: table >> 2 | 1, riscv_page)
    for mode in (0, 8, 9, 10):
        write("stage2", f"riscv-{mode}", own(), registers("riscv", 0, mode << 60 | 4), memory)
    write("stage2", "riscv-sv39", own(), registers("riscv", 3, 8 << 60 | 4, 0, 0, 8 << 60 | 0xc),
          memory)
    write("stage2", "riscv-x86", FOLD, registers("riscv", 1, 8 << 60 | 4), memory)
    write("stage2", "riscv-32", own(2), registers("riscv", 0, 1 << 31 | 4), memory)
    memory = fill(lambda table: table | 7, lambda physical, rights, block:
                  physical | rights | 0x30 | (0x80 if block else 0))
    memory.put(8, 0x3000, {0: 0x4007, 5: 0x4005})
    memory.put(8, 0x2000, {0: 0x3007})
    for first in range(4):
        write("stage2", f"ept-{first}", own(), registers("ept", first, 0x301e), memory)
        write("stage2", f"npt-{first}", own(), registers("npt", first, 0x3000), memory)
    write("stage2", "ept-five", own(), registers("ept", 1, 0x2026), memory)


x86()
aarch64()
arm()
riscv()
stage2()
