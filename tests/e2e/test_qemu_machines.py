# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines under QEMU that have much memory, many devices or many CPUs, or that come to an end."""

import os
import signal
import unittest

import support
from machine import (AARCH64_STOP, ARM_CODE, Machine, MachineTestCase, MULTIARCH, Proxy, TABLES,
                     X86_CODE, X86_STOP, X86TestCase, aarch64_kernel)
from tables import Aarch64Tables, RiscvTables, Row, X86Tables, rows_of, shown_rows

# A unix socket takes 278 acknowledgements, and at least 166 lines of up to 100 characters.
SAFE_LINES = 278 + 166


def map_scattered(tables, start, step, physical):
    """Pages so far from each other that each has a table, more than are asked for one by one."""
    for i in range(20):
        tables.map(start + i * step, physical + 0x2000 * i, 0x1000, "rw-")


class Lists(X86TestCase):
    """The list of RAM, whose text hangs gdb and QEMU for good where it is long, is asked for where
    it is short; else each page is asked for by itself. The rows are right in both cases."""

    def check_list(self, asked, machine, pages, stop, tcp=False, **options):
        machine.start()
        proxy = Proxy(self, machine, tcp=tcp)
        answer = support.parse_json(self.run_gdb(proxy, ["vmmap --json"], stop, **options)[0])
        self.check_rows(shown_rows(answer), rows_of(pages))
        self.assertEqual((answer["notes"], answer["exact"]), (machine.cpu_notes(), True))
        lines = len(machine.ask("info mtree -f").splitlines())
        self.assertEqual("info mtree -f" in proxy.commands, asked, f"{lines} lines")
        if asked:
            self.assertLess(lines, SAFE_LINES)
        else:
            self.assertGreater(sum(c.startswith("gpa2hva") for c in proxy.commands), 20)
        return lines

    def check_x86(self, asked, *args, tcp=False, **options):
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        map_scattered(tables, 0x40000000, 0x200000, 0x400000)
        return self.check_list(asked, self.machine(tables, 0x20, 0x900, *args, **options),
                               tables.pages, X86_STOP, tcp=tcp)

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

    def test_pc_with_many_cpus_on_tcp(self):
        """TCP hangs nobody: after as many pages as are worth the list, it is asked for."""
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        for i in range(150):
            tables.map(0x40000000 + i * 0x200000, 0x400000 + 0x2000 * i, 0x1000, "rw-")
        machine = self.machine(tables, 0x20, 0x900, "-M", "pc", "-smp", "32").start_on_tcp()
        log = self.path("packets")
        answer = support.parse_json(support.gdb([  # the log has to be chosen before connecting
            f"set remotelogfile {log}", machine.connect(), f"hbreak *{X86_STOP:#x}", "continue",
            "vmmap --json"])[-1])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual((answer["notes"], answer["exact"]), (machine.cpu_notes(), True))
        with open(log, "rb") as file:
            sent = file.read()
        self.assertEqual(sent.count(b"qRcmd," + b"info mtree -f".hex().encode()), 1)
        pages = sent.count(b"qRcmd," + b"gpa2hva".hex().encode())
        self.assertTrue(90 < pages < 150, pages)
        self.assertGreater(len(machine.ask("info mtree -f").splitlines()), SAFE_LINES)

    def test_pc_with_many_cpus_behind_tcp(self):
        """Who is at the other end of TCP goes on to QEMU by a unix socket, which is full soon."""
        self.assertGreater(self.check_x86(False, "-M", "pc", "-smp", "32", tcp=True), SAFE_LINES)

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
                          blobs=[(ARM_CODE, code), tables.blob])
        self.check_list(asked, machine, tables.pages, AARCH64_STOP, debugger=MULTIARCH)

    def test_aarch64_with_eight_cpus(self):
        self.check_aarch64(True, "-M", "virt,gic-version=3", "-smp", "8")

    def test_aarch64_with_many_devices(self):
        self.check_aarch64(False, "-M", "virt", *["-device", "pci-testdev"] * 20)

    def test_riscv(self):
        ram = 0x80000000
        tables = RiscvTables(ram + 0x200000, 3)
        tables.map(0x8000000, ram, 0x1000, "r-x")
        map_scattered(tables, 0x10000000, 0x200000, ram + 0x300000)
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-bios", "none", "-m", "128",
                          blobs=[tables.blob], defaults=True)
        self.check_list(True, machine, tables.pages, None, debugger=MULTIARCH,
                        setup=tables.setup())


