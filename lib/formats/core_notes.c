/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/core_notes.h"

#include <string.h>

static bool read_word(const struct vmmap_elf *elf, struct vmmap_window *window, uint64_t offset,
                      uint64_t end, uint64_t *ret)
{
    size_t size = vmmap_elf_word_size(elf);
    if (offset > end || size > end - offset)
        return false;
    const unsigned char *bytes = vmmap_window_at(window, offset, size);
    if (bytes)
        *ret = vmmap_elf_load(elf, bytes, size);
    return bytes != NULL;
}

void vmmap_core_mappings_init(struct vmmap_core_mappings *mappings, const struct vmmap_elf *elf,
                              struct vmmap_window *table, struct vmmap_window *names,
                              const struct vmmap_elf_note *note)
{
    const uint64_t word = vmmap_elf_word_size(elf);
    *mappings = (struct vmmap_core_mappings){
        .elf = elf,
        .table = table,
        .names = names,
        .at = note->offset + 2 * word,
        .end = note->offset + note->size,
    };
    uint64_t count;
    if (!read_word(elf, table, note->offset, mappings->end, &count) ||
        !read_word(elf, table, note->offset + word, mappings->end, &mappings->unit) ||
        count > (note->size - 2 * word) / (3 * word)) {
        mappings->is_broken = true;
        return;
    }
    mappings->left = count;
    mappings->name_at = mappings->at + count * 3 * word;
    mappings->is_broken = note->is_truncated;
}

/* Finds the NUL that ends the name at `at`, in steps of a window. */
static bool find_name_end(struct vmmap_core_mappings *mappings, uint64_t at, uint64_t *ret)
{
    while (at < mappings->end) {
        uint64_t left = mappings->end - at;
        size_t size = left < VMMAP_WINDOW_SIZE ? (size_t)left : VMMAP_WINDOW_SIZE;
        const unsigned char *bytes = vmmap_window_at(mappings->names, at, size);
        const unsigned char *nul = bytes ? memchr(bytes, 0, size) : NULL;
        if (nul || !bytes) {
            *ret = nul ? at + (uint64_t)(nul - bytes) : at;
            return nul != NULL;
        }
        at += size;
    }
    return false;
}

/* A name that does not fit a window is passed over: it becomes empty. */
static bool read_name(struct vmmap_core_mappings *mappings, struct vmmap_core_mapping *ret)
{
    uint64_t end;
    if (!find_name_end(mappings, mappings->name_at, &end))
        return false;
    uint64_t size = end - mappings->name_at;
    ret->name_size = size <= VMMAP_WINDOW_SIZE ? (size_t)size : 0;
    ret->name = (const char *)vmmap_window_at(mappings->names, mappings->name_at, ret->name_size);
    mappings->name_at = end + 1;
    return ret->name != NULL;
}

/* Reads the next entry; `*is_valid` tells whether it makes sense. False when it is cut off. */
static bool read_entry(struct vmmap_core_mappings *mappings, struct vmmap_core_mapping *ret,
                       bool *is_valid)
{
    const uint64_t word = vmmap_elf_word_size(mappings->elf);
    uint64_t end, units;
    if (!read_word(mappings->elf, mappings->table, mappings->at, mappings->end, &ret->start) ||
        !read_word(mappings->elf, mappings->table, mappings->at + word, mappings->end, &end) ||
        !read_word(mappings->elf, mappings->table, mappings->at + 2 * word, mappings->end,
                   &units) ||
        !read_name(mappings, ret))
        return false;
    mappings->at += 3 * word;
    mappings->left--;
    *is_valid = end > ret->start && ret->name_size > 0 &&
                !__builtin_mul_overflow(units, mappings->unit, &ret->offset);
    ret->last = end - 1;
    return true;
}

bool vmmap_core_mappings_next(struct vmmap_core_mappings *mappings, struct vmmap_core_mapping *ret)
{
    while (mappings->left > 0) {
        bool is_valid;
        if (!read_entry(mappings, ret, &is_valid)) {
            mappings->left = 0;
            mappings->is_broken = true;
            return false;
        }
        if (is_valid)
            return true;
        mappings->is_broken = true;
    }
    return false;
}

bool vmmap_core_find_auxv(const struct vmmap_elf *elf, struct vmmap_window *window,
                          const struct vmmap_elf_note *note, uint64_t type, uint64_t *ret)
{
    const uint64_t word = vmmap_elf_word_size(elf), end = note->offset + note->size;
    uint64_t key;
    for (uint64_t at = note->offset; read_word(elf, window, at, end, &key) && key != 0;
         at += 2 * word) {
        if (key == type)
            return read_word(elf, window, at + word, end, ret);
    }
    return false;
}

/*
 * struct elf_prstatus (linux/elfcore.h): signal, process ids, four times, then the general
 * registers as ptrace(2) has them (struct user_regs_struct or pt_regs of each architecture).
 */
enum { IDS_AT_32 = 24, IDS_AT_64 = 32, REGISTERS_AT_32 = 72, REGISTERS_AT_64 = 112, NONE = -1 };

