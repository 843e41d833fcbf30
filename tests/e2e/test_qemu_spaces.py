# SPDX-License-Identifier: GPL-3.0-or-later
"""Address spaces of a machine under QEMU other than the selected CPU's own: another root, what one
mode sees, physical memory, and the way from a physical address back."""

import re
import unittest

import support
from machine import (AARCH64_STOP, ARM_CODE, MULTIARCH, Machine, MachineTestCase, TABLES, X86_CODE,
                     X86TestCase, aarch64_kernel)
from tables import (Aarch64Tables, EptTables, Page, RiscvTables, X86Tables, X86Tables32,
                    rows_of, shown_rows)


def seen_by(mode, rows):
    """The rows that one mode sees, with its letters."""
    field, letter = ("user", "u") if mode == "user" else ("kernel", "k")
    return [row._replace(perms=getattr(row, field) + letter) for row in rows
            if getattr(row, field) != "---"]


class SpacesTestCase(MachineTestCase):
    def check_map(self, answer, rows, **wanted):
        answer = support.parse_json(answer)
        self.check_rows(shown_rows(answer), rows)
        wanted = {"provider": "page-tables", "exact": True, **wanted}
        self.assertEqual({key: answer[key] for key in wanted}, wanted)
        return answer["notes"]

    def check_refusals(self, machine, refusals, **options):
        """Each command is answered by one sentence, and the map is as before."""
        outputs = self.run_gdb(machine, ["vmmap --json", *refusals, "vmmap --json"], **options)
        self.assertEqual(outputs[0], outputs[-1])
        for (command, pattern), output in zip(refusals.items(), outputs[1:]):
            self.assertRegex(output.decode(), f"^{pattern}\n$", command)


