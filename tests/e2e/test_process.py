# SPDX-License-Identifier: GPL-3.0-or-later
"""An ordinary process: every row and field of the table and of the JSON equals /proc/PID/maps."""

import unittest

from support import (TestCase, copy_maps_command, gdb, guest, json_rows, parse_json, shown_name,
                     table_rows)


class OrdinaryProcess(TestCase):
    def check(self, program):
        _, _, _, table, answer = gdb(["break main", "run", copy_maps_command(self.path("maps")),
                                      "vmmap", "vmmap --json"], program)
        truth = self.truth()
        self.assertGreater(len(truth), 3)
        self.assertEqual([(r.start, r.end, r.perms, r.offset) for r, _ in table_rows(table)],
                         [(r.start, r.end, r.perms, r.offset) for r in truth])
        for (row, arrow), true in zip(table_rows(table), truth):
            self.assertEqual(row.name.split(b" (")[0], shown_name(true))
            self.assertFalse(arrow)
        answer = parse_json(answer)
        self.assertEqual(json_rows(answer), [r._replace(name=shown_name(r)) for r in truth])
        self.assertEqual((answer["target"], answer["provider"], answer["exact"], answer["notes"]),
                         ("native", "procfs", True, []))

    def test_dynamic(self):
        self.check(guest("plain"))

    def test_static(self):
        self.check(guest("plain-static"))

    def test_32_bit(self):
        self.check(guest("plain-32"))


if __name__ == "__main__":
    unittest.main()
