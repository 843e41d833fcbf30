# SPDX-License-Identifier: GPL-3.0-or-later
"""What GDB prints while it is asked does not get into an answer."""

import os
import struct
import unittest

from cores import CoreTestCase
from support import TestCase, gdb, guest, json_rows, parse_json, table_rows

NT_FPREGSET = 2
PT_NOTE = 4
KEPT = 16  # bytes of each note that is cut
WARNING = b"warning: Section `.reg2/"


def cut_notes(core):
    """Shortens the floating-point registers of every thread in a core file to the first 16 bytes;
    the rest becomes a note that nobody knows. Returns how many there were."""
    with open(core, "r+b") as file:
        header = file.read(64)
        table, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        cut = 0
        for index in range(count):
            file.seek(table + index * size)
            kind, _, at, _, _, length = struct.unpack("<IIQQQQ", file.read(40))
            end = at + length
            while kind == PT_NOTE and at + 12 <= end:
                file.seek(at)
                name, content, number = struct.unpack("<III", file.read(12))
                start = at + 12 + (name + 3) // 4 * 4
                if number == NT_FPREGSET:
                    file.seek(at + 4)
                    file.write(struct.pack("<I", KEPT))
                    file.seek(start + KEPT)
                    file.write(struct.pack("<III", 0, content - KEPT - 12, 0x7fffffff))
                    cut += 1
                at = start + (content + 3) // 4 * 4
    return cut


class CutCore(CoreTestCase):
    """Each thread's registers are read for its label, and GDB warns of each."""

    FLUSH = "maintenance flush register-cache"  # or GDB would not read, and warn, again

    def setUp(self):
        super().setUp()
        self.core = self.kernel_core([guest("threads"), self.path("told")], self.is_ready)
        if not cut_notes(self.core):
            self.skipTest("the kernel's core has no floating-point registers")

    def is_ready(self, _):
        if not os.path.exists(self.path("told")):
            return False
        with open(self.path("told")) as file:
            return file.read().count("\n") >= 8

    def load(self, *commands):
        """The outputs of the commands, with nothing in GDB's cache before each."""
        outputs = gdb([f"core-file {self.core}",
                       *(part for command in commands for part in (self.FLUSH, command))])
        return outputs[2::2]

    def test_gdb_warns_by_itself(self):
        (plain,) = self.load("thread apply all -q p $sp")
        self.assertIn(WARNING, plain)

    def test_every_command(self):
        truth = [(row.start, row.end) for row in self.truth()]
        table, text, captured, one, gaps, found, completed = self.load(
            "vmmap", "vmmap --json",
            "python print(gdb.execute('vmmap --json', to_string=True), end='')",
            "vmmap -A0 -B0 $sp", "vmmap --gaps", "vmmap -w stack", "complete vmmap [sta")
        self.assertEqual([(row.start, row.end) for row, _ in table_rows(table)], truth)
        self.assertEqual([(row.start, row.end) for row in json_rows(parse_json(text))], truth)
        self.assertEqual(captured, text)
        labels = ", ".join(region["label"] for region in parse_json(text)["regions"])
        self.assertIn("stack of thread 2", labels)
        self.assertEqual(len(table_rows(one)), 1)
        self.assertEqual(completed, b"vmmap [stack]\n")
        for output in table, one, gaps, found:
            self.assertNotIn(b"warning", output)


NOISY = """
class Noisy(gdb.Function):
    "An expression that prints"
    def __init__(self): super().__init__("noisy")
    def invoke(self):
        print("noise")
        gdb.write("noise", gdb.STDERR)
        return gdb.parse_and_eval("$sp")
Noisy()
"""

ASK_AT_A_STOP = """
def asked(event):
    answers.append(gdb.execute("vmmap --json", to_string=True))
answers = []
gdb.events.stop.connect(asked)
"""


class LiveProcess(TestCase):
    def test_what_an_expression_prints(self):
        with open(self.path("noisy.py"), "w") as file:
            file.write(NOISY)
        *_, text, refused, shown = gdb(
            [f"source {self.path('noisy.py')}", "starti", "vmmap --json $noisy()",
             "vmmap -a $noisy() + nosuch", "p $noisy()"], guest("plain"))
        self.assertIn(b"noise", shown)
        (row,) = [r for r in parse_json(text)["regions"] if r.get("matched")]
        self.assertEqual(row["name"], "[stack]")
        self.assertEqual(refused, b'No symbol "nosuch" in current context.\n')

    def test_commands_of_a_breakpoint_come_after_an_answer_within_the_stop(self):
        """gdb.execute() ends with them, and these let the program go on."""
        with open(self.path("handler.py"), "w") as file:
            file.write(ASK_AT_A_STOP)
        with open(self.path("init.gdb"), "w") as file:
            file.write("break main\ncommands\nsilent\necho commands\\n\ncontinue\nend\n")
        *_, run, answers = gdb(
            [f"source {self.path('init.gdb')}", f"source {self.path('handler.py')}", "run",
             "python print(''.join(answers), end='')"], guest("plain"))
        self.assertEqual(run.count(b"commands\n"), 1)
        self.assertIn(b"exited", run)
        self.assertEqual(parse_json(answers)["target"], "native")
        self.assertIn("[stack]", {r["name"] for r in parse_json(answers)["regions"]})

    def test_the_command_does_nothing_by_itself(self):
        outputs = gdb(["maintenance vmmap-ask", "set trace-commands on", "vmmap --json"])
        self.assertEqual(outputs[0], b"")
        traced, text = outputs[2].split(b"\n")[:2]
        self.assertEqual(traced, b"+vmmap --json")
        self.assertEqual(parse_json(text)["target"], "none")


if __name__ == "__main__":
    unittest.main()
