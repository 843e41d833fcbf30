/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/window.h"

#include <string.h>

#include "support.h"

/* Bytes that count up, handed out at most `step` at a time, with a hole that can not be read. */
struct source {
    size_t step;
    uint64_t hole;
    unsigned int reads;
};

static size_t read_source(void *context, uint64_t offset, void *ret, size_t size)
{
    struct source *source = context;
    source->reads++;
    if (offset >= source->hole)
        return 0;
    size_t count = size < source->step ? size : source->step;
    if (count > source->hole - offset)
        count = (size_t)(source->hole - offset);
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)ret)[i] = (unsigned char)(offset + i);
    return count;
}

static struct vmmap_window window;

static void open_window(struct source *source, struct vmmap_reader *reader, uint64_t size)
{
    *reader = (struct vmmap_reader){source, size, read_source};
    vmmap_window_init(&window, reader);
}

START_TEST(bytes_are_where_they_were_asked_for)
{
    struct source source = {7, UINT64_MAX, 0};
    struct vmmap_reader reader;
    open_window(&source, &reader, 100000);
    const uint64_t offsets[] = {0, 5, 16383, 16384, 20000, 99990, 3};
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        const unsigned char *bytes = vmmap_window_at(&window, offsets[i], 10);
        ck_assert_ptr_nonnull(bytes);
        for (size_t k = 0; k < 10; k++)
            ck_assert_uint_eq(bytes[k], (unsigned char)(offsets[i] + k));
    }
}
END_TEST

START_TEST(the_end_is_the_end)
{
    struct source source = {SIZE_MAX, UINT64_MAX, 0};
    struct vmmap_reader reader;
    open_window(&source, &reader, 100);
    ck_assert_ptr_nonnull(vmmap_window_at(&window, 90, 10));
    ck_assert_ptr_nonnull(vmmap_window_at(&window, 100, 0));
    ck_assert_ptr_null(vmmap_window_at(&window, 91, 10));
    ck_assert_ptr_null(vmmap_window_at(&window, 101, 0));
    ck_assert_ptr_null(vmmap_window_at(&window, UINT64_MAX, 2));
    ck_assert_ptr_null(vmmap_window_at(&window, 0, VMMAP_WINDOW_SIZE + 1));
}
END_TEST

START_TEST(what_can_not_be_read_is_not_there)
{
    struct source source = {SIZE_MAX, 50, 0};
    struct vmmap_reader reader;
    open_window(&source, &reader, 100);
    ck_assert_ptr_nonnull(vmmap_window_at(&window, 40, 10));
    ck_assert_ptr_null(vmmap_window_at(&window, 41, 10));
    ck_assert_ptr_null(vmmap_window_at(&window, 60, 1));
    ck_assert_ptr_nonnull(vmmap_window_at(&window, 0, 1));
}
END_TEST

START_TEST(neighbours_cost_no_second_read)
{
    struct source source = {SIZE_MAX, UINT64_MAX, 0};
    struct vmmap_reader reader;
    open_window(&source, &reader, 1 << 20);
    for (uint64_t offset = 0; offset < VMMAP_WINDOW_SIZE; offset += 16)
        ck_assert_ptr_nonnull(vmmap_window_at(&window, offset, 16));
    ck_assert_uint_eq(source.reads, 1);
}
END_TEST

int main(void)
{
    return RUN_TESTS("window", bytes_are_where_they_were_asked_for, the_end_is_the_end,
                     what_can_not_be_read_is_not_there, neighbours_cost_no_second_read);
}
