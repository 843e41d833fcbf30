/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_PAGING_H
#define VMMAP_PAGING_PAGING_H

/**
 * @file
 * Page tables: from the registers of a CPU and a way to read physical memory to what is mapped.
 *
 * Pure: no debugger, no target, no note. vmmap_paging_walk() enumerates what is mapped, in
 * ascending order and already merged; vmmap_paging_translate() follows one address and tells every
 * level on the way. Both decode entries with the same functions, so that they can not disagree.
 *
 * Permissions are effective: combined over all levels. What a CPU can switch at any moment without
 * touching the tables is left aside, so that a map does not depend on the instruction at which the
 * target happened to stop: CR0.WP, SMEP, SMAP and protection keys on x86, PAN on Arm, SUM and MXR
 * on RISC-V. An entry whose "accessed" or "dirty" bit is clear counts as mapped with the
 * permissions that it will have after hardware or the operating system has set that bit.
 *
 * A guest of a hypervisor has two stages: its own tables, whose physical addresses go through the
 * hypervisor's. They are walked as one.
 *
 * Nothing that is read is trusted: depth is bounded by the format, work and memory by limits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { VMMAP_PAGING_MAX_DEPTH = 5 };

enum vmmap_paging_architecture {
    VMMAP_PAGING_X86,     /**< 32-bit, PAE, 4-level and 5-level, as the control registers say */
    VMMAP_PAGING_AARCH64, /**< stage 1 */
    VMMAP_PAGING_ARM,     /**< AArch32 stage 1 of PL1&0 (short and long descriptors) and Hyp */
    VMMAP_PAGING_RISCV,   /**< Bare, Sv32, Sv39, Sv48, Sv57 */
    /** No first stage: an address is what a guest takes for physical, and `stage2` maps it. */
    VMMAP_PAGING_GUEST_PHYSICAL,
};

struct vmmap_paging_x86 {
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t efer; /**< 0 on a CPU without it */
    /** Width of physical addresses (CPUID 0x80000008); entries with bits above it are invalid.
     *  0 when not known: then 52, the most that the format has. */
    unsigned int physical_bits;
};

/** The registers of the exception level that translates: EL1 for EL1&0, EL2 for EL2 or EL2&0. */
struct vmmap_paging_aarch64 {
    uint64_t sctlr;
    uint64_t tcr;
    uint64_t ttbr0;
    uint64_t ttbr1; /**< ignored unless two_ranges */
    uint64_t id_aa64mmfr0;
    /** False when that register can not be read: then the CPU is taken to have what TCR asks for */
    bool has_id_aa64mmfr0;
    /** Two halves, and an unprivileged mode: EL1&0, and EL2&0 (HCR_EL2.E2H set). False: EL2, EL3;
     *  TCR then has the layout of TCR_EL2, and nothing is mapped for user mode. */
    bool two_ranges;
};

struct vmmap_paging_arm {
    uint32_t sctlr;
    uint32_t ttbcr;
    uint32_t ttbcr2; /**< long descriptors only; 0 where there is none */
    uint64_t ttbr0;
    uint64_t ttbr1;
    uint32_t dacr; /**< short descriptors only */
    /** The CPU has no PXN bit in short descriptors (ID_MMFR0.VMSA below 4). */
    bool no_pxn;
    /** Hyp mode: `sctlr`, `ttbcr` and `ttbr0` are HSCTLR, HTCR and HTTBR. */
    bool hyp;
};

struct vmmap_paging_riscv {
    uint64_t satp;
    unsigned int xlen; /**< 32 or 64 */
    /** satp does not apply: the CPU is in machine mode. */
    bool machine_mode;
    bool no_svnapot; /**< the CPU is known not to have it: its bit makes an entry invalid */
    bool no_svpbmt;  /**< likewise; also when menvcfg.PBMTE is clear */
};

/** How a hypervisor maps what its guest takes for physical addresses. */
enum vmmap_paging_stage2_format {
    VMMAP_PAGING_STAGE2_NONE,
    VMMAP_PAGING_STAGE2_AARCH64, /**< VTTBR_EL2 and VTCR_EL2 */
    VMMAP_PAGING_STAGE2_ARM,     /**< VTTBR and VTCR of AArch32 */
    VMMAP_PAGING_STAGE2_RISCV,   /**< hgatp: Bare, Sv32x4, Sv39x4, Sv48x4, Sv57x4 */
    VMMAP_PAGING_STAGE2_EPT,     /**< Intel's extended page tables */
    VMMAP_PAGING_STAGE2_NPT,     /**< AMD's nested page tables, in 64-bit format with 4 levels */
};

