# SPDX-License-Identifier: GPL-3.0-or-later
"""Ctrl-C at any moment: the command ends with GDB's "Quit", or had ended; never with words of
Python's, and the next one works. Moments are chosen at random, the outcome does not depend on
them."""

import os
import random
import signal
import time
import unittest

import support
from machine import Proxy, X86_STOP, X86TestCase

TRIES = 60


class Interrupts(X86TestCase):
    def interrupt(self, terminal, number, pause):
        """The output of `vmmap` that got a Ctrl-C after a while."""
        terminal.send(b"vmmap\n")
        time.sleep(pause)
        os.kill(terminal.pid, signal.SIGINT)
        # Whether the command or the prompt got it: this comes after.
        terminal.send(b"\npython print('end of ' + '%d')\n" % number)
        return terminal.read_until(b"end of %d\r" % number)

    def check_random(self, terminal, prepare):
        """`prepare` lets the next listing be a whole one."""
        for command in prepare:
            terminal.command(command)
        begin = time.monotonic()
        last_row = terminal.command("vmmap").splitlines()[-2]
        took = time.monotonic() - begin
        rng = random.Random(9)
        for number in range(TRIES):
            for command in prepare:
                terminal.send(command.encode() + b"\n")
            terminal.send(b"python print('begin of ' + '%d')\n" % number)
            terminal.read_until(b"begin of %d\r" % number)
            output = self.interrupt(terminal, number, rng.random() * took)
            self.assertNotIn(b"Python", output.replace(b"python print", b""))
            self.assertTrue(b"Quit" in output or last_row in output, output[-2000:])
        terminal.read_until(terminal.PROMPT)
        terminal.send(b"python print('all ' + 'done')\n")
        terminal.read_until(b"all done\r")
        terminal.read_until(terminal.PROMPT)
        self.assertIn(last_row, terminal.command("vmmap"))

    def test_slow_stub(self):
        stub = support.Stub(self, "gdbserver", "--once", "-", support.guest("threads"))
        with support.Terminal() as terminal:
            for command in ("target remote " + stub.path, "break main", "continue"):
                terminal.command(command)
            stub.delay = 0.005
            self.check_random(terminal, ["maintenance flush register-cache",
                                         "set vmmap labels off", "set vmmap labels on"])
            stub.delay = 0

    def test_packets(self):
        _, machine = self.start_small()
        with support.Terminal() as terminal:
            for command in (machine.connect(), f"hbreak *{X86_STOP:#x}", "continue",
                            "set vmmap phys-via monitor"):
                terminal.command(command)
            self.check_random(terminal, ["set kernel-vmmap-via-page-tables off",
                                         "set kernel-vmmap-via-page-tables on"])

    def test_monitor_that_never_stops(self):
        """Lines without end; each is a packet."""
        _, machine = self.start_small()
        proxy = Proxy(self, machine)
        line = b"O" + b"Memory at address ".hex().encode()
        packet = b"$" + line + b"#%02x" % (sum(line) & 255)
        started = []

        def flood(number):
            """Until gdb has had enough and sends something else than acknowledgements."""
            started.append(number)
            if len(started) == 1:
                proxy.gdb.sendall(b"+")
                os.kill(terminal.pid, signal.SIGINT)
                for _ in range(20000):
                    proxy.gdb.sendall(packet)
            return b"OK"

        with support.Terminal() as terminal:
            for command in (proxy.connect(), f"hbreak *{X86_STOP:#x}", "continue"):
                terminal.command(command)
            proxy.answer = flood
            self.assertIn(b"Quit", terminal.command("vmmap"))
            self.assertEqual(len(started), 1)
            self.assertIn(b"= 42", terminal.command("print 6 * 7"))


if __name__ == "__main__":
    unittest.main()
