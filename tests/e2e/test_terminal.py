# SPDX-License-Identifier: GPL-3.0-or-later
"""What reaches the terminal, and what must not reach anything else: colour, pager, pipe, log."""

import re
import unittest

from support import C_LIBRARY, Terminal, TestCase, gdb, guest, table_rows

SGR = re.compile(rb"\x1b\[[0-9;]*m")
# What readline itself sends: bracketed paste mode.
READLINE = re.compile(rb"\x1b\[\?2004[hl]\r?")


def text(output):
    """Terminal output as the program wrote it, without readline's own sequences and the prompt."""
    output = READLINE.sub(b"", output).replace(b"\r\n", b"\n")
    return output[:-len(Terminal.PROMPT)] if output.endswith(Terminal.PROMPT) else output


class Colour(TestCase):
    def terminal(self, *before, env=None):
        terminal = Terminal(guest("plain"), env=env)
        self.addCleanup(terminal.close)
        for line in ["set width 200", "break main", "run", *before]:
            terminal.command(line)
        return terminal

    def check_plain(self, output):
        self.assertNotIn(b"\x1b", output)
        self.assertGreater(len(table_rows(output)), 2, output)

    def check_coloured(self, output):
        self.assertRegex(output, SGR)
        self.check_plain(SGR.sub(b"", output))

    def test_typed_at_a_terminal(self):
        terminal = self.terminal()
        self.check_coloured(text(terminal.command("vmmap")))
        self.check_coloured(text(terminal.command("vmmap $sp")))
        gaps = text(terminal.command("vmmap --gaps -w"))
        self.assertRegex(gaps, SGR)
        self.assertIn(b" GAP\n", gaps)

    def test_colours_are_all_that_differs(self):
        terminal = self.terminal()
        coloured = text(terminal.command("vmmap"))
        terminal.command("set style enabled off")
        plain = text(terminal.command("vmmap"))
        self.check_plain(plain)
        self.assertEqual(SGR.sub(b"", coloured), plain)

    def test_each_kind_has_its_colour(self):
        output = text(self.terminal().command("vmmap")).rstrip(b"\n")
        # GDB 18 writes a whole style (31;49;22;23;24;27), and an end without a number.
        legend = {name: colour for colour, name in re.findall(
            rb"(\x1b\[3[\d;]+m)([A-Z]+)\x1b\[0?m", output.split(b"\n")[0])}
        self.assertLessEqual({b"STACK", b"HEAP", b"CODE", b"DATA"}, set(legend))
        for line in output.split(b"\n")[2:]:
            plain = SGR.sub(b"", line)
            kind = (b"STACK" if plain.endswith(b"[stack]") else
                    b"HEAP" if plain.endswith(b"[heap]") else
                    b"CODE" if b" r-xp " in line or b" --xp " in line else
                    b"DATA" if b" rw-p " in line else None)
            if kind:
                self.assertTrue(line.startswith(legend[kind]), line)
            else:
                self.assertNotIn(b"\x1b", line)

    def test_no_colour_environment(self):
        self.check_plain(text(self.terminal(env={"NO_COLOR": "1"}).command("vmmap")))
        self.check_coloured(text(self.terminal(env={"NO_COLOR": ""}).command("vmmap")))
        self.check_plain(text(self.terminal(env={"TERM": "dumb"}).command("vmmap")))

    def test_pipe(self):
        terminal = self.terminal()
        self.check_plain(text(terminal.command("pipe vmmap | cat")))
        self.check_plain(text(terminal.command("| vmmap | cat")))

    def test_to_string(self):
        terminal = self.terminal("python text = gdb.execute('vmmap', True, True)")
        self.assertIn(b"False", terminal.command("python print('\\x1b' in text)"))
        self.assertIn(b"[stack]", terminal.command("python print(text[-200:])"))

    def test_redirections_with_unlimited_width_and_height(self):
        """Then GDB's own state does not tell a redirection from the terminal."""
        terminal = self.terminal("set width 0", "set height 0")
        self.check_coloured(text(terminal.command("vmmap")))
        self.check_plain(text(terminal.command("pipe vmmap | cat")))
        terminal.command("python text = gdb.execute('vmmap', True, True)")
        self.assertIn(b"False", terminal.command("python print('\\x1b' in text)"))

    def test_logging(self):
        for redirect in "off", "on":
            with self.subTest(redirect=redirect):
                log = self.path(f"log-{redirect}")
                terminal = self.terminal(f"set logging file {log}",
                                         f"set logging redirect {redirect}")
                # GDB 12 and later, or before: the other one is an error or changes nothing.
                for command in "set logging enabled on", "set logging on":
                    terminal.command(command)
                terminal.command("vmmap")
                for command in "set logging enabled off", "set logging off":
                    terminal.command(command)
                with open(log, "rb") as file:
                    self.check_plain(file.read().split(b"LEGEND", 1)[1])
                self.check_coloured(text(terminal.command("vmmap")))

    def test_script_and_user_command(self):
        with open(self.path("script"), "w") as file:
            file.write("vmmap\n")
        terminal = self.terminal()
        self.check_plain(text(terminal.command(f"source {self.path('script')}")))

    def test_batch(self):
        *_, output = gdb(["set style enabled on", "break main", "run", "vmmap"], guest("plain"))
        self.check_plain(output)


