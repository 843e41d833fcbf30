/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/btf.h"

#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"

enum {
    MAGIC = 0xeb9f,
    VERSION = 1,
    TYPE_SIZE = 12,
    MEMBER_SIZE = 12,
    DEPTH_MAX = 16, /* of structures without a name, and of typedefs and qualifiers */
};

/* BTF_KIND_ numbers. */
enum kind {
    KIND_INT = 1,
    KIND_PTR,
    KIND_ARRAY,
    KIND_STRUCT,
    KIND_UNION,
    KIND_ENUM,
    KIND_FWD,
    KIND_TYPEDEF,
    KIND_VOLATILE,
    KIND_CONST,
    KIND_RESTRICT,
    KIND_FUNC,
    KIND_FUNC_PROTO,
    KIND_VAR,
    KIND_DATASEC,
    KIND_FLOAT,
    KIND_DECL_TAG,
    KIND_TYPE_TAG,
    KIND_ENUM64,
    KIND_COUNT,
};

/* What follows the 12 bytes of a type: so many bytes, and so many for each of its members. */
static const struct {
    uint8_t fixed;
    uint8_t each;
} extras[KIND_COUNT] = {
    [KIND_INT] = {4, 0},
    [KIND_ARRAY] = {12, 0},
    [KIND_STRUCT] = {0, MEMBER_SIZE},
    [KIND_UNION] = {0, MEMBER_SIZE},
    [KIND_ENUM] = {0, 8},
    [KIND_FUNC_PROTO] = {0, 8},
    [KIND_VAR] = {4, 0},
    [KIND_DATASEC] = {0, 12},
    [KIND_DECL_TAG] = {4, 0},
    [KIND_ENUM64] = {0, 12},
};

struct type {
    enum kind kind;
    bool has_bit_sizes; /* kind_flag: the upper byte of a member's offset is its width */
    uint32_t name;      /* in the strings */
    uint32_t member_count;
    uint32_t target; /* the type that it stands for, where it does */
    const unsigned char *members;
};

size_t vmmap_btf_size(const unsigned char *header)
{
    const uint64_t size = (uint64_t)vmmap_load_u32(header + 4) + vmmap_load_u32(header + 16) +
                          vmmap_load_u32(header + 20);
    const bool is_btf = vmmap_load_u16(header) == MAGIC && header[2] == VERSION &&
                        vmmap_load_u32(header + 4) == VMMAP_BTF_HEADER_SIZE &&
                        vmmap_load_u32(header + 8) == 0 &&
                        vmmap_load_u32(header + 16) == vmmap_load_u32(header + 12);
    return is_btf && size <= UINT32_MAX ? (size_t)size : 0;
}

/* Decodes the type at an offset; `*size` is how many bytes it takes. */
static bool decode(const struct vmmap_btf *btf, size_t at, struct type *ret, uint64_t *size)
{
    if (btf->types_size < TYPE_SIZE || at > btf->types_size - TYPE_SIZE)
        return false;
    const unsigned char *bytes = btf->types + at;
    const uint32_t info = vmmap_load_u32(bytes + 4);
    const uint32_t kind = info >> 24 & 0x1f;
    if (kind == 0 || kind >= KIND_COUNT)
        return false;
    *ret = (struct type){
        .kind = kind,
        .has_bit_sizes = info >> 31,
        .name = vmmap_load_u32(bytes),
        .member_count = info & 0xffff,
        .target = vmmap_load_u32(bytes + 8),
        .members = bytes + TYPE_SIZE,
    };
    *size = TYPE_SIZE + extras[kind].fixed + (uint64_t)extras[kind].each * ret->member_count;
    return *size <= btf->types_size - at;
}

static struct vmmap_error *index_types(struct vmmap_btf *btf)
{
    struct type type;
    uint64_t size;
    btf->count = 1;
    for (size_t at = 0; decode(btf, at, &type, &size); at += size) {
        if ((btf->count & (btf->count - 1)) == 0) { /* grows at powers of two */
            uint32_t *grown =
                reallocarray(btf->offsets, 2 * (size_t)btf->count, sizeof(*btf->offsets));
            if (!grown)
                return &vmmap_error_no_memory;
            btf->offsets = grown;
        }
        btf->offsets[btf->count++] = (uint32_t)at;
    }
    return NULL;
}

