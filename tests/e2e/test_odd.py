# SPDX-License-Identifier: GPL-3.0-or-later
"""Every odd mapping: each row and field equals /proc/PID/maps, each name what the program itself
knows; point lookups and the layout equal what the whole map says."""

import json
import os
import unittest

from support import (Row, TestCase, copy_maps_command, escaped, gdb, guest, holder, parse_json,
                     shown_name)

NATIVE = {"target": "native", "provider": "procfs", "exact": True, "notes": []}


def read_told(path):
    """What the program says it mapped, by start, what it could not map, and the address of a
    thread-local variable."""
    told, skipped, tls = {}, set(), None
    with open(path, "rb") as file:
        for line in file.read().decode().splitlines():
            words = line.split(" ")
            if words[0] == "skip":
                skipped.add(words[1])
                continue
            if words[0] == "tls":
                tls = int(words[1], 16)
                continue
            start = int(words[1], 16)
            told[start] = Row(start, start + int(words[2], 16), words[3], int(words[4], 16),
                              bytes.fromhex(words[5]))
    return told, skipped, tls


class OddTestCase(TestCase):
    def run_odd(self, name, commands, *more, **options):
        """Runs the commands in a stopped `odd`; afterwards self.rows has the truth, with names as
        the program knows them."""
        program = [guest(name), self.path("guest"), *more]
        os.mkdir(self.path("guest"))
        outputs = gdb(["break stop_here", "run", copy_maps_command(self.path("maps")), *commands],
                      program, **options)
        self.told, self.skipped, self.tls = read_told(self.path("guest/truth"))
        self.rows = [self.name_as_told(row) for row in self.truth()]
        return outputs[3:]

    def name_as_told(self, row):
        return row._replace(name=self.told[row.start].name) if row.start in self.told else row


class Listing(OddTestCase):
    def check(self, name):
        table, answer = self.run_odd(name, ["vmmap", "vmmap --json"])
        # The program and the kernel agree, so the truth is true.
        maps = {row.start: row for row in self.truth()}
        self.assertGreater(len(self.told), 90)
        for start, row in self.told.items():
            self.assertEqual(maps[start], row._replace(name=row.name.replace(b"\n", rb"\012")))

        labels = {self.rows[holder(self.rows, self.tls)].start: "TLS of thread 1"}
        self.check_table(table, self.rows, labels)
        self.assertNotIn(b"note:", table)
        self.check_json(parse_json(answer), self.rows, labels, **NATIVE)
        self.check_bytes(answer)

    def test_dynamic(self):
        self.check("odd")

    def test_static(self):
        self.check("odd-static")

    def test_static_pie(self):
        self.check("odd-static-pie")

    def test_32_bit(self):
        self.check("odd-32")

    def test_names_too_long_to_tell(self):
        """One name that the kernel does not tell leaves the others as they are."""
        table, answer = self.run_odd("odd", ["vmmap", "vmmap --json"], "newlines")
        far = [r for r in self.rows if b"/far below" in r.name]
        self.assertEqual(len(far), 3)
        rows = [r._replace(name=r.name.replace(b"\n", rb"\012")) if r in far else r
                for r in self.rows]
        labels = {rows[holder(rows, self.tls)].start: "TLS of thread 1"}
        self.check_table(table, rows, labels)
        note = ("Where a name contains \\012, only PROCMAP_QUERY (Linux 6.11, local processes) can "
                "tell a newline from a backslash.")
        self.check_json(parse_json(answer), rows, labels,
                        **{**NATIVE, "exact": False, "notes": [note]})
        self.assertTrue(table.endswith(b"note: " + note.encode() + b"\n"))

    def test_huge_pages(self):
        answer, = self.run_odd("odd", ["vmmap --json"])
        if "hugetlb" in self.skipped:
            self.skipTest("the kernel gives no huge pages")
        names = [r["name"] for r in parse_json(answer)["regions"] if r["size"] == "0x200000"]
        self.assertIn("/anon_hugepage (deleted)", names)

    def test_named_anonymous(self):
        answer, = self.run_odd("odd", ["vmmap --json"])
        if "anon-name" in self.skipped:
            self.skipTest("the kernel has no names for anonymous memory (CONFIG_ANON_VMA_NAME)")
        names = [r["name"] for r in parse_json(answer)["regions"]]
        self.assertIn("[anon:a name]", names)
        self.assertIn("[anon_shmem:a name]", names)


