/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_PAGING_SUPPORT_H
#define VMMAP_TESTS_UNIT_PAGING_SUPPORT_H

/**
 * @file
 * Physical memory made of bytes, to build page tables in, and walks of them as text:
 *
 *     1000-1fff r-- rw- 5000 1000 0
 *
 * start and last byte, what user and kernel may do, physical address (`?` where the run is not
 * contiguous), page size (0 where mixed) and attributes, all in hexadecimal.
 */

#include "paging/paging.h"
#include "support.h"

struct ram {
    unsigned char *bytes;
    uint64_t base; /**< physical address of the first byte */
    uint64_t size;
    size_t reads;
    size_t fail_read;      /**< the number (from 1) of the read that fails; 0: none */
    size_t interrupt_read; /**< the number of the read that ends everything */
};

/** All zero. */
void ram_init(struct ram *ram, uint64_t base, uint64_t size);
void ram_deinit(struct ram *ram);

void put_32(struct ram *ram, uint64_t physical, uint32_t value);
void put_64(struct ram *ram, uint64_t physical, uint64_t value);

/** One entry of a table. */
void put_entry_32(struct ram *ram, uint64_t table, uint64_t index, uint32_t value);
void put_entry_64(struct ram *ram, uint64_t table, uint64_t index, uint64_t value);

struct vmmap_paging_memory ram_memory(struct ram *ram);

/** A walk with what it found. */
struct found {
    struct vmmap_paging_run *runs;
    size_t count;
    struct vmmap_paging_report report;
};

struct vmmap_error *try_walk(const struct vmmap_paging_config *config, struct ram *ram,
                             struct vmmap_paging_request request, struct found *ret);

/** The whole space; nothing fails. */
void walk_all(const struct vmmap_paging_config *config, struct ram *ram, struct found *ret);
void found_deinit(struct found *found);

/** To be freed. */
char *runs_text(const struct found *found);

/** Fails the test unless the whole space is exactly these rows; then checks that translating
 *  addresses in, around and between them says the same. */
#define assert_walk(config, ram, wanted)                                                           \
    do {                                                                                           \
        struct found found_;                                                                       \
        walk_all(config, ram, &found_);                                                            \
        char *text_ = runs_text(&found_);                                                          \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
        check_borders(config, ram, &found_);                                                       \
        found_deinit(&found_);                                                                     \
    } while (0)

/** The surroundings of an address, one run below and two above. `*complete` as
 *  vmmap_paging_look_around() has it. */
struct vmmap_error *try_around(const struct vmmap_paging_config *config, struct ram *ram,
                               uint64_t address, uint64_t tables, struct found *ret,
                               bool *complete);

/** Translates the first, last and a middle address of each run, and what lies beside it. */
void check_borders(const struct vmmap_paging_config *config, struct ram *ram,
                   const struct found *found);

/** Translates `address`; nothing fails. */
struct vmmap_paging_translation translate(const struct vmmap_paging_config *config, struct ram *ram,
                                          uint64_t address);

/** A part of the address space that one root maps, and what an entry of each level maps. */
struct span {
    uint64_t start;
    uint64_t last;
    unsigned int shifts[VMMAP_PAGING_MAX_DEPTH];
};

/**
 * Enumerates the spans by translation alone, from one page or hole to the next, and checks that
 * the walk of the whole space found the same; that what lies outside the spans is OUTSIDE; that
 * walking a part of the space finds just that part; and that a walk for contiguous runs finds the
 * same, cut where physical memory jumps.
 */
void check_by_translation(const struct vmmap_paging_config *config, struct ram *ram,
                          const struct span *spans, size_t count);

/** Pseudo-random numbers that are the same in each run. */
uint64_t next_random(uint64_t *state);

/** Each read fails in turn: less is found, the rest is the same, and it is counted. */
void check_failing_reads(const struct vmmap_paging_config *config, struct ram *ram);

/** Each read is interrupted in turn, and each allocation fails in turn: the walk says so, and so
 *  does looking around what is mapped first. */
void check_fatal_failures(const struct vmmap_paging_config *config, struct ram *ram);

/** Every limit from nothing to enough: what is found is the beginning of the whole, up to where
 *  the report says. */
void check_limits(const struct vmmap_paging_config *config, struct ram *ram);

#endif