class X86(SpacesTestCase, X86TestCase):
    OTHER, NESTED = 0x280000, 0x2c0000

    def two(self):
        """A machine, its tables, and others beside them."""
        tables, other = self.small(), X86Tables(self.OTHER, 4)
        other.fill(X86_CODE, 0x2000000, (1, 2))
        return self.machine(tables, 0x20, 0x900, blobs=[other.blob]), tables, other

    def test_another_root(self):
        machine, tables, other = self.two()
        outputs = self.run_gdb(machine.start(), [
            "vmmap --json", f"vmmap --json --root {other.root:#x}", "vmmap --json",
            f"vmmap --root={other.root:#x} --json {other.pages[3].virtual:#x}",
            f"vtop --root {other.root:#x} {other.pages[3].virtual:#x}", f"vtop {X86_CODE:#x}",
            "p/x (long)$cr3", "vmmap --json --root $cr3", "maintenance packet qqemu.PhyMemMode"])
        self.check_map(outputs[0], rows_of(tables.pages))
        self.assertEqual(outputs[0], outputs[2])
        note = (f"These are the page tables at {other.root:#x} (x86-64 4-level paging), not those "
                "that the selected CPU uses now.")
        self.assertEqual(self.check_map(outputs[1], rows_of(other.pages)), [note])
        matched = [region for region in support.parse_json(outputs[3])["regions"]
                   if region.get("matched")]
        self.assertEqual([int(region["start"], 16) for region in matched],
                         [other.pages[3].virtual])
        self.assertIn(b"%#x is at physical address %#x.\nnote: %s\n" % (
            other.pages[3].virtual, other.pages[3].physical, note.encode()), outputs[4])
        self.assertNotIn(b"note", outputs[5])
        self.assertIn(b"= %#x\n" % tables.root, outputs[6])
        self.check_map(outputs[7], rows_of(tables.pages))
        self.assertIn(b'received: "0"', outputs[8])

    def test_root_without_translation(self):
        """The mode is what the registers say: at reset, tables of 32 bits without large pages."""
        other = X86Tables32(self.OTHER)
        other.map(0x400000, 0x100000, 0x1000, "rwx", "rwx")
        other.map(0xfffff000, 0x101000, 0x1000, "r-x")
        machine = Machine(self, "qemu-system-x86_64", "-m", "64M", blobs=[other.blob]).start()
        outputs = self.run_gdb(machine, [f"vmmap --json --root {other.root:#x}"], stop=None)
        notes = self.check_map(outputs[0], rows_of(other.pages))
        self.assertIn(f"These are the page tables at {other.root:#x} (x86 32-bit paging), not "
                      "those that the selected CPU uses now.", notes)

    def test_views(self):
        machine, _, other = self.two()
        rows = rows_of(other.pages)
        outputs = self.run_gdb(machine.start(), [
            f"vmmap --json --{mode} --root {other.root:#x}" for mode in ("user", "kernel")] +
            ["vmmap --json --user", "vmmap --user -w --json"])
        self.check_map(outputs[0], seen_by("user", rows))
        self.check_map(outputs[1], seen_by("kernel", rows))
        own = rows_of(self.small().pages)
        self.check_map(outputs[2], seen_by("user", own))
        shown = support.parse_json(outputs[3])["regions"]
        self.assertEqual(len(shown), len([row for row in seen_by("user", own)
                                          if "w" in row.perms]))

    def isolated(self):
        """Two roots as Linux has them, the kernel's first; what each maps."""
        kernel = X86Tables(TABLES, 4)
        user = kernel.new()
        self.assertEqual(user, kernel.root + 0x1000)
        kernel.map(X86_CODE, X86_CODE, 0x1000, "rwx", "rwx")
        kernel.map(0x400000, 0x700000, 0x1000, "r-x", "r-x")
        kernel.map(2**64 - 2**47, 0x701000, 0x1000, "rw-")
        kernel.map(2**64 - 0x1000, 0x702000, 0x1000, "r--")
        kernel.put(user, 0, kernel.get(kernel.root, 0))
        kernel.put(user, 511, kernel.get(kernel.root, 511))
        kernel.put(kernel.root, 0, kernel.get(kernel.root, 0) | 1 << 63)
        mine = [page if page.virtual >> 47 else
                page._replace(user=page.user[:2] + "-", kernel=page.kernel[:2] + "-")
                for page in kernel.pages]
        return kernel, user, mine, [page for page in kernel.pages
                                    if page.virtual != 2**64 - 2**47]

    def test_isolated_page_tables(self):
        tables, user, kernel_pages, user_pages = self.isolated()
        machine = self.machine(tables, 0x20, 0x900, cr3=user).start()
        outputs = self.run_gdb(machine, [
            "vmmap --json", "vmmap --json --root kernel", "vmmap --json --root user",
            "vtop --root kernel 0xffffffffffffffff"])
        self.check_map(outputs[0], rows_of(user_pages))
        self.assertEqual(self.check_map(outputs[1], rows_of(kernel_pages)),
                         [f"These are the page tables at {tables.root:#x} (x86-64 4-level paging), "
                          "not those that the selected CPU uses now."])
        self.check_map(outputs[2], rows_of(user_pages))
        self.assertIn(b"0xffffffffffffffff is at physical address 0x702fff.", outputs[3])

    def test_nested_tables(self):
        """What a hypervisor made for its guest, seen from the hypervisor; and below the CPU's own
        tables."""
        machine, tables, _ = self.two()
        ept = EptTables(self.NESTED, 4)
        for at in (*range(0x100000, 0x102000, 0x1000), *range(0x400000, 0x600000, 0x1000)):
            ept.map(at, at, 0x1000, "rwx", "rwx")
        for at in range(TABLES, TABLES + len(tables.memory), 0x1000):
            ept.map(at, at, 0x1000, "rw-", "rw-")
        ept.map(0x701000, 0x703000, 0x1000, "r--", "r--")
        ept.map(0x40000000, 0x40000000, 0x40000000, "r-x", "r-x")
        machine = self.machine(tables, 0x20, 0x900, blobs=[ept.blob]).start()
        outputs = self.run_gdb(machine, [
            f"vmmap --json --root ept:{ept.root + 0x1e:#x}",
            f"vmmap --json --root cr3/ept:{ept.root + 0x1e:#x}",
            f"vtop --root cr3/ept:{ept.root:#x} 0xffffffffffffffff"])
        self.check_map(outputs[0], rows_of(ept.pages))
        both = [page._replace(size=0x1000) for page in tables.pages if page.virtual < 0x400000]
        both += [Page(at, at, 0x1000, "r-x", "r-x") for at in range(0x400000, 0x600000, 0x1000)]
        both.append(Page(2**64 - 0x1000, 0x703000, 0x1000, "---", "r--"))
        self.check_map(outputs[1], rows_of(both))
        self.assertIn(b"x86 EPT, of guest-physical 0x701fff:\n", outputs[2])
        self.assertIn(b"is at physical address 0x703fff.", outputs[2])

    def test_nested_tables_of_amd(self):
        machine, _, other = self.two()
        rows = rows_of([page._replace(virtual=page.virtual & 2**48 - 1, kernel=page.user)
                        for page in other.pages])
        outputs = self.run_gdb(machine.start(), [f"vmmap --json --root npt:{other.root:#x}"])
        self.check_map(outputs[0], rows)

    def test_roots_that_are_none(self):
        machine, tables, _ = self.two()
        self.check_refusals(machine.start(), {
            "vmmap --root": ".*--root.*",
            "vmmap --root nothing": "Option --root takes the physical address of a page table, an "
                                    'expression, or "kernel" or "user"; not "nothing".',
            "vmmap --root 1.5": ".*",
            f"vmmap --root {tables.root + 8:#x}":
                f"{tables.root + 8:#x} is not aligned as a root of x86-64 4-level paging has to "
                f"be, or no physical address; the CPU would take {tables.root:#x}.",
            "vmmap --root 0xf0000000": "There is no RAM at 0xf0000000, so no page tables begin "
                                       "there.",
            "vtop --root 0xf0000000 0": "There is no RAM at 0xf0000000, so no page tables begin "
                                        "there.",
            "vmmap --root -4096": "0xfffffffffffff000 is not aligned as a root of .*",
            "vmmap --root kernel": "The kernel does not isolate the page tables of this process, "
                                   'as far as can be seen .* there is no "--root kernel".',
            "vmmap --root ttbr1:0x1000": 'This CPU has no TTBR1, so there is no "--root ttbr1:".',
            "vmmap --root ept:0x280": "0x280 is not aligned as a root of x86 EPT .*",
            "vmmap --root 0x1000 --physical-map": "Options --root and --physical-map exclude each "
                                                  "other.",
            "vmmap --user --kernel": ".*exclude each other.*",
            "vmmap --diff --user": "Options --diff and --since compare what the selected CPU sees: "
                                   "they exclude --root, --kernel, --user and --physical-map.",
            "ptov": ".*takes a physical address.*",
            "ptov --root 4 0": "0x4 is not aligned as a root of .*",
        })

    def test_machine_page_has_aliases(self):
        """ptov: of a small page, within a large one, of tables that are shared, of nothing."""
        tables = self.small()
        tables.map(0x800000000, 0x700000, 0x1000, "r--")
        for at in range(0x900000000, 0x900010000, 0x1000):
            tables.map(at, 0x705000, 0x1000, "rw-", "rw-")
        tables.map(0xa00000000, 0x600000, 0x200000, "rwx")
        machine = self.machine(tables, 0x20, 0x900).start()
        physical = [0x700123, 0x705fff, 0x400000, 0x5ff000, 0x123000]
        outputs = self.run_gdb(machine, [f"ptov --json {at:#x}" for at in physical] +
                               ["ptov 0x700123", "ptov 0x123000", "vmmap --json"])
        for at, output in zip(physical, outputs):
            pages = [Page(page.virtual + (at & -0x1000) - page.physical, at & -0x1000, 0x1000,
                          page.user, page.kernel) for page in tables.pages
                     if page.physical <= at < page.physical + page.size]
            sizes = {page.virtual + (at & -0x1000) - page.physical: page.size
                     for page in tables.pages}
            rows = [row._replace(page_size=sizes[row.start]) for row in rows_of(pages)]
            self.check_map(output, rows)
            for region, row in zip(support.parse_json(output)["regions"], rows):
                if row.end - row.start == 0x1000:
                    self.assertEqual(region["label"], "%#x" % (row.start + (at & 0xfff)))
                else:
                    self.assertEqual(region["label"], "each of its pages at +0x%x" % (at & 0xfff))
        self.assertIn(b"(0x601123)", outputs[5])
        self.assertIn(b"(0x800000123)", outputs[5])
        self.assertEqual(outputs[6], b"Nothing maps the physical address 0x123000.\n")
        self.check_map(outputs[7], rows_of(tables.pages))


