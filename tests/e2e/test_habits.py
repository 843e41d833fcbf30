# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that hands type: rows, JSON and errors of each, compared with the maps file."""

import csv
import io
import itertools
import re
import unittest

from support import (TestCase, Terminal, copy_maps_command, gdb, guest, holder, json_rows,
                     parse_json, shown_name, table_rows)

STOP = ["break stop_here", "run"]


class Habits(TestCase):
    def ask(self, *lines):
        """What `vmmap LINE` prints, and the object of `vmmap --json LINE`, for each line."""
        commands = [f"vmmap {form}{line}" for line in lines for form in ("", "--json ")]
        outputs = gdb([*STOP, copy_maps_command(self.path("maps")), "vmmap --json",
                       'python print([int(gdb.parse_and_eval(e)) for e in '
                       '("(long)$sp", "(long)&main")])', *commands], guest("expressions"))[3:]
        self.rows = self.truth()
        self.assertEqual([r.start for r in self.rows], [r.start for r in json_rows(
            parse_json(outputs[0]))])
        self.labels = {int(r["start"], 16): r["label"] for r in parse_json(outputs[0])["regions"]}
        self.sp, self.main = map(int, re.findall(rb"\d+", outputs[1]))
        return list(zip(outputs[2::2], map(parse_json, outputs[3::2])))

    def check(self, answers, matches, context=1, keep=lambda row: True, marked=True):
        """Table and JSON show the rows that match with their context, and nothing else."""
        text, answer = answers
        matched = [i for i, row in enumerate(self.rows) if matches(row)]
        near = [i for i in range(len(self.rows))
                if any(abs(i - m) <= context for m in matched) and keep(self.rows[i])]
        self.assertTrue(near, "the test asks for nothing")
        shown = [(row.start, row.end, row.perms, arrow) for row, arrow in table_rows(text)]
        self.check_rows(shown, [(self.rows[i].start, self.rows[i].end, self.rows[i].perms,
                                 marked and i in matched) for i in near])
        self.check_rows(json_rows(answer), [self.rows[i]._replace(name=shown_name(self.rows[i]))
                                            for i in near])
        want = [i in matched for i in near] if marked else [None] * len(near)
        self.assertEqual([r.get("matched") for r in answer["regions"]], want)

    def test_context(self):
        c, both, more = self.ask("-C 2 [heap]", "-C2 -A 0 [heap]", "--context=0 [heap]")
        heap = [r.name for r in self.rows].index(b"[heap]")
        self.check(c, lambda r: r.name == b"[heap]", 2)
        self.check_rows([r.start for r, _ in table_rows(both[0])],
                        [r.start for r in self.rows[heap - 2:heap + 1]])
        self.check(more, lambda r: r.name == b"[heap]", 0)

    def test_address_option(self):
        long, = self.ask("--addr $sp")
        self.check(long, lambda r: r.start <= self.sp < r.end)

    def test_permissions(self):
        patterns = {"rw-": "rw-.", ".-x": ".-x.", "..x": "..x.", "??x": "..x.", "r--p": "r--p",
                    "-": "-...", "r": "r...", "...p": "...p"}
        answers = self.ask(*(f"-p {p}" for p in patterns), *(f"--perms=!{p}" for p in patterns))
        for (pattern, wanted), answer in zip(patterns.items(), answers):
            with self.subTest(pattern=pattern):
                self.check(answer, lambda r: re.fullmatch(wanted, r.perms), 0, marked=False)
        for (pattern, wanted), (text, answer) in zip(patterns.items(), answers[len(patterns):]):
            with self.subTest(pattern="!" + pattern):
                want = [r.start for r in self.rows if not re.fullmatch(wanted, r.perms)]
                self.assertEqual([r.start for r, _ in table_rows(text)], want)
                self.assertEqual([r.start for r in json_rows(answer)], want)

    def test_bare_permissions(self):
        three, four, none, named = self.ask("rw-", "r-xp", "rwx", "-n rw-p")
        self.check(three, lambda r: r.perms.startswith("rw-"), 0, marked=False)
        self.check(four, lambda r: r.perms == "r-xp", 0, marked=False)
        self.assertEqual(none[0], b'No page is known to have permissions that match "rwx".\n')
        self.assertEqual(none[1]["regions"], [])
        self.assertEqual(named[0], b'No page has "rw-p" in its name.\n')

    def test_regular_expressions(self):
        brackets, backslash, quoted, none, both, missing = self.ask(
            r"-r ^\[(heap|stack)\]$", r"-r lib[cm]\.so", r"--regex='libc\.so|ld-linux'",
            "-r ^nothing$", "-r libc $sp", "-r libc /lib")
        self.check(brackets, lambda r: r.name in (b"[heap]", b"[stack]"))
        self.check(backslash, lambda r: re.search(rb"lib[cm]\.so", r.name))
        self.check(quoted, lambda r: re.search(rb"libc\.so|ld-linux", r.name))
        self.assertEqual(none[0], b'No page has a name that matches the regular expression '
                                  b'"^nothing$".\n')
        self.assertEqual(both[0], b'No page with a name that matches the regular expression "libc" '
                                  b"holds the address 0x%x.\n" % self.sp)
        self.assertEqual(both[1]["regions"], [])
        self.check(missing, lambda r: b"libc" in r.name and b"/lib" in r.name)

    def test_sort(self):
        keys = {"start": lambda r: r.start, "size": lambda r: (r.end - r.start, r.start),
                "name": lambda r: (shown_name(r), r.start)}
        for (key, function), (text, answer) in zip(keys.items(), self.ask(
                *(f"--sort {key}" for key in keys))):
            with self.subTest(key=key):
                want = [r.start for r in sorted(self.rows, key=function)]
                self.check_rows([r.start for r, _ in table_rows(text)], want)
                self.check_rows([r.start for r in json_rows(answer)], want)
        (text, _), = self.ask("--sort=name -w libc")
        self.assertEqual([r.name for r, _ in table_rows(text)],
                         sorted(r.name for r, _ in table_rows(text)))

    def check_sum(self, text, total, rows):
        names, perms = {}, {}
        for row in rows:
            size = row.end - row.start
            for groups, key in ((names, row.name.decode() or "[anon]"), (perms, row.perms)):
                pages, bytes_ = groups.get(key, (0, 0))
                groups[key] = pages + 1, bytes_ + size
        for key, groups in ("name", names), ("perms", perms):
            listed = total["names" if key == "name" else "perms"]
            self.assertEqual({t[key]: (t["pages"], int(t["size"], 16)) for t in listed}, groups)
            sizes = [int(t["size"], 16) for t in listed]
            self.assertEqual(sizes, sorted(sizes, reverse=True))
            for name, (pages, size) in groups.items():
                self.assertRegex(text.decode(), rf"(?m)^ *{size:x} +{pages} {re.escape(name)}$")
        self.assertEqual((total["total"]["pages"], int(total["total"]["size"], 16)),
                         (len(rows), sum(r.end - r.start for r in rows)))
        self.assertIn(b"\nTotal: %d pages, 0x%x\n" % (len(rows), int(total["total"]["size"], 16)),
                      text)
        largest = max(rows, key=lambda r: (r.end - r.start, -r.start))
        self.assertEqual(int(total["largest"]["start"], 16), largest.start)

    def test_sum(self):
        everything, some, nothing = self.ask("--sum", "--sum -w", "--sum nowhere")
        self.assertEqual(everything[1]["regions"], [])
        self.check_sum(everything[0], everything[1]["sum"], self.rows)
        gaps = [(above.start - below.end, below.end)
                for below, above in zip(self.rows, self.rows[1:]) if above.start > below.end]
        size, start = max(gaps)
        self.assertEqual(everything[1]["sum"]["largest_gap"],
                         {"start": hex(start), "end": hex(start + size), "size": hex(size)})
        self.check_sum(some[0], some[1]["sum"], [r for r in self.rows if "w" in r.perms])
        self.assertEqual(nothing[0], b'No page has "nowhere" in its name.\n')
        self.assertEqual(nothing[1]["sum"], {"names": [], "perms": [], "largest": None,
                                             "total": {"pages": 0, "size": "0x0"},
                                             "largest_gap": None})

    def test_csv(self):
        everything, matched, gaps, nothing = gdb(
            [*STOP, copy_maps_command(self.path("maps")), "vmmap --csv", "vmmap --csv [heap]",
             "vmmap --csv --gaps --physical", "vmmap --csv nowhere"], guest("expressions"))[3:]
        rows = self.truth()
        table = list(csv.DictReader(io.StringIO(everything.decode())))
        self.assertEqual(list(table[0]), ["start", "end", "size", "perms", "offset", "name",
                                          "label", "origin"])
        self.check_rows([(r["start"], r["end"], r["size"], r["perms"], r["offset"], r["name"],
                          r["origin"]) for r in table],
                        [(hex(r.start), hex(r.end), hex(r.end - r.start), r.perms, hex(r.offset),
                          shown_name(r).decode(), "procfs") for r in rows])
        self.assertEqual([r["name"] for r in csv.DictReader(io.StringIO(matched.decode()))
                          if r["matched"] == "true"], ["[heap]"])
        spans = list(csv.DictReader(io.StringIO(gaps.decode())))
        for below, above in zip(spans, spans[1:]):
            self.assertEqual(below["end"], above["start"])
        self.assertEqual([(r["perms"], r["name"], r["physical"]) for r in spans
                          if r["note"] == "GAP"], [("", "", "")] * (len(spans) - len(rows)))
        self.assertEqual(nothing, b"start,end,size,perms,offset,name,label,origin,matched\n")

    def test_csv_quotes(self):
        *_, output = gdb(["starti", 'vmmap_add 0x1000 0x1000 rw- 0 a,"b"',
                          "vmmap --csv -C 0 0x1000"], guest("plain"))
        row, = csv.DictReader(io.StringIO(output.decode()))
        self.assertEqual(row["name"], 'a,"b"')

    def test_registers(self):
        stack, = self.ask("--registers -C 0 [stack]")
        shown = stack[0].decode().split("(<- ")[1].split(")")[0].split()
        region, = stack[1]["regions"]
        self.assertIn("$rsp", shown)
        self.assertEqual(["$" + name for name in region["registers"]], shown)
        self.assertEqual(region["label"], "<- " + " ".join(shown))
        self.assertEqual(shown, self.general_registers(region))
        every, = self.ask("--registers")
        self.assertEqual([r["registers"] for r in every[1]["regions"] if r["name"] == "[heap]"],
                         [[]])
        code = self.rows[holder(self.rows, self.main)]
        self.assertIn("rip", next(r for r in every[1]["regions"]
                                  if int(r["start"], 16) == code.start)["registers"])

    def general_registers(self, region):
        """Those that point into the region, by `info registers`."""
        *_, listed = gdb([*STOP, "info registers"], guest("expressions"))
        rows = re.findall(rb"(?m)^(\w+) +0x([0-9a-f]+) ", listed)
        start, end = int(region["start"], 16), int(region["end"], 16)
        return ["$" + name.decode() for name, value in rows if start <= int(value, 16) < end]

    def test_physical_of_a_process_is_not_known(self):
        answer, = self.ask("--physical [stack]")
        lines = answer[0].decode().split("\n")
        self.assertTrue(lines[1].endswith(" Offset           Physical File"), lines[1])
        self.assertRegex(lines[3], r" 0 {18}- \[stack\]$")
        self.assertNotIn("physical", answer[1]["regions"][0])

    def test_labels(self):
        tls, sentence, lower = self.ask("TLS", '"TLS of thread 1"', "tls of THREAD")
        labelled = [start for start, label in self.labels.items() if "TLS" in label]
        self.assertEqual(len(labelled), 1)
        for answer in tls, sentence, lower:
            self.check(answer, lambda r: r.start in labelled)
        self.assertEqual(tls[1]["notes"], [])
        self.assertEqual(lower[1]["notes"], [
            'No page has "tls of THREAD" in its name in these letters; upper and lower case were '
            "taken for the same."])

    def test_any_case(self):
        answer, exact = self.ask("LIBC.SO", "libc.so")
        self.check(answer, lambda r: b"libc.so" in r.name)
        self.assertIn(b'note: No page has "LIBC.SO" in its name in these letters', answer[0])
        self.assertNotIn(b"note:", exact[0])

    def test_binary(self):
        program = guest("expressions").encode()
        bare, named = self.ask("binary", "-n binary")
        for answer in bare, named:
            self.check(answer, lambda r: r.name == program)

    def test_words(self):
        words, known, lower = self.ask("libc.so [stack]x vdso", "main nowhere", "VDSO HEAPS")
        self.check(words, lambda r: b"libc.so" in r.name or b"vdso" in r.name)
        self.assertIn('No page has "libc.so [stack]x vdso" in its name; these have one of the '
                      "words.", words[1]["notes"])
        self.assertEqual(known[0], b'No page has "main nowhere" in its name.\n')
        self.check(lower, lambda r: b"vdso" in r.name)

    def test_ranges(self):
        _, = self.ask("")
        first, second = self.rows[2], self.rows[5]
        inside = f"{first.start + 0x10:x}-{first.start + 0x20:x}"
        plain, prefixed, one, size, named, mixed, hole, top = self.ask(
            f"{first.start:x}-{second.end:x}", f"0x{first.start:x}-0x{second.start:x}", inside,
            f"{first.start:#x},+{second.end - first.start}", "&main,+sizeof(int)*2",
            f"{first.start:x}-0X{second.end:x}", "0x1000,+0x1000",
            "ffffffffff600000-ffffffffff601000")
        self.check(plain, lambda r: first.start <= r.start <= second.start)
        self.check(prefixed, lambda r: first.start <= r.start < second.start)
        self.check(one, lambda r: r == first)
        self.check(size, lambda r: first.start <= r.start <= second.start)
        self.check(named, lambda r: r.start <= self.main < r.end)
        self.check(mixed, lambda r: first.start <= r.start <= second.start)
        self.assertEqual(hole[0], b"No page overlaps 0x1000 to 0x1fff.\n")
        self.assertEqual(hole[1]["regions"], [])
        self.check(top, lambda r: r.start == 0xffffffffff600000)

    def test_difference_is_still_an_expression(self):
        outputs = self.ask("$sp - 8", "-a 0x3000-0x1000")
        self.check(outputs[0], lambda r: r.start <= self.sp - 8 < r.end)
        self.assertEqual(outputs[1][0], b"No page holds the address 0x2000.\n")

    def test_options_after_the_name(self):
        writable, executable, value, several, both, joined = self.ask(
            "libc.so -w", "$sp -x", "[heap] -A 0 --lines-before=2", "libc.so vdso -x -C0",
            "-x libc.so -p r-x", "libc.so -wC0")
        self.check(writable, lambda r: b"libc.so" in r.name, keep=lambda r: "w" in r.perms)
        self.check(executable, lambda r: r.start <= self.sp < r.end, keep=lambda r: "x" in r.perms)
        heap = [r.name for r in self.rows].index(b"[heap]")
        self.assertEqual([r.start for r, _ in table_rows(value[0])],
                         [r.start for r in self.rows[heap - 2:heap + 1]])
        self.check(several, lambda r: b"libc.so" in r.name or b"vdso" in r.name, 0,
                   keep=lambda r: "x" in r.perms)
        self.check(both, lambda r: b"libc.so" in r.name, keep=lambda r: r.perms.startswith("r-x"))
        self.check(joined, lambda r: b"libc.so" in r.name, 0, keep=lambda r: "w" in r.perms)

    def test_register_name(self):
        hint = 'note: "rsp" is a register: "vmmap $rsp" shows the page that it points into.\n'
        (text, answer), _ = self.ask("rsp", "libc")
        self.assertEqual(text.decode(), 'No page has "rsp" in its name.\n' + hint)
        self.assertEqual(answer["notes"], [hint[len("note: "):-1]])
        self.assertEqual(answer["regions"], [])

    def test_gaps_outside(self):
        below, above = self.ask("--gaps 0x10", "--gaps -- -1")
        for (text, answer), start in (below, 0), (above, self.rows[-1].end):
            marked, = [gap for gap in answer["gaps"] if gap.get("matched")]
            self.assertEqual(int(marked["start"], 16), start)
            arrows = [at for at in text.split(b"\n") if at.startswith(b"-> ")]
            self.assertEqual(len(arrows), 1)
            self.assertTrue(arrows[0].split()[1] == b"0x%016x" % start and b" GAP +0x" in arrows[0])
        self.assertEqual(int(below[1]["gaps"][0]["end"], 16), self.rows[0].start)
        self.assertEqual(above[1]["gaps"][0]["end"], "0x10000000000000000")


