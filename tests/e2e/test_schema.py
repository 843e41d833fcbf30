# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/vmmap.schema.json: every form of answer is as it says, and it says something.

support.parse_json() holds the answers of all other tests against it as well.
"""

import copy
import json
import unittest

import schema
from support import TestCase, gdb, guest

STOP = ["break stop_here", "run"]
FORMS = ["vmmap --json", "vmmap --json $sp", "vmmap --json libc", "vmmap --json nosuch",
         "vmmap --json -A0 -B0 -w libc", "vmmap --json --gaps",
         "vmmap --json --gaps 0x600000000000", "vmmap --json --sum",
         "vmmap --json --registers $sp", "vmmap --json --physical",
         "vmmap --json --sort size", "vmmap --json --diff", "set vmmap source gdb", "vmmap --json"]


class Schema(TestCase):
    def answers(self, commands, program):
        outputs = gdb(commands, program)
        answers = [json.loads(output) for output, command in zip(outputs, commands)
                   if "--json" in command]
        self.assertEqual(len(answers), sum("--json" in command for command in commands))
        return answers

    def test_every_form(self):
        for answer in self.answers([*STOP, *FORMS], guest("expressions")):
            schema.check(answer, strict=True)
        for answer in self.answers(["vmmap --json", "vmmap --json --gaps", "vmmap --json --sum",
                                    "vmmap --json --diff"], ()):
            schema.check(answer, strict=True)

    def test_differences(self):
        commands = ["break change", "run", "vmmap_snapshot", *["next", "vmmap --json --diff"] * 5]
        answers = self.answers(commands, guest("change"))
        for answer in answers:
            schema.check(answer, strict=True)
        self.assertTrue(any("change" in region for answer in answers
                            for region in answer["regions"]))

    def test_wrong_answers_are_refused(self):
        good = self.answers([*STOP, "vmmap --json"], guest("expressions"))[0]
        schema.check(good, strict=True)

        def broken(change):
            answer = copy.deepcopy(good)
            change(answer)
            return answer
        for change in (
                lambda a: a.pop("target"), lambda a: a.pop("regions"),
                lambda a: a.update(exact=1), lambda a: a.update(notes="x"),
                lambda a: a.update(notes=[1]), lambda a: a.update(more=1),
                lambda a: a["regions"][0].pop("label"), lambda a: a["regions"][0].update(start=1),
                lambda a: a["regions"][0].update(start="0x01"),
                lambda a: a["regions"][0].update(end="0x20000000000000000"),
                lambda a: a["regions"][0].update(perms="rwx"),
                lambda a: a["regions"][0].update(offset="x"),
                lambda a: a["regions"][0].update(name=""),
                lambda a: a["regions"][0].update(origin="mars"),
                lambda a: a["regions"][0].update(before={"start": "0x0"})):
            with self.assertRaises(schema.Problem):
                schema.check(broken(change), strict=True)

    def test_is_an_ordinary_json_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        jsonschema.validators.validator_for(schema.SCHEMA).check_schema(schema.SCHEMA)
        for answer in self.answers([*STOP, *FORMS], guest("expressions")):
            jsonschema.validate(answer, schema.SCHEMA)


if __name__ == "__main__":
    unittest.main()
