# SPDX-License-Identifier: GPL-3.0-or-later
"""Processors without an operating system: Cortex-M and RISC-V machines under QEMU, whose memory is
what QEMU's monitor lists and whose rights are what the test has set, and a stub of our own."""

import re
import unittest

import support
from board import (MPU_CTRL, MPU_RASR, MPU_RBAR, MPU_RLAR, MPU_RNR, Board, cortex_m,
                   riscv_machine_mode)
from machine import MULTIARCH, Machine, MachineTestCase
from support import parse_json

# The default map of the architecture (ARMv7-M Architecture Reference Manual, B3.1): where each area
# ends, and whether it can be executed.
AREAS = [(0x40000000, "rwx"), (0x60000000, "rw-"), (0xa0000000, "rwx"), (0x100000000, "rw-")]
PPB = (0xe0000000, 0xe0100000)

MPU_OFF = "The MPU is switched off: permissions are those of the architecture's default memory map."


def default_rights(address):
    return next(rights for end, rights in AREAS if address < end)


def memory_of(machine):
    """(start, end, name, label) of what the CPU sees, as QEMU's monitor lists it."""
    text = machine.ask("info mtree -f")
    view, = [part for part in text.split("FlatView #") if 'AS "cpu-memory-0"' in part]
    line = r"^ +([0-9a-f]+)-([0-9a-f]+) \(prio -?\d+, ([^)]+)\): (.*?)(?: @[0-9a-f]{16})?$"
    found = re.findall(line, view.replace("\r", ""), re.MULTILINE)
    labels = {"ram": "", "rom": "ROM"}
    return [(int(start, 16), int(end, 16) + 1, name, labels.get(kind, "i/o"))
            for start, end, kind, name in found]


def split(memory, borders, rights):
    """What is shown of memory: (start, end, name, label, user, kernel), split at the borders where
    rights(address), which is (user, kernel, label), changes."""
    rows = []
    for start, end, name, label in memory:
        pieces = sorted({start, *[b for b in borders if start < b < end]}) + [end]
        for first, last in zip(pieces, pieces[1:]):
            user, kernel, unit = rights(first)
            if label == "ROM":
                user, kernel = user.replace("w", "-"), kernel.replace("w", "-")
            row = [first, last, name, ", ".join(filter(None, (label, unit))), user, kernel]
            if rows and first != start and rows[-1][2:] == row[2:]:
                rows[-1][1] = last
            else:
                rows.append(row)
    return [tuple(row) for row in rows]


def shown(answer):
    return [(int(r["start"], 16), int(r["end"], 16), r["name"], r["label"], r.get("user"),
             r.get("kernel")) for r in answer["regions"]]


