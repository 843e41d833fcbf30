/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "linux_builder.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 0x1000, PRESENT = 7 };

static unsigned char *memory;

static void put(uint64_t physical, uint64_t value, size_t size)
{
    assert(physical + size <= LINUX_RAM_SIZE);
    for (size_t i = 0; i < size; i++, value >>= 8)
        memory[physical + i] = (unsigned char)value;
}

static void put_64(uint64_t physical, uint64_t value)
{
    put(physical, value, 8);
}

static void put_bytes(uint64_t physical, const void *bytes, size_t size)
{
    assert(physical + size <= LINUX_RAM_SIZE);
    memcpy(memory + physical, bytes, size);
}

static void put_text(uint64_t physical, const char *text)
{
    put_bytes(physical, text, strlen(text) + 1);
}

/* What a pointer of the kernel to a physical address is. */
static uint64_t pointer(uint64_t physical)
{
    return LINUX_DIRECT_MAP + physical;
}

/* The image and the direct map, through one table of pages. */
static void build_tables(void)
{
    enum { PAGES = 0x4000 };
    const uint64_t tops[] = {LINUX_IMAGE, LINUX_DIRECT_MAP};
    for (size_t i = 0; i < 2; i++) {
        const uint64_t upper = 0x2000 + 0x3000 * i, middle = i ? 0x6000 : 0x3000;
        put_64(LINUX_ROOT + 8 * (tops[i] >> 39 & 511), upper | PRESENT);
        put_64(upper + 8 * (tops[i] >> 30 & 511), middle | PRESENT);
        put_64(middle + 8 * (tops[i] >> 21 & 511), PAGES | PRESENT);
    }
    for (uint64_t page = 0; page < LINUX_RAM_SIZE / PAGE; page++)
        put_64(PAGES + 8 * page, page * PAGE | PRESENT);
}

