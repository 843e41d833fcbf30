#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the tests of qemu-user with other versions of QEMU than the installed one:
#
#     cmake --build build --target matrix-qemu-user
#
# Each SUITE (default: bookworm-backports) is a Debian suite whose package qemu-user is downloaded
# and unpacked below FOLDER, without being installed; the system's own apt is asked with lists of its
# own. Or give VMMAP_QEMU_USER, the folder of programs that are there already.
set -eu

folder=$1 tests=$2
shift 2

run() {
    echo "== $("$1/qemu-x86_64" --version | head -n 1)"
    VMMAP_QEMU_USER=$1 /usr/bin/python3 -B "$tests/test_qemu_user.py"
}

fetch() {
    mkdir -p "$folder/$1/lists/partial" "$folder/$1/archives/partial" "$folder/$1/unpacked"
    cd "$folder/$1"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $1 main" > sources.list
    cat > apt.conf <<EOF
Dir::Etc::SourceList "$PWD/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$PWD/lists";
Dir::Cache::Archives "$PWD/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root";
EOF
    APT_CONFIG=$PWD/apt.conf apt-get -q update
    APT_CONFIG=$PWD/apt.conf apt-get -q download "qemu-user/$1"
    dpkg -x qemu-user_*.deb unpacked
    rm qemu-user_*.deb
}

if [ -n "${VMMAP_QEMU_USER:-}" ]; then
    run "$VMMAP_QEMU_USER"
    exit
fi
for suite in "${@:-bookworm-backports}"; do
    [ -x "$folder/$suite/unpacked/usr/bin/qemu-x86_64" ] || (fetch "$suite")
    run "$folder/$suite/unpacked/usr/bin"
done
