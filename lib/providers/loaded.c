/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/loaded.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"

enum {
    MAX_FILES = 512,
    MAX_DYNAMIC = 256, /* entries of a dynamic section; ordinary ones have 20 to 40 */
    MAX_NAME = 4096,
    MAX_WORDS = 8,
};

/* The list while it is being made. */
struct loading {
    const struct vmmap_reader *reader;
    const struct vmmap_auxv *auxv;
    uint64_t page_size;
    struct vmmap_loaded *loaded;
};

/* Reads a string of at most MAX_NAME bytes; NULL if it is empty or can not be read. */
static struct vmmap_error *read_name(const struct vmmap_reader *reader, uint64_t address,
                                     char **ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    const char *end = NULL;
    size_t size = 0, done = 0;
    *ret = NULL;
    while (!error && !end && done == size && text.size < MAX_NAME) {
        char piece[64]; /* aligned, so that it does not reach into the next page */
        uint64_t at = address + text.size;
        size = sizeof(piece) - at % sizeof(piece);
        error = reader->read(reader->context, at, piece, size, &done);
        end = error ? NULL : memchr(piece, '\0', done);
        vmmap_buffer_append(&text, piece, end ? (size_t)(end - piece) : done);
    }
    if (!error)
        error = vmmap_buffer_status(&text);
    if (!error && end && text.size > 0) {
        *ret = strndup(text.data, text.size);
        error = *ret ? NULL : &vmmap_error_no_memory;
    }
    vmmap_buffer_deinit(&text);
    return error;
}

/* Reads `count` consecutive words, MAX_WORDS at most. */
static struct vmmap_error *read_words(const struct loading *loading, uint64_t address,
                                      uint64_t *ret, size_t count, bool *done)
{
    const struct vmmap_reader *reader = loading->reader;
    const size_t width = loading->loaded->is_64 ? 8 : 4;
    unsigned char bytes[MAX_WORDS * 8];
    size_t size;
    struct vmmap_error *error = reader->read(reader->context, address, bytes, count * width, &size);
    *done = !error && size == count * width;
    for (size_t i = 0; *done && i < count; i++)
        ret[i] = vmmap_bytes_load(bytes + i * width, width, loading->loaded->big_endian);
    return error;
}

/* Takes an image that is of the same kind as the others. `*ret` is NULL if it is not. */
static struct vmmap_error *keep_file(struct vmmap_loaded *loaded, const struct vmmap_image *image,
                                     struct vmmap_loaded_file **ret)
{
    if (loaded->count == 0) {
        loaded->is_64 = image->elf.is_64;
        loaded->big_endian = image->elf.big_endian;
    }
    if (image->elf.is_64 != loaded->is_64 || image->elf.big_endian != loaded->big_endian)
        return NULL;
    struct vmmap_loaded_file *files =
        reallocarray(loaded->files, loaded->count + 1, sizeof(*files));
    if (!files)
        return &vmmap_error_no_memory;
    loaded->files = files;
    *ret = &files[loaded->count++];
    **ret = (struct vmmap_loaded_file){.image = *image};
    return NULL;
}

/* Adds the file whose ELF header is at `header`, once. `*ret`, good until the next one is added,
 * is NULL when there is none. */
static struct vmmap_error *add_file(const struct loading *loading, uint64_t header,
                                    struct vmmap_loaded_file **ret)
{
    struct vmmap_loaded *loaded = loading->loaded;
    *ret = NULL;
    for (size_t i = 0; i < loaded->count; i++) {
        if (loaded->files[i].image.header == header)
            *ret = &loaded->files[i];
    }
    if (*ret || loaded->count == MAX_FILES)
        return NULL;
    struct vmmap_image image;
    bool found;
    struct vmmap_error *error =
        vmmap_image_read(loading->reader, header, loading->page_size, &image, &found);
    return error || !found ? error : keep_file(loaded, &image, ret);
}

/* The ELF header is right ahead of the program headers in every file that is to be run. */
static struct vmmap_error *add_program(const struct loading *loading)
{
    uint64_t headers, entry_size, name;
    if (!vmmap_auxv_get(loading->auxv, AT_PHDR, &headers) ||
        !vmmap_auxv_get(loading->auxv, AT_PHENT, &entry_size))
        return NULL;
    size_t size = entry_size == sizeof(Elf32_Phdr) ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
    struct vmmap_loaded_file *file;
    struct vmmap_error *error = add_file(loading, headers - size, &file);
    if (error || !file)
        return error;
    loading->loaded->program = 0;
    return vmmap_auxv_get(loading->auxv, AT_EXECFN, &name)
               ? read_name(loading->reader, name, &file->name)
               : NULL;
}

static struct vmmap_error *add_interpreter(const struct loading *loading)
{
    struct vmmap_loaded_file *file;
    uint64_t header;
    if (!vmmap_auxv_get(loading->auxv, AT_BASE, &header) || header == 0)
        return NULL;
    return add_file(loading, header, &file);
}

