# SPDX-License-Identifier: GPL-3.0-or-later
"""Core files of the kernel, of gcore and of QEMU: every row and field is as /proc/PID/maps said
before the crash, or is shown as not known, for a reason that this file names."""

import os
import re
import shutil
import struct
import subprocess
import unittest

from cores import HEADERS_ONLY, CoreTestCase
from support import gdb, guest, holder, json_rows, need, parse_json, replaced, shown_name
from test_odd import read_told
from test_threads import SAVE_NUMBERS, expected_labels, read_threads

NO_SHARING = ("A core does not tell whether a file's mapping is private or shared: the fourth "
              "letter is not known there.")

# What the auxiliary vector and the address prove.
PROVEN_NAMES = (b"[stack]", b"[vdso]", b"[vsyscall]")


def as_in_core(row, heap):
    """What a kernel core can hold of a row of /proc/PID/maps."""
    # Whether a mapping is shared is in no core. Without a file it can only be private.
    perms = row.perms[:3] + ("?" if row.name.startswith((b"/", b"[anon_shmem:")) else "p")
    name = row.name
    # [vvar] and its kin: nothing in a core says which range it was. Names that a program gave to
    # anonymous memory (PR_SET_VMA) are not saved.
    if name.startswith((b"[vvar", b"[anon:")):
        name = b""
    # The same on shared memory: its file is, and that has a name of its own.
    if name.startswith(b"[anon_shmem:"):
        name = b"/dev/zero (deleted)"
    # The break is in no core: it takes the C library's variable, and so its symbols.
    if name == b"[heap]" and not heap:
        name = b""
    return row._replace(perms=perms, name=name)


class CoreFiles(CoreTestCase):
    def load(self, core, *commands, program=(), **options):
        """The outputs of the commands, run with this core loaded."""
        before = [f"file {program}"] if program else []
        return gdb([*before, f"core-file {core}", *commands], **options)[len(before) + 1:]

    def check_equals_truth(self, answer, heap, rows=None):
        rows = [as_in_core(row, heap) for row in rows or self.truth()]
        self.check_rows(json_rows(answer),
                        [r._replace(name=replaced(shown_name(r))) for r in rows])
        self.assertEqual((answer["target"], answer["provider"]), ("core", "core"))
        self.assertEqual({r["origin"] for r in answer["regions"]}, {"core-segment"})

    def check_nothing_wrong(self, answer, rows=None):
        """Each row is a row of the truth in all that is known of it; rows may be missing."""
        truth = {row.start: as_in_core(row, heap=True) for row in rows or self.truth()}
        for row in json_rows(answer):
            true = truth[row.start]
            self.assertEqual(row.end, true.end)
            for letter, wanted in zip(row.perms, true.perms):
                self.assertIn(letter, (wanted, "?"))
            self.assertIn(row.offset, (true.offset, None))
            self.assertIn(row.name, (replaced(shown_name(true)),
                                     shown_name(true._replace(name=b""))))

    # The programs, and when they are ready to crash.

    def many(self, count, name="many"):
        return [guest(name), str(count)], lambda pid: self.line_count(pid) >= count

    @staticmethod
    def line_count(pid):
        with open(f"/proc/{pid}/maps", "rb") as file:
            return file.read().count(b"\n")

    def read(self, name):
        """The text of a file that a program writes; nothing before it does."""
        if not os.path.exists(self.path(name)):
            return ""
        with open(self.path(name)) as file:
            return file.read()

    def odd(self, name="odd"):
        os.mkdir(self.path("guest"))
        return ([guest(name), self.path("guest"), "newlines"],
                lambda pid: os.path.exists(self.path("guest/truth")))

    def odd_truth(self):
        told, _, _ = read_told(self.path("guest/truth"))
        return [row._replace(name=told[row.start].name if row.start in told and
                             not row.name.startswith(b"[anon") else row.name)
                for row in self.truth()]

    def crash(self, name="crash"):
        def is_ready(_):
            return "ready" in self.read("told")
        return [guest(name), self.path("told"), "wait"], is_ready


