# SPDX-License-Identifier: GPL-3.0-or-later
"""The command's contract: options, expressions and names, context, sentences, help, settings."""

import re
import unittest

from support import C_LIBRARY, TestCase, copy_maps_command, gdb, guest, parse_json, table_rows

LEGEND = b"LEGEND: STACK | HEAP | CODE | DATA | WX | RODATA\n"
STOP = ["break stop_here", "run"]


def run(*commands, before=()):
    """Outputs of these commands in the stopped `expressions` program."""
    return gdb([*before, *STOP, *commands], guest("expressions"))[len(before) + 2:]


class Expressions(TestCase):
    def check_address(self, *expressions):
        """Each expression marks the row that holds its address, with the offset in it."""
        commands = []
        for expression, address in expressions:
            commands += [f"vmmap {expression}", f"printf \"%lu\\n\", (unsigned long)({address})"]
        whole, *outputs = run("vmmap", *commands)
        rows = [row for row, _ in table_rows(whole)]
        for (expression, _), output, value in zip(expressions, outputs[::2], outputs[1::2]):
            with self.subTest(expression=expression):
                value = int(value)
                index = next(i for i, r in enumerate(rows) if r.start <= value < r.end)
                offset = b" +0x%x" % (value - rows[index].start)
                want = [(row._replace(name=row.name + offset) if i == index else row, i == index)
                        for i, row in enumerate(rows) if index - 1 <= i <= index + 1]
                self.assertEqual(table_rows(output), want)

    def test_what_has_an_address(self):
        self.check_address(("$sp", "$sp"), ("$pc", "$pc"), ("&main", "&main"), ("main", "&main"),
                           ("malloc", "&malloc"), ("an_array", "&an_array"), ("*&main", "&main"),
                           ("a_pointer", "a_pointer"), ("a_pointer + 8", "a_pointer + 8"),
                           ("$sp - 8", "$sp - 8"), ("'expressions.c'::an_array", "&an_array"),
                           ("heap", "heap"), ("(char *)heap+1", "(char*)heap+1"),
                           ("-a heap", "heap"), ("--address heap", "heap"),
                           ("-- $sp", "$sp"), ("&a_struct.b", "&a_struct.b"),
                           ("$_siginfo ? $sp : $sp", "$sp"), ("0x%x" % 0 + " ? 1 : $sp", "$sp"))

    def test_numbers_are_addresses(self):
        zero, one, minus, top, enum, boolean = run(
            "vmmap 0", "vmmap 1", "vmmap -- -1", "vmmap top", "vmmap an_enum", "vmmap a_bool")
        self.assertEqual(zero, b"No page holds the address 0x0.\n")
        self.assertEqual(one, b"No page holds the address 0x1.\n")
        self.assertEqual(minus, b"No page holds the address 0xffffffffffffffff.\n")
        self.assertEqual(top, minus)
        self.assertEqual(enum, one)
        self.assertEqual(boolean, one)

    def test_negative_is_modulo_a_32_bit_space(self):
        *_, minus, wide = gdb(["break main", "run", "vmmap -- -1", "vmmap 0x100000000"],
                              guest("plain-32"))
        self.assertEqual(minus, b"No page holds the address 0xffffffff.\n")
        self.assertEqual(wide, b"No page holds the address 0x100000000.\n")

    def test_what_is_no_address(self):
        hint = b', not an address. To look for a name, use -n.\n'
        cases = {
            "a_double": b'The value of "a_double" is a floating-point number' + hint,
            "a_float": b'The value of "a_float" is a floating-point number' + hint,
            "1.5": b'The value of "1.5" is a floating-point number' + hint,
            "a_struct": b'The value of "a_struct" is a struct' + hint,
            "a_union": b'The value of "a_union" is a struct' + hint,
            "$nothing": b'The value of "$nothing" is void' + hint,
            "(void)0": b'The value of "(void)0" is void' + hint,
            "a_wide": b'The value of "a_wide" is wider than 64 bits, not an address.\n',
            '"text"': b'The value of ""text"" is not in memory and has no address. '
                      b'To look for a name, use -n.\n',
            "*bad_pointer": b"Cannot access memory at address 0x10\n",
            "$xmm0": b'The value of "$xmm0" is a struct' + hint,
        }
        outputs = run(*(f"vmmap {e}" for e in cases))
        for (expression, sentence), output in zip(cases.items(), outputs):
            with self.subTest(expression=expression):
                self.assertEqual(output, sentence)

    def test_what_is_certainly_an_expression_fails_with_gdbs_words(self):
        words = run("print $sp +")[0]  # GDB 16 has others than GDB 13
        cases = {"$sp +": words,
                 "&nosuch": b'No symbol "nosuch" in current context.\n',
                 "*nosuch": b'No symbol "nosuch" in current context.\n',
                 "(nosuch)": b'No symbol "nosuch" in current context.\n',
                 "12abc": b"Invalid number \"12abc\".\n",
                 "-a nosuch": b'No symbol "nosuch" in current context.\n'}
        for (text, sentence), output in zip(cases.items(), run(*(f"vmmap {e}" for e in cases))):
            with self.subTest(text=text):
                self.assertEqual(output, sentence)

    def test_nothing_is_run_or_written(self):
        """A string literal is an array that GDB would place in the program with malloc."""
        before, literal, after, allowed = run(
            "info breakpoints", 'vmmap "a text that is not in memory"', "info breakpoints",
            "show may-call-functions", before=["break malloc"])
        self.assertIn(b"not in memory", literal)
        self.assertEqual(after, before)
        self.assertIn(b"is on.", allowed)

    def test_word_that_is_both(self):
        note = b'note: "heap" was evaluated as an expression; "vmmap -n heap" shows the pages ' \
               b"with that name.\n"
        both, address, name, json = run("vmmap heap", "vmmap -a heap", "vmmap -n heap",
                                        "vmmap --json heap")
        self.assertTrue(both.endswith(note), both)
        self.assertEqual(both[:-len(note)], address)
        marked = [row for row, arrow in table_rows(name) if arrow]
        self.assertEqual([row.name for row in marked], [b"[heap]"])
        self.assertEqual(parse_json(json)["notes"], [note[len(b"note: "):-1].decode()])

    def test_vtop_refuses_without_a_hint_that_is_not_its_own(self):
        number, literal, unknown, helped, text = run("vtop 1.5", 'vtop "text"', "vtop -1",
                                                     "vtop --help", "help vtop")
        self.assertEqual(number,
                         b'The value of "1.5" is a floating-point number, not an address.\n')
        self.assertEqual(literal, b'The value of ""text"" is not in memory and has no address.\n')
        self.assertEqual(unknown, b'Unknown option "-1". "help vtop" lists the options; "--" ends '
                                  b'them.\n')
        self.assertEqual(helped, text)


