#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the plugin and shows the memory map of a live program with it. Installs what it needs
# (Debian, Ubuntu); safe to repeat; changes nothing outside ./build.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

# shellcheck disable=SC2086
need $build_packages
say "Building build/plugin/vmmap.so"
cmake -S . -B build -DBUILD_TESTING=OFF
cmake --build build -j "$(nproc)"
plugin=$PWD/build/plugin/vmmap.so

say "The memory map of a live program: cat, stopped as it is about to exit"
# The output is on a pipe here, so gdb shows no colours; at a terminal it does.
gdb -nx -q -batch -iex 'set debuginfod enabled off' -ex "jit-reader-load $plugin" \
    -ex 'set environment LC_ALL C' -ex 'catch syscall exit_group' -ex 'run < /dev/null' \
    -ex 'echo \n(gdb) vmmap\n' -ex vmmap \
    -ex 'echo \n(gdb) vmmap $sp\n' -ex 'vmmap $sp' \
    -ex 'echo \n(gdb) vmmap -x libc\n' -ex 'vmmap -x libc' -ex 'set confirm off' -ex 'kill' /bin/cat

say "To have it in every gdb session, put this line into ~/.gdbinit"
echo "jit-reader-load $plugin"
