# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual page and the list of settings have what `help` has in a real gdb, and nothing else."""

import os
import re
import subprocess
import unittest

from support import TestCase, gdb, need

MANUAL = os.path.join(os.environ["VMMAP_BUILD"], "plugin/manual")
PAGE = os.path.join(MANUAL, "vmmap.7")
ESCAPES = {r"\(rs": "\\", r"\-": "-", r"\(dq": '"', r"\(aq": "'", r"\(ga": "`", r"\(ha": "^",
           r"\(ti": "~", r"\&": ""}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def plain(text):
    """What roff prints of a text, without fonts."""
    text = re.sub(r"\\f[BIR]", "", text)
    return re.sub(r"\\\(..|\\-|\\&", lambda found: ESCAPES[found.group()], text)


def sections(name):
    """{title: source} of the .SS in a .SH of the page."""
    page = read(PAGE)
    whole = re.search(rf"^\.SH {name}\n(.*?)^\.SH ", page, re.MULTILINE | re.DOTALL).group(1)
    parts = re.split(r"^\.SS (.*)\n", whole, flags=re.MULTILINE)[1:]
    return {plain(title.strip('"')): source for title, source in zip(parts[::2], parts[1::2])}


def words(text):
    return " ".join(text.split())


def page_options(source):
    """[(names and value, meaning)] of the options in a command's section."""
    found = re.findall(r"^\.TP\n((?:\\fB\\-\w\\fR, )?\\fB\\-\\-.*)\n((?:[^.\n].*\n)*)", source,
                       re.MULTILINE)
    return [(plain(names), words(plain(meaning))) for names, meaning in found]


def help_options(text):
    """The same of what `help` prints."""
    listed = re.search(r"\n\nOptions:\n(.*?)\n\nExamples:\n", text, re.DOTALL)
    if not listed:
        return []
    items = re.findall(r"^  ((?:-\w, )?--\w\S*(?: \S+)?)((?:\s{2,}.*\n?)(?:^ {20,}.*\n?)*)",
                       listed.group(1) + "\n", re.MULTILINE)
    return [(names, words(meaning)) for names, meaning in items]


class Page(TestCase):
    def test_commands_are_those_of_gdb(self):
        """What GDB finds by each command's usage line, and does not find without the plugin."""
        loaded, bare = (set(gdb(["apropos Usage: "], load=load)[0].decode().split("\n"))
                        for load in (True, False))
        # Functions, other names of commands, and what the plugin asks itself are not on the page.
        summaries = {line.split(" -- ", 1)[1] for line in loaded - bare
                     if not line.startswith(("function ", "maintenance "))
                     and ": another name for " not in line
                     and " -- Do nothing: left over " not in line}
        self.assertGreater(len(summaries), 8)
        self.assertEqual({words(plain(source.split("\n")[0]))
                          for source in sections("COMMANDS").values()}, summaries)

    def test_options_are_those_of_help(self):
        commands = sections("COMMANDS")
        texts = gdb([f"help {name}" for name in commands])
        counted = 0
        for (name, source), text in zip(commands.items(), texts):
            with self.subTest(command=name):
                shown = help_options(text.decode())
                self.assertEqual(page_options(source),
                                 [item for item in shown if item[0] != "--"])
                counted += len(shown)
                summary = text.decode().split("\n")[0]
                self.assertEqual(words(plain(source.split("\n")[0])), words(summary))
        self.assertGreater(counted, 30)

    def test_settings_are_those_of_show(self):
        settings = sections("SETTINGS")
        listed = set(re.findall(r"^set (vmmap \S+) -- ", gdb(["help set vmmap"])[0].decode(),
                                re.MULTILINE))
        self.assertGreater(len(listed), 5)
        self.assertEqual({name[4:] for name in settings},
                         listed | {"kernel-vmmap-via-page-tables"})
        for name, text in zip(settings, gdb([f"help {name}" for name in settings])):
            with self.subTest(setting=name):
                first, *rest = text.decode().split("\n")
                source = plain(re.sub(r"^\.(?:TP|PP|B)\b", "", settings[name], flags=re.MULTILINE))
                self.assertIn(words(first.replace("Set ", "Sets ")), words(source))
                self.assertEqual(words("\n".join(rest)),
                                 words(re.sub(r'(?m)^ "(.*)"$', r"\1",
                                              source.split('at first.\n', 1)[1])))

    def test_is_printed_without_a_warning(self):
        need("groff")
        for width in 80, 20:
            done = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", "-ww", f"-rLL={width}n",
                                   PAGE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with self.subTest(width=width):
                self.assertEqual(done.returncode, 0)
                if width == 80:
                    self.assertEqual(done.stderr, b"")
                self.assertIn(b"\nSETTINGS\n", done.stdout)


class Settings(TestCase):
    def test_gdb_takes_all_of_them_and_nothing_changes(self):
        text = read(os.path.join(MANUAL, "gdbinit"))
        path = self.path("gdbinit")
        self.assertIn("\njit-reader-load vmmap.so\n", text)
        with open(path, "w") as file:
            file.write(text.replace("jit-reader-load vmmap.so\n", ""))
        show = ["show vmmap", "show kernel-vmmap-via-page-tables"]
        *before, sourced, one, two = gdb([*show, f"source {path}", *show])
        self.assertEqual(sourced, b"")
        self.assertEqual([one, two], before)
        self.assertEqual(re.findall(r"^set (vmmap \S+|kernel\S+) ", text, re.MULTILINE),
                         [name[4:] for name in sections("SETTINGS")])


class Program(TestCase):
    def test_a_file_that_can_not_be_written(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([os.path.join(MANUAL, "manual"), "gdbinit"], stdout=full,
                                  stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, b"manual: the text could not be written: "
                                      b"No space left on device\n")


if __name__ == "__main__":
    unittest.main()
