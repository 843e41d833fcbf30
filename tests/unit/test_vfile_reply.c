/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/vfile_reply.h"

#include <string.h>

#include "support.h"

static struct vmmap_vfile_reply parse(const char *text, size_t size)
{
    struct vmmap_vfile_reply reply;
    ck_assert_msg(vmmap_vfile_reply_parse(text, size, &reply), "%s", text);
    return reply;
}

START_TEST(a_success_has_a_number)
{
    struct vmmap_vfile_reply reply = parse("F1f", 3);
    ck_assert(!reply.failed);
    ck_assert_uint_eq(reply.result, 0x1f);
    ck_assert_ptr_null(reply.data);
    ck_assert_uint_eq(parse("Fffffffffffffffff", 17).result, UINT64_MAX);
}
END_TEST

START_TEST(a_failure_may_have_an_error_number)
{
    struct vmmap_vfile_reply reply = parse("F-1,d", 5);
    ck_assert(reply.failed);
    ck_assert_uint_eq(reply.number, 13);
    ck_assert_uint_eq(parse("F-1,270f", 8).number, 9999);
    reply = parse("F-1", 3);
    ck_assert(reply.failed);
    ck_assert_uint_eq(reply.number, 0);
}
END_TEST

START_TEST(data_lose_their_escapes)
{
    static const char text[] = "F6;a}]\0}\x03;}"; /* the last } escapes nothing */
    struct vmmap_vfile_reply reply = parse(text, sizeof(text) - 1);
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    ck_assert_uint_eq(vmmap_vfile_reply_append(&reply, 100, &buffer), 6);
    ck_assert_uint_eq(buffer.size, 6);
    ck_assert_mem_eq(buffer.data, "a}\0#;}", 6);
    ck_assert_uint_eq(vmmap_vfile_reply_append(&reply, 2, &buffer), 2);
    ck_assert_uint_eq(buffer.size, 8);
    ck_assert_mem_eq(buffer.data, "a}\0#;}a}", 8);
    reply = parse("F0;", 3);
    ck_assert_uint_eq(vmmap_vfile_reply_append(&reply, 100, &buffer), 0);
    reply = parse("F0", 2);
    ck_assert_uint_eq(vmmap_vfile_reply_append(&reply, 100, &buffer), 0);
    ck_assert_uint_eq(buffer.size, 8);
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(what_is_no_reply_is_refused)
{
    static const char *const texts[] = {"",     "F",    "OK",     "E01",    "f1",
                                        "F 1",  "F1x",  "F-",     "F-1,",   "F-1;x",
                                        "F1,2", "F-1x", "F-1,2x", "F-1,2;", "F10000000000000000"};
    struct vmmap_vfile_reply reply = {.result = 77};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_msg(!vmmap_vfile_reply_parse(texts[i], strlen(texts[i]), &reply), "%s", texts[i]);
    }
    ck_assert_uint_eq(reply.result, 77);
}
END_TEST

int main(void)
{
    return RUN_TESTS("vfile_reply", a_success_has_a_number, a_failure_may_have_an_error_number,
                     data_lose_their_escapes, what_is_no_reply_is_refused);
}
