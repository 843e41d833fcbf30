# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/scripting.md and the uses in gdbinit.sample do what is written there."""

import ast
import json
import os
import re
import shutil
import subprocess
import unittest

from support import (LOAD, PLUGIN, TestCase, copy_maps_command, gdb, guest, json_rows, need,
                     parse_json, shown_name)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
FAILURES = re.compile(rb"Error|Traceback|Undefined|No symbol|not |error|takes")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


class Scripting(TestCase):
    def blocks(self, language):
        found = re.findall(rf"^```{language}\n(.*?)^```$", read("docs/scripting.md"),
                           re.MULTILINE | re.DOTALL)
        self.assertGreater(len(found), 2)
        return found

    def test_python_blocks(self):
        for number, block in enumerate(self.blocks("python")):
            path = self.path(f"block{number}.py")
            with open(path, "w") as file:
                file.write(f"import gdb\n{block}\nprint('@ran to the end')\n")
            with self.subTest(block=block):
                output = gdb(["break stop_here", "run", f"source {path}"], guest("expressions"))[2]
                self.assertIn(b"@ran to the end\n", output)

    def test_gdb_blocks(self):
        for block in self.blocks("gdb"):
            lines = block.strip().split("\n")
            for line, output in zip(lines, gdb(["break stop_here", "run", *lines],
                                               guest("expressions"))[2:]):
                with self.subTest(line=line):
                    self.assertIsNone(FAILURES.search(output), output)

    def test_stub_has_what_the_module_has(self):
        """vmmap.pyi names each function, class and attribute, and nothing else."""
        tree = ast.parse(read("plugin/vmmap.pyi"))
        stub = {node.name: node for node in tree.body
                if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        members = {name: sorted(item.name for item in node.body
                                if isinstance(item, ast.FunctionDef) and item.name[0] != "_")
                   for name, node in stub.items() if isinstance(node, ast.ClassDef)}
        script = ("python import vmmap, json; print(json.dumps([sorted(n for n in dir(vmmap) "
                  "if n[0] != '_' and n != 'gdb_vmmap_plugin'), {n: sorted(set(dir(getattr(vmmap, "
                  "n))) - set(dir(list))) for n in ('Map', 'MapList', 'Change')}]))")
        names, offered = json.loads(gdb([script])[0])
        self.assertEqual(sorted(stub), names)
        for name, wanted in offered.items():
            self.assertEqual(members[name], [n for n in wanted if n[0] != "_"])

    def test_stub_is_understood_by_a_type_checker(self):
        need("mypy")
        shutil.copy(os.path.join(ROOT, "plugin/vmmap.pyi"), self.folder)
        with open(self.path("gdb.pyi"), "w") as file:
            file.write("class Inferior: ...\n")
        with open(self.path("user.py"), "w") as file:
            file.write("import vmmap\n"
                       "start: int = vmmap.maps(perms='rw-').filter('libc')[0].start\n")
        done = subprocess.run(["mypy", "--strict", "user.py"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)


class Sample(TestCase):
    """gdbinit.sample with the path of the plugin that is tested."""

    def setUp(self):
        super().setUp()
        text = read("gdbinit.sample").replace("jit-reader-load vmmap.so", LOAD)
        self.assertIn(PLUGIN, text)
        self.source = f"source {self.path('gdbinit')}"
        with open(self.path("gdbinit"), "w") as file:
            file.write(text)

    def test_map_is_kept_after_attach(self):
        process = self.spawn(guest("many"), "10")
        with open(f"/proc/{process.pid}/maps", "rb") as file:
            while b"libc" not in file.read():
                file.seek(0)
        output = gdb([self.source, f"attach {process.pid}", copy_maps_command(self.path("maps"))],
                     load=False, cwd=self.folder)[2]
        with open(self.path("vmmap.json"), "rb") as file:
            answer = parse_json(file.read())
        self.assertEqual([row.start for row in json_rows(answer)],
                         [row.start for row in self.truth()], output)

    def test_breakpoint_at_an_offset(self):
        for program in "many", "many-fixed":
            with self.subTest(program=program):
                outputs = gdb([self.source, "break main", "run",
                               copy_maps_command(self.path("maps")), "output (long)&stop_here"],
                              guest(program), load=False)
                base = next(row.start for row in self.truth()
                            if shown_name(row).endswith(program.encode()))
                offset = int(outputs[-1]) - base
                *_, stopped, where = gdb([self.source, "break main", "run", f"bo {offset:#x}",
                                          "continue", "output $pc == (long)&stop_here"],
                                         guest(program), load=False)
                self.assertIn(b"Breakpoint 2, ", stopped)
                self.assertEqual(where, b"1")

    def test_changes_at_each_stop(self):
        *_, changed, off, quiet = gdb([self.source, "break change", "run", "watch-map", "next",
                                       "next", "watch-map off", "next"], guest("change"),
                                      load=False)
        self.assertIn(b"      added 0x0000001000002000", changed)
        self.assertEqual(off, b"")
        self.assertNotIn(b"permissions", quiet)


if __name__ == "__main__":
    unittest.main()
