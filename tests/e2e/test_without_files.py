# SPDX-License-Identifier: GPL-3.0-or-later
"""Remote processes whose stubs serve no files: the rows are found by reading, and true."""

import os
import unittest

import stub
from support import (Stub, TestCase, copy_maps_command, gdb, guest, holder, json_rows, parse_json,
                     table_rows)
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
