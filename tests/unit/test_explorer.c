/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explore/explorer.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

enum { PAGE = 0x1000, MAX_RANGES = 8 };

/* Memory that can be read in these ranges of pages, [first, end), each byte its page's number. */
struct fake_memory {
    uint64_t ranges[MAX_RANGES][2];
    size_t reads;
    size_t fail_at; /* the read, from 1, that fails; 0 for none */
    struct vmmap_target target;
};

static struct vmmap_error *read_fake(void *context, uint64_t address, void *buffer, size_t size,
                                     size_t *done)
{
    struct fake_memory *memory = context;
    ck_assert_uint_eq(address / PAGE, (address + size - 1) / PAGE);
    *done = 0;
    if (++memory->reads == memory->fail_at)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "Gone.");
    for (size_t i = 0; i < MAX_RANGES; i++) {
        if (address / PAGE >= memory->ranges[i][0] && address / PAGE < memory->ranges[i][1])
            *done = size;
    }
    memset(buffer, (int)(address / PAGE), *done);
    return NULL;
}

static void begin(struct fake_memory *memory, struct vmmap_explorer *explorer)
{
    memory->target = (struct vmmap_target){.context = memory, .read_memory = read_fake};
    assert_ok(vmmap_explorer_init(&memory->target, PAGE, UINT64_MAX, explorer));
}

/* "10-13 20-20?" in numbers of pages, first and last; `?` for what is not exact. */
static char *extents_text(const struct vmmap_explorer *explorer)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < explorer->count; i++) {
        const struct vmmap_extent *extent = &explorer->extents[i];
        vmmap_buffer_printf(&text, "%s%" PRIx64 "-%" PRIx64 "%s", i ? " " : "",
                            extent->start / PAGE, extent->last / PAGE, extent->is_exact ? "" : "?");
    }
    return take_text(&text);
}

