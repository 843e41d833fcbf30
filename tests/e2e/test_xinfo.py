# SPDX-License-Identifier: GPL-3.0-or-later
"""xinfo: all that is known of one address, compared with the maps file, GDB and readelf."""

import re
import subprocess
import unittest

from support import TestCase, copy_maps_command, gdb, guest, holder, need, parse_json, shown_name

NULLS = {"row": None, "row_offset": None, "address": None, "base": None, "base_offset": None,
         "file_offset": None, "section": None, "symbol": None, "symbol_offset": None,
         "thread": None, "physical": None, "user": None, "kernel": None}


def sections(path):
    """{name: (address, size)} of an ELF file, by readelf."""
    output = subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, check=True).stdout
    rows = re.findall(rb"\] (\.\S+) +\S+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)", output)
    return {name.decode(): (int(address, 16), int(size, 16)) for name, address, size in rows}


class Process(TestCase):
    def run_program(self, *commands):
        outputs = gdb(["break stop_here", "run", copy_maps_command(self.path("maps")), *commands],
                      guest("expressions"))
        return outputs[3:]

    def check(self, answer, address, **wanted):
        """An answer for an address that a page holds; `wanted` are the keys that are not null
        beside those that the maps file tells."""
        rows = self.truth()
        row = rows[holder(rows, address)]
        want = {**NULLS, "address": hex(address), "row_offset": hex(address - row.start)}
        if row.name.startswith(b"/"):
            base = next(r.start for r in rows if r.name == row.name)
            want.update(base=hex(base), base_offset=hex(address - base),
                        file_offset=hex(row.offset + address - row.start))
        want.update(wanted)
        shown = dict(answer)
        region = shown["row"]
        self.assertEqual((region["start"], region["end"], region["perms"], region["name"]),
                         (hex(row.start), hex(row.end), row.perms, shown_name(row).decode()))
        want["row"] = region
        self.assertEqual({key: shown[key] for key in want}, want)

    def test_code_data_stack_and_headers(self):
        need("readelf")
        interp, size = sections(guest("expressions"))[".interp"]
        output = subprocess.run(["readelf", "-sW", guest("expressions")], stdout=subprocess.PIPE,
                                check=True).stdout
        main_offset = int(re.search(rb"([0-9a-f]{16}) +\d+ FUNC .* main\n", output)[1], 16)
        *answers, numbers = self.run_program(
            "xinfo --json main + 2", "xinfo --json &heap", "xinfo --json $sp",
            "xinfo --json malloc", f"xinfo --json (char *)main - {main_offset - interp - 1}",
            'python print([int(gdb.parse_and_eval(e)) for e in ("(long)&main", "(long)&heap", '
            '"(long)$sp", "(long)&malloc")])')
        main, heap, stack, malloc = eval(numbers)  # noqa: our own list of numbers
        code, data, sp, libc, without = map(parse_json, answers)
        self.check(code, main + 2, section=".text", symbol="main", symbol_offset="0x2")
        self.check(data, heap, section=".bss", symbol="heap", symbol_offset="0x0")
        self.check(sp, stack, thread="stack of thread 1")
        self.check(libc, malloc, section=".text", symbol=libc["symbol"], symbol_offset="0x0")
        # No symbol there: the section's bounds tell.
        self.check(without, main - main_offset + interp + 1, section=".interp")
        self.assertGreater(size, 1)

    def test_lines(self):
        output, json = self.run_program("xinfo main", "xinfo --json main")
        answer = parse_json(json)
        row = answer["row"]
        self.assertEqual(output.decode(), (
            f"address:   {answer['address']}\n"
            f"page:      {int(row['start'], 16):#018x} {int(row['end'], 16):#018x} {row['perms']} "
            f"{row['name']}\n"
            f"in page:   +{answer['row_offset']}\n"
            f"from base: +{answer['base_offset']}, of {answer['base']}\n"
            f"in file:   {answer['file_offset']}\n"
            "section:   .text\n"
            "symbol:    main\n"))

    def test_an_address_in_no_page(self):
        output, json = self.run_program("xinfo 0", "xinfo --json 0")
        self.assertEqual(output, b"address:   0x0\nNo page holds the address 0x0.\n")
        answer = parse_json(json)
        self.assertEqual({key: answer[key] for key in NULLS}, {**NULLS, "address": "0x0"})

    def test_threads(self):
        outputs = gdb(["handle SIGUSR1 nostop noprint", "break stop_here", "run", "thread 2",
                       "xinfo $sp", "xinfo --json $sp"],
                      [guest("threads"), self.path("told")])
        self.assertIn(b"\nthread:    stack of thread 2", outputs[4])
        self.assertIn("stack of thread 2", parse_json(outputs[5])["thread"])

    def test_no_process(self):
        output, json = gdb(["xinfo $pc", "xinfo --json $pc"], guest("plain"))
        self.assertTrue(output.startswith(b"There is no process: "), output)
        answer = parse_json(json)
        self.assertEqual({key: answer[key] for key in NULLS}, NULLS)
        self.assertEqual(answer["target"], "none")

    def test_bad_input(self):
        cases = {"": b'"xinfo" takes an address: any expression, such as "xinfo $pc".\n',
                 "-z": b'Unknown option "-z". "help xinfo" lists the options; "--" ends them.\n',
                 "--json=1 0": b'Option --json takes no value: "--json=1".\n',
                 "--json": b'"xinfo" takes an address: any expression, such as "xinfo $pc".\n',
                 "nosuch": b'No symbol "nosuch" in current context.\n',
                 "1.5": b'The value of "1.5" is a floating-point number, not an address.\n'}
        outputs = self.run_program(*(f"xinfo {text}" for text in cases))
        for (text, sentence), output in zip(cases.items(), outputs):
            with self.subTest(text=text):
                self.assertEqual(output, sentence)

    def test_help_and_completion(self):
        text, short, options, symbols = gdb(["help xinfo", "xinfo -h", "complete xinfo --j",
                                             "complete xinfo heap_si"], guest("plain"))
        self.assertEqual(text, short)
        self.assertIn(b"\nUsage: xinfo [-h] [--json] ADDRESS-EXPRESSION\n", text)
        self.assertEqual(options, b"xinfo --json\n")
        self.assertEqual(symbols, b"xinfo heap_size\n")


if __name__ == "__main__":
    unittest.main()
