# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes core files: by the kernel, by gcore, by QEMU."""

import fcntl
import glob
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest

from support import TIMEOUT, TestCase, environment, need, need_qemu

PATTERN = "/proc/sys/kernel/core_pattern"
LOCK = "/tmp/vmmap-test-core-pattern.lock"  # one pattern for the whole machine

# Writes headers of ELF files and nothing else: a program may map terabytes (core(5)).
HEADERS_ONLY = 0x10


class CorePattern:
    """Lets the kernel write cores to FOLDER/core.PID; skips the test where it may not be set."""

    def __init__(self, folder):
        self.pattern = os.path.join(folder, "core.%p")

    def __enter__(self):
        self.lock = open(LOCK, "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        try:
            with open(PATTERN) as file:
                self.before = file.read()
            with open(PATTERN, "w") as file:
                file.write(self.pattern)
        except OSError as error:
            self.lock.close()
            raise unittest.SkipTest(f"no kernel core can be made: {PATTERN} may not be set "
                                    f"({error.strerror})")

    def __exit__(self, *_):
        with open(PATTERN, "w") as file:
            file.write(self.before)
        self.lock.close()


def allow_cores(dump_filter=None):
    """For a child that is about to run the program: both are inherited over exec."""
    def prepare():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if dump_filter is not None:
            with open("/proc/self/coredump_filter", "w") as file:
                file.write(hex(dump_filter))
    return prepare


class CoreTestCase(TestCase):
    def start(self, args, is_ready, **popen):
        """A process that has got so far that is_ready(pid) is true."""
        process = self.spawn(*args, env=environment(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **popen)
        end = time.monotonic() + TIMEOUT
        while not is_ready(process.pid):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{args} did not get ready")
            time.sleep(0.01)
        return process

    def save_maps(self, pid):
        shutil.copy(f"/proc/{pid}/maps", self.path("maps"))

    def kernel_core(self, args, is_ready, dump_filter=None):
        """The path of the core of a program that is killed by SIGABRT when it is ready, the truth
        about it in self.path("maps")."""
        with CorePattern(self.folder):
            process = self.start(args, is_ready, preexec_fn=allow_cores(dump_filter))
            self.save_maps(process.pid)
            process.send_signal(signal.SIGABRT)
            process.wait(TIMEOUT)
        path = self.path(f"core.{process.pid}")
        self.assertTrue(os.path.exists(path), "the kernel wrote no core")
        return path

    def gcore(self, args, is_ready, dump_filter=None):
        """The same by gcore."""
        need("gcore")
        process = self.start(args, is_ready, preexec_fn=allow_cores(dump_filter))
        self.save_maps(process.pid)
        subprocess.run(["gcore", "-o", self.path("gcore"), str(process.pid)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=environment(), timeout=TIMEOUT)
        return self.path(f"gcore.{process.pid}")

    def qemu_core(self, qemu, program):
        """The core that QEMU's user mode writes when the guest program aborts; what the program
        told is in self.path("told")."""
        need_qemu(qemu)
        subprocess.run([qemu, program, self.path("told")], cwd=self.folder, env=environment(),
                       preexec_fn=allow_cores(), stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT)
        found = glob.glob(self.path("qemu_*.core"))
        self.assertEqual(len(found), 1, "QEMU wrote no core")
        return found[0]