#define assert_extents(explorer, wanted)                                                           \
    do {                                                                                           \
        char *text_ = extents_text(explorer);                                                      \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(bounds_are_found_from_any_page)
{
    static const uint64_t lengths[] = {1, 2, 3, 5, 8, 16, 17, 100, 1000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (uint64_t from = 0; from < lengths[i]; from++) {
            struct fake_memory memory = {.ranges = {{0x1000, 0x1000 + lengths[i]}}};
            struct vmmap_explorer explorer;
            begin(&memory, &explorer);
            assert_ok(vmmap_explorer_visit(&explorer, (0x1000 + from) * PAGE + 5));
            ck_assert_uint_eq(explorer.count, 1);
            ck_assert_uint_eq(explorer.extents[0].start, 0x1000 * PAGE);
            ck_assert_uint_eq(explorer.extents[0].last, (0x1000 + lengths[i]) * PAGE - 1);
            ck_assert_uint_eq(explorer.packet_count, memory.reads);
            ck_assert_uint_lt(memory.reads, 64);
            vmmap_explorer_deinit(&explorer);
        }
    }
}
END_TEST

START_TEST(the_ends_of_the_address_space_are_ordinary)
{
    const uint64_t top = UINT64_MAX / PAGE;
    struct fake_memory memory = {.ranges = {{0, 3}, {top - 1, top + 1}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    assert_ok(vmmap_explorer_visit(&explorer, UINT64_MAX));
    assert_ok(vmmap_explorer_visit(&explorer, 0));
    assert_extents(&explorer, "0-2? ffffffffffffe-fffffffffffff");
    assert_ok(vmmap_explorer_confirm(&explorer));
    assert_extents(&explorer, "0-2 ffffffffffffe-fffffffffffff");
    vmmap_explorer_deinit(&explorer);

    struct fake_memory whole = {.ranges = {{0, UINT64_MAX}}};
    begin(&whole, &explorer);
    assert_ok(vmmap_explorer_visit(&explorer, 0x12345678));
    assert_extents(&explorer, "0-fffffffffffff?");
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(what_can_not_be_read_is_asked_for_once)
{
    struct fake_memory memory = {.reads = 0};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    for (size_t i = 0; i < 10; i++)
        assert_ok(vmmap_explorer_visit(&explorer, 0x5000 + i));
    ck_assert_uint_eq(memory.reads, 1);
    ck_assert_uint_eq(explorer.count, 0);
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(a_claim_keeps_its_bounds)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x40}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    assert_ok(vmmap_explorer_claim(&explorer, 0x20 * PAGE, 0x28 * PAGE - 1));
    assert_ok(vmmap_explorer_claim(&explorer, 0x28 * PAGE, 0x30 * PAGE - 1));
    assert_ok(vmmap_explorer_visit(&explorer, 0x11 * PAGE));
    assert_ok(vmmap_explorer_visit(&explorer, 0x30 * PAGE));
    assert_ok(vmmap_explorer_visit(&explorer, 0x24 * PAGE));
    assert_extents(&explorer, "10-1f? 20-27? 28-2f? 30-3f?");
    assert_ok(vmmap_explorer_confirm(&explorer));
    assert_extents(&explorer, "10-1f 20-27 28-2f 30-3f");
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(a_claim_is_cut_to_what_is_there)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x14}, {0x20, 0x28}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    assert_ok(vmmap_explorer_claim(&explorer, 0x10 * PAGE, 0x18 * PAGE - 1)); /* ends early */
    assert_ok(vmmap_explorer_claim(&explorer, 0x1c * PAGE, 0x28 * PAGE - 1)); /* begins late */
    assert_ok(vmmap_explorer_claim(&explorer, 0x20 * PAGE, 0x22 * PAGE - 1));
    assert_ok(vmmap_explorer_claim(&explorer, 0x21 * PAGE, 0x28 * PAGE - 1)); /* claimed already */
    assert_extents(&explorer, "10-13? 20-21");
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(a_claim_with_a_hole_is_split_by_confirmation)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x14}, {0x15, 0x18}, {0x1a, 0x20}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    assert_ok(vmmap_explorer_claim(&explorer, 0x10 * PAGE, 0x20 * PAGE - 1));
    assert_extents(&explorer, "10-1f?");
    assert_ok(vmmap_explorer_confirm(&explorer));
    /* What lies between two holes is for whoever knows of it to visit. */
    assert_extents(&explorer, "10-13 1a-1f");
    assert_ok(vmmap_explorer_visit(&explorer, 0x16 * PAGE));
    assert_ok(vmmap_explorer_confirm(&explorer));
    assert_extents(&explorer, "10-13 15-17 1a-1f");
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(what_is_to_be_avoided_is_never_read)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x20}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    vmmap_explorer_avoid(&explorer, 0x10 * PAGE, 0x13 * PAGE - 1);
    assert_ok(vmmap_explorer_visit(&explorer, 0x12 * PAGE));
    ck_assert_uint_eq(memory.reads, 0);
    assert_ok(vmmap_explorer_visit(&explorer, 0x13 * PAGE));
    assert_extents(&explorer, "13-1f?");
    ck_assert_uint_eq(explorer.packet_count, memory.reads);
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(packets_are_bounded)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x1010}, {0x2000, 0x2001}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    assert_ok(vmmap_explorer_visit(&explorer, 0x10 * PAGE));
    vmmap_explorer_set_budget(&explorer, 1000000, memory.reads + 100);
    assert_ok(vmmap_explorer_confirm(&explorer));
    ck_assert(explorer.is_exhausted);
    ck_assert_uint_eq(explorer.packet_count, memory.reads);
    assert_extents(&explorer, "10-100f?");
    const size_t reads = memory.reads;
    char bytes[8];
    size_t done;
    assert_ok(vmmap_explorer_visit(&explorer, 0x2000 * PAGE));
    assert_ok(vmmap_explorer_read(&explorer, 0x10 * PAGE, bytes, sizeof(bytes), &done));
    ck_assert_uint_eq(done, 0);
    ck_assert_uint_eq(memory.reads, reads);
    /* What was not read for want of a budget is not known to be unreadable. */
    vmmap_explorer_set_budget(&explorer, 1000000, SIZE_MAX);
    assert_ok(vmmap_explorer_visit(&explorer, 0x2000 * PAGE));
    assert_extents(&explorer, "10-100f? 2000-2000");
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(time_is_bounded)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x20}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    vmmap_explorer_set_budget(&explorer, 0, SIZE_MAX);
    assert_ok(vmmap_explorer_visit(&explorer, 0x10 * PAGE));
    ck_assert(explorer.is_exhausted);
    ck_assert_uint_eq(memory.reads, 0);
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(reading_stops_where_memory_does)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x12}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    unsigned char bytes[3 * PAGE];
    size_t done;
    assert_ok(vmmap_explorer_read(&explorer, 0x10 * PAGE + 0x800, bytes, sizeof(bytes), &done));
    ck_assert_uint_eq(done, 0x1800);
    ck_assert_uint_eq(bytes[0], 0x10);
    ck_assert_uint_eq(bytes[0x17ff], 0x11);
    assert_ok(vmmap_explorer_read(&explorer, UINT64_MAX - 3, bytes, sizeof(bytes), &done));
    ck_assert_uint_eq(done, 0);
    const struct vmmap_reader reader = vmmap_explorer_reader(&explorer);
    ck_assert_uint_eq(reader.read(reader.context, 0x11 * PAGE, bytes, 16), 16);
    ck_assert_ptr_null(vmmap_explorer_take_error(&explorer));
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(an_error_ends_it_wherever_it_comes)
{
    for (size_t fail_at = 1;; fail_at++) {
        struct fake_memory memory = {.ranges = {{0x10, 0x40}, {0x42, 0x50}}, .fail_at = fail_at};
        struct vmmap_explorer explorer;
        begin(&memory, &explorer);
        struct vmmap_error *error = vmmap_explorer_visit(&explorer, 0x20 * PAGE);
        if (!error)
            error = vmmap_explorer_claim(&explorer, 0x42 * PAGE, 0x60 * PAGE);
        if (!error)
            error = vmmap_explorer_confirm(&explorer);
        vmmap_explorer_deinit(&explorer);
        if (memory.reads < fail_at) {
            assert_ok(error);
            break;
        }
        ck_assert_uint_eq(memory.reads, fail_at);
        assert_error(error, VMMAP_ERROR_UNAVAILABLE, "Gone.");
    }
}
END_TEST

