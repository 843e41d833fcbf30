# SPDX-License-Identifier: GPL-3.0-or-later
"""Sourced into gdb by bench.py: measures commands and writes the results to $VMMAP_RESULTS."""

import json
import os
import time

import gdb


def best(command, count=7, clock=time.process_time, cold=True, to_string=False):
    """Microseconds of the fastest of `count` runs. `cold`: the program ran just before each."""
    found = []
    for _ in range(count):
        if cold:
            gdb.execute("stepi", to_string=True)
        begin = clock()
        gdb.execute(command, False, to_string)
        found.append(clock() - begin)
    return min(found) * 1e6


def packets(command):
    """How many packets a command sends: lines of `set debug remote 1`, which go to stderr."""
    log = os.environ["VMMAP_RESULTS"] + ".packets"
    gdb.execute("stepi", to_string=True)
    gdb.execute(f"set logging file {log}")
    gdb.execute("set logging redirect on")
    gdb.execute("set logging debugredirect on")
    gdb.execute("set logging enabled on")
    gdb.execute("set debug remote 1")
    try:
        gdb.execute(command, False, True)
    finally:
        gdb.execute("set debug remote 0")
        gdb.execute("set logging enabled off")
    with open(log, errors="replace") as file:
        sent = sum("Sending packet" in line for line in file)
    os.remove(log)
    return sent


def write(results):
    with open(os.environ["VMMAP_RESULTS"], "w") as file:
        json.dump(results, file)
