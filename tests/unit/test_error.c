/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <string.h>

#include "support.h"

START_TEST(an_error_has_its_code_and_message)
{
    assert_error(vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "No %s in %d.", "luck", 7),
                 VMMAP_ERROR_UNSUPPORTED, "No luck in 7.");
}
END_TEST

START_TEST(a_long_message_is_not_cut)
{
    char text[5001];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_error(vmmap_error_create(VMMAP_ERROR_INVALID, "%s", text), VMMAP_ERROR_INVALID, text);
}
END_TEST

START_TEST(destroying_nothing_or_the_static_error_does_nothing)
{
    vmmap_error_destroy(NULL);
    vmmap_error_destroy(&vmmap_error_no_memory);
    vmmap_error_destroy(&vmmap_error_no_memory);
    ck_assert_int_eq(vmmap_error_no_memory.code, VMMAP_ERROR_NO_MEMORY);
    ck_assert_str_eq(vmmap_error_no_memory.message, "Out of memory.");
}
END_TEST

START_TEST(only_memory_and_interrupt_are_fatal)
{
    static const struct {
        enum vmmap_error_code code;
        int fatal;
    } cases[] = {
        {VMMAP_ERROR_NO_MEMORY, 1},   {VMMAP_ERROR_INTERRUPTED, 1}, {VMMAP_ERROR_UNSUPPORTED, 0},
        {VMMAP_ERROR_UNAVAILABLE, 0}, {VMMAP_ERROR_INVALID, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct vmmap_error error = {cases[i].code, ""};
        ck_assert_int_eq(vmmap_error_is_fatal(&error), cases[i].fatal);
    }
}
END_TEST

static struct vmmap_error *make(enum vmmap_error_code code, const char *message)
{
    return vmmap_error_create(code, "%s", message);
}

START_TEST(of_several_errors_the_first_or_a_fatal_one_is_kept)
{
    struct vmmap_error *kept = NULL;
    ck_assert(!vmmap_error_keep(&kept, NULL));
    ck_assert_ptr_null(kept);
    ck_assert(!vmmap_error_keep(&kept, make(VMMAP_ERROR_UNAVAILABLE, "First.")));
    ck_assert(!vmmap_error_keep(&kept, make(VMMAP_ERROR_UNSUPPORTED, "Second.")));
    ck_assert(!vmmap_error_keep(&kept, NULL));
    ck_assert_str_eq(kept->message, "First.");
    ck_assert(vmmap_error_keep(&kept, make(VMMAP_ERROR_INTERRUPTED, "Stop.")));
    assert_error(kept, VMMAP_ERROR_INTERRUPTED, "Stop.");
    kept = NULL;
    ck_assert(vmmap_error_keep(&kept, &vmmap_error_no_memory));
    ck_assert_ptr_eq(kept, &vmmap_error_no_memory);
}
END_TEST

int main(void)
{
    return RUN_TESTS("error", an_error_has_its_code_and_message, a_long_message_is_not_cut,
                     destroying_nothing_or_the_static_error_does_nothing,
                     only_memory_and_interrupt_are_fatal,
                     of_several_errors_the_first_or_a_fatal_one_is_kept);
}