class Together(TestCase):
    def test_every_pair_of_options(self):
        """Options that do not exclude each other combine: no error, and JSON stays JSON."""
        options = ["-w", "-x", "-A 2", "-C 0", "--gaps", "-p r..", "-r lib", "--sort size", "--sum",
                   "--registers", "--physical", "--json", "--csv"]
        excluded = [{"--json", "--csv"}, {"--sum", "--csv"}]
        pairs = [p for p in itertools.combinations(options, 2) if set(p) not in excluded]
        lines = [f"{' '.join(pair)} {what}" for pair in pairs for what in ("", "libc.so", "$sp")]
        outputs = gdb([*STOP, *(f"vmmap {line}" for line in lines)], guest("expressions"))[2:]
        for line, output in zip(lines, outputs):
            with self.subTest(line=line):
                if "--json" in line:
                    answer = parse_json(output)
                    self.assertEqual("sum" in answer, "--sum" in line)
                    self.assertEqual("gaps" in answer, "--gaps" in line)
                elif "--csv" in line:
                    fields = {len(row) for row in csv.reader(io.StringIO(output.decode()))}
                    self.assertEqual(len(fields), 1)
                elif output.startswith(b"No page"):
                    self.assertRegex(output, rb"\A[^\n]*\.\n\Z")
                elif "--sum" in line:
                    self.assertIn(b"\nTotal: ", output)
                else:
                    self.assertTrue(output.startswith(b"LEGEND: "), output)


