# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines of virtual machines under QEMU: a guest that sets up a second stage of translation and
goes into its own virtual machine. What must come out is computed from the mappings of both stages;
QEMU's gva2gpa, which goes through both, is asked for samples."""

import struct
import unittest

import support
from machine import (AARCH64_STOP, ARM_CODE, MULTIARCH, Machine, MachineTestCase, need_version,
                     words)
from tables import (Aarch64Stage2Tables, Aarch64Tables, ArmTables, LpaeTables, Page,
                    RiscvStage2Tables, RiscvTables, common_rights)


def compose(first, second):
    """The pages of two stages as one: cut to where they overlap, with the rights of both."""
    pages = []
    for page in first:
        for below in second:
            start = max(page.physical, below.virtual)
            end = min(page.physical + page.size, below.virtual + below.size)
            if start < end:
                pages.append(Page(page.virtual + start - page.physical,
                                  below.physical + start - below.virtual, end - start,
                                  common_rights(page.user, below.user),
                                  common_rights(page.kernel, below.kernel), page.attributes))
    return pages


class StagesTestCase(MachineTestCase):
    def fill_stage2(self, stage2, code, guest_memory, memory, tables):
        """Maps the code and the guest's tables, (guest-physical, physical, size); then, from
        guest_memory on, a page for each pair of rights, contiguous and not, with a hole."""
        stage2.map(code, code, stage2.page, "rwx", "rwx")
        for guest, physical, size in tables:
            for at in range(0, size, stage2.page):
                stage2.map(guest + at, physical + at, stage2.page, "rw-", "rw-")
        for i, (kernel, user) in enumerate(stage2.RIGHTS):
            place = memory + (2 * i if i % 3 else i) * stage2.page
            if i != 4:
                stage2.map(guest_memory + i * stage2.page, place, stage2.page, kernel, user)

    def fill_guest(self, guest, code, area, guest_memory, rights, count, page):
        """Each pair of rights over each page of the guest's memory: `count` of them."""
        guest.map(code, code, guest.page, *guest.CODE)
        for i, (kernel, user) in enumerate(rights):
            for j in range(0, count * page, guest.page):
                guest.map(area + (i << 24) + j, guest_memory + j, guest.page, kernel, user)