class Names(TestCase):
    def test_name_marks_every_page_that_contains_it(self):
        whole, libc, path, bracket, anonymous = run(
            "vmmap", f"vmmap {C_LIBRARY}", f"vmmap -n /{C_LIBRARY}", "vmmap [vdso]",
            "vmmap [anon_7ffff7")
        rows = [row for row, _ in table_rows(whole)]
        self.assertEqual(table_rows(libc), table_rows(path))
        for output, part in ((libc, C_LIBRARY.encode()), (bracket, b"[vdso]"),
                             (anonymous, b"[anon_7ffff7")):
            marked = [row for row, arrow in table_rows(output) if arrow]
            self.assertEqual(marked, [row for row in rows if part in row.name])
            self.assertGreater(len(marked), 0)

    def test_raw_rest_of_the_line(self):
        outputs = run("vmmap no such file", "vmmap   no such file  ", "vmmap it's", "vmmap a\\b",
                      'vmmap -n "quoted"', "vmmap -n -w", "vmmap -- -w")
        self.assertEqual(outputs[0], b'No page has "no such file" in its name.\n')
        self.assertEqual(outputs[1], outputs[0])
        self.assertEqual(outputs[2], b'No page has "it\'s" in its name.\n')
        self.assertEqual(outputs[3], b'No page has "a\\b" in its name.\n')
        self.assertEqual(outputs[4], b'No page has ""quoted"" in its name.\n')
        self.assertEqual(outputs[5], b"Option -n needs a part of a name after it.\n")
        self.assertEqual(outputs[6], b'No page has "-w" in its name.\n')


