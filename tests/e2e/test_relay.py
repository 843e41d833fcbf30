# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile stub behind a relay of the user's (`ssh -L`, `kubectl port-forward`): it says that it
is QEMU, and that the guest's memory is at addresses of the relay's own. Nothing that is in the
relay's memory, and no address of it, may be in what the stub gets to see (docs/security.md)."""

import contextlib
import os
import re
import shlex
import struct
import subprocess
import sys
import time
import unittest

import support
from machine import Proxy, X86TestCase
from qemu_user import QemuUserTestCase, gdb
from stub import Stub, escape
from tables import rows_of, shown_rows

RELAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "relay.py")
NOT_PROVED = (r"^Process %d, to which GDB is connected, does not run QEMU's program, and who is "
              r"behind it can not be proved; if it passes the connection on to a QEMU of this "
              r'machine that you trust, name that with "set vmmap qemu-pid"\.')
WAYS = ("pipe", "unix", "tcp")


def wait_for(path):
    end = time.monotonic() + support.TIMEOUT
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise AssertionError(path + " does not appear")
        time.sleep(0.02)


class Relay:
    """A relay before `stub` (the path of its socket), which GDB reaches in one of WAYS."""

    trust = ()

    def __init__(self, test, stub, way, secret=b"\1", place="mapping", name="relay"):
        self.test, self.way = test, way
        self.address_file = test.path(name + ".address")
        data = test.path(name + ".secret")
        with open(data, "wb") as file:
            file.write(secret)
        self.arguments = [sys.executable, RELAY, stub, "--secret", place, data, self.address_file]
        self.listen = test.path(name + "." + way)
        if way != "pipe":
            self.arguments += ["--listen" if way == "unix" else "--port", self.listen]
            test.spawn(*self.arguments, stdin=subprocess.DEVNULL)
            wait_for(self.listen)

    def connect(self):
        if self.way == "pipe":
            return "target remote | exec " + shlex.join(self.arguments)
        if self.way == "unix":
            return "target remote " + self.listen
        with open(self.listen) as file:
            return "target remote localhost:" + file.read()

    def name_command(self):
        """The gdb command by which the user trusts it."""
        return (f"python gdb.execute('set vmmap qemu-pid ' + open({self.address_file!r}).read()"
                ".split()[0])")

    @property
    def pid(self):
        return self.place()[0]

    def place(self):
        """(process, address of the secret)"""
        wait_for(self.address_file)
        with open(self.address_file) as file:
            return tuple(int(word) for word in file.read().split())


class InFolders(support.TestCase):
    @contextlib.contextmanager
    def subfolder(self, name):
        """Files of the block get paths in a folder of this name."""
        before = self.folder
        self.folder = os.path.join(before, name)
        os.mkdir(self.folder)
        try:
            yield
        finally:
            self.folder = before


# Bytes that everybody knows, as of an ELF header, and then page-table entries that are present,
# whose addresses are the secret.
KNOWN = bytes(range(0x10, 0x20))
SECRETS = [0x5ec2e7000 + (number << 13) for number in range(400)]
SECRET = KNOWN + b"".join(struct.pack("<Q", address | 7) for address in SECRETS)
SECRET_NUMBER = re.compile("0x0*5ec[0-9a-f]{6}")


