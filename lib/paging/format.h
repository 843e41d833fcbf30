/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_FORMAT_H
#define VMMAP_PAGING_FORMAT_H

/**
 * @file
 * What an architecture tells the walker: from registers to ranges of addresses with a root table
 * each, and from the value of an entry to what it means.
 *
 * Not for users of the library. docs/paging.md says how to add an architecture.
 */

#include "paging/paging.h"

/** Three bits with the meaning of VMMAP_PERM_READ | VMMAP_PERM_WRITE | VMMAP_PERM_EXEC. */
enum { VMMAP_PAGING_ALL_ACCESS = 7 };

/** An entry of a table, decoded. */
struct vmmap_paging_entry {
    enum vmmap_paging_entry_kind kind;
    uint32_t limits;     /**< TABLE: what the next level inherits */
    uint64_t physical;   /**< TABLE: the next table. PAGE: what the first byte is mapped to. */
    uint64_t page_size;  /**< PAGE: may exceed what the entry covers (repeated entries) */
    uint32_t attributes; /**< PAGE */
    uint8_t user;        /**< PAGE */
    uint8_t kernel;      /**< PAGE */
};

/** Where an entry stands. */
struct vmmap_paging_place {
    unsigned int depth;
    uint32_t limits; /**< inherited from the levels above */
    uint64_t index;
};

/** A range of virtual addresses that one root table is responsible for. */
struct vmmap_paging_range {
    uint64_t start;
    uint64_t last;
    uint64_t table; /**< physical address of the root */
    /** What the root's entry 0 maps, modulo 2^64; may lie before `start`. The root's index of an
     *  address is (address - base) >> shifts[0]. */
    uint64_t base;
    /**
     * Decodes a non-zero entry (0 is absent in every format). Must depend on nothing but its
     * arguments: what it says of a table holds wherever the same table is met again.
     */
    void (*decode)(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                   uint64_t value, struct vmmap_paging_entry *ret);
    const char *names[VMMAP_PAGING_MAX_DEPTH]; /**< what the manual calls an entry, by depth */
    uint8_t shifts[VMMAP_PAGING_MAX_DEPTH];    /**< an entry at this depth maps 1 << shift bytes */
    uint8_t depth_count;
    uint8_t entry_size; /**< 4 or 8 */
    bool big_endian;    /**< the entries are */
    /** Ranges of the same group have the same levels and decode(), so a table means the same. */
    uint8_t group;

    /* For decode(); each format uses what it needs. */
    uint64_t address_mask;    /**< the bits of an entry that hold an address */
    uint64_t invalid_mask;    /**< the bits that must be 0 in an entry that is present */
    uint32_t options;         /**< the format's own flags */
    uint32_t domains;         /**< ARM short descriptors: DACR */
    uint8_t physical_bits;    /**< an address beyond them makes an entry invalid */
    uint8_t first_page_depth; /**< entries above can not map a page */
};

/** An address space, as the registers describe it. */
struct vmmap_paging_space {
    const char *mode;
    const char *problems[2];
    /** Translation is off: virtual is physical, from 0 to `identity_last`. */
    bool off;
    uint64_t identity_last;
    struct vmmap_paging_range ranges[2]; /**< ascending, without overlap */
    size_t range_count;
};

/** An architecture. `*space` comes zeroed; a setup that adds no range maps nothing. */
struct vmmap_paging_format {
    void (*setup)(const struct vmmap_paging_config *config, struct vmmap_paging_space *space);
};

extern const struct vmmap_paging_format vmmap_paging_x86_format;
extern const struct vmmap_paging_format vmmap_paging_aarch64_format;
extern const struct vmmap_paging_format vmmap_paging_arm_format;
extern const struct vmmap_paging_format vmmap_paging_riscv_format;

/* The second stages; as setup(). */
void vmmap_paging_stage2_setup_aarch64(const struct vmmap_paging_stage2 *stage2,
                                       struct vmmap_paging_space *space);
void vmmap_paging_stage2_setup_arm(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space);
void vmmap_paging_stage2_setup_riscv(const struct vmmap_paging_stage2 *stage2,
                                     struct vmmap_paging_space *space);
void vmmap_paging_stage2_setup_ept(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space);
void vmmap_paging_stage2_setup_npt(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space);

/** The space that `config` describes, without the second stage if there is a first; an error if it
 *  names no architecture. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_space_init(const struct vmmap_paging_config *config,
                                                          struct vmmap_paging_space *ret);

/** The space of the second stage; an error if its format is none. */
VMMAP_CHECKED struct vmmap_error *
vmmap_paging_stage2_space_init(const struct vmmap_paging_stage2 *stage2,
                               struct vmmap_paging_space *ret);

/** Whether there are two stages, to be walked as one. */
bool vmmap_paging_has_two_stages(const struct vmmap_paging_config *config);

/** A space without translation. */
void vmmap_paging_space_set_off(struct vmmap_paging_space *space, const char *mode,
                                uint64_t identity_last);

/** Levels of `index_bits` each above pages of 1 << page_shift bytes, the root included. */
void vmmap_paging_range_set_levels(struct vmmap_paging_range *range, unsigned int depth_count,
                                   unsigned int page_shift, unsigned int index_bits);

/** Adds a copy of `range`. */
void vmmap_paging_space_add(struct vmmap_paging_space *space,
                            const struct vmmap_paging_range *range);

/**
 * Adds `range` twice: addresses are `bits` wide and sign-extended, so the root's upper half maps
 * the top of the address space.
 */
void vmmap_paging_space_add_halves(struct vmmap_paging_space *space,
                                   const struct vmmap_paging_range *range, unsigned int bits);

/** Notes a sentence for the user; a third one is dropped. */
void vmmap_paging_space_add_problem(struct vmmap_paging_space *space, const char *sentence);

/** The lowest `bits` bits set; 0 to 64. */
uint64_t vmmap_paging_mask(unsigned int bits);

/** `count` bits of `value` from bit `first` on. */
uint64_t vmmap_paging_bits(uint64_t value, unsigned int first, unsigned int count);

/** The value of an entry whose bytes are at `bytes`. */
uint64_t vmmap_paging_entry_value(const struct vmmap_paging_range *range,
                                  const unsigned char *bytes);

/** Decodes `value`, which may be 0. */
void vmmap_paging_entry_decode(const struct vmmap_paging_range *range,
                               struct vmmap_paging_place place, uint64_t value,
                               struct vmmap_paging_entry *ret);

/**
 * What an entry at `depth` that is responsible for `address` makes of it: a page, or else a hole,
 * of which only `start` and `last` are set. It is cut to the range, out of which an entry may
 * stick.
 */
void vmmap_paging_entry_cover(const struct vmmap_paging_range *range,
                              const struct vmmap_paging_entry *entry, unsigned int depth,
                              uint64_t address, struct vmmap_paging_run *ret);

#endif
