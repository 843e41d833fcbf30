# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs under qemu-user: every page and permission against what the program itself printed."""

import os
import random
import re
import socket
import shutil
import struct
import subprocess
import time
import unittest

import support
from qemu_user import (ARCHITECTURES, GDB, NOTE_FULL, NOTE_HOST, NOTE_NO_VFILE, NOTE_PROBE, NOTE_X,
                       VARIANTS, Guest, QemuUserTestCase, gdb, pages, packets, qemu, runs)
from stub import Stub, escape
from support import PLUGIN, Terminal, guest, json_rows, need, parse_json, shown_name

# What QEMU 7.2 has no memory for: pages that it only notes flags of. See docs/qemu-user.md.
WITHOUT_MEMORY = {"[vsyscall]"}


class Truth(QemuUserTestCase):
    """The way that is taken by itself."""

    def check_vfile(self, answer, maps):
        self.assertEqual(json_rows(answer), [r._replace(name=shown_name(r)) for r in maps])
        self.assertTrue(answer["exact"])
        self.notes_match(answer, r"the guest's own /proc/self/maps")
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"procfs"})

    def check_pages(self, rows, truth, maps):
        """No page is missing, and none is there that the guest does not know of."""
        exact = [t for t in truth if t.kind in ("image", "own", "thread")]
        known = set(pages(exact)) | set(pages(r for r in maps
                                              if r.name.decode() not in WITHOUT_MEMORY))
        shown = set(pages(rows))
        self.assertEqual(runs(known - shown), [], "missing")
        self.assertEqual(runs(shown - known), [], "extra")

    def check_perms(self, rows, truth):
        shown = pages(rows)
        for page, true in pages(truth).items():
            self.assert_perms(shown[page & -0x1000].perms, true.perms, f"{page:#x} {true}")
        own = {t.what: t for t in truth if t.kind == "own"}
        # Nothing but x may be open, and that only where the guest's files do not tell.
        for row in rows:
            self.assertNotIn("?", row.perms[:2] + row.perms[3], row)
        for name, perms in (("rw", "rw?p"), ("r", "r-?p"), ("rx", "r-?p"), ("shared", "rw?s"),
                            ("none", "---p"), ("w", "-w-p"), ("x", "--xp"), ("text", "rw?p"),
                            ("data", "r-?p"), ("file", "r-?p")):
            self.assertEqual(shown[own[name].start].perms, perms, name)
        self.assertEqual(shown[own["run"].start].perms, "rwxp", "a page that was executed")
        for page, true in pages(t for t in truth if t.kind in ("image", "own")).items():
            if true.kind == "image" and true.perms[1] == "-":
                self.assertNotIn("?", shown[page].perms, f"{page:#x} {true}")

    def check_names(self, rows, truth, program):
        shown = pages(rows)
        for true in truth:
            row = shown[true.start & -0x1000]
            if true.kind == "image" and row.perms[0] == "r" and row.offset is not None:
                wanted = os.path.basename(true.what or program)
                self.assertEqual(os.path.basename(os.path.realpath(row.name.decode())),
                                 os.path.basename(os.path.realpath(row.name.decode())
                                                  if not true.what else row.name.decode())
                                 if not true.what else wanted)
            elif true.kind in ("heap", "stack"):
                self.assertEqual(row.name.decode(), f"[{true.kind}]")

    def check_host(self, answer, truth, maps, program, base):
        rows = json_rows(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("qemu-user", "qemu-host", False))
        self.notes_match(answer, NOTE_NO_VFILE, NOTE_HOST, NOTE_X)
        self.assertLess(packets(answer["notes"][1]), 400)
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"procfs"})
        if base is not None:
            self.assertIn(f"with the guest at {base} in it", answer["notes"][1])
        self.check_pages(rows, truth, maps)
        self.check_perms(rows, truth)
        self.check_names(rows, truth, program)

    def check(self, architecture, variant, options=(), base=None):
        guest_ = Guest(self, architecture, variant, options)
        answer = parse_json(guest_.ask("vmmap --json")[0])
        truth, maps = guest_.truth()
        if answer["provider"] == "vfile":
            self.check_vfile(answer, maps)
        else:
            self.check_host(answer, truth, maps, guest_.program, base)


