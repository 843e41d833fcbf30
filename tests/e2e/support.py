# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a real gdb with the plugin, and reads the truth to compare with.

The environment says what to test: VMMAP_PLUGIN (path of vmmap.so), VMMAP_GUESTS (folder of the
built guest programs), VMMAP_GDB (the gdb to run, default "gdb").
"""

import collections
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unicodedata
import unittest

import schema

PLUGIN = os.environ["VMMAP_PLUGIN"]
GUESTS = os.environ.get("VMMAP_GUESTS", "")
GDB = os.environ.get("VMMAP_GDB", "gdb")
# What every gdb is started with.
QUIET = ["-nx", "-q", "-iex", "set debuginfod enabled off"]
LOAD = f"jit-reader-load {PLUGIN}"
TIMEOUT = 60

# One row of a /proc/PID/maps file; `name` is bytes as in the file, b"" for anonymous memory.
Row = collections.namedtuple("Row", "start end perms offset name")


def guest(name):
    """Path of a built guest program; skips the test, saying so, where it could not be built."""
    path = os.path.join(GUESTS, name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"guest program {name} was not built on this machine")
    return path


def need(*programs):
    """Skips the test, saying so, where a program is not installed."""
    for program in programs:
        if not shutil.which(program):
            raise unittest.SkipTest(f"{program} is not installed")


def need_qemu(program):
    """Skips the test, saying so, where this QEMU is missing or older than what is supported."""
    need(program)
    told = subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True).stdout
    found = re.search(rb"version (\d+)\.(\d+)", told)
    if (int(found[1]), int(found[2])) < (7, 2):
        raise unittest.SkipTest("QEMU before 7.2 is not supported")


def need_namespaces(*options):
    """Skips the test, saying so, where unshare may not do this."""
    need("unshare")
    if subprocess.run(["unshare", *options, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        raise unittest.SkipTest("no permission to make namespaces")


def environment(**changes):
    """An environment without terminal, colour and locale settings of the caller's."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "DEBUGINFOD_URLS")}
    env.update(LC_ALL="C.UTF-8", TERM="dumb")
    env.update(changes)
    return env


def gdb_arguments(commands, debugger=GDB):
    args = [debugger, *QUIET, "-batch"]
    for number, command in enumerate(commands):
        args += ["-ex", f"echo \\n@@@{number}@@@\\n", "-ex", command]
    return args + ["-ex", f"echo \\n@@@{len(commands)}@@@\\n"]


def gdb(commands, program=(), load=True, env=None, timeout=TIMEOUT, debugger=GDB, **popen):
    """Runs gdb -batch with these commands, one output (bytes) returned for each. Errors do not end
    the run. `program` is a path or an argument list."""
    program = [program] if isinstance(program, str) else list(program)
    commands = ([LOAD] if load else []) + list(commands)
    args = gdb_arguments(commands, debugger) + (["--args"] + program if program else [])
    done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=env or environment(), timeout=timeout,
                          **popen)
    parts = re.split(rb"\n?@@@\d+@@@\n", done.stdout)
    if done.returncode < 0 or len(parts) != len(commands) + 2:
        output = done.stdout.decode(errors="replace")
        raise AssertionError(f"gdb died ({done.returncode}):\n{output}")
    return parts[2 if load else 1:-1]


def copy_maps_command(path, pid="gdb.selected_inferior().pid"):
    """A gdb command that saves the truth while the inferior is stopped."""
    return f"python open({path!r}, 'wb').write(open('/proc/%d/maps' % {pid}, 'rb').read())"


def run_group(args, timeout=TIMEOUT, **popen):
    """What a program that starts others prints, both its outputs together; none of them outlives a
    timeout."""
    process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True, **popen)
    try:
        return process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        process.stdout.close()


def parse_maps(data):
    """The rows of a /proc/PID/maps file, parsed independently of the plugin."""
    rows = []
    for line in data.split(b"\n"):
        if not line:
            continue
        found = re.fullmatch(rb"([0-9a-f]+)-([0-9a-f]+) (....) ([0-9a-f]+) \S+ \d+(?: +(.*))?",
                             line, re.DOTALL)
        start, end, perms, offset, name = found.groups()
        rows.append(Row(int(start, 16), int(end, 16), perms.decode(), int(offset, 16), name or b""))
    return rows


