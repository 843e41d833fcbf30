# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways into GDB: jit-reader-load, import, again, beside another reader, without Python."""

import glob
import os
import shutil
import subprocess
import unittest

import support
from support import (LOAD, PLUGIN, TestCase, copy_maps_command, environment, gdb, guest, json_rows,
                     parse_json, shown_name, table_rows)

IMPORT = f"python import sys; sys.path.insert(0, {os.path.dirname(PLUGIN)!r}); import vmmap"
NO_PROCESS = b"There is no process: "


class Loading(TestCase):
    def source(self, *lines, commands=()):
        """Runs the lines as a gdbinit would, where an error ends the file; then the commands."""
        with open(self.path("init.gdb"), "w") as file:
            file.write("\n".join(lines) + "\n")
        return gdb([f"source {self.path('init.gdb')}", *commands], load=False)

    def test_jit_reader_load_says_nothing(self):
        output, answer = gdb([LOAD, "vmmap"], load=False)
        self.assertEqual(output, b"")
        self.assertTrue(answer.startswith(NO_PROCESS), answer)
        self.assertEqual(answer.count(b"\n"), 1)

    def test_import(self):
        output, answer = gdb([IMPORT, "vmmap"], load=False)
        self.assertEqual(output, b"")
        self.assertTrue(answer.startswith(NO_PROCESS), answer)

    def test_again_by_every_way_keeps_settings(self):
        for first in LOAD, IMPORT:
            for second in LOAD, IMPORT, "jit-reader-unload":
                with self.subTest(first=first, second=second):
                    *_, output, source, labels, answer = gdb(
                        [first, "set vmmap source gdb", "set vmmap labels off", second,
                         "show vmmap source", "show vmmap labels", "vmmap"], load=False)
                    if second != "jit-reader-unload":
                        self.assertEqual(output, b"")
                    self.assertEqual(source, b'The source of memory maps is "gdb".\n')
                    self.assertEqual(labels, b'Labels for the memory of threads are "off".\n')
                    self.assertTrue(answer.startswith(NO_PROCESS), answer)

    def test_another_copy_of_the_file_changes_nothing(self):
        copy = self.path("vmmap.so")
        shutil.copy(PLUGIN, copy)
        *_, again, other, shown, answer = gdb(
            [LOAD, "set vmmap source gdb", f"jit-reader-load {copy}",
             f"jit-reader-load {guest('reader.so')}", "show vmmap source", "vmmap"], load=False)
        self.assertEqual(again, b"")
        self.assertEqual(other, b"reader: loaded\n")
        self.assertEqual(shown, b'The source of memory maps is "gdb".\n')
        self.assertTrue(answer.startswith(NO_PROCESS), answer)

    def test_slot_is_free_for_the_next_line_of_a_gdbinit(self):
        reader = guest("reader.so")
        output, answer = self.source(LOAD, f"jit-reader-load {reader}", "echo last line\\n",
                                     commands=["vmmap"])
        self.assertEqual(output, b"reader: loaded\nlast line\n")
        self.assertTrue(answer.startswith(NO_PROCESS), answer)

    def test_other_reader_stays_when_it_is_not_ours(self):
        reader = guest("reader.so")
        output, again = gdb([f"jit-reader-load {reader}", LOAD], load=False)
        self.assertEqual(output, b"reader: loaded\n")
        self.assertIn(b"JIT reader already loaded", again)  # GDB's own words; ours was not asked
        output, imported, unloaded, answer = gdb(
            [f"jit-reader-load {reader}", IMPORT, "jit-reader-unload", "vmmap"], load=False)
        self.assertEqual((output, imported), (b"reader: loaded\n", b""))
        self.assertEqual(unloaded, b"reader: unloaded\n")
        self.assertTrue(answer.startswith(NO_PROCESS), answer)

    def test_hook_disarms_itself(self):
        reader = guest("reader.so")
        _, loaded, unloaded, again, typed = gdb(
            [LOAD, f"jit-reader-load {reader}", "jit-reader-unload", LOAD,
             "hookpost-jit-reader-load"], load=False)
        self.assertEqual(loaded, b"reader: loaded\n")
        self.assertEqual(unloaded, b"reader: unloaded\n")
        self.assertEqual(again + typed, b"")

    def test_no_command_seems_to_be_the_users(self):
        shown = ["help user-defined", "show user"]
        self.assertEqual(gdb([LOAD, LOAD, *shown], load=False)[2:], gdb(shown, load=False))

    def test_users_hook_is_preserved(self):
        hook = ["define hookpost-jit-reader-load", "echo hooked\\n", "if 1", "python",
                "if True:", "    print('deep')", "end", "end", "end",
                "document hookpost-jit-reader-load", "What I do after loading.", "end"]
        shown = ["show user hookpost-jit-reader-load", "help hookpost-jit-reader-load"]
        before = self.source(*hook, commands=shown)
        after = self.source(*hook, LOAD, f"jit-reader-load {guest('reader.so')}", commands=shown)
        self.assertEqual(after[0], b"hooked\ndeep\nreader: loaded\nhooked\ndeep\n")
        self.assertIn(b"deep", before[1])
        self.assertEqual(before[2], b"What I do after loading.\n")
        self.assertEqual(after[1:], before[1:])

    def test_users_empty_hook_stays_the_users(self):
        hook = ["define hookpost-jit-reader-load", "end"]
        shown = ["help user-defined", "show user"]
        self.assertEqual(self.source(*hook, LOAD, commands=shown),
                         self.source(*hook, commands=shown))

    def test_users_hook_defined_later_wins(self):
        output, _ = self.source(LOAD, "define hookpost-jit-reader-load", "echo mine\\n", "end",
                                f"jit-reader-load {guest('reader.so')}", commands=["vmmap"])
        # GDB has no way to delete a command: one that does nothing is left, which it asks about.
        self.assertIn(b"Really redefine built-in command", output)
        self.assertTrue(output.endswith(b"\nreader: loaded\nmine\n"), output)

    def test_confirm_is_left_as_it_was(self):
        for value in b"on", b"off":
            *_, shown = gdb([f"set confirm {value.decode()}", LOAD, LOAD, "show confirm"],
                            load=False)
            self.assertIn(b"is %s." % value, shown)

    def test_with_a_live_inferior_the_slot_is_kept(self):
        # Unloading a reader drops the JIT symbols of a live inferior.
        *_, loaded, rows, second, unloaded, still = gdb(
            ["break main", "run", LOAD, "vmmap", f"jit-reader-load {guest('reader.so')}",
             "jit-reader-unload", "vmmap"], guest("plain"), load=False)
        self.assertEqual(loaded, b"")
        self.assertGreater(len(table_rows(rows)), 3)
        self.assertIn(b"already loaded", second)
        self.assertEqual(unloaded, b"")
        self.assertEqual(table_rows(still), table_rows(rows))

    def test_gdb_without_python(self):
        minimal = os.environ.get("VMMAP_GDB_MINIMAL") or os.path.join(
            os.environ["VMMAP_BUILD"], "gdb-minimal/usr/bin/gdb")
        if not os.path.exists(minimal):
            self.skipTest(f"no GDB without Python at {minimal} (tests/run.sh fetches gdb-minimal)")
        done = subprocess.run([minimal, "-nx", "-batch", "-ex", LOAD, "-ex", "echo alive\\n",
                               "-ex", "jit-reader-unload", "-ex", LOAD, "-ex", "echo alive\\n"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              env=environment())
        sentence = (b"vmmap needs a GDB with Python, and this one has none: install the full gdb "
                    b"package (not gdb-minimal).\n")
        self.assertEqual(done.stdout, (sentence + b"alive\n") * 2)
        self.assertEqual(done.returncode, 0)

    def installed_gdb(self):
        """A copy of gdb in a folder of ours, into which `cmake --install` installs: a GDB that is
        moved looks for JIT readers beside itself."""
        root = self.path("root")
        done = subprocess.run(["cmake", "--install", os.environ["VMMAP_BUILD"]],
                              env=environment(DESTDIR=root), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        program = os.path.realpath(shutil.which(support.GDB))
        os.makedirs(root + os.path.dirname(program), exist_ok=True)
        shutil.copy(program, root + program)
        prefix = os.path.dirname(os.path.dirname(program))
        for library in glob.glob(f"{prefix}/lib/python3*"):
            os.symlink(library, root + library)
        os.makedirs(f"{root}{prefix}/share", exist_ok=True)
        os.symlink(f"{prefix}/share/gdb", f"{root}{prefix}/share/gdb")
        return root + program

    def test_gdbinit_sample_with_the_installed_plugin(self):
        """The sample as it stands, in which the plugin has a bare name."""
        sample = os.path.join(os.environ["VMMAP_SOURCE"], "gdbinit.sample")
        process = self.spawn(guest("plain"), "wait", cwd=self.folder)
        done = subprocess.run(
            [self.installed_gdb(), *support.QUIET, "-batch", "-x", sample, "-ex",
             f"attach {process.pid}", "-ex", copy_maps_command(self.path("maps")), "-ex",
             "show vmmap"],
            cwd=self.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=60)
        self.assertIn(b'The source of memory maps is "auto".\n'
                      b'Labels for the memory of threads are "on".\n', done.stdout)
        with open(self.path("vmmap.json"), "rb") as file:
            answer = parse_json(file.read())
        self.assertEqual(json_rows(answer),
                         [row._replace(name=shown_name(row)) for row in self.truth()])

    def test_gdbinit_sample_explains_each_line(self):
        with open(os.path.join(os.environ["VMMAP_SOURCE"], "gdbinit.sample")) as file:
            blocks = file.read().strip().split("\n\n")
        for block in blocks[1:]:
            self.assertTrue(block.startswith("# "), block)
            self.assertFalse(block.split("\n")[-1].startswith("#"), block)

    def test_installed_library_is_usable_through_pkg_config(self):
        subprocess.run(["cmake", "--install", os.environ["VMMAP_BUILD"]], check=True,
                       env=environment(DESTDIR=self.path("root")), stdout=subprocess.DEVNULL)
        pc = subprocess.run(["find", self.path("root"), "-name", "libvmmap.pc"],
                            stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        with open(self.path("use.c"), "w") as file:
            file.write("#include <session/query.h>\n#include <render/render.h>\n"
                       "int main(void) { struct vmmap_map *map; if (vmmap_map_create(&map))"
                       " return 1; vmmap_map_destroy(map); return 0; }\n")
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libvmmap"], check=True,
                               env=environment(PKG_CONFIG_PATH=os.path.dirname(pc),
                                               PKG_CONFIG_SYSROOT_DIR=self.path("root")),
                               stdout=subprocess.PIPE).stdout.decode().split()
        subprocess.run(["cc", self.path("use.c"), "-o", self.path("use"), *flags], check=True)
        subprocess.run([self.path("use")], check=True)


class SomebodyElsesCommand(TestCase):
    THEIRS = ["python",
              "class Theirs(gdb.Command):",
              "    def __init__(self): super().__init__('vmmap', gdb.COMMAND_DATA)",
              "    def invoke(self, args, from_tty): print('theirs')",
              "Theirs()",
              "end"]

    def test_theirs_stays_and_ours_has_another_name(self):
        with open(self.path("init.gdb"), "w") as file:
            file.write("\n".join(self.THEIRS + [LOAD, "echo last line\\n"]) + "\n")
        output, theirs, ours, alias = gdb([f"source {self.path('init.gdb')}", "vmmap",
                                           "gdb-vmmap --json", "lm --json"], load=False)
        self.assertEqual(output, b'vmmap: another extension has a command "vmmap" already; this '
                                 b'one is "gdb-vmmap".\nlast line\n')
        self.assertEqual(theirs, b"theirs\n")
        self.assertEqual(parse_json(ours)["regions"], [])
        self.assertEqual(alias, ours)

    def test_one_that_comes_later_leaves_ours_under_its_other_name(self):
        """An extension in Python, and a command of the user's own."""
        for later in self.THEIRS, ["define vmmap", "echo theirs\\n", "end"]:
            with self.subTest(later=later[0]):
                with open(self.path("init.gdb"), "w") as file:
                    file.write("\n".join([LOAD] + later) + "\n")
                _, theirs, ours, completed, helped, _, _, rows = gdb(
                    [f"source {self.path('init.gdb')}", "vmmap", "gdb-vmmap --json",
                     "complete gdb-vmmap --js", "help gdb-vmmap", "starti",
                     copy_maps_command(self.path("maps")), "gdb-vmmap"], guest("plain"), load=False)
                self.assertEqual(theirs, b"theirs\n")
                self.assertEqual(parse_json(ours)["target"], "none")
                self.assertEqual(completed, b"gdb-vmmap --json\n")
                self.assertTrue(helped.startswith(b"Show the memory map of the program: "), helped)
                self.check_table(rows, self.truth())

    def test_both_names_are_there_where_nobody_else_has_one(self):
        short, long = gdb(["vmmap --json", "gdb-vmmap --json"])
        self.assertEqual(parse_json(short)["regions"], [])
        self.assertEqual(long, short)


if __name__ == "__main__":
    unittest.main()