class CortexM(MachineTestCase):
    def start(self, board, base, stores, *options):
        image, self.stop = cortex_m(base, stores)
        return Machine(self, "qemu-system-arm", "-M", board, *options, blobs=[(base, image)],
                       defaults=True).start()

    def ask(self, machine, commands):
        return self.run_gdb(machine, commands, self.stop, debugger=MULTIARCH)

    def check(self, answer, rows, **wanted):
        self.check_rows(shown(answer), rows)
        self.assertEqual({key: answer[key] for key in wanted}, wanted)
        for region in answer["regions"]:
            user, kernel = region.get("user"), region.get("kernel")
            is_users = user and user != "---" and set(kernel) - {"-"} <= set(user)
            perms = "????" if user is None else user + "u" if is_users else kernel + "k"
            if user is None and region["label"].startswith("ROM"):
                perms = "?-??"
            self.assertEqual(region["perms"], perms)
            self.assertEqual((region["origin"], region["offset"]), ("monitor", None))

    def test_mpu_off(self):
        machine = self.start("mps2-an385", 0, [(0x20000000, 0)])
        answer, table = self.ask(machine, ["vmmap --json", "vmmap $pc"])
        rows = split(memory_of(machine), [end for end, _ in AREAS] + list(PPB), lambda a: (
            "---" if PPB[0] <= a < PPB[1] else default_rights(a), default_rights(a), ""))
        self.check(parse_json(answer), rows, target="qemu-system", provider="monitor", exact=True,
                   notes=[MPU_OFF])
        self.assertIn(b"-> 0x00000000 0x00400000 rwxu   400000        ? mps.ssram1 +0x", table)

    def test_pmsav7(self):
        """A machine whose MPU has one region, so that all of it can be seen."""
        base, disabled = 0x20000000, 0x82
        stores = [(MPU_RBAR, base | 0x10),
                  (MPU_RASR, 1 << 28 | 2 << 24 | disabled << 8 | 15 << 1 | 1), (MPU_CTRL, 5)]
        machine = self.start("mps2-an385", 0, stores, "-global",
                             "cortex-m3-arm-cpu.pmsav7-dregion=1")

        def rights(address):
            if PPB[0] <= address < PPB[1]:
                return "---", "rw-", ""
            if base <= address < base + 0x10000 and not disabled >> (address - base >> 13) & 1:
                return "r--", "rw-", "MPU region 0"
            return "---", default_rights(address), ""

        borders = [*PPB, *(end for end, _ in AREAS), *(base + (i << 13) for i in range(9))]
        answer, = self.ask(machine, ["vmmap --json"])
        self.check(parse_json(answer), split(memory_of(machine), borders, rights), exact=True,
                   notes=["The MPU (PMSAv7, 1 region) is switched on."])

    def test_pmsav7_without_writing(self):
        """Only the selected region is seen: what it says is certain as far as none above it may say
        otherwise."""
        last = [(MPU_RBAR, 0x20000000 | 0x10 | 7), (MPU_RASR, 1 << 28 | 3 << 24 | 15 << 1 | 1)]
        note = ("1 of its regions can be seen without writing a register of it, MPU_RNR, so "
                "permissions are not known where another one may say otherwise.")
        hint = ' "set vmmap mpu-select on" lets that be written, and put back.'
        machine = self.start("mps2-an385", 0, [*last, (MPU_CTRL, 5)])
        answer, _, refused = self.ask(machine, ["vmmap --json", "set vmmap mpu-select on",
                                                "vmmap --json"])
        answer, refused = parse_json(answer), parse_json(refused)
        # QEMU's stub writes to no device.
        self.assertEqual(refused["notes"][1],
                         note + " That register does not take what is written.")
        self.assertEqual(refused["regions"], answer["regions"])

        def rights(address):
            if PPB[0] <= address < PPB[1]:
                return "---", "rw-", ""
            return ("rw-", "rw-", "MPU region 7") if 0x20000000 <= address < 0x20010000 else \
                (None, None, "")

        self.check(answer, split(memory_of(machine), [0x20010000, *PPB], rights), exact=False,
                   notes=["The MPU (PMSAv7, 8 regions) is switched on.", note + hint])

    def test_pmsav8_of_which_not_all_is_seen(self):
        """A region that is not seen may overlap any other one."""
        stores = [(MPU_RNR, 0), (MPU_RBAR, 0x10000006), (MPU_RLAR, 0x103fffe1), (MPU_CTRL, 5)]
        machine = self.start("mps2-an505", 0x10000000, stores)
        answer = parse_json(self.ask(machine, ["vmmap --json"])[0])
        rows = split(memory_of(machine), PPB, lambda a: ("---", "rw-", "")
                     if PPB[0] <= a < PPB[1] else (None, None, ""))
        self.check(answer, rows, exact=False)
        self.assertRegex(answer["notes"][0], r"^The MPU \(PMSAv8, \d+ regions\) is switched on\.$")
        self.assertRegex(answer["notes"][1], r"^4 of its regions can be seen without writing")


