# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that includes point one way only: what each part of the project may know of.

Usage: boundaries.py SOURCE_FOLDER. Prints each violation and fails if there is one.
"""

import pathlib
import re
import sys

# The folders of lib/, and the others whose headers each of them may include.
MAY_INCLUDE = {
    "base": [],
    "map": ["base"],
    "formats": ["base", "map"],
    "paging": ["base", "map"],
    "protection": ["base", "map"],
    "os": ["base", "map", "formats", "paging"],
    "target": ["base", "map"],
    "render": ["base", "map"],
    "host": ["base", "map", "formats", "target"],
    "images": ["base", "map", "formats", "target", "host"],
    "explore": ["base", "map", "formats", "target"],
    "providers": ["base", "map", "formats", "paging", "protection", "os", "images", "target",
                  "host", "explore"],
    "session": ["base", "map", "formats", "paging", "os", "target", "render", "providers"],
}

# Headers that only the plugin may include: GDB's and Python's.
PLUGIN_ONLY = re.compile(r"gdb/|Python\.h$|.*/Python\.h$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def includes(path):
    """The (number of the line, quote, name) of each include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h"))


def check_library_include(lib, path, name):
    """What is wrong with a quoted include of a file in lib/, or None."""
    part = path.relative_to(lib).parts[0]
    wanted = name.split("/")[0]
    if not (lib / name).is_file():
        return f'"{name}" is not a path below lib/'
    if wanted != part and wanted not in MAY_INCLUDE[part]:
        return f"lib/{part} must not know of lib/{wanted}"
    return None


def check_library(lib):
    for path in sources(lib):
        part = path.relative_to(lib).parts[0]
        if part not in MAY_INCLUDE:
            yield (f"{path}: lib/{part} is not in the table of {__file__}: add it with what it may "
                   "include")
            continue
        for number, quote, name in includes(path):
            if quote != '"':
                continue
            problem = check_library_include(lib, path, name)
            if problem:
                yield f"{path}:{number}: {problem}"


def check_plugin_only(root):
    for folder in ("lib", "tests"):
        for path in sources(root / folder):
            for number, _, name in includes(path):
                if PLUGIN_ONLY.match(name):
                    yield f"{path}:{number}: {name} may be included in plugin/ only"


def main():
    root = pathlib.Path(sys.argv[1])
    files = sources(root / "lib")
    if not files:
        sys.exit(f"There are no sources in {root}/lib.")
    problems = [*check_library(root / "lib"), *check_plugin_only(root)]
    for problem in problems:
        print(problem)
    print(f"{len(files)} files of lib/, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