class Pager(TestCase):
    def test_pager_stops_and_quits(self):
        with Terminal(guest("plain")) as terminal:
            for line in "break main", "run", "set pagination on", "set height 10":
                terminal.command(line)
            terminal.send(b"vmmap\n")
            page = terminal.read_until(b"--Type <RET>")
            self.assertNotIn(b"[stack]", page)
            terminal.read_until(b"--")
            terminal.send(b"q\n")
            terminal.read_until(Terminal.PROMPT)
            terminal.command("set pagination off")
            self.assertIn(b"[stack]", terminal.command("vmmap"))

    def test_output_goes_through_gdb(self):
        *_, piped, grep = gdb(["break main", "run", "pipe vmmap | cat",
                               "pipe vmmap | grep -c vdso"],
                              guest("plain"))
        self.assertGreater(len(table_rows(piped)), 3)
        self.assertEqual(grep, b"1\n")


class Completion(TestCase):
    def complete(self, *lines, before=("break main", "run")):
        outputs = gdb([*before, *(f"complete {line}" for line in lines)], guest("plain"))
        return [output.decode().split("\n")[:-1] for output in outputs[len(before):]]

    def test_options(self):
        # Every option that the help text lists.
        helped, = gdb(["help vmmap"])
        names = sorted(re.findall(r"^  (?:-\w, )?(--[\w-]+)", helped.decode(), re.MULTILINE))
        self.assertIn("--writable", names)
        every, gaps, lines, second = self.complete("vmmap -", "vmmap --g", "vmmap --lines",
                                                   "vmmap -w --j")
        self.assertEqual(every, [f"vmmap {name}" for name in names])
        self.assertEqual(gaps, ["vmmap --gaps"])
        self.assertEqual(lines, ["vmmap --lines-after", "vmmap --lines-before"])
        self.assertEqual(second, ["vmmap -w --json"])

    def test_names_that_are_mapped_now(self):
        libc, bracket, path, valued, own, alias = self.complete(
            "vmmap libc", "vmmap [vd", f"vmmap /usr/lib/x86_64-linux-gnu/{C_LIBRARY[:-2]}",
            "vmmap -A 3 [st", "vmmap plai", "lm [stac")
        self.assertEqual(libc, [f"vmmap {C_LIBRARY}"])
        self.assertEqual(bracket, ["vmmap [vdso]"])
        self.assertEqual(path, [f"vmmap /usr/lib/x86_64-linux-gnu/{C_LIBRARY}"])
        self.assertEqual(valued, ["vmmap -A 3 [stack]"])
        self.assertEqual(own, ["vmmap plain"])
        self.assertEqual(alias, ["lm [stack]"])

    def test_symbols_where_no_name_fits(self):
        symbols, address, printed, shown = self.complete("vmmap heap_si", "vmmap &heap_si",
                                                         "print $rs", "vmmap $rs")
        self.assertEqual(symbols, ["vmmap heap_size"])
        self.assertEqual(address, ["vmmap &heap_size"])
        self.assertEqual(shown, [line.replace("print", "vmmap", 1) for line in printed])

    def test_without_a_process(self):
        options, names = self.complete("vmmap --g", "vmmap [st", before=())
        self.assertEqual((options, names), (["vmmap --gaps"], []))

    def test_a_setting_that_was_just_changed(self):
        # A source that does not serve this target has no names; symbols are offered instead.
        changed, back = self.complete("vmmap [vd", before=(
            "break main", "run", "set vmmap source core")) + self.complete(
            "vmmap [vd", before=("break main", "run", "set vmmap source core", "vmmap",
                                 "set vmmap source auto"))
        self.assertNotIn("vmmap [vdso]", changed)
        self.assertEqual(back, ["vmmap [vdso]"])

    def test_settings(self):
        source, labels, words = self.complete("set vmmap so", "show vmmap la", "set vmmap source ")
        self.assertEqual(source, ["set vmmap source"])
        self.assertEqual(labels, ["show vmmap labels"])
        self.assertIn("set vmmap source auto", words)

    def test_a_typed_tab(self):
        with Terminal(guest("plain")) as terminal:
            for line in "break main", "run":
                terminal.command(line)
            terminal.send(b"vmmap [vds\t\n")
            output = text(terminal.read_until(b"[vdso] \r\n") +
                          terminal.read_until(Terminal.PROMPT))
            marked = [row for row, arrow in table_rows(SGR.sub(b"", output)) if arrow]
            self.assertEqual([row.name for row in marked], [b"[vdso]"])


if __name__ == "__main__":
    unittest.main()
