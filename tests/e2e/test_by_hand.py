# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages by hand: adding, clearing, saving and loading them, over maps of every kind of target."""

import json
import os
import subprocess
import unittest

import support
from cores import CoreTestCase
from machine import X86TestCase, X86_STOP
from qemu_user import Guest
from support import gdb, guest, parse_json

STOP = ["break main", "run"]
# In the middle of the stack.
PAGE = "((unsigned long)$sp & ~0xfff)-0x3000"


def ranges(output):
    """(start, end, perms, name, origin) of the regions of a JSON answer."""
    return [(int(r["start"], 16), int(r["end"], 16), r["perms"], r["name"], r["origin"])
            for r in parse_json(output)["regions"]]


class ByHand(support.TestCase):
    def test_pages_without_a_process(self):
        outputs = gdb(["vmmap_add 0x20000000 0x1000 rw",
                       "vmmap-add 0x20001000 (1 << 12) r-x 0x10 my file",
                       "vmmap_add 0x30000000 16", "vmmap_add 0x40000000 1 -", "vmmap --json",
                       "vmmap 0x20001008", "vmmap my file", "vmmap -x",
                       "vmmap_clear 0x20000fff", "vmmap-clear", "vmmap_clear", "vmmap --json"])
        self.assertEqual(outputs[:4], [b"Added 0x20000000 to 0x20000fff, rw-?.\n",
                                       b"Added 0x20001000 to 0x20001fff, r-x?.\n",
                                       b"Added 0x30000000 to 0x3000000f, ????.\n",
                                       b"Added 0x40000000 to 0x40000000, ---?.\n"])
        answer = parse_json(outputs[4])
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("none", "none", False))
        self.assertEqual([r["offset"] for r in answer["regions"]], [None, "0x10", None, None])
        self.assertEqual(ranges(outputs[4]), [
            (0x20000000, 0x20001000, "rw-?", "[anon_20000]", "manual"),
            (0x20001000, 0x20002000, "r-x?", "my file", "manual"),
            (0x30000000, 0x30000010, "????", "[anon_30000]", "manual"),
            (0x40000000, 0x40000001, "---?", "[anon_40000]", "manual")])
        for output in outputs[5:7]:
            self.assertIn(b"-> 0x0000000020001000 0x0000000020002000 r-x?     1000       10 "
                          b"my file", output)
        self.assertEqual([row.start for row, _ in support.table_rows(outputs[7])], [0x20001000])
        self.assertIn(b"1 row is left out because it is not known whether it is executable.",
                      outputs[7])
        self.assertEqual(outputs[8:11], [b"Cleared 0x20000000 to 0x20000fff.\n",
                                         b"Cleared 3 pages.\n", b"There were no pages by hand.\n"])
        self.assertEqual(ranges(outputs[11]), [])

    def test_pages_over_a_process(self):
        """They split what the kernel says, are kept when the program runs again, and belong to one
        inferior."""
        outputs = gdb([*STOP, f"output/x {PAGE}", "vmmap --json $sp",
                       f"vmmap_add {PAGE} 0x1000 rx 0 mine", "vmmap --json mine",
                       "vmmap --json", "continue", "run", "vmmap --json mine", "add-inferior",
                       "inferior 2", "vmmap --json", "inferior 1", "vmmap --json mine",
                       "vmmap_clear", "vmmap --json mine"],
                      guest("plain"))[len(STOP):]
        page = int(outputs[0], 16)
        stack, = [r for r in parse_json(outputs[1])["regions"] if r["matched"]]
        start, end = int(stack["start"], 16), int(stack["end"], 16)
        whole = [(start, page, "rw-p", "[stack]", "procfs"),
                 (page, page + 0x1000, "r-x?", "mine", "manual"),
                 (page + 0x1000, end, "rw-p", "[stack]", "procfs")]
        around = [r for r in ranges(outputs[3]) if r[0] >= start and r[1] <= end]
        self.assertEqual(around, whole)
        self.assertEqual([r for r in ranges(outputs[4]) if start <= r[0] < end], whole)
        self.assertTrue(parse_json(outputs[4])["exact"])
        for output in (outputs[7], outputs[12]):
            self.assertIn((page, page + 0x1000, "r-x?", "mine", "manual"), ranges(output))
        self.assertEqual(ranges(outputs[10]), [])
        self.assertEqual(ranges(outputs[14]), [])

    def test_bad_input_changes_nothing(self):
        cases = [
            ("vmmap_add",
             '"vmmap_add" takes an address, a size, and what else is known of a page.'),
            ("vmmap_add 0x1000", '"vmmap_add" takes a size in bytes after START.'),
            ("vmmap_add 0x1000 0", "A page of 0 bytes is none."),
            ("vmmap_add 0x1000 0x1000 rwz", '"z" is no flag of a page: they are r, w and x.'),
            ("vmmap_add 0x1000 0x1000 rw-p", '"p" is no flag of a page: they are r, w and x.'),
            ("vmmap_add 0xfffffffffffff000 0x1001",
             "0x1001 bytes from 0xfffffffffffff000 on go past the top of the address space, "
             "0xffffffffffffffff."),
            ("vmmap_add nothing 1", 'No symbol table is loaded.  Use the "file" command.'),
            ("vmmap_add 0x1000 $nothing", 'The value of "$nothing" is void, not an address.'),
            ("vmmap_add 0x1000 1 r $nothing", 'The value of "$nothing" is void, not an address.'),
            ("vmmap_add 0x1800 0x10000",
             'It overlaps the page at 0x2000 to 0x2fff that was added before: "vmmap_clear 0x2000" '
             "removes that one."),
            ("vmmap_add 0x2000 1 r",
             'It overlaps the page at 0x2000 to 0x2fff that was added before: "vmmap_clear 0x2000" '
             "removes that one."),
            ("vmmap_clear 0x1000", "No page that was added by hand or explored holds 0x1000."),
            ("vmmap_explore", '"vmmap_explore" takes an address.'),
            ("vmmap_explore 0", "There is nothing to explore: connect to a target first."),
            ("vmmap_clear nothing", 'No symbol table is loaded.  Use the "file" command.'),
            ("vmmap_load", 'GDB debugs no program: name a file, or load one with "file".'),
            ("vmmap_load /no/such",
             "The file /no/such can not be read: No such file or directory."),
            ("vmmap_load /dev/zero", "The file /dev/zero is no regular file."),
            ("vmmap_load -o $nothing /bin/true",
             'The value of "$nothing" is void, not an address.'),
            ("vmmap_save", '"vmmap_save" takes the name of a file.'),
            ("vmmap_save /no/such/file",
             "/no/such/file can not be written: No such file or directory."),
            ("vmmap_save --force /dev/full",
             "/dev/full can not be written: No space left on device."),
            ("vmmap_save /dev/full",
             "There is a file /dev/full already, which is kept: take another name, or --force to "
             "replace it."),
        ]
        before, *outputs, after = gdb(["vmmap_add 0x2000 0x1000 r", "vmmap --json",
                                       *(command for command, _ in cases), "vmmap --json"])[1:]
        for (command, sentence), output in zip(cases, outputs):
            with self.subTest(command=command):
                self.assertEqual(output.decode(), sentence + "\n")
        self.assertEqual(after, before)
        nothing, = gdb([f"vmmap_save {self.path('map')}"])
        self.assertRegex(nothing, rb"^There is no map to save\. There is no process: ")
        self.assertEqual(os.listdir(self.folder), [])

    def test_32_bit_space_ends_at_4_gib(self):
        *_, refused, added = gdb([*STOP, "vmmap_add 0xfffff000 0x1001",
                                  "vmmap_add 0xfffff000 0x1000 r"], guest("plain-32"))
        self.assertEqual(refused, b"0x1001 bytes from 0xfffff000 on go past the top of the address "
                                  b"space, 0xffffffff.\n")
        self.assertEqual(added, b"Added 0xfffff000 to 0xffffffff, r--?.\n")

    def test_help_and_completion(self):
        for name in ("vmmap_add", "vmmap_clear", "vmmap_explore", "vmmap_load", "vmmap_save"):
            usage, option, completed, dashed = gdb([f"help {name}", f"{name} --help",
                                                    f"complete {name.replace('_', '-')}",
                                                    f"help {name.replace('_', '-')}"])
            self.assertIn(b"\nUsage: %s " % name.encode(), usage)
            self.assertEqual(usage.strip(), option.strip())
            self.assertIn(name.replace("_", "-").encode(), completed)
            self.assertIn(b"another name for \"%s\"" % name.encode(), dashed)
        options, = gdb(["complete vmmap_save --f"])
        self.assertEqual(options, b"vmmap_save --force\n")