def add_test(architecture, variant, options=(), base=None, name=None):
    def run(self):
        self.check(architecture, variant, options, base)
    setattr(Truth, f"test_{architecture}_{name or variant}", run)


for architecture_ in ARCHITECTURES:
    for variant_ in VARIANTS:
        add_test(architecture_, variant_)
for architecture_ in ("x86_64", "aarch64", "s390x"):
    add_test(architecture_, "pie", ("-B", "0x10000000"), "0x10000000", "base")
for architecture_ in ("i386", "mips"):
    add_test(architecture_, "pie", ("-B", "0x100000000"), "0x100000000", "base")
# QEMU 7.2 itself fails for x86_64 and arm: it can not put what they need at the top.
for architecture_ in ("aarch64", "riscv64", "s390x"):
    add_test(architecture_, "exec", ("-R", "0x1000000000"), None, "reserved")
for architecture_ in ("i386", "mips"):
    add_test(architecture_, "static", ("-R", "0x80000000"), None, "reserved")


class Ways(QemuUserTestCase):
    """One way alone, and how one gives way to the next."""

    def test_each_way_alone(self):
        guest_ = Guest(self, "aarch64")
        commands = []
        for way in ("host", "probe", "full", "vfile"):
            commands += [f"set vmmap qemu-user {way}", "vmmap --json"]
        outputs = [parse_json(o) for o in guest_.ask(*commands)[1::2]]
        host, probe, full, vfile = outputs
        if vfile["provider"] == "vfile":
            self.assertEqual(json_rows(vfile), [r._replace(name=shown_name(r))
                                                for r in guest_.truth()[1]])
        else:
            self.notes_match(vfile, NOTE_NO_VFILE, r"info proc mappings")
            self.assertEqual(vfile["regions"], [])
            self.assertEqual(host["provider"], "qemu-host")
            self.notes_match(host, NOTE_HOST, NOTE_X)
        self.assertEqual((probe["provider"], probe["exact"]), ("probe", False))
        self.assertRegex(probe["notes"][0], NOTE_PROBE)
        self.assertEqual((full["target"], full["provider"], full["exact"]),
                         ("qemu-user", "full-range", False))
        self.notes_match(full, NOTE_FULL)
        self.assertEqual(full["regions"], [{
            "start": "0x0", "end": "0x10000000000000000", "size": "0x10000000000000000",
            "perms": "????", "offset": None, "name": "[anon_00000]", "label": "",
            "origin": "assumed"}])

    def test_full_range_of_32_bits(self):
        output = Guest(self, "arm").ask("set vmmap qemu-user full", "vmmap --json")[1]
        row = parse_json(output)["regions"][0]
        self.assertEqual((row["start"], row["end"]), ("0x0", "0x100000000"))

    def test_settings(self):
        outputs = gdb(["show vmmap qemu-user", "show vmmap qemu-pid", "set vmmap qemu-pid 12",
                       "set vmmap qemu-pid x", "show vmmap qemu-pid", "set vmmap qemu-pid auto",
                       "set vmmap qemu-pid -1", "show vmmap qemu-pid", "set vmmap qemu-pid 0",
                       "set vmmap qemu-user nothing", "show vmmap qemu-user"])
        refusal = b"\"set vmmap qemu-pid\" takes \"auto\" or the number of a process, not \"%s\"."
        self.assertEqual([o.strip() for o in outputs[:9]],
                         [b'The way to the memory map of a program under qemu-user is "auto".',
                          b'The QEMU process that runs the target is "auto".', b"", refusal % b"x",
                          b'The QEMU process that runs the target is "12".', b"", refusal % b"-1",
                          b'The QEMU process that runs the target is "auto".', refusal % b"0"])
        self.assertIn(b'"auto"', outputs[10])


