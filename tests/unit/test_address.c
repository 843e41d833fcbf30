/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/address.h"

#include "support.h"

#define HEAD_JSON                                                                                  \
    "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, \"notes\": [\"A note.\"], "

static char *text_of(const struct vmmap_address_facts *facts, bool json)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (json)
        vmmap_render_address_json(&text, facts);
    else
        vmmap_render_address(&text, facts);
    return take_text(&text);
}

#define assert_text(facts, json, wanted)                                                           \
    do {                                                                                           \
        char *text_ = text_of(facts, json);                                                        \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static struct vmmap_map *make_noted_map(const char *rows)
{
    struct vmmap_map *map = make_map(rows);
    assert_ok(vmmap_map_add_note(map, "A note."));
    return map;
}

START_TEST(all_that_is_known)
{
    struct vmmap_map *map = make_noted_map("1000-1fff rw-p 3000 /a\x1b # guard page\n");
    const struct vmmap_address_facts facts = {
        .has_address = true,
        .address = 0x1010,
        .map = map,
        .has_base = true,
        .base = 0x800,
        .has_file_offset = true,
        .file_offset = 0x3010,
        .section = ".data",
        .symbol = "x\x1b",
        .symbol_offset = 4,
        .thread = "stack of thread 2",
        .has_physical = true,
        .physical = 0x700010,
        .has_rights = true,
        .user = VMMAP_PERM_READ,
        .kernel = VMMAP_PERM_READ | VMMAP_PERM_WRITE,
    };
    assert_text(&facts, false,
                "address:   0x1010\n"
                "page:      0x0000000000001000 0x0000000000002000 rw-p /a\\033 (guard page)\n"
                "in page:   +0x10\n"
                "from base: +0x810, of 0x800\n"
                "in file:   0x3010\n"
                "section:   .data\n"
                "symbol:    x\\033 +0x4\n"
                "thread:    stack of thread 2\n"
                "physical:  0x700010, user r--, kernel rw-\n"
                "note: A note.\n");
    assert_text(&facts, true,
                HEAD_JSON
                "\"row\": {\"start\": \"0x1000\", \"end\": \"0x2000\", \"size\": \"0x1000\", "
                "\"perms\": \"rw-p\", \"offset\": \"0x3000\", \"name\": \"/a\\u001b\", "
                "\"label\": \"guard page\", \"origin\": \"procfs\"}, \"row_offset\": \"0x10\", "
                "\"address\": \"0x1010\", \"base\": \"0x800\", \"base_offset\": \"0x810\", "
                "\"file_offset\": \"0x3010\", \"section\": \".data\", \"symbol\": \"x\\u001b\", "
                "\"symbol_offset\": \"0x4\", \"thread\": \"stack of thread 2\", "
                "\"physical\": \"0x700010\", \"user\": \"r--\", \"kernel\": \"rw-\"}\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(nothing_is_known)
{
    struct vmmap_map *map = make_noted_map("fffffffffffff000-ffffffffffffffff r--p 0 -\n");
    struct vmmap_address_facts facts = {
        .has_address = true, .address = 0x10, .map = map, .index = VMMAP_NO_REGION};
    assert_text(&facts, false, "address:   0x10\nNo page holds the address 0x10.\nnote: A note.\n");
    assert_text(&facts, true,
                HEAD_JSON "\"row\": null, \"row_offset\": null, \"address\": \"0x10\", "
                          "\"base\": null, \"base_offset\": null, \"file_offset\": null, "
                          "\"section\": null, \"symbol\": null, \"symbol_offset\": null, "
                          "\"thread\": null, \"physical\": null, \"user\": null, "
                          "\"kernel\": null}\n");
    facts.address = UINT64_MAX;
    facts.index = 0;
    facts.symbol = "end";
    facts.has_physical = true;
    assert_text(&facts, false,
                "address:   0xffffffffffffffff\n"
                "page:      0xfffffffffffff000 0xffffffffffffffff r--p [anon_fffffffffffff]\n"
                "in page:   +0xfff\n"
                "symbol:    end\n"
                "physical:  0x0\n"
                "note: A note.\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(without_a_map_the_notes_are_the_answer)
{
    struct vmmap_map *map = make_noted_map("");
    struct vmmap_address_facts facts = {.has_address = true, .map = map, .index = VMMAP_NO_REGION};
    assert_text(&facts, false, "A note.\n");
    facts.has_address = false;
    assert_text(&facts, false, "A note.\n");
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("address", all_that_is_known, nothing_is_known,
                     without_a_map_the_notes_are_the_answer);
}
