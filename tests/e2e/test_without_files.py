# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote processes whose stubs serve no files: the rows are found by reading, and true."""

import os
import re
import subprocess
import time
import unittest

import stub
from support import (TIMEOUT, Stub, TestCase, copy_maps_command, gdb, guest, holder, json_rows,
                     need, parse_json, table_rows)
from test_gdbserver import RemoteTestCase, find_pid

NOT_SERVED = (r"^/proc/\d+/maps can not be read on the remote side: the stub does not serve "
              r"files\.$")
FOUND = (r"^These rows were found by reading the target's memory \(\d+ packets\): memory that can "
         r"not be read, or that nothing was seen to point to, is missing, and no permission is "
         r"known, because the stub may read what the program may not\.$")

BELOW_STACK = (r"^Below the stack pointer nothing was read, because the kernel may enlarge the "
               r"stack then: it may begin lower\.$")


class Proxy(RemoteTestCase):
    """gdbserver behind something that swallows the packets of files."""

    def test_rows(self):
        self.program = guest("change")
        self.stub = Stub(self, "gdbserver", "--once", "-", self.program, "wait",
                         refused=(b"vFile",))
        table, text, one, _ = self.connect("vmmap", "vmmap --json", "vmmap $sp", self.copy_after())
        answer = parse_json(text)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("remote", "probe", False))
        self.assertEqual(len(answer["notes"]), 3)
        for note, wanted in zip(answer["notes"], (NOT_SERVED, FOUND, BELOW_STACK)):
            self.assertRegex(note, wanted)
        self.check_probed(answer)
        self.check_found(answer)
        self.assertEqual(self.truth("after"), self.rows, "reading has changed the process")
        self.assertEqual(len(table_rows(table)), len(answer["regions"]))
        ((row, _),) = [r for r in table_rows(one) if r[1]]
        self.assertIn(b"[stack]", row.name)
        self.assertNotIn(b"NoneType", table + text + one)

    def copy_after(self):
        return copy_maps_command(self.path("after"), find_pid(self.stub, self.program))

    def check_found(self, answer):
        """All of the program, of its libraries, the vdso and the stack is there, under their
        names; of the stack, what is at and above its pointer."""
        shown = json_rows(answer)
        for row in self.rows:
            if row.name.startswith(b"/") or row.name in (b"[stack]", b"[vdso]"):
                index = holder(shown, row.end - 1)
                self.assertIsNotNone(index, row)
                name = shown[index].name
                if row.name != b"[stack]":
                    self.assertLessEqual(shown[index].start, row.start)
                if not name.startswith(b"[anon_"):
                    # The dynamic linker's name of a file may lead over links.
                    self.assertEqual(os.path.realpath(name) if name[:1] == b"/" else name, row.name)


SEGMENT = re.compile(r"aspacem +\d+: (FILE|ANON|SHM|file|anon|shm) +([0-9a-f]+)-([0-9a-f]+) ")