class Aarch64(StagesTestCase):
    """At EL2 the guest starts, at EL1 it ends up. Its tables are where it does not think they are:
    at GUEST_TABLES + MOVED."""

    GUEST_TABLES, MOVED = ARM_CODE + 0x400000, 0x2000000
    STAGE2 = ARM_CODE + 0x1000000
    GUEST_MEMORY, MEMORY = 0x90000000, ARM_CODE + 0x5000000
    GRANULES = {12: 0, 14: 2, 16: 1}

    def code(self, ttbr0, tcr, vttbr, vtcr, sctlr=0x30d00801, hcr=1 << 31 | 1):
        registers = [(vttbr, 0xd51c2100), (vtcr, 0xd51c2140), (hcr, 0xd51c1100),
                     (ttbr0, 0xd5182000), (tcr, 0xd5182040), (0x44ff00, 0xd518a200),
                     (sctlr, 0xd5181000), (0x3c5, 0xd51c4000), (AARCH64_STOP, 0xd51c4020)]
        code = b""
        for number, (_, move) in enumerate(registers):
            code += words(0x58000000 | (0x100 + 8 * number - len(code)) // 4 << 5, move)
        code += words(0xd69f03e0).ljust(0xf0 - len(code), b"\0") + words(0x14000000)  # eret; b .
        return (code.ljust(0x100, b"\0") +
                b"".join(struct.pack("<Q", value) for value, _ in registers)).ljust(0x1000, b"\0")

    def start(self, code, guest, stage2, cpu="max"):
        return Machine(self, "qemu-system-aarch64", "-M", "virt,virtualization=on", "-cpu", cpu,
                       "-m", "256", "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                       blobs=[(ARM_CODE, code), stage2.blob,
                              (guest.base + self.MOVED, guest.blob[1])]).start()

    def tables(self, granule, bits, first_level, **options):
        guest = Aarch64Tables(self.GUEST_TABLES, 12, 39)
        stage2 = Aarch64Stage2Tables(self.STAGE2, granule, bits, first_level)
        stage2.__dict__.update(options)
        self.fill_guest(guest, ARM_CODE, 0x100000000, self.GUEST_MEMORY, guest.RIGHTS,
                        len(stage2.RIGHTS), stage2.page)
        size = -(-len(guest.memory) // stage2.page) * stage2.page + 0x10000
        self.fill_stage2(stage2, ARM_CODE & -stage2.page, self.GUEST_MEMORY, self.MEMORY,
                         [(guest.base, guest.base + self.MOVED, size)])
        return guest, stage2

    def vtcr(self, stage2):
        code = {12: {2: 0, 1: 1, 0: 2, 3: 3}, 14: {3: 0, 2: 1, 1: 2}, 16: {3: 0, 2: 1, 1: 2}}
        return (64 - stage2.bits | code[stage2.granule][stage2.first_level] << 6 | 1 << 31 |
                self.GRANULES[stage2.granule] << 14 | (2 if stage2.bits <= 40 else 4) << 16)

    def check(self, granule, bits, first_level, cpu="max"):
        guest, stage2 = self.tables(granule, bits, first_level)
        code = self.code(guest.root, 25 | 1 << 23 | 2 << 32, stage2.root, self.vtcr(stage2))
        pages = compose(guest.pages, stage2.pages)
        self.assertGreater(len(pages), 100)
        return self.check_machine(self.start(code, guest, stage2, cpu), pages, AARCH64_STOP,
                                  debugger=MULTIARCH)

    def test_granule_of_4k(self):
        self.check(12, 39, 1)

    def test_granule_of_4k_with_two_tables_as_root(self):
        self.check(12, 40, 1)

    def test_granule_of_4k_with_sixteen_tables_as_root(self):
        self.check(12, 34, 2)

    def test_granule_of_4k_from_level_0(self):
        self.check(12, 44, 0)

    def test_granule_of_16k(self):
        self.check(14, 36, 2)

    def test_granule_of_16k_with_sixteen_tables_as_root(self):
        self.check(14, 40, 2)

    def test_granule_of_64k(self):
        self.check(16, 40, 2)

    def test_blocks_of_both_stages(self):
        """Each of a size of its own: pieces are of the smaller one."""
        guest, stage2 = self.tables(12, 39, 1)
        stage2.map(0xc0000000, self.MEMORY, 0x200000, "rw-", "rw-")
        stage2.map(0xc0200000, self.MEMORY + 0x400000, 0x1000, "r--", "r--")
        stage2.map(0xc0202000, self.MEMORY + 0x401000, 0x1000, "rwx", "rwx")
        stage2.map(0x100000000, 0x40000000, 0x40000000, "rwx", "rwx")
        guest.map(0x40000000 * 64, 0xc0000000, 0x40000000, "rw-", "rw-")
        guest.map(0x40000000 * 65, 0x100000000, 0x200000, "r--", "r--")
        guest.map(0x40000000 * 65 + 0x200000, 0x100203000, 0x1000, "r--", "r--")
        code = self.code(guest.root, 25 | 1 << 23 | 2 << 32, stage2.root, self.vtcr(stage2))
        self.check_machine(self.start(code, guest, stage2), compose(guest.pages, stage2.pages),
                           AARCH64_STOP, debugger=MULTIARCH)

    def test_guest_without_translation(self):
        guest, stage2 = self.tables(12, 39, 1)
        identity = [page._replace(physical=page.virtual) for page in stage2.pages]
        wanted = compose([Page(page.virtual, page.virtual, page.size, "rwx", "rwx")
                          for page in identity], stage2.pages)
        code = self.code(0, 0, stage2.root, self.vtcr(stage2), sctlr=0x30d00800)
        self.check_machine(self.start(code, guest, stage2), wanted, AARCH64_STOP,
                           notes=["^The first stage of translation is off"], debugger=MULTIARCH)

    def test_odd_tables(self):
        """Of the guest: one where it has no memory, shared ones, one that points to itself; of the
        second stage: shared and looping ones, and one outside of memory."""
        guest = Aarch64Tables(self.GUEST_TABLES, 12, 39)
        stage2 = Aarch64Stage2Tables(self.STAGE2, 12, 39, 1)
        guest.fill_oddly(ARM_CODE, self.GUEST_MEMORY, 0xf0000000, guest.SEEN)
        self.fill_stage2(stage2, ARM_CODE, self.GUEST_MEMORY, self.MEMORY,
                         [(guest.base, guest.base + self.MOVED, 0x10000)])
        stage2.share(0x2000000000, self.GUEST_MEMORY, 2)
        stage2.link(0x3000000000, 0, 0x70000000)
        stage2.map_itself(0x4000000000, 0, 0x100, *stage2.SEEN)
        code = self.code(guest.root, 25 | 1 << 23 | 2 << 32, stage2.root, self.vtcr(stage2))
        self.check_machine(
            self.start(code, guest, stage2), compose(guest.pages, stage2.pages), AARCH64_STOP,
            notes=["^[0-9]+ page tables? could not be read .the first at guest-physical address "
                   "0xf0000000.",
                   "^[0-9]+ page tables? of the second stage could not be read .* 0x70000000",
                   "self-map"],
            wanted={"exact": False}, debugger=MULTIARCH)

    def test_vtop_shows_both_stages(self):
        guest, stage2 = self.tables(12, 39, 1)
        code = self.code(guest.root, 25 | 1 << 23 | 2 << 32, stage2.root, self.vtcr(stage2))
        machine = self.start(code, guest, stage2)
        hole = 0x100000000 + 4 * stage2.page
        seen, unmapped = self.run_gdb(
            machine, [f"vtop {0x100000000:#x}", f"vtop {hole:#x}"], AARCH64_STOP,
            debugger=MULTIARCH)
        kernel, user = stage2.RIGHTS[0]
        self.assertEqual(
            [line for line in seen.decode().splitlines() if not line.startswith(" ")],
            ["AArch64 stage 1:", f"AArch64 stage 2, of guest-physical {self.GUEST_MEMORY:#x}:",
             f"0x100000000 is at physical address {self.MEMORY:#x}."])
        self.assertIn(f"  a page of 0x1000 bytes at guest-physical {self.GUEST_MEMORY:#x}, user "
                      "---, kernel r--, attributes 0x1\n".encode(), seen)
        self.assertIn(f"  allows user {user}, kernel {kernel}; both stages together:\n".encode(),
                      seen)
        guest_hole = self.GUEST_MEMORY + 4 * stage2.page
        self.assertIn(f"{hole:#x} is guest-physical {guest_hole:#x}, which the second stage does "
                      "not map.\n".encode(), unmapped)


# RISC-V: the machine begins in machine mode at the beginning of RAM.

RISCV_CODE = 0x80000000
RISCV_STOP = RISCV_CODE + 0xf0


class Riscv(StagesTestCase):
    virtual = True  # whether the CPU is in its virtual machine

    def run_gdb(self, machine, commands, *arguments, **options):
        """The guest's mret sets V on QEMU 7.2, but not on 11.1; there GDB can set it, as bit 2 of
        priv, which 7.2 ignores."""
        first = ["set $priv = 5"] if self.virtual else []
        outputs = super().run_gdb(machine, [*first, *commands], *arguments, **options)
        return outputs[len(first):]

    GUEST_TABLES, MOVED = RISCV_CODE + 0x400000, 0x2000000
    STAGE2 = RISCV_CODE + 0x1000000
    GUEST_MEMORY, MEMORY = 0x90000000, RISCV_CODE + 0x5000000

    @staticmethod
    def code(xlen, registers):
        """Loads CSRs from behind the code and goes on at RISCV_STOP by mret."""
        size = xlen // 8
        load = 0x3003 if xlen == 64 else 0x2003
        code = words(0x00000297)  # auipc t0, 0
        for number, (_, csr) in enumerate(registers):
            code += words(load | 0x100 + size * number << 20 | 5 << 15 | 6 << 7,  # t1, off(t0)
                          csr << 20 | 6 << 15 | 1 << 12 | 0x73)  # csrw csr, t1
        code += words(0x30200073).ljust(0xf0 - len(code), b"\0") + words(0x0000006f)
        return (code.ljust(0x100, b"\0") +
                b"".join(struct.pack("<Q" if size == 8 else "<I", value)
                         for value, _ in registers)).ljust(0x1000, b"\0")

    def registers(self, guest, stage2, xlen, virtual=True):
        mstatus = 1 << 11 | 1 << 18  # MPP: supervisor; SUM
        setup = [(2**xlen - 1, 0x3b0), (0x1f, 0x3a0), (RISCV_STOP, 0x341), (stage2.hgatp, 0x680),
                 (guest.satp, 0x280), (1 << 18, 0x200)]  # PMP, mepc, hgatp, vsatp, vsstatus
        if xlen == 64:
            return setup + [(mstatus | virtual << 39, 0x300)]
        return setup + [(virtual << 7, 0x310), (mstatus, 0x300)]

    def start(self, guest, stage2, xlen=64, **options):
        return Machine(self, f"qemu-system-riscv{xlen}", "-M", "virt", "-cpu",
                       f"rv{xlen},h=true", "-bios", "none", "-m", "256",
                       blobs=[(RISCV_CODE, self.code(xlen, self.registers(guest, stage2, xlen,
                                                                          **options))),
                              stage2.blob, (guest.base + self.MOVED, guest.blob[1])]).start()

    def tables(self, levels, levels2, area):
        guest = RiscvTables(self.GUEST_TABLES, levels)
        guest.CODE = ("r-x", "---")
        stage2 = RiscvStage2Tables(self.STAGE2, levels2)
        self.fill_guest(guest, RISCV_CODE, area, self.GUEST_MEMORY, guest.RIGHTS,
                        len(stage2.RIGHTS), 0x1000)
        self.fill_stage2(stage2, RISCV_CODE, self.GUEST_MEMORY, self.MEMORY,
                         [(guest.base, guest.base + self.MOVED, len(guest.memory))])
        return guest, stage2

    def check(self, levels, levels2, area=0x100000000, xlen=64):
        need_version(7, 0, "the hypervisor extension")
        guest, stage2 = self.tables(levels, levels2, area)
        pages = compose(guest.pages, stage2.pages)
        self.assertGreater(len(pages), 50)
        self.check_machine(self.start(guest, stage2, xlen), pages, RISCV_STOP, debugger=MULTIARCH)

    def test_sv39_over_sv39x4(self):
        self.check(3, 3)

    def test_sv39_over_sv48x4(self):
        self.check(3, 4)

    def test_sv48_over_sv39x4(self):
        self.check(4, 3)

    def test_sv57_over_sv57x4(self):
        self.check(5, 5)

    def test_sv32_over_sv32x4(self):
        self.check(2, 2, 0x10000000, xlen=32)

    def test_hypervisor_itself(self):
        """hgatp is set, but the CPU is not in the virtual machine: its satp is off, and that of the
        virtual machine is none of its own."""
        self.virtual = False
        guest, stage2 = self.tables(3, 3, 0x100000000)
        answer = self.run_gdb(self.start(guest, stage2, virtual=False), ["vmmap --json"],
                              RISCV_STOP, debugger=MULTIARCH)[0]
        answer = support.parse_json(answer)
        self.assertEqual([region["perms"] for region in answer["regions"]], ["rwxu"])
        self.assertEqual(answer["notes"],
                         ["Address translation is off (RISC-V without translation): virtual "
                          "addresses are physical addresses."])


class Arm(StagesTestCase):
    """AArch32: Hyp mode, and what is below it."""

    GUEST_TABLES, MOVED = ARM_CODE + 0x400000, 0x2000000
    STAGE2 = ARM_CODE + 0x1000000
    GUEST_MEMORY, MEMORY = 0x90000000, ARM_CODE + 0x5000000

    @staticmethod
    def mcr(opc1, crn, crm, opc2):
        return 0xee000f10 | opc1 << 21 | crn << 16 | crm | opc2 << 5

    @staticmethod
    def mcrr(opc1, crm):
        return 0xec400f00 | 1 << 16 | opc1 << 4 | crm  # of r0 and r1, which is 0

    def code(self, registers, end):
        code = words(0xe3a01000)  # mov r1, #0
        for number, (_, move) in enumerate(registers):
            code += words(0xe59f0000 | 0x100 + 4 * number - (len(code) + 8), move)
        code += words(*end).ljust(0xf0 - len(code), b"\0") + words(0xeafffffe)
        return (code.ljust(0x100, b"\0") +
                words(*[value for value, _ in registers])).ljust(0x1000, b"\0")

    def start(self, code, *blobs):
        return Machine(self, "qemu-system-arm", "-M", "virt,virtualization=on", "-cpu",
                       "cortex-a15", "-m", "256", "-device",
                       f"loader,addr={ARM_CODE:#x},cpu-num=0",
                       blobs=[(ARM_CODE, code), *blobs]).start()

    def test_hyp_mode(self):
        tables = LpaeTables(self.GUEST_TABLES)
        # There is no user mode, and no PXN.
        tables.CODE, tables.RIGHTS = ("r-x", "---"), [("r--", "---"), ("rw-", "---"),
                                                      ("rwx", "---"), ("r-x", "---")]
        tables.LIMITS = [tables.LIMITS[1], tables.LIMITS[3]]
        tables.fill(ARM_CODE, self.MEMORY, (1,))
        # HTTBR, HTCR, HSCTLR; then a jump to the end.
        code = self.code([(tables.root, self.mcrr(4, 2)), (0, self.mcr(4, 2, 0, 2)),
                          (0x30c51879, self.mcr(4, 1, 0, 0))],
                         [0xea000000 | (0xf0 - (4 + 3 * 8) - 8) // 4])
        self.check_machine(self.start(code, tables.blob), tables.pages, AARCH64_STOP,
                           debugger=MULTIARCH)

    def check_guest(self, guest, ttbcr, bits, first_level):
        stage2 = Aarch64Stage2Tables(self.STAGE2, 12, bits, first_level, xnx=False)
        self.fill_guest(guest, ARM_CODE, 0x10000000, self.GUEST_MEMORY, guest.RIGHTS[:6],
                        len(stage2.RIGHTS), 0x1000)
        self.fill_stage2(stage2, ARM_CODE, self.GUEST_MEMORY, self.MEMORY,
                         [(guest.base, guest.base + self.MOVED,
                           -(-len(guest.memory) // 0x1000) * 0x1000)])
        size = 32 - bits
        vtcr = size & 15 | (1 << 4 if size < 0 else 0) | {2: 0, 1: 1}[first_level] << 6 | 1 << 31
        # VTTBR, VTCR, HCR; TTBR0, TTBCR, DACR, SCTLR; SPSR, ELR_hyp; eret.
        code = self.code([(stage2.root, self.mcrr(6, 2)), (vtcr, self.mcr(4, 2, 1, 2)),
                          (1, self.mcr(4, 1, 1, 0)), (guest.root, self.mcr(0, 2, 0, 0)),
                          (ttbcr, self.mcr(0, 2, 0, 2)), (1, self.mcr(0, 3, 0, 0)),
                          (0x00c50879, self.mcr(0, 1, 0, 0)), (0x1d3, 0xe16ff000),
                          (AARCH64_STOP, 0xe12ef300)], [0xe160006e])
        pages = compose(guest.pages, stage2.pages)
        self.assertGreater(len(pages), 40)
        self.check_machine(self.start(code, stage2.blob, (guest.base + self.MOVED, guest.blob[1])),
                           pages, AARCH64_STOP, debugger=MULTIARCH)

    def test_short_descriptors_over_40_bits(self):
        self.check_guest(ArmTables(self.GUEST_TABLES), 0, 40, 1)

    def test_long_descriptors_over_32_bits(self):
        self.check_guest(LpaeTables(self.GUEST_TABLES), 1 << 31, 32, 1)

    def test_long_descriptors_over_34_bits_from_level_2(self):
        self.check_guest(LpaeTables(self.GUEST_TABLES), 1 << 31, 34, 2)


if __name__ == "__main__":
    unittest.main()
