# SPDX-License-Identifier: GPL-3.0-or-later
"""CPUs that are not what an operating system of their kind makes them: other architectures, the
secure world, real mode, guests of guests. Nothing that is not certain may be called exact."""

import struct
import unittest

import support
from machine import (AARCH64_STOP, ARM_CODE, ARM_MONITOR_MODE, ARM_SCR, ARM_TRANSLATION, MULTIARCH,
                     X86_CODE, X86_STOP, X86_TO_USER, Machine, MachineTestCase, X86TestCase,
                     EL3, aarch64_kernel, arm_kernel, arm_loads, words)
from tables import Aarch64Tables, ArmTables, X86Tables, rows_of, shown_rows


class Others(MachineTestCase):
    def test_registers_that_have_the_names_of_x86(self):
        """s390x has a cr0, a cr3 and a cr4: they are not read as x86's, its map is physical."""
        machine = Machine(self, "qemu-system-s390x").start()
        outputs = self.run_gdb(machine, ["vmmap --json", "vtop $pc", "vmmap $pc", "p $cr3"],
                               stop=None, debugger=MULTIARCH)
        answer = support.parse_json(outputs[0])
        self.assertEqual((answer["target"], answer["exact"]), ("qemu-system", False))
        self.assertEqual([(row["start"], row["origin"]) for row in answer["regions"][:1]],
                         [("0x0", "monitor")])
        refusal = ("Page tables of this CPU's architecture (GDB calls it s390:64-bit) are not "
                   "known: those of x86, AArch64, ARM and RISC-V are.")
        self.assertIn(refusal, answer["notes"])
        for output in outputs[1:3]:
            self.assertIn(refusal.encode(), output)
        self.assertEqual(outputs[3].strip(), b"$1 = 0")


def guard_note(name, address, obstacle):
    action = "fetch its next instruction" if name == "$pc" else "use its kernel's stack"
    return ("This is not all that the CPU sees, or not what it sees: it could not "
            f"{action}, for {name} ({address:#x}) {obstacle}.")


class Guard(X86TestCase):
    """A CPU that runs can fetch its next instruction."""

    def check_guard(self, machine, wanted):
        """Each (address, obstacle): what each command says when $pc is there. None: nothing."""
        commands = []
        for address, _ in wanted:
            commands += [f"set $pc = {address:#x}", "vmmap --json", f"vmmap --json {address:#x}",
                         "vtop 0x601010"]
        outputs = self.run_gdb(machine, commands)
        for number, (address, obstacle) in enumerate(wanted):
            note = guard_note("$pc", address, obstacle)
            whole, one, vtop = outputs[4 * number + 1:4 * number + 4]
            self.assertEqual([support.parse_json(whole)[key] for key in ("exact", "notes")],
                             [obstacle is None, [note] if obstacle else []])
            self.assertEqual([support.parse_json(one)[key] for key in ("exact", "notes")],
                             [obstacle is None, [note] if obstacle else []])
            self.assertEqual(vtop.decode().splitlines()[-1],
                             f"note: {note}" if obstacle else
                             "0x601010 is at physical address 0x700010.")

    def test_the_next_instruction(self):
        tables = self.small()
        tables.map(0x602000, 0xfed00000, 0x1000, "rwx")  # a device, the HPET
        tables.map(0x603000, 0xffff0000, 0x1000, "r-x")  # the firmware, which is ROM
        self.check_guard(self.machine(tables, 0x20, 0x900).start(), [
            (X86_STOP, None), (0x604000, "is not mapped"),
            (0x601008, "is not executable in the kernel's mode"),
            (0x602000, "is neither RAM nor ROM"), (0x603123, None), (0x400000, None)])

    def test_the_next_instruction_of_a_program(self):
        tables = self.small()
        tables.map(0x602000, X86_CODE, 0x1000, "rwx")
        tables.pages[0] = tables.pages[0]._replace(user="rwx")
        tables.map(X86_CODE, X86_CODE, 0x1000, "rwx", "rwx")
        self.check_guard(self.machine(tables, 0x20, 0x900, more=X86_TO_USER).start(), [
            (X86_STOP, None), (0x602000, "is not executable in user mode"), (0x400000, None)])