class Valgrind(TestCase):
    """A program under valgrind, which writes down itself whose each segment is."""

    def setUp(self):
        super().setUp()
        need("valgrind", "vgdb")
        self.log = self.path("log")
        with open(self.log, "wb") as log:
            self.process = self.spawn(
                "valgrind", "--vgdb=yes", "--vgdb-error=0", f"--vgdb-prefix={self.path('vgdb')}",
                guest("change"), "wait", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + TIMEOUT
        while "and then give GDB" not in self.read_log():
            self.assertLess(time.monotonic(), end, "valgrind did not get ready")
            time.sleep(0.05)

    def read_log(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log) as file:
            return file.read()

    def ask(self, *commands, relay="{}"):
        """The answers in stop_here, and the truth in self.rows."""
        vgdb = f"vgdb --vgdb-prefix={self.path('vgdb')} --pid={self.process.pid}"
        first = [f"target remote | {relay.format(vgdb)}", "break stop_here", "continue"]
        last = [copy_maps_command(self.path("maps"), str(self.process.pid)),
                "monitor v.info memory aspacemgr"]
        outputs = gdb([*first, *commands, *last], guest("change"))
        self.rows = self.truth()
        return outputs[len(first):-2]

    def segments(self):
        """(start, end, whether it is valgrind's own) of each segment."""
        return [(int(start, 16), int(last, 16) + 1, kind.isupper())
                for kind, start, last in SEGMENT.findall(self.read_log())]

    def test_rows_and_whose_they_are(self):
        text, table, one = self.ask("vmmap --json", "vmmap", "vmmap $sp")
        answer = parse_json(text)
        labels = {int(r["start"], 16): r["label"] for r in answer["regions"]}
        self.check_json(answer, self.rows, labels, target="remote", provider="valgrind", exact=True)
        self.assertEqual(answer["notes"], [
            f"/proc/{self.process.pid}/maps can not be read on the remote side: the stub does not "
            "serve files.",
            f"This is the map of process {self.process.pid}, in which valgrind runs the program."])
        segments = self.segments()
        self.assertGreater(len(segments), 10)
        own = [row for row in self.rows if labels[row.start] == "valgrind's own"]
        self.assertTrue(any("/valgrind/" in row.name.decode() for row in own))
        self.assertIn(b"[stack]", [row.name for row in own])
        for row in self.rows:
            sizes = {True: 0, False: 0}
            for start, end, is_own in segments:
                sizes[is_own] += max(0, min(end, row.end) - max(start, row.start))
            if row in own:
                # In valgrind's code is a page that the program executes (its trampolines).
                self.assertLessEqual(sizes[False], 4096 * ("x" in row.perms), row)
                self.assertGreater(sizes[True], 0, row)
            elif row.perms[0] == "r" and row.name[:2] != b"[v":
                self.assertGreater(sizes[False], 0, row)
        self.assertEqual(len(table_rows(table)), len(self.rows))
        ((row, _),) = [r for r in table_rows(one) if r[1]]
        self.assertIn(b"stack of thread 1", row.name)

    def test_where_the_stub_reads_everything(self):
        _, text = self.ask("monitor v.set hostvisibility yes", "vmmap --json")
        answer = parse_json(text)
        self.assertEqual({r["label"] for r in answer["regions"]}, {"", "stack of thread 1"})
        self.assertEqual(answer["notes"][2],
                         "Which rows are valgrind's own is not told: its stub reads all of them "
                         "(\"monitor v.set hostvisibility no\").")

    def test_behind_a_relay(self):
        """Who is behind it is not proved: nothing of this machine is read, memory is by packets."""
        (text,) = self.ask("vmmap --json", relay="cat | {} | cat")
        answer = parse_json(text)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("remote", "probe", False))
        for row in json_rows(answer):
            self.assertIsNotNone(holder(self.rows, row.start), row)


class BareStub(TestCase):
    """A stub that tells nothing but registers and memory."""

    def test_nothing_to_go_by(self):
        process = self.spawn(guest("plain"), "wait")
        server = stub.Stub(self.path("stub"), process.pid, {b"qqemu": b"", b"qOffsets": b""},
                           has_auxv=False)
        self.addCleanup(server.close)
        *_, table, text = gdb(["set architecture i386:x86-64", f"target remote {self.path('stub')}",
                               "maintenance packet qLie", "vmmap", "vmmap --json"])
        answer = parse_json(text)
        self.assertEqual((answer["target"], answer["exact"], answer["regions"]),
                         ("remote", False, []))
        self.assertRegex(answer["notes"][0], NOT_SERVED)
        self.assertEqual(answer["notes"][1],
                         "The stub tells no auxiliary vector that makes sense.")
        for line in table.decode().splitlines():
            self.assertRegex(line, r"\.$")
        self.assertNotIn("NoneType", "".join(answer["notes"]))
        self.assertFalse([p for p in server.packets if p.startswith(b"X")])


if __name__ == "__main__":
    unittest.main()
