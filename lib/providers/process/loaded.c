/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/loaded.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

enum {
    MAX_FILES = 512,
    MAX_DYNAMIC_WORDS = 512, /* of a dynamic section; ordinary ones have 40 to 80 */
    MAX_WORDS = 64,          /* read at once */
    MAX_NAME = 4096,
};

/* The list while it is being made. */
struct loading {
    const struct vmmap_reader *reader;
    const struct vmmap_auxv *auxv;
    uint64_t page_size;
    struct vmmap_loaded *loaded;
};

/* How many of the bytes can be read, up to the first that can not. */
static size_t read_bytes(const struct vmmap_reader *reader, uint64_t address, void *ret,
                         size_t size)
{
    size_t done = 0, got = 1;
    for (; done < size && got > 0; done += got)
        got = reader->read(reader->context, address + done, (char *)ret + done, size - done);
    return done;
}

/* Makes the text a string, for the caller to free. */
static struct vmmap_error *take_string(struct vmmap_buffer *text, char **ret)
{
    vmmap_buffer_append(text, "", 1);
    struct vmmap_error *error = vmmap_buffer_status(text);
    if (error)
        vmmap_buffer_deinit(text);
    else
        *ret = text->data;
    return error;
}

static struct vmmap_error *drop(struct vmmap_buffer *text)
{
    struct vmmap_error *error = vmmap_buffer_status(text);
    vmmap_buffer_deinit(text);
    return error;
}

/* Reads a string of at most MAX_NAME bytes; NULL if it is empty or can not be read. */
static struct vmmap_error *read_name(const struct vmmap_reader *reader, uint64_t address,
                                     char **ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    const char *end = NULL;
    size_t size = 0, done = 0;
    *ret = NULL;
    while (!end && done == size && !text.failed && text.size < MAX_NAME) {
        char piece[64]; /* aligned, so that it does not reach into the next page */
        uint64_t at = address + text.size;
        size = sizeof(piece) - at % sizeof(piece);
        done = read_bytes(reader, at, piece, size);
        end = memchr(piece, '\0', done);
        vmmap_buffer_append(&text, piece, end ? (size_t)(end - piece) : done);
    }
    return end && text.size > 0 ? take_string(&text, ret) : drop(&text);
}

/* Reads consecutive words, MAX_WORDS at most; how many of them can be read. */
static size_t read_words(const struct loading *loading, uint64_t address, uint64_t *ret,
                         size_t count)
{
    const struct vmmap_elf *elf = &loading->loaded->elf;
    const size_t width = vmmap_elf_word_size(elf);
    unsigned char bytes[MAX_WORDS * sizeof(uint64_t)];
    count = read_bytes(loading->reader, address, bytes, count * width) / width;
    for (size_t i = 0; i < count; i++)
        ret[i] = vmmap_elf_load(elf, bytes + i * width, width);
    return count;
}

/* A word that may well be 0, as it is where it can not be read. */
static uint64_t read_word(const struct loading *loading, uint64_t address)
{
    uint64_t word;
    return read_words(loading, address, &word, 1) ? word : 0;
}

/* Takes an image that is of the same kind as the others. `*ret` is NULL if it is not. */
static struct vmmap_error *keep_file(struct vmmap_loaded *loaded,
                                     const struct vmmap_loaded_elf *image,
                                     struct vmmap_loaded_file **ret)
{
    if (loaded->count == 0)
        loaded->elf = image->elf;
    if (image->elf.is_64 != loaded->elf.is_64 ||
        image->elf.is_big_endian != loaded->elf.is_big_endian)
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
    struct vmmap_loaded_elf image;
    if (!vmmap_loaded_elf_read(loading->reader, header, loading->page_size, &image))
        return NULL;
    return keep_file(loaded, &image, ret);
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
    if (error || !file || file->name)
        return error;
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&name, "[vdso]");
    return take_string(&name, &file->name);
}

/*
 * Where the program keeps the address of its struct r_debug: DT_DEBUG has it; on MIPS, where the
 * dynamic section is read-only, DT_MIPS_RLD_MAP has the address of a word that has it, and
 * DT_MIPS_RLD_MAP_REL that word's distance from its own entry. 0 for a program that is not linked
 * dynamically, or has not been yet.
 */
static uint64_t find_debug(const struct loading *loading, const struct vmmap_loaded_elf *image)
{
    const size_t width = vmmap_elf_word_size(&image->elf);
    const bool is_mips = image->elf.machine == EM_MIPS;
    uint64_t words[MAX_WORDS];
    size_t count = image->dynamic ? MAX_WORDS : 0;
    for (size_t first = 0; count == MAX_WORDS && first < MAX_DYNAMIC_WORDS; first += count) {
        const uint64_t address = image->dynamic + first * width;
        count = read_words(loading, address, words, MAX_WORDS);
        for (size_t i = 0; i + 1 < count; i += 2) {
            const uint64_t tag = words[i], value = words[i + 1];
            if (tag == DT_NULL)
                return 0;
            if (tag == DT_DEBUG)
                return value;
            uint64_t word = address + i * width + value;
            if (is_mips && tag == DT_MIPS_RLD_MAP_REL)
                return read_word(loading, image->elf.is_64 ? word : (uint32_t)word);
            if (is_mips && tag == DT_MIPS_RLD_MAP)
                return read_word(loading, value);
        }
    }
    return 0;
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
    struct vmmap_error *error = NULL;
    for (uint64_t at = first; at != 0 && !error; at = link[LINK_NEXT]) {
        /* In a list that loops one element's way back is not the way there. */
        if (read_words(loading, at, link, LINK_WORDS) < LINK_WORDS ||
            link[LINK_PREVIOUS] != previous || count++ == MAX_FILES) {
            loading->loaded->is_broken = true;
            return NULL;
        }
        previous = at;
        error = add_linked(loading, link);
    }
    return error;
}

static struct vmmap_error *add_libraries(const struct loading *loading)
{
    const struct vmmap_loaded *loaded = loading->loaded;
    uint64_t words[2]; /* r_version, r_map */
    if (loaded->program >= loaded->count)
        return NULL;
    uint64_t debug = find_debug(loading, &loaded->files[loaded->program].image);
    if (debug == 0 || read_words(loading, debug, words, 2) < 2)
        return NULL;
    return follow_list(loading, words[1]);
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
