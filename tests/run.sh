#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs all tests: builds with gcc and clang with warnings as errors, runs the unit and end-to-end
# tests, the unit tests and gdb itself under sanitizers, and the checks of format and boundaries.
# Installs what it needs (Debian, Ubuntu); safe to repeat; changes nothing outside ./build*.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

# shellcheck disable=SC2086
need $build_packages check clang clang-format flake8 gdbserver groff-base procps python3 strace util-linux valgrind
clang_version=$(clang -dumpversion | cut -d. -f1)
if is_offered "libclang-rt-$clang_version-dev"; then # before Debian 12 clang comes with it
    need "libclang-rt-$clang_version-dev"
fi
if [ "$(uname -m)" = x86_64 ]; then
    # Not gcc-multilib, which conflicts with the cross compilers.
    want "tests of 32-bit programs" \
        "gcc-$(gcc -dumpversion | cut -d. -f1)-multilib" libc6-dev-i386
fi
want "the JSON schema, read by another program" python3-jsonschema
want "the types of the Python module" mypy
want "tests of foreign architectures" gdb-multiarch qemu-user
want "tests of machines under QEMU" qemu-system-x86 qemu-system-arm qemu-system-misc
if is_offered qemu-system-riscv; then # before Debian 13 it is in -misc
    want "tests of RISC-V machines" qemu-system-riscv
fi
if is_offered qemu-system-s390x; then # likewise
    want "a test of s390x machines" qemu-system-s390x
fi
for guest in aarch64-linux-gnu:arm64 arm-linux-gnueabihf:armhf riscv64-linux-gnu:riscv64 \
    mips-linux-gnu:mips powerpc64-linux-gnu:ppc64 s390x-linux-gnu:s390x; do
    want "tests of ${guest##*:} guests" "gcc-${guest%%:*}" "libc6-dev-${guest##*:}-cross"
done

jobs=$(nproc)
configure() { # FOLDER OPTIONS...
    folder=$1
    shift
    cmake -S . -B "$folder" -DBUILD_TESTING=ON -DVMMAP_WERROR=ON "$@"
    cmake --build "$folder" -j "$jobs"
}

fetch_minimal_gdb() {
    [ -x build/gdb-minimal/usr/bin/gdb ] && return
    rm -rf build/gdb-minimal && mkdir -p build/gdb-minimal
    (cd build/gdb-minimal && apt-get download -q gdb-minimal && dpkg -x gdb-minimal_*.deb .) ||
        echo "gdb-minimal can not be fetched: the test of a GDB without Python will be skipped."
}

fetch_kernel() { # for guests whose processes are told; unpacked only
    [ -e build/linux/boot ] && return
    rm -rf build/linux && mkdir -p build/linux
    kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    (cd build/linux && apt-get download -q "${kernel:?}" && dpkg -x linux-image-*.deb . &&
        rm linux-image-*.deb) ||
        echo "A Linux kernel can not be fetched: tests of a guest's processes will be skipped."
}

say "Format"
format_version=$(clang-format --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$format_version" = 14 ]; then
    find lib plugin tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
else
    echo "Not checked: the sources are as clang-format 14 has them, and this is $format_version."
fi

say "Build with gcc"
configure build -DCMAKE_C_COMPILER=gcc
fetch_minimal_gdb
fetch_kernel

say "Build with clang"
configure build-clang -DCMAKE_C_COMPILER=clang

say "Build with sanitizers"
configure build-sanitize -DCMAKE_C_COMPILER=gcc -DVMMAP_SANITIZE=ON -DCMAKE_BUILD_TYPE=Debug

say "Tests under AddressSanitizer and UndefinedBehaviorSanitizer"
(cd build-sanitize && ctest --output-on-failure -j "$jobs")

say "Unit tests of the clang build"
(cd build-clang && ctest --output-on-failure -j "$jobs" -R '^(unit|fuzz)')

say "Tests"
(cd build && ctest --output-on-failure -j "$jobs")
