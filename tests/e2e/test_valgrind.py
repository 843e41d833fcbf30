# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin in gdb under valgrind: no error of memory has our code in its stack."""

import os
import subprocess
import unittest
import xml.etree.ElementTree

from support import LOAD, PLUGIN, QUIET, GDB, TestCase, environment, guest, need, table_rows

# Each of Python's types and functions, and each way of theirs to fail.
PYTHON = """
import pickle, vmmap
def refused(function, *args, **keywords):
    try:
        function(*args, **keywords)
    except Exception as error:
        return str(error)
maps = vmmap.maps()
for _ in range(300):
    libc = maps.filter("libc")
    repr(libc[0]), hash(libc[0]), dict(libc[0]), libc[0] == libc[1], libc[0] == 1
    refused(maps.filter, 1.5), refused(vmmap.Map, 2, 1), refused(maps.filter, regex="(")
for _ in range(10):
    vmmap.maps(name="binary", sort="size"), vmmap.maps(perms="r-x", before=1)
    pickle.loads(pickle.dumps(maps)), vmmap.diff(maps, libc), vmmap.diff(libc), vmmap.diff()
    refused(vmmap.diff, "nosuch"), refused(vmmap.maps, inferior=7), vmmap.maps(inferior=1)
print("@python done")
"""

COMMANDS = ["vmmap", "show vmmap", LOAD, "break main", "run", "vmmap", "vmmap $sp", "vmmap main",
            "vmmap -A 3 -B 2 libc", "vmmap --gaps -w", "vmmap --json", "vmmap nosuch", "vmmap -z",
            "vmmap 1.5", "vmmap *16", "vmmap --gaps 0x600000000000", "complete vmmap li",
            "complete vmmap --", "vmmap_snapshot", "stepi", "vmmap --diff", "vmmap_snapshot -l",
            "vmmap --diff --json -w", "output $vmmap_mapped($sp)", 'output $base("libc")',
            "output $rebase(1)", "output $vmmap_name(1)", "output $vmmap_perms($pc)",
            "source SCRIPT",
            "set vmmap source gdb", "vmmap", "set vmmap labels off",
            "vmmap -x", "set vmmap source vfile", "vmmap", "kill", "vmmap", "vmmap --json"]


class Valgrind(TestCase):
    def test_no_error_in_our_code(self):
        need("valgrind")
        report = self.path("report.xml")
        args = ["valgrind", "--xml=yes", f"--xml-file={report}", "--num-callers=40",
                "--child-silent-after-fork=yes", GDB, *QUIET, "-batch", "-ex", LOAD]
        with open(self.path("script.py"), "w") as file:
            file.write(PYTHON)
        for command in COMMANDS:
            args += ["-ex", command.replace("SCRIPT", self.path("script.py"))]
        # Python's own allocator looks like errors to valgrind; malloc in its place does not.
        done = subprocess.run([*args, guest("plain")], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500,
                              env=environment(PYTHONMALLOC="malloc"))
        self.assertGreater(len(table_rows(done.stdout)), 20, done.stdout.decode(errors="replace"))
        self.assertIn(b"@python done", done.stdout)
        ours = os.path.basename(PLUGIN)
        errors = [xml.etree.ElementTree.tostring(error).decode()
                  for error in xml.etree.ElementTree.parse(report).getroot().iter("error")
                  if not error.find("kind").text.startswith("Leak_")
                  and any((frame.findtext("obj") or "").endswith("/" + ours)
                          for frame in error.iter("frame"))]
        self.assertEqual(errors, [])


if __name__ == "__main__":
    unittest.main()
