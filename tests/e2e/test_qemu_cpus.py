# SPDX-License-Identifier: GPL-3.0-or-later
"""CPUs that are not what an operating system of their kind makes them: other architectures, the
secure world, real mode, guests of guests. Nothing that is not certain may be called exact."""

import unittest

import support
from machine import MULTIARCH, Machine, MachineTestCase


class Others(MachineTestCase):
    def test_registers_that_have_the_names_of_x86(self):
        """s390x has a cr0, a cr3 and a cr4."""
        machine = Machine(self, "qemu-system-s390x").start()
        outputs = self.run_gdb(machine, ["vmmap --json", "vtop $pc", "vmmap $pc", "p $cr3"],
                               stop=None, debugger=MULTIARCH)
        answer = support.parse_json(outputs[0])
        self.assertEqual((answer["target"], answer["exact"], answer["regions"]),
                         ("qemu-system", False, []))
        refusal = ("Page tables of this CPU's architecture (GDB calls it s390:64-bit) are not "
                   "known: those of x86, AArch64, ARM and RISC-V are.")
        self.assertIn(refusal, answer["notes"])
        for output in outputs[1:3]:
            self.assertIn(refusal.encode(), output)
        self.assertEqual(outputs[3].strip(), b"$1 = 0")


if __name__ == "__main__":
    unittest.main()
