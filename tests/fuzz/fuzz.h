/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_FUZZ_FUZZ_H
#define VMMAP_TESTS_FUZZ_FUZZ_H

/**
 * @file
 * What the fuzz targets share. Each fuzz_*.c defines the one function that libFuzzer and the
 * replayer (replay.c) call with an input; it aborts where something that must always hold does not.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** An assertion that is there in every kind of build. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
