#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the tests of machines under QEMU with other versions of it than the installed one, as root:
#
#     cmake --build build --target matrix-qemu-system
#
# Each SUITE (default: bookworm-backports) is a Debian suite whose packages are downloaded and
# unpacked below FOLDER (fetch.sh). QEMU looks for modules and firmware where it was built for, and
# aborts at modules of another version, so what was unpacked is mounted over what is installed, for
# the tests only.
set -eu

. "$(dirname "$0")/fetch.sh"
if [ "$1" = --inside ]; then # the mount namespace; then the unpacked files, and the tests
    files=$2 tests=$3
    for path in /usr/lib/x86_64-linux-gnu/qemu /usr/share/qemu /usr/share/seabios \
        /usr/bin/qemu-system-x86_64 /usr/bin/qemu-system-aarch64 /usr/bin/qemu-system-arm \
        /usr/bin/qemu-system-riscv32 /usr/bin/qemu-system-riscv64 /usr/bin/qemu-system-s390x; do
        [ ! -e "$files$path" ] || mount --bind "$files$path" "$path"
    done
    echo "== $(qemu-system-x86_64 --version | head -n 1)"
    for topic in system formats stages spaces machines cpus; do
        /usr/bin/python3 -B "$tests/test_qemu_$topic.py"
    done
    exit
fi

folder=$1 tests=$2
shift 2
for suite in "${@:-bookworm-backports}"; do
    [ -x "$folder/$suite/unpacked/usr/bin/qemu-system-x86_64" ] ||
        fetch "$folder" "$suite" qemu-system-x86 qemu-system-arm qemu-system-misc qemu-system-riscv \
            qemu-system-common qemu-system-data seabios
    unshare --mount sh "$0" --inside "$folder/$suite/unpacked" "$tests"
done