class Machine(X86TestCase, InFolders):
    """A real QEMU gives the registers; of its memory the stub says that it is in the relay."""

    def attack(self, way, place="mapping", named=False, where=None):
        tables, machine = self.start_small()
        proxy = Proxy(self, machine)
        relay = Relay(self, proxy.path, way, SECRET, place)
        asked = []

        def lie(number):
            command = proxy.commands[number - 1]
            asked.append(command)
            found = re.fullmatch(r"gpa2hva (0x[0-9a-f]+)", command)
            if found:
                address = where(relay) if where else relay.place()[1]
                text = f"Host virtual address for {found[1]} (ram) is {address:#x}\r\n"
            elif command.startswith("xp /2xg "):
                values = struct.unpack("<2Q", self.known(relay, where))
                text = (f"{int(command.split()[-1], 16):016x}: " +
                        " ".join(f"{v:#018x}" for v in values) + "\r\n")
            else:
                return None
            return text.encode().hex().encode()

        proxy.answer = lie
        name = [relay.name_command()] if named else []
        outputs = self.run_gdb(relay, [*name, "set vmmap phys-via proc-mem", "vmmap --json",
                                       "vtop 0x601010", "set vmmap phys-via auto", "vmmap --json"])
        self.assertNotEqual(asked, [])
        self.assertEqual([c for c in asked if SECRET_NUMBER.search(c)], [])
        for command in asked:  # only what the registers and the real tables have
            self.assertRegex(command, r"^(gpa2hva 0x[0-9a-f]{1,7}|xp /64xg 0x[0-9a-f]{1,7}|"
                                      r"xp /2xg 0x[0-9a-f]{1,7}|info mtree -f|qom-list .*)$")
        return tables, relay, asked, [support.parse_json(outputs[i]) for i in (-4, -1)]

    @staticmethod
    def known(relay, where):
        """What the stub knows to be in the relay: for the comparison."""
        if not where:
            return KNOWN
        with open(f"/proc/{relay.pid}/exe", "rb") as file:
            return file.read(16)

    def test_relay(self):
        for way in WAYS:
            with self.subTest(way=way), self.subfolder(way):
                tables, relay, asked, answers = self.attack(way)
                self.assertEqual(answers[0]["regions"], [])
                self.assertRegex(answers[0]["notes"][0], NOT_PROVED % relay.pid)
                # By packets, which the stub answers as it likes; here with the real memory.
                self.check_rows(shown_rows(answers[1]), rows_of(tables.pages))
                self.assertRegex(answers[1]["notes"][0], NOT_PROVED % relay.pid)
                self.assertIn("So physical memory is read with packets", answers[1]["notes"][0])
                # Nothing of it was looked at: not even 16 bytes to compare.
                self.assertEqual([c for c in asked if c.startswith("xp /2xg")], [])

    def test_named_relay_keeps_its_heap(self):
        """The user's word is for the process, not for all that is in it."""
        tables, relay, asked, answers = self.attack("pipe", "heap", named=True)
        self.assertRegex(answers[0]["notes"][0],
                         rf"^Process {relay.pid} \(\"set vmmap qemu-pid\"\) does not hold the "
                         r"memory of this target\.")
        self.check_rows(shown_rows(answers[1]), rows_of(tables.pages))
        self.assertEqual([c for c in asked if c.startswith("xp /2xg")], [])

    def test_named_relay_keeps_its_code(self):
        """The bytes of an ELF header are known to everybody."""
        def header(relay):
            with open(f"/proc/{relay.pid}/maps", "rb") as file:
                return support.parse_maps(file.read())[0].start

        _, _, asked, answers = self.attack("pipe", named=True, where=header)
        self.assertIn("does not hold the memory of this target", answers[0]["notes"][0])
        self.assertEqual([c for c in asked if c.startswith("xp /2xg")], [])

    def test_qemu_behind_a_relay_may_be_named(self):
        tables, machine = self.start_small()
        for number, way in enumerate(WAYS):
            with self.subTest(way=way):
                relay = Relay(self, machine.socket, way, name=f"relay{number}")
                outputs = self.run_gdb(relay, ["vmmap --json",
                                               f"set vmmap qemu-pid {machine.process.pid}",
                                               "set vmmap phys-via proc-mem", "vmmap --json"])
                for output in outputs[0], outputs[3]:
                    self.check_rows(shown_rows(support.parse_json(output)), rows_of(tables.pages))
                self.assertRegex(support.parse_json(outputs[0])["notes"][0], NOT_PROVED % relay.pid)
                self.assertEqual(support.parse_json(outputs[3])["notes"], [])

    def test_other_connection_to_a_real_qemu(self):
        """GDB has a QEMU of this machine at one socket, and the hostile stub at another: the one
        does not vouch for the other, where GDB can not tell which socket is which."""
        tables, machine = self.start_small()
        other = self.machine(tables, 0x20, 0x900, name="other").start()
        proxy = Proxy(self, machine)
        relay = Relay(self, proxy.path, "unix", name="relay")
        link = self.path("link")
        os.symlink(relay.listen, link)
        relay.connect = lambda: "target remote " + link
        outputs = self.run_gdb(relay, ["add-inferior -no-connection", "inferior 2",
                                       other.connect(), "vmmap --json", "inferior 1",
                                       "set vmmap phys-via proc-mem", "vmmap --json", "kill",
                                       "inferior 2", "kill"])
        self.assertNotIn("So physical memory is read with", outputs[3].decode())
        answer = support.parse_json(outputs[6])
        self.assertEqual(answer["regions"], [])
        self.assertRegex(answer["notes"][0],
                         f"^GDB is connected to QEMU, process {other.process.pid}, but has further "
                         "sockets, one of which may be this connection")


