/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/memo.h"

#include <libiberty/hashtab.h>
#include <stdlib.h>
#include <string.h>

enum { MEMO_FIRST_SIZE = 256 };

struct vmmap_paging_memo {
    htab_t table; /* of struct known, which it owns */
};

struct known {
    struct vmmap_paging_memo_key key;
    size_t count;
    struct vmmap_paging_run runs[];
};

/* Tables are aligned, so the low bits of an address are worth nothing: mix all (the finalizer of
 * splitmix64). */
static hashval_t key_hash(const struct vmmap_paging_memo_key *key)
{
    uint64_t hash = key->table ^ (uint64_t)key->limits << 52 ^ (uint64_t)key->depth << 48 ^
                    (uint64_t)key->group << 47;
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return (hashval_t)(hash ^ hash >> 31);
}

/* hashtab calls this when it grows. */
static hashval_t known_hash(const void *stored)
{
    const struct known *known = stored;
    return key_hash(&known->key);
}

static int known_has_key(const void *stored, const void *wanted)
{
    const struct known *known = stored;
    const struct vmmap_paging_memo_key *key = wanted;
    return known->key.table == key->table && known->key.limits == key->limits &&
           known->key.depth == key->depth && known->key.group == key->group;
}

struct vmmap_error *vmmap_paging_memo_create(struct vmmap_paging_memo **ret)
{
    struct vmmap_paging_memo *memo = calloc(1, sizeof(*memo));
    if (!memo)
        return &vmmap_error_no_memory;
    memo->table = htab_create_alloc(MEMO_FIRST_SIZE, known_hash, known_has_key, free, calloc, free);
    if (!memo->table) {
        free(memo);
        return &vmmap_error_no_memory;
    }
    *ret = memo;
    return NULL;
}

void vmmap_paging_memo_destroy(struct vmmap_paging_memo *memo)
{
    if (!memo)
        return;
    htab_delete(memo->table);
    free(memo);
}

bool vmmap_paging_memo_find(const struct vmmap_paging_memo *memo,
                            const struct vmmap_paging_memo_key *key,
                            struct vmmap_paging_memo_value *ret)
{
    const struct known *known = htab_find_with_hash(memo->table, key, key_hash(key));
    if (!known)
        return false;
    *ret = (struct vmmap_paging_memo_value){known->runs, known->count};
    return true;
}

struct vmmap_error *vmmap_paging_memo_add(struct vmmap_paging_memo *memo,
                                          const struct vmmap_paging_memo_key *key,
                                          const struct vmmap_paging_runs *runs,
                                          struct vmmap_paging_memo_value *ret)
{
    size_t size = runs->count * sizeof(*runs->runs);
    struct known *known = malloc(sizeof(*known) + size);
    if (!known)
        return &vmmap_error_no_memory;
    known->key = *key;
    known->count = runs->count;
    if (size)
        memcpy(known->runs, runs->runs, size);
    void **slot = htab_find_slot_with_hash(memo->table, key, key_hash(key), INSERT);
    if (!slot) {
        free(known);
        return &vmmap_error_no_memory;
    }
    *slot = known;
    *ret = (struct vmmap_paging_memo_value){known->runs, known->count};
    return NULL;
}
