# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin in gdb under valgrind: no error of memory has our code in its stack."""

import os
import subprocess
import unittest
import xml.etree.ElementTree

from support import LOAD, PLUGIN, QUIET, GDB, TestCase, environment, guest, need, table_rows

COMMANDS = ["vmmap", "show vmmap", LOAD, "break main", "run", "vmmap", "vmmap $sp", "vmmap main",
            "vmmap -A 3 -B 2 libc", "vmmap --gaps -w", "vmmap --json", "vmmap nosuch", "vmmap -z",
            "vmmap 1.5", "vmmap *16", "vmmap --gaps 0x600000000000", "complete vmmap li",
            "complete vmmap --", "set vmmap source gdb", "vmmap", "set vmmap labels off",
            "vmmap -x", "set vmmap source vfile", "vmmap", "kill", "vmmap", "vmmap --json"]


class Valgrind(TestCase):
    def test_no_error_in_our_code(self):
        need("valgrind")
        report = self.path("report.xml")
        args = ["valgrind", "--xml=yes", f"--xml-file={report}", "--num-callers=40",
                "--child-silent-after-fork=yes", GDB, *QUIET, "-batch", "-ex", LOAD]
        for command in COMMANDS:
            args += ["-ex", command]
        # Python's own allocator looks like errors to valgrind; malloc in its place does not.
        done = subprocess.run([*args, guest("plain")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500,
                              env=environment(PYTHONMALLOC="malloc"))
        self.assertGreater(len(table_rows(done.stdout)), 20, done.stdout.decode(errors="replace"))
        ours = os.path.basename(PLUGIN)
        errors = [xml.etree.ElementTree.tostring(error).decode()
                  for error in xml.etree.ElementTree.parse(report).getroot().iter("error")
                  if not error.find("kind").text.startswith("Leak_")
                  and any((frame.findtext("obj") or "").endswith("/" + ours)
                          for frame in error.iter("frame"))]
        self.assertEqual(errors, [])


if __name__ == "__main__":
    unittest.main()
