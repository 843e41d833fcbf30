/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target/target.h"

#include "fake_target.h"
#include "support.h"

START_TEST(a_missing_function_means_nothing_to_tell)
{
    const struct vmmap_target target = {.context = NULL};
    struct vmmap_thread *threads;
    size_t count = 99;
    assert_ok(vmmap_target_poll(&target));
    assert_ok(vmmap_target_threads(&target, &threads, &count));
    ck_assert_ptr_null(threads);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(the_functions_are_asked)
{
    static const struct vmmap_thread scripted[] = {{.number = 1}, {.number = 2, .tid = 7}};
    struct fake_target fake;
    struct vmmap_thread *threads;
    size_t count;
    fake_target_init(&fake);
    fake.threads = scripted;
    fake.thread_count = 2;
    assert_ok(vmmap_target_poll(&fake.target));
    assert_ok(vmmap_target_threads(&fake.target, &threads, &count));
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(threads[1].tid, 7);
    ck_assert_uint_eq(fake.calls[FAKE_POLL], 1);
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 1);
    free(threads);
}
END_TEST

START_TEST(an_error_is_handed_on)
{
    struct fake_target fake;
    struct vmmap_thread *threads;
    size_t count = 99;
    static const struct vmmap_thread scripted[] = {{.number = 1}, {.number = 2}};
    fake_target_init(&fake);
    fake.threads = scripted;
    fake.thread_count = 2;
    fake.fail_at = 1;
    fake.fail_code = VMMAP_ERROR_INTERRUPTED;
    assert_error(vmmap_target_poll(&fake.target), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
    fake.fail_at = 2;
    assert_error(vmmap_target_threads(&fake.target, &threads, &count), VMMAP_ERROR_INTERRUPTED,
                 fake_failure_message);
    ck_assert_ptr_null(threads);
    ck_assert_uint_eq(count, 0);
    fake.fail_at = 3;
    fake.fail_code = VMMAP_ERROR_UNAVAILABLE;
    assert_error(vmmap_target_threads(&fake.target, &threads, &count), VMMAP_ERROR_UNAVAILABLE,
                 fake_failure_message);
    ck_assert_uint_eq(count, 2);
    free(threads);
}
END_TEST

START_TEST(kinds_have_the_words_of_the_json_output)
{
    ck_assert_str_eq(vmmap_target_kind_name(VMMAP_TARGET_NONE), "none");
    ck_assert_str_eq(vmmap_target_kind_name(VMMAP_TARGET_NATIVE), "native");
    ck_assert_str_eq(vmmap_target_kind_name(VMMAP_TARGET_REMOTE), "remote");
    ck_assert_str_eq(vmmap_target_kind_name(VMMAP_TARGET_CORE), "core");
    ck_assert_str_eq(vmmap_target_kind_name(VMMAP_TARGET_OTHER), "bare");
}
END_TEST

int main(void)
{
    return RUN_TESTS("target", a_missing_function_means_nothing_to_tell, the_functions_are_asked,
                     an_error_is_handed_on, kinds_have_the_words_of_the_json_output);
}