struct vmmap_paging_stage2 {
    enum vmmap_paging_stage2_format format;
    uint64_t root;    /**< VTTBR_EL2, VTTBR, hgatp, EPTP or nCR3 */
    uint64_t control; /**< VTCR_EL2 or VTCR */
    /* Arm only. */
    uint64_t id_aa64mmfr0; /**< as in struct vmmap_paging_aarch64 */
    bool has_id_aa64mmfr0;
    bool no_xnx;     /**< no FEAT_XNX: user mode and kernel may execute the same */
    bool big_endian; /**< SCTLR_EL2.EE */
    /* RISC-V only. */
    unsigned int xlen; /**< of the hypervisor: 32 or 64 */
};

struct vmmap_paging_config {
    enum vmmap_paging_architecture architecture;
    union {
        struct vmmap_paging_x86 x86;
        struct vmmap_paging_aarch64 aarch64;
        struct vmmap_paging_arm arm;
        struct vmmap_paging_riscv riscv;
    };
    /** What the first stage calls physical goes through this; then rights are those that both
     *  allow, and `attributes` those of the first. */
    struct vmmap_paging_stage2 stage2;
};

/** Whether both translate alike: the same registers with the same values. */
bool vmmap_paging_config_equals(const struct vmmap_paging_config *a,
                                const struct vmmap_paging_config *b);

/** How to reach the target. */
struct vmmap_paging_memory {
    /** Handed to each function as its first argument. */
    void *context;

    /**
     * Fills `bytes` from `size` bytes of physical memory, at most 64 KiB, all or nothing. Must not
     * touch device memory. A fatal error (vmmap_error_is_fatal) ends the walk; any other makes the
     * table count as unreadable.
     */
    VMMAP_CHECKED struct vmmap_error *(*read)(void *context, uint64_t physical, void *bytes,
                                              size_t size);

    /** Asked before each read; an error ends the walk. May be NULL. */
    VMMAP_CHECKED struct vmmap_error *(*poll)(void *context);
};

/** Neighbouring pages with the same permissions and attributes. */
struct vmmap_paging_run {
    uint64_t start;
    uint64_t last;       /**< the last byte */
    uint64_t physical;   /**< of `start`; 0 unless has_physical */
    uint64_t page_size;  /**< in bytes; 0 when pages of several sizes are in it */
    uint32_t attributes; /**< the raw memory type bits, see the architecture's file */
    uint8_t user;        /**< VMMAP_PERM_READ, WRITE and EXEC: what user mode may do */
    uint8_t kernel;      /**< likewise for the privileged mode */
    bool has_physical;   /**< the whole run is contiguous in physical memory */
};

/** What part of the address space to walk, and how much work it may be. */
struct vmmap_paging_request {
    uint64_t first;
    uint64_t last;
    uint64_t table_bytes; /**< of page tables to read, and to try to read */
    uint64_t runs;        /**< to keep in memory, all tables together, 40 bytes each */
    /** Runs end where physical memory is not contiguous: each has its physical address. */
    bool contiguous;
    /** Only what maps the 4 KiB of physical memory that hold `physical`. */
    bool has_physical;
    uint64_t physical;
};

/** The whole address space; 256 MiB of tables map 128 GiB with the smallest pages. */
#define VMMAP_PAGING_REQUEST_ALL                                                                   \
    {                                                                                              \
        0, UINT64_MAX, UINT64_C(256) << 20, UINT64_C(1) << 20, false, false, 0                     \
    }

/** How a walk went. */
struct vmmap_paging_report {
    const char *mode; /**< "x86-64 with 4 levels", static */
    /** Sentences for the user about registers that make no sense or a half that is disabled;
     *  static, NULL where there is none. */
    const char *problems[2];
    /** Translation is off, and the one run is the identity. */
    bool off;
    uint64_t reads; /**< calls of read() */
    uint64_t
        tables; /**< decoded; a table counts for each level and inherited right it is met with */
    uint64_t shared;           /**< met again and not read again */
    uint64_t pages;            /**< leaf entries decoded */
    uint64_t unreadable;       /**< tables that could not be read, at least in part */
    uint64_t first_unreadable; /**< physical address of the first of them */
    uint64_t invalid; /**< entries that are present but break the format's rules: not mapped */
    uint64_t first_invalid; /**< physical address of the first of them */
    /** Entries that point back to a table on the way to them. Legal: a self-map does it. */
    uint64_t self_references;
    /** A limit was reached: nothing is known from this virtual address on. */
    bool exhausted;
    uint64_t exhausted_at;
    /** The same of the second stage, whose addresses are physical; those above are then
     *  guest-physical. `mode` is NULL without one. */
    struct {
        const char *mode;
        uint64_t unreadable;
        uint64_t first_unreadable;
        uint64_t invalid;
        uint64_t first_invalid;
    } stage2;
};