static void build_uts(void)
{
    enum { FIELD = 65 };
    static const char *const names[] = {"Linux", "guest", "6.1.0-test", "#1 SMP", "x86_64"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        put_text(LINUX_UTS + 4 + FIELD * i, names[i]);
}

/* Where the tables of symbols are, in the order of kernels before 6.4. */
enum {
    SYMBOLS = 300, /* more than one marker */
    OFFSETS = LINUX_KALLSYMS,
    BASE = OFFSETS + 4 * SYMBOLS,
    NUMBER = BASE + 8,
    NAMES = NUMBER + 8,
};

static uint64_t tokens, token_index; /* where they came to be */

static uint64_t align(uint64_t value)
{
    return (value + 7) & ~UINT64_C(7);
}

/* Every token is its own character; the first, which is not used, is two. */
static void build_tokens(void)
{
    uint64_t at = tokens;
    for (size_t i = 0; i < 256; i++)
        at += i ? 2 : 3;
    token_index = align(at);
    at = tokens;
    for (size_t i = 0; i < 256; i++) {
        put(token_index + 2 * i, at - tokens, 2);
        put_bytes(at, (const char[]){i ? (char)i : 'x', i ? '\0' : 'x', '\0'}, i ? 2 : 3);
        at += i ? 2 : 3;
    }
}

static void build_kallsyms(const struct linux_options *options)
{
    static const struct {
        const char *name; /* with its type in front */
        uint64_t address; /* in the image */
    } symbols[] = {
        {"T_stext", 0},
        {"Tspecial_mapping_name", 0x100},
        {"tsimple_dname", 0x200},
        {"tanon_inodefs_dname", 0x300},
        {"Dinit_task", LINUX_TASKS},
        {"R__start_BTF", LINUX_BTF},
    };
    const size_t known = options->has_text_symbols ? 4 : 6;
    uint64_t at = NAMES, markers[2] = {0, 0};
    for (size_t i = 0; i < SYMBOLS; i++) {
        const bool is_known = i < known;
        const char *name = is_known ? symbols[i].name : "Tfunc";
        if (i == 256)
            markers[1] = at - NAMES;
        /* Negative: relative to the base, as x86-64 had it. */
        put(OFFSETS + 4 * i, UINT64_MAX - (is_known ? symbols[i].address : i), 4);
        put(at, strlen(name), 1);
        put_bytes(at + 1, name, strlen(name));
        at += 1 + strlen(name);
    }
    put_64(BASE, LINUX_IMAGE);
    put(NUMBER, SYMBOLS, 4);
    at = align(at);
    put(at, markers[0], 4);
    put(at + 4, markers[1], 4);
    tokens = at + 8;
    build_tokens();
}

static unsigned long long in_image(uint64_t physical)
{
    return LINUX_IMAGE + physical;
}

static void build_vmcoreinfo(const struct linux_options *options)
{
    char text[2048], tables[512] = "";
    if (!options->hides_kallsyms)
        snprintf(tables, sizeof(tables),
                 "SYMBOL(kallsyms_offsets)=%llx\nSYMBOL(kallsyms_relative_base)=%llx\n"
                 "SYMBOL(kallsyms_num_syms)=%llx\nSYMBOL(kallsyms_names)=%llx\n"
                 "SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n",
                 in_image(OFFSETS), in_image(BASE), in_image(NUMBER), in_image(NAMES),
                 in_image(tokens), in_image(token_index));
    snprintf(text, sizeof(text),
             "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n"
             "SYMBOL(init_uts_ns)=ffffffff81008000\n"
             "SYMBOL(swapper_pg_dir)=ffffffff81001000\n"
             "SYMBOL(_stext)=ffffffff81000000\n"
             "NUMBER(phys_base)=-16777216\nNUMBER(KERNEL_IMAGE_SIZE)=1073741824\n"
             "NUMBER(pgtable_l5_enabled)=0\n%sKERNELOFFSET=0\n",
             tables);
    if (options->has_no_note) {
        put_text(LINUX_VMCOREINFO, text);
        return;
    }
    put(LINUX_VMCOREINFO, 11, 4);
    put(LINUX_VMCOREINFO + 4, strlen(text), 4);
    put_text(LINUX_VMCOREINFO + 12, "VMCOREINFO");
    put_text(LINUX_VMCOREINFO + 24, text);
}

/* Offsets: of members, in the structures as this kernel has them. */
enum {
    TASK_TASKS = 0x10,
    TASK_PID = 0x20,
    TASK_TGID = 0x24,
    TASK_COMM = 0x30,
    TASK_FLAGS = 0x40,
    TASK_MM = 0x48,
    TASK_PARENT = 0x50,
    TASK_SIGNAL = 0x58,
    TASK_NODE = 0x60,
    TASK_FS = 0x70,
    MM_PGD = 0x8,
    MM_VMAS = 0x10,
    MM_START_BRK = 0x20,
    MM_BRK = 0x28,
    MM_STACK = 0x30,
    VMA_NEXT = 0x10,
    VMA_FLAGS = 0x18,
    VMA_PGOFF = 0x20,
    VMA_FILE = 0x28,
    VMA_OPS = 0x30,
    VMA_DATA = 0x38,
    VMA_ANON_NAME = 0x40,
    DENTRY_PARENT = 0x8,
    DENTRY_NAME = 0x18,
    DENTRY_OPS = 0x20,
    DENTRY_HASH = 0x30,
};

struct member {
    const char *type;
    const char *name;
    unsigned int offset;
    const char *of; /* the structure that it is, where that matters; "" for one without a name */
};

static const struct member members[] = {
    {"path", "mnt", 0, NULL},
    {"path", "dentry", 8, NULL},
    {"qstr", "hash_len", 0, NULL},
    {"qstr", "name", 8, NULL},
    {"hlist_bl_node", "next", 0, NULL},
    {"hlist_bl_node", "pprev", 8, NULL},
    {"", "mm", 0, NULL}, /* for an unnamed structure in task_struct */
    {"task_struct", "tasks", TASK_TASKS, NULL},
    {"task_struct", "pid", TASK_PID, NULL},
    {"task_struct", "tgid", TASK_TGID, NULL},
    {"task_struct", "comm", TASK_COMM, NULL},
    {"task_struct", "flags", TASK_FLAGS, NULL},
    {"task_struct", "", TASK_MM, ""},
    {"task_struct", "real_parent", TASK_PARENT, NULL},
    {"task_struct", "signal", TASK_SIGNAL, NULL},
    {"task_struct", "thread_node", TASK_NODE, NULL},
    {"task_struct", "fs", TASK_FS, NULL},
    {"signal_struct", "thread_head", 0x8, NULL},
    {"fs_struct", "root", 0x10, "path"},
    {"mm_struct", "pgd", MM_PGD, NULL},
    {"mm_struct", "mmap", MM_VMAS, NULL}, /* or mm_mt */
    {"mm_struct", "start_brk", MM_START_BRK, NULL},
    {"mm_struct", "brk", MM_BRK, NULL},
    {"mm_struct", "start_stack", MM_STACK, NULL},
    {"vm_area_struct", "vm_start", 0, NULL},
    {"vm_area_struct", "vm_end", 8, NULL},
    {"vm_area_struct", "vm_next", VMA_NEXT, NULL}, /* or none */
    {"vm_area_struct", "vm_flags", VMA_FLAGS, NULL},
    {"vm_area_struct", "vm_pgoff", VMA_PGOFF, NULL},
    {"vm_area_struct", "vm_file", VMA_FILE, NULL},
    {"vm_area_struct", "vm_ops", VMA_OPS, NULL},
    {"vm_area_struct", "vm_private_data", VMA_DATA, NULL},
    {"vm_area_struct", "anon_name", VMA_ANON_NAME, NULL},
    {"anon_vma_name", "name", 4, NULL},
    {"maple_tree", "ma_root", 8, NULL},
    {"maple_range_64", "pivot", 8, NULL},
    {"maple_range_64", "slot", 0x80, NULL},
    {"maple_arange_64", "pivot", 8, NULL},
    {"maple_arange_64", "slot", 0x50, NULL},
    {"vm_operations_struct", "name", 0x8, NULL},
    {"vm_special_mapping", "name", 0, NULL},
    {"file", "f_path", 0x10, "path"},
    {"dentry", "d_parent", DENTRY_PARENT, NULL},
    {"dentry", "d_name", DENTRY_NAME - 8, "qstr"},
    {"dentry", "d_op", DENTRY_OPS, NULL},
    {"dentry", "d_hash", DENTRY_HASH - 8, "hlist_bl_node"},
    {"dentry_operations", "d_dname", 0x8, NULL},
    {"vfsmount", "mnt_root", 0x8, NULL},
    {"mount", "mnt", 0x20, "vfsmount"},
    {"mount", "mnt_parent", 0x8, NULL},
    {"mount", "mnt_mountpoint", 0x10, NULL},
};

enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]) };