# More than the machine that runs the tests may have; it is not touched.
BIG = ["-m", "6G", "-object", "memory-backend-ram,id=big,size=6G,reserve=off",
       "-machine", "memory-backend=big"]
NR_HUGE_PAGES = "/proc/sys/vm/nr_hugepages"


class Memory(X86TestCase):
    """Wherever QEMU has the guest's memory, the tables in it are read in each way."""

    def check_memory(self, machine, tables, stop, **options):
        machine.start()
        commands = []
        for way in ("proc-mem", "packet", "monitor"):
            commands += [f"set vmmap phys-via {way}", "vmmap --json"]
        outputs = self.run_gdb(machine, commands, stop, **options)
        for output in outputs[1::2]:
            answer = support.parse_json(output)
            self.check_rows(shown_rows(answer), rows_of(tables.pages))
            self.assertEqual((answer["notes"], answer["exact"]), ([], True))

    def check_x86(self, base, *args, memory="64M"):
        """All tables from `base` on, but for the root, which has to be below 4 GiB."""
        tables = X86Tables(base, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.map(0x40000000, base + 0x100000, 0x1000, "rw-")
        map_scattered(tables, 0x50000000, 0x200000, base + 0x200000)
        root = bytes(tables.memory[:0x1000])
        machine = self.machine(tables, 0x20, 0x900, *args, cr3=TABLES, memory=memory,
                               blobs=[(TABLES, root)])
        self.check_memory(machine, tables, X86_STOP)

    def test_above_4_gib(self):
        """A PC has no RAM from 2 or 3 GiB to 4 GiB; what is above is further on in QEMU."""
        for kind in ("pc", "q35"):
            with self.subTest(kind=kind):
                self.check_x86(0x140000000, "-M", kind, *BIG)

    def test_below_the_hole(self):
        self.check_x86(0x7fe00000, "-M", "q35", *BIG)

    def test_hole_is_not_memory(self):
        tables = self.small()
        tables.put(tables.root, 5, 0x90000000 | 7)
        self.check_machine(self.machine(tables, 0x20, 0x900, "-M", "q35", *BIG).start(),
                           tables.pages, wanted={"exact": False},
                           notes=["1 page table could not be read .* 0x90000000"])

    def test_tables_on_both_sides_of_the_hole(self):
        """The second level below (the firmware has the last 128 KiB), the others above."""
        low = X86Tables(TABLES, 4)
        low.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        high = X86Tables(0x100000000, 4)
        high.map(0x8000000000, 0x7ff00000, 0x1000, "rw-")
        second = bytes(high.memory[0x1000:0x2000])
        low.put(low.root, 1, 0x7ff00000 | 7)
        low.pages += high.pages
        machine = self.machine(low, 0x20, 0x900, "-M", "q35", *BIG,
                               blobs=[(0x7ff00000, second), (high.base, bytes(high.memory))])
        self.check_memory(machine, low, X86_STOP)

    def test_nodes_with_memory_of_their_own(self):
        """Anonymous, and in a memfd."""
        objects = ["-object", "memory-backend-ram,id=first,size=64M", "-numa", "node,memdev=first",
                   "-object", "memory-backend-memfd,id=second,size=64M,share=on",
                   "-numa", "node,memdev=second"]
        for base in (0x2000000, 0x6000000):
            with self.subTest(base=base):
                self.check_x86(base, *objects, memory="128M")

    def test_memory_in_a_file(self):
        for share in ("on", "off"):
            with self.subTest(share=share):
                backend = f"memory-backend-file,id=ram,size=64M,share={share},mem-path="
                self.check_x86(0x2000000, "-object", backend + self.path("ram"),
                               "-machine", "memory-backend=ram")

    def test_huge_pages(self):
        self.reserve_huge_pages(64)
        self.check_x86(0x2000000, "-object", "memory-backend-memfd,id=ram,size=64M,hugetlb=on,"
                       "hugetlbsize=2M,share=on", "-machine", "memory-backend=ram")

    def reserve_huge_pages(self, count):
        """Asks the kernel for pages of 2 MiB until the test is over."""
        try:
            with open(NR_HUGE_PAGES) as file:
                before = file.read()
            self.addCleanup(self.set_huge_pages, before)
            self.set_huge_pages(str(int(before) + count))
            with open(NR_HUGE_PAGES) as file:
                now = int(file.read())
        except OSError as error:
            self.skipTest(f"huge pages can not be reserved: {error}")
        if now < int(before) + count:
            self.skipTest(f"the kernel has only {now} huge pages to give")

    def set_huge_pages(self, count):
        with open(NR_HUGE_PAGES, "w") as file:
            file.write(count)

    def test_module_that_was_plugged_in(self):
        """Above 4 GiB, with nothing before it."""
        self.check_x86(0x104000000, "-object", "memory-backend-ram,id=module,size=128M", "-device",
                       "pc-dimm,memdev=module,addr=0x100000000", memory="64M,slots=1,maxmem=1G")

    def test_riscv_above_4_gib(self):
        tables = RiscvTables(0x80000000 + (5 << 30), 3)
        tables.map(0x8000000, 0x80000000, 0x1000, "r-x")
        map_scattered(tables, 0x10000000, 0x200000, tables.base + 0x300000)
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-bios", "none", *BIG,
                          blobs=[tables.blob])
        self.check_memory(machine, tables, None, debugger=MULTIARCH,
                          setup=tables.setup())

    def test_aarch64_above_4_gib(self):
        tables = Aarch64Tables(0x180000000, 12, 39)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
        map_scattered(tables, 0x10000000, 0x200000, tables.base + 0x300000)
        code = aarch64_kernel(tables.root, 0, 25 | 1 << 23 | 2 << 32)
        machine = Machine(self, "qemu-system-aarch64", "-M", "virt", "-cpu", "max", *BIG,
                          "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, code), tables.blob])
        self.check_memory(machine, tables, AARCH64_STOP, debugger=MULTIARCH)


class Cpus(MachineTestCase):
    def test_two_with_different_tables(self):
        """The map is that of the selected thread, asked for as a whole, by address and by level."""
        ram = 0x80000000
        first, second = RiscvTables(ram + 0x200000, 3), RiscvTables(ram + 0x400000, 4)
        first.fill(None, ram + 0x1000000, (1,))
        second.map(0x10000000, ram + 0x800000, 0x1000, "r--", "r--")
        second.map(0x10002000, ram + 0x900000, 0x1000, "rwx")
        machine = Machine(self, "qemu-system-riscv64", "-M", "virt", "-smp", "2", "-bios", "none",
                          "-m", "128", blobs=[first.blob, second.blob])
        commands, wanted = [], []
        for number, tables in ((1, first), (2, second), (1, first)):
            commands += [f"thread {number}", f"set $satp = {tables.satp:#x}", "set $priv = 1",
                         "vmmap --json", "vtop 0x10000123"]
            wanted += [tables]
        commands += ["thread 2", "vmmap --json 0x10002000", "vmmap --json"]
        outputs = self.run_gdb(machine.start(), commands, None, debugger=MULTIARCH)
        for tables, output, vtop in zip(wanted, outputs[3::5], outputs[4::5]):
            self.check_rows(shown_rows(support.parse_json(output)), rows_of(tables.pages))
            self.assertIn({3: b"Sv39", 4: b"Sv48"}[len(tables.levels)], vtop)
        self.assertIn(b"0x10000123 is at physical address 0x80800123.", outputs[9])
        matched = [row for row in support.parse_json(outputs[16])["regions"] if row["matched"]]
        self.check_rows(shown_rows({"regions": matched}), rows_of(second.pages)[1:])
        self.check_rows(shown_rows(support.parse_json(outputs[17])), rows_of(second.pages))


class Interruptions(X86TestCase):
    """What ends a question in the middle: each happens at a certain packet, not after some time."""

    def large(self, count=2000):
        """Tables that take seconds without /proc/PID/mem."""
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        for i in range(count):
            tables.map(0x40000000 + i * 0x200000, 0x2000000, 0x1000, "rw-")
        return tables

    def begin(self, terminal, proxy, way):
        for command in (proxy.connect(), *proxy.trust):
            terminal.command(command)
        terminal.command(f"hbreak *{X86_STOP:#x}")
        terminal.command("continue")
        terminal.command(f"set vmmap phys-via {way}")

    def at_packet(self, proxy, wanted, number, action):
        """Does it when gdb sends the packet of that number that has `wanted` in it. Returns the
        list of those packets, which grows."""
        seen = []

        def on_packet(data):
            if wanted in data:
                seen.append(data)
                if len(seen) == number:
                    action()

        proxy.on_packet = on_packet
        return seen

    def check_works(self, terminal, tables):
        """The connection does, and nothing of what was interrupted is left."""
        mode = terminal.command("maintenance packet qqemu.PhyMemMode")
        self.assertIn(b'received: "0"', mode)
        self.assertIn(b"= 0x100100", terminal.command("print/x $pc"))
        terminal.command("set vmmap phys-via proc-mem")
        terminal.command(f"pipe vmmap --json | cat > {self.path('answer')}")
        with open(self.path("answer"), "rb") as file:
            answer = support.parse_json(file.read())
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [])

    def check_interrupt(self, way, wanted, number):
        """Ctrl-C in the middle."""
        tables = self.large()
        machine = self.machine(tables, 0x20, 0x900).start()
        proxy = Proxy(self, machine)
        with support.Terminal() as terminal:
            self.begin(terminal, proxy, way)
            seen = self.at_packet(proxy, wanted, number,
                                  lambda: os.kill(terminal.pid, signal.SIGINT))
            self.assertIn(b"Quit", terminal.command("vmmap"))
            # One page at most was read to its end: 4 packets, or 8 requests of the monitor.
            self.assertLessEqual(len(seen), number + 8)
            proxy.on_packet = None
            self.check_works(terminal, tables)

    def check_stopped(self, way, wanted, number):
        """QEMU itself is stopped, then Ctrl-C. GDB gives the prompt back; what QEMU says later it
        takes for the answer to something else, as it does when it was told to "monitor": so
        the connection is made anew."""
        tables = self.large()
        machine = self.machine(tables, 0x20, 0x900).start()
        proxy = Proxy(self, machine)

        def stop():
            machine.process.send_signal(signal.SIGSTOP)
            os.kill(terminal.pid, signal.SIGINT)

        with support.Terminal() as terminal:
            terminal.command("set remotetimeout 1")
            self.begin(terminal, proxy, way)
            self.at_packet(proxy, wanted, number, stop)
            self.assertIn(b"Quit", terminal.command("vmmap"))
            terminal.command("disconnect")
            machine.process.send_signal(signal.SIGCONT)
            terminal.command(machine.connect())
            self.check_works(terminal, tables)

    def test_stop_of_the_monitor(self):
        self.check_stopped("monitor", b"$qRcmd," + b"xp".hex().encode(), 203)

    def test_stop_at_the_first_question(self):
        self.check_stopped("auto", b"$qRcmd,", 1)

    def check_death(self, way, wanted, number):
        tables = self.large()
        machine = self.machine(tables, 0x20, 0x900).start()
        proxy = Proxy(self, machine)

        def kill():
            machine.process.kill()
            machine.process.wait()

        with support.Terminal() as terminal:
            self.begin(terminal, proxy, way)
            self.at_packet(proxy, wanted, number, kill)
            output = terminal.command("vmmap")
            self.assertIn(b"went away", output)
            self.assertNotIn(b"rwxk", output)
            self.assertIn(b"There is no process", terminal.command("vmmap"))
            self.assertIn(b"There is nothing to translate for", terminal.command("vtop 0"))
            self.assertIn(b"= 42", terminal.command("print 6 * 7"))

    def test_death_while_packets_are_sent(self):
        for number in (1, 203):
            with self.subTest(number=number):
                self.check_death("packet", b"$m", number)

    def test_death_while_the_mode_is_changed(self):
        self.check_death("packet", b"$Qqemu.PhyMemMode:1", 1)

    def test_death_while_the_monitor_tells_bytes(self):
        for number in (1, 203):
            with self.subTest(number=number):
                self.check_death("monitor", b"$qRcmd," + b"xp".hex().encode(), number)

    def test_reset_in_the_middle(self):
        """The registers were read before; the tables are as they were: QEMU loads them anew."""
        for way, wanted in (("packet", b"$m"), ("monitor", b"$qRcmd," + b"xp".hex().encode())):
            with self.subTest(way=way):
                tables = self.large(200)
                machine = self.machine(tables, 0x20, 0x900).start()
                proxy = Proxy(self, machine)
                with support.Terminal() as terminal:
                    self.begin(terminal, proxy, way)
                    seen = self.at_packet(proxy, wanted, 203, lambda: machine.ask("system_reset"))
                    output = terminal.command("vmmap")
                    self.assertGreater(len(seen), 300)
                    self.assertEqual(output.count(b"[pt_"), len(rows_of(tables.pages)))
                    proxy.on_packet = None
                    mode = terminal.command("maintenance packet qqemu.PhyMemMode")
                    self.assertIn(b'received: "0"', mode)

    def test_reset(self):
        """GDB keeps its registers until they are flushed or the target runs."""
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900).start()
        outputs = self.run_gdb(machine, [
            "monitor system_reset", "vmmap $pc", "maintenance flush register-cache",
            "vmmap --json", "print/x $cr3", "continue", "vmmap --json", "print/x $cr3"])
        self.assertIn(b"rwxk", outputs[1])
        answer = support.parse_json(outputs[3])
        self.check_rows(shown_rows(answer), [Row(0, 2**32, "rwxu", "rwx", "rwx", 0, None)])
        self.assertIn("The CPU is in real mode", answer["notes"][0])
        self.assertIn(b"= 0x0", outputs[4])
        self.check_rows(shown_rows(support.parse_json(outputs[6])), rows_of(tables.pages))
        self.assertIn(b"= %#x" % TABLES, outputs[7])

    def test_reset_after_the_map_was_shown(self):
        """GDB tells nobody of a reset, nor of a flush; the registers are what tells."""
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900).start()
        outputs = self.run_gdb(machine, [
            "vmmap --json", "monitor system_reset", "vmmap --json",
            "maintenance flush register-cache", "vmmap --json", "stepi", "vmmap --json"])
        for index in (0, 2):
            self.check_rows(shown_rows(support.parse_json(outputs[index])), rows_of(tables.pages))
        for index in (4, 6):
            self.check_rows(shown_rows(support.parse_json(outputs[index])),
                            [Row(0, 2**32, "rwxu", "rwx", "rwx", 0, None)])

    def test_interrupt_of_packets(self):
        for number in (1, 2, 203):
            with self.subTest(number=number):
                self.check_interrupt("packet", b"$m", number)

    def test_interrupt_of_the_monitor(self):
        for number in (1, 2, 203):
            with self.subTest(number=number):
                self.check_interrupt("monitor", b"$qRcmd," + b"xp".hex().encode(), number)


if __name__ == "__main__":
    unittest.main()
