/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/names.h"

#include <libiberty/hashtab.h>
#include <libiberty/objalloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

struct vmmap_names {
    htab_t table; /* of NUL-terminated strings that live in `strings` */
    struct objalloc *strings;
    const char *recent; /* neighbouring regions usually share their file */
};

/* What is looked up is a slice of somebody's buffer; what is stored is a string. */
struct slice {
    const char *bytes;
    size_t size;
};

static int slice_equals_string(const void *stored, const void *wanted)
{
    const struct slice *slice = wanted;
    const char *string = stored;
    return strncmp(string, slice->bytes, slice->size) == 0 && string[slice->size] == '\0';
}

/* Names come from files that strangers wrote, who could make all of them hash alike: 40,000 such
 * names took 10 s. So the hash begins with what the kernel drew for this process (getauxval(3)). */
static hashval_t hash_seed(void)
{
    hashval_t seed = 0;
    const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);
    if (random)
        memcpy(&seed, random, sizeof(seed));
    return seed;
}

static hashval_t slice_hash(const char *bytes, size_t size)
{
    return iterative_hash(bytes, size, hash_seed());
}

/* hashtab calls this when it grows. */
static hashval_t string_hash(const void *stored)
{
    return slice_hash(stored, strlen(stored));
}

struct vmmap_error *vmmap_names_create(struct vmmap_names **ret)
{
    struct vmmap_names *names = calloc(1, sizeof(*names));
    if (!names)
        return &vmmap_error_no_memory;
    names->table = htab_create_alloc(64, string_hash, slice_equals_string, NULL, calloc, free);
    names->strings = objalloc_create();
    if (!names->table || !names->strings) {
        vmmap_names_destroy(names);
        return &vmmap_error_no_memory;
    }
    *ret = names;
    return NULL;
}

void vmmap_names_destroy(struct vmmap_names *names)
{
    if (!names)
        return;
    if (names->table)
        htab_delete(names->table);
    if (names->strings)
        objalloc_free(names->strings);
    free(names);
}

struct vmmap_error *vmmap_names_intern(struct vmmap_names *names, const char *bytes, size_t size,
                                       const char **ret)
{
    struct slice slice = {bytes, strnlen(bytes, size)};
    if (names->recent && slice_equals_string(names->recent, &slice)) {
        *ret = names->recent;
        return NULL;
    }

    void **slot =
        htab_find_slot_with_hash(names->table, &slice, slice_hash(bytes, slice.size), INSERT);
    if (!slot)
        return &vmmap_error_no_memory;
    if (!*slot) {
        char *copy = _objalloc_alloc(names->strings, slice.size + 1);
        if (!copy)
            return &vmmap_error_no_memory; /* the slot stays empty: no entry was added */
        memcpy(copy, bytes, slice.size);
        copy[slice.size] = '\0';
        *slot = copy;
    }
    names->recent = *slot;
    *ret = *slot;
    return NULL;
}