struct btf {
    uint64_t at;      /* physical, of the next type */
    uint64_t strings; /* physical, of the first string */
    uint64_t next_string;
    uint32_t count;
    const char *names[MEMBER_COUNT];
};

static uint32_t add_string(struct btf *btf, const char *text)
{
    const uint64_t offset = btf->next_string - btf->strings;
    if (*text == '\0')
        return 0;
    put_text(btf->next_string, text);
    btf->next_string += strlen(text) + 1;
    return (uint32_t)offset;
}

static uint32_t find_type(const struct btf *btf, const char *name)
{
    for (uint32_t i = 0; name && i < btf->count; i++) {
        if (strcmp(btf->names[i], name) == 0)
            return i + 1;
    }
    return 0;
}

/* The structure whose members begin at members[first]; returns the first of the next. */
static size_t add_type(struct btf *btf, size_t first, const struct linux_options *options)
{
    enum { KIND_STRUCT = 4 };
    const char *type = members[first].type;
    uint32_t count = 0;
    size_t i = first;
    for (; i < MEMBER_COUNT && strcmp(members[i].type, type) == 0; i++) {
        const char *name = members[i].name;
        const uint64_t member = btf->at + 12 + 12 * count;
        if (!options->has_list && strcmp(name, "mmap") == 0)
            name = "mm_mt";
        if (!options->has_list && strcmp(name, "vm_next") == 0)
            continue;
        put(member, add_string(btf, name), 4);
        put(member + 4, find_type(btf, members[i].of), 4);
        put(member + 8, members[i].offset * 8, 4);
        count++;
    }
    put(btf->at, add_string(btf, type), 4);
    put(btf->at + 4, (uint32_t)KIND_STRUCT << 24 | count, 4);
    btf->names[btf->count++] = type;
    btf->at += 12 + 12 * (uint64_t)count;
    return i;
}

