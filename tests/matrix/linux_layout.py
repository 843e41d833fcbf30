# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Linux guest says of its own address space, and whether the names of rows agree.

The truth is /proc/kcore (fs/proc/kcore.c): the kernel's image where the architecture adds it,
vmalloc, modules, then RAM and vmemmap; and /proc/kallsyms for the bounds of the image.
"""

import re

NO_ADDRESS = 0xffffffffffffffff
# What /proc/kcore does not list; the kernel's documentation says where it is.
FIXED = {"[cpu_entry_area]", "[espfix]", "[efi]", "[ldt]", "[fixmap]", "[pci_io]", "[vsyscall]"}


class Truth:
    """Ranges (start, end, name), and the distance of the direct map to physical memory."""

    def __init__(self, serial):
        with open(serial, "rb") as file:
            text = file.read().decode(errors="replace")
        symbols = {name: int(address, 16)
                   for address, name in re.findall(r"symbol ([0-9a-f]+) (\S+)", text)}
        self.release = tuple(map(int, re.search(r"release (\d+)\.(\d+)", text).groups()))
        self.text, self.end = symbols.get("_text", symbols["_stext"]), symbols.get("_end")
        self.ranges = []
        without_address = ["[vmalloc]", "[modules]"]
        for found in re.findall(r"kcore ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", text):
            start, end, physical = (int(number, 16) for number in found)
            if start <= symbols["_stext"] < end and physical != NO_ADDRESS:
                self.end = self.end or end
            elif physical != NO_ADDRESS:
                self.ranges.append((start, end, "[direct_map]"))
                self.distance = start - physical
            else:
                name = without_address.pop(0) if without_address else "[vmemmap]"
                self.ranges.append((start, end, name))

    def name_of(self, row):
        """The name that a row must have; None where the guest does not tell."""
        if row["start"] < 1 << 63:
            return "[user]" if row["user"] != "---" else None
        if self.end and row["start"] < self.end and row["end"] > self.text:
            return "[kernel]"
        for start, end, name in self.ranges:
            if row["start"] < end and row["end"] > start:
                return name
        return None

    def is_tolerated(self, architecture, row):
        """Whether a row may be without a name: old kernels say little of their layout."""
        old = architecture == "aarch64" and self.release < (5, 18)
        return old and row["name"] == f"[pt_{row['start'] >> 12:x}]"


def compare_names(serial, architecture, rows):
    """How many rows the guest confirms, how many have a name that it does not tell of, and how many
    have none."""
    truth = Truth(serial)
    confirmed = fixed = nameless = 0
    for row in rows:
        wanted = truth.name_of(row)
        if row["name"] == wanted:
            confirmed += 1
        elif truth.is_tolerated(architecture, row):
            nameless += 1
        elif not wanted and row["name"] in FIXED:
            fixed += 1
        elif not wanted and row["name"] == "[direct_map]" and "physical" in row and \
                row["start"] - int(row["physical"], 16) == truth.distance:
            confirmed += 1
        else:
            raise SystemExit(f"{row['start']:#x}-{row['end']:#x} is {row['name']}, not {wanted}")
    return confirmed, fixed, nameless
