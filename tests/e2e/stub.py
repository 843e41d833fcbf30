# SPDX-License-Identifier: GPL-3.0-or-later
"""A stub of the remote protocol that claims to be QEMU's user mode emulation and can lie.

It serves the memory of a process of this machine that is stopped in a system call, so that a GDB
for x86-64 finds a real program behind it. `answers` maps the beginnings of packets to other replies
(or functions of the packet, where None is to hang up), which it gives once it got the packet qLie:
GDB itself must be able to connect. Every packet is kept in `packets`.
"""

import os
import socket
import struct
import threading
import time


def checksum(data):
    return b"%02x" % (sum(data) & 0xff)


def escape(data):
    """Binary data in a reply: GDB manual, "Overview"."""
    out = bytearray()
    for byte in data:
        if byte in b"#$}*":
            out += bytes((0x7d, byte ^ 0x20))
        else:
            out.append(byte)
    return bytes(out)


def wait_for_system_call(pid):
    """Waits until the process sleeps in a system call; its stack pointer and program counter."""
    while True:
        with open(f"/proc/{pid}/syscall", "rb") as file:
            words = file.read().split()
        if len(words) == 9:
            return int(words[-2], 16), int(words[-1], 16)
        time.sleep(0.01)


class Server:
    """The protocol: acknowledges each packet, keeps it, and sends what reply(packet) returns; None
    is to hang up."""

    def __init__(self, path):
        self.packets = []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        self.server.close()

    def reply(self, packet):
        raise NotImplementedError

    def serve(self):
        try:
            connection, _ = self.server.accept()
        except OSError:
            return
        with connection:
            data = b""
            while True:
                try:
                    received = connection.recv(65536)
                except OSError:
                    return
                if not received:
                    return
                data += received
                while b"#" in data and len(data) - data.index(b"#") >= 3:
                    begin, end = data.find(b"$"), data.index(b"#")
                    packet, data = data[begin + 1:end], data[end + 3:]
                    self.packets.append(packet)
                    reply = self.reply(packet)
                    if reply is None:
                        return
                    try:
                        connection.sendall(b"+$" + reply + b"#" + checksum(reply))
                    except OSError:
                        return


class Stub(Server):
    def __init__(self, path, pid, answers=None, reported_pid=1, has_auxv=True):
        self.answers = answers or {}
        self.lies = False
        self.thread_id = b"p%x.%x" % (reported_pid, reported_pid)
        self.stack_pointer, self.program_counter = wait_for_system_call(pid)
        with open(f"/proc/{pid}/auxv", "rb") as file:
            self.auxv = file.read()
        self.has_auxv = has_auxv
        self.memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
        super().__init__(path)

    def close(self):
        super().close()
        os.close(self.memory)

    def read(self, address, size):
        try:
            return os.pread(self.memory, size, address) if address < 2**63 else b""
        except OSError:
            return b""

    def memory_reply(self, packet):
        address, size = (int(word, 16) for word in packet[1:].split(b","))
        data = self.read(address, size)
        return data.hex().encode() if len(data) == size else b"E14"

    def registers(self):
        values = [0] * 17
        values[7], values[16] = self.stack_pointer, self.program_counter
        return struct.pack("<17Q7I", *values, 0, *[0] * 6).hex().encode()

    def reply(self, packet):
        """The reply to a packet: bytes; None to say nothing at all and hang up."""
        self.lies = self.lies or packet == b"qLie"
        for key, answer in self.answers.items():
            if self.lies and packet.startswith(key):
                return answer(packet) if callable(answer) else answer
        if packet.startswith(b"qSupported"):
            auxv = b";qXfer:auxv:read+" if self.has_auxv else b""
            return b"PacketSize=1000;multiprocess+" + auxv
        if packet.startswith(b"qqemu.Supported"):
            return b"sstepbits;sstep"
        if packet == b"?":
            return b"T05thread:" + self.thread_id + b";"
        if packet == b"qC":
            return b"QC" + self.thread_id
        if packet == b"qfThreadInfo":
            return b"m" + self.thread_id
        if packet == b"qsThreadInfo":
            return b"l"
        if packet == b"g":
            return self.registers()
        if packet.startswith(b"m"):
            return self.memory_reply(packet)
        if packet.startswith(b"qXfer:auxv:read::") and self.has_auxv:
            offset, size = (int(word, 16) for word in packet.rsplit(b":", 1)[1].split(b","))
            return b"l" + escape(self.auxv[offset:offset + size])
        if packet[:1] in (b"H", b"D", b"T") or packet.startswith(b"vKill"):
            return b"OK"
        return b""