class KernelCore(CoreFiles):
    def check_odd(self, name):
        args, is_ready = self.odd(name)
        core = self.kernel_core(args, is_ready, HEADERS_ONLY)
        answer, = self.load(core, "vmmap --json")
        self.check_equals_truth(parse_json(answer), heap=False, rows=self.odd_truth())

    def test_odd(self):
        self.check_odd("odd")

    def test_odd_static(self):
        self.check_odd("odd-static")

    def test_odd_static_pie(self):
        self.check_odd("odd-static-pie")

    def test_odd_32_bit(self):
        self.check_odd("odd-32")

    def check_many(self, name):
        core = self.kernel_core(*self.many(10000, name))
        answer, table = self.load(core, "vmmap --json", "vmmap")
        self.assertGreaterEqual(len(self.truth()), 10000)
        self.check_equals_truth(parse_json(answer), heap=False)
        self.check_table_of(table)

    def check_table_of(self, table):
        """The table says the same; what was not saved stands after the name."""
        rows = [line for line in table.split(b"\n") if line.startswith(b"0x")]
        truth = [as_in_core(row, heap=False) for row in self.truth()]
        self.assertEqual(len(rows), len(truth))
        for line, row in zip(rows, truth):
            start, end, perms, size, offset, name = line.split(maxsplit=5)
            self.assertEqual(
                (int(start, 16), int(end, 16), perms.decode(), int(size, 16), int(offset, 16)),
                (row.start, row.end, row.perms, row.end - row.start, row.offset))
            self.assertTrue(name.startswith(shown_name(row)))

    def test_many(self):
        self.check_many("many")

    def test_many_32_bit(self):
        self.check_many("many-32")

    def test_with_the_executable(self):
        """Its symbols tell where the heap ends; nothing else depends on it."""
        core = self.kernel_core(*self.crash())
        answer, = self.load(core, "vmmap --json", program=guest("crash"))
        answer = parse_json(answer)
        self.check_equals_truth(answer, heap=True)
        self.assertIn(b"[heap]", [row.name for row in json_rows(answer)])
        self.assertFalse([n for n in answer["notes"] if "build-id" in n])

    def test_with_another_executable(self):
        core = self.kernel_core(*self.crash())
        answer, = self.load(core, "vmmap --json", program=guest("plain"))
        answer = parse_json(answer)
        self.check_equals_truth(answer, heap=False)
        notes = [n for n in answer["notes"] if "is not the one that crashed" in n]
        ids = [self.build_id(guest(name)) for name in ("plain", "crash")]
        self.assertEqual([re.findall(r"\b[0-9a-f]{40}\b", n) for n in notes], [ids])

    @staticmethod
    def build_id(path):
        need("readelf")
        text = subprocess.run(["readelf", "-nW", path], stdout=subprocess.PIPE,
                              env={"LC_ALL": "C"}).stdout.decode()
        return re.search(r"Build ID: ([0-9a-f]+)", text).group(1)

    def test_files_that_are_gone(self):
        """A core from another machine: none of its files is here."""
        copy = self.path("copied")
        shutil.copy(guest("crash"), copy)
        args, is_ready = self.crash()
        core = self.kernel_core([copy, *args[1:]], is_ready)
        os.unlink(copy)
        answer, = self.load(core, "vmmap --json")
        answer = parse_json(answer)
        # GDB 18.1 loads the libraries, which are here, without the program.
        has_symbols = not [note for note in answer["notes"] if "The heap is not named" in note]
        self.check_equals_truth(answer, heap=has_symbols)

    def test_saved_bytes(self):
        """`saved` is what the program headers of the core say, read by other means."""
        core = self.kernel_core(*self.crash())
        answer, table = self.load(core, "vmmap --json", "vmmap", program=guest("crash"))
        answer = parse_json(answer)
        saved = {address: file_size for address, _, file_size, _ in load_segments(core)}
        self.assertEqual({int(r["start"], 16): int(r["saved"], 16) for r in answer["regions"]},
                         saved)
        missing = [r for r in answer["regions"] if int(r["saved"], 16) < int(r["size"], 16)]
        self.assertTrue(missing)
        total = sum(int(r["size"], 16) - int(r["saved"], 16) for r in missing)
        self.assertIn(f"{len(missing)} pages were not saved, or not in full ({total:#x} bytes): "
                      "file contents, and what coredump_filter or MADV_DONTDUMP leaves out "
                      "(core(5)).", answer["notes"])
        self.assertEqual(answer["notes"][1:], [NO_SHARING])
        marks = {}
        for line in table.decode().split("\n"):
            if line.startswith("0x"):
                mark = re.search(r" \((?:(not)|0x([0-9a-f]+)) saved\)$", line)
                size = int(line.split()[3], 16)
                marks[int(line.split()[0], 16)] = (
                    size if not mark else 0 if mark.group(1) else int(mark.group(2), 16))
        self.assertEqual(marks, saved)

    def check_threads(self, name):
        def is_ready(_):
            return self.read("told").count("\n") >= 8
        core = self.kernel_core([guest(name), self.path("told")], is_ready)
        answer = self.load(core, SAVE_NUMBERS.format(self.path("numbers")), "vmmap --json")[1]
        rows = self.truth()
        threads = read_threads(self.path("told"), self.path("numbers"))
        labels = expected_labels(rows, threads)
        # One row can have several: a core does not tell of guard regions.
        for thread in threads:
            self.assertIn(f"TLS of thread {thread.number}", ", ".join(labels.values()).split(", "))
        self.assertEqual(len(threads), 8)
        self.assertEqual({int(r["start"], 16): r["label"]
                          for r in parse_json(answer)["regions"] if r["label"]}, labels)

    def test_threads(self):
        self.check_threads("threads")

    def test_threads_32_bit(self):
        """GDB has no thread pointer in such a core: NT_386_TLS has it."""
        self.check_threads("threads-32")

    def test_queries(self):
        """A point lookup, a name and the layout are answered from the same map."""
        core = self.kernel_core(*self.crash())
        answer, = self.load(core, "vmmap --json")
        whole = parse_json(answer)["regions"]
        at, named, gaps = self.load(core, "vmmap --json -A1 -B1 $sp", "vmmap --json -A0 -B0 crash",
                                    "vmmap --gaps --json")
        index = [i for i, r in enumerate(whole) if r["name"] == "[stack]"][0]
        at = [{k: v for k, v in r.items() if k != "matched"} for r in parse_json(at)["regions"]]
        self.assertEqual(at, whole[index - 1:index + 2])
        self.assertEqual([r["start"] for r in parse_json(named)["regions"]],
                         [r["start"] for r in whole if "crash" in r["name"]])
        self.assertEqual(int(parse_json(gaps)["mapped"], 16),
                         sum(int(r["size"], 16) for r in whole))

    def test_large_count_of_segments(self):
        """More than 65,535 program headers: their number is in section 0 (PN_XNUM). The kernel
        leaves NT_FILE out then, as it allows 64 bytes a mapping and 4 MiB in all."""
        with open("/proc/sys/vm/max_map_count") as file:
            limit = int(file.read())
        if limit < 66000:
            self.skipTest(f"vm.max_map_count is {limit}: no process has so many mappings here")
        core = self.kernel_core(*self.many(65600))
        answer, = self.load(core, "vmmap --json")
        answer = parse_json(answer)
        rows = [row._replace(perms=row.perms[:3] + "?", offset=None,
                             name=row.name if row.name in PROVEN_NAMES else b"")
                for row in self.truth()]
        self.check_rows(json_rows(answer), [r._replace(name=shown_name(r)) for r in rows])
        self.assertIn("The core file does not list the mapped files (NT_FILE): which range belongs "
                      "to which file is not known.", answer["notes"])


