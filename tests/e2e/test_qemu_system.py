# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines under QEMU: the map is what the page tables say that these tests have written."""

import os
import random
import re
import shlex
import subprocess
import unittest

import support
from machine import Proxy, TABLES, X86_CODE, X86_TO_USER, X86TestCase
from tables import Page, Row, X86Tables, rows_of, shown_rows


class X86(X86TestCase):
    def test_each_way_to_physical_memory(self):
        tables, machine = self.start_small()
        commands = []
        for way in ("proc-mem", "packet", "monitor"):
            commands += [f"set vmmap phys-via {way}", "vmmap --json", "vtop 0x601010",
                         "maintenance packet qqemu.PhyMemMode"]
        outputs = self.run_gdb(machine, commands)
        for number in range(0, len(outputs), 4):
            answer = support.parse_json(outputs[number + 1])
            self.check_rows(shown_rows(answer), rows_of(tables.pages))
            self.assertEqual((answer["notes"], answer["exact"]), ([], True))
            self.assertIn(b"0x601010 is at physical address 0x700010.", outputs[number + 2])
            self.assertIn(b'received: "0"', outputs[number + 3])

    @unittest.skipIf(os.getuid() != 0, "only root can run gdb as another user")
    def test_no_permission_for_proc_mem(self):
        tables, machine = self.start_small()
        os.chmod(self.folder, 0o755)
        os.chmod(machine.socket, 0o777)
        outputs = self.run_gdb(machine, ["vmmap --json", "maintenance packet qqemu.PhyMemMode",
                                         "set vmmap phys-via proc-mem", "vmmap"], user=65534,
                               group=65534)
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [
            "The process to which GDB is connected runs on this machine, but as another user: run "
            "GDB as that user or as root. So physical memory is read with packets, which takes "
            "some 0.5 ms a page, and a Linux kernel's rows have names only if GDB has its "
            "symbols."])
        self.assertIn(b'received: "0"', outputs[1])
        self.assertIn(b"as another user", outputs[3])
        self.assertEqual(support.table_rows(outputs[3]), [])

    @unittest.skipIf(os.getuid() != 0, "only root can change QEMU's user")
    def test_qemu_that_changed_its_user(self):
        """To GDB's: nobody else may look into it all the same, so that is no advice."""
        told = subprocess.run(["qemu-system-x86_64", "-help"], stdout=subprocess.PIPE, check=True)
        change = "-runas nobody" if b"-runas" in told.stdout else "-run-with user=nobody"
        _, machine = self.start_small(*change.split())
        os.chmod(self.folder, 0o755)
        os.chmod(machine.socket, 0o777)
        outputs = self.run_gdb(machine, ["vmmap"], user=65534, group=65534)
        self.assertIn(b'undumpable, as QEMU does with "-runas": run GDB as root.', outputs[0])

    def test_why_the_process_is_not_read_is_said_once(self):
        """At length, and briefly in each answer after that, also of a map that was kept."""
        _, machine = self.start_small()
        wrong = ["set vmmap qemu-pid %d" % pid for pid in (os.getpid(), 1)]
        outputs = self.run_gdb(machine, [wrong[0], "vmmap --json", "vmmap --json", "vmmap --json",
                                         "vmmap --json 0x400000", "vtop 0x400000", "stepi",
                                         "vmmap --json", wrong[1], "vmmap --json",
                                         "set vmmap qemu-pid auto", "vmmap --json"])
        long = "So physical memory is read with packets, which takes some 0.5 ms a page"
        brief = "Physical memory is read with packets, as was said before."
        for number in (1, 9):
            note, = support.parse_json(outputs[number])["notes"]
            self.assertIn(long, note)
        for number in (2, 3, 4, 7):
            self.assertEqual(support.parse_json(outputs[number])["notes"], [brief])
        self.assertIn(f"note: {brief}".encode(), outputs[5])
        self.assertEqual(support.parse_json(outputs[11])["notes"], [])

    def test_two_machines_at_once(self):
        first, second = self.small(), X86Tables(TABLES, 4)
        second.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        second.map(0x600000, 0x500000, 0x1000, "r--", "r--")
        one = self.machine(first, 0x20, 0x900, name="one").start()
        two = self.machine(second, 0x20, 0x900, name="two").start()
        outputs = self.run_gdb(one, ["vmmap --json", "add-inferior -no-connection", "inferior 2",
                                     two.connect(), "continue", "vmmap --json", "inferior 1",
                                     "vmmap --json"])
        for index, tables in ((0, first), (5, second), (7, first)):
            self.check_rows(shown_rows(support.parse_json(outputs[index])), rows_of(tables.pages))

    def test_machine_started_by_gdb(self):
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900)
        machine.connect = lambda: ("target remote | exec " + shlex.join(machine.arguments) +
                                   " -gdb stdio 2>/dev/null")
        outputs = self.run_gdb(machine, ["vmmap --json", "kill"])
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [])

    def test_machine_on_a_tcp_port(self):
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900).start_on_tcp()
        answer = support.parse_json(self.run_gdb(machine, ["vmmap --json"])[0])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [])

    def check_proved(self, tables, machine, **options):
        """QEMU is recognised at the other end, and its memory read."""
        outputs = self.run_gdb(machine, ["set vmmap phys-via proc-mem", "vmmap --json"], **options)
        answer = support.parse_json(outputs[1])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [])

    def start_apart(self, tables, kinds, name):
        """A machine in namespaces of its own, as in a container."""
        machine = self.machine(tables, 0x20, 0x900, name=name)
        prefix = ["unshare", *kinds, "--fork", "--kill-child"]
        support.need("unshare")
        if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("no permission to make namespaces")
        machine.arguments = prefix + machine.arguments
        return machine

    def test_machine_in_other_namespaces(self):
        tables = self.small()
        for number, kinds in enumerate((["--pid", "--mount-proc"], ["--mount", "--uts", "--ipc"],
                                        ["--net", "--pid", "--mount-proc"])):
            with self.subTest(kinds=kinds):
                self.check_proved(tables, self.start_apart(tables, kinds, f"n{number}").start())

    def test_tcp_and_other_process_numbers(self):
        tables = self.small()
        machine = self.start_apart(tables, ["--pid", "--mount-proc"], "machine")
        self.check_proved(tables, machine.start_on_tcp())

    def test_each_kind_of_memory(self):
        """What QEMU may keep the guest's RAM in."""
        backends = {
            "memfd": "memory-backend-memfd,id=ram,size=64M",
            "private memfd": "memory-backend-memfd,id=ram,size=64M,share=off",
            "file": f"memory-backend-file,id=ram,size=64M,mem-path={self.path('ram')},share=on",
            "private file":
                f"memory-backend-file,id=ram,size=64M,mem-path={self.path('own')},share=off",
            "shared": "memory-backend-ram,id=ram,size=64M,share=on",
            "shm": "memory-backend-file,id=ram,size=64M,mem-path=/dev/shm,share=on",
        }
        tables = self.small()
        for number, (kind, backend) in enumerate(backends.items()):
            with self.subTest(kind=kind):
                machine = self.machine(tables, 0x20, 0x900, "-object", backend,
                                       "-machine", "memory-backend=ram", name=f"kind{number}")
                self.check_proved(tables, machine.start())

    def test_huge_pages(self):
        with open("/proc/meminfo") as file:
            free = re.search(r"HugePages_Free: +(\d+)", file.read())
        if not free or int(free[1]) < 32:
            self.skipTest("fewer than 32 huge pages are free")
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900, "-object",
                               "memory-backend-memfd,id=ram,size=64M,hugetlb=on",
                               "-machine", "memory-backend=ram")
        self.check_proved(tables, machine.start())

    def test_one_address(self):
        """Asked for one address each, before the whole map is known."""
        tables = self.long_mode()
        rows = rows_of(tables.pages)
        commands, wanted = [], []
        for index, row in enumerate(rows):
            for address in (row.start, row.end - 1):
                commands.append(f"vmmap --json -A 2 -B 1 {address:#x}")
                wanted.append(rows[max(index - 1, 0):index + 3])
        commands.append("vmmap --json 0x50")
        outputs = self.run_gdb(self.machine(tables, 0x20, 0x900).start(), commands)
        for output, part in zip(outputs, wanted):
            answer = support.parse_json(output)
            self.check_rows(shown_rows(answer), part)
            self.assertEqual([r["matched"] for r in answer["regions"]].count(True), 1)
        self.assertEqual(support.parse_json(outputs[-1])["regions"], [])

    def test_each_cpu_has_its_own_map(self):
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x900, "-smp", "2").start()
        outputs = self.run_gdb(machine, ["thread 1", "vmmap --json", "thread 2", "vmmap --json",
                                         "thread 1", "vmmap --json",
                                         "set kernel-vmmap-via-page-tables off", "thread 2",
                                         "vmmap", "thread 1", "vmmap --json", "monitor cpu 1",
                                         "stepi", "vmmap", "thread 2", "vmmap"])
        for index in (1, 5):
            self.check_rows(shown_rows(support.parse_json(outputs[index])), rows_of(tables.pages))
        answer = support.parse_json(outputs[3])
        self.check_rows(shown_rows(answer),
                        [Row(0, 2**32, "rwxu", "rwx", "rwx", 0, None)])
        self.assertEqual(answer["notes"], [  # the firmware has left it in protected mode
            "Address translation is off (x86 without paging): virtual addresses are physical "
            "addresses.", *machine.cpu_notes()])
        other = b'QEMU\'s "info mem" does not speak of the selected CPU, so it is not asked; ' \
            b'say "monitor cpu %d"; turn '
        self.assertIn(other % 1, outputs[8])
        self.assertEqual(len(support.parse_json(outputs[10])["regions"]), len(tables.pages))
        self.assertIn(other % 0, outputs[13])
        self.assertIn(b"address translation is off", outputs[15])

    def test_monitor_instead_of_page_tables(self):
        tables, machine = self.start_small()
        outputs = self.run_gdb(machine, ["set kernel-vmmap-via-page-tables off", "vmmap --json",
                                         "set kernel-vmmap-via-page-tables on", "vmmap --json"])
        answer = support.parse_json(outputs[1])
        self.assertEqual((answer["provider"], answer["exact"]), ("monitor", False))
        self.check_rows([(int(r["start"], 16), r["perms"], r["origin"], r["size"])
                         for r in answer["regions"]],
                        [(row.start, row.perms[:2] + "?" + row.perms[3], "monitor",
                          hex(row.end - row.start)) for row in rows_of(tables.pages)])
        self.check_rows(shown_rows(support.parse_json(outputs[3])), rows_of(tables.pages))

    def test_long_monitor_output_is_not_asked_for(self):
        tables = self.small()
        for i in range(0, 512):  # every second page: 512 rows
            tables.map(0x1000000 + 0x2000 * i, 0x700000, 0x1000, "rw-")
        machine = self.machine(tables, 0x20, 0x900).start()
        outputs = self.run_gdb(machine, ["set kernel-vmmap-via-page-tables off", "vmmap",
                                         "set kernel-vmmap-via-page-tables on", "vmmap --json"])
        self.assertIn(b"a long answer hangs GDB and QEMU for good", outputs[1])
        self.check_rows(shown_rows(support.parse_json(outputs[3])), rows_of(tables.pages))

    def test_long_monitor_output_on_tcp(self):
        """Where it hangs nobody: up to 8000 rows."""
        tables = self.small()
        for i in range(3500):  # every second page
            tables.map(0x1000000 + 0x2000 * i, 0x700000, 0x1000, "rw-")
        machine = self.machine(tables, 0x20, 0x900).start_on_tcp()
        outputs = self.run_gdb(machine, ["set kernel-vmmap-via-page-tables off", "vmmap --json"])
        answer = support.parse_json(outputs[1])
        self.assertEqual((answer["provider"], answer["exact"]), ("monitor", False))
        starts = [int(region["start"], 16) for region in answer["regions"]]
        self.assertEqual(starts, [row.start for row in rows_of(tables.pages)])

    def test_five_levels_are_not_asked_of_the_monitor(self):
        tables = X86Tables(TABLES, 5)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        outputs = self.run_gdb(self.machine(tables, 0x1020, 0x900).start(),
                               ["set kernel-vmmap-via-page-tables off", "vmmap"])
        self.assertIn(b"takes minutes with 5-level page tables", outputs[1])

    def test_table_outside_of_memory(self):
        tables = self.small()
        tables.put(tables.root, 5, 0x3f00000000 | 7)  # no memory there
        tables.put(tables.root, 6, 0xfed00000 | 7)    # a device, which must not be touched
        answer = support.parse_json(self.run_gdb(self.machine(tables, 0x20, 0x900).start(),
                                                 ["vmmap --json"])[0])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertFalse(answer["exact"])
        self.assertEqual(answer["notes"], [
            "2 page tables could not be read (the first at physical address 0x3f00000000), so what "
            "is mapped through them is missing."])

    def test_self_map(self):
        tables = X86Tables(TABLES, 4)
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        tables.put(tables.root, 256, tables.root | 3)
        answer = support.parse_json(self.run_gdb(self.machine(tables, 0x20, 0x900).start(),
                                                 ["vmmap --json"])[0])
        start = 0xffff800000000000
        # The tables, as pages: the last level, then what is above it.
        table = [entry & ~0xfff for entry in (tables.get(tables.root, 0),)]
        table.append(tables.get(table[0], 0) & ~0xfff)
        table.append(tables.get(table[1], 0) & ~0xfff)
        pages = tables.pages + [
            Page(start, table[2], 0x1000, "---", "rwx"),
            Page(start + (256 << 30), table[1], 0x1000, "---", "rwx"),
            Page(start + (256 << 30) + (256 << 21), table[0], 0x1000, "---", "rwx"),
            Page(start + (256 << 30) + (256 << 21) + (256 << 12), tables.root, 0x1000, "---",
                 "rwx")]
        self.check_rows(shown_rows(answer), rows_of(pages))
        self.assertEqual(len(answer["notes"]), 1)
        self.assertIn("self-map", answer["notes"][0])

    def test_tables_that_all_point_to_themselves(self):
        tables = X86Tables(TABLES, 4)
        for i in range(512):
            tables.put(tables.root, i, tables.root | 7)
        # It would not survive its own tables: they come into use by gdb's word alone.
        page = tables.new()
        other = X86Tables(tables.base + 0x10000, 4)
        other.map(X86_CODE, X86_CODE, 0x1000, "rwx")
        other.memory[:0] = bytes(tables.memory).ljust(0x10000, b"\0")
        other.base = tables.base
        for i in range(1, 512):
            other.put(other.root, i, tables.root | 7)
        answer = support.parse_json(self.run_gdb(self.machine(other, 0x20, 0x900).start(),
                                                 ["vmmap --json"])[0])
        self.check_rows([r._replace(physical=None) for r in shown_rows(answer)],
                        [r._replace(physical=None) for r in rows_of(other.pages)] +
                        [Row(1 << 39, 1 << 47, "rwxu", "rwx", "rwx", None, 0x1000),
                         Row(2**64 - (1 << 47), 2**64, "rwxu", "rwx", "rwx", None, 0x1000)])
        self.assertGreater(page, 0)

    def test_garbage(self):
        tables = self.small()
        noise = random.Random(1)
        for table in (tables.root, tables.table(0x601000, 2), tables.table(0x601000, 3)):
            for i in range(8 if table == tables.root else 32, 512):
                # Half of them point into memory, often to each other.
                value = noise.getrandbits(64)
                if value & 1:
                    value = value & ~0xffffffffff000 | noise.randrange(0x200, 0x220) << 12
                tables.put(table, i, value)
        outputs = self.run_gdb(self.machine(tables, 0x20, 0x900).start(),
                               ["vmmap --json", "vtop 0x400000", "info registers rip"])
        answer = support.parse_json(outputs[0])
        rows = shown_rows(answer)
        self.assertIn(Row(0x400000, 0x600000, "r-xu", "r-x", "r-x", 0x400000, 0x200000), rows)
        for row, following in zip(rows, rows[1:]):
            self.assertLessEqual(row.end, following.start)
        self.assertIn(b"0x400000 is at physical address 0x400000", outputs[1])
        self.assertIn(b"0x100100", outputs[2])

    def test_user_mode_with_isolated_page_tables(self):
        tables = X86Tables(TABLES + 0x1000, 4)  # CR3 has bit 12 set, as for Linux in user mode
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx", "rwx")
        kernel = self.machine(tables, 0x20, 0x900, name="kernel").start()
        user = self.machine(tables, 0x20, 0x900, more=X86_TO_USER, name="user").start()
        self.assertEqual(support.parse_json(self.run_gdb(kernel, ["vmmap --json"])[0])["notes"], [])
        outputs = self.run_gdb(user, ["print $cs", "vmmap --json"])
        self.assertEqual(outputs[0].strip(), b"$1 = 27")
        answer = support.parse_json(outputs[1])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual(answer["notes"], [
            "The CPU is in user mode; if its kernel isolates page tables (KPTI), most of the "
            f"kernel is not mapped now, and the kernel's own tables are at {TABLES:#x}."])

    def test_before_any_instruction(self):
        _, machine = self.start_small()
        outputs = self.run_gdb(machine, ["vmmap --json", "vtop 0x1234", "vmmap $pc"], stop=None)
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), [Row(0, 2**32, "rwxu", "rwx", "rwx", 0, None)])
        self.assertEqual(answer["notes"], [
            "The CPU is in real mode, and the segment in CS (0xf000) begins at 0xffff0000, not at "
            "16 times its number.",
            "Address translation is off (x86 without paging): virtual addresses are physical "
            "addresses."])
        self.assertIn(b"0x1234 is at physical address 0x1234: translation is off.", outputs[1])
        self.assertIn(b"+0x", outputs[2])

    def test_monitor_that_refuses(self):
        _, machine = self.start_small()
        proxy = Proxy(self, machine, lambda number: b"")
        outputs = self.run_gdb(proxy, ["vmmap --json", "vtop $pc", "vmmap $pc", "print $rip"])
        answer = support.parse_json(outputs[0])
        self.assertEqual((answer["target"], answer["regions"]), ("qemu-system", []))
        self.assertRegex(answer["notes"][0], "^QEMU's monitor, which alone can tell RAM from "
                                             "devices, does not answer ")
        for output in outputs[1:3]:
            self.assertIn(b"which alone can tell RAM from devices", output)
        self.assertIn(b"0x100100", outputs[3])  # the connection still works

    def test_monitor_that_talks_nonsense(self):
        _, machine = self.start_small()
        noise = b"Host virtual address for 0x0 (\x1b[31m) is 0xzz\n".hex().encode()
        proxy = Proxy(self, machine, lambda number: noise)
        outputs = self.run_gdb(proxy, ["vmmap --json", "vmmap", "print $rip"])
        self.assertEqual(support.parse_json(outputs[0])["regions"], [])
        self.check_bytes(outputs[1])
        self.assertIn(b"0x100100", outputs[2])

    def test_machine_that_dies_in_the_middle(self):
        """At the first, second, third ... request that the walk makes of the monitor."""
        for number in (1, 2, 3):
            with self.subTest(number=number):
                _, machine = self.start_small(name=f"qemu{number}")

                def kill_at(request, machine=machine, number=number):
                    if request == number:
                        machine.process.kill()
                        machine.process.wait()

                proxy = Proxy(self, machine, kill_at)
                outputs = self.run_gdb(proxy, ["vmmap", "vmmap", "vtop 0", "print 6 * 7"])
                self.assertEqual(support.table_rows(outputs[0] + outputs[1]), [])
                self.assertIn(b"went away", outputs[0])
                self.assertIn(b"There is no process", outputs[1])
                self.assertIn(b"There is nothing to translate for", outputs[2])
                self.assertEqual(outputs[3].strip(), b"$1 = 42")

    def test_vtop(self):
        tables, machine = self.start_small()
        outputs = self.run_gdb(machine, [
            "vtop 0x601010", "vtop 0x602000", "vtop 0x800000000000", "vtop", "vtop nonsense here",
            "vtop $pc", "help vtop"])
        table = [tables.root]
        for index in (0, 0, 3):
            table.append(tables.get(table[-1], index) & ~0xfff)
        names = ("PML4E", "PDPTE", "PDE", "PTE")
        lines = ["x86-64 4-level paging:"]
        for name, at, index in zip(names, table, (0, 0, 3, 1)):
            kind = "page" if name == "PTE" else "table"
            lines.append(f"  {name:8} {at:#x}[{index}] at {at + 8 * index:#x} = "
                         f"{tables.get(at, index):#x}  {kind}")
        lines += ["  a page of 0x1000 bytes at 0x700000, user rw-, kernel rw-, attributes 0x0",
                  "0x601010 is at physical address 0x700010."]
        # QEMU sets the bit "accessed" of the entries that it goes through.
        shown = re.sub("(?<= = 0x)[0-9a-f]+", lambda value: f"{int(value[0], 16) & ~0x20:x}",
                       outputs[0].decode())
        self.assertEqual(shown.splitlines(), lines)
        self.assertIn(b"  PTE      ", outputs[1])
        self.assertIn(b"not present\n0x602000 is not mapped.\n", outputs[1])
        self.assertIn(b"0x800000000000 is not mapped: no page table is responsible for it.",
                      outputs[2])
        self.assertEqual(outputs[3].strip(), b'"vtop" takes an address: any expression, such as '
                                             b'"vtop $pc".')
        self.assertIn(b"No symbol", outputs[4])
        self.assertIn(b"0x100100 is at physical address 0x100100.", outputs[5])
        text, json, absent = self.run_gdb(machine, [
            "xinfo 0x601010", "xinfo --json 0x601010", "xinfo --json 0x602000"])
        self.assertIn(b"\nphysical:  0x700010, user rw-, kernel rw-\n", text)
        answer = support.parse_json(json)
        self.assertEqual((answer["physical"], answer["user"], answer["kernel"]),
                         ("0x700010", "rw-", "rw-"))
        self.assertEqual((answer["row"]["start"], answer["row_offset"]), ("0x601000", "0x10"))
        absent = support.parse_json(absent)
        self.assertEqual((absent["row"], absent["physical"], absent["user"]), (None, None, None))
        self.assertIn(b"Usage: vtop [-h] [--root ROOT] ADDRESS-EXPRESSION", outputs[6])

    def test_root_outside_of_memory(self):
        """Nothing can be read, so nothing is said to be not mapped; no advice that was taken."""
        _, machine = self.start_small()
        outputs = self.run_gdb(machine, ["set $cr3 = (long) 0x34567000", "vtop 0x601010", "vmmap"])
        self.assertEqual(outputs[1].decode().splitlines(), [
            "x86-64 4-level paging:",
            "  PML4E    0x34567000[0] at 0x34567000  can not be read",
            "0x601010 may be mapped: that entry is not in memory that can be read.",
            "note: This is not all that the CPU sees, or not what it sees: it could not fetch its "
            "next instruction, for $pc (0x100100) is translated by a table that can not be read."])
        self.assertIn(b"(the first at physical address 0x34567000)", outputs[2])
        self.assertIn(b"so it is not asked.", outputs[2])
        self.assertNotIn(b"via-page-tables", outputs[2])

    def test_vtop_where_there_are_no_page_tables(self):
        outputs = support.gdb(["vtop 0", "start", "vtop $pc", "complete vtop mai"],
                              support.guest("plain"))
        self.assertEqual(outputs[0].strip(), b"There is nothing to translate for: connect to a "
                                             b"machine with \"target remote\".")
        self.assertEqual(outputs[2].strip(), b"There are no page tables to see: the target is no "
                                             b"machine under QEMU (it is native).")
        self.assertEqual(outputs[3].splitlines()[0], b"vtop main")

    def test_death_between_questions(self):
        tables, machine = self.start_small()
        outputs = self.run_gdb(machine, [
            "vmmap --json", f"shell kill -9 {machine.process.pid}", "shell sleep 0.3",
            "maintenance flush register-cache", "set vmmap labels off", "vmmap", "vmmap",
            "print 1 + 1"])
        self.check_rows(shown_rows(support.parse_json(outputs[0])), rows_of(tables.pages))
        for output in outputs[5:7]:
            self.assertIn(b"There is no process", output)
        self.assertEqual(outputs[-1].strip(), b"$1 = 2")


if __name__ == "__main__":
    unittest.main()
