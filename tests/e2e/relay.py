# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes bytes on between its standard input and output and a unix socket, as socat does."""

import os
import select
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    ends = {0: connection.fileno(), connection.fileno(): 1}
    while True:
        for end in select.select(list(ends), [], [])[0]:
            data = os.read(end, 65536)
            if not data:
                sys.exit()
            os.write(ends[end], data)
