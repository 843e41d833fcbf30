# SPDX-License-Identifier: GPL-3.0-or-later
"""The map is always that of now: after steps, calls, forks, execs, in several inferiors, attached
again, killed, running; and asking twice without a change reads it once."""

import os
import re
import time
import unittest

from support import (LOAD, TestCase, environment, gdb, gdb_arguments, guest, json_rows, need,
                     need_namespaces, parse_json, parse_maps, run_group)

NO_PROCESS = ('There is no process: start one with "run", or use "attach", "target remote" or '
              '"core-file" (a compressed core has to be unpacked first).')
RUNNING = ("The program is running: its map may be changing, and what registers tell is not "
           "shown.")
ZOMBIE = (b"/proc/%d/maps is empty: the process has exited and waits for its parent (a zombie); "
          b"\"detach\" lets it go.\n")
HIDDEN = ("/proc/{}/maps is empty: the process lives, as its status file says, so a security "
          "module hides its memory, or something else is mounted over the file.")
# Kills the program behind GDB's back, and waits until it is dead.
KILL = ("python import os, time; pid = gdb.selected_inferior().pid; os.kill(pid, 9)\n"
        "while open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0] != 'Z': "
        "time.sleep(0.01)\n"
        "print(pid)")
# Where `change` maps its pages.
PLACE = 0x1000000000


