# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format of page tables in a machine under QEMU: each has a test of all that it can say
(rights, also such that differ between levels, pages of each size, physical memory that is and is
not contiguous, holes, memory types, the ends of the address space), and one of what it should not
say (tables that are shared, point to themselves, or are not in memory)."""

import unittest

from machine import (AARCH64_STOP, ARM_CODE, ARM_STOP, EL2, MULTIARCH, Machine, MachineTestCase,
                     TABLES, X86_CODE, X86TestCase, aarch64_kernel, arm_kernel, need_version)
from tables import Aarch64Tables, ArmTables, LpaeTables, RiscvTables, X86Tables, X86Tables32


class X86(X86TestCase):
    NOWHERE = 0xf0000000  # neither memory nor a device

    def check_full(self, tables, blocks, cr4, efer):
        tables.fill(X86_CODE, 0x2000000, blocks)
        self.check_machine(self.machine(tables, cr4, efer).start(), tables.pages)

    def check_odd(self, tables, cr4, efer):
        notes = tables.fill_oddly(X86_CODE, 0x2000000, self.NOWHERE, tables.SEEN)
        self.check_machine(self.machine(tables, cr4, efer).start(), tables.pages, notes=notes,
                           wanted={"exact": False})

    def test_four_levels(self):
        tables = X86Tables(TABLES, 4)
        tables.map(2**47 - 0x1000, 0x710000, 0x1000, "r--", "r--")
        tables.map(2**64 - 2**47, 0x711000, 0x1000, "r--")
        self.check_full(tables, (1, 2), 0x20, 0x900)

    def test_five_levels(self):
        tables = X86Tables(TABLES, 5)
        tables.map(2**56 - 0x1000, 0x710000, 0x1000, "r--", "r--")
        tables.map(2**64 - 2**56, 0x711000, 0x1000, "r--")
        self.check_full(tables, (2, 3), 0x1020, 0x900)

    def test_pae(self):
        self.check_full(X86Tables(TABLES, 3), (1,), 0x20, 0x800)

    def test_32_bit(self):
        tables = X86Tables32(TABLES)
        tables.map(0x80000000, 0x100000000, 0x400000, "rwx", "rwx")  # PSE-36
        tables.map(0x80400000, 0xff00000000, 0x400000, "rwx", "rwx")
        self.check_full(tables, (0,), 0x10, None)

    def test_odd_tables_of_four_levels(self):
        self.check_odd(X86Tables(TABLES, 4), 0x20, 0x900)

    def test_odd_tables_of_five_levels(self):
        self.check_odd(X86Tables(TABLES, 5), 0x1020, 0x900)

    def test_odd_pae_tables(self):
        self.check_odd(X86Tables(TABLES, 3), 0x20, 0x800)

    def test_odd_32_bit_tables(self):
        self.check_odd(X86Tables32(TABLES), 0x10, None)


class ArmTestCase(MachineTestCase):
    NOWHERE = 0x70000000

    def machine(self, program, code, *tables, args=("-M", "virt")):
        return Machine(self, program, *args, "-m", "128", "-device",
                       f"loader,addr={ARM_CODE:#x},cpu-num=0",
                       blobs=[(ARM_CODE, code)] + [t.blob for t in tables]).start()


class Aarch64(ArmTestCase):
    # TG0 and TG1 of a granule.
    GRANULES = {12: (0, 2), 14: (2, 1), 16: (1, 3)}
    PS = {40: 2, 48: 5, 52: 6}
    LOWER, UPPER = ARM_CODE + 0x200000, ARM_CODE + 0x2000000
    MEMORY = ARM_CODE + 0x4000000

    def tcr(self, lower, upper):
        value = 64 - lower.bits | 64 - upper.bits << 16 | self.PS[lower.physical_bits] << 32
        value |= self.GRANULES[lower.granule][0] << 14 | self.GRANULES[upper.granule][1] << 30
        return value | (1 << 59 if lower.wide or upper.wide else 0)  # DS

    def check(self, lower, upper, notes=(), setup=None, args=("-M", "virt"), **options):
        code = aarch64_kernel(lower.root, upper.root, self.tcr(lower, upper), **(setup or {}))
        machine = self.machine("qemu-system-aarch64", code, lower, upper,
                               args=("-cpu", "max", *args))
        self.check_machine(machine, lower.pages + upper.pages, AARCH64_STOP, notes,
                           debugger=MULTIARCH, **options)

    def check_full(self, granule, bits, blocks, upper_bits=None, **options):
        """`blocks` are the sizes of pages beside the granule."""
        lower = Aarch64Tables(self.LOWER, granule, bits, **options)
        upper = Aarch64Tables(self.UPPER, granule, upper_bits or bits, upper=True, **options)
        for half, code in ((lower, ARM_CODE), (upper, None)):
            depths = [depth for depth, (shift, _) in enumerate(half.levels) if 1 << shift in blocks]
            half.fill(code, self.MEMORY, depths)
        self.check(lower, upper)

    def test_granule_of_4k(self):
        self.check_full(12, 48, (1 << 30, 1 << 21))

    def test_granule_of_4k_with_three_levels(self):
        self.check_full(12, 39, (1 << 30, 1 << 21))

    def test_granule_of_16k(self):
        self.check_full(14, 47, (1 << 25,))

    def test_granule_of_16k_with_four_levels(self):
        self.check_full(14, 48, (1 << 25,))

    def test_granule_of_64k(self):
        self.check_full(16, 42, (1 << 29,))

    def test_granule_of_64k_with_three_levels(self):
        self.check_full(16, 48, (1 << 29,))

    def test_52_bit_addresses_with_64k(self):
        """FEAT_LVA and FEAT_LPA."""
        need_version(7, 0, "52-bit addresses")
        self.check_full(16, 52, (1 << 29, 1 << 42), physical_bits=52)

    def test_52_bit_physical_addresses_only(self):
        need_version(7, 0, "52-bit addresses")
        self.check_full(16, 48, (1 << 29, 1 << 42), physical_bits=52)

    def test_52_bit_addresses_with_4k(self):
        """FEAT_LPA2: five levels, and blocks of 512 GiB."""
        need_version(7, 0, "FEAT_LPA2")
        self.check_full(12, 52, (1 << 21, 1 << 30, 1 << 39), wide=True, physical_bits=52)

    def test_52_bit_addresses_with_16k(self):
        """FEAT_LPA2: blocks of 64 GiB."""
        need_version(7, 0, "FEAT_LPA2")
        self.check_full(14, 52, (1 << 25, 1 << 36), wide=True, physical_bits=52)

    def test_wide_form_of_few_bits(self):
        need_version(7, 0, "FEAT_LPA2")
        self.check_full(12, 39, (1 << 21, 1 << 30), wide=True, physical_bits=52)

    def test_halves_of_different_sizes(self):
        """And granules; walks begin at later levels. With each, the depth at which blocks are."""
        for granule, bits, depth in ((12, 28, 0), (12, 33, 1), (14, 32, 0), (16, 36, 0)):
            with self.subTest(granule=granule, bits=bits):
                lower = Aarch64Tables(self.LOWER, 12, 36)
                upper = Aarch64Tables(self.UPPER, granule, bits, upper=True)
                lower.fill(ARM_CODE, self.MEMORY, (0, 1))
                upper.fill(None, self.MEMORY, (depth,))
                self.check(lower, upper)

    def test_smallest_halves(self):
        """FEAT_TTST: one level. The lower half has the code, so it is as small as that allows."""
        for granule, bits in ((12, 16), (14, 16), (16, 17)):
            with self.subTest(granule=granule):
                lower = Aarch64Tables(self.LOWER, 16, 31)
                lower.map(ARM_CODE, ARM_CODE, 0x10000, "r-x")
                upper = Aarch64Tables(self.UPPER, granule, bits, upper=True)
                self.assertEqual(len(upper.levels), 1)
                upper.map(2**64 - (1 << bits), self.MEMORY, 1 << granule, "rw-")
                upper.map(2**64 - (1 << granule), self.MEMORY, 1 << granule, "r--", "r--")
                self.check(lower, upper)

    def check_odd(self, granule, bits, **options):
        lower = Aarch64Tables(self.LOWER, granule, bits, **options)
        upper = Aarch64Tables(self.UPPER, granule, bits, upper=True, **options)
        notes = lower.fill_oddly(ARM_CODE, self.MEMORY, self.NOWHERE, lower.SEEN)
        upper.fill_oddly(None, self.MEMORY, self.NOWHERE, upper.SEEN)
        self.check(lower, upper, notes, wanted={"exact": False})

    def test_odd_tables_of_4k(self):
        self.check_odd(12, 48)

    def test_odd_tables_of_16k(self):
        self.check_odd(14, 47)

    def test_odd_tables_of_64k(self):
        self.check_odd(16, 48)

    def test_odd_wide_tables(self):
        need_version(7, 0, "FEAT_LPA2")
        self.check_odd(12, 52, wide=True, physical_bits=52)

    def test_hypervisor(self):
        """EL2 has one range, and no user mode."""
        tables = Aarch64Tables(self.LOWER, 12, 48)
        tables.CODE = ("r-x", "r-x")
        tables.fill(ARM_CODE, self.MEMORY, (1, 2))
        tables.pages = [page._replace(user="---", kernel=self.at_el2(page))
                        for page in tables.pages]
        code = aarch64_kernel(tables.root, 0, 16 | 2 << 16 | 1 << 23 | 1 << 31, level=EL2)
        machine = self.machine("qemu-system-aarch64", code, tables,
                               args=("-M", "virt,virtualization=on", "-cpu", "max"))
        self.check_machine(machine, tables.pages, AARCH64_STOP, debugger=MULTIARCH)

    @staticmethod
    def at_el2(page):
        """There UXN is XN, and PXN nothing."""
        return page.kernel[:2] + page.user[2]

    def test_hypervisor_with_two_ranges(self):
        """HCR_EL2.E2H, with TGE: a host of virtual machines."""
        lower = Aarch64Tables(self.LOWER, 12, 48)
        upper = Aarch64Tables(self.UPPER, 16, 48, upper=True)
        lower.fill(ARM_CODE, self.MEMORY, (1, 2))
        upper.fill(None, self.MEMORY, (1,))
        self.check(lower, upper, setup={"hcr": 1 << 34 | 1 << 31 | 1 << 27},
                   args=("-M", "virt,virtualization=on"))


class Arm(ArmTestCase):
    LOWER, UPPER = ARM_CODE + 0x200000, ARM_CODE + 0x1000000
    MEMORY = ARM_CODE + 0x2000000

    def check(self, code, *tables, **options):
        machine = self.machine("qemu-system-arm", code, *tables,
                               args=("-M", "virt", "-cpu", "cortex-a15"))
        self.check_machine(machine, [page for t in tables for page in t.pages], ARM_STOP,
                           debugger=MULTIARCH, **options)

    def test_short_descriptors(self):
        tables = ArmTables(self.LOWER)
        tables.fill(ARM_CODE, self.MEMORY, (0,))
        pxn = [("r--", "r-x"), ("rw-", "r-x"), ("rw-", "rwx")]
        for i, rights in enumerate(tables.RIGHTS + pxn):
            tables.map(0x80000000 + 0x200000 * i, 0x42000000 + 0x100000 * i, 0x100000, *rights)
            tables.map(0x90000000 + 0x2000000 * i, 0xf142000000, 0x1000000, *rights)
        for i, rights in enumerate(tables.RIGHTS):
            tables.map(0x100000 + 0x20000 * i, 0x42000000 + 0x10000 * i, 0x10000, *rights)
        self.check(arm_kernel(tables.root, tables.root, 0, 1), tables)

    def test_two_tables_of_short_descriptors(self):
        """TTBCR.N: the lower 2 GiB are TTBR0's, what is above TTBR1's."""
        lower, upper = ArmTables(self.LOWER), ArmTables(self.UPPER)
        lower.fill(ARM_CODE, self.MEMORY, (0,))
        lower.pages = [page for page in lower.pages if page.virtual < 1 << 31]
        upper.map(0x80000000, self.MEMORY, 0x1000, "rw-")
        upper.map(0xfff00000, self.MEMORY, 0x100000, "r--", "r--")
        self.check(arm_kernel(lower.root, upper.root, 1, 1), lower, upper)

    def test_domains(self):
        """A client obeys the entries, a manager does not, and the others have no access."""
        tables = ArmTables(self.LOWER)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
        for domain, (kernel, user) in ((1, ("---", "---")), (2, ("rwx", "rwx"))):
            tables.domain = domain
            for size in (0x1000, 0x100000):
                at = 0x80000000 + domain * 0x1000000 + 2 * size
                tables.map(at, self.MEMORY, size, "r--")
                tables.pages[-1] = tables.pages[-1]._replace(kernel=kernel, user=user)
        self.check(arm_kernel(tables.root, tables.root, 0, 0x31), tables)

    def test_odd_short_descriptors(self):
        tables = ArmTables(self.LOWER)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
        for i, rights in enumerate(tables.RIGHTS):
            tables.map(0x80000000 + 0x2000 * i, self.MEMORY, 0x1000, *rights)
        tables.share(0x90000000, 0x80000000, 1)
        tables.share(0xfff00000, 0x80000000, 1)
        tables.link(0xa0000000, 0, self.NOWHERE)
        self.check(arm_kernel(tables.root, tables.root, 0, 1), tables, wanted={"exact": False},
                   notes=[f"1 page table could not be read .* {self.NOWHERE:#x}"])

    def test_long_descriptors(self):
        tables = LpaeTables(self.LOWER)
        tables.fill(ARM_CODE, self.MEMORY, (1,))
        tables.map(0x80000000, 0x40000000, 0x40000000, "rw-", "rw-")
        tables.map(0xc0000000, 0xff40000000, 0x200000, "rw-", "rw-")
        self.check(arm_kernel(tables.root, 0, 1 << 31, 0), tables)

    def test_two_tables_of_long_descriptors(self):
        """T0SZ and T1SZ: 2 GiB, and 512 MiB, which begins one level later."""
        lower, upper = LpaeTables(self.LOWER, 31), LpaeTables(self.UPPER, 29, upper=True)
        lower.fill(ARM_CODE, self.MEMORY, (1,))
        upper.fill(None, self.MEMORY, (0,))
        self.check(arm_kernel(lower.root, upper.root, 1 << 31 | 1 | 3 << 16, 0), lower, upper)

    def test_odd_long_descriptors(self):
        tables = LpaeTables(self.LOWER)
        notes = tables.fill_oddly(ARM_CODE, self.MEMORY, self.NOWHERE, tables.SEEN)
        self.check(arm_kernel(tables.root, 0, 1 << 31, 0), tables, notes=notes,
                   wanted={"exact": False})


class Riscv(MachineTestCase):
    RAM = 0x80000000
    TABLES = RAM + 0x200000
    MEMORY = RAM + 0x2000000
    NOWHERE = 0x70000000

    def check(self, tables, program="qemu-system-riscv64", cpu=(), setup=(), **options):
        machine = Machine(self, program, "-M", "virt", *cpu, "-bios", "none", "-m", "128",
                          blobs=[tables.blob])
        setup = [*tables.setup(),
                 "set $mstatus = 1 << 18",  # SUM, which QEMU 10 heeds in gva2gpa
                 # From reset, nothing may be executed below machine mode.
                 "set $pmpaddr0 = -1", "set $pmpcfg0 = 0x1f", *setup]
        self.check_machine(machine.start(), tables.pages, None, setup=setup, debugger=MULTIARCH,
                           **options)

    def check_full(self, count, program="qemu-system-riscv64"):
        tables = RiscvTables(self.TABLES, count)
        if count > 2:
            top = 1 << 11 + 9 * count
            tables.map(top - 0x1000, self.MEMORY, 0x1000, "r--", "r--")
            tables.map(2**64 - top, self.MEMORY, 0x1000, "rw-")
        tables.fill(None, self.MEMORY, range(count - 1))
        self.check(tables, program)

    def check_odd(self, count, program="qemu-system-riscv64"):
        tables = RiscvTables(self.TABLES, count)
        notes = tables.fill_oddly(None, self.MEMORY, self.NOWHERE, None)
        self.check(tables, program, notes=notes, wanted={"exact": False})

    def test_sv32(self):
        self.check_full(2, "qemu-system-riscv32")

    def test_sv39(self):
        self.check_full(3)

    def test_sv48(self):
        self.check_full(4)

    def test_sv57(self):
        need_version(7, 0, "Sv57")
        self.check_full(5)

    def check_extensions(self, count):
        """Svnapot (pages of 64 KiB) and Svpbmt (memory types 1 and 2)."""
        need_version(7, 0, "Svnapot and Svpbmt")
        tables = RiscvTables(self.TABLES, count)
        tables.ATTRIBUTES = (0, 2)
        tables.fill(None, self.MEMORY, range(count - 1))
        for i, rights in enumerate(tables.RIGHTS):
            tables.map(-(i + 1) << 32 & 2**64 - 1, self.MEMORY + (i << 16), tables.NAPOT, *rights)
        at = -1 << 36 & 2**64 - 1
        for i, attributes in enumerate((0, 1, 1, 2)):
            tables.map(at + (i << 16), self.MEMORY + (i << 16), tables.NAPOT, "rw-",
                       attributes=attributes)
        self.check(tables, cpu=("-cpu", "rv64,svnapot=true,svpbmt=true"),
                   setup=[f"set $menvcfg = {1 << 62:#x}"])  # PBMTE

    def test_svnapot_and_svpbmt_in_sv39(self):
        self.check_extensions(3)

    def test_svnapot_and_svpbmt_in_sv57(self):
        self.check_extensions(5)

    def test_odd_sv32(self):
        self.check_odd(2, "qemu-system-riscv32")

    def test_odd_sv39(self):
        self.check_odd(3)

    def test_odd_sv48(self):
        self.check_odd(4)

    def test_odd_sv57(self):
        need_version(7, 0, "Sv57")
        self.check_odd(5)


if __name__ == "__main__":
    unittest.main()