class BadInput(TestCase):
    def test_each_is_one_sentence_that_names_the_bad_part(self):
        perms = b"Option --perms takes up to four letters such as rw-, ..x or !rw-p (r, w, x, " \
                b'then p, s, u or k; - is off, . or ? is either), not "%s".\n'
        large = b'The regular expression "%s" is too large: its repetitions written out are more ' \
                b"than 1000 characters.\n"
        backwards = b'The range "%s" ends before it starts: 0x%x is not above 0x%x. For a ' \
                    b'difference, use -a or blanks around the "-".\n'
        cases = {
            "-C": b"Option --context needs a number of pages after it.\n",
            "-C x": b'Option --context takes a number of pages from 0 to 4294967295, not "x".\n',
            "-p": b"Option --perms needs up to four letters such as rw-, ..x or !rw-p (r, w, x, "
                  b"then p, s, u or k; - is off, . or ? is either) after it.\n",
            "-p rwxpp": perms % b"rwxpp", "-p wx": perms % b"wx", "-p !": perms % b"!",
            "--perms=": perms % b"", "-w -p x libc": perms % b"x", "libc -p x": perms % b"x",
            "-r": b"Option --regex needs a POSIX extended regular expression after it.\n",
            "-r [a": b'The regular expression "[a" is not a valid one: ',
            "-r ((a{99}){99}){99}": large % b"((a{99}){99}){99}",
            "libc -r (x{999}){999}": large % b"(x{999}){999}",
            r"-r (a*)*\1": b'The regular expression "(a*)*\\1" has a back-reference, for which '
                           b"matching could take for ever.\n",
            "-r " + "a" * 257: b"The regular expression is longer than 256 bytes.\n",
            "-r 'a": b"The quote in \"'a\" is not closed.\n",
            "--sort": b"Option --sort needs start, size or name after it.\n",
            "--sort end": b'Option --sort takes start, size or name, not "end".\n',
            "--sum --csv": b"Options --sum and --csv exclude each other.\n",
            "--csv libc --sum": b"Options --sum and --csv exclude each other.\n",
            "--csv --json": b"Options --json and --csv exclude each other.\n",
            "--sum=1": b'Option --sum takes no value: "--sum=1".\n',
            "2000-1000": backwards % (b"2000-1000", 0x1000, 0x2000),
            "0x2000-0x2000": backwards % (b"0x2000-0x2000", 0x2000, 0x2000),
            "-w 2000-1000 -x": backwards % (b"2000-1000", 0x1000, 0x2000),
            "$sp,+0": b'The size in "$sp,+0" is 0.\n',
            "$sp,+-1": b'The range "$sp,+-1" goes beyond the end of the address space.\n',
            "$sp,+nosuch": b'No symbol "nosuch" in current context.\n',
            "nosuch,+8": b'No symbol "nosuch" in current context.\n',
            "$sp,+1.5": b'The value of "1.5" is a floating-point number, not an address. To look '
                        b"for a name, use -n.\n",
            "libc -z": b'Unknown option "-z". "help vmmap" lists the options; "--" ends them.\n',
            "$sp -z": b'No symbol "z" in current context.\n',
        }
        outputs = gdb([*STOP, *(f"vmmap {line}" for line in cases)], guest("expressions"))[2:]
        for (line, sentence), output in zip(cases.items(), outputs):
            with self.subTest(line=line):
                if sentence.endswith(b"\n"):
                    self.assertEqual(output, sentence)
                else:
                    self.assertTrue(output.startswith(sentence), output)
                    self.assertEqual(output.count(b"\n"), 1)

    def test_explosive_expressions_end(self):
        patterns = ["(a*)*b", "(a|aa)+$", "((a?){30}){30}x", "(.*){30}b", "(x+x+)+y"]
        outputs = gdb([*STOP, *(f"vmmap -r {p}" for p in patterns), "print 6 * 7"],
                      guest("expressions"))
        self.assertEqual(outputs[-1], b"$1 = 42\n")

    def test_what_is_wrong_is_escaped(self):
        outputs = gdb([*STOP, 'python gdb.execute("vmmap -r [\\x1b[31m")',
                       'python gdb.execute("vmmap -p \\x1b")',
                       'python gdb.execute("vmmap --sort \\x9b")'], guest("expressions"))[2:]
        for output in outputs:
            self.check_bytes(output)
            self.assertIn(b"\\", output)