class Others(SpacesTestCase):
    RAM = 0x80000000

    def test_roots_of_aarch64(self):
        lower = Aarch64Tables(ARM_CODE + 0x200000, 12, 48)
        upper = Aarch64Tables(ARM_CODE + 0x400000, 12, 48, upper=True)
        other = Aarch64Tables(ARM_CODE + 0x600000, 12, 48)
        lower.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
        upper.map(2**64 - 0x1000, ARM_CODE, 0x1000, "rw-")
        other.map(0x400000, ARM_CODE, 0x1000, "r--", "r-x")
        tcr = 16 | 16 << 16 | 2 << 30 | 2 << 32
        machine = Machine(self, "qemu-system-aarch64", "-M", "virt", "-cpu", "max", "-m", "128",
                          "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, aarch64_kernel(lower.root, upper.root, tcr)),
                                 lower.blob, upper.blob, other.blob]).start()
        outputs = self.run_gdb(machine, [
            f"vmmap --json --root {other.root:#x}", f"vmmap --json --root ttbr0:{other.root:#x}",
            f"vmmap --json --root ttbr1:{other.root:#x}", "vmmap --root kernel",
            "vmmap --root ept:0x1000"], AARCH64_STOP, debugger=MULTIARCH)
        self.check_map(outputs[0], rows_of(other.pages + upper.pages))
        self.check_map(outputs[1], rows_of(other.pages + upper.pages))
        moved = [page._replace(virtual=page.virtual + 2**64 - 2**48) for page in other.pages]
        self.check_map(outputs[2], rows_of(lower.pages + moved))
        self.assertEqual(outputs[3], b"This CPU has no isolated page tables, so there is no "
                                     b'"--root kernel".\n')
        self.assertEqual(outputs[4], b'This CPU has no nested tables, so there is no "--root '
                                     b'ept:".\n')

    def test_roots_of_riscv(self):
        """A table's address takes the mode that is set, or a whole satp its own; also from machine
        mode."""
        three, four = RiscvTables(self.RAM + 0x200000, 3), RiscvTables(self.RAM + 0x400000, 4)
        three.map(0x400000, self.RAM, 0x1000, "r--", "r-x")
        four.map(0x7fff00000000, self.RAM, 0x200000, "rw-")
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-bios", "none", "-m", "128",
                          blobs=[three.blob, four.blob]).start()
        outputs = self.run_gdb(machine, [
            "vmmap --root 0x80200000", f"vmmap --json --root {four.satp:#x}",
            f"set $satp = {8 << 60 | 1:#x}", f"vmmap --json --root {three.root:#x}"], None,
            debugger=MULTIARCH)
        self.assertRegex(outputs[0], b"^Translation is off, so the register tells no mode for the "
                                     b"root 0x80200000: give a whole value of satp")
        self.check_map(outputs[1], rows_of(four.pages))
        self.check_map(outputs[3], rows_of(three.pages))

    def physical_rows(self, machine):
        """What QEMU says to us of the first view of a CPU."""
        rows, view, seen = [], False, 0
        for line in machine.ask("info mtree -f").splitlines():
            if line.startswith("FlatView #"):
                view = False
            elif line.strip().startswith('AS "cpu-memory-'):
                seen += not view
                view = True
            found = re.match(r"\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, ([a-z/-]+)\): (.*?)"
                             r"(?: @([0-9a-f]+))?(?: KVM)?$", line)
            if found and view and seen == 1:
                kind = {"ram": "RAM", "nv-ram": "RAM", "rom": "ROM"}.get(found[3], "device")
                rows.append((int(found[1], 16), int(found[2], 16) + 1, kind, found[4],
                             int(found[5] or "0", 16)))
        return rows

    def check_physical(self, *command, commands=("vmmap --json --physical-map",), connect=None,
                       **options):
        machine = Machine(self, *command).start()
        machine.connect = connect and (lambda: connect.format(machine.socket)) or machine.connect
        wanted = self.physical_rows(machine)
        self.assertGreater(len(wanted), 2)
        for output in self.run_gdb(machine, commands, None, debugger=MULTIARCH, **options):
            answer = support.parse_json(output)
            rows = [(int(row["start"], 16), int(row["end"], 16), row["label"], row["name"],
                     int(row["offset"], 16)) for row in answer["regions"]]
            self.check_rows(rows, wanted)
            self.assertEqual({"RAM": "rwx?", "ROM": "r-x?", "device": "????"},
                             {**{"ROM": "r-x?"}, **{row["label"]: row["perms"]
                                                    for row in answer["regions"]}})
            self.assertEqual((answer["provider"], answer["exact"]), ("monitor", False))
        return answer

    def test_physical_map(self):
        for command in (("qemu-system-x86_64", "-m", "64M"),
                        ("qemu-system-aarch64", "-M", "virt", "-m", "64M"),
                        ("qemu-system-riscv64", "-M", "virt", "-bios", "none")):
            with self.subTest(command=command):
                self.check_physical(*command)

    def test_machine_without_page_tables(self):
        """A microcontroller."""
        answer = self.check_physical("qemu-system-arm", "-M", "mps2-an385")
        self.assertEqual((answer["target"], answer["notes"]), ("qemu-system", []))

    def test_unknown_architecture(self):
        answer = self.check_physical(
            "qemu-system-m68k", "-M", "virt", commands=("vmmap --json",),
            connect="python [gdb.execute(command) for command in ('set architecture m68k', "
                    "'target remote {}')]")
        self.assertRegex(answer["notes"][0], "Page tables of this CPU's architecture .* not known")
        self.assertRegex(answer["notes"][1], "^This is what is in physical memory; ")

    def test_list_that_is_too_long(self):
        machine = Machine(self, "qemu-system-x86_64", "-m", "64M", "-smp", "64").start()
        output = self.run_gdb(machine, ["vmmap --physical-map"], None)[0]
        self.assertRegex(output, b"^The machine has so many devices or CPUs that QEMU's answer to "
                                 b'"info mtree -f" could be too long for this connection')


class Process(support.TestCase):
    def test_options_of_machines(self):
        commands = ["vmmap --root 0x1000", "vmmap --kernel", "vmmap --physical-map", "ptov 0x1000"]
        outputs = support.gdb(["file " + support.guest("plain"), "break main", "run", *commands])
        for output in outputs[-len(commands):]:
            self.assertEqual(output, b"There are no page tables to see: the target is no machine "
                                     b"under QEMU (it is native), so the options --root, --kernel, "
                                     b"--user and --physical-map are not for it.\n")

    def test_nothing(self):
        outputs = support.gdb(["vmmap --root $nothing", "ptov 0x1000", "vmmap --json --user"])
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(support.parse_json(outputs[2])["regions"], [])


if __name__ == "__main__":
    unittest.main()
