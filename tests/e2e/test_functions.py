# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions in GDB's expressions, and as conditions of breakpoints."""

import os
import unittest

from support import C_LIBRARY, LOAD, TestCase, copy_maps_command, gdb, guest, holder, shown_name

STOP = ["break stop_here", "run"]


class Functions(TestCase):
    def evaluate(self, program, *expressions):
        """What `output` prints of each, in the stopped program; and the truth."""
        commands = [*STOP, copy_maps_command(self.path("maps")),
                    *(f"output {expression}" for expression in expressions)]
        outputs = gdb(commands, program)[3:]
        return [output.decode() for output in outputs], self.truth()

    def test_what_is_at_an_address(self):
        addresses = ["$sp", "$pc", "&an_array", "an_array", "main", "(long)$sp + 8"]
        names = ["mapped", "start", "end", "perms", "name"]
        numbers, rows = self.evaluate(guest("expressions"),
                                      *(f"(unsigned long)({a})" for a in
                                        ["$sp", "$pc", "&an_array", "&an_array", "&main",
                                         "(long)$sp + 8"]))
        shown, _ = self.evaluate(guest("expressions"),
                                 *(f"$vmmap_{name}({a})" for a in addresses for name in names))
        for index, number in enumerate(numbers):
            row = rows[holder(rows, int(number))]
            with self.subTest(address=addresses[index]):
                self.assertEqual(shown[index * 5:index * 5 + 5],
                                 ["1", str(row.start), str(row.end), f'"{row.perms}"',
                                  f'"{shown_name(row).decode()}"'])

    def test_what_is_not_mapped(self):
        shown, _ = self.evaluate(guest("expressions"), "$vmmap_mapped(0)", "$vmmap_mapped(-1)",
                                 "$vmmap_start(16)", "$vmmap_end(16)", "$vmmap_perms(16)",
                                 "$vmmap_name(16)")
        self.assertEqual(shown[:2], ["0", "0"])
        for text, name in zip(shown[2:], ("start", "end", "perms", "name")):
            self.assertEqual(text, "No page holds the address 0x10: $vmmap_"
                                   f"{name} can tell nothing of it.\n")

    def check_bases(self, program):
        path = guest(program)
        shown, rows = self.evaluate(
            path, '$base("binary")', f'$base("{path}")', f'$base("{program}")', "$rebase(0)",
            "$rebase(0x1234)", "$_base()", '$base("libc")', f'$base("{C_LIBRARY}")',
            '$_base("libc")',
            '$base("[stack]")', '$base("stack")', "$_stack()", "$_stack(16)")
        own = next(row.start for row in rows if row.name == os.fsencode(path))
        libc = next(row.start for row in rows if C_LIBRARY.encode() in row.name)
        stack = next(row.start for row in rows if row.name == b"[stack]")
        self.assertEqual([int(text) for text in shown],
                         [own, own, own, own, own + 0x1234, own, libc, libc, libc, stack, stack,
                          stack, stack + 16])

    def test_bases(self):
        self.check_bases("many")

    def test_bases_of_a_program_at_a_fixed_address(self):
        self.check_bases("many-fixed")

    def test_bases_of_a_32_bit_program(self):
        self.check_bases("many-32")

    def test_what_makes_no_sense(self):
        cases = {
            "$vmmap_mapped()": "$vmmap_mapped takes one address.",
            "$vmmap_mapped(1, 2)": "$vmmap_mapped takes one address.",
            "$vmmap_start(1.5)": 'The argument of "$vmmap_start" is a floating-point number, not '
                                 'an address.',
            "$vmmap_start(a_struct)": 'The argument of "$vmmap_start" is a struct, not an address.',
            '$vmmap_start("x")': 'The argument of "$vmmap_start" is not in memory and has no '
                                 'address.',
            "$vmmap_start($nosuch)": 'The argument of "$vmmap_start" is void, not an address.',
            "$base()": "$base takes one name.",
            "$base(1)": '$base takes a name in quotes, such as $base("libc").',
            '$base("nosuch")': 'No page has "nosuch" in its name.',
            '$base("x", 1)': "$base takes one name.",
            "$rebase()": "$rebase takes one offset.",
            "$rebase(\"x\")": 'The argument of "$rebase" is not in memory and has no address.',
            "$_stack(1, 2)": "$_stack takes at most one offset.",
        }
        shown, _ = self.evaluate(guest("expressions"), *cases, "$base(\"/\")")
        for (expression, wanted), text in zip(cases.items(), shown):
            with self.subTest(expression=expression):
                self.assertEqual(text, wanted + "\n")
        self.assertRegex(shown[-1], r'^"/" is a part of several files, /\S+ and /\S+: write more '
                                    r'of the name\.\n$')

    def test_without_a_process(self):
        outputs = gdb(["output $vmmap_mapped(1)", 'output $base("libc")', "output $rebase(1)",
                       *STOP, "kill", "output $vmmap_mapped(1)"], guest("expressions"))
        for output in (*outputs[:3], outputs[-1]):
            self.assertTrue(output.startswith(b"There is no process: "), output)

    def test_what_another_extension_has_is_left_to_it(self):
        define = ("python class Base(gdb.Function):\n    invoke = lambda self, *a: 4711\n"
                  "Base('_base'); Base('base')\n")
        with open(self.path("other.py"), "w") as file:
            file.write(define[len("python "):])
        *_, one, two, three = gdb([f"source {self.path('other.py')}", LOAD, "output $_base()",
                                   "output $base()", "output $vmmap_mapped()"], load=False)
        self.assertEqual((one, two), (b"4711", b"4711"))
        self.assertEqual(three, b"$vmmap_mapped takes one address.\n")

    def test_selection_stays(self):
        shown = "python print(gdb.selected_thread().num, gdb.selected_frame())"
        before, *_, after = gdb(
            ["handle SIGUSR1 nostop noprint", *STOP, "thread 3", "frame 2", shown,
             "output $vmmap_mapped($sp)", "output $vmmap_name($sp)", 'output $base("libc")',
             "output $rebase(0)", "output $_stack()", shown],
            [guest("threads"), self.path("told")])[5:]
        self.assertTrue(before.startswith(b"3 "), before)
        self.assertEqual(after, before)

    def test_condition_sees_the_map_of_each_hit(self):
        source = self.path("script.py")
        with open(source, "w") as file:
            file.write("import gdb\n"
                       "gdb.execute('break map_page if $vmmap_mapped(0x1000000000)')\n"
                       "gdb.execute('run')\n"
                       "print('@', gdb.parse_and_eval('number'), gdb.selected_thread().num)\n")
        output = gdb([f"source {source}"], guest("change"))[0]
        # The first call of map_page() has number 0 and maps that address; the second stops.
        self.assertIn(b"@ 1 1\n", output)


if __name__ == "__main__":
    unittest.main()
