# SPDX-License-Identifier: GPL-3.0-or-later
"""Sourced into gdb by bench.py: measures commands and writes the results to $VMMAP_RESULTS."""

import json
import os
import time

import gdb

from remote_log import sent_packets


def best(command, count=21, clock=time.process_time, cold=True, to_string=False):
    """Microseconds of the fastest of `count` runs. `cold`: the program ran just before each."""
    found = []
    for _ in range(count):
        if cold:
            gdb.execute("stepi", to_string=True)
        begin = clock()
        gdb.execute(command, False, to_string)
        found.append(clock() - begin)
    return min(found) * 1e6


def packets(command, cold=True):
    """How many packets a command sends, by the `set remotelogfile` that bench.py made."""
    if cold:
        gdb.execute("stepi", to_string=True)
    with open(os.environ["VMMAP_RESULTS"] + ".remote", "rb") as log:
        log.seek(0, os.SEEK_END)
        gdb.execute(command, False, True)
        return len(sent_packets(log.read()))


def write(results):
    with open(os.environ["VMMAP_RESULTS"], "w") as file:
        json.dump(results, file)
