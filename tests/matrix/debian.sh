#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs all tests (tests/run.sh) on releases of Debian, and so with their GDB, QEMU, Python and
# compilers, each in a folder of its own in FOLDER, as root:
#
#     tests/matrix/debian.sh FOLDER [RELEASE...]
#
# Without a release: on all that are supported. Needs debootstrap and some 5 GB for each. What is
# there already is used again. The output of each is in FOLDER/RELEASE.log; ends with a line for each.
set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
[ $# -gt 0 ] || set -- bullseye bookworm trixie sid

prepare() { # ROOT RELEASE
    [ -f "$1/etc/debian_version" ] ||
        debootstrap --variant=minbase --include=git,ca-certificates "$2" "$1" || return
    # A mirror that is late has a Release file that is no longer valid.
    echo 'Acquire::Check-Valid-Until "false";' >"$1/etc/apt/apt.conf.d/99late-mirror"
    rm -rf "$1/vmmap"
    git clone -q "$source" "$1/vmmap"
}

run() { # ROOT; in a mount namespace, so that nothing stays mounted
    # The root has to be a mount, or tests can not make mount namespaces in it.
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount sh -eu -c '
        mount --bind "$1" "$1"
        for tree in proc sys dev; do
            mount --rbind "/$tree" "$1/$tree"
        done
        exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin sh /vmmap/tests/run.sh
    ' sh "$1"
}

mkdir -p "$folder"
failed=
for release in "$@"; do
    if prepare "$folder/$release" "$release" && run "$folder/$release"; then
        :
    else
        failed="$failed $release"
    fi >"$folder/$release.log" 2>&1
done

for release in "$@"; do
    case " $failed " in
    *" $release "*) echo "$release: FAILED: see $folder/$release.log" ;;
    *) echo "$release: passed" ;;
    esac
done
[ -z "$failed" ]