# Asks for each address of a file, with each of these options, in one gdb.
LOOKUPS = """
import json, re
options = {options!r}
text = open({maps!r}, errors="replace").read()
addresses = set()
for start, end in re.findall("^([0-9a-f]+)-([0-9a-f]+) ", text, re.MULTILINE):
    start, end = int(start, 16), int(end, 16)
    addresses |= {{start, end - 1, (start - 1) % 2**64, end % 2**64, (start + end) // 2}}
addresses |= {{0, 2**63 - 1, 2**63, 2**64 - 1}}
answers = []
for address in sorted(addresses):
    for option in options:
        if {fresh}:
            # A change of the setting drops the map that an earlier question may have left.
            gdb.execute("set vmmap source " + ("auto", "procfs")[len(answers) % 2])
        command = f"vmmap -a --json {{option}} {{address:#x}}"
        answers.append((address, option, gdb.execute(command, to_string=True)))
json.dump(answers, open({answers!r}, "w"))
"""


class PointLookups(OddTestCase):
    def wanted(self, address, option, regions):
        """What the answer must be, out of the regions of the whole map."""
        words = option.replace("-A", " -A ").replace("-B", " -B ").split()
        counts = {"-A": 1, "-B": 1, **dict(zip(words[::2], map(int, words[1::2])))}
        index = holder(self.rows, address)
        if index is None:
            return []
        first = max(0, index - counts["-B"])
        return [{**regions[i], "matched": i == index}
                for i in range(first, min(len(regions), index + counts["-A"] + 1))]

    def check(self, name, options=("", "-A0 -B0", "-A 1 -B 3", "-A3 -B0"), before=()):
        script = self.path("lookups.py")
        with open(script, "w") as file:
            file.write(LOOKUPS.format(maps=self.path("maps"), answers=self.path("answers"),
                                      options=options, fresh=not before))
        outputs = self.run_odd(name, [*before, f"source {script}", "vmmap --json"], timeout=300)
        whole = parse_json(outputs[-1])
        self.check_json(whole, self.rows, {int(r["start"], 16): r["label"]
                                           for r in whole["regions"]}, **NATIVE)
        with open(self.path("answers")) as file:
            answers = json.load(file)
        self.assertGreater(len(answers), 1000)
        for address, option, text in answers:
            answer = json.loads(text)
            with self.subTest(address=hex(address), option=option):
                self.assertEqual(answer["regions"],
                                 self.wanted(address, option, whole["regions"]))
                self.assertEqual({key: answer[key] for key in NATIVE}, NATIVE)

    def test_each_boundary(self):
        self.check("odd")

    def test_each_boundary_in_the_kept_map(self):
        self.check("odd", before=["vmmap"])

    def test_each_boundary_with_much_context(self):
        # More than point lookups are good for: from the first one on the whole map is there.
        self.check("odd", options=["-A3 -B33", "-A 1000 -B 0", "-A4294967295 -B4294967295"])

    def test_each_boundary_32_bit(self):
        self.check("odd-32")

    def test_each_boundary_static(self):
        self.check("odd-static")

    def test_table_row_is_marked(self):
        output, nothing = self.run_odd("odd", ["vmmap -a $sp - 8", "vmmap -a 8"])
        row = [r for r in self.rows if r.name == b"[stack]"][0]
        marked = [line for line in output.split(b"\n") if line.startswith(b"-> ")]
        self.assertEqual(len(marked), 1)
        self.assertIn(b"0x%016x 0x%016x" % (row.start, row.end), marked[0])
        self.assertRegex(marked[0], rb"\[stack\] \+0x[0-9a-f]+$")
        self.assertEqual(nothing, b"No page holds the address 0x8.\n")


