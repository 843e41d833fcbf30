/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_KALLSYMS_H
#define VMMAP_FORMATS_KALLSYMS_H

/**
 * @file
 * A Linux kernel's own table of symbols, as it is in the kernel's memory (scripts/kallsyms.c,
 * kernel/kallsyms.c):
 *
 *   kallsyms_names         for each symbol a length and as many numbers of tokens; since 6.1 a
 *                          length with bit 7 set has a second byte with its upper bits
 *   kallsyms_token_table   256 strings, each ended by NUL; kallsyms_token_index has their offsets,
 *                          in 16 bits. A name is the strings of its tokens, one after the other;
 * its first character is the symbol's type. kallsyms_offsets       32 bits for each symbol: see
 * enum vmmap_kallsyms_rule
 *
 * Little-endian.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VMMAP_KALLSYMS_TOKENS = 256,
    VMMAP_KALLSYMS_INDEX_SIZE = 2 * VMMAP_KALLSYMS_TOKENS,
};

/** How an entry of kallsyms_offsets tells an address. */
enum vmmap_kallsyms_rule {
    /** base + offset, unsigned */
    VMMAP_KALLSYMS_RELATIVE,
    /** x86-64 with CONFIG_KALLSYMS_ABSOLUTE_PERCPU, up to 6.14: the offset itself where it is not
     *  negative, else base - 1 - offset */
    VMMAP_KALLSYMS_PERCPU,
    /** the entry's own address + offset, signed, since 7.0 */
    VMMAP_KALLSYMS_PLACE,
    VMMAP_KALLSYMS_RULE_COUNT,
};

/** The bytes of the tables; all borrowed. */
struct vmmap_kallsyms {
    const unsigned char *names;
    size_t names_size; /**< of what is there; the last name may end before */
    const char *tokens;
    size_t tokens_size;
    const unsigned char *token_index; /**< VMMAP_KALLSYMS_INDEX_SIZE bytes */
    uint64_t count;                   /**< of symbols */
};

/** Walks the symbols in their order. All zero but `table` is before the first. */
struct vmmap_kallsyms_walk {
    const struct vmmap_kallsyms *table;
    uint64_t count; /**< of symbols up to this one, and it: its number is one less */
    size_t at;      /**< of the next one's name */
    /* The tokens of this one's name. */
    const unsigned char *tokens;
    size_t token_count;
};

/** Goes to the next symbol. False after the last one, and where the table is broken. */
bool vmmap_kallsyms_next(struct vmmap_kallsyms_walk *walk);

/** Whether the symbol has this name; most tell by their first token that they do not. */
bool vmmap_kallsyms_name_is(const struct vmmap_kallsyms_walk *walk, const char *name);

/** The address that an entry of kallsyms_offsets at `place` tells. */
uint64_t vmmap_kallsyms_address(enum vmmap_kallsyms_rule rule, uint64_t base, uint64_t place,
                                uint32_t offset);

/**
 * Finds a token table, by its strings "0" to "9", which stand for themselves and follow one
 * another. Returns where it begins in `bytes`, or `size` where there is none; `*ret_size` is its
 * size. The index is to be compared with it: vmmap_kallsyms_index_fits().
 */
size_t vmmap_kallsyms_find_tokens(const unsigned char *bytes, size_t size, size_t *ret_size);

/** Whether `index` has the offset of each of the 256 strings. */
bool vmmap_kallsyms_index_fits(const char *tokens, size_t size, const unsigned char *index);

#endif