/** Called with each run, ascending; an error ends the walk and becomes its result. */
struct vmmap_paging_visitor {
    void *context;
    VMMAP_CHECKED struct vmmap_error *(*visit)(void *context, const struct vmmap_paging_run *run);
};

/**
 * Walks what `request` asks for. Unreadable tables, invalid entries and limits are no errors:
 * `*ret` counts them. `*ret` is filled in whatever the outcome.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_walk(const struct vmmap_paging_config *config,
                                                    const struct vmmap_paging_memory *memory,
                                                    const struct vmmap_paging_request *request,
                                                    const struct vmmap_paging_visitor *visitor,
                                                    struct vmmap_paging_report *ret);

/** What to show of the surroundings of one address, and how much work it may be. */
struct vmmap_paging_surroundings {
    uint64_t address;
    uint64_t before; /**< how many runs below the one that holds the address */
    uint64_t after;  /**< how many above */
    uint64_t tables; /**< how many to read; a table counts once for each 4 KiB of it */
};

/**
 * Visits, ascending, the run that holds an address, if there is one, and its neighbours, each as
 * vmmap_paging_walk() would show it, reading the tables from the address outwards. `*complete` is
 * false, and nothing is visited, where that takes too many of them, or there are two stages. Of the
 * report only `mode`, `problems`, `off` and the counts of what can not be read or is invalid on the
 * way are filled in.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_look_around(
    const struct vmmap_paging_config *config, const struct vmmap_paging_memory *memory,
    const struct vmmap_paging_surroundings *wanted, const struct vmmap_paging_visitor *visitor,
    struct vmmap_paging_report *ret, bool *complete);

/** What an entry of a table is. */
enum vmmap_paging_entry_kind {
    VMMAP_PAGING_ENTRY_ABSENT,     /**< not present */
    VMMAP_PAGING_ENTRY_TABLE,      /**< points to a table of the next level */
    VMMAP_PAGING_ENTRY_PAGE,       /**< maps a page, of whatever size */
    VMMAP_PAGING_ENTRY_INVALID,    /**< present, but breaks the format's rules: faults */
    VMMAP_PAGING_ENTRY_UNREADABLE, /**< lies where no memory can be read */
};

/** One level of a translation. */
struct vmmap_paging_step {
    const char *name; /**< as the architecture's manual calls the entry; static */
    uint64_t table;   /**< physical address of the table */
    uint64_t index;   /**< of the entry in it */
    uint64_t entry;   /**< physical address of the entry */
    uint64_t value;   /**< the entry; 0 if unreadable */
    enum vmmap_paging_entry_kind kind;
};

enum vmmap_paging_outcome {
    VMMAP_PAGING_MAPPED,
    VMMAP_PAGING_NOT_MAPPED, /**< the last step says why */
    VMMAP_PAGING_OUTSIDE,  /**< no table is responsible: not canonical, beyond the size, disabled */
    VMMAP_PAGING_IDENTITY, /**< mapped, for translation is off; there are no steps */
    VMMAP_PAGING_NOT_MAPPED_BY_STAGE2, /**< `stage2` says why */
};

struct vmmap_paging_translation {
    const char *mode; /**< as in the report */
    enum vmmap_paging_outcome outcome;
    struct vmmap_paging_step steps[VMMAP_PAGING_MAX_DEPTH];
    size_t step_count;
    /** Where mapped: the physical address. */
    uint64_t physical;
    /** Where mapped: the piece of memory that the last entry maps. Else only `start` and `last`
     *  have a meaning: around the address nothing is mapped from there to there. */
    struct vmmap_paging_run page;
    /** The second stage, if the first got so far. Its address is what the first made of the one
     *  that was asked for, or that of a table of the first that could not be read. */
    struct {
        const char *mode; /**< NULL: there is none, or it was not needed */
        uint64_t guest_physical;
        struct vmmap_paging_run guest_page; /**< `page` as the first stage alone has it */
        struct vmmap_paging_step steps[VMMAP_PAGING_MAX_DEPTH];
        size_t step_count;
        uint8_t user; /**< what it allows */
        uint8_t kernel;
    } stage2;
};

/** Translates one address with at most one read() for each level, and those of the second stage for
 *  each of these. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_translate(const struct vmmap_paging_config *config,
                                                         const struct vmmap_paging_memory *memory,
                                                         uint64_t address,
                                                         struct vmmap_paging_translation *ret);

/** Whether it ended at a table that can not be read, and which may say anything. */
bool vmmap_paging_translation_is_unread(const struct vmmap_paging_translation *translation);

#endif
