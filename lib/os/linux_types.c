/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_types.h"

#include <stdlib.h>
#include <string.h>

#include "formats/btf.h"

enum { BTF_MAX = 64 << 20 }; /* 4 MiB are usual */

/* The members, sorted by structure: each structure is looked for once. */
static const struct wanted {
    const char *path; /* "structure.member" */
    size_t offset;    /* in struct vmmap_linux_types */
    bool is_optional;
} wanted[] = {
#define WANT(path, field)                                                                          \
    {                                                                                              \
        path, offsetof(struct vmmap_linux_types, field), false                                     \
    }
#define MAY(path, field)                                                                           \
    {                                                                                              \
        path, offsetof(struct vmmap_linux_types, field), true                                      \
    }
    WANT("task_struct.tasks", task_tasks),
    WANT("task_struct.pid", task_pid),
    WANT("task_struct.tgid", task_tgid),
    WANT("task_struct.comm", task_comm),
    WANT("task_struct.flags", task_flags),
    WANT("task_struct.mm", task_mm),
    WANT("task_struct.real_parent", task_real_parent),
    WANT("task_struct.signal", task_signal),
    WANT("task_struct.thread_node", task_thread_node),
    WANT("task_struct.fs", task_fs),
    WANT("signal_struct.thread_head", signal_thread_head),
    WANT("fs_struct.root", fs_root),
    WANT("mm_struct.pgd", mm_pgd),
    MAY("mm_struct.mmap", mm_vmas),
    MAY("mm_struct.mm_mt", mm_maple),
    WANT("mm_struct.start_brk", mm_start_brk),
    WANT("mm_struct.brk", mm_brk),
    WANT("mm_struct.start_stack", mm_start_stack),
    WANT("vm_area_struct.vm_start", vma_start),
    WANT("vm_area_struct.vm_end", vma_end),
    MAY("vm_area_struct.vm_next", vma_next),
    WANT("vm_area_struct.vm_flags", vma_flags),
    WANT("vm_area_struct.vm_pgoff", vma_pgoff),
    WANT("vm_area_struct.vm_file", vma_file),
    WANT("vm_area_struct.vm_ops", vma_ops),
    WANT("vm_area_struct.vm_private_data", vma_private_data),
    MAY("vm_area_struct.anon_name", vma_anon_name),
    MAY("anon_vma_name.name", anon_name_text),
    MAY("maple_tree.ma_root", maple_root),
    MAY("maple_range_64.pivot", maple_range_pivots),
    MAY("maple_range_64.slot", maple_range_slots),
    MAY("maple_arange_64.pivot", maple_arange_pivots),
    MAY("maple_arange_64.slot", maple_arange_slots),
    WANT("vm_operations_struct.name", ops_name),
    WANT("vm_special_mapping.name", special_name),
    WANT("file.f_path", file_path),
    WANT("path.mnt", path_mnt),
    WANT("path.dentry", path_dentry),
    WANT("dentry.d_parent", dentry_parent),
    WANT("dentry.d_name.name", dentry_name),
    WANT("dentry.d_op", dentry_ops),
    WANT("dentry.d_hash.pprev", dentry_hash),
    WANT("dentry_operations.d_dname", dentry_ops_dname),
    WANT("vfsmount.mnt_root", vfsmount_root),
    WANT("mount.mnt", mount_vfsmount),
    WANT("mount.mnt_parent", mount_parent),
    WANT("mount.mnt_mountpoint", mount_mountpoint),
#undef WANT
#undef MAY
};

enum { WANTED_COUNT = sizeof(wanted) / sizeof(wanted[0]) };

/* NULL, or the first that is missing. */
static const char *take_offsets(const struct vmmap_btf *btf, struct vmmap_linux_types *ret)
{
    const char *type = "";
    size_t size = 0;
    uint32_t number = 0;
    for (size_t i = 0; i < WANTED_COUNT; i++) {
        const char *path = wanted[i].path;
        uint64_t *offset = (uint64_t *)((char *)ret + wanted[i].offset);
        if (strncmp(path, type, size + 1) != 0 || size == 0) {
            type = path;
            size = (size_t)(strchr(path, '.') - path);
            number = vmmap_btf_find_struct(btf, type, size);
        }
        if (!number || !vmmap_btf_member(btf, number, path + size + 1, offset)) {
            *offset = VMMAP_LINUX_NO_OFFSET;
            if (!wanted[i].is_optional)
                return path;
        }
    }
    return NULL;
}

