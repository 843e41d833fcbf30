# SPDX-License-Identifier: GPL-3.0-or-later
"""60,000 mappings: each row of the listing, lookups at both ends, Ctrl-C in the middle."""

import time
import unittest

from support import (Terminal, TestCase, copy_maps_command, gdb, guest, holder, parse_json,
                     shown_name, table_rows)

COUNT = 60000


def need_many():
    with open("/proc/sys/vm/max_map_count") as file:
        if int(file.read()) < COUNT + 100:
            raise unittest.SkipTest(f"vm.max_map_count is below {COUNT + 100}")


def tls_label(rows, address):
    return {rows[holder(rows, address)].start: "TLS of thread 1"}


class ManyMappings(TestCase):
    def setUp(self):
        super().setUp()
        need_many()

    def check(self, name):
        outputs = gdb(["break stop_here", "run", copy_maps_command(self.path("maps")),
                       "vmmap --json $sp", "vmmap", "vmmap --json",
                       "python print([int(t.handle()[::-1].hex(), 16) "
                       "for t in gdb.selected_inferior().threads()][0])"],
                      [guest(name), str(COUNT)])
        rows = self.truth()
        self.assertGreaterEqual(len(rows), COUNT)
        labels = tls_label(rows, int(outputs[6]))
        self.check_table(outputs[4], rows, labels)
        self.check_json(parse_json(outputs[5]), rows, labels,
                        provider="procfs", exact=True, notes=[])
        stack = [i for i, r in enumerate(rows) if r.name == b"[stack]"][0]
        self.check_json(parse_json(outputs[3]), rows[stack - 1:stack + 2], labels,
                        provider="procfs", exact=True, notes=[])

    def test_listing(self):
        self.check("many")

    def test_listing_32_bit(self):
        self.check("many-32")

    def test_first_and_last_rows(self):
        with open(self.path("ends.py"), "w") as file:
            file.write("import json\n"
                       f"lines = open({self.path('maps')!r}).read().splitlines()\n"
                       "marks = [line for line in lines if ' ---p ' in line]\n"
                       "answers = []\n"
                       "for line in (lines[0], marks[0], marks[-1], lines[-1]):\n"
                       "    address = int(line.split('-')[0], 16)\n"
                       "    command = 'vmmap --json -A1 -B2 %#x' % address\n"
                       "    answers.append((address, gdb.execute(command, to_string=True)))\n"
                       f"json.dump(answers, open({self.path('answers')!r}, 'w'))\n")
        gdb(["break stop_here", "run", copy_maps_command(self.path("maps")),
             f"source {self.path('ends.py')}"], [guest("many"), str(COUNT)])
        rows = self.truth()
        with open(self.path("answers"), "rb") as file:
            answers = parse_json(file.read())
        self.assertEqual(len(answers), 4)
        for address, text in answers:
            index = holder(rows, address)
            wanted = rows[max(0, index - 2):index + 2]
            answer = parse_json(text.encode())
            labels = {int(r["start"], 16): r["label"] for r in answer["regions"] if r["label"]}
            self.check_json(answer, wanted, labels, provider="procfs", exact=True)
            self.assertEqual([int(r["start"], 16) for r in answer["regions"] if r["matched"]],
                             [rows[index].start])


class CtrlC(TestCase):
    """Nobody reads what gdb prints, so it is in the middle of the listing when Ctrl-C comes."""

    def setUp(self):
        super().setUp()
        need_many()

    def test_in_a_large_listing(self):
        with Terminal("--args", guest("many"), str(COUNT)) as terminal:
            terminal.command("set style enabled off")
            terminal.command("break stop_here")
            terminal.command("run")
            terminal.command(copy_maps_command(self.path("maps")))
            terminal.send(b"vmmap\n")
            terminal.read_until(b"r--p")
            terminal.send(b"\x03")
            time.sleep(0.2)  # the terminal hands the signal over at once; the test is right anyway
            cut = terminal.read_until(terminal.PROMPT).replace(b"\r\n", b"\n")
            self.assertLess(len(table_rows(cut)), COUNT // 2)
            whole = terminal.command("vmmap").replace(b"\r\n", b"\n")
        rows = self.truth()
        self.check_rows([r._replace(name=r.name.split(b" (")[0]) for r, _ in table_rows(whole)],
                        [r._replace(name=shown_name(r)) for r in rows])


if __name__ == "__main__":
    unittest.main()
