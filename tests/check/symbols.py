# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the dynamic symbols of vmmap.so: what it offers to GDB and what it asks of Python.

Usage: symbols.py NM VMMAP_SO PYTHON_H. Prints each problem and fails if there is one.
"""

import re
import subprocess
import sys

EXPORTED = {"gdb_init_reader", "plugin_is_GPL_compatible", "PyInit_vmmap"}
PYTHON_NAME = re.compile(r"_?Py[A-Z_]")


def symbols(nm, path, which):
    """{name: letter} of the dynamic symbols that are defined or undefined."""
    output = subprocess.run([nm, "-D", f"--{which}-only", path], stdout=subprocess.PIPE, check=True)
    rows = [line.split() for line in output.stdout.decode().splitlines()]
    return {row[-1].split("@")[0]: row[-2] for row in rows}


def check_exported(defined):
    for name in sorted(EXPORTED - set(defined)):
        yield f"{name} is not exported"
    for name in sorted(set(defined) - EXPORTED):
        yield f"{name} is exported: only the entry points may be"


def check_python(undefined, header):
    """All of Python is weak, so that the file loads into a GDB without it, and python.h lists what
    is used and nothing else."""
    listed = set(re.findall(r"^#pragma weak (\w+)$", header, re.MULTILINE))
    # The functions whose names depend on Python's version: declared weak after its header.
    redeclared = set(re.findall(r"^extern __typeof__\((\w+)\) \1 __attribute__\(\(weak\)\);$",
                                header, re.MULTILINE))
    used = {name for name in undefined if PYTHON_NAME.match(name)}
    for name in sorted(used):
        if undefined[name] not in "wvWV":
            yield f"{name} is not weak: list it in plugin/python.h"
    for name in sorted(listed - used):
        yield f"{name} is listed in plugin/python.h but not used"
    for name in sorted(redeclared):
        if not used & {name, f"_{name}_SizeT"}:
            yield f"{name} is declared weak in plugin/python.h but not used"
    if not listed or not used:
        yield "no symbol of Python was found at all"


def main():
    nm, plugin, header_path = sys.argv[1:]
    with open(header_path, encoding="utf-8") as file:
        header = file.read()
    defined = symbols(nm, plugin, "defined")
    undefined = symbols(nm, plugin, "undefined")
    problems = [*check_exported(defined), *check_python(undefined, header)]
    for problem in problems:
        print(problem)
    print(f"{len(defined)} symbols exported, {len(undefined)} wanted, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