class Program(QemuUserTestCase, InFolders):
    """The stub shows the beginning of the C library's file, which it knows the relay to have."""

    ANCHOR = 0x10000

    def attack(self, way, named=False):
        with open("/proc/self/maps", "rb") as file:
            library = next(r.name for r in support.parse_maps(file.read()) if b"/libc.so" in r.name)
        with open(library, "rb") as file:
            known = file.read(0x1000)
        behind = self.spawn(support.guest("plain"), "wait", stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL)
        self.addCleanup(behind.stdin.close)
        auxv = b"".join(struct.pack("<QQ", *entry) for entry in (
            (3, self.ANCHOR + 64), (4, 56), (5, 3), (6, 4096), (25, self.ANCHOR + 64), (0, 0)))

        def memory(packet):
            address, size = (int(word, 16) for word in packet[1:].split(b","))
            data = known[address - self.ANCHOR:][:size] if address >= self.ANCHOR else b""
            return data.hex().encode() if len(data) == size else b"E14"

        stub = Stub(self.path("stub"), behind.pid,
                    {b"m": memory, b"qXfer:auxv:read::": b"l" + escape(auxv)})
        self.addCleanup(stub.close)
        relay = Relay(self, self.path("stub"), way)
        name = [relay.name_command()] if named else []
        outputs = gdb(["set architecture i386:x86-64", relay.connect(), "maintenance packet qLie",
                       *name, "python import os; os.system('cp /proc/' + open("
                       f"{relay.address_file!r}).read().split()[0] + '/maps {self.path('maps')}')",
                       "set vmmap qemu-user host", "vmmap --json"])
        with open(self.path("maps"), "rb") as file:
            rows = support.parse_maps(file.read())
        base = next(r.start for r in rows if r.name == library) - self.ANCHOR
        asked = [int(p[1:].split(b",")[0], 16) for p in stub.packets
                 if re.match(rb"m[0-9a-f]+,", p)]
        told = {r.start for r in rows} & {(address + base) % 2**64 for address in asked}
        return relay, support.parse_json(outputs[-1]), told, base

    def test_relay(self):
        for way in WAYS:
            with self.subTest(way=way), self.subfolder(way):
                relay, answer, told, base = self.attack(way)
                # The one address that the stub itself has named.
                self.assertLessEqual(told, {base + self.ANCHOR})
                self.assertRegex(answer["notes"][0], NOT_PROVED % relay.pid)

    def test_named_relay_keeps_its_layout(self):
        relay, answer, told, base = self.attack("pipe", named=True)
        self.assertLessEqual(told, {base + self.ANCHOR})
        self.assertIn("does not hold the memory of this target", answer["notes"][0])


if __name__ == "__main__":
    unittest.main()
