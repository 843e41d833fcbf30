# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines under QEMU that have much memory, many devices or many CPUs, or that come to an end."""

import unittest

import support
from machine import (AARCH64_STOP, ARM_CODE, Machine, MULTIARCH, Proxy, TABLES, X86_CODE, X86_STOP,
                     X86TestCase, aarch64_kernel)
from tables import Aarch64Tables, RiscvTables, X86Tables, rows_of, shown_rows

# A unix socket takes 278 acknowledgements, and at least 166 lines of up to 100 characters.
SAFE_LINES = 278 + 166


def map_scattered(tables, start, step, physical):
    """Pages so far from each other that each has a table, more than are asked for one by one."""
    for i in range(20):
        tables.map(start + i * step, physical + 0x2000 * i, 0x1000, "rw-")


class Lists(X86TestCase):
    """The list of RAM, whose text hangs gdb and QEMU for good where it is long, is asked for where
    it is short; else each page is asked for by itself. The rows are right in both cases."""

    def check_list(self, asked, machine, pages, stop, **options):
        machine.start()
        proxy = Proxy(self, machine)
        answer = support.parse_json(self.run_gdb(proxy, ["vmmap --json"], stop, **options)[0])
        self.check_rows(shown_rows(answer), rows_of(pages))
        self.assertEqual((answer["notes"], answer["exact"]), ([], True))
        lines = len(machine.ask("info mtree -f").splitlines())
        self.assertEqual("info mtree -f" in proxy.commands, asked, f"{lines} lines")
        if asked:
            self.assertLess(lines, SAFE_LINES)
        else:
            self.assertGreater(sum(c.startswith("gpa2hva") for c in proxy.commands), 20)
        return lines

    def check_x86(self, asked, *args, **options):
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        map_scattered(tables, 0x40000000, 0x200000, 0x400000)
        return self.check_list(asked, self.machine(tables, 0x20, 0x900, *args, **options),
                               tables.pages, X86_STOP)

    def test_old_pc(self):
        self.check_x86(True, "-M", "pc", defaults=True)

    def test_pc_with_two_cpus(self):
        self.check_x86(True, "-M", "q35", "-smp", "2", defaults=True)

    def test_pc_with_three_devices(self):
        self.check_x86(True, "-M", "q35", "-device", "virtio-net-pci", "-device", "qemu-xhci",
                       "-device", "virtio-balloon-pci", defaults=True)

    def test_pc_with_many_cpus(self):
        """Each has a view of all of memory for its system management mode."""
        self.assertGreater(self.check_x86(False, "-M", "pc", "-smp", "32"), SAFE_LINES)

    def test_pc_with_many_devices(self):
        bridges = [f"pci-bridge,id=bridge{i},chassis_nr={i + 1}" for i in range(3)]
        devices = [f"pci-testdev,bus=bridge{i % 3}" for i in range(60)]
        more = [word for device in bridges + devices for word in ("-device", device)]
        self.check_x86(False, "-M", "pc", *more)

    def test_pc_with_devices_of_many_parts(self):
        devices = ["-device", "virtio-rng-pci"] * 12
        self.assertGreater(self.check_x86(False, "-M", "q35", "-smp", "4", *devices), SAFE_LINES)

    def check_aarch64(self, asked, *args):
        tables = Aarch64Tables(ARM_CODE + 0x200000, 12, 39)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
        map_scattered(tables, 0x10000000, 0x200000, ARM_CODE + 0x600000)
        code = aarch64_kernel(tables.root, 0, 25 | 1 << 23 | 2 << 32)
        machine = Machine(self, "qemu-system-aarch64", "-cpu", "max", "-m", "128", *args, "-device",
                          f"loader,addr={ARM_CODE:#x},cpu-num=0", defaults=True,
                          blobs=[(ARM_CODE, code), (tables.base, bytes(tables.memory))])
        self.check_list(asked, machine, tables.pages, AARCH64_STOP, debugger=MULTIARCH)

    def test_aarch64_with_eight_cpus(self):
        self.check_aarch64(True, "-M", "virt,gic-version=3", "-smp", "8")

    def test_aarch64_with_many_devices(self):
        self.check_aarch64(False, "-M", "virt", *["-device", "pci-testdev"] * 20)

    def test_riscv(self):
        ram = 0x80000000
        tables = RiscvTables(ram + 0x200000, 3)
        map_scattered(tables, 0x10000000, 0x200000, ram + 0x300000)
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-bios", "none", "-m", "128",
                          blobs=[(tables.base, bytes(tables.memory))], defaults=True)
        self.check_list(True, machine, tables.pages, None, debugger=MULTIARCH,
                        setup=[f"set $satp = {tables.satp:#x}", "set $priv = 1"])


if __name__ == "__main__":
    unittest.main()
