/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"

#include <string.h>

#include "support.h"

START_TEST(a_new_buffer_is_empty)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.size, 0);
    assert_ok(vmmap_buffer_status(&buffer));
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(appended_bytes_follow_each_other)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_buffer_append(&buffer, "ab\0cd", 5);
    vmmap_buffer_append_string(&buffer, "ef");
    vmmap_buffer_append_spaces(&buffer, 2);
    vmmap_buffer_printf(&buffer, "%d%s", 7, "!");
    ck_assert_uint_eq(buffer.size, 11);
    ck_assert_mem_eq(buffer.data, "ab\0cdef  7!", 11);
    assert_ok(vmmap_buffer_status(&buffer));
    vmmap_buffer_deinit(&buffer);
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.size, 0);
}
END_TEST

START_TEST(nothing_appended_to_nothing_is_nothing)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_buffer_append(&buffer, NULL, 0);
    vmmap_buffer_append_string(&buffer, "");
    vmmap_buffer_append_spaces(&buffer, 0);
    vmmap_buffer_printf(&buffer, "%s", "");
    ck_assert_uint_eq(buffer.size, 0);
    assert_ok(vmmap_buffer_status(&buffer));
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(it_grows_and_keeps_what_it_holds)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    for (unsigned int i = 0; i < 100000; i++) {
        const char byte = (char)(i % 251);
        vmmap_buffer_append(&buffer, &byte, 1);
    }
    ck_assert_uint_eq(buffer.size, 100000);
    ck_assert_uint_ge(buffer.capacity, buffer.size);
    for (unsigned int i = 0; i < 100000; i++)
        ck_assert_int_eq(buffer.data[i], (char)(i % 251));
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(reserved_room_counts_once_it_is_used)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&buffer, "x");
    char *room = vmmap_buffer_reserve(&buffer, 1000);
    ck_assert_ptr_eq(room, buffer.data + 1);
    ck_assert_uint_eq(buffer.size, 1);
    memset(room, 'y', 1000);
    buffer.size += 1000;
    vmmap_buffer_append_string(&buffer, "z");
    ck_assert_uint_eq(buffer.size, 1002);
    ck_assert_mem_eq(buffer.data, "xyyy", 4);
    ck_assert_mem_eq(buffer.data + 1000, "yz", 2);
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(hexadecimal_is_padded_but_never_cut)
{
    static const struct {
        uint64_t value;
        size_t digits;
        char fill;
        const char *text;
    } cases[] = {
        {0, 0, '0', "0"},
        {0, 4, '0', "0000"},
        {0xabc, 1, '0', "abc"},
        {0xabc, 3, ' ', "abc"},
        {0xabc, 5, ' ', "  abc"},
        {UINT64_MAX, 4, '0', "ffffffffffffffff"},
        {1, 20, '0', "00000000000000000001"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
        vmmap_buffer_append_hex(&buffer, cases[i].value, cases[i].digits, cases[i].fill);
        assert_buffer(&buffer, cases[i].text);
    }
}
END_TEST

START_TEST(too_much_fails_and_stays_failed)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&buffer, "kept");
    ck_assert_ptr_null(vmmap_buffer_reserve(&buffer, SIZE_MAX));
    ck_assert_ptr_null(vmmap_buffer_reserve(&buffer, 1));
    vmmap_buffer_append_string(&buffer, "ignored");
    vmmap_buffer_printf(&buffer, "%d", 1);
    vmmap_buffer_append_spaces(&buffer, 3);
    vmmap_buffer_append_hex(&buffer, 1, 2, '0');
    ck_assert_uint_eq(buffer.size, 4);
    ck_assert_mem_eq(buffer.data, "kept", 4);
    ck_assert_ptr_eq(vmmap_buffer_status(&buffer), &vmmap_error_no_memory);
    vmmap_buffer_deinit(&buffer);
    assert_ok(vmmap_buffer_status(&buffer));
}
END_TEST

int main(void)
{
    return RUN_TESTS("buffer", a_new_buffer_is_empty, appended_bytes_follow_each_other,
                     nothing_appended_to_nothing_is_nothing, it_grows_and_keeps_what_it_holds,
                     reserved_room_counts_once_it_is_used, hexadecimal_is_padded_but_never_cut,
                     too_much_fails_and_stays_failed);
}