class RoundTrip:
    """What is saved comes back byte for byte."""

    def round_trip(self, before=()):
        """Commands that save, clear and load, and show the map before and after."""
        return ["vmmap --json", *before, f"vmmap_save {self.path('map')}", "vmmap_clear",
                f"vmmap_load {self.path('map')}", "vmmap --json",
                f"vmmap_save {self.path('again')}"]

    def check_round_trip(self, outputs, rows=3):
        first, *_, saved, cleared, loaded, second, _ = outputs
        regions = parse_json(first)["regions"]
        self.assertGreaterEqual(len(regions), rows)
        with open(self.path("map"), "rb") as file:
            text = file.read()
        with open(self.path("again"), "rb") as file:
            again = file.read()
        count = len(json.loads(text)["regions"])
        self.assertEqual(saved, b"Saved %d pages.\n" % count)
        self.assertEqual(loaded, b"Loaded %d pages.\n" % count)
        self.assertEqual(again, text)
        self.assertEqual(second.rstrip(b"\n"), text.rstrip(b"\n"))
        return first.rstrip(b"\n"), text.rstrip(b"\n")


class SaveAndLoad(RoundTrip, support.TestCase):
    def test_native(self):
        first, text = self.check_round_trip(
            gdb([*STOP, *self.round_trip()], guest("threads"))[len(STOP):], rows=10)
        self.assertEqual(first, text)

    def test_pages_by_hand_are_saved_too(self):
        before = [f"vmmap_add {PAGE} 0x1000 rx 0 mine", "vmmap_add 0x1000 0x1000"]
        outputs = gdb([*STOP, *self.round_trip(before)], guest("plain"))
        first, text = self.check_round_trip(outputs[len(STOP):])
        self.assertEqual(len(json.loads(text)["regions"]), len(json.loads(first)["regions"]) + 3)

    def test_qemu_user(self):
        support.need("qemu-aarch64")
        outputs = Guest(self, "aarch64").ask(*self.round_trip(), f"file {guest('plain')}")
        first, text = self.check_round_trip(outputs[:-1])
        self.assertEqual(first, text)

    def test_a_file_is_kept_or_replaced(self):
        path = self.path("map")
        outputs = gdb(["vmmap_add 0x1000 0x1000 r", f"vmmap_save {path}",
                       "vmmap_add 0x3000 0x1000 w", f"vmmap_save {path}",
                       f"shell cp {path} {path}.kept",
                       f"vmmap_save --force {path}"])
        self.assertEqual(outputs[3].decode(),
                         f"There is a file {path} already, which is kept: take another name, or "
                         "--force to replace it.\n")
        with open(path + ".kept", encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["regions"]), 1)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["regions"]), 2)
        self.assertEqual(sorted(os.listdir(self.folder)), ["map", "map.kept"])

    @unittest.skipIf(os.getuid() != 0, "only root can mount a small file system")
    def test_a_full_disk(self):
        """Nothing of a map that does not fit is left, and the one that was there stays."""
        disk = self.path("disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", disk],
                                 stderr=subprocess.PIPE, check=False)
        if mounted.returncode != 0:
            self.skipTest("no file system can be mounted: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", disk], check=False)
        with open(os.path.join(disk, "old"), "w", encoding="ascii") as file:
            file.write("old")
        outputs = gdb([*STOP, f"vmmap_save {disk}/new", f"vmmap_save --force {disk}/old"],
                      guest("odd"))[len(STOP):]
        for output, name in zip(outputs, ("new", "old")):
            self.assertEqual(output.decode(),
                             f"{disk}/{name} can not be written: No space left on device.\n")
        self.assertEqual(os.listdir(disk), ["old"])
        with open(os.path.join(disk, "old"), encoding="ascii") as file:
            self.assertEqual(file.read(), "old")

    def test_maps_text_and_elf_file(self):
        """A maps file is every row of it; an ELF file its sections as readelf has them."""
        maps = self.path("maps")
        program = guest("plain-static")
        outputs = gdb([*STOP, support.copy_maps_command(maps), "kill", f"vmmap_load {maps}",
                       "vmmap --json", "vmmap_clear", "vmmap_load", "vmmap --json", "vmmap_clear",
                       f"vmmap_load --offset 0x100000 {program}", "vmmap --json"], program)
        truth = self.truth()
        answer = parse_json(outputs[5])
        self.check_json(answer, truth, target="none")
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"manual"})
        support.need("readelf")
        text = subprocess.run(["readelf", "-SW", program], stdout=subprocess.PIPE,
                              check=True).stdout
        sections = {}
        for line in text.decode().replace("[ ", "[").splitlines():
            words = line.split()
            if len(words) > 8 and words[0][0] == "[" and words[0][1:-1].isdigit() and \
                    "A" in words[7] and ("T" not in words[7] or words[2] != "NOBITS"):
                sections[words[1]] = (int(words[3], 16), int(words[3], 16) + int(words[5], 16))
        for output, offset in ((outputs[8], 0), (outputs[11], 0x100000)):
            regions = parse_json(output)["regions"]
            shown = {r["label"]: (int(r["start"], 16) - offset, int(r["end"], 16) - offset)
                     for r in regions if r["label"]}
            self.assertEqual(shown, sections)
            self.assertEqual({r["name"] for r in regions}, {program})

    def test_files_that_can_not_be_loaded(self):
        cases = {
            "text": (b"hello\n", "it is neither an ELF file, nor a map that \"vmmap_save\" wrote, "
                                 "nor the text of a /proc/PID/maps."),
            "json": (b"{\"regions\": [", "it is no complete JSON."),
            "other": (b"{\"a\": 1}", "it has no \"regions\", so it is no map that \"vmmap_save\" "
                                     "wrote."),
            "overlap": (b'{"regions": [{"start": "0x0", "end": "0x2", "perms": "????"}, '
                        b'{"start": "0x1", "end": "0x3", "perms": "????"}]}',
                        "regions of it overlap."),
        }
        for name, (content, _) in cases.items():
            with open(self.path(name), "wb") as file:
                file.write(content)
        *outputs, after = gdb([*(f"vmmap_load {self.path(name)}" for name in cases),
                               "vmmap --json"])
        for (name, (_, sentence)), output in zip(cases.items(), outputs):
            self.assertEqual(output.decode(),
                             f"The file {self.path(name)} can not be loaded: {sentence}\n")
        self.assertEqual(ranges(after), [])


class SaveAndLoadMachine(RoundTrip, X86TestCase):
    def test_qemu_system(self):
        _, machine = self.start_small()
        first, text = self.check_round_trip(self.run_gdb(machine, self.round_trip(), X86_STOP))
        self.assertEqual(first, text)
        self.assertIn(b'"physical"', text)


class SaveAndLoadCore(RoundTrip, CoreTestCase):
    def test_core(self):
        core = self.path("core")
        gdb([*STOP, f"gcore {core}"], guest("threads"))
        first, text = self.check_round_trip(gdb([f"core-file {core}", *self.round_trip()],
                                                guest("threads"))[1:])
        self.assertEqual(first, text)
        self.assertIn(b'"saved"', text)


if __name__ == "__main__":
    unittest.main()