class RealMode(X86TestCase):
    def test_after_a_reset(self):
        """$pc and $sp are offsets in segments; that in CS begins where no number can say."""
        _, machine = self.start_small()
        outputs = self.run_gdb(machine, ["vmmap --json $pc", "vtop $pc", "vtop $rip + 3",
                                         "vtop 0xfff0", "vtop $sp"], stop=None)
        note = ("The CPU is in real mode, and the segment in CS (0xf000) begins at 0xffff0000, not "
                "at 16 times its number.")
        answer = support.parse_json(outputs[0])
        self.assertEqual((answer["notes"][0], answer["exact"]), (note, True))
        for output, address in zip(outputs[1:], (0xfffffff0, 0xfffffff3, 0xfff0, 0)):
            self.assertIn(b"%#x is at physical address %#x: translation is off.\n" %
                          (address, address), output)
            self.assertIn(f"note: {note}\n".encode(), output)
            self.assertNotIn(b"0x110000", output)

    def test_with_ordinary_segments(self):
        """mov ss, ax; mov sp, 0x1234; jmp 0x2000:0x10; there: jmp $"""
        boot = b"\xb8\x00\x30\x8e\xd0\xbc\x34\x12\xea\x10\x00\x00\x20"
        image = self.path("disk")
        with open(image, "wb") as file:
            file.write(boot.ljust(510, b"\0") + b"\x55\xaa")
        machine = Machine(self, "qemu-system-x86_64", "-m", "64", "-drive",
                          f"file={image},format=raw", blobs=[(0x20010, b"\xeb\xfe")]).start()
        outputs = self.run_gdb(machine, ["vtop $pc", "vtop $sp - 4", "vmmap --json"], stop=0x20010)
        note = (b"note: The CPU is in real mode: an address is a segment times 16 plus an offset, "
                b"below 0x110000.\n")
        for output, address in zip(outputs, (0x20010, 0x31230)):
            self.assertIn(b"%#x is at physical address %#x: translation is off.\n" %
                          (address, address), output)
            self.assertIn(note, output)
        self.assertTrue(support.parse_json(outputs[2])["exact"])

    def test_system_management_mode(self):
        """What the firmware has put there handles the interrupt that writing to port 0xb2 makes."""
        _, machine = self.start_small("-vga", "std", more=b"\xe6\xb2")
        # Entered in real mode; the firmware would switch paging on in its own memory.
        outputs = self.run_gdb(machine, [
            "vmmap --json", "vtop $pc", "set $cr3 = (long) 0xa9000",
            "set $cr0 = (long) 0x80000011", "p $cr0",
            "vmmap --json", "vtop 0x1000"], stop=0xa8000)
        smm = ("The CPU is in system management mode (SMM): its code and tables may be in memory "
               "that only this mode can see, which can not be read.")
        answer = support.parse_json(outputs[0])
        self.assertEqual((answer["notes"][0], answer["exact"]), (smm, False))
        self.assertEqual(answer["notes"][-1], guard_note("$pc", 0xa8000, "is neither RAM nor ROM"))
        self.assertIn(b"0xa8000 is at physical address 0xa8000: translation is off.", outputs[1])
        answer = support.parse_json(outputs[5])
        self.assertEqual((answer["regions"], answer["exact"]), ([], False))
        obstacle = "is translated by a table that can not be read"
        self.assertIn(guard_note("$pc", 0xa8000, obstacle), answer["notes"])
        self.assertIn(smm, answer["notes"])
        self.assertNotIn("map nothing", str(answer))
        self.assertIn(f"note: {smm}".encode(), outputs[6])


def put(memory, *values):
    """Writes (offset, size, value)."""
    for offset, size, value in values:
        memory[offset:offset + size] = value.to_bytes(size, "little")