class Context(TestCase):
    def test_lines_before_and_after(self):
        whole = run("vmmap")[0]
        rows = [row for row, _ in table_rows(whole)]
        names = [row.name for row in rows]
        first, last = names.index(b"[vdso]"), len(rows) - 1
        cases = {
            "[vdso]": range(first - 1, first + 2),
            "-A0 -B0 [vdso]": [first],
            "-A 3 [vdso]": range(first - 1, first + 4),
            "-B 2 --lines-after=0 [vdso]": range(first - 2, first + 1),
            "--lines-before 0x2 -A 0 [vdso]": range(first - 2, first + 1),
            "-wA100 -B100 [vdso]": [i for i, r in enumerate(rows) if "w" in r.perms],
            "-xB4294967295 -A4294967295 [vdso]": [i for i, r in enumerate(rows) if "x" in r.perms],
            "-A2 -B3 [vsyscall]": range(last - 3, last + 1),
            "-B 0 -A 1 -x [v": [i for i, r in enumerate(rows) if "x" in r.perms and
                                (b"[v" in r.name or (i and b"[v" in rows[i - 1].name))],
        }
        outputs = run(*(f"vmmap {arguments}" for arguments in cases))
        for (arguments, want), output in zip(cases.items(), outputs):
            with self.subTest(arguments=arguments):
                self.assertEqual([row for row, _ in table_rows(output)], [rows[i] for i in want])

    def test_filters(self):
        whole, w, x, wx, both, json = run("vmmap", "vmmap -w", "vmmap --executable", "vmmap -wx",
                                          "vmmap -w -x", "vmmap -wx --json")
        rows = table_rows(whole)
        self.assertEqual(table_rows(w), [r for r in rows if "w" in r[0].perms])
        self.assertEqual(table_rows(x), [r for r in rows if "x" in r[0].perms])
        self.assertEqual(wx, b"No page is known to be writable and executable.\n")
        self.assertEqual(both, wx)
        self.assertEqual(parse_json(json)["regions"], [])

    def test_filter_that_leaves_nothing_of_a_match(self):
        output, = run("vmmap -wx [vdso]")
        self.assertEqual(output, b"No page that matches is known to be writable and executable.\n")

    def test_json_marks_matches(self):
        whole, answer = run("vmmap --json", "vmmap --json [vdso]")
        whole, answer = parse_json(whole), parse_json(answer)
        at = [r["name"] for r in whole["regions"]].index("[vdso]")
        want = [{**r, "matched": r["name"] == "[vdso]"} for r in whole["regions"][at - 1:at + 2]]
        self.assertEqual(answer["regions"], want)
        self.assertTrue(all("matched" not in r for r in whole["regions"]))


class Languages(TestCase):
    NAMES = ("ada", "asm", "c++", "d", "fortran", "go", "minimal", "modula-2", "objective-c",
             "opencl", "pascal", "rust", "unknown")

    def check(self, program):
        # The labels are switched for each language to be looked up anew.
        anew = ["set vmmap labels off", "vmmap", "set vmmap labels on", "vmmap"]
        commands = ["break main", "run", "set language c", "vmmap"]
        for name in self.NAMES:
            commands += [f"set language {name}", *anew]
        outputs = gdb(commands, guest(program))[3:]
        self.assertGreater(len(table_rows(outputs[0])), 10)
        self.assertIn(b"(TLS of thread 1)", outputs[0])
        for index, name in enumerate(self.NAMES):
            with self.subTest(language=name):
                self.assertEqual(outputs[(index + 1) * (len(anew) + 1)], outputs[0])

    def test_map_is_the_same_in_every_language(self):
        self.check("plain")

    def test_map_is_the_same_in_every_language_32_bit(self):
        self.check("plain-32")