class RiscV(MachineTestCase):
    def test_pmp_in_machine_mode(self):
        base = 0x80000000
        # Locked r-x 64 KiB; rw- up to 0x81000000; nothing on 4 KiB above; rwx on all.
        config = (0x9d, 0x0b, 0x18, 0x1f)
        registers = [(0x3b0, base >> 2 | 0x1fff), (0x3b1, 0x81000000 >> 2),
                     (0x3b2, 0x81000000 >> 2 | 0x1ff), (0x3b3, (1 << 54) - 1),
                     (0x3a0, sum(byte << 8 * n for n, byte in enumerate(config)))]
        image, stop = riscv_machine_mode(base, registers)
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-bios", "none", "-m", "64M",
                          blobs=[(base, image)]).start()
        answer = parse_json(self.run_gdb(machine, ["vmmap --json"], stop, debugger=MULTIARCH)[0])

        def rights(address):
            if base <= address < base + 0x10000:
                return "r-x", "r-x", "PMP entry 0, locked"
            if base <= address < 0x81000000:
                return "rw-", "rwx", "PMP entry 1"
            if 0x81000000 <= address < 0x81001000:
                return "---", "rwx", "PMP entry 2"
            return "rwx", "rwx", "PMP entry 3"

        borders = [base, base + 0x10000, 0x81000000, 0x81001000]
        self.check_rows(shown(answer), split(memory_of(machine), borders, rights))
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("qemu-system", "monitor", True))
        self.assertEqual(answer["notes"], [
            "The hart is in machine mode, which uses physical addresses; user (u) is what "
            "supervisor and user mode may do, by physical memory protection (PMP)."])


MEMORY_MAP = b"""<?xml version="1.0"?>
<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN"
 "http://sourceware.org/gdb/gdb-memory-map.dtd">
<memory-map><memory type="flash" start="0x0" length="0x10000"><property name="blocksize">0x400
</property></memory><memory type="ram" start="0x20000000" length="0x2000"/>
<memory type="rom" start="0x1fff0000" length="0x800"/>
<memory type="ram" start="0xe0000000" length="0x100000"/></memory-map>"""


def system_space(mpu_type=0, pmsa=3):
    """The System Control Space of a Cortex-M; the MPU, if there is one, is off."""
    space = bytearray(0x1000)
    space[0xd90:0xd94] = mpu_type.to_bytes(4, "little")
    space[0xd50:0xd54] = (pmsa << 4).to_bytes(4, "little")
    return space


