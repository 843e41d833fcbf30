# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format of page tables in a machine under QEMU."""

import unittest

from machine import (AARCH64_STOP, ARM_CODE, ARM_STOP, Aarch64Tables, ArmTables, EL2, MULTIARCH, Machine,
                     MachineTestCase, RiscvTables, TABLES, X86_CODE, X86TestCase, X86Tables,
                     X86Tables32, aarch64_kernel, arm_kernel)


class X86(X86TestCase):
    def test_four_levels(self):
        tables = self.long_mode()
        machine = self.machine(tables, 0x20, 0x900).start()
        self.check_machine(machine, tables.pages)

    def test_five_levels(self):
        tables = self.long_mode(5)
        machine = self.machine(tables, 0x1020, 0x900).start()
        self.check_machine(machine, tables.pages)

    def test_pae(self):
        tables = X86Tables(TABLES, 3)
        tables.map(X86_CODE, X86_CODE, 0x1000, "r-x")
        tables.map(0x40000000, 0x400000, 0x200000, "rw-", "rw-")
        tables.map(0x40200000, 0x800000, 0x200000, "rw-", "rw-")
        tables.map(0x40400000, 0x123456000, 0x1000, "rw-", "rw-")  # above 4 GiB
        tables.map(0xfffff000, 0x500000, 0x1000, "rwx", "rwx")
        self.check_machine(self.machine(tables, 0x20, 0x800).start(), tables.pages)

    def test_32_bit(self):
        tables = X86Tables32(TABLES)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.map(0x08048000, 0x300000, 0x1000, "r-x", "r-x")
        tables.map(0x08049000, 0x302000, 0x1000, "r-x", "r-x")
        tables.map(0x80000000, 0x400000, 0x400000, "rwx", "rwx")
        tables.map(0x80400000, 0x100000000, 0x400000, "rwx", "rwx")
        tables.map(0xfffff000, 0x303000, 0x1000, "rwx")
        self.check_machine(self.machine(tables, 0x10, None).start(), tables.pages)