static void build_btf(const struct linux_options *options)
{
    enum { HEADER = 24, STRINGS = 0x1000 };
    struct btf btf = {.at = LINUX_BTF + HEADER, .strings = LINUX_BTF + HEADER + STRINGS};
    btf.next_string = btf.strings + 1;
    for (size_t i = 0; i < MEMBER_COUNT;)
        i = add_type(&btf, i, options);
    /* The strings follow the types. */
    const uint32_t size = (uint32_t)(btf.at - (LINUX_BTF + HEADER));
    memmove(memory + btf.at, memory + btf.strings, btf.next_string - btf.strings);
    put(LINUX_BTF, 0xeb9f, 2);
    put(LINUX_BTF + 2, 1, 1);
    put(LINUX_BTF + 4, HEADER, 4);
    put(LINUX_BTF + 12, size, 4);
    put(LINUX_BTF + 16, size, 4);
    put(LINUX_BTF + 20, btf.next_string - btf.strings, 4);
}

static void build_task(unsigned int index, uint32_t pid, const char *comm, uint64_t mm)
{
    enum { SIZE = 0x100, SIGNALS = 0x20800, FS = 0x20f00, KTHREAD = 0x200000 };
    const uint64_t task = LINUX_TASKS + SIZE * index, signal = SIGNALS + 0x20 * index;
    put_64(task + TASK_TASKS, LINUX_IMAGE + LINUX_TASKS + SIZE * ((index + 1) % 4) + TASK_TASKS);
    put_64(task + TASK_TASKS + 8,
           LINUX_IMAGE + LINUX_TASKS + SIZE * ((index + 3) % 4) + TASK_TASKS);
    put(task + TASK_PID, pid, 4);
    put(task + TASK_TGID, pid, 4);
    put_text(task + TASK_COMM, comm);
    put(task + TASK_FLAGS, index == 2 ? KTHREAD : 0, 4);
    put_64(task + TASK_MM, mm ? pointer(mm) : 0);
    put_64(task + TASK_PARENT, LINUX_IMAGE + LINUX_TASKS + (index == 3 ? SIZE : 0));
    put_64(task + TASK_SIGNAL, pointer(signal));
    put_64(task + TASK_FS, pointer(FS));
    put_64(signal + 8, pointer(task + TASK_NODE));
    put_64(task + TASK_NODE, pointer(signal + 8));
    put_64(FS + 0x10, pointer(LINUX_FILES + 0x20)); /* root.mnt: mount 0's vfsmount */
    put_64(FS + 0x18, pointer(LINUX_FILES + 0x100));
}

/* The leader of process 7 has gone; its thread has the memory. */
static void build_thread(void)
{
    enum { SIGNAL = 0x20860, LEADER = LINUX_TASKS + 0x300 };
    put_64(LEADER + TASK_NODE, pointer(LINUX_THREAD + TASK_NODE));
    put_64(LINUX_THREAD + TASK_NODE, pointer(SIGNAL + 8));
    put_64(LINUX_THREAD + TASK_MM, pointer(LINUX_MM + 0x100));
}