# Whether the stub serves files, as QEMU 8.1 and later do, which also read what the guest may not.
READS_ALL = ("python print(gdb.selected_inferior().connection.send_packet('vFile:readlink:2f') "
             "is not None)")


class Probe(QemuUserTestCase):
    """What reading finds is there, and has the bounds that it has."""

    def check(self, architecture, variant):
        guest_ = Guest(self, architecture, variant)
        outputs = guest_.ask("set vmmap qemu-user probe", "vmmap --json", READS_ALL)
        answer, reads_all = parse_json(outputs[1]), b"True" in outputs[2]
        truth, _ = guest_.truth()
        rows = json_rows(answer)
        # With all pages of an arena of malloc's the budget may not suffice.
        notes = (NOTE_PROBE, "may have holes")[:len(answer["notes"]) if reads_all else 1]
        self.notes_match(answer, *notes)
        self.assertLessEqual(packets(answer["notes"][0]), 16384)
        self.assertEqual({(r.perms, s["origin"]) for r, s in zip(rows, answer["regions"])},
                         {("????" if reads_all else "r???", "probed")})
        shown = pages(rows)
        readable = set(p for p, t in pages(t for t in truth if t.kind == "image").items()
                       if t.perms[0] == "r")
        self.assertEqual(runs(readable - set(shown)), [], "missing pages of files")
        bounds = {(r.start, r.end) for r in rows}
        for true in truth:
            if true.kind == "stack" or (true.kind == "heap" and not reads_all):
                self.assertEqual(shown[true.start & -0x1000].name.decode(), f"[{true.kind}]")
            elif true.kind in ("image", "heap") or true.what in ("text", "data"):
                continue
            elif true.perms[0] == "r":
                self.assertIn(true.start, shown, true)
                # Where all can be read the holes beside an area may be none.
                if not reads_all:
                    self.assertIn((true.start, true.end), bounds, true)
            elif not reads_all:
                self.assertNotIn(true.start, shown, true)
        for region in answer["regions"]:
            if region["label"].startswith("loaded as"):
                true = pages(t for t in truth if t.kind == "image" and t.perms != "r--p" or
                             t.kind == "image" and region["label"] == "loaded as r--")
                self.assertEqual("loaded as " + true[int(region["start"], 16)].perms[:3],
                                 region["label"])


for architecture_ in ARCHITECTURES:
    for variant_ in ("pie", "static"):
        setattr(Probe, f"test_{architecture_}_{variant_}",
                lambda self, a=architecture_, v=variant_: self.check(a, v))