class Aarch64(MachineTestCase):
    def machine(self, tables, tcr, cpu="max", name="qemu"):
        code = aarch64_kernel(tables.roots[0], tables.roots[1], tcr)
        return Machine(self, "qemu-system-aarch64", "-M", "virt", "-cpu", cpu, "-m", "128",
                       "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                       blobs=[(ARM_CODE, code), (tables.base, bytes(tables.memory))], name=name)

    def check_granule(self, shift, bits, granules):
        page = 1 << shift
        block = page << (shift - 3)
        tables = Aarch64Tables(ARM_CODE + 0x200000, shift, bits)
        tables.map(ARM_CODE, ARM_CODE, page, "r-x")
        upper = 2**64 - (1 << bits)
        for i, rights in enumerate(Aarch64Tables.ACCESS):
            tables.map(0x10000000 + page * 2 * i, ARM_CODE + 0x600000, page, rights[1], rights[0])
        # What a table above takes away: no user (APTable[0]), read-only, no execution.
        limited = 1 << bits - 2
        tables.map(limited, ARM_CODE + 0x600000, page, "rw-", "rwx")
        top = tables.table(limited, tables.depths - 2)
        index = limited >> shift + tables.index_bits & (1 << tables.index_bits) - 1
        tables.put(top, index, tables.get(top, index) | 3 << 61 | 3 << 59)
        tables.pages[-1] = tables.pages[-1]._replace(user="---", kernel="r--")
        tables.map(upper, ARM_CODE + 0x610000, page, "rw-")
        tables.map(upper + block, 0x40000000 // block * block, block, "r--")
        tables.map(2**64 - page, ARM_CODE + 0x620000, page, "rw-")
        size = 64 - bits
        tcr = size | size << 16 | granules[0] << 14 | granules[1] << 30 | 2 << 32
        self.check_machine(self.machine(tables, tcr).start(), tables.pages, AARCH64_STOP,
                           debugger=MULTIARCH)

    def test_granule_of_4k(self):
        self.check_granule(12, 48, (0, 2))

    def test_granule_of_4k_with_three_levels(self):
        self.check_granule(12, 39, (0, 2))

    def test_granule_of_16k(self):
        self.check_granule(14, 47, (2, 1))

    def test_granule_of_64k(self):
        self.check_granule(16, 42, (1, 3))


    def test_hypervisor(self):
        """EL2 has one range, and no user mode."""
        tables = Aarch64Tables(ARM_CODE + 0x200000, 12, 48)
        for virtual, user, kernel in ((ARM_CODE, "r-x", "r-x"), (0x10000000, "rw-", "rw-"),
                                      (0x10001000, "r--", "r--"), (0x800000000000, "rw-", "rw-")):
            tables.map(virtual, ARM_CODE + 0x100000 if virtual != ARM_CODE else ARM_CODE, 0x1000,
                       kernel, user)
            tables.pages[-1] = tables.pages[-1]._replace(user="---")
        code = aarch64_kernel(tables.roots[0], 0, 16 | 2 << 16 | 1 << 23 | 1 << 31, level=EL2)
        machine = Machine(self, "qemu-system-aarch64", "-M", "virt,virtualization=on", "-cpu",
                          "max", "-m", "128", "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, code), (tables.base, bytes(tables.memory))])
        self.check_machine(machine.start(), tables.pages, AARCH64_STOP, debugger=MULTIARCH)


class Arm(MachineTestCase):
    def test_short_descriptors(self):
        tables = ArmTables(ARM_CODE + 0x200000)
        tables.map(ARM_CODE, ARM_CODE, 0x100000, "r-x")
        tables.map(0x01000000, 0x42000000, 0x1000000, "rw-", "rw-")
        tables.map(0x00100000, ARM_CODE + 0x300000, 0x1000, "rw-")
        tables.map(0x00101000, ARM_CODE + 0x305000, 0x1000, "rw-")
        tables.map(0x00110000, ARM_CODE + 0x310000, 0x10000, "r-x", "r-x")
        tables.map(0xfffff000, ARM_CODE + 0x301000, 0x1000, "rwx", "r-x")
        self.check_tables(tables, arm_kernel(tables.root, tables.root, 0, 1))

    def test_long_descriptors(self):
        tables = Aarch64Tables(ARM_CODE + 0x200000, 12, 32)  # the same bits, where it matters here
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x", "r-x")
        tables.map(0x10000000, 0x42000000, 0x200000, "rw-")
        for i, (user, kernel) in enumerate((("---", "r--"), ("rw-", "rw-"), ("rwx", "rw-"),
                                            ("r--", "r--"), ("r-x", "r--"), ("---", "rw-"))):
            tables.map(0x20000000 + 0x2000 * i, 0x40700000 + 0x1000 * i, 0x1000, kernel, user)
        tables.map(0x80000000, 0x40000000, 0x40000000, "rw-", "rw-")
        tables.map(0xfffff000, 0x40701000, 0x1000, "r--", "r--")
        self.check_tables(tables, arm_kernel(tables.roots[0], 0, 1 << 31, 0))

    def check_tables(self, tables, code):
        machine = Machine(self, "qemu-system-arm", "-M", "virt", "-cpu", "cortex-a15", "-m", "128",
                          "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, code), (tables.base, bytes(tables.memory))])
        self.check_machine(machine.start(), tables.pages, ARM_STOP, debugger=MULTIARCH)


class Riscv(MachineTestCase):
    RAM = 0x80000000

    def machine(self, tables, program="qemu-system-riscv64"):
        return Machine(self, program, "-M", "virt", "-bios", "none", "-m", "128",
                       blobs=[(tables.base, bytes(tables.memory))])

    def tables(self, levels):
        tables = RiscvTables(self.RAM + 0x200000, levels)
        big = 0x1000 << tables.index_bits
        for i, (kernel, user) in enumerate((("r--", "---"), ("rw-", "---"), ("r-x", "---"),
                                            ("rwx", "---"), ("--x", "---"), ("r--", "r--"),
                                            ("rw-", "rw-"), ("r--", "r-x"), ("rw-", "rwx"))):
            tables.map(0x10000000 + 0x1000 * i, self.RAM + 0x300000 + 0x2000 * i, 0x1000, kernel,
                       user)
        tables.map(big * 200, self.RAM, big, "rw-")
        tables.map(big * 201, self.RAM + big, big, "rw-")
        top = 1 << (32 if levels == 2 else 11 + 9 * levels)
        tables.map(top - 0x1000, self.RAM + 0x401000, 0x1000, "r--", "r--")
        if levels > 2:
            tables.map(2**64 - top, self.RAM + 0x402000, 0x1000, "rw-")
            tables.map(2**64 - 0x1000, self.RAM + 0x403000, 0x1000, "r-x")
        return tables

    def check_mode(self, levels, program="qemu-system-riscv64"):
        tables = self.tables(levels)
        self.check_machine(self.machine(tables, program).start(), tables.pages, None,
                           setup=[f"set $satp = {tables.satp:#x}", "set $priv = 1",
                                  "set $mstatus = 1 << 18",  # SUM, for gva2gpa in QEMU 10
                                  # From reset, nothing may be executed below machine mode.
                                  "set $pmpaddr0 = -1", "set $pmpcfg0 = 0x1f"],
                           debugger=MULTIARCH)

    def test_sv32(self):
        self.check_mode(2, "qemu-system-riscv32")

    def test_sv39(self):
        self.check_mode(3)

    def test_sv48(self):
        self.check_mode(4)

    def test_sv57(self):
        self.check_mode(5)


if __name__ == "__main__":
    unittest.main()