def load_segments(path):
    """(address, memory size, file size, offset) of each PT_LOAD of a 64-bit little-endian core."""
    with open(path, "rb") as file:
        data = file.read(1 << 20)
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    found = []
    for at in range(offset, offset + count * size, size):
        kind, _, place, address, _, file_size, memory_size, _ = struct.unpack_from("<IIQQQQQQ",
                                                                                   data, at)
        if kind == 1:
            found.append((address, memory_size, file_size, place))
    return found


class Gcore(CoreFiles):
    def check(self, args, is_ready, dump_filter=None, rows=None):
        core = self.gcore(args, is_ready, dump_filter)
        answer, = self.load(core, "vmmap --json")
        answer = parse_json(answer)
        rows = rows() if rows else self.truth()
        self.check_nothing_wrong(answer, rows)
        # gcore calls every range readable that it describes: that tells nothing.
        for region in answer["regions"]:
            if region["origin"] == "core-segment":
                self.assertRegex(region["perms"], r"\?[w-][x-]\?")
        # All files are there, whether they were saved or not.
        shown = {row.start for row in json_rows(answer)}
        self.assertEqual([hex(r.start) for r in rows
                          if r.name.startswith(b"/") and r.start not in shown
                          # GDB 13 leaves out files with inode 0: the first System V segment.
                          and not r.name.startswith(b"/SYSV")], [])
        self.assertFalse(answer["exact"])
        return answer

    def test_odd(self):
        # gcore copies names from /proc/PID/maps, where a newline is written as \012.
        answer = self.check(*self.odd(), HEADERS_ONLY, lambda: [
            row._replace(name=row.name.replace(b"\n", rb"\012")) for row in self.odd_truth()])
        self.assertIn("gcore copied the file names from /proc/PID/maps: where one contains \\012, "
                      "that is a newline or these four characters.", answer["notes"])

    def test_crash(self):
        answer = self.check(*self.crash())
        code = [r for r in answer["regions"] if r["name"].endswith("/crash")]
        # Not in the core's program headers, but in those of the file, which the core saved.
        self.assertIn(("core-note", "r-x?"), [(r["origin"], r["perms"]) for r in code])
        self.assertIn("[stack]", [r["name"] for r in answer["regions"]])

    def test_crash_32_bit(self):
        self.check(*self.crash("crash-32"))

    def test_many(self):
        self.check(*self.many(10000))


