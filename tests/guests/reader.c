/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A JIT reader such as a user may have: it says when it is loaded and unloaded. */

#include <gdb/jit-reader.h>
#include <stdio.h>

#pragma GCC visibility push(default)

GDB_DECLARE_GPL_COMPATIBLE_READER

static enum gdb_status read_debug_info(struct gdb_reader_funcs *self,
                                       struct gdb_symbol_callbacks *callbacks, void *memory,
                                       long size)
{
    (void)self;
    (void)callbacks;
    (void)memory;
    (void)size;
    return GDB_SUCCESS;
}

static enum gdb_status unwind(struct gdb_reader_funcs *self, struct gdb_unwind_callbacks *callbacks)
{
    (void)self;
    (void)callbacks;
    return GDB_FAIL;
}

static struct gdb_frame_id get_frame_id(struct gdb_reader_funcs *self,
                                        struct gdb_unwind_callbacks *callbacks)
{
    (void)self;
    (void)callbacks;
    return (struct gdb_frame_id){0, 0};
}

static void destroy(struct gdb_reader_funcs *self)
{
    (void)self;
    puts("reader: unloaded");
    fflush(stdout);
}

struct gdb_reader_funcs *gdb_init_reader(void)
{
    static struct gdb_reader_funcs reader = {
        GDB_READER_INTERFACE_VERSION, NULL, read_debug_info, unwind, get_frame_id, destroy};
    puts("reader: loaded");
    fflush(stdout);
    return &reader;
}
