# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs under qemu-user: every page and permission against what the program itself printed."""

import os
import unittest

from qemu_user import (ARCHITECTURES, NOTE_FULL, NOTE_HOST, NOTE_NO_VFILE, NOTE_PROBE, NOTE_X,
                       VARIANTS, Guest, QemuUserTestCase, pages, packets, runs)
from support import gdb, guest, json_rows, need, parse_json, shown_name

# What QEMU 7.2 has no memory for: pages that it only notes flags of. See docs/qemu-user.md.
WITHOUT_MEMORY = {"[vsyscall]"}


class Truth(QemuUserTestCase):
    """The way that is taken by itself."""

    def check_vfile(self, answer, maps):
        self.assertEqual(json_rows(answer), [r._replace(name=shown_name(r)) for r in maps])
        self.assertTrue(answer["exact"])
        self.notes_match(answer, r"the guest's own /proc/self/maps")
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"procfs"})

    def check_pages(self, rows, truth, maps):
        """No page is missing, and none is there that the guest does not know of."""
        exact = [t for t in truth if t.kind in ("image", "own", "thread")]
        known = set(pages(exact)) | set(pages(r for r in maps
                                              if r.name.decode() not in WITHOUT_MEMORY))
        shown = set(pages(rows))
        self.assertEqual(runs(known - shown), [], "missing")
        self.assertEqual(runs(shown - known), [], "extra")

    def check_perms(self, rows, truth):
        shown = pages(rows)
        for page, true in pages(truth).items():
            self.assert_perms(shown[page & -0x1000].perms, true.perms, f"{page:#x} {true}")
        own = {t.what: t for t in truth if t.kind == "own"}
        # Nothing but x may be open, and that only where the guest's files do not tell.
        for row in rows:
            self.assertNotIn("?", row.perms[:2] + row.perms[3], row)
        for name, perms in (("rw", "rw?p"), ("r", "r-?p"), ("rx", "r-?p"), ("shared", "rw?s"),
                            ("none", "---p"), ("w", "-w-p"), ("x", "--xp"), ("text", "rw?p"),
                            ("data", "r-?p"), ("file", "r-?p")):
            self.assertEqual(shown[own[name].start].perms, perms, name)
        self.assertEqual(shown[own["run"].start].perms, "rwxp", "a page that was executed")
        for page, true in pages(t for t in truth if t.kind in ("image", "own")).items():
            if true.kind == "image" and true.perms[1] == "-":
                self.assertNotIn("?", shown[page].perms, f"{page:#x} {true}")

    def check_names(self, rows, truth, program):
        shown = pages(rows)
        for true in truth:
            row = shown[true.start & -0x1000]
            if true.kind == "image" and row.perms[0] == "r" and row.offset is not None:
                wanted = os.path.basename(true.what or program)
                self.assertEqual(os.path.basename(os.path.realpath(row.name.decode())),
                                 os.path.basename(os.path.realpath(row.name.decode())
                                                  if not true.what else row.name.decode())
                                 if not true.what else wanted)
            elif true.kind in ("heap", "stack"):
                self.assertEqual(row.name.decode(), f"[{true.kind}]")

    def check_host(self, answer, truth, maps, program, base):
        rows = json_rows(answer)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("qemu-user", "qemu-host", False))
        self.notes_match(answer, NOTE_NO_VFILE, NOTE_HOST, NOTE_X)
        self.assertLess(packets(answer["notes"][1]), 400)
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"procfs"})
        if base is not None:
            self.assertIn(f"with the guest at {base} in it", answer["notes"][1])
        self.check_pages(rows, truth, maps)
        self.check_perms(rows, truth)
        self.check_names(rows, truth, program)

    def check(self, architecture, variant, options=(), base=None):
        guest_ = Guest(self, architecture, variant, options)
        answer = parse_json(guest_.ask("vmmap --json")[0])
        truth, maps = guest_.truth()
        if answer["provider"] == "vfile":
            self.check_vfile(answer, maps)
        else:
            self.check_host(answer, truth, maps, guest_.program, base)


def add_test(architecture, variant, options=(), base=None, name=None):
    def run(self):
        self.check(architecture, variant, options, base)
    setattr(Truth, f"test_{architecture}_{name or variant}", run)


for architecture_ in ARCHITECTURES:
    for variant_ in VARIANTS:
        add_test(architecture_, variant_)
for architecture_ in ("x86_64", "aarch64", "s390x"):
    add_test(architecture_, "pie", ("-B", "0x10000000"), "0x10000000", "base")
for architecture_ in ("i386", "mips"):
    add_test(architecture_, "pie", ("-B", "0x100000000"), "0x100000000", "base")
# QEMU 7.2 itself fails for x86_64 and arm: it can not put what they need at the top.
for architecture_ in ("aarch64", "riscv64", "s390x"):
    add_test(architecture_, "exec", ("-R", "0x1000000000"), None, "reserved")
for architecture_ in ("i386", "mips"):
    add_test(architecture_, "static", ("-R", "0x80000000"), None, "reserved")

if __name__ == "__main__":
    unittest.main()
