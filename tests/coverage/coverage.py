# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of lib/ the unit tests run: lines and branches, for each folder and each file.

Usage: coverage.py SOURCE_FOLDER BUILD_FOLDER [--missing FOLDER], after tests that ran in a build
with -DVMMAP_COVERAGE=ON. `--missing` lists the lines below a folder of lib/ that did not run, or of
whose branches one was never taken.
"""

import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import tempfile


def read_counts(build):
    """{source: {line: (runs, [runs of each branch])}}, from what gcov makes of each object."""
    counts = collections.defaultdict(dict)
    data = [str(path.resolve()) for path in (build / "lib").rglob("*.gcda")]
    if not data:
        raise SystemExit("No test has run in this build: run ctest first.")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--preserve-paths",
                        *data], cwd=folder, stdout=subprocess.DEVNULL, check=True)
        for path in pathlib.Path(folder).iterdir():
            with gzip.open(path) as file:
                for source in json.load(file)["files"]:
                    add_lines(counts[source["file"]], source["lines"])
    return counts


def add_lines(lines, more):
    """A line of a header counts once, whoever includes it."""
    for line in more:
        branches = [branch["count"] for branch in line["branches"]]
        runs, before = lines.get(line["line_number"], (0, []))
        if len(before) == len(branches):
            branches = [a + b for a, b in zip(before, branches)]
        lines[line["line_number"]] = (runs + line["count"], branches)


class Tally:
    def __init__(self):
        self.lines = self.run = self.branches = self.taken = 0

    def add(self, lines):
        for runs, branches in lines.values():
            self.lines += 1
            self.run += runs > 0
            self.branches += len(branches)
            self.taken += sum(count > 0 for count in branches)

    def row(self, name):
        def percent(part, whole):
            return f"{100 * part / whole:5.1f} %" if whole else "      -"
        return (f"{name:40} {percent(self.run, self.lines)} of {self.lines:5} lines"
                f"  {percent(self.taken, self.branches)} of {self.branches:5} branches")


def print_table(sources):
    tallies = collections.defaultdict(Tally)
    for name, lines in sources.items():
        path = pathlib.PurePath(name)
        for part in (path, *path.parents):
            if str(part) != ".":
                tallies[str(part)].add(lines)
    for name in sorted(tallies):
        print(tallies[name].row("  " * name.count("/") + name))


def print_missing(sources):
    for name, lines in sorted(sources.items()):
        for number, (runs, branches) in sorted(lines.items()):
            if runs == 0 or 0 in branches:
                print(f"{name}:{number}: " + ("not run" if runs == 0 else
                                              f"{branches.count(0)} of {len(branches)} branches"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--missing", metavar="FOLDER")
    options = parser.parse_args()
    library = options.source.resolve() / "lib"
    sources = {}
    for name, lines in read_counts(options.build).items():
        path = pathlib.Path(name)
        if library in path.parents:
            sources["lib/" + str(path.relative_to(library))] = lines
    if options.missing is not None:
        print_missing({name: lines for name, lines in sources.items()
                       if name.startswith("lib/" + options.missing)})
    else:
        print_table(sources)


main()
