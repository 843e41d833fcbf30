/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A JIT reader such as a user may have: it says when it is loaded and unloaded. It declares what it
 * needs of GDB's reader interface (version 1) itself: that header is for the plugin only.
 */

#include <stdio.h>

#pragma GCC visibility push(default)

struct reader {
    int version;
    void *data;
    int (*read)(struct reader *self, void *callbacks, void *memory, long size);
    int (*unwind)(struct reader *self, void *callbacks);
    struct frame_id {
        unsigned long code, stack;
    } (*get_frame_id)(struct reader *self, void *callbacks);
    void (*destroy)(struct reader *self);
};

int plugin_is_GPL_compatible(void)
{
    return 0;
}

static int read_debug_info(struct reader *self, void *callbacks, void *memory, long size)
{
    (void)self;
    (void)callbacks;
    (void)memory;
    return size >= 0;
}

static int unwind(struct reader *self, void *callbacks)
{
    (void)self;
    (void)callbacks;
    return 0;
}

static struct frame_id get_frame_id(struct reader *self, void *callbacks)
{
    (void)self;
    (void)callbacks;
    return (struct frame_id){0, 0};
}

static void destroy(struct reader *self)
{
    (void)self;
    puts("reader: unloaded");
    fflush(stdout);
}

struct reader *gdb_init_reader(void)
{
    static struct reader reader = {1, NULL, read_debug_info, unwind, get_frame_id, destroy};
    puts("reader: loaded");
    fflush(stdout);
    return &reader;
}
