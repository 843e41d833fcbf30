/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_FUZZ_PAGING_INPUT_H
#define VMMAP_TESTS_FUZZ_PAGING_INPUT_H

/**
 * @file
 * What the fuzz targets of the page-table walkers share. An input is one byte of flags, 8 bytes
 * from which the addresses to probe are drawn, the registers (as the target takes them) and then
 * physical memory from address 0 on, filled up to whole pages with zeroes. All little-endian.
 */

#include <stdbool.h>

#include "paging/paging.h"

enum {
    /** Physical memory repeats for ever, so that no pointer leads outside. */
    PAGING_INPUT_FOLD = 1 << 0,
    /** The rest of the byte is the target's. */
    PAGING_INPUT_OWN_FLAG = 1 << 1,
};

struct paging_input {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t flags;
    uint64_t probes;
};

/** Begins to read an input. */
struct paging_input paging_input_over(const uint8_t *data, size_t size);

/** The next number; zeroes after the end. */
uint64_t paging_input_64(struct paging_input *input);
uint32_t paging_input_32(struct paging_input *input);

/** Whether own flag `number` (0 to 6) is set. */
bool paging_input_flag(const struct paging_input *input, unsigned int number);

/** Physical memory. */
struct paging_input_memory {
    uint8_t *bytes; /**< to be freed */
    size_t size;    /**< of whole pages, at least one */
    bool fold;
    size_t reads; /**< so far */
};

/** The rest of the input. */
struct paging_input_memory paging_input_memory(const struct paging_input *input);

/** Reads a struct paging_input_memory. */
struct vmmap_error *paging_input_read(void *context, uint64_t physical, void *bytes, size_t size);

/**
 * Walks with the rest of the input as memory and requires what must always hold: bounded work,
 * runs in order and merged as far as possible, and the same answer from translation.
 */
void paging_input_run(const struct paging_input *input, const struct vmmap_paging_config *config);

#endif