static void build_dentry(unsigned int number, unsigned int parent, const char *name, bool linked)
{
    const uint64_t dentry = LINUX_FILES + 0x100 + 0x40 * number;
    const uint64_t text = LINUX_FILES + 0x800 + 0x20 * number;
    put_64(dentry + DENTRY_PARENT, pointer(LINUX_FILES + 0x100 + 0x40 * parent));
    put_64(dentry + DENTRY_NAME, pointer(text));
    put_64(dentry + DENTRY_HASH, linked ? pointer(text) : 0);
    put_text(text, name);
}

/* mount: 0x40 bytes, whose vfsmount is at 0x20. */
static void build_mount(unsigned int number, unsigned int root, unsigned int mountpoint)
{
    const uint64_t mount = LINUX_FILES + 0x40 * number;
    put_64(mount + 0x8, pointer(LINUX_FILES));
    put_64(mount + 0x10, pointer(LINUX_FILES + 0x100 + 0x40 * mountpoint));
    put_64(mount + 0x28, pointer(LINUX_FILES + 0x100 + 0x40 * root));
}

static uint64_t build_file(unsigned int number, unsigned int mount, unsigned int dentry)
{
    const uint64_t file = LINUX_FILES + 0xc00 + 0x40 * number;
    put_64(file + 0x10, pointer(LINUX_FILES + 0x40 * mount + 0x20));
    put_64(file + 0x18, pointer(LINUX_FILES + 0x100 + 0x40 * dentry));
    return pointer(file);
}

struct vma {
    uint64_t start, end;
    uint64_t flags;
    uint64_t pgoff;
    uint64_t file, ops, data, anon_name;
};

enum { VMA_COUNT = 9, VMA_SIZE = 0x80 };

static void build_vmas(struct vma *vmas)
{
    for (size_t i = 0; i < VMA_COUNT; i++) {
        const uint64_t vma = LINUX_VMAS + VMA_SIZE * i;
        put_64(vma, vmas[i].start);
        put_64(vma + 8, vmas[i].end);
        put_64(vma + VMA_NEXT, i + 1 < VMA_COUNT ? pointer(vma + VMA_SIZE) : 0);
        put_64(vma + VMA_FLAGS, vmas[i].flags);
        put_64(vma + VMA_PGOFF, vmas[i].pgoff);
        put_64(vma + VMA_FILE, vmas[i].file);
        put_64(vma + VMA_OPS, vmas[i].ops);
        put_64(vma + VMA_DATA, vmas[i].data);
        put_64(vma + VMA_ANON_NAME, vmas[i].anon_name);
    }
}

/* Two leaves below one node: the first with five VMAs and the holes before them, the second with
 * the rest. */
static void build_maple(const struct vma *vmas, uint64_t tree)
{
    enum { LEAF = 1, ARANGE = 3, FIRST = 5 };
    const uint64_t leaves[] = {LINUX_MAPLE + 0x100, LINUX_MAPLE + 0x200};
    put_64(tree + 8, pointer(LINUX_MAPLE) | ARANGE << 3 | 4 | 2);
    put_64(LINUX_MAPLE + 8, vmas[FIRST - 1].end - 1);
    put_64(LINUX_MAPLE + 0x10, UINT64_MAX);
    for (size_t i = 0; i < 2; i++)
        put_64(LINUX_MAPLE + 0x50 + 8 * i, pointer(leaves[i]) | LEAF << 3 | 4);
    size_t slot = 0;
    uint64_t leaf = leaves[0], last = 0;
    for (size_t i = 0; i < VMA_COUNT; i++) {
        if (i == FIRST)
            leaf = leaves[1], slot = 0;
        if (vmas[i].start > last) /* a hole */
            put_64(leaf + 8 + 8 * slot++, vmas[i].start - 1);
        put_64(leaf + 8 + 8 * slot, vmas[i].end - 1);
        put_64(leaf + 0x80 + 8 * slot++, pointer(LINUX_VMAS + VMA_SIZE * i));
        last = vmas[i].end;
    }
    /* Behind the last pivot is a 0: the rest is a hole, up to the end. */
}

