#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the tests of qemu-user with other versions of QEMU than the installed one:
#
#     cmake --build build --target matrix-qemu-user
#
# Each SUITE (default: bookworm-backports) is a Debian suite whose package qemu-user is downloaded
# and unpacked below FOLDER (fetch.sh). Or give VMMAP_QEMU_USER, the folder of programs that are there
# already.
set -eu

. "$(dirname "$0")/fetch.sh"
folder=$1 tests=$2
shift 2

run() {
    echo "== $("$1/qemu-x86_64" --version | head -n 1)"
    VMMAP_QEMU_USER=$1 /usr/bin/python3 -B "$tests/test_qemu_user.py"
}

if [ -n "${VMMAP_QEMU_USER:-}" ]; then
    run "$VMMAP_QEMU_USER"
    exit
fi
for suite in "${@:-bookworm-backports}"; do
    [ -x "$folder/$suite/unpacked/usr/bin/qemu-x86_64" ] || fetch "$folder" "$suite" qemu-user
    run "$folder/$suite/unpacked/usr/bin"
done
