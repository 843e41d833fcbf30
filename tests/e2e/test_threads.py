# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of threads' stacks, TLS blocks and guard pages, on exactly the right rows; and that
reading them changes nothing: no selection, no register, no memory, no call in the program."""

import collections
import json
import os
import signal
import tempfile
import time
import unittest

from support import (TestCase, Terminal, copy_maps_command, gdb, guest, holder, parse_json)

Thread = collections.namedtuple("Thread", "number stack tls kind")

# Saves GDB's number of each thread, by its id.
SAVE_NUMBERS = ("python import json; json.dump({{t.ptid[1]: t.num for t in "
                "gdb.selected_inferior().threads()}}, open({!r}, 'w'))")


# Saves the addresses of the pages of guard regions (madvise(2)) in writable memory: bit 58 in
# /proc/PID/pagemap (Linux 6.15), which is 0 on older kernels.
SAVE_GUARDS = """
import gdb, json, struct
tid = gdb.selected_thread().ptid[1]
pages = []
with open(f"/proc/{{tid}}/maps") as maps, open(f"/proc/{{tid}}/pagemap", "rb") as pagemap:
    for line in maps:
        start, end = (int(word, 16) for word in line.split()[0].split("-"))
        if " rw" in line and end - start < 1 << 31:  # not a sanitizer's shadow
            pagemap.seek(start // 4096 * 8)
            entries = struct.iter_unpack("Q", pagemap.read((end - start) // 4096 * 8))
            pages += [start + 4096 * i for i, (entry,) in enumerate(entries) if entry >> 58 & 1]
with open({!r}, "w") as file:
    json.dump(pages, file)
"""

# Counts how often a frame's unwinder is looked for.
COUNT_UNWINDING = """
import gdb.unwinder
class Counter(gdb.unwinder.Unwinder):
    def __call__(self, frame):
        self.count += 1
counter = Counter("counter")
counter.count = 0
gdb.unwinder.register_unwinder(None, counter)
"""


def split_at_guards(rows, threads, pages):
    """The rows as they are shown: those that hold a stack, but for [stack], without the pages."""
    stacks = {holder(rows, thread.stack) for thread in threads}
    split = []
    for index, row in enumerate(rows):
        inside = [page for page in pages if row.start <= page < row.end]
        if index not in stacks or row.name == b"[stack]":
            inside = []
        start = row.start
        for page in sorted(inside):
            if page > start:
                split.append(row._replace(start=start, end=page))
            guard = row._replace(start=page, end=page + 4096, perms="---" + row.perms[3])
            if split and split[-1].end == page and split[-1].perms == guard.perms and \
                    page - 4096 in inside:
                guard = split.pop()._replace(end=guard.end)
            split.append(guard)
            start = page + 4096
        if start < row.end:
            split.append(row._replace(start=start))
    return split


def read_threads(told, numbers):
    """The threads as the program tells them, with GDB's numbers; of a thread that tells twice (it
    switched its stack) the last."""
    with open(numbers) as file:
        numbers = json.load(file)
    threads = {}
    with open(told) as file:
        for line in file:
            _, tid, stack, tls, kind = line.split(maxsplit=4)
            if tid in numbers:
                threads[tid] = Thread(numbers[tid], int(stack, 16), int(tls, 16), kind.strip())
    return sorted(threads.values())


def expected_labels(rows, threads):
    """By start of the row. Every claim is on its own, and in the order of the threads."""
    claims = collections.defaultdict(list)
    for thread in threads:
        index = holder(rows, thread.stack)
        if rows[index].name != b"[stack]":
            claims[rows[index].start].append((thread.number, f"stack of thread {thread.number}"))
            below = rows[index - 1]
            if below.end == rows[index].start and below.perms.startswith("---"):
                claims[below.start].append((thread.number, f"guard page of thread {thread.number}"))
        index = holder(rows, thread.tls)
        claims[rows[index].start].append((thread.number, f"TLS of thread {thread.number}"))
    labels = {}
    for start, words in claims.items():
        labels[start] = ", ".join(word for _, word in sorted(words, key=lambda w: w[0]))
    return labels


class ThreadsTestCase(TestCase):
    def script(self, text):
        """A command that runs these lines of Python."""
        with tempfile.NamedTemporaryFile("w", suffix=".py", dir=self.folder, delete=False) as file:
            file.write(text)
        return f"source {file.name}"

    def run_threads(self, name, commands, *more):
        outputs = gdb(["handle SIGUSR1 nostop noprint", "break stop_here", "run", copy_maps_command(
            self.path("maps"), pid="gdb.selected_thread().ptid[1]"),
            SAVE_NUMBERS.format(self.path("numbers")), self.script(SAVE_GUARDS.format(
                self.path("guards"))), *commands], [guest(name), self.path("told"), *more])
        if b"exited with code 02" in outputs[2]:
            raise unittest.SkipTest("this kernel has no guard regions (Linux 6.13)")
        self.listed = self.truth()
        self.threads = read_threads(self.path("told"), self.path("numbers"))
        with open(self.path("guards")) as file:
            self.guards = json.load(file)
        self.rows = split_at_guards(self.listed, self.threads, self.guards)
        self.labels = expected_labels(self.rows, self.threads)
        return outputs[6:]


class Labels(ThreadsTestCase):
    def check(self, name, *more, count=8, commands=(), **wanted):
        outputs = self.run_threads(name, [*commands, "vmmap", "vmmap --json"], *more)
        self.assertEqual(len(self.threads), count)
        # All kinds are there: a guard, a stack without one, two stacks in a row.
        words = " ".join(self.labels.values())
        for thread in self.threads:
            self.assertIn(f"TLS of thread {thread.number}", words)
        self.assertEqual(words.count("guard page of thread"), 4)
        self.check_table(outputs[-2], self.rows, self.labels)
        self.check_json(parse_json(outputs[-1]), self.rows, self.labels, target="native",
                        provider="procfs", exact=True, notes=[], **wanted)

    def test_dynamic(self):
        self.check("threads")

    def test_static(self):
        self.check("threads-static")

    def test_static_pie(self):
        self.check("threads-static-pie")

    def test_32_bit(self):
        self.check("threads-32")

    def test_other_thread_selected(self):
        self.check("threads", commands=["thread 5"])

    def check_guards(self, name):
        outputs = self.run_threads(name, ["vmmap", "vmmap --json", "thread 5", "vmmap --json $sp"],
                                   "guards")
        if not self.guards:
            raise unittest.SkipTest("this kernel does not tell of guard regions (Linux 6.16)")
        self.assertGreaterEqual(len(self.rows), len(self.listed) + 2)
        own = [thread for thread in self.threads if thread.kind == "own"]
        for thread in own:
            index = holder(self.rows, thread.stack)
            self.assertEqual([self.rows[index].perms, self.rows[index - 1].perms], ["rwxp", "---p"])
            self.assertEqual(self.labels[self.rows[index - 1].start],
                             f"guard page of thread {thread.number}")
        self.check_table(outputs[0], self.rows, self.labels)
        self.check_json(parse_json(outputs[1]), self.rows, self.labels, provider="procfs",
                        exact=True, notes=[])
        here, = [thread for thread in self.threads if thread.number == 5]
        index = holder(self.rows, here.stack)
        self.check_json(parse_json(outputs[3]), self.rows[index - 1:index + 2], self.labels)

    def test_guard_regions(self):
        self.check_guards("threads")

    def test_guard_regions_32_bit(self):
        self.check_guards("threads-32")

    def test_main_thread_has_exited(self):
        self.check("threads", "exit", count=7)

    def test_main_thread_has_exited_32_bit(self):
        self.check("threads-32", "exit", count=7)

    def test_point_lookup_has_the_same_labels(self):
        addresses = ["$sp", "$fs_base", "$sp - 0x10000"]
        commands = []
        for number in (2, 4, 6, 8):
            commands.append(f"thread {number}")
            commands += [f"vmmap --json -a {address}" for address in addresses]
        outputs = self.run_threads("threads", commands)
        found = 0
        for output in outputs:
            if output.startswith(b"{"):
                answer = parse_json(output)
                found += sum(region["matched"] for region in answer["regions"])
                for region in answer["regions"]:
                    self.assertEqual(region["label"],
                                     self.labels.get(int(region["start"], 16), ""))
        self.assertGreaterEqual(found, 8)

    def test_off(self):
        answer, again = self.run_threads("threads", ["set vmmap labels off", "vmmap --json",
                                                     "set vmmap labels on", "vmmap --json"])[1::2]
        self.check_json(parse_json(answer), self.listed, {}, exact=True, notes=[])
        self.check_json(parse_json(again), self.rows, self.labels, exact=True, notes=[])


class DeadMainThread(ThreadsTestCase):
    """/proc/PID/maps is empty once the main thread has exited."""

    def check(self, *selection):
        commands = [*selection, "vmmap --json", "set vmmap source auto", "set vmmap labels off",
                    "vmmap --json -A0 -B0 &pipe_ends", "vmmap --json -A0 -B0 &pipe_ends"]
        outputs = self.run_threads("threads", commands, "exit")
        whole, point, again = (parse_json(o) for o in (outputs[-5], outputs[-2], outputs[-1]))
        self.check_json(whole, self.rows, self.labels, provider="procfs", exact=True, notes=[])
        names = [r for r in self.rows if r.name.endswith(b"/threads") and r.perms == "rw-p"]
        self.assertEqual(point, again)
        self.assertEqual(len(point["regions"]), 1)
        self.check_json(point, [r for r in self.rows if r.start == int(
            point["regions"][0]["start"], 16)], provider="procfs", exact=True, notes=[])
        self.assertTrue(names)

    def test_living_thread_selected(self):
        self.check()

    def test_other_living_thread_selected(self):
        self.check("thread 3")

    def test_dead_thread_selected(self):
        self.check("thread 1")


class Many(ThreadsTestCase):
    """100 threads, in a program for which GDB has much to read: a sanitizer's."""

    def run_pool(self, name, *commands):
        return gdb(["break stop_here", "run", copy_maps_command(self.path("maps")),
                    self.script(SAVE_GUARDS.format(self.path("guards"))), *commands],
                   [guest(name), "100"])[4:]

    def check(self, name):
        listing, registers = self.run_pool(
            name, "vmmap --json",
            "thread apply all -ascending -q printf \"%d %lx %lx\\n\", $_thread, $sp, $fs_base")
        threads = [Thread(int(number), int(stack, 16), int(tls, 16), "")
                   for number, stack, tls in (line.split() for line in registers.splitlines())]
        self.assertGreaterEqual(len(threads), 101)
        with open(self.path("guards")) as file:
            rows = split_at_guards(self.truth(), threads, json.load(file))
        self.check_json(parse_json(listing), rows, expected_labels(rows, threads),
                        provider="procfs", exact=True, notes=[])

    def test_plain(self):
        self.check("pool")

    def test_sanitized(self):
        self.check("pool-sanitized")

    def test_nothing_is_unwound(self):
        """But for the selected thread, whose frame is selected again afterwards."""
        _, listing, ours, _, theirs = self.run_pool(
            "pool", self.script(COUNT_UNWINDING), "vmmap", "python print(counter.count)",
            "thread apply all -q frame", "python print(counter.count)")
        self.assertIn(b"TLS of thread 101", listing)
        self.assertLess(int(ours), 10)
        self.assertGreater(int(theirs), 100)


class Unchanged(ThreadsTestCase):
    """What the user selected, and the program itself, are as before."""

    LISTEN = ("python seen = []; [getattr(gdb.events, name).connect("
              "lambda event: seen.append(type(event).__name__)) for name in "
              "('inferior_call', 'memory_changed', 'register_changed', 'cont', 'stop')]")
    # The writable memory of the program, but for what the kernel itself changes.
    MEMORY = ("python import hashlib; pid = gdb.selected_inferior().pid; memory = open("
              "'/proc/%d/mem' % pid, 'rb', 0); print([(s, hashlib.sha1((memory.seek(int(s, 16)), "
              "memory.read(int(e, 16) - int(s, 16)))[1]).hexdigest()) for s, e in "
              "[l.split()[0].split('-') for l in open('/proc/%d/maps' % pid) if ' rw' in l "
              "and int(l.split('-')[1].split()[0], 16) - int(l.split('-')[0], 16) < 2**21]])")
    STATE = ["thread", "frame", "info registers", MEMORY, "show convenience"]

    def check(self, *selection):
        commands = [self.LISTEN, "set may-call-functions off", *selection, *self.STATE,
                    "vmmap", "vmmap --json $sp", "vmmap --gaps", "vmmap stack", *self.STATE,
                    "python print(seen)"]
        outputs = self.run_threads("threads", commands)
        size = len(self.STATE)
        first = 2 + len(selection)
        before, after = outputs[first:first + size], outputs[-1 - size:-1]
        self.assertIn(b"thread", before[0])
        self.assertIn(b"#", before[1])
        self.assertIn(b"rip", before[2])
        self.assertIn(b"[('", before[3])
        self.assertEqual(after, before)
        self.assertEqual(outputs[-1], b"[]\n")

    def test_plain(self):
        self.check()

    def test_outer_frame(self):
        self.check("frame 1")

    def test_other_thread_and_frame(self):
        self.check("thread 3", "frame 2")

    def test_other_thread_innermost_frame(self):
        self.check("thread 8", "frame 0")

    def test_interrupted(self):
        """Ctrl-C while the threads are read: wherever it hits, the selection is as before."""
        with Terminal("--args", guest("threads"), self.path("told")) as terminal:
            # What GDB 16 can tell of the arguments differs from one time to the next.
            for command in ("set style enabled off", "handle SIGUSR1 nostop noprint",
                            "set print frame-arguments presence", "set print entry-values no",
                            "break stop_here", "run", "thread 3", "frame 2"):
                terminal.command(command)
            before = terminal.command("thread"), terminal.command("frame")
            self.assertIn(b"#2", before[1])
            for number in range(20):
                terminal.send(b"python for i in range(100000): gdb.execute('set vmmap source ' + "
                              b"('auto', 'procfs')[i % 2]); gdb.execute('vmmap', to_string=True)\n")
                time.sleep(0.02 + number / 1000)
                os.kill(terminal.pid, signal.SIGINT)
                self.assertRegex(terminal.read_until(terminal.PROMPT), b"Quit|KeyboardInterrupt")
                self.assertEqual((terminal.command("thread"), terminal.command("frame")), before)


if __name__ == "__main__":
    unittest.main()
