/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "formats/kallsyms.h"

enum {
    SYMBOLS_MAX = 1 << 20, /* a kernel with everything has some 250,000 */
    NAMES_MAX = 32 << 20,
    TOKENS_MAX = 1 << 13,
    MARKER_STEP = 256,   /* a marker for each 256 names */
    NAME_BYTES_MAX = 64, /* on average, in the last 256 names; real ones take 12 */
    ALIGNMENT = 8,       /* of each table */
};

/* Where the tables are in the kernel's memory. */
struct places {
    uint64_t names;
    uint64_t count; /* their number, not its place */
    uint64_t tokens;
    uint64_t token_index;
    uint64_t offsets;
    uint64_t relative_base;
};

static uint64_t align_up(uint64_t value)
{
    return (value + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

/* A little-endian word of 32 bits; 0 unless `*done`. */
static struct vmmap_error *read_u32(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                    uint32_t *ret, bool *done)
{
    unsigned char word[4];
    struct vmmap_error *error = vmmap_kernel_memory_read(kernel, address, word, sizeof(word), done);
    *ret = !error && *done ? vmmap_load_u32(word) : 0;
    return error;
}

/* A table of up to `limit` bytes into memory of our own; what is behind the first byte that can not
 * be read is left out. */
static struct vmmap_error *read_table(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                      size_t limit, unsigned char **ret, size_t *ret_size)
{
    enum { PIECE = 0x10000 };
    unsigned char *bytes = malloc(limit);
    bool done = true;
    *ret = bytes;
    *ret_size = 0;
    if (!bytes)
        return &vmmap_error_no_memory;
    while (done && *ret_size < limit) {
        const size_t left = limit - *ret_size, piece = left < PIECE ? left : PIECE;
        struct vmmap_error *error =
            vmmap_kernel_memory_read(kernel, address + *ret_size, bytes + *ret_size, piece, &done);
        if (error)
            return error;
        *ret_size += done ? piece : 0;
    }
    return NULL;
}

/* VMCOREINFO names all or none of them. */
static struct vmmap_error *places_by_vmcoreinfo(const struct vmmap_kernel_memory *kernel,
                                                const struct vmmap_linux_vmcore *vmcore,
                                                struct places *ret, bool *found)
{
    uint64_t number;
    uint32_t count;
    *found = vmmap_linux_vmcore_symbol(vmcore, "kallsyms_names", &ret->names) &&
             vmmap_linux_vmcore_symbol(vmcore, "kallsyms_num_syms", &number) &&
             vmmap_linux_vmcore_symbol(vmcore, "kallsyms_token_table", &ret->tokens) &&
             vmmap_linux_vmcore_symbol(vmcore, "kallsyms_token_index", &ret->token_index) &&
             vmmap_linux_vmcore_symbol(vmcore, "kallsyms_offsets", &ret->offsets);
    if (!*found)
        return NULL;
    if (!vmmap_linux_vmcore_symbol(vmcore, "kallsyms_relative_base", &ret->relative_base))
        ret->relative_base = 0; /* since 7.0 */
    struct vmmap_error *error = read_u32(kernel, number, &count, found);
    ret->count = count;
    return error;
}

/* A search for the token table, and with it for the others, as kernels before 6.0 have them:
 * offsets, relative base, number, names, markers, token table, token index, each aligned to 8
 * bytes. */
struct search {
    const struct vmmap_kernel_memory *kernel;
    struct places places;
    bool is_found;
};

/* The offsets of each 256th name, from 0 on, ascending. */
struct markers {
    uint64_t start; /* where the first is */
    uint64_t count;
    uint32_t last; /* the value of the last */
};

/* They end before `end`, with a word of padding behind them if their number is odd. */
static struct vmmap_error *find_markers(const struct vmmap_kernel_memory *kernel, uint64_t end,
                                        struct markers *ret, bool *found)
{
    uint32_t marker, above = UINT32_MAX;
    struct vmmap_error *error = read_u32(kernel, end - 4, &ret->last, found);
    const bool is_padded = ret->last == 0;
    if (!error && *found && is_padded)
        error = read_u32(kernel, end - 8, &ret->last, found);
    ret->start = end - (is_padded ? 4 : 0);
    for (ret->count = 1; !error && *found && ret->count <= SYMBOLS_MAX / MARKER_STEP;
         ret->count++) {
        ret->start -= 4;
        error = read_u32(kernel, ret->start, &marker, found);
        *found = !error && *found && marker < above;
        if (*found && marker == 0)
            return NULL;
        above = marker;
    }
    *found = false;
    return error;
}

/* The names end before the markers; their number is in the 8 bytes before them. */
static struct vmmap_error *find_names(const struct vmmap_kernel_memory *kernel,
                                      const struct markers *markers, struct places *ret,
                                      bool *found)
{
    const uint64_t least = (markers->count - 1) * MARKER_STEP, most = markers->count * MARKER_STEP;
    const uint64_t highest = (markers->start - markers->last) & ~(uint64_t)(ALIGNMENT - 1);
    *found = false;
    for (uint64_t names = highest; highest - names <= MARKER_STEP * NAME_BYTES_MAX;
         names -= ALIGNMENT) {
        uint32_t count;
        bool done;
        struct vmmap_error *error = read_u32(kernel, names - ALIGNMENT, &count, &done);
        if (error || !done)
            return error;
        if (count > least && count <= most) {
            ret->names = names;
            ret->count = count;
            ret->relative_base = names - 2 * ALIGNMENT;
            ret->offsets = ret->relative_base - align_up((uint64_t)count * 4);
            *found = true;
            return NULL;
        }
    }
    return NULL;
}

static struct vmmap_error *take_tokens(struct search *search, uint64_t tokens, const char *bytes,
                                       size_t size)
{
    unsigned char index[VMMAP_KALLSYMS_INDEX_SIZE];
    struct places *places = &search->places;
    struct markers markers;
    bool found;
    places->tokens = tokens;
    places->token_index = align_up(tokens + size);
    struct vmmap_error *error =
        vmmap_kernel_memory_read(search->kernel, places->token_index, index, sizeof(index), &found);
    if (error || !found || !vmmap_kallsyms_index_fits(bytes, size, index))
        return error;
    error = find_markers(search->kernel, tokens, &markers, &found);
    if (!error && found)
        error = find_names(search->kernel, &markers, places, &found);
    search->is_found = !error && found;
    return error;
}

/* The table may begin in the piece before: it is looked at around the digits. */
static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
    enum { BEFORE = 1 << 10 };
    struct search *search = context;
    const unsigned char *found = memmem(bytes, size, digits, sizeof(digits));
    if (!found)
        return NULL;
    unsigned char *around;
    size_t around_size, tokens_size;
    const uint64_t start = address + (uint64_t)(found - bytes) - BEFORE;
    struct vmmap_error *error =
        read_table(search->kernel, start, TOKENS_MAX, &around, &around_size);
    const size_t at =
        error ? around_size : vmmap_kallsyms_find_tokens(around, around_size, &tokens_size);
    /* What is before the first string is padding, which looks like empty strings. */
    if (!error && at < around_size)
        error = take_tokens(search, start + at, (const char *)around + at, tokens_size);
    free(around);
    *enough = search->is_found;
    return error;
}

static struct vmmap_error *places_by_search(struct vmmap_kernel_memory *kernel,
                                            const struct vmmap_linux_vmcore *vmcore,
                                            struct places *ret, bool *found)
{
    struct search search = {.kernel = kernel};
    const struct vmmap_kernel_search each = {&search, look};
    struct vmmap_error *error = vmmap_linux_vmcore_search_image(vmcore, kernel, &each);
    *ret = search.places;
    *found = !error && search.is_found;
    return error;
}

/* The tables that names are made of, in memory of our own. */
struct tables {
    struct vmmap_kallsyms kallsyms;
    unsigned char *names;
    unsigned char *tokens;
    unsigned char index[VMMAP_KALLSYMS_INDEX_SIZE];
};

static struct vmmap_error *read_tables(const struct vmmap_kernel_memory *kernel,
                                       const struct places *places, struct tables *ret, bool *done)
{
    /* A name of 128 characters takes as many bytes at most, and its length; most take 12. */
    const uint64_t wanted = places->count * 64;
    struct vmmap_kallsyms *kallsyms = &ret->kallsyms;
    *done = places->count > 0 && places->count <= SYMBOLS_MAX;
    if (!*done)
        return NULL;
    struct vmmap_error *error =
        read_table(kernel, places->names, wanted < NAMES_MAX ? (size_t)wanted : NAMES_MAX,
                   &ret->names, &kallsyms->names_size);
    if (!error)
        error =
            read_table(kernel, places->tokens, TOKENS_MAX, &ret->tokens, &kallsyms->tokens_size);
    if (!error)
        error = vmmap_kernel_memory_read(kernel, places->token_index, ret->index,
                                         sizeof(ret->index), done);
    kallsyms->names = ret->names;
    kallsyms->tokens = (const char *)ret->tokens;
    kallsyms->token_index = ret->index;
    kallsyms->count = places->count;
    return error;
}

static void free_tables(struct tables *tables)
{
    free(tables->names);
    free(tables->tokens);
}

enum { WANTED_MAX = 16 };

/* The numbers of the wanted symbols, of which the first is _stext; UINT64_MAX for none. */
static void find_numbers(const struct vmmap_kallsyms *kallsyms,
                         const struct vmmap_linux_symbol *symbols, size_t count, uint64_t *ret)
{
    struct vmmap_kallsyms_walk walk = {.table = kallsyms};
    for (size_t i = 0; i < count; i++)
        ret[i] = UINT64_MAX;
    while (vmmap_kallsyms_next(&walk)) {
        for (size_t i = 0; i < count; i++) {
            if (ret[i] == UINT64_MAX && vmmap_kallsyms_name_is(&walk, symbols[i].name))
                ret[i] = walk.count - 1;
        }
    }
}

static struct vmmap_error *read_address(const struct vmmap_kernel_memory *kernel,
                                        const struct places *places, uint64_t base,
                                        enum vmmap_kallsyms_rule rule, uint64_t number,
                                        uint64_t *ret, bool *done)
{
    const uint64_t place = places->offsets + 4 * number;
    uint32_t offset;
    struct vmmap_error *error = read_u32(kernel, place, &offset, done);
    *ret = vmmap_kallsyms_address(rule, base, place, offset);
    return error;
}

/* The rule under which _stext is where VMCOREINFO says. */
static struct vmmap_error *find_rule(const struct vmmap_kernel_memory *kernel,
                                     const struct places *places, uint64_t base, uint64_t number,
                                     uint64_t text, enum vmmap_kallsyms_rule *ret, bool *found)
{
    for (*ret = 0; *ret < VMMAP_KALLSYMS_RULE_COUNT; ++*ret) {
        uint64_t address;
        struct vmmap_error *error =
            read_address(kernel, places, base, *ret, number, &address, found);
        if (error || (*found && address == text))
            return error;
    }
    *found = false;
    return NULL;
}

static struct vmmap_error *read_addresses(const struct vmmap_kernel_memory *kernel,
                                          const struct vmmap_linux_vmcore *vmcore,
                                          const struct places *places, const uint64_t *numbers,
                                          struct vmmap_linux_symbol *symbols, size_t count,
                                          bool *found)
{
    enum vmmap_kallsyms_rule rule;
    uint64_t base = 0, text;
    bool done = true;
    struct vmmap_error *error = NULL;
    *found = numbers[0] != UINT64_MAX && vmmap_linux_vmcore_symbol(vmcore, "_stext", &text);
    if (*found && places->relative_base)
        error = vmmap_kernel_memory_read_word(kernel, places->relative_base, &base, &done);
    if (!error && *found)
        error = find_rule(kernel, places, base, numbers[0], text, &rule, found);
    for (size_t i = 0; !error && *found && i < count; i++) {
        if (numbers[i] == UINT64_MAX)
            continue;
        error = read_address(kernel, places, base, rule, numbers[i], &symbols[i].address, &done);
        if (!done)
            symbols[i].address = 0;
    }
    return error;
}

struct vmmap_error *vmmap_linux_symbols_find(struct vmmap_kernel_memory *kernel,
                                             const struct vmmap_linux_vmcore *vmcore,
                                             struct vmmap_linux_symbol *symbols, size_t count,
                                             bool *found)
{
    struct vmmap_linux_symbol wanted[WANTED_MAX] = {{.name = "_stext"}};
    uint64_t numbers[WANTED_MAX];
    struct tables tables = {.names = NULL};
    struct places places;
    count = count < WANTED_MAX - 1 ? count : WANTED_MAX - 1;
    memcpy(wanted + 1, symbols, count * sizeof(*symbols));
    struct vmmap_error *error = places_by_vmcoreinfo(kernel, vmcore, &places, found);
    if (!error && !*found)
        error = places_by_search(kernel, vmcore, &places, found);
    if (!error && *found)
        error = read_tables(kernel, &places, &tables, found);
    if (!error && *found) {
        find_numbers(&tables.kallsyms, wanted, count + 1, numbers);
        error = read_addresses(kernel, vmcore, &places, numbers, wanted, count + 1, found);
    }
    free_tables(&tables);
    for (size_t i = 0; !error && *found && i < count; i++)
        symbols[i].address = wanted[i + 1].address;
    return error;
}
