/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "view.h"

#include <string.h>

#include "support.h"

void test_view_init(struct test_view *test, const char *rows, struct vmmap_filter filter, bool gaps)
{
    *test = (struct test_view){.map = make_map(rows), .filter = filter};
    test->filter.holes = gaps;
    assert_ok(vmmap_selection_init(test->map, &test->filter, &test->selection));
    if (gaps)
        assert_ok(vmmap_layout_init(test->map, &test->filter, &test->selection, &test->layout));
    test->view = (struct vmmap_view){
        .map = test->map,
        .filter = &test->filter,
        .selection = &test->selection,
        .layout = gaps ? &test->layout : NULL,
    };
}

void test_view_deinit(struct test_view *test)
{
    vmmap_layout_deinit(&test->layout);
    vmmap_selection_deinit(&test->selection);
    vmmap_map_destroy(test->map);
}

void strip_sgr(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        size_t parameters = strncmp(from, "\033[", 2) == 0 ? strspn(from + 2, "0123456789;") : 0;
        if (parameters > 0 && from[2 + parameters] == 'm')
            from += 2 + parameters;
        else
            *to++ = *from;
    }
    *to = '\0';
}
