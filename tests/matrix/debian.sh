#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs all tests (tests/run.sh) on another release of Debian, and so with its GDB, QEMU, Python and
# compilers, in a folder of its own, as root:
#
#     tests/matrix/debian.sh trixie /var/tmp/trixie
#
# Needs debootstrap and some 5 GB. What is there already is used again.
set -eu

suite=$1 folder=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
[ -d "$folder/usr/bin" ] || debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$folder"
rm -rf "$folder/vmmap"
git clone -q "$source" "$folder/vmmap"

# In a mount namespace, so that nothing stays mounted.
exec unshare --mount sh -eu -c '
    for tree in proc sys dev; do
        mount --rbind "/$tree" "$1/$tree"
    done
    exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        sh /vmmap/tests/run.sh
' sh "$folder"