class SecureMemory(MachineTestCase):
    def test_tables_that_only_the_secure_world_sees(self):
        """`gpa2hva` knows that memory, `xp` can not read it, and packets say that it is all 0."""
        secure, source, start = 0x0e000000, 0x40400000, ARM_CODE + 0x2000
        tables = Aarch64Tables(secure, 12, 39)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "rwx", "--x")  # with XN clear
        tables.pages[-1] = tables.pages[-1]._replace(user="---")
        tables.map(0x1000000, secure + 0x800000, 0x1000, "rw-")
        for number in range(8):  # so many tables that QEMU's list of all memory is asked for
            tables.map(0x2000000 + (number << 21), secure + 0x810000, 0x1000, "rw-")
        # The guest itself has to put its tables there: movz x1, source; movz x2, secure;
        # movz x3, count; ldr x4, [x1], 8; str x4, [x2], 8; subs x3, x3, 1; b.ne; b ARM_CODE
        copy = words(0xd2a00001 | source >> 16 << 5, 0xd2a00002 | secure >> 16 << 5,
                     0xd2800003 | len(tables.memory) // 8 << 5, 0xf8408424, 0xf8008444, 0xf1000463,
                     0x54ffffa1, 0x14000000 | (ARM_CODE - start - 28) // 4 & 0x3ffffff)
        code = aarch64_kernel(tables.root, 0, 25 | 2 << 16, level=EL3)
        machine = Machine(self, "qemu-system-aarch64", "-M", "virt,secure=on", "-cpu",
                          "cortex-a57", "-m", "128", "-device",
                          f"loader,addr={start:#x},cpu-num=0",
                          blobs=[(ARM_CODE, code), (start, copy),
                                 (source, bytes(tables.memory))]).start()
        ways = ("auto", "packet", "monitor")
        commands = [command for way in ways
                    for command in (f"set vmmap phys-via {way}", "vmmap --json", "vtop 0x1000123")]
        outputs = self.run_gdb(machine, commands, AARCH64_STOP, debugger=MULTIARCH)
        answer = support.parse_json(outputs[1])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        self.assertEqual((answer["notes"], answer["exact"]), ([], True))
        self.assertIn(b"0x1000123 is at physical address 0xe800123.", outputs[2])
        for number in (4, 7):
            answer = support.parse_json(outputs[number])
            self.assertEqual((answer["regions"], answer["exact"]), ([], False))
            self.assertEqual(answer["notes"][:2], [
                "1 page table could not be read (the first at physical address 0xe000000), so what "
                "is mapped through it is missing.",
                guard_note("$pc", AARCH64_STOP, "is translated by a table that can not be read")])
            self.assertIn(b"0x1000123 may be mapped: that entry is not in memory that can be read.",
                          outputs[number + 1])


class Nested(X86TestCase):
    """A hypervisor in the machine (AMD APM volume 2, chapter 15 and appendix B)."""

    NOTE = ("Virtualization is switched on (EFER.SVME): where the CPU is in a guest of the "
            "machine's own, its page tables go through another translation, which can not be "
            "seen, and this is not what it sees.")
    CONTROL, SAVED = 0x280000, 0x281000  # the guest's control block; where the host's state goes
    SHIFT = 0x1000000  # the guest's physical memory is there

    def control_block(self, nested_root, guest_root, start):
        block = bytearray(0x1000)
        put(block, (0x10, 4, 1), (0x58, 4, 1), (0x90, 8, 1), (0xb0, 8, nested_root),
            (0x4d0, 8, 0x1d00), (0x548, 8, 0x20), (0x550, 8, guest_root), (0x558, 8, 0x80000011),
            (0x560, 8, 0x400), (0x568, 8, 0xffff0ff0), (0x570, 8, 2), (0x578, 8, start))
        for offset, attributes in ((0x400, 0xc93), (0x410, 0x29b), (0x420, 0xc93), (0x430, 0xc93)):
            put(block, (offset + 2, 2, attributes), (offset + 4, 4, 0xffffffff))
        return bytes(block)

    def test_hypervisor(self):
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x1900).start()
        outputs = self.run_gdb(machine, ["vmmap --json", "vmmap --json $pc", "vtop $pc"])
        answer = support.parse_json(outputs[0])
        self.check_rows(shown_rows(answer), rows_of(tables.pages))
        for answer in (answer, support.parse_json(outputs[1])):
            self.assertEqual((answer["exact"], answer["notes"]), (False, [self.NOTE]))
        self.assertIn(f"note: {self.NOTE}".encode(), outputs[2])

    def test_guest_of_a_guest(self):
        nested, guest = X86Tables(0x800000, 4), X86Tables(0x1800000, 4)
        for at in range(0, 0x2000000, 0x200000):
            nested.map(at, self.SHIFT + at, 0x200000, "rwx", "rwx")
        start = 0x700000
        guest.map(start, 0x300000, 0x1000, "rwx")
        block = self.control_block(nested.root, guest.root, start)
        memory = (guest.base + self.SHIFT, bytes(guest.memory))
        code = (b"\xb9\x17\x01\x01\xc0\xb8" + struct.pack("<I", self.SAVED) +  # VM_HSAVE_PA
                b"\x31\xd2\x0f\x30\xb8" + struct.pack("<I", self.CONTROL) + b"\x0f\x01\xd8")
        tables = self.small()
        machine = self.machine(tables, 0x20, 0x1900, more=code, blobs=[
            nested.blob, memory, (self.CONTROL, block),
            (self.SHIFT + 0x300000, b"\xeb\xfe")]).start()
        outputs = self.run_gdb(machine, ["print/x $rip", "vmmap --json", "vtop $pc"], start)
        self.assertEqual(outputs[0].strip(), b"$1 = 0x700000")
        answer = support.parse_json(outputs[1])
        self.assertEqual((answer["regions"], answer["exact"]), ([], False))
        self.assertIn(self.NOTE, answer["notes"])
        self.assertIn(guard_note("$pc", start, "is not mapped"), answer["notes"])
        self.assertIn(f"note: {self.NOTE}".encode(), outputs[2])


