/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_REGION_H
#define VMMAP_MAP_REGION_H

/**
 * @file
 * One row of a memory map: a range of addresses with the same permissions and the same backing.
 *
 * Ranges are inclusive (`start`, `last`), so that the top of the address space is an ordinary
 * range. Everything a source may not be able to tell is marked as known or not known; what is not
 * known is printed as `?` and never filled with a plausible value.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The permission bits; a process map's fourth letter is `s` with SHARED and `p` without. */
enum {
    VMMAP_PERM_READ = 1 << 0,
    VMMAP_PERM_WRITE = 1 << 1,
    VMMAP_PERM_EXEC = 1 << 2,
    VMMAP_PERM_SHARED = 1 << 3,
    /** Only of rows from page tables and protection units, whose fourth letter is `u` with it and
     *  `k` without: the other letters are what user mode may do, or the kernel. Excludes SHARED. */
    VMMAP_PERM_USER = 1 << 4,
    VMMAP_PERM_ACCESS = VMMAP_PERM_READ | VMMAP_PERM_WRITE | VMMAP_PERM_EXEC,
    VMMAP_PERM_ALL = VMMAP_PERM_ACCESS | VMMAP_PERM_SHARED,
};

struct vmmap_perms {
    uint8_t set;   /**< the bits that are on; a subset of `known` */
    uint8_t known; /**< the bits that the source tells */
};

/** Where a region comes from: the `origin` of the JSON output. */
enum vmmap_origin {
    VMMAP_ORIGIN_PROCFS,       /**< the kernel's own list, local or by the target's file access */
    VMMAP_ORIGIN_CORE_SEGMENT, /**< a core file's program header */
    VMMAP_ORIGIN_CORE_NOTE,    /**< a core file's list of mapped files (NT_FILE) */
    VMMAP_ORIGIN_GDB,          /**< what the debugger lists */
    VMMAP_ORIGIN_MANUAL,       /**< the user said so */
    VMMAP_ORIGIN_PROBED,       /**< found by reading the target's memory */
    VMMAP_ORIGIN_PAGE_TABLE,   /**< a CPU's page tables, walked */
    VMMAP_ORIGIN_MONITOR,      /**< what QEMU's monitor lists */
    VMMAP_ORIGIN_ASSUMED,      /**< nothing is known: there may be memory here */
};

struct vmmap_region {
    uint64_t start;
    uint64_t last;   /**< the last byte, >= start */
    uint64_t offset; /**< of `start` in the backing file, in bytes; 0 unless has_offset */
    uint64_t saved;  /**< how many bytes from `start` on a core file holds; 0 unless has_saved */
    /** Raw bytes as the source has them, or NULL for memory without a name. In a map the string
     *  belongs to the map. */
    const char *name;
    /** What was deduced about the region, or NULL. In a map the string belongs to the map. */
    const char *label;
    struct vmmap_perms perms;
    uint8_t origin; /**< enum vmmap_origin */
    bool has_offset;
    bool has_saved;

    bool has_physical; /**< contiguous in physical memory */

    /* Where page tables or a protection unit tell: vmmap_region_set_access(). */
    bool has_access;
    uint8_t user;       /**< what user mode may do: VMMAP_PERM_ACCESS bits */
    uint8_t kernel;     /**< what the privileged mode may do */
    bool one_mode;      /**< seen as one mode alone sees it: `perms` is all that counts */
    uint64_t physical;  /**< physical address of `start`; 0 unless has_physical */
    uint64_t page_size; /**< in bytes; 0 when pages of several sizes are in it */
};

/** Long enough for every name that vmmap_region_name() makes up. */
enum { VMMAP_REGION_NAME_SCRATCH = 32 };

/**
 * The name to show and to filter on: region->name, or `[anon_XXXXX]` or `[pt_XXXXX]` written into
 * `scratch` (the hexadecimal of start >> 12, at least five digits).
 */
const char *vmmap_region_name(const struct vmmap_region *region,
                              char scratch[VMMAP_REGION_NAME_SCRATCH]);

/** What regions of that kind are together: region->name, or "[anon]" or "[pt]". */
const char *vmmap_region_group_name(const struct vmmap_region *region);

/** last - start; the size in bytes is one more, which 64 bits can not hold for the whole space. */
uint64_t vmmap_region_extent(const struct vmmap_region *region);

bool vmmap_region_contains(const struct vmmap_region *region, uint64_t address);

/** Whether `next` begins at the byte after `region`. */
bool vmmap_region_adjoins(const struct vmmap_region *region, const struct vmmap_region *next);

/** Whether the name is that of a file, so that the offset is one in it; not the kernel's `[heap]`.
 */
bool vmmap_region_is_file(const struct vmmap_region *region);

/** The part of `region` from `start` on: offset and saved bytes go with it. */
struct vmmap_region vmmap_region_from(struct vmmap_region region, uint64_t start);

/** The part of `region` up to and with `last`. */
struct vmmap_region vmmap_region_until(struct vmmap_region region, uint64_t last);

/** Sets what user mode and the privileged mode may do, each VMMAP_PERM_ACCESS bits, and from them
 *  the four letters. */
void vmmap_region_set_access(struct vmmap_region *region, uint8_t user, uint8_t kernel);

/** Whether it is known that some of the bytes are not in the core file. */
bool vmmap_region_lacks_bytes(const struct vmmap_region *region);

/** Whether no access at all is allowed, and that is known. */
bool vmmap_region_is_guard(const struct vmmap_region *region);

/**
 * The permissions of a row from page tables: what user mode may do, unless the kernel may do more
 * (then it is that, without VMMAP_PERM_USER), so that no row looks more harmless than it is.
 */
struct vmmap_perms vmmap_perms_of_modes(uint8_t user, uint8_t kernel);

/** What any mode may do: VMMAP_PERM_ACCESS bits that are on. */
uint8_t vmmap_region_access(const struct vmmap_region *region);

/** Whether user mode may do something that the permissions, which are the kernel's, do not say. */
bool vmmap_region_hides_user(const struct vmmap_region *region);

/** The four letters, `rwxp` with `-` for off and `?` for not known, and a NUL. */
void vmmap_perms_format(struct vmmap_perms perms, char ret[5]);

/**
 * Reads letters as /proc/PID/maps and GDB print them: `r` or `-`, `w` or `-`, `x` or `-`, then `p`
 * or `s` where there is a fourth. Any other letter leaves its bit not known.
 */
struct vmmap_perms vmmap_perms_parse(const char *letters, size_t count);

/** Three letters, `rwx` with `-` for off, and a NUL. */
void vmmap_access_format(uint8_t access, char ret[4]);

/** The `origin` word of the JSON output. */
const char *vmmap_origin_name(enum vmmap_origin origin);

#endif