struct vmmap_error *vmmap_btf_init(const unsigned char *bytes, size_t size, struct vmmap_btf *ret,
                                   bool *valid)
{
    *ret = (struct vmmap_btf){.count = 0};
    *valid = false;
    const size_t wanted = size >= VMMAP_BTF_HEADER_SIZE ? vmmap_btf_size(bytes) : 0;
    if (wanted == 0 || wanted > size)
        return NULL;
    ret->types = bytes + VMMAP_BTF_HEADER_SIZE;
    ret->types_size = vmmap_load_u32(bytes + 12);
    ret->strings = (const char *)ret->types + ret->types_size;
    ret->strings_size = wanted - VMMAP_BTF_HEADER_SIZE - ret->types_size;
    if (ret->strings_size == 0 || ret->strings[ret->strings_size - 1] != '\0')
        return NULL;
    struct vmmap_error *error = index_types(ret);
    *valid = !error;
    return error;
}

void vmmap_btf_deinit(struct vmmap_btf *btf)
{
    free(btf->offsets);
    btf->offsets = NULL;
}

static bool find_type(const struct vmmap_btf *btf, uint32_t number, struct type *ret)
{
    uint64_t size;
    return number > 0 && number < btf->count && decode(btf, btf->offsets[number], ret, &size);
}

static bool has_name(const struct vmmap_btf *btf, uint32_t name, const char *text, size_t size)
{
    return name < btf->strings_size && strncmp(btf->strings + name, text, size) == 0 &&
           btf->strings[name + size] == '\0';
}

uint32_t vmmap_btf_find_struct(const struct vmmap_btf *btf, const char *name, size_t size)
{
    struct type type;
    for (uint32_t i = 1; find_type(btf, i, &type); i++) {
        if (type.kind == KIND_STRUCT && has_name(btf, type.name, name, size))
            return i;
    }
    return 0;
}

/* Goes through typedefs and qualifiers to a structure or union. */
static bool find_record(const struct vmmap_btf *btf, uint32_t number, struct type *ret)
{
    for (size_t depth = 0; depth < DEPTH_MAX && find_type(btf, number, ret); depth++) {
        if (ret->kind == KIND_STRUCT || ret->kind == KIND_UNION)
            return true;
        if (ret->kind != KIND_TYPEDEF && ret->kind != KIND_CONST && ret->kind != KIND_VOLATILE &&
            ret->kind != KIND_TYPE_TAG)
            return false;
        number = ret->target;
    }
    return false;
}

/* The member of that name: its type, and its offset in bytes. `budget` bounds what structures
 * without a name, which may hold one another in a hostile file, can cost. */
static bool find_member(const struct vmmap_btf *btf, uint32_t number, const char *name, size_t size,
                        unsigned int depth, uint32_t *budget, uint32_t *type, uint64_t *offset)
{
    struct type record;
    if (depth == 0 || !find_record(btf, number, &record))
        return false;
    for (uint32_t i = 0; i<record.member_count && * budget> 0; i++, --*budget) {
        const unsigned char *member = record.members + (size_t)MEMBER_SIZE * i;
        const uint32_t bits = vmmap_load_u32(member + 8);
        const uint64_t at = (record.has_bit_sizes ? bits & 0xffffff : bits) / 8;
        *type = vmmap_load_u32(member + 4);
        *offset = at;
        if (vmmap_load_u32(member) != 0) {
            if (has_name(btf, vmmap_load_u32(member), name, size))
                return true;
        } else if (find_member(btf, *type, name, size, depth - 1, budget, type, offset)) {
            *offset += at;
            return true;
        }
    }
    return false;
}

bool vmmap_btf_member(const struct vmmap_btf *btf, uint32_t type, const char *path, uint64_t *ret)
{
    uint32_t budget = 1 << 16;
    *ret = 0;
    for (;;) {
        const char *end = strchrnul(path, '.');
        uint64_t offset;
        if (!find_member(btf, type, path, (size_t)(end - path), DEPTH_MAX, &budget, &type, &offset))
            return false;
        *ret += offset;
        if (*end == '\0')
            return true;
        path = end + 1;
    }
}
