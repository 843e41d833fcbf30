# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what `set remotelogfile` writes: "w ..." is sent, "r ..." received, "c ..." a command."""

import re


def sent_packets(log):
    """The packets that GDB sent, without `$` and checksum. The acknowledgement of an answer may
    stand before a packet on the same line, and `$` within a packet is escaped."""
    return [packet for line in log.split(b"\n") if line.startswith(b"w ")
            for packet in re.findall(rb"\$([^#$]*)#", line)]