def shown_name(row):
    """The name that a row must be shown with, as bytes."""
    return row.name or b"[anon_%05x]" % (row.start >> 12)


# Characters beside control characters that would reorder text or break a line.
UNSAFE = set("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def escaped(name):
    """What a table shows of these bytes."""
    shown = b""
    for char in name.decode("utf-8", "surrogateescape"):
        raw = char.encode("utf-8", "surrogateescape")
        is_bad = ("\udc80" <= char <= "\udcff" or unicodedata.category(char) == "Cc" or
                  char in UNSAFE)
        shown += b"".join(b"\\%03o" % byte for byte in raw) if is_bad else raw
    return shown


def replaced(name):
    """What a JSON text can hold of these bytes, encoded."""
    return name.decode("utf-8", "replace").encode()


def parse_json(output):
    """The one JSON object of a --json output, which must have nothing else in it; one with regions
    is as the schema in docs/ says."""
    answer = json.loads(output.decode())
    if "regions" in answer:
        schema.check(answer)
    return answer


def json_rows(answer):
    """The regions of a JSON answer as Rows; the names are what JSON can hold, encoded."""
    return [Row(int(r["start"], 16), int(r["end"], 16), r["perms"],
                None if r["offset"] is None else int(r["offset"], 16), r["name"].encode())
            for r in answer["regions"]]


# A row of the table: arrow, start, end, perms, size, offset, name with label and +0xOFFSET.
TABLE_ROW = re.compile(rb"(-> |   )?(0x[0-9a-f]+) (0x[0-9a-f]+) ([r?-][w?-][x?-][psuk?]) +"
                       rb"([0-9a-f]+) +([0-9a-f]+|\?) (.*)")


def table_rows(output):
    """The rows of a table as (Row, arrow) with the whole rest of the line as the name."""
    rows = []
    for line in output.split(b"\n"):
        found = TABLE_ROW.fullmatch(line)
        if not found:
            continue
        arrow, start, end, perms, size, offset, name = found.groups()
        start, end = int(start, 16), int(end, 16)
        if end != 2**64 - 1 and end - start != int(size, 16):
            raise AssertionError(f"size does not fit: {line!r}")
        rows.append((Row(start, end, perms.decode(), None if offset == b"?" else int(offset, 16),
                         name), arrow == b"-> "))
    return rows


def find_c_library():
    """The name of its file: libc.so.6, or before glibc 2.34 libc-2.31.so."""
    with open("/proc/self/maps") as file:
        return re.search(r"/(libc[.-][^/\n]*)$", file.read(), re.MULTILINE).group(1)


C_LIBRARY = find_c_library()


class Terminal:
    """An interactive gdb on a pseudo-terminal."""

    PROMPT = b"(gdb) "

    def __init__(self, *args, env=None, load=True):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            full = {**environment(), "TERM": "xterm-256color", **(env or {})}
            os.execvpe(GDB, [GDB, *QUIET, *args], full)
        self.output = b""
        self.read_until(self.PROMPT)
        self.command("set pagination off")
        if load:
            self.command(LOAD)

    def read_until(self, wanted, timeout=TIMEOUT):
        """Returns the output up to and with `wanted`."""
        end = time.monotonic() + timeout
        while wanted not in self.output:
            if time.monotonic() > end:
                raise AssertionError(f"no {wanted!r} in {self.output[-2000:]!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    raise AssertionError(f"gdb has gone: {self.output[-2000:]!r}")
                self.output += data
        at = self.output.index(wanted) + len(wanted)
        found, self.output = self.output[:at], self.output[at:]
        return found

    def send(self, data):
        os.write(self.fd, data)

    def command(self, line, timeout=TIMEOUT):
        """Types a line; returns what is printed until the next prompt, without the echo."""
        self.send(line.encode() + b"\n")
        output = self.read_until(self.PROMPT, timeout)
        return output.split(b"\n", 1)[1] if b"\n" in output else output

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def holder(rows, address):
    """Index of the row that holds the address, or None."""
    for index, row in enumerate(rows):
        if row.start <= address < row.end:
            return index
    return None


class TestCase(unittest.TestCase):
    maxDiff = 5000

    def __init__(self, *args):
        super().__init__(*args)
        self.addTypeEqualityFunc(list, self.check_lists)

    def check_lists(self, shown, wanted, msg=None):
        """assertEqual() of lists. Python's own makes a difference of all that they hold, which
        takes hours for a map of 60,000 rows."""
        if max(len(shown), len(wanted)) > 100:
            self.check_rows(shown, wanted)
        else:
            self.assertListEqual(shown, wanted, msg)

    def check_rows(self, shown, wanted):
        """Equal lists, of which only the first difference is told."""
        for index, (left, right) in enumerate(zip(shown, wanted)):
            if left != right:
                self.fail(f"row {index} of {len(wanted)}: {left!r:.1000} is not {right!r:.1000}")
        self.assertEqual(len(shown), len(wanted))

    def check_bytes(self, output):
        """Nothing that a terminal would obey is printed."""
        bad = [c for c in output.decode() if (unicodedata.category(c) == "Cc" and c != "\n")
               or c in UNSAFE]
        self.assertEqual(bad, [])

    def check_table(self, output, rows, labels=None):
        """The whole table of a listing; `labels` maps starts of rows to their labels."""
        self.check_bytes(output)
        labels = labels or {}
        shown = [(r, arrow) for r, arrow in table_rows(output)]
        wanted = []
        for row in rows:
            label = labels.get(row.start, "")
            name = escaped(shown_name(row)) + (b" (%s)" % label.encode() if label else b"")
            wanted.append((row._replace(name=name), False))
        self.check_rows(shown, wanted)

    def check_json(self, answer, rows, labels=None, **wanted):
        """Every region of a listing, and other keys of the object that are given."""
        labels = labels or {}
        self.check_rows(json_rows(answer),
                        [r._replace(name=replaced(shown_name(r))) for r in rows])
        self.check_rows([(int(r["start"], 16), r["label"]) for r in answer["regions"]],
                        [(r.start, labels.get(r.start, "")) for r in rows])
        for region, row in zip(answer["regions"], rows):
            self.assertEqual(int(region["size"], 16), row.end - row.start)
        self.assertEqual({key: answer[key] for key in wanted}, wanted)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vmmap-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def truth(self, name="maps"):
        """What copy_maps_command(self.path(name)) saved."""
        with open(self.path(name), "rb") as file:
            return parse_maps(file.read())

    def spawn(self, *args, **popen):
        """A process that is killed when the test ends."""
        process = subprocess.Popen(args, **popen)

        def end():
            process.kill()
            with process:  # waits, and closes the pipes
                pass

        self.addCleanup(end)
        return process


class Stub:
    """A gdbserver (or another stub that talks on stdin and stdout) behind a unix socket for
    `target remote PATH`. What gdb sends is recorded, and can be delayed or cut off; packets that
    begin with one of `refused` are answered as by a stub that does not know them."""

    PACKET = re.compile(rb"\$([^#]*)#[0-9a-f]{2}")

    def __init__(self, test, *command, refused=(), **popen):
        self.path = test.path("stub")
        self.refused = refused
        self.delay = 0
        self.packets = []
        self.on_packet = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.process = test.spawn(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
                                  **popen)
        self.client = None
        self.threads = [threading.Thread(target=self._serve)]
        self.threads[0].start()
        test.addCleanup(self.close)

    def _serve(self):
        try:
            self.client, _ = self.listener.accept()
        except OSError:
            return
        self.threads.append(threading.Thread(target=self._answer))
        self.threads[1].start()
        rest = b""
        while True:
            try:
                data = self.client.recv(65536)
                if not data:
                    break
                rest += data
                for found in self.PACKET.finditer(rest):
                    self.packets.append(found.group(1))
                    if found.group(1).startswith(self.refused):
                        data = data.replace(found.group(0), b"")
                        self.client.sendall(b"$#00")
                    if self.on_packet:
                        self.on_packet(found.group(1))
                    rest = rest[found.end() - len(rest):] if found.end() < len(rest) else b""
                if self.delay:
                    time.sleep(self.delay)
                self.process.stdin.write(data)
            except OSError:
                break
        self.hang_up()

    def _answer(self):
        while True:
            try:
                data = self.process.stdout.read(65536)
                if not data:
                    break
                self.client.sendall(data)
            except OSError:
                break
        self.hang_up()

    def hang_up(self):
        """Ends the connection and the stub, with its inferior."""
        for end in (self.client, self.listener):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except (OSError, AttributeError):
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def close(self):
        self.hang_up()
        for thread in self.threads:
            thread.join()
        for end in (self.client, self.listener, self.process.stdin, self.process.stdout):
            if end:
                end.close()
