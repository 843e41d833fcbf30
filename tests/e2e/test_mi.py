# SPDX-License-Identifier: GPL-3.0-or-later
"""-vmmap-list in a real session of GDB's machine interface."""

import re
import subprocess
import unittest

from support import (GDB, LOAD, QUIET, TIMEOUT, TestCase, environment, gdb, guest, parse_json,
                     parse_maps)


def parse_results(text):
    """The results of an MI record as a dictionary: GDB's manual, "GDB/MI Output Syntax"."""
    value, rest = parse_tuple("{" + text + "}")
    if rest:
        raise AssertionError(f"not read to the end: {rest!r}")
    return value


def parse_value(text):
    if text.startswith('"'):
        found = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        return re.sub(r'\\(.)', r'\1', found.group(1)), text[found.end():]
    return parse_tuple(text) if text.startswith("{") else parse_list(text)


def parse_tuple(text):
    values, text = {}, text[1:]
    while not text.startswith("}"):
        name, text = text.lstrip(",").split("=", 1)
        values[name], text = parse_value(text)
    return values, text[1:]


def parse_list(text):
    values, text = [], text[1:]
    while not text.startswith("]"):
        value, text = parse_value(text.lstrip(","))
        values.append(value)
    return values, text[1:]


class MachineInterface(TestCase):
    def setUp(self):
        super().setUp()
        if b"has" not in gdb(["python print('has' if hasattr(gdb, 'MICommand') else 'no')"])[0]:
            self.skipTest("this GDB has no MI commands of extensions: they came with version 12")

    def session(self, *commands, program=(), stop=("break stop_here", "run")):
        """The result record of each MI command, tokens removed."""
        args = [GDB, *QUIET, "--interpreter=mi3", "-ex", LOAD]
        for command in stop if program else ():
            args += ["-ex", command]
        lines = [f"{number}{command}" for number, command in enumerate(commands, 1000)]
        done = subprocess.run([*args, *program],
                              input="\n".join([*lines, "-gdb-exit", ""]).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT,
                              env=environment())
        text = done.stdout.decode()
        found = [re.search(rf"^{number}\^(.*)$", text, re.MULTILINE)
                 for number in range(1000, 1000 + len(commands))]
        if not all(found):
            self.fail(text)
        return [match.group(1) for match in found]

    def lists(self, *commands, **session):
        """The results of successful commands."""
        records = self.session(*commands, **session)
        for record in records:
            self.assertTrue(record.startswith("done,"), record)
        return [parse_results(record[len("done,"):]) for record in records]

    def test_whole_list(self):
        path = self.path("maps")
        answer, _ = self.session(
            "-vmmap-list", f"-interpreter-exec console \"python import shutil; open('{path}', 'wb')"
            ".write(open('/proc/%d/maps' % gdb.selected_inferior().pid, 'rb').read())\"",
            program=[guest("expressions")])
        answer = parse_results(answer[len("done,"):])
        with open(path, "rb") as file:
            rows = parse_maps(file.read())
        self.assertEqual({key: answer[key] for key in ("target", "provider", "exact", "notes")},
                         {"target": "native", "provider": "procfs", "exact": "true", "notes": []})
        self.check_rows([(int(r["start"], 16), int(r["end"], 16), r["perms"],
                          int(r["offset"], 16)) for r in answer["regions"]],
                        [row[:4] for row in rows])

    def test_same_as_json(self):
        """Every key of every region, under the same name."""
        command = "\"vmmap -A0 -B0 --json $sp\""
        listed, printed = self.session("-vmmap-list --address $sp",
                                       f"-interpreter-exec console {command}",
                                       program=[guest("expressions")])
        del printed
        listed = parse_results(listed[len("done,"):])
        answer = parse_json(gdb(["break stop_here", "run", "vmmap -A0 -B0 --json $sp"],
                                guest("expressions"))[2])
        self.assertEqual(len(listed["regions"]), 1)
        self.assertEqual(set(listed), set(answer))
        self.assertEqual(set(listed["regions"][0]), set(answer["regions"][0]))
        self.assertEqual(listed["regions"][0]["matched"], "true")

    def test_filters(self):
        everything, name, address, nothing, perms, both = self.lists(
            "-vmmap-list", "-vmmap-list --name libc.so", "-vmmap-list --address &an_int",
            "-vmmap-list --name nosuch", "-vmmap-list --perms r-x",
            "-vmmap-list --perms rw- --name libc.so", program=[guest("expressions")])
        self.assertEqual([r["start"] for r in name["regions"]],
                         [r["start"] for r in everything["regions"] if "libc.so" in r["name"]])
        self.assertEqual(len(address["regions"]), 1)
        self.assertEqual(nothing["regions"], [])
        self.assertEqual(perms["regions"], [r for r in everything["regions"]
                                            if r["perms"].startswith("r-x")])
        self.assertEqual([r["start"] for r in both["regions"]],
                         [r["start"] for r in name["regions"] if r["perms"].startswith("rw-")])
        self.assertGreater(len(both["regions"]), 0)

    def test_what_is_not_known_is_left_out(self):
        """MI has no null: a region whose offset is not known has none."""
        answer, = self.lists("-vmmap-list", program=[guest("expressions")],
                             stop=["set vmmap source gdb", "break stop_here", "run"])
        self.assertGreater(len(answer["regions"]), 5)
        for region in answer["regions"]:
            self.assertRegex(region.get("offset", "0x0"), "^0x[0-9a-f]+$")

    def test_without_a_process(self):
        answer, = self.lists("-vmmap-list")
        self.assertEqual((answer["target"], answer["regions"]), ("none", []))
        self.assertTrue(answer["notes"][0].startswith("There is no process: "))

    def test_bad_input(self):
        cases = {
            "--nosuch 1": "-vmmap-list takes --address EXPR, --name NAME and --perms PATTERN, not "
                          '"--nosuch".',
            "--name": "Each option of -vmmap-list takes a value, and the last has none.",
            "--name a --address 1": "--address and --name exclude each other.",
            "--address 1.5": 'The value of "1.5" is a floating-point number, not an address.',
            "--perms zz": "Option --perms takes up to four letters such as rw-, ..x or !rw-p (r, "
                          'w, x, then p, s, u or k; - is off, . or ? is either), not "zz".',
            "--address nosuch": 'No symbol "nosuch" in current context.',
        }
        records = self.session(*(f"-vmmap-list {case}" for case in cases),
                               program=[guest("expressions")])
        for (case, wanted), record in zip(cases.items(), records):
            with self.subTest(case=case):
                self.assertTrue(record.startswith("error,"), record)
                self.assertEqual(parse_results(record[len("error,"):])["msg"], wanted)


if __name__ == "__main__":
    unittest.main()
