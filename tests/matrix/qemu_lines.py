#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long `info mtree -f` is on varied machines, beside what
lib/providers/machine/guest_ram.c expects: the table of "Physical memory" in docs/qemu-system.md.

    tests/matrix/qemu_lines.py

uses the qemu-system-* in PATH. Firmware gets two seconds to find the devices and to give them
addresses. It fails where the plugin would ask although the text is too long.
"""

import os
import subprocess
import sys
import time
import unittest

os.environ.setdefault("VMMAP_PLUGIN", "")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

import machine  # noqa: E402
import support  # noqa: E402

SAFE_LINES = 278 + 166  # see guest_ram.c, where the other numbers are as well
MAX, MACHINE, CPU, VIEW, DEVICE = 400, 180, 4, 40, 16

VIRTIO = ("virtio-net-pci", "virtio-scsi-pci", "virtio-rng-pci", "virtio-balloon-pci")
BRIDGES = tuple(f"pci-bridge,id=bridge{i},chassis_nr={i + 1}" for i in range(4))
PORTS = tuple(f"pcie-root-port,id=port{i},chassis={i + 1}" for i in range(8))

# Program, machine, CPUs, devices.
MACHINES = [
    ("x86_64", "pc", 1, ()), ("x86_64", "pc", 4, ()), ("x86_64", "pc", 64, ()),
    ("x86_64", "pc", 1, BRIDGES + tuple(f"pci-testdev,bus=bridge{i % 4}" for i in range(100))),
    ("x86_64", "q35", 1, ()), ("x86_64", "q35", 4, ()), ("x86_64", "q35", 16, ()),
    ("x86_64", "q35", 1, VIRTIO), ("x86_64", "q35", 2, VIRTIO), ("x86_64", "q35", 4, VIRTIO),
    ("x86_64", "q35", 1, ("qemu-xhci", "nvme,serial=1", "virtio-gpu-pci", "e1000e")),
    ("x86_64", "q35", 4, VIRTIO + PORTS + ("qemu-xhci",)),
    ("x86_64", "microvm", 2, ()),
    ("aarch64", "virt", 1, ()), ("aarch64", "virt,gic-version=3", 64, ()),
    ("aarch64", "virt,gic-version=3,secure=on,virtualization=on", 8, VIRTIO),
    ("aarch64", "virt", 1, ("pci-testdev",) * 30), ("aarch64", "xlnx-zcu102", 4, ()),
    ("aarch64", "ast2600-evb", 2, ()), ("aarch64", "imx8mp-evk", 4, ()),
    ("arm", "virt", 4, VIRTIO), ("riscv64", "virt", 1, ()),
    ("riscv64", "virt,aia=aplic-imsic,aia-guests=3", 8, VIRTIO),
]


class Case(support.TestCase):
    def runTest(self):
        pass


def measure(program, kind, cpus, devices):
    """Lines and what is expected."""
    case = Case()
    case.setUp()
    arguments = ["-M", kind, "-smp", str(cpus)]
    if program == "aarch64" and kind.startswith("virt"):
        arguments += ["-cpu", "max"]
    if program == "riscv64":
        arguments += ["-bios", "none"]
    for device in devices:
        arguments += ["-device", device]
    try:
        guest = machine.Machine(case, "qemu-system-" + program, *arguments, defaults=True).start()
        guest.ask("cont")
        time.sleep(2)
        guest.ask("stop")
        added = sum(guest.ask("qom-list /machine/" + folder).count("(child<")
                    for folder in ("peripheral", "peripheral-anon"))
        lines = len(guest.ask("info mtree -f").splitlines())
    finally:
        case.doCleanups()
    views = 1 + cpus if program == "x86_64" else 1
    return lines, MACHINE + CPU * cpus + views * (VIEW + DEVICE * added)


def main():
    os.environ["QEMU_AUDIO_DRV"] = "none"
    wrong = 0
    print(subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE,
                         check=True).stdout.decode().splitlines()[0])
    print("machine | CPUs | devices added | lines | expected | asked for\n---|---|---|---|---|---")
    for program, kind, cpus, devices in MACHINES:
        try:
            lines, expected = measure(program, kind, cpus, devices)
        except (AssertionError, unittest.SkipTest):
            print(f"{program} {kind} | {cpus} | {len(devices)} | this QEMU does not start it")
            continue
        asked = expected <= MAX
        wrong += asked and lines > SAFE_LINES
        print(f"{program} {kind} | {cpus} | {len(devices)} | {lines} | {expected} | "
              f"{'yes' if asked else 'no'}", flush=True)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