class Finder(QemuUserTestCase):
    """Which process is taken for QEMU."""

    def pid_of(self, output):
        answer = parse_json(output)
        self.need_host_way(answer)
        self.assertEqual(answer["provider"], "qemu-host", answer["notes"])
        return int(re.search(NOTE_HOST, answer["notes"][1]).group(1))

    def test_two_at_once(self):
        """The same program twice, with the same random bytes."""
        guests = [Guest(self, "aarch64", options=("-seed", "1"), name=name) for name in "ab"]
        for guest_ in reversed(guests):
            self.assertEqual(self.pid_of(guest_.ask("vmmap --json")[0]), guest_.process.pid)

    def test_two_in_one_gdb(self):
        guests = [Guest(self, "aarch64", name=name) for name in "ab"]
        first, second = (g.connect() for g in guests)
        outputs = gdb([*first, "add-inferior -no-connection", "inferior 2", *second,
                       "vmmap --json", "inferior 1", "vmmap --json", "kill", "inferior 2", "kill"])
        self.assertEqual(self.pid_of(outputs[-6]), guests[1].process.pid)
        self.assertEqual(self.pid_of(outputs[-4]), guests[0].process.pid)

    def test_tcp(self):
        """QEMU listens on all addresses: for as short as can be."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        guest_ = Guest(self, "aarch64", port=port)
        connect = ["set tcp auto-retry on", "set tcp connect-timeout 10", *guest_.connect()]
        self.assertEqual(self.pid_of(guest_.ask("vmmap --json", connect=connect)[0]),
                         guest_.process.pid)

    def test_pipe_and_relay(self):
        """`target remote | COMMAND`, where the command passes the bytes on: the user has to say who
        is behind it."""
        guest_ = Guest(self, "aarch64")
        relay = os.path.join(os.path.dirname(os.path.abspath(__file__)), "relay.py")
        connect = [c.replace("remote " + guest_.socket,
                             f"remote | /usr/bin/python3 {relay} {guest_.socket}")
                   for c in guest_.connect()]
        outputs = guest_.ask("vmmap --json", f"set vmmap qemu-pid {guest_.process.pid}",
                             "vmmap --json", connect=connect)
        self.notes_match(parse_json(outputs[0]), NOTE_NO_VFILE, "does not run QEMU's program",
                         NOTE_PROBE)
        self.assertEqual(self.pid_of(outputs[2]), guest_.process.pid)

    def test_program_by_another_name_and_deleted(self):
        """What a program is does not depend on the name of its file, nor on whether it has one."""
        emulator = self.path("x")
        shutil.copyfile(shutil.which(qemu("aarch64")), emulator)
        os.chmod(emulator, 0o755)
        guest_ = Guest(self, "aarch64", emulator=emulator)
        os.unlink(emulator)
        self.assertEqual(self.pid_of(guest_.ask("vmmap --json")[0]), guest_.process.pid)

    def test_other_namespaces(self):
        need("unshare")
        kinds = ["unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]
        if subprocess.run([*kinds, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("no permission to make namespaces")
        script = self.path("apart")
        with open(script, "w") as file:
            file.write(f"#!/bin/sh\nexec {' '.join(kinds)} {qemu('aarch64')} \"$@\"\n")
        os.chmod(script, 0o755)
        guest_ = Guest(self, "aarch64", emulator=script)
        with open(f"/proc/{guest_.process.pid}/task/{guest_.process.pid}/children") as file:
            child = int(file.read())
        self.assertEqual(self.pid_of(guest_.ask("vmmap --json")[0]), child)

    def test_named(self):
        guest_ = Guest(self, "aarch64")
        other = Guest(self, "aarch64", name="other")
        outputs = guest_.ask(f"set vmmap qemu-pid {guest_.process.pid}", "vmmap --json",
                             f"set vmmap qemu-pid {other.process.pid}", "vmmap --json",
                             "set vmmap qemu-pid 2147483647", "vmmap --json")
        self.assertEqual(self.pid_of(outputs[1]), guest_.process.pid)
        wrong, absent = parse_json(outputs[3]), parse_json(outputs[5])
        self.notes_match(wrong, NOTE_NO_VFILE, f"Process {other.process.pid} .*does not hold the "
                                               "memory of this target", NOTE_PROBE)
        self.notes_match(absent, NOTE_NO_VFILE, "There is no /proc/2147483647/mem", NOTE_PROBE)

    def test_no_permission(self):
        need("setpriv")
        guest_ = Guest(self, "aarch64")
        os.chmod(self.folder, 0o755)
        os.chmod(guest_.socket, 0o777)
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*drop, "test", "-r", PLUGIN], check=False).returncode:
            raise unittest.SkipTest("another user can not read the plugin where it is built")
        script = self.path("gdb")
        with open(script, "w") as file:
            file.write(f"#!/bin/sh\nexec {' '.join(drop)} {GDB} \"$@\"\n")
        os.chmod(script, 0o755)
        answer = parse_json(guest_.ask("vmmap --json", debugger=script)[0])
        self.need_host_way(answer)
        self.notes_match(answer, NOTE_NO_VFILE, "as another user: run GDB as that user or as root",
                         NOTE_PROBE)
        self.assertEqual(answer["provider"], "probe")


class Lies(QemuUserTestCase):
    """A stub that says anything: bounded, a note, the next way; GDB lives."""

    ALLOWED = (b"m", b"q", b"g", b"p", b"H", b"?", b"v", b"T", b"!", b"D", b"Q")

    def serve(self, answers=None, **options):
        """A stub in front of a real process that has nothing to do with the connection."""
        program = guest("qemu_map-x86_64-pie")
        self.truth_file = self.path("truth")
        self.behind = self.spawn(program, self.truth_file)
        while not (os.path.exists(self.truth_file) and os.path.getsize(self.truth_file)):
            if self.behind.poll() is not None:
                raise AssertionError("the guest has ended")
        stub = Stub(self.path("stub"), self.behind.pid, answers, **options)
        self.addCleanup(stub.close)
        return stub

    def ask(self, *commands, timeout=60):
        return gdb(["set architecture i386:x86-64", f"target remote {self.path('stub')}",
                    "maintenance packet qLie", *commands], timeout=timeout)[3:]

    def answer(self, answers=None, **options):
        self.stub = self.serve(answers, **options)
        answer = parse_json(self.ask("vmmap --json")[0])
        self.assertEqual(answer["target"], "qemu-user")
        self.assertEqual([p for p in self.stub.packets if not p.startswith(self.ALLOWED)], [])
        self.assertEqual([p for p in self.stub.packets  # "vCont?" only asks what there is
                          if p[:4] in (b"vCon", b"vRun") and p != b"vCont?"], [])
        return answer

    def test_reported_pid_is_not_read(self):
        """It is that of a process which has all that the target's memory has."""
        self.stub = self.serve()
        self.stub.thread_id = b"p%x.%x" % (self.behind.pid, self.behind.pid)
        outputs = self.ask("vmmap --json", "python print(gdb.selected_inferior().pid)",
                           f"set vmmap qemu-pid {self.behind.pid}", "vmmap --json")
        self.assertEqual(int(outputs[1]), self.behind.pid)
        answer = parse_json(outputs[0])
        self.notes_match(answer, NOTE_NO_VFILE, f"Process {os.getpid()}, to which GDB is connected,"
                                                " does not run QEMU's program", NOTE_PROBE)
        # The user may name it all the same. It is no QEMU: its stack, where the 16 bytes of
        # AT_RANDOM are, is not looked at.
        self.notes_match(parse_json(outputs[3]), NOTE_NO_VFILE,
                         f"Process {self.behind.pid} .*does not hold the memory of this target",
                         NOTE_PROBE)

    def test_what_is_found_is_there(self):
        rows = json_rows(self.answer())
        with open(f"/proc/{self.behind.pid}/maps", "rb") as file:
            maps = support.parse_maps(file.read())
        # The stub reads with /proc/PID/mem, which reads what the process itself may not.
        readable = set(pages(maps))
        self.assertEqual(runs(set(pages(rows)) - readable), [], "not there")
        images = set(pages(r for r in maps if r.perms[0] == "r" and
                           r.name.endswith((b"qemu_map-x86_64-pie", b"libc.so.6"))
                           and r.offset == 0))
        self.assertEqual(runs(images - set(pages(rows))), [])

    def test_asked_once_a_connection(self):
        stub = self.serve()
        self.ask("vmmap --json", "vmmap", "set vmmap qemu-user full", "vmmap")
        self.assertEqual(stub.packets.count(b"qqemu.Supported"), 1)

    def test_nothing_is_readable(self):
        answer = self.answer({b"m": b"E14"})
        self.assertEqual(answer["provider"], "full-range")
        self.notes_match(answer, NOTE_NO_VFILE, "no random bytes", "No memory was found by reading",
                         NOTE_FULL)

    def test_everything_is_readable(self):
        """All zero, up to the top of the address space."""
        def read(packet):
            return b"00" * int(packet.split(b",")[1], 16)
        answer = self.answer({b"m": read})
        self.assertEqual(answer["provider"], "probe")
        self.assertLess(len(self.stub.packets), 20000)
        self.assertEqual(len(answer["regions"]), 1)
        self.notes_match(answer, NOTE_NO_VFILE, "no random bytes", NOTE_PROBE, "may have holes")

    def test_garbage_memory(self):
        def read(packet):
            address, size = (int(word, 16) for word in packet[1:].split(b","))
            return random.Random(address).randbytes(size).hex().encode()
        answer = self.answer({b"m": read})
        self.assertEqual(answer["provider"], "probe")
        self.assertLess(len(self.stub.packets), 20000)

    def test_no_auxv(self):
        answer = self.answer(has_auxv=False)
        self.assertEqual(answer["provider"], "probe", answer["notes"])
        self.notes_match(answer, NOTE_NO_VFILE, "no auxiliary vector that makes sense", NOTE_PROBE)
        self.assertGreater(len(answer["regions"]), 1, "the stack leads to something")

    def test_garbled_auxv(self):
        """What GDB read when it connected serves instead."""
        for number, reply in enumerate((b"", b"E01", b"l", b"m", b"lgarbage", b"l" + b"}" * 7)):
            with self.subTest(reply=reply):
                self.folder = os.path.join(self.folder, str(number))
                os.mkdir(self.folder)
                answer = self.answer({b"qXfer:auxv": reply})
                self.notes_match(answer, NOTE_NO_VFILE, "does not run QEMU's program",
                                 NOTE_PROBE)
                self.assertIn("[stack]", [r["name"] for r in answer["regions"]])

    def test_endless_auxv(self):
        answer = self.answer({b"qXfer:auxv": b"mx"})
        self.assertEqual(answer["provider"], "probe")
        self.assertLess(sum(p.startswith(b"qXfer:auxv") for p in self.stub.packets), 100)

    def test_absurd_auxv(self):
        """Every address is one that makes sums overflow."""
        top = 2**64 - 1
        entries = [(3, top), (4, 56), (5, top), (6, 4096), (7, top - 4095), (9, top), (25, top),
                   (31, top), (33, top), (0, 0)]
        data = b"".join(struct.pack("<2Q", *entry) for entry in entries)
        answer = self.answer({b"qXfer:auxv": b"l" + escape(data)})
        self.assertEqual(answer["provider"], "probe")

    def patched(self, changes):
        """A read function that serves other bytes at some addresses."""
        def read(packet):
            address, size = (int(word, 16) for word in packet[1:].split(b","))
            data = bytearray(self.stub_memory(address, size))
            if len(data) != size:
                return b"E14"
            for at, new in changes.items():
                for i, byte in enumerate(new):
                    if address <= at + i < address + size:
                        data[at + i - address] = byte
            return bytes(data).hex().encode()
        return read

    def stub_memory(self, address, size):
        return self.stub.read(address, size)

    def links(self):
        """The addresses of the link_map list of the process behind the stub."""
        auxv = dict(struct.iter_unpack("<2Q", self.stub.auxv))

        def read(address, form):
            data = self.stub.read(address, struct.calcsize("<" + form))
            return struct.unpack("<" + form, data)

        base = auxv[3] - 64
        for i in range(auxv[5]):
            kind, _, _, address, _, _, size, _ = read(auxv[3] + 56 * i, "2I6Q")
            if kind == 2:
                dynamic = base + address
        while True:
            tag, value = read(dynamic, "2Q")
            if tag == 21:
                break
            dynamic += 16
        found, at = [], read(value, "2Q")[1]
        while at:
            found.append(at)
            at = read(at, "5Q")[3]
        return found

    def test_link_map_loops(self):
        self.stub = self.serve()
        first, second = self.links()[:2]
        for what, changes in {
                "to itself": {first + 24: struct.pack("<Q", first)},
                "back": {second + 24: struct.pack("<Q", first)},
                "into nothing": {second + 24: struct.pack("<Q", 16)},
                "wrong way back": {second + 32: struct.pack("<Q", 16)}}.items():
            with self.subTest(what):
                self.folder = os.path.join(self.folder, "next")
                os.mkdir(self.folder)
                self.stub = Stub(self.path("stub"), self.behind.pid, {b"m": self.patched(changes)})
                self.addCleanup(self.stub.close)
                answer = parse_json(self.ask("vmmap --json")[0])
                self.assertEqual(answer["provider"], "probe")
                self.notes_match(answer, NOTE_NO_VFILE, "does not run QEMU's program",
                                 NOTE_PROBE, "list of loaded files makes no sense")

    def test_absurd_headers(self):
        """The program headers of the program claim all of the address space."""
        self.stub = self.serve()
        auxv = dict(struct.iter_unpack("<2Q", self.stub.auxv))
        top = 2**64 - 1
        header = struct.pack("<2I6Q", 1, 7, 0, 0, 0, top, top, 1)
        changes = {auxv[3] + 56 * i: header for i in range(auxv[5])}
        self.stub.answers[b"m"] = self.patched(changes)
        answer = parse_json(self.ask("vmmap --json")[0])
        self.assertEqual(answer["provider"], "probe")
        self.assertEqual([r for r in answer["regions"] if int(r["size"], 16) > 2**32], [])

    def test_hang_up(self):
        """The connection breaks off at each kind of packet that the command sends."""
        for number, packet in enumerate((b"qqemu.Supported", b"qXfer:auxv", b"m", b"H", b"g")):
            with self.subTest(packet=packet):
                self.folder = os.path.join(self.folder, str(number))
                os.mkdir(self.folder)
                stub = self.serve({packet: lambda _: None})
                outputs = self.ask("maintenance flush register-cache", "vmmap", "vmmap",
                                   "echo alive")
                self.assertEqual(outputs[3].strip(), b"alive")
                lied = stub.packets[stub.packets.index(b"qLie"):]
                if not any(p.startswith(packet) for p in lied):
                    self.assertIn(b"note: ", outputs[1])
                    continue
                self.assertEqual(lied[-1][:len(packet)], packet)
                lines = [line for line in outputs[1].splitlines() if line]
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(outputs[2].strip(), rb"^There is no process: .*\.$")

    def test_ctrl_c_ends_a_probe_that_lasts(self):
        def read(packet):
            time.sleep(0.02)
            return self.stub.memory_reply(packet)
        self.stub = self.serve({b"m": read})
        with Terminal() as terminal:
            for command in ("set architecture i386:x86-64", "set vmmap qemu-user probe",
                            f"target remote {self.path('stub')}", "maintenance packet qLie"):
                terminal.command(command)
            terminal.send(b"vmmap\n")
            terminal.read_until(b"Ctrl-C ends it.")
            before = len(self.stub.packets)
            terminal.send(b"\x03")
            cut = terminal.read_until(terminal.PROMPT)
            self.assertLess(len(self.stub.packets) - before, 20)
            self.assertIn(b"Quit", cut)
            self.assertNotIn(b"0x0000", cut)
            self.assertIn(b"= 3", terminal.command("print 1 + 2"))

    def test_killed(self):
        """QEMU is gone when it is asked."""
        guest_ = Guest(self, "aarch64")
        outputs = gdb([*guest_.connect(), f"shell kill -9 {guest_.process.pid}", "vmmap", "vmmap",
                       "echo alive"])
        lines = [line for line in outputs[-3].splitlines() if line]
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(outputs[-2].strip(), rb"^There is no process: .*\.$")
        self.assertEqual(outputs[-1].strip(), b"alive")


if __name__ == "__main__":
    unittest.main()