static const struct layout {
    uint16_t machine;
    bool is_64;         /* the class of the file */
    uint8_t word;       /* of a register */
    int8_t pc;          /* the number of the program counter in the set */
    int8_t stack;       /* of the stack pointer */
    int8_t tls;         /* of the thread pointer, or NONE */
    int8_t selector;    /* of gs, or NONE */
    int16_t tls_offset; /* what the thread pointer is biased by */
} layouts[] = {
    {VMMAP_ELF_X86_64, true, 8, 16, 19, 21, NONE, 0},  /* rsp, fs_base */
    {VMMAP_ELF_X86_64, false, 8, 16, 19, 21, NONE, 0}, /* x32: 64-bit registers in a 32-bit file */
    {VMMAP_ELF_386, false, 4, 12, 15, NONE, 10, 0},
    {VMMAP_ELF_AARCH64, true, 8, 32, 31, NONE, NONE, 0}, /* the thread pointer is in NT_ARM_TLS */
    {VMMAP_ELF_ARM, false, 4, 15, 13, NONE, NONE, 0},    /* and here in no note */
    {VMMAP_ELF_RISCV, true, 8, 0, 2, 4, NONE, 0},
    {VMMAP_ELF_RISCV, false, 4, 0, 2, 4, NONE, 0},
    /* r13 points 0x7000 beyond the thread control block (Power ELF V2 ABI, 3.7.2). */
    {VMMAP_ELF_PPC64, true, 8, 32, 1, 13, NONE, 0x7000},
    /* The access registers a0 and a1 are the halves of the thread pointer. */
    {VMMAP_ELF_S390, true, 8, 1, 17, 18, NONE, 0},
};

static const struct layout *find_layout(const struct vmmap_elf *elf)
{
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        if (layouts[i].machine == elf->machine && layouts[i].is_64 == elf->is_64)
            return &layouts[i];
    }
    return NULL;
}

static uint64_t load_register(const struct vmmap_elf *elf, const struct layout *layout,
                              const unsigned char *bytes, int number)
{
    bytes += elf->is_64 ? REGISTERS_AT_64 : REGISTERS_AT_32;
    return vmmap_elf_load(elf, bytes + (size_t)number * layout->word, layout->word);
}

/* How many bytes of the note are looked at. */
static size_t needed_size(const struct vmmap_elf *elf, const struct layout *layout)
{
    int last = layout->stack > layout->pc ? layout->stack : layout->pc;
    last = layout->tls > last ? layout->tls : last;
    last = layout->selector > last ? layout->selector : last;
    return (elf->is_64 ? REGISTERS_AT_64 : REGISTERS_AT_32) + (size_t)(last + 1) * layout->word;
}

bool vmmap_core_read_prstatus(const struct vmmap_elf *elf, struct vmmap_window *window,
                              const struct vmmap_elf_note *note, struct vmmap_core_thread *ret)
{
    const struct layout *layout = find_layout(elf);
    if (!layout || note->size < needed_size(elf, layout))
        return false;
    const unsigned char *bytes = vmmap_window_at(window, note->offset, needed_size(elf, layout));
    if (!bytes)
        return false;
    *ret = (struct vmmap_core_thread){
        .tid = vmmap_elf_load(elf, bytes + (elf->is_64 ? IDS_AT_64 : IDS_AT_32), 4),
        .instruction_pointer = load_register(elf, layout, bytes, layout->pc),
        .stack_pointer = load_register(elf, layout, bytes, layout->stack),
    };
    if (layout->tls != NONE) {
        uint64_t pointer = load_register(elf, layout, bytes, layout->tls);
        ret->thread_pointer = pointer - (uint64_t)layout->tls_offset;
        ret->has_thread_pointer = pointer != 0;
    }
    if (layout->selector != NONE)
        ret->segment = load_register(elf, layout, bytes, layout->selector);
    return true;
}

/* NT_386_TLS is an array of struct user_desc: entry number, base, limit, flags. */
static void add_386_tls(const struct vmmap_elf *elf, struct vmmap_window *window,
                        const struct vmmap_elf_note *note, struct vmmap_core_thread *thread)
{
    enum { DESCRIPTOR_SIZE = 16, DESCRIPTORS_MAX = 16 };
    for (uint64_t i = 0; i < DESCRIPTORS_MAX && (i + 1) * DESCRIPTOR_SIZE <= note->size; i++) {
        const unsigned char *bytes =
            vmmap_window_at(window, note->offset + i * DESCRIPTOR_SIZE, DESCRIPTOR_SIZE);
        /* The lower three bits of a selector are privilege and table. */
        if (bytes && vmmap_elf_load(elf, bytes, 4) == (thread->segment & 0xffff) >> 3) {
            thread->thread_pointer = vmmap_elf_load(elf, bytes + 4, 4);
            thread->has_thread_pointer = thread->thread_pointer != 0;
        }
    }
}

void vmmap_core_add_tls(const struct vmmap_elf *elf, struct vmmap_window *window,
                        const struct vmmap_elf_note *note, struct vmmap_core_thread *thread)
{
    if (strcmp(note->owner, "LINUX") != 0)
        return;
    if (note->type == VMMAP_NOTE_386_TLS && elf->machine == VMMAP_ELF_386)
        add_386_tls(elf, window, note, thread);
    /* tpidr_el0, and tpidr2_el0 since Linux 6.3. */
    uint64_t pointer;
    if (note->type == VMMAP_NOTE_ARM_TLS && elf->machine == VMMAP_ELF_AARCH64 &&
        read_word(elf, window, note->offset, note->offset + note->size, &pointer)) {
        thread->thread_pointer = pointer;
        thread->has_thread_pointer = pointer != 0;
    }
}