class Names(OddTestCase):
    """Each name finds its rows and no others, and a newline is not the text \\012."""

    def matched(self, answer):
        return [int(r["start"], 16) for r in parse_json(answer)["regions"] if r["matched"]]

    def test_parts_of_names(self):
        parts = [rb"literal\012text", rb"both", rb" leading", rb"fake (deleted)", b"(deleted)",
                 b"[heap]", b"[anon_", b"/memfd:", rb"\012", "é€😀".encode(), b"%s%n%5$d"]
        outputs = self.run_odd("odd", [b"vmmap -n --json -A0 -B0 -- ".decode() + part.decode()
                                       for part in parts])
        for part, output in zip(parts, outputs):
            with self.subTest(part=part):
                # The blanks before a name are the line's.
                wanted = [r.start for r in self.rows if part.strip() in shown_name(r)]
                self.assertGreater(len(wanted), 0)
                self.assertEqual(self.matched(output), wanted)


class Layout(OddTestCase):
    """`--gaps` recomputed from the truth, each line of it."""

    def expected_lines(self, rows, width):
        lines, run_start, mapped, unmapped, gaps = [], None, 0, 0, 0
        previous = None
        for row in rows:
            if previous and previous.end < row.start:
                size = row.start - previous.end
                lines.append((previous.end, row.start, "", size, "GAP", None, b""))
                unmapped, gaps = unmapped + size, gaps + 1
            name = row.name
            if row.perms.startswith("---"):
                kind, run_start, total = "GUARD", None, None
            elif run_start is not None and previous.end == row.start:
                kind, total = "ADJACENT", row.end - run_start
            else:
                kind, total, run_start = "", None, row.start
            lines.append((row.start, row.end, row.perms, row.end - row.start, kind, total, name))
            mapped += row.end - row.start
            previous = row
        shown = []
        for start, end, perms, size, kind, total, name in lines:
            text = f"0x{start:0{width}x} 0x{end:0{width}x} {perms:4} {size:8x} "
            if kind == "GAP":
                shown.append(text.encode() + b"GAP")
                continue
            text += f"{kind:8} " + (f"{total:11x}" if total is not None else " " * 11)
            shown.append(text.encode() + b" " + name)
        total = (f"Total: {len(rows)} pages, 0x{mapped:x} mapped; "
                 f"{gaps} gaps, 0x{unmapped:x} unmapped")
        return shown + [total.encode()]

    def check(self, name, width=16):
        layout, answer = self.run_odd(name, ["vmmap --gaps", "vmmap --gaps --json"])
        answer = parse_json(answer)
        labels = {int(r["start"], 16): r["label"] for r in answer["regions"] if r["label"]}
        rows = []
        for row in self.rows:
            label = labels.get(row.start)
            rows.append(row._replace(name=escaped_with_label(row, label)))
        self.check_bytes(layout)
        lines = layout.split(b"\n")
        self.assertTrue(lines[0].startswith(b"LEGEND: "))
        self.assertEqual(lines[-1], b"")
        self.check_rows(lines[2:-1], self.expected_lines(rows, width))
        self.check_json(answer, self.rows, labels, **NATIVE)
        self.check_json_gaps(answer)

    def check_json_gaps(self, answer):
        pairs = list(zip(self.rows, self.rows[1:]))
        gaps = [(a.end, b.start) for a, b in pairs if a.end != b.start]
        self.assertEqual([(int(g["start"], 16), int(g["end"], 16)) for g in answer["gaps"]], gaps)
        self.assertEqual([int(g["size"], 16) for g in answer["gaps"]], [e - s for s, e in gaps])
        self.assertEqual(int(answer["mapped"], 16), sum(r.end - r.start for r in self.rows))
        self.assertEqual(int(answer["unmapped"], 16), sum(e - s for s, e in gaps))

    def test_dynamic(self):
        self.check("odd")

    def test_32_bit(self):
        self.check("odd-32", width=8)


def escaped_with_label(row, label):
    return escaped(shown_name(row)) + (b" (%s)" % label.encode() if label else b"")


if __name__ == "__main__":
    unittest.main()
