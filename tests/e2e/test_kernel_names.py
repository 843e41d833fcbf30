# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a Linux kernel's areas: a bare machine whose memory and page tables are like those
of a kernel, or only nearly. Every row is compared with what is computed from the pages that the
test has mapped and the areas that it has chosen."""

import collections
import struct
import subprocess
import unittest

import support
from machine import Machine, MachineTestCase, X86_CODE, X86_STOP, x86_kernel
from tables import X86Tables, rows_of, shown_rows

GIB, TIB = 1 << 30, 1 << 40
TABLES, IMAGE = 0x200000, 0x1000000  # where they are in the guest's memory
BANNER, VARIABLES = 0x400123, 0x403008  # in the image
IMAGE_SIZE = 0x800000
STACK = X86_CODE + 0xff0

BANNER_TEXT = (b"Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 "
               b"(Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP\n\0")

Area = collections.namedtuple("Area", "name start end user", defaults=(False,))

FIXED = [
    Area("[cpu_entry_area]", 0xfffffe0000000000, 0xfffffe8000000000),
    Area("[espfix]", 0xffffff0000000000, 0xffffff8000000000),
    Area("[efi]", 0xffffffef00000000, 0xffffffff00000000),
    Area("[fixmap]", 0xffffffffff000000, 0xffffffffff600000),
    Area("[vsyscall]", 0xffffffffff600000, 0xffffffffff601000, True),
    Area("[user]", 0, 1 << 63, True),
]


class Linux:
    """What a kernel has chosen, and the areas that come of it (mm.rst)."""

    def __init__(self, levels=4, text=0xffffffffba400000, bases=None):
        self.levels, self.text = levels, text
        default = ((0xffff888000000000, 0xffffc90000000000, 0xffffea0000000000) if levels == 4 else
                   (0xff11000000000000, 0xffa0000000000000, 0xffd4000000000000))
        self.bases = bases or default
        ldt = 0xffff880000000000 if levels == 4 else 0xff10000000000000
        direct_map, vmalloc, vmemmap = self.bases
        self.areas = FIXED + [
            Area("[ldt]", ldt, ldt + (TIB // 2 if levels == 4 else 256 * TIB)),
            Area("[direct_map]", direct_map, vmalloc),
            Area("[vmalloc]", vmalloc, vmalloc + (32 if levels == 4 else 12800) * TIB),
            Area("[vmemmap]", vmemmap, vmemmap + (1 if levels == 4 else 512) * TIB),
            Area("[modules]", 0xffffffffc0000000 if text >= 0xffffffffa0000000 else
                 0xffffffffa0000000, 0xffffffffff000000),
            Area("[kernel]", text, text + IMAGE_SIZE),
        ]
        if self.bases == default:
            self.areas.append(Area("[kasan_shadow]", 0xffffec0000000000 if levels == 4 else
                                   0xffdf000000000000, 0xfffffc0000000000))

    def name(self, page):
        """The area of a page, or None."""
        names = [area.name for area in self.areas if area.start <= page.virtual < area.end and
                 (not area.user or page.user != "---")]
        assert len(names) <= 1, names
        return names[0] if names else None

    def symbols(self):
        variables = self.text + VARIABLES
        return {"linux_banner": self.text + BANNER, "page_offset_base": variables + 16,
                "vmalloc_base": variables + 8, "vmemmap_base": variables, "_text": self.text,
                "_end": self.text + IMAGE_SIZE - 0x6789}


# Of the image, in the same places whatever the kernel: the symbols that begin and end them.
SECTIONS = {
    "[kernel .text]": ("_stext", 0x1000, "_etext", 0x3ff123),
    "[kernel .rodata]": ("__start_rodata", 0x400000, "__end_rodata", 0x5fe000),
    "[kernel .data]": ("_sdata", 0x600000, "_edata", 0x612345),
    "[kernel .bss]": ("__bss_start", 0x612800, "__bss_stop", 0x700000),
}


def divide(rows, linux):
    """Named rows with the image's divided into sections, by pages of 4 KiB. The one that .data and
    .bss share is in neither."""
    def name_at(page):
        offset = page - linux.text
        return next((name for name, (_, start, _, end) in SECTIONS.items() if offset != 0x612000 and
                     start // 0x1000 <= offset // 0x1000 <= (end - 1) // 0x1000), "[kernel]")

    result = []
    for row, name in rows:
        if name != "[kernel]":
            result.append((row, name))
            continue
        start = row.start
        for page in range(row.start + 0x1000, row.end + 1, 0x1000):
            if page == row.end or name_at(page) != name_at(start):
                result.append((row._replace(start=start, end=page,
                                            physical=row.physical + start - row.start),
                               name_at(start)))
                start = page
    return result


def section_symbols(linux):
    return {symbol: linux.text + offset for start, first, end, last in SECTIONS.values()
            for symbol, offset in ((start, first), (end, last))}


RANDOMISED = (0xffff8992c0000000, 0xffffce5700000000, 0xfffff3cf80000000)


def named_rows(pages, name):
    """The rows for these pages with their names: `name` tells that of a page, or None."""
    result = []
    for row in rows_of(pages):
        inside = sorted(page for page in pages if row.start <= page.virtual < row.end)
        parts = []  # [start, end, name]
        for page in inside:
            if parts and parts[-1][2] == name(page):
                parts[-1][1] = page.virtual + page.size
            else:
                parts.append([page.virtual, page.virtual + page.size, name(page)])
        for start, end, called in parts:
            physical = None if row.physical is None else row.physical + start - row.start
            result.append((row._replace(start=start, end=end, physical=physical),
                           called or "[pt_%05x]" % (start >> 12)))
    return result


def shown_named_rows(answer, matched=False):
    chosen = [region for region in answer["regions"] if region.get("matched") or not matched]
    for region in chosen:
        assert (region["origin"], region["label"]) == ("page-table", ""), region
    return list(zip(shown_rows({"regions": chosen}), [region["name"] for region in chosen]))


class KernelNames(MachineTestCase):
    def pages(self, linux):
        """What is mapped: something in each area, and on both sides of some of their ends."""
        tables = X86Tables(TABLES, linux.levels)
        direct_map, vmalloc, vmemmap = linux.bases
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.map(0x400000, 0x400000, 0x1000, "r-x", "r-x")
        tables.map(0x7ffffffde000, 0x401000, 0x1000, "rw-", "rw-")
        tables.map(0x7ffffffdf000, 0x403000, 0x1000, "rw-", "rw-")
        for number in range(32):
            tables.map(direct_map + 0x200000 * number, 0x200000 * number, 0x200000,
                       "r--" if number == 5 else "rw-")
        # One row up to the next area, in which there is nothing of its own.
        tables.map(vmalloc - 0x1000, 0x500000, 0x1000, "rw-")
        tables.map(vmalloc, 0x501000, 0x1000, "rw-")
        tables.map(vmalloc + 0x2000, 0x503000, 0x1000, "rw-")
        tables.map(vmalloc + 0x3000, 0x505000, 0x1000, "rw-")
        tables.map(vmemmap, 0x600000, 0x200000, "rw-")
        tables.map(linux.areas[6].start, 0x506000, 0x1000, "r--", "r--")  # the LDT
        tables.map(0xfffffe0000000000, 0x507000, 0x1000, "r--")
        tables.map(0xfffffe7ffffff000, 0x508000, 0x1000, "r--")
        tables.map(0xfffffe8000000000, 0x509000, 0x1000, "r--")
        tables.map(0xffffff0000000000, 0x50a000, 0x1000, "r--")
        tables.map(0xfffffffe00000000, 0x800000, 0x200000, "rwx")
        for offset, access in ((0, "r-x"), (0x200000, "r-x"), (0x400000, "r--"), (0x600000, "rw-")):
            tables.map(linux.text + offset, IMAGE + offset, 0x200000, access)
        tables.map(0xffffffffc0400000, 0x50b000, 0x1000, "r-x")
        tables.map(0xffffffffc0401000, 0x50d000, 0x1000, "r-x")
        tables.map(0xffffffffff000000, 0x50e000, 0x1000, "rw-")
        tables.map(0xffffffffff5ff000, 0x50f000, 0x1000, "rw-")
        tables.map(0xffffffffff600000, 0x510000, 0x1000, "r--", "r--")
        tables.map(0xffffffffff7ff000, 0x511000, 0x1000, "rw-")
        tables.map(2**64 - 0x1000, 0x512000, 0x1000, "rw-")
        return tables

    def start(self, linux, banner=BANNER_TEXT, variables=None, tables=None, name="qemu"):
        """A machine, and its pages."""
        tables = tables or self.pages(linux)
        kernel = self.path(name + ".kernel")
        with open(kernel, "wb") as file:
            file.write(x86_kernel(tables.root, 0x1020 if linux.levels == 5 else 0x20, 0x900,
                                  more=b"\xbc" + struct.pack("<I", STACK)))  # mov esp
        memory = struct.pack("<3Q", *(variables or linux.bases[::-1]))
        machine = Machine(self, "qemu-system-x86_64", "-cpu", "max", "-m", "64", "-kernel", kernel,
                          blobs=[(tables.base, bytes(tables.memory)), (IMAGE + BANNER, banner),
                                 (IMAGE + VARIABLES, memory)], name=name)
        return machine.start(), tables.pages

    def symbol_file(self, symbols):
        """An object file with nothing but these symbols."""
        support.need("cc")
        path = self.path("symbols.o")
        source = "".join(f".globl {name}\n.set {name}, {value:#x}\n"
                         for name, value in symbols.items())
        subprocess.run(["cc", "-c", "-x", "assembler", "-o", path, "-"], check=True,
                       input=source.encode(), timeout=support.TIMEOUT)
        return path

    def check_answer(self, output, wanted):
        answer = support.parse_json(output)
        self.check_rows(shown_named_rows(answer), wanted)
        self.assertEqual(answer["notes"], [])
        self.assertTrue(answer["exact"])

    def check_linux(self, linux):
        machine, pages = self.start(linux)
        wanted = named_rows(pages, linux.name)
        self.check_answer(self.run_gdb(machine, ["vmmap --json"])[0], wanted)
        return wanted

    def test_randomised(self):
        wanted = self.check_linux(Linux(bases=RANDOMISED))
        names = {name for _, name in wanted}
        self.assertLessEqual({"[user]", "[direct_map]", "[vmalloc]", "[vmemmap]", "[ldt]", "[efi]",
                              "[cpu_entry_area]", "[espfix]", "[kernel]", "[modules]", "[fixmap]",
                              "[vsyscall]", "[pt_00100]", "[pt_fffffe8000000]",
                              "[pt_fffffffffffff]"}, names)

    def test_default(self):
        self.check_linux(Linux(text=0xffffffff81000000))

    def test_five_levels(self):
        self.check_linux(Linux(levels=5, bases=(0xff21b4c000000000, 0xffa1800080000000,
                                                0xffd5123440000000)))

    def test_lookups_and_names(self):
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        wanted = named_rows(pages, linux.name)
        vmalloc = linux.bases[1]
        searches = {"[kernel]": "[kernel]", "vmalloc": "vmalloc", "-n pt_": "pt_",
                    "-n user": "user"}
        addresses = ["$pc", f"{vmalloc:#x}", f"{vmalloc - 1:#x}", f"{linux.text + BANNER:#x}",
                     "0xfffffe7fffffffff", "0xfffffe8000000000", "0xffffffffffffffff"]
        commands = [f"vmmap --json {search}" for search in searches]
        commands += [f"vmmap --json {address}" for address in addresses]
        outputs = self.run_gdb(machine, commands + ["vmmap -A 0 -B 0 [kernel]", "vmmap $pc"])
        for output, part in zip(outputs, searches.values()):
            answer = support.parse_json(output)
            self.check_rows(shown_named_rows(answer, matched=True),
                            [row for row in wanted if part in row[1]])
            self.assertLessEqual(set(shown_named_rows(answer)), set(wanted))
        for output, address in zip(outputs[len(searches):], addresses):
            value = X86_STOP if address == "$pc" else int(address, 0) % 2**64
            index = next(number for number, (row, _) in enumerate(wanted)
                         if row.start <= value < row.end)
            answer = support.parse_json(output)
            self.check_rows(shown_named_rows(answer, matched=True), wanted[index:index + 1])
            self.check_rows(shown_named_rows(answer), wanted[max(index - 1, 0):index + 2])
        names = [bytes(row.name) for row, _ in support.table_rows(outputs[-2])]
        self.assertEqual(names, [b"[kernel]"] * 3)
        self.assertIn(b"[pt_00100]", outputs[-1])

    def test_first_question_is_an_address(self):
        """The search is done then."""
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        wanted = named_rows(pages, linux.name)
        vmemmap = next(row for row in wanted if row[1] == "[vmemmap]")
        outputs = self.run_gdb(machine, [f"vmmap --json {linux.bases[2]:#x}", "vmmap --json"])
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_named_rows(answer, matched=True), [vmemmap])
        self.check_answer(outputs[1], wanted)

    def test_memory_that_changes(self):
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        banner = linux.text + BANNER
        outputs = self.run_gdb(machine, [
            "vmmap --json", f"set *(char *) {banner:#x} = 'l'", "vmmap --json",
            f"set *(char *) {banner:#x} = 'L'", "vmmap --json"])
        named, unnamed = named_rows(pages, linux.name), named_rows(pages, lambda page: None)
        for output, wanted in zip(outputs[::2], (named, unnamed, named)):
            self.check_answer(output, wanted)

    def test_only_symbols_where_reading_is_slow(self):
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        path = self.symbol_file(linux.symbols())
        named, unnamed = named_rows(pages, linux.name), named_rows(pages, lambda page: None)
        commands = []
        for way in ("packet", "monitor"):
            commands += [f"set vmmap phys-via {way}", "symbol-file", "vmmap --json",
                         f"symbol-file {path}", "vmmap --json"]
        outputs = self.run_gdb(machine, commands, setup=["set confirm off"])
        # What the symbols told is kept, and verified each time.
        for number, wanted in ((2, unnamed), (4, named), (7, named), (9, named)):
            self.check_answer(outputs[number], wanted)

    def test_sections(self):
        """With symbols that come before or after the layout was found."""
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        named = named_rows(pages, linux.name)
        divided = divide(named, linux)
        self.assertEqual([name for _, name in divided if "kernel" in name],
                         ["[kernel]", "[kernel .text]", "[kernel .rodata]", "[kernel]",
                          "[kernel .data]", "[kernel]", "[kernel .bss]", "[kernel]"])
        path = self.symbol_file({**linux.symbols(), **section_symbols(linux)})
        outputs = self.run_gdb(machine, ["vmmap --json", f"symbol-file {path}", "vmmap --json",
                                         "symbol-file", "vmmap --json"],
                               setup=["set confirm off"])
        self.check_answer(outputs[0], named)
        self.check_answer(outputs[2], divided)
        self.check_answer(outputs[4], divided)
        outputs = self.run_gdb(machine, [f"symbol-file {path}", "set vmmap phys-via packet",
                                         "vmmap --json"])
        self.check_answer(outputs[2], divided)

    def test_sections_of_another_kernel(self):
        """Whose banner is elsewhere, or which do not ascend, or are beyond the image."""
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        symbols = {**linux.symbols(), **section_symbols(linux)}
        for change in ({"linux_banner": symbols["linux_banner"] + 8},
                       {"vmemmap_base": symbols["vmemmap_base"] + 8},
                       {"_etext": symbols["__end_rodata"]}, {"_stext": linux.text - 0x1000},
                       {"__bss_stop": linux.text + IMAGE_SIZE + 1}):
            path = self.symbol_file({**symbols, **change})
            outputs = self.run_gdb(machine, ["vmmap --json", f"symbol-file {path}",
                                             "vmmap --json"])
            for output in outputs[::2]:
                self.check_answer(output, named_rows(pages, linux.name))

    def test_symbols_of_another_kernel(self):
        linux = Linux(bases=RANDOMISED)
        machine, pages = self.start(linux)
        other = Linux(text=0xffffffff81000000)
        path = self.symbol_file(other.symbols())
        outputs = self.run_gdb(machine, [
            f"symbol-file {path}", "vmmap --json", "set vmmap phys-via packet", "vmmap --json"])
        self.check_answer(outputs[1], named_rows(pages, linux.name))

    def test_what_is_no_kernel(self):
        linux = Linux(bases=RANDOMISED)
        vmemmap, vmalloc, direct_map = linux.bases[::-1]
        lies = {
            "old": {"banner": BANNER_TEXT.replace(b"6.1.0", b"4.19.0")},
            "format": {"banner": b"Linux version %s (%s@%s) (gcc)\n\0"},
            "cut": {"banner": BANNER_TEXT[:30] + b"\0"},
            "none": {"banner": b"FreeBSD 14.0-RELEASE (GENERIC) (root@releng1)\0"},
            "order": {"variables": (vmalloc, vmemmap, direct_map)},
            "misaligned": {"variables": (vmemmap, vmalloc + 0x1000, direct_map)},
            "elsewhere": {"variables": (vmemmap, vmalloc, direct_map + GIB)},
            "zero": {"variables": (0, 0, 0)},
        }
        for name, options in lies.items():
            with self.subTest(name=name):
                machine, pages = self.start(linux, name=name, **options)
                output = self.run_gdb(machine, ["vmmap --json"])[0]
                self.check_answer(output, named_rows(pages, lambda page: None))

    def test_banner_that_the_direct_map_does_not_show(self):
        """As another system has it in memory for programs that want Linux."""
        linux = Linux()
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.map(0x400000, 0x400000, 0x1000, "r-x", "r-x")
        tables.map(linux.text + 0x400000, IMAGE + 0x400000, 0x200000, "r--")
        tables.map(0xfffff80000000000, 0x600000, 0x200000, "rw-")
        machine, pages = self.start(linux, tables=tables)
        self.check_answer(self.run_gdb(machine, ["vmmap --json"])[0],
                          named_rows(pages, lambda page: None))


if __name__ == "__main__":
    unittest.main()
