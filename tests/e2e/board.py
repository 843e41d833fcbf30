# SPDX-License-Identifier: GPL-3.0-or-later
"""Boards: guests for QEMU's Cortex-M and RISC-V machines, made here instruction by instruction, and
a stub that has a Cortex-M behind it of which the tests know every byte."""

import struct

from machine import words
from stub import Server, escape


def halves(*values):
    return b"".join(struct.pack("<H", value) for value in values)


MPU_CTRL, MPU_RNR, MPU_RBAR, MPU_RASR, MPU_RLAR = (0xe000ed94, 0xe000ed98, 0xe000ed9c, 0xe000eda0,
                                                   0xe000eda0)


def cortex_m(base, stores):
    """A Cortex-M image for `base`, with a vector table, that stores words and then jumps to itself;
    and where it ends up."""
    code, literals = b"", b""
    for number, (address, value) in enumerate(stores):
        # ldr r0, [pc, #...]; ldr r1, [pc, #...]; str r1, [r0]
        for register in range(2):
            at = 0x100 + len(code)
            distance = 0x400 + 8 * number + 4 * register - (at + 4 & ~3)
            code += halves(0x4800 | register << 8 | distance // 4)
        code += halves(0x6001)
        literals += words(address, value)
    stop = base + 0x100 + len(code)
    image = words(base + 0x2000, base + 0x101).ljust(0x100, b"\0") + code + halves(0xe7fe)
    return (image.ljust(0x400, b"\0") + literals).ljust(0x1000, b"\0"), stop


def riscv_machine_mode(base, registers):
    """A RISC-V image that loads CSRs, given by number, with 64-bit values that follow the code, and
    then jumps to itself; and where it ends up."""
    code = words(0x00000297)  # auipc t0, 0
    for number, (register, _) in enumerate(registers):
        offset = 0x200 + 8 * number
        code += words(offset << 20 | 5 << 15 | 3 << 12 | 6 << 7 | 0x03,  # ld t1, offset(t0)
                      register << 20 | 6 << 15 | 1 << 12 | 0x73)         # csrw register, t1
    stop = base + len(code)
    image = (code + words(0x0000006f)).ljust(0x200, b"\0")  # j .
    return image + b"".join(struct.pack("<Q", value) for _, value in registers), stop


M_PROFILE = b"""<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target>
<architecture>arm</architecture><feature name="org.gnu.gdb.arm.m-profile">""" + b"".join(
    b'<reg name="%s" bitsize="32"/>' % name for name in
    [b"r%d" % number for number in range(13)] + [b"sp", b"lr", b"pc", b"xpsr"]
) + b"</feature></target>"


class Board(Server):
    """A Cortex-M3 behind a stub that knows no operating system. `memory` maps first addresses to
    bytes; reading anything else is an error, and `memory_map` is the XML that tells of it, or
    None. `mpu` is a list of (MPU_RBAR, MPU_RASR) of which MPU_RNR selects one."""

    def __init__(self, path, memory, memory_map=None, writable=(), mpu=()):
        self.memory = {start: bytearray(data) for start, data in memory.items()}
        self.memory_map = memory_map
        self.writable = writable
        self.mpu = mpu
        super().__init__(path)

    def find(self, address, size):
        for start, data in self.memory.items():
            if start <= address and address + size <= start + len(data):
                return data, address - start
        return None, 0

    def reads(self):
        """(address, size) of each read."""
        return [tuple(int(word, 16) for word in packet[1:].split(b","))
                for packet in self.packets if packet[:1] == b"m"]

    def reply(self, packet):
        if packet.startswith(b"qSupported"):
            return b"PacketSize=1000;qXfer:features:read+" + (
                b";qXfer:memory-map:read+" if self.memory_map else b"")
        if packet.startswith(b"qXfer:"):
            text = M_PROFILE if packet.startswith(b"qXfer:features:read:target.xml") else \
                self.memory_map if packet.startswith(b"qXfer:memory-map:read::") else None
            if text is None:
                return b""
            offset, size = (int(word, 16) for word in packet.rsplit(b":", 1)[1].split(b","))
            piece = text[offset:offset + size]
            return (b"m" if offset + size < len(text) else b"l") + escape(piece)
        if packet == b"?":
            return b"S05"
        if packet == b"g":
            return words(*[0] * 13, 0x20000800, 0xffffffff, 0x100, 0x01000000).hex().encode()
        if packet[:1] == b"m":
            address, size = (int(word, 16) for word in packet[1:].split(b","))
            data, at = self.find(address, size)
            return b"E01" if data is None else data[at:at + size].hex().encode()
        if packet[:1] == b"M":
            where, what = packet[1:].split(b":")
            address, size = (int(word, 16) for word in where.split(b","))
            data, at = self.find(address, size)
            if data is None:
                return b"E01"
            if any(start <= address < end for start, end in self.writable):
                data[at:at + size] = bytes.fromhex(what.decode())
                if self.mpu and address == MPU_RNR:
                    data[at + 4:at + 12] = words(*self.mpu[data[at]])
            return b"OK"
        if packet[:1] in (b"H", b"D"):
            return b"OK"
        return b""