START_TEST(a_reader_tells_its_error_afterwards)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x40}}, .fail_at = 2};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    const struct vmmap_reader reader = vmmap_explorer_reader(&explorer);
    char bytes[16];
    ck_assert_uint_eq(reader.read(reader.context, 0x10 * PAGE, bytes, 16), 16);
    ck_assert_uint_eq(reader.read(reader.context, 0x10 * PAGE, bytes, 16), 0);
    ck_assert_uint_eq(reader.read(reader.context, 0x10 * PAGE, bytes, 16), 0);
    ck_assert_uint_eq(memory.reads, 2);
    assert_error(vmmap_explorer_take_error(&explorer), VMMAP_ERROR_UNAVAILABLE, "Gone.");
    ck_assert_ptr_null(vmmap_explorer_take_error(&explorer));
    vmmap_explorer_deinit(&explorer);
}
END_TEST

START_TEST(nothing_is_read_outside_of_the_bounds)
{
    struct fake_memory memory = {.ranges = {{0x10, 0x20}}};
    struct vmmap_explorer explorer;
    begin(&memory, &explorer);
    /* Whole pages only: 0x12 and 0x1d are not whole. */
    vmmap_explorer_set_bounds(&explorer, 0x12 * PAGE + 1, 0x1d * PAGE + 5);
    assert_ok(vmmap_explorer_visit(&explorer, 0x12 * PAGE));
    assert_ok(vmmap_explorer_visit(&explorer, 0x1d * PAGE));
    ck_assert_uint_eq(memory.reads, 0);
    assert_ok(vmmap_explorer_visit(&explorer, 0x15 * PAGE));
    assert_extents(&explorer, "13-1c?");
    assert_ok(vmmap_explorer_confirm(&explorer));
    assert_extents(&explorer, "13-1c");
    vmmap_explorer_deinit(&explorer);
    begin(&memory, &explorer);
    vmmap_explorer_set_bounds(&explorer, 0, 5);
    memory.reads = 0;
    assert_ok(vmmap_explorer_visit(&explorer, 0));
    ck_assert_uint_eq(memory.reads, 0);
    vmmap_explorer_deinit(&explorer);
}
END_TEST

int main(void)
{
    return RUN_TESTS("explorer", nothing_is_read_outside_of_the_bounds,
                     bounds_are_found_from_any_page, the_ends_of_the_address_space_are_ordinary,
                     what_can_not_be_read_is_asked_for_once, a_claim_keeps_its_bounds,
                     a_claim_is_cut_to_what_is_there, a_claim_with_a_hole_is_split_by_confirmation,
                     what_is_to_be_avoided_is_never_read, packets_are_bounded, time_is_bounded,
                     reading_stops_where_memory_does, an_error_ends_it_wherever_it_comes,
                     a_reader_tells_its_error_afterwards);
}
