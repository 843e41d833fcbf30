/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_QEMU_MONITOR_H
#define VMMAP_FORMATS_QEMU_MONITOR_H

/**
 * @file
 * Texts of QEMU's human monitor, as 4.2 to 10.0 print them; lines may end in CR LF.
 *
 *     info mtree -f    FlatView #0
 *                       AS "memory", root: system
 *                       AS "cpu-memory-0", root: system
 *                       Root memory region: system
 *                        0000000000000000-00000000000bffff (prio 0, ram): pc.ram
 *                        00000000000e0000-00000000000fffff (prio 0, rom): pc.bios @0000000000020000
 *     gpa2hva          Host virtual address for 0x0 (pc.ram) is 0x7fb37be00000
 *                      Memory at address 0x9000000 is not RAM
 *                      No memory is mapped at address 0x40000000
 *     xp /4xg          0000000000001000: 0x0000000000000000 0x0000000000000001
 *                      0000000000001010: 0x0000000000000000 0x0000000000000000
 *     info mem         0000000000400000-0000000000600000 0000000000200000 urw     (x86)
 *                      PG disabled
 *                      vaddr            paddr            size             attr    (RISC-V)
 *                      0000000080000000 0000000080000000 0000000000200000 rwx-a-d
 *                      No translation or protection
 *     info registers   CPU#0                                                      (RISC-V)
 *                       V      =   0
 *     info cpus        * CPU #0: thread_id=1765
 *                        CPU #1: thread_id=1766
 *     info registers   EIP=0000fff0 EFL=00000002 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0  (x86)
 *                      ES =0000 00000000 0000ffff 00009300
 *                      CS =f000 ffff0000 0000ffff 00009b00
 *                      SS =0000 00000000 0000ffff 00009300
 */

#include "formats/scan.h"
#include "map/region.h"

/** A piece of guest-physical memory that is RAM or ROM. */
struct vmmap_qemu_ram {
    uint64_t start;
    uint64_t last;
};

enum vmmap_qemu_range_kind {
    VMMAP_QEMU_RANGE_RAM,
    VMMAP_QEMU_RANGE_ROM,
    VMMAP_QEMU_RANGE_DEVICE,
};

/** A piece of guest-physical address space that is anything. */
struct vmmap_qemu_range {
    uint64_t start;
    uint64_t last;
    enum vmmap_qemu_range_kind kind;
    bool is_writable; /**< RAM; of devices nothing is known */
    const char *name; /**< points into the text, not NUL-terminated */
    size_t name_size;
    uint64_t offset; /**< of `start` in what has that name */
};

struct vmmap_qemu_mtree {
    struct vmmap_scan rest; /**< the text not read yet */
    bool in_cpu_view;
    bool in_normal_view; /**< and not just one of the secure world */
    uint64_t views;      /**< FlatViews of CPUs, but for those, that were begun so far */
};

/** Begins to read `size` bytes of `info mtree -f`, which must stay where they are. */
void vmmap_qemu_mtree_init(struct vmmap_qemu_mtree *mtree, const char *text, size_t size);

/**
 * The next range of RAM or ROM of the FlatViews that a CPU sees outside of system management mode,
 * in the secure world of ARM too, or false at the end. Persistent and removable RAM counts, devices
 * do not.
 */
bool vmmap_qemu_mtree_next(struct vmmap_qemu_mtree *mtree, struct vmmap_qemu_ram *ret);

/** The same for ranges of every kind. */
bool vmmap_qemu_mtree_next_range(struct vmmap_qemu_mtree *mtree, struct vmmap_qemu_range *ret);

enum vmmap_qemu_hva {
    VMMAP_QEMU_HVA_RAM,     /**< there is a host address */
    VMMAP_QEMU_HVA_NOT_RAM, /**< a device, or nothing */
    VMMAP_QEMU_HVA_UNKNOWN, /**< no answer that makes sense */
};

/** Reads the answer to `gpa2hva`. */
enum vmmap_qemu_hva vmmap_qemu_hva_parse(const char *text, size_t size, uint64_t *ret);

/** Reads the answer to `xp /Nxg`: how many values, at most `limit`, were printed in order from
 *  `physical` on. */
size_t vmmap_qemu_xp_parse(const char *text, size_t size, uint64_t physical, uint64_t *ret,
                           size_t limit);

struct vmmap_qemu_mem_entry {
    uint64_t start;
    uint64_t last;
    uint64_t physical; /**< of `start`; 0 unless has_physical */
    uint8_t access;    /**< VMMAP_PERM_READ, WRITE and EXEC; EXEC only where has_exec */
    bool has_exec;     /**< x86's text does not tell */
    bool has_physical;
    bool user;
};

struct vmmap_qemu_mem {
    struct vmmap_scan rest;
    bool off; /**< the text said that there is no translation */
};

/** Begins to read `size` bytes of `info mem`. */
void vmmap_qemu_mem_init(struct vmmap_qemu_mem *mem, const char *text, size_t size);

/** The next row, or false at the end. Lines that are no rows are passed over. */
bool vmmap_qemu_mem_next(struct vmmap_qemu_mem *mem, struct vmmap_qemu_mem_entry *ret);

/** Reads the answer to `info cpus`: the number of the CPU that the monitor speaks of, which is
 *  marked; false without one. */
bool vmmap_qemu_cpus_parse(const char *text, size_t size, uint64_t *ret);

/** What of an x86 CPU's state GDB has no register for. */
struct vmmap_qemu_x86_state {
    uint64_t code_base;  /**< where the segment in CS begins */
    uint64_t stack_base; /**< likewise of SS */
    uint64_t level;      /**< the current privilege level, 0 to 3 */
    bool smm;            /**< in system management mode */
};

/** Reads the answer to `info registers` of an x86 CPU; false if any of it is not there. */
bool vmmap_qemu_x86_state_parse(const char *text, size_t size, struct vmmap_qemu_x86_state *ret);

/** Reads the answer to `info registers` of a RISC-V CPU with the hypervisor extension: whose
 *  registers they are, and whether it is in a virtual machine; false where it does not say both. */
bool vmmap_qemu_riscv_virtual_parse(const char *text, size_t size, uint64_t *cpu, bool *ret);

#endif
