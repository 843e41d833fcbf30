# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a real Linux guest, live and in memory images: every row of every process is
compared with its own /proc/PID/maps, and pages with /proc/PID/pagemap."""

import json
import os
import struct
import unittest

import linux_guest
import support

COMM = 15  # letters that the kernel keeps of a name


def lime(path, raw):
    """LiME of memory from address 0 on (github.com/504ensicsLabs/LiME)."""
    with open(path, "wb") as file:
        file.write(struct.pack("<4sIQQQ", b"EMiL", 1, 0, len(raw) - 1, 0) + raw)


class GuestProcesses(support.TestCase):
    """One boot serves all: its memory is saved in each form before anybody lets it run on."""

    @classmethod
    def setUpClass(cls):
        support.need("qemu-system-x86_64")
        image = linux_guest.kernel()
        owner = cls("test_live")
        owner.setUp()
        cls.addClassCleanup(owner.doCleanups)
        cls.machine, cls.truth = linux_guest.boot(owner, image, support.guest("processes"))
        cls.files = {name: owner.path(name) for name in ("elf", "paging", "kdump", "raw", "lime")}
        for name, command in (("elf", "dump-guest-memory {}"),
                              ("paging", "dump-guest-memory -p {}"),
                              ("kdump", "dump-guest-memory -z {}"),
                              ("raw", 'pmemsave 0 0x10000000 "{}"')):
            owner.assertEqual(cls.machine.ask(command.format(cls.files[name])).strip(), "")
        with open(cls.files["raw"], "rb") as file:
            lime(cls.files["lime"], file.read())

    def ask(self, first, commands, **options):
        """The outputs of commands after what connects or names an image; all in one gdb."""
        return support.gdb([first, *commands], timeout=240, **options)[1:]

    def check_processes(self, answer, target):
        self.assertEqual((answer["target"], answer["exact"]), (target, True))
        shown = {one["pid"]: one for one in answer["processes"]}
        self.assertEqual(sorted(shown), sorted(self.truth.names))
        for pid, one in shown.items():
            # /proc shows longer names of the kernel's threads, which are kept elsewhere.
            self.assertTrue(self.truth.names[pid].startswith(one["name"]), one)
            if len(self.truth.names[pid]) <= COMM and pid in self.truth.rows:
                self.assertEqual(one["name"], self.truth.names[pid])
            self.assertEqual(one["parent"], self.truth.parents[pid], one)
            self.assertEqual(one["methods"], ["tasks"])
            self.assertEqual(one["dtb"] is None, pid not in self.truth.rows, one)

    def check_maps(self, pid, answer, target):
        wanted = [row._replace(name=support.replaced(support.shown_name(row)))
                  for row in self.truth.rows[pid]]
        self.check_rows(support.json_rows(answer), wanted)
        self.assertEqual((answer["target"], answer["provider"], answer["exact"]),
                         (target, "linux-tasks", True))
        self.assertEqual(answer["process"]["pid"], pid)
        self.assertEqual(answer["process"]["name"], self.truth.names[pid])

    def check_pages(self, pid, answer):
        [space] = answer["processes"]
        shown = []
        for page in space["pages"]:
            start, physical, size = (int(page[key], 16) for key in ("virtual", "physical", "size"))
            shown += [(start + at, physical + at) for at in range(0, size, 4096)]
        self.check_lists(shown, self.truth.pages[pid])

    def check_all(self, first, target):
        """Everything that can be asked, of every process but the one that went on running."""
        pids = [pid for pid in self.truth.rows if pid != 1]
        chosen = self.truth.pid("anonymous")
        commands = ["memmap --list --json"]
        for pid in pids:
            commands += [f"cc {pid}", "vmmap --json"]
        outputs = self.ask(first, commands + [f"memmap -p {chosen} --json"])
        self.check_processes(json.loads(outputs[0]), target)
        for pid, said, answer in zip(pids, outputs[1::2], outputs[2::2]):
            self.assertIn(f"Answers are about process {pid} (".encode(), said)
            self.check_maps(pid, support.parse_json(answer), target)
        self.check_pages(chosen, json.loads(outputs[-1]))

    def test_live(self):
        self.check_all(self.machine.connect(), "qemu-system")

    def test_images(self):
        """Each format that QEMU writes, and LiME."""
        for name, path in self.files.items():
            with self.subTest(name):
                self.check_all(f"set vmmap image {path}", "image")

    def test_core_that_gdb_has_open(self):
        pid = self.truth.pid("files")
        outputs = self.ask(f"core-file {self.files['elf']}", [
            f"cc {pid}", "vmmap --json", "cc kernel", "vmmap --json", "vtop $pc"])
        self.check_maps(pid, support.parse_json(outputs[1]), "image")
        answer = support.parse_json(outputs[3])
        self.assertEqual((answer["target"], answer["provider"]), ("image", "page-tables"))
        self.assertNotIn("process", answer)
        self.assertIn("[direct_map]", {region["name"] for region in answer["regions"]})
        self.assertIn(b"is at physical address", outputs[4])

    def test_choosing(self):
        """By name, by address, and what is refused."""
        use = f"set vmmap image {self.files['elf']}"
        pid = self.truth.pid("name space")
        [listing] = self.ask(use, ["memmap --list --json"])
        task = next(one for one in json.loads(listing)["processes"] if one["pid"] == pid)
        thread = next(pid for pid in self.truth.names if pid not in self.truth.rows)
        outputs = self.ask(use, [
            "cc", 'cc -r "name sp"', f"cc -e {task['address']}", "cc -r .", "cc 4000000",
            f"cc {thread}", "cc x7", "cc -r x 1", "memmap -m CSRSS", "memmap -m none",
            "memmap -p 1,x", "memmap -r [", "cc"])
        said = (f"Answers are about process {pid} (name space) of the guest, at "
                f"{task['address']}, DTB {task['dtb']}.\n").encode()
        self.assertEqual(outputs[0], b"No process of the guest is chosen: answers are about the "
                                     b"CPU, or the kernel of an image.\n")
        self.assertEqual(outputs[1:3], [said, said])
        self.assertRegex(outputs[3], rb"^\d+ processes of the guest are meant by that, the first "
                                     rb"two are 1 and 2: name one by its number\.\n$")
        self.assertEqual(outputs[4], b'No process of the guest is meant by that: "memmap --list" '
                                     b"lists them.\n")
        self.assertEqual(outputs[5], f"Process {thread} is a thread of the kernel, or has exited: "
                                     "it has no memory of its own.\n".encode())
        self.assertEqual(outputs[6], b'"cc" takes the number of one process with commas between '
                                     b'them, not "x7".\n')
        self.assertEqual(outputs[7], b'"cc" takes either a number, or -r, or -e.\n')
        self.assertEqual(outputs[8], b"The method CSRSS is for Windows; this machine runs Linux, "
                                     b'whose processes are told by "tasks".\n')
        self.assertEqual(outputs[9], b'There is no method "none": there are PsActiveProcessHead, '
                                     b"CSRSS, PspCidTable, Sessions, Handles and tasks.\n")
        self.assertEqual(outputs[10], b"Option --pids takes numbers of processes with commas "
                                      b'between them, not "1,x".\n')
        self.assertIn(b"[", outputs[11])
        self.assertEqual(outputs[12], said)

    def test_text_of_memmap(self):
        """As people read it: pages one by one, joined, and the kernel's."""
        pid = self.truth.pid("anonymous")
        use = f"set vmmap image {self.files['kdump']}"
        outputs = self.ask(use, [f"memmap -p {pid}", f"memmap -c -p {pid}", "memmap",
                                 "memmap -r nobody"])
        head = (b"*" * 50 + b"\n" + f"Process: 'anonymous' pid: {pid:6}\n\n".encode() +
                b"Dumping address space at DTB 0x")
        rows = {}
        for number, output in enumerate(outputs[:2]):
            self.assertTrue(output.startswith(head), output[:300])
            lines = output.split(b"Virtual        Physical       Size\n")[1].splitlines()
            rows[number] = [line for line in lines if line.startswith(b"0x")]
            none = [line for line in rows[number] if line.endswith(b" PROT_NONE")]
            self.assertTrue(none, "the pages that may not be touched")
        pages = {address: physical for address, physical in self.truth.pages[pid]}
        for line in rows[0]:
            start, physical, size = (int(word, 16) for word in line.split()[:3])
            self.assertIn(size, (0x1000, 0x200000))
            self.assertEqual(pages[start], physical)
        self.assertLess(len(rows[1]), len(rows[0]))
        self.assertEqual(sum(int(line.split()[2], 16) for line in rows[0]),
                         sum(int(line.split()[2], 16) for line in rows[1]))
        self.assertNotIn(b"Process:", outputs[2])
        self.assertIn(b"0xffff", outputs[2])
        self.assertEqual(outputs[3].splitlines()[0], b"No process of the guest is meant by that.")

    def test_no_machine(self):
        refused = (b"There is no machine whose processes could be told: connect to one under QEMU "
                   b'with "target remote", or name a memory image with "set vmmap image FILE".\n')
        outputs = support.gdb(["memmap", "cc 1", "memmap --list"])
        self.assertEqual(outputs, [refused] * 3)
        missing = self.path("missing")
        outputs = self.ask(f"set vmmap image {missing}", ["vmmap", "memmap"])
        said = f"The memory image {missing} can not be read: No such file or directory.\n"
        self.assertEqual(outputs, [said.encode(), said.encode()])
        self.assertFalse(os.path.exists(missing))


if __name__ == "__main__":
    unittest.main()
