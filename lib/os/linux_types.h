/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_TYPES_H
#define VMMAP_OS_LINUX_TYPES_H

/**
 * @file
 * Where members are in a Linux kernel's structures, by its own BTF.
 */

#include "os/linux_vmcore.h"
#include "os/memory.h"

/** Not the offset of anything. */
#define VMMAP_LINUX_NO_OFFSET UINT64_MAX

/** Offsets in bytes, named after structure and member. Those that some kernels lack, with good
 *  reason, are NO_OFFSET there; the others are always known. */
struct vmmap_linux_types {
    uint64_t task_tasks;
    uint64_t task_pid;
    uint64_t task_tgid;
    uint64_t task_comm;
    uint64_t task_flags;
    uint64_t task_mm;
    uint64_t task_real_parent;
    uint64_t task_signal;
    uint64_t task_thread_node;
    uint64_t task_fs;
    uint64_t signal_thread_head;
    uint64_t fs_root;
    uint64_t mm_pgd;
    uint64_t mm_vmas;  /**< mm_struct.mmap, the list of VMAs: before 6.1 */
    uint64_t mm_maple; /**< mm_struct.mm_mt, the maple tree: since 6.1 */
    uint64_t mm_start_brk;
    uint64_t mm_brk;
    uint64_t mm_start_stack;
    uint64_t vma_start;
    uint64_t vma_end;
    uint64_t vma_next; /**< before 6.1 */
    uint64_t vma_flags;
    uint64_t vma_pgoff;
    uint64_t vma_file;
    uint64_t vma_ops;
    uint64_t vma_private_data;
    uint64_t vma_anon_name; /**< with CONFIG_ANON_VMA_NAME, since 5.17 */
    uint64_t anon_name_text;
    uint64_t maple_root;
    uint64_t maple_range_pivots; /**< maple_range_64.pivot; since 6.1, as are the next three */
    uint64_t maple_range_slots;
    uint64_t maple_arange_pivots; /**< maple_arange_64.pivot */
    uint64_t maple_arange_slots;
    uint64_t ops_name;
    uint64_t special_name; /**< vm_special_mapping.name */
    uint64_t file_path;
    uint64_t path_mnt;
    uint64_t path_dentry;
    uint64_t dentry_parent;
    uint64_t dentry_name; /**< d_name.name */
    uint64_t dentry_ops;
    uint64_t dentry_hash; /**< d_hash.pprev: 0 for one that is unlinked */
    uint64_t dentry_ops_dname;
    uint64_t vfsmount_root;
    uint64_t mount_vfsmount; /**< mount.mnt, what paths point to */
    uint64_t mount_parent;
    uint64_t mount_mountpoint;
};

/**
 * Reads BTF, which is at `btf` (the symbol __start_BTF) or, where that is 0, is searched for in the
 * image. `*found` is false where there is none, or it lacks what is needed; `*missing` then is the
 * first member that it lacks ("task_struct.tasks", static), or NULL for no BTF at all.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_types_read(struct vmmap_kernel_memory *kernel,
                                                         const struct vmmap_linux_vmcore *vmcore,
                                                         uint64_t btf,
                                                         struct vmmap_linux_types *ret, bool *found,
                                                         const char **missing);

#endif
