# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes behind gdbserver: the rows are the far side's /proc/PID/maps, the round trips are
counted, and where the far side's /proc is not the process's own nothing wrong is shown as exact."""

import os
import signal
import time
import unittest

from support import (Stub, Terminal, TestCase, copy_maps_command, gdb, guest, holder, json_rows,
                     need, need_namespaces, parse_json, parse_maps, shown_name, table_rows)
from test_odd import read_told
from test_threads import SAVE_NUMBERS, expected_labels, read_threads

# Some machines' gdbserver needs no files of the far side; reading them is slow.
LOCAL_FILES = "set sysroot /"
VFILE = {"target": "remote", "provider": "vfile", "exact": True, "notes": []}


def find_pid(stub, program):
    """A Python expression, for gdb, of the number that the stub's inferior has on this machine,
    whatever its own namespace calls it."""
    return ("[int(p) for p in __import__('os').listdir('/proc') if p.isdigit() and "
            "__import__('os').path.exists('/proc/' + p + '/exe') and "
            f"__import__('os').readlink('/proc/' + p + '/exe') == {os.path.realpath(program)!r} "
            f"and __import__('os').getsid(int(p)) == {stub.process.pid}][0]")


class RemoteTestCase(TestCase):
    def setUp(self):
        super().setUp()
        need("gdbserver")

    def serve(self, *program, prefix=(), options=("--once",)):
        self.program = program[0]
        self.stub = Stub(self, *prefix, "gdbserver", *options, "-", *program)
        return self.stub

    def connect(self, *commands, how="remote", before=(), pid=None):
        """Stops in `to` and saves the truth; then runs the commands and returns their outputs."""
        first = [LOCAL_FILES, "set style enabled off", *before, f"target {how} {self.stub.path}",
                 "handle SIGUSR1 nostop noprint", "break stop_here", "continue",
                 copy_maps_command(self.path("maps"),
                                   pid or find_pid(self.stub, self.program))]
        outputs = gdb([*first, *commands], self.program)
        self.assertIn(b"Breakpoint 1, ", outputs[len(first) - 2].replace(b"hit ", b""),
                      b"\n".join(outputs[:len(first)]))
        self.rows = self.truth()
        return outputs[len(first):]

    def labels_of(self, answer):
        return {int(r["start"], 16): r["label"] for r in answer["regions"]}

    def check_probed(self, answer):
        """Rows that were found by reading: nothing is claimed that is not mapped."""
        self.assertTrue(answer["regions"])
        for row in json_rows(answer):
            at = row.start
            while at < row.end:
                index = holder(self.rows, at)
                self.assertIsNotNone(index, f"{at:#x} of {row}")
                at = self.rows[index].end
            self.assertEqual(row.perms, "????")

    def tls_labels(self, address):
        return {self.rows[holder(self.rows, address)].start: "TLS of thread 1"}


class Rows(RemoteTestCase):
    def check_threads(self, name, how="remote", before=(), count=8):
        self.serve(guest(name), self.path("told"))
        outputs = self.connect(SAVE_NUMBERS.format(self.path("numbers")), "thread 3", "frame 1",
                               "thread", "frame", "vmmap", "vmmap --json", "thread", "frame",
                               "vmmap --json $sp", "info registers", how=how, before=before)
        threads = read_threads(self.path("told"), self.path("numbers"))
        self.assertEqual(len(threads), count)
        labels = expected_labels(self.rows, threads)
        self.check_table(outputs[5], self.rows, labels)
        self.check_json(parse_json(outputs[6]), self.rows, labels, **VFILE)
        self.assertEqual(outputs[3:5], outputs[7:9])
        point = parse_json(outputs[9])
        matched = [r for r in point["regions"] if r["matched"]]
        self.assertEqual(len(matched), 1)
        index = holder(self.rows, int(matched[0]["start"], 16))
        self.assertIn("stack of thread 3", matched[0]["label"])
        self.check_json(point, self.rows[index - 1:index + 2], labels, **VFILE)

    def test_threads(self):
        self.check_threads("threads")

    def test_threads_32_bit(self):
        self.check_threads("threads-32")

    def test_threads_static(self):
        self.check_threads("threads-static")

    def test_extended(self):
        self.check_threads("threads", how="extended-remote")

    def test_multiprocess_off(self):
        self.check_threads("threads", before=["set remote multiprocess-feature-packet off"])

    def test_main_thread_has_exited(self):
        self.serve(guest("threads"), self.path("told"), "exit")
        outputs = self.connect("vmmap --json", "thread 1", "vmmap --json", "thread 3",
                               "vmmap --json", pid="gdb.selected_thread().ptid[1]")
        self.assertGreater(len(self.rows), 10)
        for output in (outputs[0], outputs[2], outputs[4]):
            answer = parse_json(output)
            self.check_json(answer, self.rows, self.labels_of(answer), **VFILE)

    def test_odd(self):
        """Names: through vFile a newline and its escape are the same, and a note says so."""
        os.mkdir(self.path("guest"))
        self.serve(guest("odd"), self.path("guest"))
        table, answer = self.connect("vmmap", "vmmap --json")
        told, _, tls = read_told(self.path("guest/truth"))
        self.assertGreater(len(told), 90)
        note = ("Where a name contains \\012, only PROCMAP_QUERY (Linux 6.11, local processes) can "
                "tell a newline from a backslash.")
        labels = self.tls_labels(tls)
        self.check_table(table, self.rows, labels)
        self.assertTrue(table.endswith(b"note: " + note.encode() + b"\n"))
        self.check_json(parse_json(answer), self.rows, labels,
                        **{**VFILE, "exact": False, "notes": [note]})

    def test_many(self):
        with open("/proc/sys/vm/max_map_count") as file:
            if int(file.read()) < 60100:
                self.skipTest("vm.max_map_count is below 60100")
        self.serve(guest("many"), "60000")
        table, answer = self.connect("vmmap", "vmmap --json")
        self.assertGreater(len(self.rows), 60000)
        answer = parse_json(answer)
        labels = {start: label for start, label in self.labels_of(answer).items() if label}
        self.assertEqual(list(labels.values()), ["TLS of thread 1"])
        self.check_table(table, self.rows, labels)
        self.check_json(answer, self.rows, labels, **VFILE)


class RoundTrips(RemoteTestCase):
    """The kernel hands out at most a page of the text for each read, whatever is asked for: that
    many packets, one that finds the end, one to open, one to close. Before that one goes astray on
    purpose, so that GDB sends the stub into its own mount namespace if need be. Once for each
    process there is also the stub's own status file, with five packets."""

    STATUS = b"/proc/self/status".hex().encode()
    ASTRAY = b"/dev/null/none".hex().encode()

    def count_files(self, packets):
        """By kind, but for the status file, of which there is one at the most."""
        opened = [i for i, p in enumerate(packets) if p.startswith(b"vFile:open:" + self.STATUS)]
        self.assertLessEqual(len(opened), 1)
        if opened:
            self.assertRegex(b" ".join(packets[opened[0] + 1:opened[0] + 4]),
                             rb"^vFile:pread\S* vFile:pread\S* vFile:close\S*$")
            packets = packets[:opened[0] - 1] + packets[opened[0] + 4:]
        astray = [p for p in packets if p.startswith(b"vFile:open:" + self.ASTRAY)]
        packets = [p for p in packets if p not in astray]
        self.assertLessEqual(len(astray), 1)
        names = [packet.split(b":")[1] for packet in packets if packet.startswith(b"vFile:")]
        return {name: names.count(name) for name in (b"open", b"pread", b"close")}

    def measure(self, *program):
        self.serve(*program)
        mark = self.path("mark")
        # A file that does not exist, so that the packet can be told from the others.
        marker = f"remote get {mark} /dev/null"
        self.connect("set vmmap labels off", marker, "vmmap", marker, "vmmap", "vmmap -n libc",
                     "vmmap $sp", marker)
        marks = [i for i, packet in enumerate(self.stub.packets)
                 if packet.startswith(b"vFile:open:" + mark.encode().hex().encode())]
        self.assertEqual(len(marks), 3)
        return [self.stub.packets[a + 1:b] for a, b in zip(marks, marks[1:])]

    def test_small(self):
        first, second = self.measure(guest("change"), "wait")
        reads = self.count_files(first)
        with open(self.path("maps"), "rb") as file:
            size = len(file.read())
        # A page is filled with whole lines only.
        self.assertIn(reads[b"pread"] - 1, (-(-size // 4096), -(-size // 4096) + 1))
        self.assertEqual((reads[b"open"], reads[b"close"]), (1, 1))
        self.assertEqual(self.count_files(second), {b"open": 0, b"pread": 0, b"close": 0})
        # Beside the files there may be a vFile:setfs, the question once whether this is QEMU, and
        # nothing else: the kept map is free. (For the user's $sp GDB itself may read the stack.)
        self.assertEqual([p for p in first if not p.startswith(b"vFile:")],
                         [b"qqemu.Supported", b"qqemu.sstepbits"])
        self.assertEqual([p for p in second if not p.startswith((b"vFile:", b"m"))], [])

    def test_large(self):
        first, second = self.measure(guest("many"), "5000")
        reads = self.count_files(first)
        with open(self.path("maps"), "rb") as file:
            size = len(file.read())
        self.assertGreaterEqual(reads[b"pread"], size // 4096 + 1)
        self.assertLessEqual(reads[b"pread"], size // 4000 + 3)
        self.assertEqual((reads[b"open"], reads[b"close"]), (1, 1))
        self.assertEqual(self.count_files(second), {b"open": 0, b"pread": 0, b"close": 0})


class Sources(RemoteTestCase):
    def ask(self, source, *commands):
        self.serve(guest("change"), "wait")
        return self.connect(f"set vmmap source {source}", *commands)

    def test_vfile(self):
        answer = parse_json(self.ask("vfile", "vmmap --json")[1])
        self.check_json(answer, self.rows, self.labels_of(answer), **VFILE)

    def test_gdb(self):
        answer = parse_json(self.ask("gdb", "vmmap --json")[1])
        note = ('This is what GDB\'s "info proc mappings" lists; rows may be missing and what it '
                'does not print is shown as not known.')
        self.check_json(answer, self.rows, self.labels_of(answer), target="remote",
                        provider="gdb", exact=False, notes=[note])

    def test_procfs(self):
        sentence = ('The source procfs ("set vmmap source") does not serve this kind of target '
                    '(remote).')
        _, table, answer, back, again = self.ask("procfs", "vmmap", "vmmap --json",
                                                 "set vmmap source auto", "vmmap --json")
        self.assertEqual(table, sentence.encode() + b"\n")
        answer = parse_json(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"],
                          answer["notes"], answer["regions"]),
                         ("remote", "none", False, [sentence], []))
        again = parse_json(again)
        self.check_json(again, self.rows, self.labels_of(again), **VFILE)

    def test_files_switched_off(self):
        """Then the rows are found by reading: see test_without_files.py."""
        self.serve(guest("change"), "wait")
        table, answer = self.connect("vmmap", "vmmap --json",
                                     before=["set remote hostio-open-packet off"])
        answer = parse_json(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("remote", "probe", False))
        self.assertRegex(answer["notes"][0],
                         r'^/proc/\d+/maps can not be read on the remote side: '
                         r'"set remote hostio-open-packet" is off\.$')
        self.check_probed(answer)
        self.assertEqual(len(table_rows(table)), len(answer["regions"]))


class Namespaces(RemoteTestCase):
    def setUp(self):
        super().setUp()
        need_namespaces("--pid", "--mount", "--fork")

    def test_pid_namespace(self):
        """The process has another number there: the path is the far side's."""
        self.serve(guest("change"), "wait", prefix=["unshare", "--pid", "--fork", "--mount-proc"])
        answer, = self.connect("vmmap --json")
        answer = parse_json(answer)
        self.check_json(answer, self.rows, self.labels_of(answer), **VFILE)

    def check_foreign(self, *victim):
        """The inferior's number is, in the /proc that the stub sees, that of the victim."""
        # gdbserver has some children before, to find out what ptrace() can do.
        others = [self.spawn(*victim).pid for _ in range(16)]
        rows = [a for a, b in zip(others, others[4:]) if b == a + 4]
        if not rows:
            self.skipTest("no five processes in a row get numbers in a row on this machine")
        path = "/proc/sys/kernel/ns_last_pid"
        if not os.access(path, os.W_OK):
            self.skipTest(f"{path} can not be written")
        # The shell becomes gdbserver; its first child is to have the victim's number.
        script = f'echo {rows[0] - 1} > {path}; exec "$@"'
        self.serve(guest("change"), "wait",
                   prefix=["unshare", "--pid", "--fork", "sh", "-c", script, "sh"])
        # gdbserver can start the program there but, for want of its /proc, not stop it again.
        outputs = gdb([LOCAL_FILES, f"target remote {self.stub.path}",
                       copy_maps_command(self.path("maps"), find_pid(self.stub, self.program)),
                       "python print(gdb.selected_inferior().pid)", "vmmap", "vmmap --json",
                       "vmmap --json $sp", "set vmmap labels off", "vmmap --json",
                       "set vmmap source gdb", "vmmap --json"], self.program)
        if int(outputs[3]) not in others:
            self.skipTest("other processes of this machine took the numbers")
        with open(f"/proc/{int(outputs[3])}/maps", "rb") as file:
            self.assertNotEqual(parse_maps(file.read()), self.truth())
        note = ("The stub runs in a PID namespace but sees the /proc of another one, where its "
                "process numbers mean other processes: mount /proc in its namespace (\"unshare "
                "--mount-proc\").")
        self.assertEqual(outputs[4], note.encode() + b"\n")
        for output in (outputs[5], outputs[6], outputs[8], outputs[10]):
            answer = parse_json(output)
            self.assertEqual((answer["target"], answer["provider"], answer["exact"],
                              answer["notes"], answer["regions"]),
                             ("remote", "none", False, [note], []))

    def test_pid_namespace_without_its_proc(self):
        self.check_foreign("sleep", "1000")

    def test_pid_namespace_without_its_proc_and_the_same_addresses(self):
        """A victim without address space randomisation has its stack where the inferior has."""
        need("setarch")
        self.check_foreign("setarch", "-R", guest("plain"), "wait")

    def test_mount_namespace(self):
        """The inferior sees no /proc; the server, outside, does."""
        process = self.spawn("unshare", "--mount", "sh", "-c",
                             'mount -t tmpfs none /proc && exec "$@"', "sh", guest("change"),
                             "wait")
        for _ in range(500):
            if os.readlink(f"/proc/{process.pid}/exe").endswith("/change"):
                break
            time.sleep(0.01)
        time.sleep(0.2)
        self.assertEqual(os.listdir(f"/proc/{process.pid}/root/proc"), [])
        stub = Stub(self, "gdbserver", "--once", "--attach", "-", str(process.pid))
        maps = copy_maps_command(self.path("maps"), str(process.pid))
        outputs = gdb(["set sysroot target:", f"target remote {stub.path}", maps, "vmmap --json",
                       "info sharedlibrary", "set vmmap labels off", "vmmap --json", "detach"])
        self.rows = self.truth()
        self.assertGreater(len(self.rows), 10)
        answer = parse_json(outputs[3])
        self.check_json(answer, self.rows, self.labels_of(answer), **VFILE)
        self.check_json(parse_json(outputs[6]), self.rows, {}, **VFILE)


class Failures(RemoteTestCase):
    def test_server_dies_while_the_map_is_read(self):
        self.serve(guest("many"), "5000")
        seen = []

        def on_packet(packet):
            if packet.startswith(b"vFile:open:" + b"/proc/".hex().encode()):
                seen.append(packet)
            if seen and packet.startswith(b"vFile:pread"):
                seen.append(packet)
                if len(seen) == 10:
                    self.stub.hang_up()

        def arm(packet):
            if packet.startswith(b"vCont;c"):
                seen.clear()
                self.stub.on_packet = on_packet

        self.stub.on_packet = arm
        outputs = self.connect("vmmap", "vmmap --json", "print 1 + 1", "vmmap")
        self.assertGreaterEqual(len(seen), 10)
        self.assertNotIn(b"Traceback", outputs[0])
        self.assertNotIn(b"0x00", outputs[0])
        self.assertRegex(outputs[0], rb"\w.*\.\n$")
        answer = parse_json(outputs[1])
        self.assertEqual((answer["target"], answer["regions"]), ("none", []))
        self.assertEqual(outputs[2], b"$1 = 2\n")
        self.assertTrue(outputs[3].startswith(b"There is no process: "))

    def test_ctrl_c_while_a_slow_server_answers(self):
        self.serve(guest("many"), "5000")
        with Terminal(guest("many")) as terminal:
            for command in ("set style enabled off", LOCAL_FILES,
                            f"target remote {self.stub.path}", "break stop_here", "continue",
                            copy_maps_command(self.path("maps"),
                                              find_pid(self.stub, self.program))):
                terminal.command(command)
            before = len(self.stub.packets)
            self.stub.delay = 0.05
            terminal.send(b"vmmap\n")
            while len(self.stub.packets) < before + 10:
                time.sleep(0.01)
            terminal.send(b"\x03")
            cut = terminal.read_until(terminal.PROMPT)
            packets = len(self.stub.packets) - before
            self.stub.delay = 0
            whole = terminal.command("vmmap").replace(b"\r\n", b"\n")
        rows = self.truth()
        self.assertGreater(len(rows), 5000)
        self.assertEqual(table_rows(cut.replace(b"\r\n", b"\n")), [])
        self.assertIn(b"Quit", cut)
        # The whole text would have taken some 70 packets.
        self.assertLess(packets, 40)
        self.check_rows([r._replace(name=r.name.split(b" (")[0]) for r, _ in table_rows(whole)],
                        [r._replace(name=shown_name(r)) for r in rows])

    def test_ctrl_c_at_each_packet(self):
        """It comes while GDB waits for the answer; GDB itself forgets it where that is an error."""
        self.serve(guest("many"), "20")
        sent, at = [], None

        def on_packet(packet):
            sent.append(packet)
            if len(sent) == at:
                os.kill(terminal.pid, signal.SIGINT)

        with Terminal(guest("many")) as terminal:
            for command in ("set style enabled off", LOCAL_FILES,
                            f"target remote {self.stub.path}", "break stop_here", "continue",
                            "vmmap", "stepi"):
                terminal.command(command)
            self.stub.on_packet = on_packet
            whole = table_rows(terminal.command("vmmap").replace(b"\r\n", b"\n"))
            order = [packet.split(b":")[:2] for packet in sent]
            for at in range(1, len(order) + 1):
                terminal.command("stepi")
                sent.clear()
                cut = terminal.command("vmmap")
                self.assertGreaterEqual(len(sent), at)
                self.assertEqual((order[at - 1], table_rows(cut.replace(b"\r\n", b"\n"))),
                                 (order[at - 1], []))
                self.assertIn(b"Quit", cut)
            at = None
            self.assertEqual(table_rows(terminal.command("vmmap").replace(b"\r\n", b"\n")), whole)
        self.assertGreater(len(whole), 10)
        for packet in [b"vFile", b"open"], [b"vFile", b"pread"], [b"vFile", b"close"]:
            self.assertIn(packet, order)


if __name__ == "__main__":
    unittest.main()