class AtTheTerminal(TestCase):
    def complete(self, *lines):
        outputs = gdb([*STOP, *(f"complete vmmap {line}" for line in lines)], guest("expressions"))
        return [output.decode().split("\n")[:-1] for output in outputs[2:]]

    def test_completion(self):
        words, attached, after, label, name = self.complete(
            "--sort s", "--sort=n", "--sort size [sta", "-p rw- [hea", "-r x --su")
        self.assertEqual(words, ["vmmap --sort size", "vmmap --sort start"])
        self.assertEqual(attached, ["vmmap --sort=name"])
        self.assertEqual(after, ["vmmap --sort size [stack]"])
        self.assertEqual(label, ["vmmap -p rw- [heap]"])
        self.assertEqual(name, ["vmmap -r x --sum"])

    def test_colour_only_where_it_is_typed(self):
        with Terminal(guest("expressions")) as terminal:
            for line in "set width 200", *STOP:
                terminal.command(line)
            for form in "libc.so -w", "--sort size", "--gaps 0", "--registers $sp", "rw-p":
                self.assertIn(b"\x1b[3", terminal.command(f"vmmap {form}"), form)
                piped = terminal.command(f"pipe vmmap {form} | cat")
                self.assertNotIn(b"\x1b[3", piped)
                self.assertIn(b"LEGEND: ", piped)
            for form in "--csv", "--json libc", "--sum":
                self.assertNotIn(b"\x1b[3", terminal.command(f"vmmap {form}"), form)

    def test_logging(self):
        log = self.path("log")
        with Terminal(guest("expressions")) as terminal:
            for line in (*STOP, f"set logging file {log}", "set logging enabled on",
                         "vmmap libc.so -w", "vmmap --registers $sp", "set logging enabled off"):
                terminal.command(line)
            terminal.command("print 1")
        with open(log, "rb") as file:
            logged = file.read()
        self.assertNotIn(b"\x1b", logged)
        self.assertEqual(logged.count(b"LEGEND: "), 2)


if __name__ == "__main__":
    unittest.main()