/* A process has its VMAs in one of two forms. */
static const char *check_forms(const struct vmmap_linux_types *types)
{
    const bool has_list =
        types->mm_vmas != VMMAP_LINUX_NO_OFFSET && types->vma_next != VMMAP_LINUX_NO_OFFSET;
    const bool has_tree = types->mm_maple != VMMAP_LINUX_NO_OFFSET &&
                          types->maple_root != VMMAP_LINUX_NO_OFFSET &&
                          types->maple_range_pivots != VMMAP_LINUX_NO_OFFSET &&
                          types->maple_range_slots != VMMAP_LINUX_NO_OFFSET &&
                          types->maple_arange_pivots != VMMAP_LINUX_NO_OFFSET &&
                          types->maple_arange_slots != VMMAP_LINUX_NO_OFFSET;
    return has_list || has_tree ? NULL : "mm_struct.mm_mt";
}

/* `bytes` begin as BTF does and should be all of it. */
static struct vmmap_error *decode(const unsigned char *bytes, size_t size,
                                  struct vmmap_linux_types *ret, bool *found, const char **missing)
{
    struct vmmap_btf btf;
    struct vmmap_error *error = vmmap_btf_init(bytes, size, &btf, found);
    if (!error && *found) {
        *missing = take_offsets(&btf, ret);
        if (!*missing)
            *missing = check_forms(ret);
        *found = !*missing;
    }
    vmmap_btf_deinit(&btf);
    return error;
}

static struct vmmap_error *read_btf(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                    struct vmmap_linux_types *ret, bool *found,
                                    const char **missing)
{
    unsigned char header[VMMAP_BTF_HEADER_SIZE];
    struct vmmap_error *error =
        vmmap_kernel_memory_read(kernel, address, header, sizeof(header), found);
    const size_t size = !error && *found ? vmmap_btf_size(header) : 0;
    *found = size > 0 && size <= BTF_MAX;
    if (!*found)
        return error;
    unsigned char *bytes = malloc(size);
    if (!bytes)
        return &vmmap_error_no_memory;
    error = vmmap_kernel_memory_read(kernel, address, bytes, size, found);
    if (!error && *found)
        error = decode(bytes, size, ret, found, missing);
    free(bytes);
    return error;
}

struct search {
    struct vmmap_kernel_memory *kernel;
    struct vmmap_linux_types *types;
    const char **missing;
    bool is_found;
};

/* BTF is aligned to four bytes; pieces overlap, so a header is whole in one of them. */
static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    static const unsigned char magic[] = {0x9f, 0xeb, 0x01, 0x00, 0x18, 0x00, 0x00, 0x00};
    struct search *search = context;
    struct vmmap_error *error = NULL;
    const unsigned char *at = bytes, *end = bytes + size;
    while (!error && !*enough && (at = memmem(at, (size_t)(end - at), magic, sizeof(magic)))) {
        if ((size_t)(end - at) >= VMMAP_BTF_HEADER_SIZE && vmmap_btf_size(at) > 0)
            error = read_btf(search->kernel, address + (uint64_t)(at - bytes), search->types,
                             &search->is_found, search->missing);
        *enough = search->is_found;
        at++;
    }
    return error;
}

/* In the kernel's image only: a search of physical memory would find a stale copy that the
 * decompressor has left. */
static struct vmmap_error *search_btf(struct vmmap_kernel_memory *kernel,
                                      const struct vmmap_linux_vmcore *vmcore,
                                      struct vmmap_linux_types *ret, bool *found,
                                      const char **missing)
{
    struct search search = {kernel, ret, missing, false};
    const struct vmmap_kernel_search each = {&search, look};
    struct vmmap_error *error = vmmap_linux_vmcore_search_image(vmcore, kernel, &each);
    *found = !error && search.is_found;
    return error;
}

struct vmmap_error *vmmap_linux_types_read(struct vmmap_kernel_memory *kernel,
                                           const struct vmmap_linux_vmcore *vmcore, uint64_t btf,
                                           struct vmmap_linux_types *ret, bool *found,
                                           const char **missing)
{
    *missing = NULL;
    return btf ? read_btf(kernel, btf, ret, found, missing)
               : search_btf(kernel, vmcore, ret, found, missing);
}