class BadInput(TestCase):
    def test_each_is_one_sentence_that_names_the_bad_part(self):
        count = b"takes a number of pages from 0 to 4294967295, not"
        cases = {
            "-z": b'Unknown option "-z". "help vmmap" lists the options; "--" ends them.\n',
            "-wz": b'Unknown option "-wz". "help vmmap" lists the options; "--" ends them.\n',
            "--nope": b'Unknown option "--nope". "help vmmap" lists the options; "--" ends them.\n',
            "-1": b'Unknown option "-1". "help vmmap" lists the options; "--" ends them.\n',
            "-$sp": b'Unknown option "-$sp". "help vmmap" lists the options; "--" ends them.\n',
            "--gaps=1": b'Option --gaps takes no value: "--gaps=1".\n',
            "-A": b"Option --lines-after needs a number of pages after it.\n",
            "-A x": b'Option --lines-after %s "x".\n' % count,
            "-A -1 $sp": b'Option --lines-after %s "-1".\n' % count,
            "-B 1.5": b'Option --lines-before %s "1.5".\n' % count,
            "-B4294967296": b'Option --lines-before %s "4294967296".\n' % count,
            "-B 99999999999999999999999": b'Option --lines-before %s "99999999999999999999999".\n'
                                          % count,
            "--lines-after= 3": b'Option --lines-after %s "".\n' % count,
            "-A 0x": b'Option --lines-after %s "0x".\n' % count,
            "-A '3": b"The quote in \"'3\" is not closed.\n",
            '-A "3 4"': b'Option --lines-after %s "3 4".\n' % count,
            "-A '3 4": b"The quote in \"'3 4\" is not closed.\n",
            "-wA 'x": b"The quote in \"'x\" is not closed.\n",
            "-n -w -a x": b"Options -a and -n exclude each other.\n",
            '-"w': b'The quote in "-"w" is not closed.\n',
            "'expressions.c::x": b"The quote in \"'expressions.c::x\" is not closed, and no page "
                                 b"has that name.\n",
            '"text': b'The quote in ""text" is not closed, and no page has that name.\n',
            "-a -n $sp": b"Options -a and -n exclude each other.\n",
            "-a": b"Option -a needs an expression after it.\n",
            "-n": b"Option -n needs a part of a name after it.\n",
        }
        outputs = run(*(f"vmmap {arguments}" for arguments in cases), "vmmap -A '3' $sp")
        for (arguments, sentence), output in zip(cases.items(), outputs):
            with self.subTest(arguments=arguments):
                self.assertEqual(output, sentence)
        self.assertGreater(len(table_rows(outputs[-1])), 1)

    def test_what_is_wrong_is_escaped(self):
        outputs = gdb(['python gdb.execute("vmmap -\\x1b[31m")',
                       'python gdb.execute("vmmap -A \\x9b")',
                       'python gdb.execute("vmmap *\\x1b]0;x\\x07")'], guest("plain"))
        for output in outputs:
            self.check_bytes(output)
        self.assertIn(b'Unknown option "-\\033[31m". ', outputs[0])
        self.assertIn(b'"\\302\\233"', outputs[1])

    def test_settings_refuse_and_stay(self):
        refused, source, bad, labels = run("set vmmap source nonsense", "show vmmap source",
                                           "set vmmap labels 7", "show vmmap labels")
        self.assertEqual(refused, b'Undefined item: "nonsense".\n')
        self.assertEqual(source, b'The source of memory maps is "auto".\n')
        self.assertIn(b'"on" or "off" expected.', bad)
        self.assertEqual(labels, b'Labels for the memory of threads are "on".\n')

    def test_settings_that_do_not_exist(self):
        changed, shown, listed = gdb(["set vmmap nonsense 5", "show vmmap nonsense", "set vmmap "])
        self.assertEqual(changed, b'There is no setting "set vmmap nonsense 5". '
                                  b'"help set vmmap" lists the settings.\n')
        self.assertEqual(shown, b'There is no setting "show vmmap nonsense". '
                                b'"help show vmmap" lists the settings.\n')
        self.assertIn(b"\nset vmmap labels -- ", listed)


class NoMap(TestCase):
    SENTENCE = 'There is no process: start one with "run", or use "attach", "target remote" or ' \
               '"core-file" (a compressed core has to be unpacked first).'

    def test_no_process(self):
        outputs = gdb(["vmmap", "vmmap $sp", "vmmap -w libc", "vmmap --gaps", "vmmap &main"],
                      guest("plain"))
        for output in outputs:
            self.assertEqual(output.decode(), self.SENTENCE + "\n")

    def test_no_process_json(self):
        for output in gdb(["vmmap --json", "vmmap --json $sp", "vmmap --json --gaps x"]):
            answer = parse_json(output)
            answer.pop("gaps", None), answer.pop("mapped", None), answer.pop("unmapped", None)
            self.assertEqual(answer, {"target": "none", "provider": "none", "exact": False,
                                      "notes": [self.SENTENCE], "regions": []})

    def test_after_the_program_ended(self):
        *_, output = gdb(["run", "vmmap"], guest("plain"))
        self.assertEqual(output.decode(), self.SENTENCE + "\n")

    def test_running(self):
        """A process of this machine is shown from its maps file; what takes registers is not."""
        note = "The program is running: its map may be changing, and what registers tell is not " \
               "shown."
        # The sleep keeps gdb from noticing a stop while these commands run.
        *_, maps, plain, json, address, register, registers, _ = gdb(
            ["set confirm off", "break main", "run", "continue &", copy_maps_command(
                self.path("maps")), "vmmap", "vmmap --json [stack]", "vmmap &main", "vmmap $sp",
             "vmmap --registers [stack]", "kill"], [guest("plain"), "wait"])
        self.assertEqual(maps, b"")
        self.check_table(plain, self.truth())
        self.assertTrue(plain.endswith(f"note: {note}\n".encode()), plain)
        answer = parse_json(json)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"], answer["notes"]),
                         ("native", "procfs", False, [note]))
        self.assertEqual([r["name"] for r in answer["regions"] if r["matched"]], ["[stack]"])
        self.assertEqual(sum(arrow for _, arrow in table_rows(address)), 1)
        self.assertEqual(register, b"Selected thread is running.\n")
        self.assertIn(b"note: The registers are not shown: Selected thread is running.\n",
                      registers)

    def test_running_without_a_maps_file(self):
        *_, plain = gdb(["set confirm off", "break main", "run", "set vmmap source gdb",
                         "continue &", "vmmap", "kill"], [guest("plain"), "wait"])[:-1]
        self.assertEqual(plain, b'The source gdb ("set vmmap source") does not serve this kind of '
                                b"target (native).\n")


