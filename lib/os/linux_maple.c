/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The maple tree, in which Linux has the VMAs of a process since 6.1 (include/linux/maple_tree.h,
 * lib/maple_tree.c; Documentation/core-api/maple_tree.rst). A pointer to a node has its type in
 * bits 3 to 6; nodes are 256 bytes and as much aligned. Pivots are the last addresses of the slots
 * before them; a pivot 0 that is not the first means up to the end, and then what follows in the
 * node is no slot but may be metadata.
 */

#include "base/little_endian.h"
#include "os/linux_memory.h"

enum {
    NODE_SIZE = 256,
    TYPE_SHIFT = 3,
    TYPE_MASK = 0xf,
    TYPE_LEAF = 1,
    TYPE_RANGE = 2,
    TYPE_ARANGE = 3,
    RANGE_SLOTS = 16,
    ARANGE_SLOTS = 10,
    DEPTH_MAX = 32,
    ROOT_IS_NODE = 2, /* the lower two bits of ma_root */
};

/* Linux allows 65,530 mappings unless it is told otherwise (vm.max_map_count). */
#define NODES_MAX (UINT64_C(1) << 18)

struct walk {
    const struct vmmap_linux_guest *guest;
    struct vmmap_error *(*visit)(void *context, uint64_t entry);
    void *context;
    uint64_t nodes; /* read so far */
    bool complete;
};

/* Where pivots and slots of a node are, and how many slots there are. */
struct shape {
    uint64_t pivots;
    uint64_t slots;
    size_t count;
};

static bool find_shape(const struct vmmap_linux_types *types, uint64_t node, struct shape *ret)
{
    const unsigned int type = node >> TYPE_SHIFT & TYPE_MASK;
    *ret = type == TYPE_ARANGE
               ? (struct shape){types->maple_arange_pivots, types->maple_arange_slots, ARANGE_SLOTS}
               : (struct shape){types->maple_range_pivots, types->maple_range_slots, RANGE_SLOTS};
    return (type == TYPE_LEAF || type == TYPE_RANGE || type == TYPE_ARANGE) &&
           ret->pivots <= NODE_SIZE - 8 * (ret->count - 1) &&
           ret->slots <= NODE_SIZE - 8 * ret->count;
}

static struct vmmap_error *walk_node(struct walk *walk, uint64_t node, uint64_t last,
                                     unsigned int depth);

static struct vmmap_error *walk_slots(struct walk *walk, const unsigned char *bytes,
                                      const struct shape *shape, bool is_leaf, uint64_t last,
                                      unsigned int depth)
{
    for (size_t i = 0; i < shape->count; i++) {
        uint64_t end = last;
        if (i < shape->count - 1)
            end = vmmap_load_u64(bytes + shape->pivots + 8 * i);
        if (i > 0 && end == 0)
            end = last;
        const uint64_t entry = vmmap_load_u64(bytes + shape->slots + 8 * i);
        struct vmmap_error *error = NULL;
        if (entry && is_leaf)
            error = walk->visit(walk->context, entry);
        else if (entry)
            error = walk_node(walk, entry, end, depth + 1);
        if (error || end >= last)
            return error;
    }
    return NULL;
}

static struct vmmap_error *walk_node(struct walk *walk, uint64_t node, uint64_t last,
                                     unsigned int depth)
{
    unsigned char bytes[NODE_SIZE];
    struct shape shape;
    bool done = depth < DEPTH_MAX && walk->nodes++ < NODES_MAX &&
                find_shape(&walk->guest->types, node, &shape);
    struct vmmap_error *error =
        done ? vmmap_kernel_memory_read(&walk->guest->kernel, node & ~(uint64_t)(NODE_SIZE - 1),
                                        bytes, sizeof(bytes), &done)
             : NULL;
    walk->complete = walk->complete && done;
    if (error || !done)
        return error;
    const bool is_leaf = (node >> TYPE_SHIFT & TYPE_MASK) == TYPE_LEAF;
    return walk_slots(walk, bytes, &shape, is_leaf, last, depth);
}

struct vmmap_error *vmmap_linux_maple_walk(const struct vmmap_linux_guest *guest, uint64_t tree,
                                           struct vmmap_error *(*visit)(void *context,
                                                                        uint64_t entry),
                                           void *context, bool *complete)
{
    struct walk walk = {guest, visit, context, 0, true};
    uint64_t root;
    struct vmmap_error *error =
        vmmap_linux_read_words(guest, tree, &guest->types.maple_root, 1, &root, complete);
    if (error || !*complete || !root)
        return error;
    if ((root & 3) == ROOT_IS_NODE)
        error = walk_node(&walk, root, UINT64_MAX, 0);
    else
        error = visit(context, root);
    *complete = walk.complete;
    return error;
}