class Stubs(support.TestCase):
    MEMORY = {0x0: bytes(0x10000), 0x1fff0000: bytes(0x800), 0x20000000: bytes(0x2000),
              0xe000e000: system_space()}

    def board(self, *args, **options):
        board = Board(self.path("board"), *args, **options)
        self.addCleanup(board.close)
        return board

    def ask(self, *commands, program=()):
        support.need(MULTIARCH)
        before = [f"target remote {self.path('board')}"]
        return support.gdb([*before, *commands], program, debugger=MULTIARCH)[len(before):]

    def rows(self, borders, rights):
        """The rows of MEMORY_MAP; what is flash or ROM nobody writes."""
        memory = [(0x0, 0x10000, "", "flash"), (0x1fff0000, 0x1fff0800, "", "read only"),
                  (0x20000000, 0x20002000, "", ""), (0xe0000000, 0xe0100000, "", "")]
        rows = []
        for start, end, _, label, user, kernel in split(memory, borders, rights):
            if start < 0x20000000:
                user, kernel = user.replace("w", "-"), kernel.replace("w", "-")
            rows.append((start, end, "[anon_%05x]" % (start >> 12), label, user, kernel))
        return rows

    def check_reads(self, board, count):
        """So many registers of the MPU have been read, nothing else but what GDB itself looks at
        around the program counter, and nothing was written."""
        reads = [(address, size) for address, size in board.reads() if not 0x80 < address < 0x180]
        self.assertTrue(all(0xe000ed50 <= address < 0xe000edbc for address, _ in reads), reads)
        self.assertEqual(len(reads), count)
        self.assertEqual([p for p in board.packets if p[:1] in (b"M", b"X", b"G", b"P")], [])

    def test_memory_map_of_the_stub(self):
        board = self.board(self.MEMORY, MEMORY_MAP)
        answer, again = self.ask("vmmap --json", "vmmap --json")
        self.assertEqual(again, answer)
        answer = parse_json(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("bare", "gdb", False))
        self.assertEqual(answer["notes"], ["The processor has no MPU: permissions are those of the "
                                           "architecture's default memory map."])
        self.assertEqual(shown(answer), [
            (0x0, 0x10000, "[anon_00000]", "flash", "r-x", "r-x"),
            (0x1fff0000, 0x1fff0800, "[anon_1fff0]", "read only", "r-x", "r-x"),
            (0x20000000, 0x20002000, "[anon_20000]", "", "rwx", "rwx"),
            (0xe0000000, 0xe0100000, "[anon_e0000]", "", "---", "rw-")])
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"gdb"})
        self.check_reads(board, 1)

    def test_nothing_is_told(self):
        """The architecture's areas are what may be there; no memory is read but the MPU's."""
        board = self.board(self.MEMORY)
        answer, added, with_page = self.ask("vmmap --json", "vmmap_add 0x20000000 0x2000 rw 0 RAM",
                                            "vmmap --json")
        answer = parse_json(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("bare", "gdb", False))
        self.assertEqual([(r["start"], r["name"], r["perms"], r["origin"])
                          for r in answer["regions"]], [
            ("0x0", "[code]", "rwxu", "assumed"), ("0x20000000", "[sram]", "rwxu", "assumed"),
            ("0x40000000", "[peripheral]", "rw-u", "assumed"),
            ("0x60000000", "[ram]", "rwxu", "assumed"),
            ("0xa0000000", "[device]", "rw-u", "assumed"),
            ("0xe0000000", "[ppb]", "rw-k", "assumed"),
            ("0xe0100000", "[vendor]", "rw-u", "assumed")])
        self.assertRegex(answer["notes"][0], r"^Nothing tells what memory there is: rows are what")
        self.assertEqual(added, b"Added 0x20000000 to 0x20001fff, rw-?.\n")
        self.assertIn(("0x20000000", "0x20002000", "RAM", "manual"),
                      [(r["start"], r["end"], r["name"], r["origin"])
                       for r in parse_json(with_page)["regions"]])
        self.check_reads(board, 1)

    def test_pmsav7_region_by_region(self):
        """With the user's word every region is selected, and MPU_RNR put back; the highest counts,
        and some have holes."""
        accesses = {0: ("---", "---"), 1: ("---", "rwx"), 2: ("r-x", "rwx"), 3: ("rwx", "rwx"),
                    5: ("---", "r-x"), 6: ("r-x", "r-x")}
        # Base, log2 of the size, AP, XN, subregions that are left out.
        regions = [(0x00000000, 16, 6, 0, 0), (0x20000000, 13, 3, 1, 0x82),
                   (0x20000000, 10, 1, 1, 0), (0x20000800, 5, 5, 0, 0), (0x20001000, 11, 2, 0, 0),
                   (0x20001800, 10, 0, 0, 0)]
        mpu = [(base, never << 28 | access << 24 | disabled << 8 | (bits - 1) << 1 | 1)
               for base, bits, access, never, disabled in regions] + [(0, 0), (0, 0)]
        space = system_space(0x800)
        space[0xd94], space[0xd98] = 5, 3
        space[0xd9c:0xda4] = b"".join(word.to_bytes(4, "little") for word in mpu[3])
        board = self.board({**self.MEMORY, 0xe000e000: space}, MEMORY_MAP, mpu=mpu,
                           writable=[(MPU_RNR, MPU_RNR + 4)])
        without, _, answer, number = self.ask("vmmap --json", "set vmmap mpu-select on",
                                              "vmmap --json", "output *(unsigned *)0xe000ed98")

        def rights(address):
            if PPB[0] <= address < PPB[1]:
                return "---", "rw-", ""
            for index, (base, bits, access, never, disabled) in reversed(list(enumerate(regions))):
                if base <= address < base + (1 << bits) and \
                        not (bits >= 8 and disabled >> (address - base >> bits - 3) & 1):
                    user, kernel = accesses[access]
                    if never:
                        user, kernel = user.replace("x", "-"), kernel.replace("x", "-")
                    return user, kernel, f"MPU region {index}"
            return "---", default_rights(address), ""

        borders = [base + (part << bits - 3) for base, bits, *_ in regions for part in range(9)]
        answer = parse_json(answer)
        self.check_rows(shown(answer), self.rows(borders, rights))
        self.assertEqual(answer["notes"], ["The MPU (PMSAv7, 8 regions) is switched on."])
        self.assertEqual(number, b"3")
        self.assertEqual({r["perms"] for r in parse_json(without)["regions"]
                          if r["start"] < "0xe"}, {"?-??", "????"})
        written = [packet for packet in board.packets if packet[:1] == b"M"]
        self.assertEqual(len(written), 9)
        self.assertTrue(all(b"e000ed98,4:" in packet for packet in written), written)

    def test_pmsav8(self):
        """Regions with limits; where two overlap nothing is allowed. Four of them are seen."""
        # Base, limit, AP, XN.
        regions = [(0x00000000, 0x0000ffff, 3, 0), (0x20000000, 0x20000fff, 1, 1),
                   (0x20001000, 0x20001fff, 0, 1), (0x20000fe0, 0x2000103f, 2, 0)]
        accesses = ["---", "rwx", "---", "r-x"], ["rwx", "rwx", "r-x", "r-x"]
        space = system_space(0x400, pmsa=4)
        space[0xd94] = 5
        for number, (base, limit, access, never) in enumerate(regions):
            pair = (base | access << 1 | never, limit & ~31 | 1)
            at = 0xd9c + 8 * number
            space[at:at + 8] = b"".join(word.to_bytes(4, "little") for word in pair)
        board = self.board({**self.MEMORY, 0xe000e000: space}, MEMORY_MAP)
        answer = parse_json(self.ask("vmmap --json")[0])

        def rights(address):
            if PPB[0] <= address < PPB[1]:
                return "---", "rw-", ""
            found = [n for n, (base, limit, *_) in enumerate(regions) if base <= address <= limit]
            if len(found) > 1:
                return "---", "---", "MPU regions overlap"
            if not found:
                return "---", default_rights(address), ""
            *_, access, never = regions[found[0]]
            user, kernel = (column[access] for column in accesses)
            if never:
                user, kernel = user.replace("x", "-"), kernel.replace("x", "-")
            return user, kernel, f"MPU region {found[0]}"

        borders = [border for base, limit, *_ in regions for border in (base, limit + 1)]
        self.check_rows(shown(answer), self.rows(borders, rights))
        self.assertEqual(answer["notes"], ["The MPU (PMSAv8, 4 regions) is switched on."])
        self.check_reads(board, 12)

    def test_exploring(self):
        """The run of pages that can be read, by reads only, and none where devices may be."""
        board = self.board(self.MEMORY)
        told, answer, nothing, *refused, after = self.ask(
            "vmmap_explore $sp", "vmmap --json", "vmmap_explore 0x20004000",
            "vmmap_explore 0x40000000", "vmmap_explore 0xa0000000", "vmmap_explore 0xe000e000",
            "vmmap-clear")
        found = re.fullmatch(rb"Explored 0x20000000 to 0x20001fff with (\d+) packets\.\n", told)
        self.assertTrue(found, told)
        self.assertEqual(nothing, b"No memory can be read at 0x20004000.\n")
        for output, address in zip(refused, (b"0x40000000", b"0xa0000000", b"0xe000e000")):
            self.assertEqual(output, address + b" is not read: a Cortex-M has devices there.\n")
        answer = parse_json(answer)
        self.assertFalse(answer["exact"])
        rows = [(r["start"], r["end"], r["perms"], r["name"], r["origin"])
                for r in answer["regions"] if r["start"].startswith("0x20")]
        self.assertEqual(rows, [("0x20000000", "0x20002000", "r???", "<explored>", "probed"),
                                ("0x20002000", "0x40000000", "rwxu", "[sram]", "assumed")])
        self.assertEqual(after, b"Cleared 1 page.\n")
        reads = [(address, size) for address, size in board.reads() if address >= 0x10000]
        explored = [read for read in reads if read[0] < 0x40000000]
        self.assertEqual(len(explored), int(found[1]) + 1)  # and the one at 0x20004000
        self.assertTrue(all(0x1fff0000 <= address < 0x20008000 for address, _ in explored), reads)
        others = [read for read in reads if read[0] >= 0x40000000]
        self.assertEqual([address for address, _ in others], [0xe000ed90])  # is there an MPU?
        self.assertEqual([p for p in board.packets if p[:1] in (b"M", b"X", b"G", b"P")], [])

    def test_exploring_around_the_registers(self):
        """On request, when a map is asked for and nothing else is known; without a terminal nobody
        can be asked."""
        board = self.board(self.MEMORY)
        off, _, ask, _, on, again = self.ask("vmmap --json", "set vmmap explore ask",
                                             "vmmap --json", "set vmmap explore on",
                                             "vmmap --json", "vmmap --json")
        self.assertEqual(ask, off)
        self.assertEqual(again, on)
        rows = [(r["start"], r["end"], r["perms"], r["name"]) for r in parse_json(on)["regions"]
                if r["origin"] == "probed"]
        # What pc, sp and the other registers, which are 0, point at.
        self.assertEqual(rows, [("0x0", "0x10000", "r???", "<explored>"),
                                ("0x20000000", "0x20002000", "r???", "<explored>")])
        self.assertEqual([r for r in board.reads() if 0x40000000 <= r[0] < 0xe0000000], [])
        self.assertEqual([p for p in board.packets if p[:1] in (b"M", b"X", b"G", b"P")], [])

    def test_exploring_by_writing(self):
        """On request a byte of each page is inverted and put back: that tells what is RAM."""
        board = self.board(self.MEMORY, writable=[(0x20000800, 0x20002000)])
        before = {start: bytes(data) for start, data in board.memory.items()}
        told, answer = self.ask("vmmap_explore --write $sp", "vmmap --json")
        self.assertTrue(told.startswith(b"Explored 0x20000000 to 0x20001fff with "), told)
        rows = [(r["start"], r["end"], r["perms"]) for r in parse_json(answer)["regions"]
                if r["origin"] == "probed"]
        self.assertEqual(rows, [("0x20000000", "0x20000800", "r-??"),
                                ("0x20000800", "0x20002000", "rw??")])
        self.assertEqual({start: bytes(data) for start, data in board.memory.items()}, before)

    def test_exploring_within_memory_regions(self):
        """Where the stub has a memory map, what is in it is known, and what is not is not read."""
        board = self.board(self.MEMORY, MEMORY_MAP)
        known, outside, width = self.ask("vmmap_explore $sp", "vmmap_explore 0x30000000",
                                         "vmmap_explore 0x20002000")
        self.assertEqual(known, b"0x20000800 is not read: the page that holds it is in the map "
                                b"already.\n")
        for output, address in ((outside, b"0x30000000"), (width, b"0x20002000")):
            self.assertEqual(output, address + b" is not read: none of GDB's memory regions "
                                               b"(\"info mem\") holds it.\n")
        self.check_reads(board, 1)

    def test_registers_of_the_mpu_can_not_be_read(self):
        memory = dict(self.MEMORY)
        del memory[0xe000e000]
        self.board(memory, MEMORY_MAP)
        answer = parse_json(self.ask("vmmap --json")[0])
        self.assertEqual([r["perms"] for r in answer["regions"]], ["?-??", "?-??", "????", "????"])
        self.assertRegex(answer["notes"][0], r"^The MPU's registers \(at 0xe000ed90\) can not be "
                                             r"read, .*inaccessible-by-default off")


if __name__ == "__main__":
    unittest.main()