class Qemu(CoreFiles):
    def check(self, architecture):
        core = self.qemu_core(f"qemu-{architecture}", guest(f"crash-{architecture}"))
        need("gdb-multiarch")
        for debugger in ("gdb-multiarch", "gdb"):
            with self.subTest(debugger):
                alone = subprocess.run([debugger, "-nx", "-batch", "-ex", f"core-file {core}"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, check=False)
                if alone.returncode < 0:  # GDB 16.3 does
                    self.skipTest("this gdb dies by itself of a core of another architecture")
                self.check_with(debugger, core)

    def check_with(self, debugger, core):
        outputs = self.load(core, "vmmap --json", debugger=debugger)
        answer = parse_json(outputs[0])
        rows = json_rows(answer)
        told = [line.split() for line in self.read("told").splitlines()]
        maps = [words for words in told if words[0] == "map"]
        self.assertEqual(len(maps), 8)
        for _, start, size, perms in maps:
            start, size = int(start, 16), int(size, 16)
            self.assertIn((start, start + size, perms + "?"),
                          [(r.start, r.end, r.perms) for r in rows])
        self.assertIn(b"[stack]", [r.name for r in rows])
        self.assertEqual(answer["provider"], "core")
        if debugger == "gdb":
            return  # it knows this machine's registers only, so it has no threads to label
        stack, tls = [int(words[1], 16) for words in told if words[0] in ("stack", "tls")]
        labels = {r["start"]: r["label"] for r in answer["regions"]}
        self.assertIn("stack of thread 2", labels[hex(rows[holder(rows, stack)].start)])
        if core_has_tls(core):
            self.assertIn("TLS of thread 2", labels[hex(rows[holder(rows, tls)].start)])

    def test_aarch64(self):
        self.check("aarch64")

    def test_arm(self):
        self.check("arm")

    def test_s390x(self):
        self.check("s390x")

    def test_ppc64(self):
        self.check("ppc64")


def core_has_tls(path):
    """Whether registers in NT_PRSTATUS have the thread pointer: QEMU writes no NT_ARM_TLS."""
    with open(path, "rb") as file:
        data = file.read(20)
    machine, = struct.unpack_from(">H" if data[5] == 2 else "<H", data, 18)
    return machine in (21, 22)  # PowerPC64, S/390


class BadCores(CoreFiles):
    def truncated(self, core, size):
        path = self.path("truncated")
        with open(core, "rb") as source, open(path, "wb") as copy:
            copy.write(source.read(size))
        return path

    def test_truncated(self):
        """Shown as far as it goes, with a note, and nothing that is not so."""
        core = self.kernel_core(*self.crash())
        rows = self.truth()
        first = min(place for _, _, _, place in load_segments(core))
        refused = 0
        for size in (64 + 56 * 3, first // 2, first, first + 0x2000, os.path.getsize(core) - 1):
            with self.subTest(size=size):
                answer, = self.load(self.truncated(core, size), "vmmap --json")
                answer = parse_json(answer)
                if answer["target"] == "none":  # GDB itself refuses the file
                    refused += 1
                    continue
                self.check_nothing_wrong(answer, rows)
                self.assertEqual(answer["provider"], "core")
                self.assertFalse(answer["exact"])
                self.assertRegex(answer["notes"][0], "^The core file is truncated: it has "
                                 f"{size:#x} bytes of {os.path.getsize(core):#x} ")
        self.assertLessEqual(refused, 2)

    def test_not_a_core(self):
        """GDB refuses such files; then there is nothing, said in one sentence."""
        for name, data in (("zero", bytes(10000)), ("empty", b""), ("text", b"#!/bin/sh\n")):
            with self.subTest(name):
                with open(self.path(name), "wb") as file:
                    file.write(data)
                output, = self.load(self.path(name), "vmmap")
                self.assertRegex(output, rb"\AThere is no process: .*\.\n\Z")

    def replaced(self, change):
        """The answer when the file has changed since GDB opened it."""
        core = self.kernel_core(*self.crash())
        self.core = core
        return parse_json(self.load(core, change(core), "vmmap --json")[1])

    def check_fallback(self, answer, note):
        """What GDB itself lists, with the reason why."""
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         ("core", "gdb", False))
        self.assertEqual(answer["notes"][0], note)
        self.check_nothing_wrong(answer)
        truth = {row.start: row for row in self.truth()}
        self.assertEqual({row.start for row in json_rows(answer)}, set(truth))
        for row in json_rows(answer):
            self.assertEqual(row.perms, "?" + truth[row.start].perms[1:3] + "?")
            if truth[row.start].name.startswith(b"/"):
                self.assertEqual((row.name, row.offset),
                                 (truth[row.start].name, truth[row.start].offset))

    def test_gone(self):
        answer = self.replaced(lambda core: f"shell rm {core}")
        self.check_fallback(answer, f"The core file {self.core} can not be read: No such file or "
                                    "directory.")

    def test_compressed(self):
        need("gzip")
        answer = self.replaced(lambda core: f"shell gzip {core} && mv {core}.gz {core}")
        self.check_fallback(answer, f"The core file {self.core} is compressed (gzip), which GDB "
                                    "does not read either: unpack it with \"gzip -dc < FILE > "
                                    "core\", or with \"coredumpctl dump -o core\", and load it "
                                    "with \"core-file core\".")

    def test_chosen_source(self):
        core = self.kernel_core(*self.crash())
        answer = parse_json(self.load(core, "set vmmap source gdb", "vmmap --json")[1])
        self.check_fallback(answer, "This is what GDB's \"maintenance info sections\" and \"info "
                                    "proc mappings\" list; rows may be missing and what it does "
                                    "not print is shown as not known.")


class SeveralCores(CoreFiles):
    def two_cores(self):
        """Two cores, and where the stack of each is."""
        stacks, cores = [], []
        for name in ("crash", "many"):
            args, is_ready = self.crash() if name == "crash" else self.many(100)
            cores.append(self.kernel_core(args, is_ready))
            stacks.append([hex(r.start) for r in self.truth() if r.name == b"[stack]"])
        return cores, stacks

    def stack(self, output):
        answer = parse_json(output)
        return [r["start"] for r in answer["regions"] if r["name"] == "[stack]"]

    def test_another_core_file(self):
        cores, stacks = self.two_cores()
        outputs = self.load(cores[0], "vmmap --json", f"core-file {cores[1]}", "vmmap --json",
                            f"core-file {cores[0]}", "vmmap --json", "core-file", "vmmap --json")
        self.assertEqual([self.stack(outputs[i]) for i in (0, 2, 4)],
                         [stacks[0], stacks[1], stacks[0]])
        self.assertEqual(parse_json(outputs[6])["target"], "none")

    def test_the_same_path(self):
        """Another core under the same name, loaded again."""
        cores, stacks = self.two_cores()
        path = self.path("core")
        shutil.copy(cores[0], path)
        outputs = self.load(path, "vmmap --json",
                            f"shell cp --remove-destination {cores[1]} {path}",
                            f"core-file {path}", "vmmap --json")
        self.assertEqual([self.stack(outputs[0]), self.stack(outputs[3])], stacks)

    def test_two_inferiors(self):
        cores, stacks = self.two_cores()
        outputs = self.load(cores[0], "vmmap --json", "add-inferior -no-connection", "inferior 2",
                            f"core-file {cores[1]}", "vmmap --json", "inferior 1", "vmmap --json",
                            "inferior 2", "vmmap --json")
        self.assertEqual([self.stack(outputs[i]) for i in (0, 4, 6, 8)],
                         [stacks[0], stacks[1], stacks[0], stacks[1]])

    def test_executable_loaded_later(self):
        """Symbols name the heap: the kept map must not stay without it."""
        core = self.kernel_core(*self.crash("crash-static"))
        if b"crash-static" in self.load(core, "info inferiors")[0]:
            self.skipTest("this gdb loads the core's executable by itself (GDB 15 and later do)")
        without, _, with_symbols = self.load(core, "vmmap --json", f"file {guest('crash-static')}",
                                             "vmmap --json")
        names = [[r["name"] for r in parse_json(o)["regions"]] for o in (without, with_symbols)]
        self.assertNotIn("[heap]", names[0])
        self.assertIn("The heap is not named: that takes the C library's symbols. No symbol table "
                      "is loaded.  Use the \"file\" command.", parse_json(without)["notes"])
        self.assertIn("[heap]", names[1])


if __name__ == "__main__":
    unittest.main()
