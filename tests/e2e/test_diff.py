# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed since: vmmap --diff, vmmap_snapshot, set vmmap on-stop, vmmap_save --csv."""

import os
import re
import unittest

from support import TestCase, gdb, guest, parse_json, table_rows

PLACE = 0x1000000000
START = ["break change", "run"]
SINCE_STOP = b"note: Compared with the map that was last looked at at an earlier stop.\n"
NOTHING_TO_COMPARE = b"There is nothing to compare with: "
CHANGE = re.compile(rb" *([a-z]+) (0x[0-9a-f]+ .*)")


def changes(output):
    """The rows of a difference as (kind, Row); the name has what was before in it."""
    found = []
    for line in output.split(b"\n"):
        row = CHANGE.fullmatch(line)
        if row:
            found.append((row.group(1).decode(), table_rows(row.group(2))[0][0]))
    return found


def short(output):
    """The same as (kind, offset from PLACE, size, perms)."""
    return [(kind, row.start - PLACE, row.end - row.start, row.perms)
            for kind, row in changes(output)]


class Differences(TestCase):
    def run_change(self, *commands, program="change"):
        return gdb([*START, *commands], guest(program))[2:]

    def test_each_step(self):
        """change() maps two pages, takes a permission from one, and unmaps it."""
        outputs = self.run_change("vmmap --diff", *["next", "vmmap --diff", "vmmap --diff"] * 5)
        self.assertTrue(outputs[0].startswith(NOTHING_TO_COMPARE), outputs[0])
        wanted = [[("added", 0, 0x1000, "rw-p")], [("added", 0x2000, 0x1000, "rw-p")],
                  [("permissions", 0, 0x1000, "r--p")], [("removed", 0, 0x1000, "r--p")], []]
        for first, again, want in zip(outputs[2::3], outputs[3::3], wanted):
            self.assertEqual(short(first), want)
            self.assertEqual(again, first)
            self.assertTrue(first.endswith(SINCE_STOP), first)
        self.assertIn(b"(was rw-p)", outputs[8])
        self.assertEqual(outputs[-1], b"Nothing has changed.\n" + SINCE_STOP)

    def test_what_was_not_looked_at_does_not_count(self):
        *_, output = self.run_change("vmmap", "next", "vmmap $sp", "next", "complete vmmap li",
                                     "output $vmmap_mapped($sp)", "vmmap --diff")
        self.assertEqual(short(output),
                         [("added", 0, 0x1000, "rw-p"), ("added", 0x2000, 0x1000, "rw-p")])

    def test_writing_at_a_stop_is_no_earlier_stop(self):
        *_, output = self.run_change("vmmap", "next", "vmmap", "set var variable = 5", "vmmap",
                                     "vmmap --diff")
        self.assertEqual(short(output), [("added", 0, 0x1000, "rw-p")])

    def test_every_kind_of_change(self):
        outputs = gdb(["break step", "run", "vmmap", *["continue", "vmmap --diff --json"] * 7],
                      guest("remap"))
        found = []
        for output in outputs[4::2]:
            for region in parse_json(output)["regions"]:
                before = region.get("before")
                start = int(region["start"], 16)
                found.append((region["change"], start - PLACE if start < PLACE << 1 else None,
                              int(region["size"], 16), region["perms"],
                              before and (int(before["size"], 16), before["perms"])))
        page = 0x1000
        moved = [change for change in found if change[0] in ("grown", "shrunk")]
        self.assertEqual([(kind, size, perms, before[0]) for kind, _, size, perms, before in moved],
                         [("grown", 3 * page, "rw-p", page),
                          ("shrunk", 2 * page, "rw-p", 4 * page)])
        self.assertEqual([change for change in found if change not in moved], [
            ("moved", 32 * page, page, "r--p", (page, "r--p")),
            ("permissions", page, page, "rw-p", (page, "r--p")),
            ("replaced", 2 * page, page, "r--p", (page, "r--p")),
            ("removed", 0, page, "r--p", None),
            ("added", 64 * page, page, "--xp", None)])

    def test_every_kind_of_change_in_the_table(self):
        outputs = gdb(["break step", "run", "vmmap", *["continue", "vmmap --diff"] * 7],
                      guest("remap"))
        rows = [row.name for output in outputs[4::2] for _, row in changes(output)]
        path = guest("remap").encode()
        for name, wanted in zip(rows, [
                rb"\[heap\] \(was 0x[0-9a-f]{16} 0x[0-9a-f]{16}\)",
                rb"\[heap\] \(was 0x[0-9a-f]{16} 0x[0-9a-f]{16}\)",
                re.escape(path) + rb" \(was 0x0000001000010000 0x0000001000011000\)",
                rb"\[anon_1000001\] \(was r--p\)",
                re.escape(path) + rb" \(was r--p \[anon_1000002\]\)",
                rb"\[anon_1000000\]", rb"\[anon_1000040\]"]):
            self.assertRegex(name, b"^" + wanted + b"$")
        self.assertEqual(len(rows), 7)

    def test_snapshots(self):
        taken, named, listed, *_, plain, before, since, json, gone, forgotten = self.run_change(
            "vmmap_snapshot", "vmmap-snapshot before", "vmmap_snapshot -l", "next", "vmmap", "next",
            "vmmap --diff", "vmmap --diff before",
            "vmmap --since before -C0 anon_1000002",
            "vmmap --json --since=before", "vmmap_snapshot --delete", "vmmap --diff")
        self.assertRegex(taken, rb"^The snapshot has \d+ pages\.\n$")
        self.assertRegex(named, rb'^The snapshot "before" has \d+ pages\.\n$')
        self.assertRegex(listed, rb'^snapshot: \d+ pages of inferior 1, process \d+\n'
                                 rb'snapshot "before": \d+ pages of inferior 1, process \d+\n$')
        both = [("added", 0, 0x1000, "rw-p"), ("added", 0x2000, 0x1000, "rw-p")]
        self.assertEqual(short(plain), both)
        self.assertTrue(plain.endswith(b"note: Compared with the snapshot.\n"))
        self.assertEqual(short(before), both)
        self.assertTrue(before.endswith(b'note: Compared with the snapshot "before".\n'))
        self.assertIn(b"[anon_1000002]", since)
        self.assertEqual([r["change"] for r in parse_json(json)["regions"]], ["added"] * 2)
        self.assertEqual(gone, b"")
        self.assertEqual(short(forgotten), [("added", 0x2000, 0x1000, "rw-p")])

    def test_json_and_csv_of_a_change(self):
        *_, json, csv = self.run_change("next", "next", "vmmap", "next", "vmmap --diff --json",
                                        "vmmap --diff --csv")
        region, = parse_json(json)["regions"]
        keys = ("start", "end", "perms", "change", "before")
        self.assertEqual({key: region[key] for key in keys},
                         {"start": "0x1000000000", "end": "0x1000001000", "perms": "r--p",
                          "change": "permissions", "before": {
                              "start": "0x1000000000", "end": "0x1000001000", "size": "0x1000",
                              "perms": "rw-p", "offset": "0x0", "name": "[anon_1000000]"}})
        self.assertEqual(csv, b"start,end,size,perms,offset,name,label,origin,change\n"
                              b"0x1000000000,0x1000001000,0x1000,r--p,0x0,[anon_1000000],,procfs,"
                              b"permissions\n")

    def test_filters(self):
        *_, writable, none, named = self.run_change(
            "vmmap_snapshot", "next", "next", "next", "vmmap --diff -w", "vmmap --diff -x",
            "vmmap --diff -C 0 anon_1000000")
        self.assertEqual(short(writable), [("added", 0x2000, 0x1000, "rw-p")])
        self.assertTrue(none.startswith(b"No page is known to be executable.\n"), none)
        self.assertIn(b"      added -> 0x0000001000000000", named)

    def test_another_run_of_the_program(self):
        *_, plain, named = gdb([*START, "vmmap_snapshot first", "next", "vmmap", "set confirm off",
                                "run", "vmmap --diff", "vmmap --diff first"], guest("change"))
        self.assertTrue(plain.startswith(NOTHING_TO_COMPARE), plain)
        self.assertRegex(named, rb'Compared with the snapshot "first" of inferior 1, process \d+\.')

    def test_bad_input(self):
        outputs = self.run_change("vmmap --since nosuch", "vmmap --since", "vmmap --diff --gaps",
                                  "vmmap --sum --since x", "vmmap_snapshot a b",
                                  "vmmap_snapshot -l -d", "vmmap_snapshot -d x",
                                  "vmmap_snapshot -d",
                                  "set vmmap snapshots 1001", "set vmmap on-stop always")
        for output, wanted in zip(outputs, [
                b'There is no snapshot "nosuch": "vmmap_snapshot --list" shows those that there '
                b"are.",
                b"Option --since needs the name of a snapshot after it.",
                b"Options --diff and --gaps exclude each other.",
                b"Options --since and --sum exclude each other.",
                b'"vmmap_snapshot" does not know what to do with "b": "help vmmap_snapshot" shows '
                b"what it takes.", b"Options -l and -d exclude each other.",
                b'There is no snapshot "x": "vmmap_snapshot --list" shows those that there are.',
                b'There is no snapshot without a name: "vmmap_snapshot" makes one.',
                b'"set vmmap snapshots" takes a number from 1 to 1000, not "1001".',
                b'Undefined item: "always".']):
            self.assertEqual(output, wanted + b"\n")

    def test_number_of_snapshots(self):
        *_, third, listed = self.run_change("set vmmap snapshots 2", "vmmap_snapshot 1",
                                            "vmmap_snapshot 2", "vmmap_snapshot 3",
                                            "vmmap_snapshot --list")
        self.assertRegex(third, rb'^The snapshot "3" has \d+ pages\. The oldest, the snapshot "1", '
                                rb'is forgotten \("set vmmap snapshots"\)\.\n$')
        self.assertEqual(re.findall(rb'"(.)"', listed), [b"2", b"3"])

    def test_without_a_process(self):
        for output in gdb(["vmmap --diff", "vmmap_snapshot", "vmmap --diff -w"]):
            self.assertTrue(output.startswith(b"There is no process: "), output)


