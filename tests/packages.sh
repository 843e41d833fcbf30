# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by demo.sh and run.sh: installs Debian or Ubuntu packages that are missing.

say() {
    printf '\n== %s\n' "$*"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "This needs root to install packages: run it as root, or install sudo." >&2
        exit 1
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# Whether this release has such a package.
is_offered() {
    apt-cache show "$1" >/dev/null 2>&1
}

# need PACKAGE...: installs those that are not there. Does nothing, and asks for no password, when
# all are.
need() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "There is no apt-get here. Install what corresponds to these Debian packages, then" \
             "build with cmake:$missing" >&2
        exit 1
    fi
    say "Installing:$missing"
    as_root apt-get update -q
    # shellcheck disable=SC2086 # the list is meant to be split
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# want WHY PACKAGE...: the same, but where one can not be had the tests that need it are skipped.
want() {
    why=$1
    shift
    (need "$@") || echo "Not all packages can be installed: $why will be skipped by name." >&2
}

build_packages="gcc libc6-dev make cmake pkg-config gdb libiberty-dev python3-dev"
