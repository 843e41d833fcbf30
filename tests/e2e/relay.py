# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes bytes on between GDB and a unix socket, as socat and ssh do. GDB is at the standard input
and output, or connects to a unix socket or a TCP port. Can keep a secret in its memory."""

import argparse
import ctypes
import mmap
import os
import select
import socket
import sys

PAGE = 0x1000


def keep_secret(place, data):
    """Its address: in a mapping of its own, or in the heap that brk() made."""
    if place == "mapping":
        memory = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        view = (ctypes.c_char * PAGE).from_buffer(memory)
        address, keep = ctypes.addressof(view), (memory, view)
    else:
        # Less than malloc() would map, and with a page's beginning somewhere in it.
        keep = [ctypes.create_string_buffer(2 * PAGE) for _ in range(8)]
        address = (ctypes.addressof(keep[-1]) + PAGE - 1) // PAGE * PAGE
    ctypes.memmove(address, data, len(data))
    return address, keep


def accept(options):
    """The descriptors of GDB's end: (in, out)."""
    if not options.listen and not options.port:
        return 0, 1
    with socket.socket(socket.AF_INET if options.port else socket.AF_UNIX) as server:
        server.bind(("127.0.0.1", 0) if options.port else options.listen)
        server.listen()
        if options.port:
            write_file(options.port, b"%d" % server.getsockname()[1])
        gdb, _ = server.accept()
    descriptor = gdb.detach()
    return descriptor, descriptor


def write_file(path, data):
    """It is there only when it is whole."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.rename(path + ".new", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("socket", help="the stub's")
    parser.add_argument("--listen", help="path of a unix socket for GDB")
    parser.add_argument("--port", help="file that gets the number of a TCP port for GDB")
    parser.add_argument("--secret", nargs=3, metavar=("PLACE", "DATA", "ADDRESS"),
                        help="`mapping` or `heap`, and two files: the bytes, where they are")
    options = parser.parse_args()
    kept = None
    if options.secret:
        place, data, path = options.secret
        with open(data, "rb") as file:
            kept = keep_secret(place, file.read())
        write_file(path, b"%d %d" % (os.getpid(), kept[0]))
    gdb_in, gdb_out = accept(options)
    with socket.socket(socket.AF_UNIX) as stub:
        stub.connect(options.socket)
        ends = {gdb_in: stub.fileno(), stub.fileno(): gdb_out}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = os.read(end, 65536)
                if not data:
                    sys.exit()
                while data:
                    data = data[os.write(ends[end], data):]


main()
