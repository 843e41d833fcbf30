/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "support.h"
#include "view.h"

static char *json_text(const struct test_view *test)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_render_json(&buffer, &test->view);
    return take_text(&buffer);
}

#define assert_json(test, wanted)                                                                  \
    do {                                                                                           \
        char *text_ = json_text(test);                                                             \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(all_keys_of_a_map)
{
    static const char *const remarks[] = {"A \"remark\"."};
    struct test_view test;
    test_view_init(&test,
                   "1000-1fff r-xp 3000 /bin/a\n"
                   "2000-2fff ?\?-? ? - # stack of thread 2\n"
                   "ffffffffffffe000-ffffffffffffffff ---s 0 /t\xff\x1b\"\\\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    test.map->target = "native";
    test.map->provider = "procfs";
    test.map->exact = true;
    test.map->regions[1].origin = VMMAP_ORIGIN_GDB;
    assert_ok(vmmap_map_add_note(test.map, "A note."));
    test.view.remarks = remarks;
    test.view.remark_count = 1;
    assert_json(&test,
                "{\"target\": \"native\", \"provider\": \"procfs\", \"exact\": true, \"notes\": "
                "[\"A note.\", \"A \\\"remark\\\".\"], \"regions\": [\n"
                "  {\"start\": \"0x1000\", \"end\": \"0x2000\", \"size\": \"0x1000\", "
                "\"perms\": \"r-xp\", \"offset\": \"0x3000\", \"name\": \"/bin/a\", "
                "\"label\": \"\", \"origin\": \"procfs\"},\n"
                "  {\"start\": \"0x2000\", \"end\": \"0x3000\", \"size\": \"0x1000\", "
                "\"perms\": \"?\?-?\", \"offset\": null, \"name\": \"[anon_00002]\", "
                "\"label\": \"stack of thread 2\", \"origin\": \"gdb\"},\n"
                "  {\"start\": \"0xffffffffffffe000\", \"end\": \"0x10000000000000000\", "
                "\"size\": \"0x2000\", \"perms\": \"---s\", \"offset\": \"0x0\", "
                "\"name\": \"/t\xef\xbf\xbd\\u001b\\\"\\\\\", \"label\": \"\", "
                "\"origin\": \"procfs\"}]}\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(the_whole_space_has_a_size_of_65_bits)
{
    struct test_view test;
    test_view_init(&test, "0-ffffffffffffffff ???? ? -\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_json(&test,
                "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, \"notes\": [], "
                "\"regions\": [\n"
                "  {\"start\": \"0x0\", \"end\": \"0x10000000000000000\", "
                "\"size\": \"0x10000000000000000\", \"perms\": \"????\", \"offset\": null, "
                "\"name\": \"[anon_00000]\", \"label\": \"\", \"origin\": \"procfs\"}]}\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(a_filter_tells_what_matched)
{
    struct test_view test;
    test_view_init(&test, "1000-1fff r--p 0 a\n2000-2fff r--p 0 b\n3000-3fff r--p 0 c\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NAME, .name = "b", .before = 1},
                   false);
    assert_json(&test,
                "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, \"notes\": [], "
                "\"regions\": [\n"
                "  {\"start\": \"0x1000\", \"end\": \"0x2000\", \"size\": \"0x1000\", "
                "\"perms\": \"r--p\", \"offset\": \"0x0\", \"name\": \"a\", \"label\": \"\", "
                "\"origin\": \"procfs\", \"matched\": false},\n"
                "  {\"start\": \"0x2000\", \"end\": \"0x3000\", \"size\": \"0x1000\", "
                "\"perms\": \"r--p\", \"offset\": \"0x0\", \"name\": \"b\", \"label\": \"\", "
                "\"origin\": \"procfs\", \"matched\": true}]}\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(an_empty_answer_is_an_object_too)
{
    struct test_view test;
    test_view_init(&test, "", (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_ok(vmmap_map_add_note(test.map, "There is no process."));
    assert_json(&test, "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, "
                       "\"notes\": [\"There is no process.\"], \"regions\": []}\n");
    test_view_deinit(&test);

    test_view_init(&test, "", (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, true);
    assert_json(&test, "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, "
                       "\"notes\": [], \"regions\": [], \"gaps\": [], \"mapped\": \"0x0\", "
                       "\"unmapped\": \"0x0\"}\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(gaps_and_totals)
{
    struct test_view test;
    test_view_init(&test, "1000-1fff r--p 0 a\n3000-3fff r--p 0 b\n8000-8fff r--p 0 c\n",
                   (struct vmmap_filter){
                       .kind = VMMAP_FILTER_ADDRESS, .address = 0x2fff, .before = 1, .after = 2},
                   true);
    assert_json(&test,
                "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, \"notes\": [], "
                "\"regions\": [\n"
                "  {\"start\": \"0x1000\", \"end\": \"0x2000\", \"size\": \"0x1000\", "
                "\"perms\": \"r--p\", \"offset\": \"0x0\", \"name\": \"a\", \"label\": \"\", "
                "\"origin\": \"procfs\", \"matched\": false},\n"
                "  {\"start\": \"0x3000\", \"end\": \"0x4000\", \"size\": \"0x1000\", "
                "\"perms\": \"r--p\", \"offset\": \"0x0\", \"name\": \"b\", \"label\": \"\", "
                "\"origin\": \"procfs\", \"matched\": false},\n"
                "  {\"start\": \"0x8000\", \"end\": \"0x9000\", \"size\": \"0x1000\", "
                "\"perms\": \"r--p\", \"offset\": \"0x0\", \"name\": \"c\", \"label\": \"\", "
                "\"origin\": \"procfs\", \"matched\": false}], \"gaps\": [\n"
                "  {\"start\": \"0x2000\", \"end\": \"0x3000\", \"size\": \"0x1000\", "
                "\"matched\": true},\n"
                "  {\"start\": \"0x4000\", \"end\": \"0x8000\", \"size\": \"0x4000\"}], "
                "\"mapped\": \"0x3000\", \"unmapped\": \"0x5000\"}\n");
    test_view_deinit(&test);
}
END_TEST

int main(void)
{
    return RUN_TESTS("json", all_keys_of_a_map, the_whole_space_has_a_size_of_65_bits,
                     a_filter_tells_what_matched, an_empty_answer_is_an_object_too,
                     gaps_and_totals);
}