static struct vmmap_error *add_vdso(const struct loading *loading)
{
    struct vmmap_loaded_file *file;
    uint64_t header;
    if (!vmmap_auxv_get(loading->auxv, AT_SYSINFO_EHDR, &header) || header == 0)
        return NULL;
    struct vmmap_error *error = add_file(loading, header, &file);
    if (!error && file && !file->name)
        file->name = strdup("[vdso]");
    return error || !file || file->name ? error : &vmmap_error_no_memory;
}

/*
 * Where the program keeps the address of its struct r_debug: DT_DEBUG has it; on MIPS, where the
 * dynamic section is read-only, DT_MIPS_RLD_MAP has the address of a word that has it, and
 * DT_MIPS_RLD_MAP_REL that word's distance from its own entry. 0 for a program that is not linked
 * dynamically, or has not been yet.
 */
static struct vmmap_error *find_debug(const struct loading *loading,
                                      const struct vmmap_image *image, uint64_t *ret)
{
    const size_t size = loading->loaded->is_64 ? 16 : 8;
    const uint64_t count = image->dynamic_size / size;
    struct vmmap_error *error = NULL;
    bool done = image->dynamic != 0;
    *ret = 0;
    for (size_t i = 0; done && !error && i < count && i < MAX_DYNAMIC && *ret == 0; i++) {
        uint64_t entry = image->dynamic + i * size, words[2], word = 0;
        error = read_words(loading, entry, words, 2, &done);
        if (error || !done || words[0] == DT_NULL)
            break;
        if (words[0] == DT_DEBUG)
            *ret = words[1];
        else if (image->elf.machine == EM_MIPS && words[0] == DT_MIPS_RLD_MAP_REL)
            word = entry + words[1];
        else if (image->elf.machine == EM_MIPS && words[0] == DT_MIPS_RLD_MAP)
            word = words[1];
        if (word != 0)
            error = read_words(loading, image->elf.is_64 ? word : (uint32_t)word, ret, 1, &done);
    }
    return error;
}

/* The words of a struct link_map that are for debuggers. */
enum { LINK_ADDRESS, LINK_NAME, LINK_DYNAMIC, LINK_NEXT, LINK_PREVIOUS, LINK_WORDS };

/* l_addr is the bias. That is where the header is in every file but a program that is not position
 * independent, whose l_addr is 0 and which is known already. */
static struct vmmap_error *add_linked(const struct loading *loading, const uint64_t *link)
{
    struct vmmap_loaded_file *file = NULL;
    struct vmmap_error *error = NULL;
    if (link[LINK_ADDRESS] != 0)
        error = add_file(loading, link[LINK_ADDRESS], &file);
    if (error || !file || file->name)
        return error;
    return read_name(loading->reader, link[LINK_NAME], &file->name);
}

static struct vmmap_error *follow_list(const struct loading *loading, uint64_t first)
{
    uint64_t previous = 0, link[LINK_WORDS];
    size_t count = 0;
    for (uint64_t at = first; at != 0; at = link[LINK_NEXT]) {
        bool done;
        struct vmmap_error *error = read_words(loading, at, link, LINK_WORDS, &done);
        if (error)
            return error;
        /* In a list that loops one element's way back is not the way there. */
        if (!done || link[LINK_PREVIOUS] != previous || count++ == MAX_FILES) {
            loading->loaded->is_broken = true;
            return NULL;
        }
        previous = at;
        error = add_linked(loading, link);
        if (error)
            return error;
    }
    return NULL;
}

static struct vmmap_error *add_libraries(const struct loading *loading)
{
    const struct vmmap_loaded *loaded = loading->loaded;
    uint64_t debug, words[2]; /* r_version, r_map */
    bool done = false;
    if (loaded->program >= loaded->count)
        return NULL;
    struct vmmap_error *error = find_debug(loading, &loaded->files[loaded->program].image, &debug);
    if (!error && debug != 0)
        error = read_words(loading, debug, words, 2, &done);
    return error || !done ? error : follow_list(loading, words[1]);
}

struct vmmap_error *vmmap_loaded_init(const struct vmmap_reader *reader,
                                      const struct vmmap_auxv *auxv, uint64_t page_size,
                                      struct vmmap_loaded *ret)
{
    static struct vmmap_error *(*const steps[])(const struct loading *) = {
        add_program, add_interpreter, add_vdso, add_libraries};
    const struct loading loading = {reader, auxv, page_size, ret};
    *ret = (struct vmmap_loaded){.program = SIZE_MAX};
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !error; i++)
        error = steps[i](&loading);
    return error;
}

void vmmap_loaded_deinit(struct vmmap_loaded *loaded)
{
    for (size_t i = 0; i < loaded->count; i++)
        free(loaded->files[i].name);
    free(loaded->files);
    *loaded = (struct vmmap_loaded){.program = SIZE_MAX};
}