class ChangesTestCase(TestCase):
    """`look()` is two commands that save the truth and ask for the map; `compare()` then checks
    all such pairs."""

    def setUp(self):
        super().setUp()
        self.looks = 0

    def look(self):
        self.looks += 1
        path = self.path(f"look{self.looks}")
        return [f"python open({path!r}, 'wb').write(open('/proc/%d/maps' % "
                "gdb.selected_inferior().pid, 'rb').read())", "vmmap --json"]

    def compare(self, outputs, **wanted):
        """The pages at PLACE of each look, as page numbers with permissions."""
        answers = [parse_json(o) for o in outputs if o.startswith(b"{")]
        self.assertEqual(len(answers), self.looks)
        pages = []
        for number, answer in enumerate(answers, 1):
            with open(self.path(f"look{number}"), "rb") as file:
                rows = parse_maps(file.read())
            self.assertGreater(len(rows), 3)
            with self.subTest(look=number):
                labels = {int(r["start"], 16): r["label"] for r in answer["regions"]}
                self.check_json(answer, rows, labels, target="native", provider="procfs",
                                exact=True, notes=[], **wanted)
            pages.append([((r.start - PLACE) // 8192, r.perms) for r in rows
                          if PLACE <= r.start < PLACE + 10 * 8192])
        return pages


class Steps(ChangesTestCase):
    def test_next(self):
        commands = ["break change", "run", *self.look()]
        for _ in range(4):
            commands += ["next", *self.look()]
        pages = self.compare(gdb(commands, guest("change")))
        self.assertEqual(pages, [[], [(0, "rw-p")], [(0, "rw-p"), (1, "rw-p")],
                                 [(0, "r--p"), (1, "rw-p")], [(1, "rw-p")]])

    def test_call(self):
        outputs = gdb(["break change", "run", *self.look(), "call (void)map_page(4)", *self.look(),
                       "print (int)munmap((void *)0x1000008000, 4096)", *self.look()],
                      guest("change"))
        self.assertEqual(self.compare(outputs), [[], [(4, "rw-p")], []])

    def test_jump_and_set_variable(self):
        outputs = gdb(["break change", "run", *self.look(), "set var variable = 3", *self.look(),
                       "tbreak 38", "jump 38", *self.look(), "next", *self.look()],
                      guest("change"))
        self.assertEqual(len(self.compare(outputs)), 4)

    def test_point_lookup_after_listing(self):
        outputs = gdb(["break change", "run", "vmmap", f"vmmap {PLACE:#x}", "next",
                       f"vmmap -A0 -B0 {PLACE:#x}"], guest("change"))
        self.assertEqual(outputs[3], b"No page holds the address 0x1000000000.\n")
        self.assertIn(b"-> 0x0000001000000000 0x0000001000001000 rw-p     1000        0 "
                      b"[anon_1000000] +0x0\n", outputs[5])


class KeptMap(ChangesTestCase):
    def count_reads(self, *questions):
        """How often gdb opens the maps file of its inferior for these commands."""
        need("strace")
        log = self.path("strace")
        commands = ["break change", "run", *questions]
        output = run_group(["strace", "-o", log, "-e", "trace=openat,open",
                            *gdb_arguments([LOAD, *commands]), guest("change")],
                           env=environment())
        if b"Breakpoint 1, change" not in output:
            self.skipTest("gdb can not be traced here: " + output.decode()[-300:])
        with open(log) as file:
            return len(re.findall(r'"/proc/\d+/maps"', file.read()))

    def test_is_read_once(self):
        none = self.count_reads("echo")
        once = self.count_reads("vmmap")
        self.assertEqual(once, none + 1)
        self.assertEqual(self.count_reads("vmmap", "vmmap", "vmmap --json", "vmmap $sp",
                                          "vmmap -n libc", "print variable", "info registers",
                                          "x/4x $sp", "backtrace", "vmmap --gaps"), once)
        self.assertEqual(self.count_reads("vmmap", "stepi", "vmmap"), once + 1)
        self.assertEqual(self.count_reads("vmmap", "set var variable = 1", "vmmap"), once + 1)


class Processes(ChangesTestCase):
    def test_two_inferiors(self):
        other = guest("change").replace("change", "change-32")
        has_other = os.path.exists(other)  # else it is the same program, at the same addresses
        commands = ["break stop_here", "break change", "run", *self.look(),
                    "add-inferior -exec " + (other if has_other else guest("change")),
                    "inferior 2", "vmmap", "run", *self.look(), "inferior 1", *self.look(),
                    "next", *self.look(), "inferior 2", *self.look(), "next", "next", *self.look(),
                    "inferior 1", *self.look(), "kill inferiors 1", "vmmap", "inferior 2",
                    *self.look()]
        outputs = gdb(commands, guest("change"))
        self.compare(outputs)
        self.assertEqual([o for o in outputs if o.startswith(b"There is no process")],
                         [NO_PROCESS.encode() + b"\n"] * 2)
        rows = [json_rows(parse_json(o)) for o in outputs if o.startswith(b"{")]
        if has_other:
            self.assertNotEqual(rows[0], rows[1])
        self.assertEqual(rows[0], rows[2])
        self.assertNotEqual(rows[2], rows[3])
        self.assertEqual(rows[1], rows[4])
        self.assertEqual(rows[3], rows[6])
        self.assertEqual(rows[5], rows[7])

    def test_fork_both(self):
        outputs = gdb(["set detach-on-fork off", "break change", "break stop_here",
                       "catch fork", "run", *self.look(), "next", "tbreak waitpid", "continue",
                       *self.look(), "inferior 2", *self.look(), "continue", *self.look(),
                       "next", *self.look(), "inferior 1", *self.look()],
                      [guest("change"), "fork"])
        pages = self.compare(outputs)
        self.assertEqual(pages, [[], [(2, "rw-p")], [], [(1, "rw-p")],
                                 [(0, "rw-p"), (1, "rw-p")], [(2, "rw-p")]])

    def test_fork_follow_child(self):
        outputs = gdb(["set follow-fork-mode child", "break change", "run", *self.look(), "next",
                       *self.look()], [guest("change"), "fork"])
        self.assertEqual(self.compare(outputs), [[(1, "rw-p")], [(0, "rw-p"), (1, "rw-p")]])

    def check_exec(self, name):
        outputs = gdb(["break main", "catch exec", "run", *self.look(), "continue", *self.look(),
                       "continue", *self.look(), "vmmap"], [guest("change"), "exec", guest(name)])
        self.compare(outputs)
        names = [{r["name"] for r in parse_json(o)["regions"]} for o in outputs
                 if o.startswith(b"{")]
        self.assertIn(guest("change"), names[0])
        for after in names[1:]:
            self.assertNotIn(guest("change"), after)
            self.assertIn(guest(name), after)
        return outputs[-1]

    def test_exec(self):
        self.check_exec("plain")

    def test_exec_32_bit(self):
        table = self.check_exec("plain-32")
        self.assertRegex(table, rb"\n0x[0-9a-f]{8} 0x[0-9a-f]{8} r-xp ")
        self.assertNotRegex(table, rb"\n0x[0-9a-f]{9,}")

    def test_attach_again(self):
        process = self.spawn(guest("change"), "wait")
        self.wait_until_blocked(process.pid)
        outputs = gdb([f"attach {process.pid}", *self.look(), "detach", "vmmap",
                       f"python import os, time; os.kill({process.pid}, 10); time.sleep(0.5)",
                       f"attach {process.pid}", *self.look(), "detach", "vmmap --json $sp"])
        # The last one is an answer too: it is no look.
        nothing = parse_json(outputs.pop())
        self.assertEqual(self.compare(outputs), [[], [(3, "rw-p")]])
        self.assertEqual((nothing["target"], nothing["provider"], nothing["regions"],
                          nothing["notes"]), ("none", "none", [], [NO_PROCESS]))
        self.assertIn(NO_PROCESS.encode() + b"\n", outputs)
        self.assertIsNone(process.poll())

    def wait_until_blocked(self, pid):
        """The program has its handler of SIGUSR1."""
        for _ in range(1000):
            with open(f"/proc/{pid}/status") as file:
                if "SigCgt:\t0000000000000200" in file.read():
                    return
            time.sleep(0.01)
        self.fail("the program does not handle SIGUSR1")

    def test_killed_and_run_again(self):
        outputs = gdb(["vmmap", "break change", "run", *self.look(), "kill", "vmmap", "run",
                       *self.look(), "delete", "continue", "vmmap", "vmmap --gaps"],
                      guest("change"))
        self.compare(outputs)
        self.assertEqual(outputs.count(NO_PROCESS.encode() + b"\n"), 4)

    def test_without_process(self):
        for arguments in ("", "$sp", "-a main", "libc", "-wx", "--gaps", "0"):
            table, answer = gdb([f"vmmap {arguments}", f"vmmap --json {arguments}"],
                                guest("change"))
            self.assertEqual(table, NO_PROCESS.encode() + b"\n")
            answer = parse_json(answer)
            self.assertEqual((answer["target"], answer["provider"], answer["exact"],
                              answer["notes"], answer["regions"]),
                             ("none", "none", False, [NO_PROCESS], []))


class Running(ChangesTestCase):
    WAIT = "python import time; time.sleep(0.5)"

    def check_running(self, look, answer, **wanted):
        """The map is that of the maps file, which the program does not change, with one note."""
        with open(self.path(f"look{look}"), "rb") as file:
            rows = parse_maps(file.read())
        self.check_json(answer, rows, dict.fromkeys((r.start for r in rows), ""), target="native",
                        provider="procfs", exact=False, notes=[RUNNING], **wanted)

    def test_running(self):
        *_, answer, table, libc, gaps, address = gdb(
            ["set pagination off", "run &", self.WAIT, *self.look(), "vmmap", "vmmap -n libc",
             "vmmap --gaps", "vmmap $sp"], [guest("change"), "spin"])
        self.check_running(1, parse_json(answer))
        for output in table, libc, gaps:
            self.assertTrue(output.endswith(f"\nnote: {RUNNING}\n".encode()), output)
        self.assertIn(guest("change").encode(), table)
        self.assertNotIn(guest("change").encode(), libc)
        self.assertIn(b"libc", libc)
        self.assertEqual(address, b"Selected thread is running.\n")

    def test_continue_in_background(self):
        outputs = gdb(["break main", "run", *self.look(), "continue &", self.WAIT, *self.look()],
                      [guest("change"), "spin"])
        answer = outputs.pop()
        self.looks -= 1
        self.compare(outputs)
        self.check_running(2, parse_json(answer))

    def test_non_stop(self):
        """One thread is stopped and has labels of registers; the others run."""
        outputs = gdb(["set non-stop on", "handle SIGUSR1 nostop noprint", "break stop_here", "run",
                       "info threads", *self.look(), "thread 2", *self.look(), "thread 1",
                       *self.look()], [guest("threads"), self.path("told")])
        self.assertEqual(outputs[4].count(b"(running)"), 7)
        answer = outputs.pop(9)
        self.check_running(2, parse_json(answer))


class SeveralInferiors(ChangesTestCase):
    def test_threads_are_called_as_info_threads_calls_them(self):
        *_, alone, added, both, listed, removed, left = gdb(
            ["break change", "run", "vmmap --json", "add-inferior", "vmmap --json", "info threads",
             "remove-inferiors 2", "vmmap --json"], guest("change"))
        self.assertIn(b"1.1 ", listed)
        for answer, name in (alone, "1"), (both, "1.1"), (left, "1"):
            labels = {r["label"] for r in parse_json(answer)["regions"]}
            self.assertIn(f"TLS of thread {name}", labels)


class NoMap(ChangesTestCase):
    def check_killed(self, commands):
        """Killed from elsewhere, which gdb does not know yet, with a kept map and without."""
        for before in [], ["vmmap", "vmmap $sp"]:
            with self.subTest(before=before):
                *_, pid, table, one, text = gdb(
                    [*commands, *before, KILL, "vmmap", "vmmap $sp", "vmmap --json"],
                    guest("change"))
                sentence = ZOMBIE % int(pid)
                answer = parse_json(text)
                self.assertIn(sentence, table)
                self.assertIn(sentence, one)
                self.assertEqual((answer["exact"], answer["regions"]), (False, []))
                self.assertEqual(answer["notes"][0].encode() + b"\n", sentence)

    def test_zombie(self):
        self.check_killed(["break change", "run"])

    def test_zombie_behind_gdbserver(self):
        """Without packets nothing tells that a map no longer holds: here it was not kept."""
        need("gdbserver")
        *_, pid, table = gdb([f"target remote | gdbserver - {guest('change')}", KILL, "vmmap"])
        self.assertIn(b"The remote " + ZOMBIE % int(pid), table)

    def check_hidden(self, connect, where=""):
        """A living process whose maps file is covered by an empty one."""
        need("mount")
        need_namespaces("--mount")
        commands = [LOAD, *connect,
                    "python import os; pid = gdb.selected_inferior().pid; print(pid)",
                    "python print(os.system(f'mount --bind /dev/null /proc/{pid}/maps'))",
                    "vmmap --json"]
        output = run_group(["unshare", "--mount", *gdb_arguments(commands), "--args",
                            guest("change")], env=environment(HOME=self.folder), cwd=self.folder)
        *_, pid, mounted, text, _ = re.split(rb"\n?@@@\d+@@@\n", output)
        if mounted != b"0\n":
            self.skipTest("nothing can be mounted over a file of /proc: " + output.decode()[-300:])
        answer = parse_json(text)
        self.assertEqual(answer["notes"][0], where + HIDDEN.format(int(pid)))
        self.assertFalse(answer["exact"])
        return answer["regions"]

    def test_hidden(self):
        self.assertEqual(self.check_hidden(["break change", "run"]), [])

    def test_hidden_behind_gdbserver(self):
        need("gdbserver")
        regions = self.check_hidden([f"target remote | gdbserver - {guest('change')}"],
                                    "The remote ")
        # What reading the memory finds, of which nothing is said that reading does not show.
        self.assertEqual({(region["origin"], region["perms"]) for region in regions},
                         {("probed", "????")})
        self.assertIn(guest("change"), {region["name"] for region in regions})

    def test_without_permission(self):
        need("setpriv")
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        os.chmod(self.folder, 0o777)
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        commands = [LOAD, "break stop_here", "run", "vmmap", "vmmap --json", "vmmap $sp",
                    "python print(gdb.selected_inferior().pid)"]
        output = run_group([*user, *gdb_arguments(commands), "--args", guest("change"),
                            "undumpable"], env=environment(HOME=self.folder), cwd=self.folder)
        parts = re.split(rb"\n?@@@\d+@@@\n", output)[1:]
        if b"Breakpoint 1, stop_here" not in output:
            self.skipTest("another user can not read the build folder: " + output.decode()[-300:])
        sentence = (f"/proc/{int(parts[6])}/maps may not be read (Permission denied): the process "
                    "runs as another user or made itself undumpable; run GDB as root or with "
                    "CAP_SYS_PTRACE.")
        answer = parse_json(parts[4])
        self.assertEqual(parts[3].split(b"\n")[0].decode(), sentence)
        self.assertEqual(parts[5].split(b"\n")[0].decode(), sentence)
        self.assertEqual((answer["regions"], answer["exact"], answer["notes"][0]),
                         ([], False, sentence))


if __name__ == "__main__":
    unittest.main()
