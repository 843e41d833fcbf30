# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests of a script: `runner.py test_x.py [OPTIONS OF UNITTEST]`.

Prints what failed or was skipped, and why, each in a few lines: not what went well, and not the
whole of a map in which one row is wrong. What Python can only complain of fails the test in which
it happens too: a file, socket or process left open, an exception in a destructor or a thread.
"""

import gc
import os
import sys
import threading
import traceback
import unittest
import warnings

LINES = 60
COLUMNS = 1000


def clip(text):
    """The first and the last lines of a long text, and the beginnings of long lines."""
    lines = [line if len(line) <= COLUMNS else line[:COLUMNS] + "..." for line in text.splitlines()]
    if len(lines) > LINES:
        half = LINES // 2
        lines[half:-half] = [f"... {len(lines) - 2 * half} lines ..."]
    return "\n".join(lines) + "\n"


class Complaints:
    """What Python reports of, without the code that runs getting to know it."""

    def __init__(self):
        self.texts = []
        sys.unraisablehook = self.add
        threading.excepthook = self.add

    def add(self, complaint):
        # Text, because to keep the object would bring it to life again.
        where = getattr(complaint, "object", None) or getattr(complaint, "thread", None)
        lines = traceback.format_exception(complaint.exc_type, complaint.exc_value,
                                           complaint.exc_traceback)
        self.texts.append(f"{where!r}:\n" + "".join(lines))

    def take(self):
        gc.collect()
        texts, self.texts = self.texts, []
        return texts


class Result(unittest.TextTestResult):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.complaints = Complaints()

    def stopTest(self, test):
        self.errors += [(test, text) for text in self.complaints.take()]
        super().stopTest(test)

    def printErrorList(self, flavour, errors):
        super().printErrorList(flavour, [(test, clip(text)) for test, text in errors])

    def printErrors(self):
        super().printErrors()
        for test, reason in self.skipped:
            self.stream.writeln(f"SKIPPED: {self.getDescription(test)}: {reason}")


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main():
    warnings.simplefilter("error", ResourceWarning)
    name = os.path.splitext(os.path.basename(sys.argv[1]))[0]
    # False: with None, unittest would show each warning once and raise none.
    unittest.main(name, argv=sys.argv[1:], testRunner=Runner, warnings=False)


if __name__ == "__main__":
    main()
