/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/kallsyms.h"

#include <string.h>

#include "base/little_endian.h"

/* The length of the name at `at`, which is moved behind it. */
static bool take_length(const struct vmmap_kallsyms *table, size_t *at, size_t *ret)
{
    if (*at >= table->names_size)
        return false;
    *ret = table->names[(*at)++];
    if (*ret & 0x80) {
        if (*at >= table->names_size)
            return false;
        *ret = (*ret & 0x7f) | (size_t)table->names[(*at)++] << 7;
    }
    return *ret > 0 && *ret <= table->names_size - *at;
}

/* The string of a token, and how long it is; false where the table ends within it. */
static bool find_token(const struct vmmap_kallsyms *table, unsigned char token, const char **ret,
                       size_t *size)
{
    const size_t start = vmmap_load_u16(table->token_index + 2 * token);
    if (start >= table->tokens_size)
        return false;
    *ret = table->tokens + start;
    *size = strnlen(*ret, table->tokens_size - start);
    return *size < table->tokens_size - start;
}

bool vmmap_kallsyms_next(struct vmmap_kallsyms_walk *walk)
{
    const struct vmmap_kallsyms *table = walk->table;
    if (walk->count >= table->count || !take_length(table, &walk->at, &walk->token_count))
        return false;
    walk->tokens = table->names + walk->at;
    walk->at += walk->token_count;
    walk->count++;
    return true;
}

bool vmmap_kallsyms_name_is(const struct vmmap_kallsyms_walk *walk, const char *name)
{
    bool has_type = false; /* the first character of all the strings is the symbol's type */
    for (size_t i = 0; i < walk->token_count; i++) {
        const char *text;
        size_t size;
        if (!find_token(walk->table, walk->tokens[i], &text, &size))
            return false;
        const size_t skipped = !has_type && size > 0;
        has_type = has_type || skipped;
        if (strncmp(name, text + skipped, size - skipped) != 0)
            return false;
        name += size - skipped;
    }
    return has_type && *name == '\0';
}

uint64_t vmmap_kallsyms_address(enum vmmap_kallsyms_rule rule, uint64_t base, uint64_t place,
                                uint32_t offset)
{
    const int64_t distance = (int32_t)offset;
    switch (rule) {
    case VMMAP_KALLSYMS_PERCPU:
        return distance >= 0 ? (uint64_t)distance : base - 1 - (uint64_t)distance;
    case VMMAP_KALLSYMS_PLACE:
        return place + (uint64_t)distance;
    case VMMAP_KALLSYMS_RELATIVE:
    case VMMAP_KALLSYMS_RULE_COUNT:
        break;
    }
    return base + offset;
}

/* Where the string that is `count` strings before `at` begins. */
static bool go_back(const unsigned char *bytes, size_t at, size_t count, size_t *ret)
{
    /* The NUL before each string ends the one before it; before the first is padding. */
    for (size_t i = 0; i < count; i++) {
        if (at < 2)
            return false;
        at--; /* onto the NUL that ends the string before */
        while (at > 0 && bytes[at - 1] != '\0')
            at--;
    }
    *ret = at;
    return true;
}

static bool go_forward(const unsigned char *bytes, size_t size, size_t at, size_t count,
                       size_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *end = at < size ? memchr(bytes + at, '\0', size - at) : NULL;
        if (!end)
            return false;
        at = (size_t)(end - bytes) + 1;
    }
    *ret = at;
    return true;
}

size_t vmmap_kallsyms_find_tokens(const unsigned char *bytes, size_t size, size_t *ret_size)
{
    static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
    const unsigned char *found = memmem(bytes, size, digits, sizeof(digits));
    while (found) {
        const size_t at = (size_t)(found - bytes);
        size_t start, end;
        if (go_back(bytes, at, '0', &start) &&
            go_forward(bytes, size, at, VMMAP_KALLSYMS_TOKENS - '0', &end)) {
            *ret_size = end - start;
            return start;
        }
        found = memmem(found + 1, size - at - 1, digits, sizeof(digits));
    }
    return size;
}

bool vmmap_kallsyms_index_fits(const char *tokens, size_t size, const unsigned char *index)
{
    size_t at = 0;
    for (size_t i = 0; i < VMMAP_KALLSYMS_TOKENS; i++) {
        if (at >= size || vmmap_load_u16(index + 2 * i) != at)
            return false;
        at += strnlen(tokens + at, size - at) + 1;
    }
    return true;
}