class OnStop(TestCase):
    def test_diff_at_each_stop(self):
        outputs = gdb(["set vmmap on-stop diff", *START, *["next"] * 5, "set vmmap on-stop off",
                       "show vmmap on-stop"], guest("change"))
        shown = [short(output) for output in outputs]
        self.assertEqual(shown[2:8], [[], [("added", 0, 0x1000, "rw-p")],
                                      [("added", 0x2000, 0x1000, "rw-p")],
                                      [("permissions", 0, 0x1000, "r--p")],
                                      [("removed", 0, 0x1000, "r--p")], []])
        self.assertNotIn(b"LEGEND", outputs[7])  # nothing has changed: not a word
        self.assertNotIn(b"compare", outputs[2])
        self.assertEqual(outputs[-1], b'At each stop is shown of the memory map: "off".\n')

    def test_map_at_each_stop_and_off_again(self):
        outputs = gdb(["set vmmap on-stop map", *START, "set vmmap on-stop off", "next"],
                      guest("change"))
        self.assertGreater(len(table_rows(outputs[2])), 10)
        self.assertEqual(table_rows(outputs[4]), [])

    def test_commands_of_a_breakpoint_go_on(self):
        with open(self.path("script.gdb"), "w") as file:
            file.write("set vmmap on-stop diff\nbreak map_page\ncommands\nsilent\ncontinue\nend\n"
                       "run\n")
        output = gdb([f"source {self.path('script.gdb')}"], guest("change"))[0]
        self.assertIn(b"exited normally", output)


class Saved(TestCase):
    def test_csv(self):
        path = self.path("map.csv")
        *_, saved, shown = gdb([*START, f"vmmap_save --csv {path}", "vmmap --csv"],
                               guest("change"))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), shown)
        self.assertRegex(saved, rb"^Saved \d+ pages\.\n$")
        self.assertTrue(os.path.getsize(path) > 500)


if __name__ == "__main__":
    unittest.main()