class Help(TestCase):
    def test_help(self):
        text, short, long, apropos = gdb(["help vmmap", "vmmap -h", "vmmap --help -w",
                                          "apropos memory map"])
        lines = text.decode().split("\n")
        self.assertRegex(lines[0], r"^[A-Z].*\.$")
        self.assertTrue(lines[1].startswith("Usage: vmmap [-h] [-w] [-x] [-A N] [-B N] [--gaps] "
                                            "[--json] [-a] [-n]"))
        for option in ("-h, --help", "-w, --writable", "-x, --executable", "-A, --lines-after N",
                       "-B, --lines-before N", "--gaps", "--json", "-a, --address", "-n, --name"):
            self.assertIn(f"\n  {option} ", text.decode())
        self.assertIn("Examples:", lines)
        self.assertEqual(short, text)
        self.assertEqual(long, text)
        self.assertIn(b"vmmap -- Show the memory map of the program", apropos)

    def test_aliases(self):
        outputs = run("vmmap", "gdb-vmmap", "lm", "address", "vprot", "libs")
        for output in outputs[1:]:
            self.assertEqual(output, outputs[0])
        listed, helped = run("li 1,1", "help libs")
        self.assertIn(b"1\t", listed)  # `li` is still `list`
        self.assertIn(b"Usage: ", helped)

    def test_settings_have_help(self):
        for name in ("source", "labels", "qemu-user", "qemu-pid", "phys-via", "explore",
                     "mpu-select", "image", "image-base"):
            helped, shown = gdb([f"help set vmmap {name}", f"help show vmmap {name}"])
            self.assertTrue(helped.startswith(b"Set "), helped)
            self.assertTrue(shown.startswith(b"Show "), shown)
        refused, helped = gdb(["set vmmap source", "help set vmmap source"])
        words = refused.decode().rstrip(".\n").split(" are auto, ")[1].split(", ")
        self.assertEqual(re.findall(r"^ *([\w-]+)  ", helped.decode(), re.MULTILINE), words)
        both, = gdb(["show vmmap"])
        self.assertEqual(both,
                         b'The source of memory maps is "auto".\n'
                         b'Labels for the memory of threads are "on".\n'
                         b'The way to the memory map of a program under qemu-user is "auto".\n'
                         b'The QEMU process that runs the target is "auto".\n'
                         b'The way to the physical memory of a machine under QEMU is "auto".\n'
                         b'Looking for memory by reading is "off".\n'
                         b'Writing the MPU\'s register for selecting is "off".\n'
                         b'Reading the map of a machine under QEMU from its page tables is '
                         b'"on".\n'
                         b'The number of snapshots that are kept is "16".\n'
                         b'At each stop is shown of the memory map: "off".\n'
                         b'The memory image that is asked is "".\n'
                         b'The physical address at which a raw memory image begins is "0".\n')


class Layout(TestCase):
    def test_table_is_aligned_and_headed(self):
        table, = run("vmmap")
        self.assertTrue(table.startswith(
            LEGEND + b"             Start                End Perm     Size   Offset File\n"))
        rows = table.decode().split("\n")[2:-1]
        self.assertEqual(len(rows), len(table_rows(table)))
        for row in rows:
            self.assertRegex(row, r"^0x[0-9a-f]{16} 0x[0-9a-f]{16} [-rwxps]{4} ")

    def test_32_bit_addresses_are_as_wide_as_pointers(self):
        *_, table = gdb(["break main", "run", "vmmap"], guest("plain-32"))
        for row in table.decode().split("\n")[2:-1]:
            self.assertRegex(row, r"^0x[0-9a-f]{8} 0x[0-9a-f]{8,9} [-rwxps]{4} ")

    def test_hole_in_the_gaps_view(self):
        whole, output = run("vmmap --gaps", "vmmap --gaps 0x600000000000")
        marked = [line for line in output.split(b"\n") if line.startswith(b"-> ")]
        self.assertEqual(len(marked), 1)
        start = int(marked[0].split()[1], 16)
        self.assertTrue(marked[0].endswith(b" GAP +0x%x" % (0x600000000000 - start)), marked)
        self.assertIn(marked[0][3:].rsplit(b" ", 1)[0], whole)


if __name__ == "__main__":
    unittest.main()