const char linux_regions[] = "400000-400fff r-xp 0 /bin/lab\n"
                             "401000-402fff rw-p 1000 /bin/lab\n"
                             "403000-403fff rw-p 0 [heap]\n"
                             "7f0000000000-7f0000000fff r--s 2000 /mnt/a b (deleted)\n"
                             "7f0000001000-7f0000001fff rw-s 0 /memfd:x (deleted)\n"
                             "7f0000002000-7f0000002fff ---p 0 -\n"
                             "7f0000003000-7f0000003fff rw-p 0 [anon:mine]\n"
                             "7f0000004000-7f0000004fff r-xp 0 [vdso]\n"
                             "7fff00000000-7fff00001fff rwxp 0 [stack]\n";

static void build_memory(const struct linux_options *options)
{
    enum {
        MM = LINUX_MM + 0x100,
        OPS = LINUX_FILES + 0xf00,
        VDSO = LINUX_FILES + 0xf40,
        ANON = LINUX_FILES + 0xf80,
        DNAME = LINUX_FILES + 0xfc0
    };
    build_dentry(0, 0, "/", true); /* of mount 0 */
    build_dentry(1, 0, "bin", true);
    build_dentry(2, 1, "lab", true);
    build_dentry(3, 0, "mnt", true);
    build_dentry(4, 4, "/", true); /* of mount 1, on "mnt" */
    build_dentry(5, 4, "a b", false);
    build_dentry(6, 6, "memfd:x", false);
    build_mount(0, 0, 0);
    build_mount(1, 4, 3);
    put_64(LINUX_FILES + 0x100 + 0x40 * 6 + DENTRY_OPS, pointer(DNAME));
    put_64(DNAME + 8, LINUX_IMAGE + 0x200);
    put_64(OPS + 8, LINUX_IMAGE + 0x100);
    put_64(VDSO, pointer(VDSO + 8));
    put_text(VDSO + 8, "[vdso]");
    put_text(ANON + 4, "mine");
    const uint64_t lab = build_file(0, 0, 2);
    struct vma vmas[VMA_COUNT] = {
        {0x400000, 0x401000, 5, 0, lab, 0, 0, 0},
        {0x401000, 0x403000, 3, 1, lab, 0, 0, 0},
        {0x403000, 0x404000, 3, 0x403, 0, 0, 0, 0},
        {0x7f0000000000, 0x7f0000001000, 0x81, 2, build_file(1, 1, 5), 0, 0, 0},
        {0x7f0000001000, 0x7f0000002000, 0x83, 0, build_file(2, 0, 6), 0, 0, 0},
        {0x7f0000002000, 0x7f0000003000, 0, 0x7f0000002, 0, 0, 0, 0},
        {0x7f0000003000, 0x7f0000004000, 3, 0x7f0000003, 0, 0, 0, pointer(ANON)},
        {0x7f0000004000, 0x7f0000005000, 5, 0, 0, pointer(OPS), pointer(VDSO), 0},
        {0x7fff00000000, 0x7fff00002000, 7, 0x7fffffffe, 0, 0, 0, 0},
    };
    build_vmas(vmas);
    for (uint64_t mm = LINUX_MM; mm <= MM; mm += 0x100) {
        put_64(mm + MM_PGD, pointer(LINUX_ROOT));
        put_64(mm + MM_START_BRK, 0x403000);
        put_64(mm + MM_BRK, 0x403800);
        put_64(mm + MM_STACK, 0x7fff00001000);
    }
    if (options->has_list)
        put_64(MM + MM_VMAS, pointer(LINUX_VMAS));
    else
        build_maple(vmas, MM + MM_VMAS);
}

void linux_build(const struct linux_options *options, unsigned char *ram)
{
    memory = ram;
    memset(ram, 0, LINUX_RAM_SIZE);
    build_tables();
    build_uts();
    build_kallsyms(options);
    build_vmcoreinfo(options);
    build_btf(options);
    build_task(0, 0, "swapper/0", 0);
    build_task(1, 1, "init", LINUX_MM);
    build_task(2, 2, "kthreadd", 0);
    build_task(3, 7, "lab", 0);
    build_thread();
    build_memory(options);
}