class Rights(MachineTestCase):
    def test_what_the_kernel_may_do_is_not_hidden(self):
        """Firmware that leaves UXN clear: user mode may execute what only EL1 may write."""
        tables = Aarch64Tables(ARM_CODE + 0x100000, 12, 39)
        tables.map(ARM_CODE, ARM_CODE, 0x1000, "rwx", "--x")
        tables.map(0x1000000, 0x40300000, 0x1000, "rw-", "--x")
        tables.map(0x2000000, 0x40301000, 0x1000, "rw-", "rw-")
        tables.map(0x3000000, 0x40302000, 0x1000, "r--", "r-x")
        tables.map(0x4000000, 0x40303000, 0x1000, "r-x")
        code = aarch64_kernel(tables.root, 0, 25 | 1 << 23 | 2 << 32)
        machine = Machine(self, "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57", "-m",
                          "128", "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, code), tables.blob]).start()
        outputs = self.run_gdb(machine, ["vmmap", "vmmap -w", "vmmap -x", "vmmap -wx",
                                         "vmmap --json -w"], AARCH64_STOP, debugger=MULTIARCH)
        rows = {0x1000000: b"rw-k     1000        ? [pt_01000] (user --x)",
                0x2000000: b"rw-u     1000        ? [pt_02000]",
                0x3000000: b"r-xu     1000        ? [pt_03000]",
                0x4000000: b"r-xk     1000        ? [pt_04000]",
                ARM_CODE: b"rwxk     1000        ? [pt_40200] (user --x)"}
        chosen = [list(rows), [0x1000000, 0x2000000, ARM_CODE],
                  [0x1000000, 0x3000000, 0x4000000, ARM_CODE], [0x1000000, ARM_CODE]]
        for output, starts in zip(outputs, chosen):
            shown = [line for line in output.splitlines() if line.startswith(b"0x")]
            self.assertEqual(shown, [b"0x%016x 0x%016x " % (start, start + 0x1000) + rows[start]
                                     for start in starts])
        answer = support.parse_json(outputs[4])
        self.assertEqual([(r["perms"], r["user"], r["kernel"], r["label"])
                          for r in answer["regions"]],
                         [("rw-k", "--x", "rw-", ""), ("rw-u", "rw-", "rw-", ""),
                          ("rwxk", "--x", "rwx", "")])


class Banks(MachineTestCase):
    """ARM with EL3: the CPU begins in the secure world, which has registers of its own."""

    # The sound chip of vexpress; QEMU 11.1 does not start without a driver for it.
    SILENCE = ("-global", "pl041.audiodev=none", "-audiodev", "none,id=none")

    def check_board(self, ram, *board):
        """One that writes the registers as it finds them, as Linux and U-Boot do."""
        tables = ArmTables(ram + 0x300000)
        tables.map(ram, ram, 0x1000, "rwx")
        tables.map(0x1000, ram + 0x1000, 0x1000, "rw-", "rw-")
        machine = Machine(self, "qemu-system-arm", *board, "-m", "128", "-device",
                          f"loader,addr={ram:#x},cpu-num=0",
                          blobs=[(ram, arm_kernel(tables.root, 0, 0, 1)), tables.blob]).start()
        self.check_machine(machine, tables.pages, ram + 40, debugger=MULTIARCH)

    def test_vexpress_a9(self):
        self.check_board(0x60000000, "-M", "vexpress-a9", *self.SILENCE)

    def test_vexpress_a15(self):
        self.check_board(0x80000000, "-M", "vexpress-a15", *self.SILENCE)

    def test_sabrelite(self):
        self.check_board(0x10000000, "-M", "sabrelite")

    def test_virt_with_a_secure_world(self):
        self.check_board(0x40200000, "-M", "virt,secure=on", "-cpu", "cortex-a15")

    def check_worlds(self, wanted, stop, *between, proxy=None):
        """Both worlds have tables, and `between` is done after the secure one got its own. It is
        looked after `stop` registers; `wanted` says whose tables count then."""
        secure, normal = ArmTables(ARM_CODE + 0x100000), ArmTables(ARM_CODE + 0x200000)
        for tables, address in ((secure, 0x1000), (normal, 0x5000)):
            tables.map(ARM_CODE, ARM_CODE, 0x1000, "r-x")
            tables.map(address, ARM_CODE + address, 0x1000, "rw-")
        loads = [*zip((secure.root, 0, 0, 1, 0x00c50879), ARM_TRANSLATION), *between, (1, ARM_SCR),
                 *zip((normal.root, 0, 0, 1, 0x00c50879), ARM_TRANSLATION)]
        machine = Machine(self, "qemu-system-arm", "-M", "virt,secure=on", "-cpu", "cortex-a15",
                          "-m", "128", "-device", f"loader,addr={ARM_CODE:#x},cpu-num=0",
                          blobs=[(ARM_CODE, arm_loads(loads)), secure.blob, normal.blob]).start()
        answer = support.parse_json(self.run_gdb(
            proxy(machine) if proxy else machine, ["vmmap --json"], ARM_CODE + 8 * stop,
            debugger=MULTIARCH)[0])
        pages = {"secure": secure, "normal": normal}[wanted].pages
        self.check_rows(shown_rows(answer), rows_of(pages))
        self.assertEqual((answer["notes"], answer["exact"]), ([], True))

    def test_secure_world(self):
        self.check_worlds("secure", 5)

    def test_normal_world(self):
        self.check_worlds("normal", 11)

    def test_monitor_mode_is_secure(self):
        self.check_worlds("secure", 12, (0, ARM_MONITOR_MODE))


if __name__ == "__main__":
    unittest.main()
